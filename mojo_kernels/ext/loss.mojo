"""The extension `loss`: distances between rows, losses of probabilities, and connectionist temporal classification."""

from mojo_kernels.distance import CdistBackward, CdistForward
from mojo_kernels.loss.ctc import CTCBackward, CTCForward
from mojo_kernels.loss.probability import BinaryCrossEntropyBackward, BinaryCrossEntropyForward, Variance
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[CdistForward[dt]](table)
        register[CdistBackward[dt]](table)
        register[BinaryCrossEntropyForward[dt]](table)
        register[BinaryCrossEntropyBackward[dt]](table)
        register[Variance[dt]](table)
        register[CTCForward[dt]](table)
        register[CTCBackward[dt]](table)


@export
def PyInit_loss() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("loss", _fill)

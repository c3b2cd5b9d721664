"""The extension `loss`: distances between rows, losses of probabilities, and connectionist temporal classification."""

from std.python import PythonObject

from mojo_kernels.distance import CdistBackward, CdistForward
from mojo_kernels.loss.ctc import CTCBackward, CTCForward
from mojo_kernels.loss.probability import BinaryCrossEntropyBackward, BinaryCrossEntropyForward, Variance
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for dt in FLOATS:
        register[CdistForward[dt]](table)
        register[CdistBackward[dt]](table)
        register[BinaryCrossEntropyForward[dt]](table)
        register[BinaryCrossEntropyBackward[dt]](table)
        register[Variance[dt]](table)
        register[CTCForward[dt]](table)
        register[CTCBackward[dt]](table)


@export
def PyInit_loss() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("loss", _fill)

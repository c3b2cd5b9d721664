"""The extension `moments`: means and variances, and the logarithm of sums of exponentials."""

from mojo_kernels.moments import Moments, MomentsBackward
from mojo_kernels.moments.logsumexp import LogSumExp, LogSumExpBackward
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[Moments[dt]](table)
        register[MomentsBackward[dt]](table)
        register[LogSumExp[dt]](table)
        register[LogSumExpBackward[dt]](table)


@export
def PyInit_moments() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("moments", _fill)

"""The extension `moments`: means and variances, and the logarithm of sums of exponentials."""

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.moments import Moments, MomentsBackward
from mojo_kernels.moments.logsumexp import LogSumExp, LogSumExpBackward
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register, register_forms
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[Moments[dt]](table)
        register[MomentsBackward[dt]](table)
        register[LogSumExp[dt]](table)
        register[LogSumExpBackward[dt]](table)
    comptime for dt in HALVES:
        _register_half[Moments[DType.float32, dt]](table)
        _register_half[LogSumExp[DType.float32, dt]](table)


def _register_half[K: Kernel](table: Table):
    """Registers a kernel of 16 bits, which has no form for a GPU, where threads of a block share a row."""
    register_forms[K.name()](
        table, K.WORDS, cpu_entry[K, Original], cpu_entry[K, Tiled], cost_entry[K], 0, K.SHAPE, K.SIZES
    )


@export
def PyInit_moments() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("moments", _fill)

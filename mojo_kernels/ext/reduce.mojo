"""The extension `reduce`: sums, extremes and their positions."""

from std.python import PythonObject

from mojo_kernels.reduce import ArgExtreme, Max, Min, REDUCTIONS, Reduce
from mojo_kernels.runtime.extension import extension
from mojo_kernels.runtime.kernel import register
from mojo_kernels.runtime.types import NUMBERS


def _fill(table: PythonObject) raises:
    comptime for dt in NUMBERS:
        comptime for i in range(REDUCTIONS.length):
            register[Reduce[REDUCTIONS()[i], dt]](table)
        register[ArgExtreme[Max, dt]](table)
        register[ArgExtreme[Min, dt]](table)


@export
def PyInit_reduce() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("reduce", _fill)

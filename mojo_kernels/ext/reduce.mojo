"""The extension `reduce`: sums, extremes and their positions."""

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.reduce import ArgExtreme, Reduce
from mojo_kernels.reduce.combine import Max, Min, Nonzero, OF_FLOATS, Product, REDUCTIONS, Sum
from mojo_kernels.runtime.types import FLOATS, NARROW, NUMBERS


def _fill(table: Table):
    comptime for dt in NUMBERS:
        comptime for i in range(REDUCTIONS.length):
            register[Reduce[REDUCTIONS()[i], dt]](table)
        register[ArgExtreme[Max, dt]](table)
        register[ArgExtreme[Min, dt]](table)
        register[Reduce[Nonzero, dt, DType.int64]](table)
    comptime for dt in FLOATS:
        comptime for i in range(OF_FLOATS.length):
            register[Reduce[OF_FLOATS()[i], dt]](table)
    comptime for dt in HALVES:
        comptime for i in range(REDUCTIONS.length):
            register[Reduce[REDUCTIONS()[i], dt, DType.float32]](table)
        register[ArgExtreme[Max, dt, DType.float32]](table)
        register[ArgExtreme[Min, dt, DType.float32]](table)
    comptime for dt in NARROW:
        register[Reduce[Max, dt]](table)
        register[Reduce[Min, dt]](table)
        register[ArgExtreme[Max, dt]](table)
        register[ArgExtreme[Min, dt]](table)
        register[Reduce[Sum, dt, DType.int64]](table)
        register[Reduce[Product, dt, DType.int64]](table)
        register[Reduce[Nonzero, dt, DType.int64]](table)


@export
def PyInit_reduce() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("reduce", _fill)

"""The extension `gathering`: an index for each element, tensors joined, triangles, where elements are true."""

from mojo_kernels.counting import CountTrue, TrueAt
from mojo_kernels.gathering import ADD, FlatIndex, Gather, MAX, MIN, MUL, SET, SUM, ScatterAlong
from mojo_kernels.joining import Join, Reverse, Triangle
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import NARROW, NUMBERS, STORED


def _fill(table: Table):
    register[FlatIndex](table)
    register[CountTrue](table)
    register[TrueAt](table)
    comptime for dt in STORED:
        register[Gather[dt]](table)
        register[ScatterAlong[SET, dt]](table)
        register[Join[dt]](table)
        register[Reverse[dt]](table)
        register[Triangle[False, dt]](table)
        register[Triangle[True, dt]](table)
    comptime for dt in NUMBERS:
        register[ScatterAlong[ADD, dt]](table)
        register[ScatterAlong[SUM, dt]](table)
        register[ScatterAlong[MUL, dt]](table)
        register[ScatterAlong[MAX, dt]](table)
        register[ScatterAlong[MIN, dt]](table)
    comptime for dt in NARROW:
        register[ScatterAlong[ADD, dt]](table)


@export
def PyInit_gathering() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("gathering", _fill)

"""The extension `narrow`: casts of float16, bfloat16, int8 and int16, and what moves elements of two bytes."""

from mojo_kernels.elementwise.kernels import Cast, Fill, Where
from mojo_kernels.elementwise.narrow import HALVES, NarrowCast, SMALL
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.gathering import Gather, SET, ScatterAlong
from mojo_kernels.indexing import COPY, IndexSelect, Scatter
from mojo_kernels.joining import Join, Reverse, Triangle
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table


def _fill(table: Table):
    comptime for dt in HALVES:
        register[Pointwise[NarrowCast[DType.float32, dt]]](table)
        register[Pointwise[NarrowCast[dt, DType.float32]]](table)
        register[Pointwise[Fill[dt]]](table)
        register[Pointwise[Where[dt]]](table)
    comptime for dt in SMALL:
        register[Pointwise[NarrowCast[DType.int32, dt]]](table)
        register[Pointwise[NarrowCast[dt, DType.int32]]](table)
    comptime moved = DType.int16
    register[Pointwise[Cast[moved, moved]]](table)
    register[Pointwise[Fill[moved]]](table)
    register[Pointwise[Where[moved]]](table)
    register[Gather[moved]](table)
    register[ScatterAlong[SET, moved]](table)
    register[Join[moved]](table)
    register[Reverse[moved]](table)
    register[Triangle[False, moved]](table)
    register[Triangle[True, moved]](table)
    register[IndexSelect[moved]](table)
    register[Scatter[COPY, moved]](table)


@export
def PyInit_narrow() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("narrow", _fill)

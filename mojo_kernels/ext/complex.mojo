"""The extension `complex`: pointwise functions, casts and fills of complex numbers, and what moves elements of 16 bytes."""

from mojo_kernels.elementwise.complex.functions import BINARY, PARTS, UNARY
from mojo_kernels.elementwise.complex.kernels import (
    Binary,
    Cast,
    Equal,
    Fill,
    FromReal,
    OfComplex,
    Part,
    Select,
    Unary,
)
from mojo_kernels.gathering import Gather, SET, ScatterAlong
from mojo_kernels.indexing import COPY, IndexSelect, Scatter
from mojo_kernels.joining import Join, Reverse, Triangle
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        comptime for i in range(UNARY.length):
            register[OfComplex[Unary[UNARY()[i], dt]]](table)
        comptime for i in range(PARTS.length):
            register[OfComplex[Part[PARTS()[i], dt]]](table)
        comptime for i in range(BINARY.length):
            register[OfComplex[Binary[BINARY()[i], dt]]](table)
        comptime for unequal in [False, True]:
            register[OfComplex[Equal[unequal, dt]]](table)
        comptime for target in FLOATS:
            register[OfComplex[Cast[dt, target]]](table)
        register[OfComplex[FromReal[dt]]](table)
        register[OfComplex[Select[dt]]](table)
        register[OfComplex[Fill[dt]]](table)
    comptime moved = DType.uint128
    register[Gather[moved]](table)
    register[ScatterAlong[SET, moved]](table)
    register[Join[moved]](table)
    register[Reverse[moved]](table)
    register[Triangle[False, moved]](table)
    register[Triangle[True, moved]](table)
    register[IndexSelect[moved]](table)
    register[Scatter[COPY, moved]](table)


@export
def PyInit_complex() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("complex", _fill)

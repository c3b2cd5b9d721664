"""The extension `binary`: pointwise functions of two elements, comparisons and where."""

from mojo_kernels.elementwise.arithmetic.basic import BINARY as BASIC
from mojo_kernels.elementwise.compare import COMPARE
from mojo_kernels.elementwise.kernels import Compare, Where
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.transcendental.exponential import BINARY as EXPONENTIAL
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.register_pointwise import register_binary, register_halves
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import NARROW, NUMBERS, STORED


def _fill(table: Table):
    comptime for i in range(BASIC.length):
        register_binary[BASIC()[i]](table)
    comptime for i in range(EXPONENTIAL.length):
        register_binary[EXPONENTIAL()[i]](table)
    comptime for i in range(COMPARE.length):
        register_halves[Compare[COMPARE()[i], DType.float32]](table)
        comptime for dt in NUMBERS:
            register[Pointwise[Compare[COMPARE()[i], dt]]](table)
        comptime for dt in NARROW:
            register[Pointwise[Compare[COMPARE()[i], dt]]](table)
    comptime for dt in STORED:
        register[Pointwise[Where[dt]]](table)


@export
def PyInit_binary() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("binary", _fill)

"""The extension `division`: division with remainders, and the rarer functions of two elements, also of integers alone."""

from mojo_kernels.elementwise.arithmetic.basic import FURTHER as BASIC
from mojo_kernels.elementwise.arithmetic.bits import BINARY as BITS
from mojo_kernels.elementwise.arithmetic.integer import INTEGER
from mojo_kernels.elementwise.arithmetic.rounding import BINARY as ROUNDING
from mojo_kernels.elementwise.kernels import BinaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.ternary_kernels import Integers
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.register_pointwise import register_binary
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import INTEGERS


def _fill(table: Table):
    comptime for i in range(BASIC.length):
        register_binary[BASIC()[i]](table)
    comptime for i in range(BITS.length):
        register_binary[BITS()[i]](table)
    comptime for i in range(ROUNDING.length):
        register_binary[ROUNDING()[i]](table)
    comptime for i in range(INTEGER.length):
        comptime for dt in INTEGERS:
            register[Pointwise[BinaryForward[Integers[INTEGER()[i]], dt]]](table)


@export
def PyInit_division() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("division", _fill)

"""The extension `division`: division with remainders, and the rarer functions of two elements, also of integers alone."""

from std.python import PythonObject

from mojo_kernels.elementwise import DIVISION, INTEGER
from mojo_kernels.elementwise.kernels import BinaryBackward, BinaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.ternary_kernels import Integers
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS, INTEGERS


def _fill(table: PythonObject) raises:
    comptime for i in range(DIVISION.length):
        comptime Op = DIVISION()[i]
        comptime for dt in FLOATS:
            register[Pointwise[BinaryForward[Op, dt]]](table)
            register[Pointwise[BinaryBackward[Op, dt]]](table)
        comptime if Op.INTEGRAL:
            comptime for dt in INTEGERS:
                register[Pointwise[BinaryForward[Op, dt]]](table)
    comptime for i in range(INTEGER.length):
        comptime for dt in INTEGERS:
            register[Pointwise[BinaryForward[Integers[INTEGER()[i]], dt]]](table)


@export
def PyInit_division() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("division", _fill)

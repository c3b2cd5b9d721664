"""The extension `binary`: pointwise functions of two elements, comparisons and where."""

from std.python import PythonObject

from mojo_kernels.elementwise import BINARY, COMPARE
from mojo_kernels.elementwise.kernels import BinaryBackward, BinaryForward, Compare, Where
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS, INTEGERS, NARROW, NUMBERS, STORED


def _fill(table: PythonObject) raises:
    comptime for i in range(BINARY.length):
        comptime Op = BINARY()[i]
        comptime for dt in FLOATS:
            register[Pointwise[BinaryForward[Op, dt]]](table)
            register[Pointwise[BinaryBackward[Op, dt]]](table)
        comptime if Op.INTEGRAL:
            comptime for dt in INTEGERS:
                register[Pointwise[BinaryForward[Op, dt]]](table)
    comptime for i in range(COMPARE.length):
        comptime for dt in NUMBERS:
            register[Pointwise[Compare[COMPARE()[i], dt]]](table)
        comptime for dt in NARROW:
            register[Pointwise[Compare[COMPARE()[i], dt]]](table)
    comptime for dt in STORED:
        register[Pointwise[Where[dt]]](table)


@export
def PyInit_binary() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("binary", _fill)

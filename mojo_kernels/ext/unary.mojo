"""The extension `unary`: pointwise functions of one element, casts, copies and fills."""

from std.python import PythonObject

from mojo_kernels.elementwise import UNARY
from mojo_kernels.elementwise.kernels import Cast, Fill, UnaryBackward, UnaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS, INTEGERS, STORED


def _fill(table: PythonObject) raises:
    comptime for i in range(UNARY.length):
        comptime Op = UNARY()[i]
        comptime for dt in FLOATS:
            register[Pointwise[UnaryForward[Op, dt]]](table)
            register[Pointwise[UnaryBackward[Op, dt]]](table)
        comptime if Op.INTEGRAL:
            comptime for dt in INTEGERS:
                register[Pointwise[UnaryForward[Op, dt]]](table)
    comptime for source in STORED:
        register[Pointwise[Fill[source]]](table)
        comptime for target in STORED:
            register[Pointwise[Cast[source, target]]](table)


@export
def PyInit_unary() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("unary", _fill)

"""The extension `activation`: pointwise functions that networks are made of."""

from std.python import PythonObject

from mojo_kernels.elementwise.activation import BINARY, UNARY
from mojo_kernels.elementwise.kernels import BinaryBackward, BinaryForward, UnaryBackward, UnaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for dt in FLOATS:
        comptime for i in range(UNARY.length):
            register[Pointwise[UnaryForward[UNARY()[i], dt]]](table)
            register[Pointwise[UnaryBackward[UNARY()[i], dt]]](table)
        comptime for i in range(BINARY.length):
            register[Pointwise[BinaryForward[BINARY()[i], dt]]](table)
            register[Pointwise[BinaryBackward[BINARY()[i], dt]]](table)


@export
def PyInit_activation() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("activation", _fill)

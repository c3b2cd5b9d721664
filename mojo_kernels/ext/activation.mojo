"""The extension `activation`: pointwise functions that networks are made of."""

from std.python import PythonObject

from mojo_kernels.elementwise.activation import BINARY, UNARY
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register_pointwise import register_binary, register_unary


def _fill(table: PythonObject) raises:
    comptime for i in range(BINARY.length):
        register_binary[BINARY()[i]](table)
    comptime for i in range(UNARY.length):
        register_unary[UNARY()[i]](table)


@export
def PyInit_activation() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("activation", _fill)

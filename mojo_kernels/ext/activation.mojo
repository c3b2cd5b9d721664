"""The extension `activation`: pointwise functions that networks are made of."""

from mojo_kernels.elementwise.activation import BINARY, UNARY
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register_pointwise import register_binary, register_unary
from mojo_kernels.python.table import Object, Table


def _fill(table: Table):
    comptime for i in range(BINARY.length):
        register_binary[BINARY()[i]](table)
    comptime for i in range(UNARY.length):
        register_unary[UNARY()[i]](table)


@export
def PyInit_activation() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("activation", _fill)

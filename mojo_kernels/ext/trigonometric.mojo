"""The extension `trigonometric`: trigonometric functions."""

from mojo_kernels.elementwise.transcendental.trigonometric import BINARY as PAIRS, UNARY as ANGLES
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register_pointwise import register_binary, register_unary
from mojo_kernels.python.table import Object, Table


def _fill(table: Table):
    comptime for i in range(PAIRS.length):
        register_binary[PAIRS()[i]](table)
    comptime for i in range(ANGLES.length):
        register_unary[ANGLES()[i]](table)


@export
def PyInit_trigonometric() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("trigonometric", _fill)

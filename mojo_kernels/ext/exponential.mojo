"""The extension `exponential`: powers, logarithms and hyperbolic functions."""

from mojo_kernels.elementwise.transcendental.hyperbolic import UNARY as HYPERBOLIC
from mojo_kernels.elementwise.transcendental.logarithmic import (
    BINARY as LOGARITHMIC_PAIRS,
    UNARY as LOGARITHMIC,
)
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register_pointwise import register_binary, register_unary
from mojo_kernels.python.table import Object, Table


def _fill(table: Table):
    comptime for i in range(HYPERBOLIC.length):
        register_unary[HYPERBOLIC()[i]](table)
    comptime for i in range(LOGARITHMIC_PAIRS.length):
        register_binary[LOGARITHMIC_PAIRS()[i]](table)
    comptime for i in range(LOGARITHMIC.length):
        register_unary[LOGARITHMIC()[i]](table)


@export
def PyInit_exponential() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("exponential", _fill)

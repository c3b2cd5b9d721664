"""The extension `exponential`: powers, logarithms and hyperbolic functions."""

from std.python import PythonObject

from mojo_kernels.elementwise.transcendental.hyperbolic import UNARY as HYPERBOLIC
from mojo_kernels.elementwise.transcendental.logarithmic import (
    BINARY as LOGARITHMIC_PAIRS,
    UNARY as LOGARITHMIC,
)
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register_pointwise import register_binary, register_unary


def _fill(table: PythonObject) raises:
    comptime for i in range(HYPERBOLIC.length):
        register_unary[HYPERBOLIC()[i]](table)
    comptime for i in range(LOGARITHMIC_PAIRS.length):
        register_binary[LOGARITHMIC_PAIRS()[i]](table)
    comptime for i in range(LOGARITHMIC.length):
        register_unary[LOGARITHMIC()[i]](table)


@export
def PyInit_exponential() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("exponential", _fill)

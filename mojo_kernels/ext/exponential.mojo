"""The extension `exponential`: powers, logarithms and hyperbolic functions."""

from std.python import PythonObject

from mojo_kernels.elementwise import HYPERBOLIC, LOGARITHMIC, LOGARITHMIC_PAIRS
from mojo_kernels.elementwise.kernels import BinaryBackward, BinaryForward, UnaryBackward, UnaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for i in range(LOGARITHMIC.length):
        comptime for dt in FLOATS:
            register[Pointwise[UnaryForward[LOGARITHMIC()[i], dt]]](table)
            register[Pointwise[UnaryBackward[LOGARITHMIC()[i], dt]]](table)
    comptime for i in range(HYPERBOLIC.length):
        comptime for dt in FLOATS:
            register[Pointwise[UnaryForward[HYPERBOLIC()[i], dt]]](table)
            register[Pointwise[UnaryBackward[HYPERBOLIC()[i], dt]]](table)
    comptime for i in range(LOGARITHMIC_PAIRS.length):
        comptime for dt in FLOATS:
            register[Pointwise[BinaryForward[LOGARITHMIC_PAIRS()[i], dt]]](table)
            register[Pointwise[BinaryBackward[LOGARITHMIC_PAIRS()[i], dt]]](table)


@export
def PyInit_exponential() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("exponential", _fill)

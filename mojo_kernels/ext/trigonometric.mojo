"""The extension `trigonometric`: trigonometric functions."""

from std.python import PythonObject

from mojo_kernels.elementwise import TRIGONOMETRIC, TRIGONOMETRIC_PAIRS
from mojo_kernels.elementwise.kernels import BinaryBackward, BinaryForward, UnaryBackward, UnaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for i in range(TRIGONOMETRIC.length):
        comptime for dt in FLOATS:
            register[Pointwise[UnaryForward[TRIGONOMETRIC()[i], dt]]](table)
            register[Pointwise[UnaryBackward[TRIGONOMETRIC()[i], dt]]](table)
    comptime for i in range(TRIGONOMETRIC_PAIRS.length):
        comptime for dt in FLOATS:
            register[Pointwise[BinaryForward[TRIGONOMETRIC_PAIRS()[i], dt]]](table)
            register[Pointwise[BinaryBackward[TRIGONOMETRIC_PAIRS()[i], dt]]](table)


@export
def PyInit_trigonometric() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("trigonometric", _fill)

"""The extension `special`: the error function and its kin."""

from std.python import PythonObject

from mojo_kernels.elementwise import SPECIAL
from mojo_kernels.elementwise.kernels import UnaryBackward, UnaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for i in range(SPECIAL.length):
        comptime for dt in FLOATS:
            register[Pointwise[UnaryForward[SPECIAL()[i], dt]]](table)
            register[Pointwise[UnaryBackward[SPECIAL()[i], dt]]](table)


@export
def PyInit_special() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("special", _fill)

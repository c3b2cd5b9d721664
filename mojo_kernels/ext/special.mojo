"""The extension `special`: the error function and its kin."""

from mojo_kernels.elementwise.kernels import UnaryBackward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.transcendental.bessel import UNARY as BESSEL
from mojo_kernels.elementwise.transcendental.special import UNARY as SPECIAL, StandardGamma
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.register_pointwise import register_unary
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for i in range(BESSEL.length):
        register_unary[BESSEL()[i]](table)
    comptime for i in range(SPECIAL.length):
        register_unary[SPECIAL()[i]](table)
    comptime for dt in FLOATS:
        register[Pointwise[UnaryBackward[StandardGamma, dt]]](table)


@export
def PyInit_special() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("special", _fill)

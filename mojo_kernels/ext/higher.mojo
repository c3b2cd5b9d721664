"""The extension `higher`: the higher transcendental functions and orthogonal polynomials."""

from mojo_kernels.elementwise.kernels import BinaryForward, UnaryForward
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.higher.bessel import BESSEL
from mojo_kernels.elementwise.higher.exact import Exact, ExactPair
from mojo_kernels.elementwise.higher.gamma import GAMMA
from mojo_kernels.elementwise.higher.normal import NORMAL
from mojo_kernels.elementwise.higher.orthogonal import ORTHOGONAL
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.register_pointwise import register_unary
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for i in range(NORMAL.length):
        register_unary[NORMAL()[i]](table)
    comptime for dt in FLOATS:
        comptime for i in range(BESSEL.length):
            register[Pointwise[UnaryForward[Exact[BESSEL()[i]], dt]]](table)
        comptime for i in range(GAMMA.length):
            register[Pointwise[BinaryForward[ExactPair[GAMMA()[i]], dt]]](table)
        comptime for i in range(ORTHOGONAL.length):
            register[Pointwise[BinaryForward[ExactPair[ORTHOGONAL()[i]], dt]]](table)


@export
def PyInit_higher() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("higher", _fill)

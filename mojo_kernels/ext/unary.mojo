"""The extension `unary`: pointwise functions of one element, casts, copies, fills and ramps."""

from mojo_kernels.elementwise.arithmetic.basic import UNARY as BASIC
from mojo_kernels.elementwise.arithmetic.bits import UNARY as BITS
from mojo_kernels.elementwise.arithmetic.rounding import UNARY as ROUNDING
from mojo_kernels.elementwise.kernels import Cast, Fill
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.ramp import Ramp
from mojo_kernels.elementwise.transcendental.exponential import UNARY as EXPONENTIAL
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.register_pointwise import register_unary
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import NUMBERS, STORED


def _fill(table: Table):
    comptime for i in range(BASIC.length):
        register_unary[BASIC()[i]](table)
    comptime for i in range(BITS.length):
        register_unary[BITS()[i]](table)
    comptime for i in range(ROUNDING.length):
        register_unary[ROUNDING()[i]](table)
    comptime for i in range(EXPONENTIAL.length):
        register_unary[EXPONENTIAL()[i]](table)
    comptime for dt in NUMBERS:
        register[Ramp[dt]](table)
    comptime for source in STORED:
        register[Pointwise[Fill[source]]](table)
        comptime for target in STORED:
            register[Pointwise[Cast[source, target]]](table)


@export
def PyInit_unary() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("unary", _fill)

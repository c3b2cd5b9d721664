"""The extension `ternary`: pointwise functions of three elements and a number."""

from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.ternary import TERNARY
from mojo_kernels.elementwise.ternary_kernels import TernaryBackward, TernaryForward
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.register_pointwise import register_halves
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS, INTEGERS


def _fill(table: Table):
    comptime for i in range(TERNARY.length):
        comptime Op = TERNARY()[i]
        comptime for dt in FLOATS:
            register[Pointwise[TernaryForward[Op, dt]]](table)
            register[Pointwise[TernaryBackward[Op, dt]]](table)
        register_halves[TernaryForward[Op, DType.float32]](table)
        register_halves[TernaryBackward[Op, DType.float32]](table)
        comptime if Op.INTEGRAL:
            comptime for dt in INTEGERS:
                register[Pointwise[TernaryForward[Op, dt]]](table)


@export
def PyInit_ternary() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("ternary", _fill)

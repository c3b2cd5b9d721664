"""Puts pointwise ops into the kernel table: which kernels each has, and of which dtypes."""

from mojo_kernels.elementwise.kernels import BinaryBackward, BinaryForward, UnaryBackward, UnaryForward
from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.elementwise.pointwise import Pointwise, PointwiseLoop
from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.elementwise.widened import Widened
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Table
from mojo_kernels.runtime.types import FLOATS, INTEGERS


def register_halves[Wide: PointwiseLoop](table: Table):
    """Puts the kernels of 16 bits that run a kernel of float32 into a table.

    Parameters:
        Wide: The kernel of float32.

    Args:
        table: A Python dict from name to address.
    """
    comptime for dt in HALVES:
        register[Widened[Wide, dt]](table)


def register_unary[Op: UnaryOp](table: Table):
    """Puts the kernels of a function of one element into a table, for every dtype that it has.

    Parameters:
        Op: The function.

    Args:
        table: A Python dict from name to address.
    """
    comptime for dt in FLOATS:
        register[Pointwise[UnaryForward[Op, dt]]](table)
        register[Pointwise[UnaryBackward[Op, dt]]](table)
    register_halves[UnaryForward[Op, DType.float32]](table)
    register_halves[UnaryBackward[Op, DType.float32]](table)
    comptime if Op.INTEGRAL:
        comptime for dt in INTEGERS:
            register[Pointwise[UnaryForward[Op, dt]]](table)


def register_binary[Op: BinaryOp](table: Table):
    """Puts the kernels of a function of two elements into a table, for every dtype that it has.

    Parameters:
        Op: The function.

    Args:
        table: A Python dict from name to address.
    """
    comptime for dt in FLOATS:
        register[Pointwise[BinaryForward[Op, dt]]](table)
        register[Pointwise[BinaryBackward[Op, dt]]](table)
    register_halves[BinaryForward[Op, DType.float32]](table)
    register_halves[BinaryBackward[Op, DType.float32]](table)
    comptime if Op.INTEGRAL:
        comptime for dt in INTEGERS:
            register[Pointwise[BinaryForward[Op, dt]]](table)

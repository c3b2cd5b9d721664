"""The kernels of a user's own file, which mocrograd.kernel_library compiles: each struct's in a table of its own."""

from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.python.register import register
from mojo_kernels.python.register_pointwise import register_binary, register_unary
from mojo_kernels.python.table import Table
from mojo_kernels.runtime.kernel import Kernel


@doc_hidden
struct FromInput[Op: UnaryOp](UnaryOp):
    """An op whose gradient computes the output anew, so that Python need not know which of the two it reads.

    Where the gradient does not read the output, the compiler leaves it out.
    """

    comptime NAME: StaticString = Self.Op.NAME
    comptime INTEGRAL = Self.Op.INTEGRAL
    comptime COST = Self.Op.COST

    @staticmethod
    @always_inline
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return Self.Op.forward(x)

    @staticmethod
    @always_inline
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return Self.Op.grad(x, Self.Op.forward(x), dy)


def own_unary[Op: UnaryOp](tables: Table, label: String):
    """Puts a table with the kernels of a function of one element into a dict.

    Parameters:
        Op: The function.

    Args:
        tables: A Python dict.
        label: Under which name.
    """
    var table = Table()
    register_unary[FromInput[Op]](table)
    tables.store(label, table.dict)


def own_binary[Op: BinaryOp](tables: Table, label: String):
    """Puts a table with the kernels of a function of two elements into a dict.

    Parameters:
        Op: The function.

    Args:
        tables: A Python dict.
        label: Under which name.
    """
    var table = Table()
    register_binary[Op](table)
    tables.store(label, table.dict)


def own_kernel[K: Kernel](tables: Table, label: String):
    """Puts a table with the entries of a kernel into a dict.

    Parameters:
        K: The kernel.

    Args:
        tables: A Python dict.
        label: Under which name.
    """
    var table = Table()
    register[K](table)
    tables.store(label, table.dict)

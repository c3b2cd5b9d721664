"""Products with short sums, as gradients of weights have: y is large, so it is written in the order of memory.

The sums are those of `cpu.mojo`, so which of the two computes a product changes no bit of it.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.packed_tile import Ahead
from mojo_kernels.matmul.skinny import FEW
from mojo_kernels.matmul.tile import MR, Panel, Target
from mojo_kernels.runtime.types import Buffer

comptime _SHORT = 64
"""The most elements of a short sum."""
comptime _WIDE = 256 << 10
"""Bytes of packed columns of b, on the stack."""


struct Outer[dt: DType]:
    """Products of short sums for one dtype.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a panel."""
    comptime SIZE = size_of[Scalar[Self.dt]]()
    """Bytes of an element."""

    @staticmethod
    def suits(p: Operands[Self.dt]) -> Bool:
        """Tells whether a product is computed faster here.

        Args:
            p: The product, or a stripe of it.

        Returns:
            Whether it is.
        """
        var rest = p.n % Self.W
        return (
            MR < p.k <= _SHORT
            and p.m >= 4 * MR
            and p.n >= 2 * Self.NR
            and not (p.a_column == 1 and 0 < rest <= FEW)
        )

    @staticmethod
    @no_inline
    def run(p: Operands[Self.dt]):
        """Computes y = activation(alpha a b + bias + y).

        Args:
            p: The product.
        """
        var panels = stack_allocation[_WIDE // Self.SIZE, Scalar[Self.dt], alignment=64]()
        var rows = stack_allocation[_SHORT * MR, Scalar[Self.dt], alignment=64]()
        var to_panels = Buffer[Self.dt](unsafe_from_address=Int(panels))
        var to_rows = Buffer[Self.dt](unsafe_from_address=Int(rows))
        var target = Target[Self.dt](p, True, True)
        var chunk = _WIDE // Self.SIZE // p.k // Self.NR * Self.NR
        for j0 in range(0, p.n, chunk):
            var columns = min(chunk, p.n - j0)
            for j in range(0, columns, Self.NR):
                var b = Panel[Self.dt](
                    Int(p.element(p.b, (j0 + j) * p.b_column)),
                    p.b_row,
                    p.b_column,
                )
                pack[Self.dt, Self.NR](
                    b,
                    p.k,
                    min(Self.NR, columns - j),
                    to_panels.unsafe_offset(j * p.k),
                )
            for i in range(0, p.m, MR):
                var height = min(MR, p.m - i)
                var a = Panel[Self.dt](Int(p.element(p.a, i * p.a_row)), p.a_column, p.a_row)
                pack[Self.dt, MR](a, p.k, height, to_rows)
                for j in range(0, columns, Self.NR):
                    Gemm[Self.dt].packed_column[MR, 2](
                        Int(rows),
                        Int(panels) + j * p.k * Self.SIZE,
                        p.k,
                        target,
                        i,
                        height,
                        j0 + j,
                        min(Self.NR, columns - j),
                        Ahead(),
                    )

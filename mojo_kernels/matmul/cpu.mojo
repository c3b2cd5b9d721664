"""Matrix product on the CPU: register tiles over blocks, after Goto and van de Geijn (2008).

k is cut into blocks of KC. A tile of MR rows and two vectors of columns keeps its sums in registers while k runs
through its block. Operands are read in place if that is cheap: rows of a at any strides, b where its columns are
contiguous. Otherwise a block of a (for the second-level cache) and a panel of b (for the first-level cache) are
copied in the order in which tiles read them. What is copied changes no bit of the result.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack_a, pack_b
from mojo_kernels.matmul.skinny import DOTS, FEW, SHORT, Skinny
from mojo_kernels.matmul.tile import MR, Panel, Target, tile
from mojo_kernels.runtime.types import Buffer

comptime KC = 256
"""Elements of k in a block: a panel of b (32 KiB) stays in the first-level cache."""
comptime BLOCK_A = 512 << 10
"""The most bytes of a packed block of a, which lies on the stack."""
comptime _PAD = 16
"""Elements between packed rows of a, so that rows do not compete for the same lines of the cache."""
comptime _FEW_PANELS = 4
"""Where y has fewer panels of columns, copying rows of a costs more than it brings."""
comptime _FEW_TILES = 4
"""Where y has fewer tiles of rows, copying b costs more than it brings."""
comptime _CLOSE = 16 << 10
"""Bytes of a block of b that stay in the first-level cache as they lie."""


struct Gemm[dt: DType]:
    """The tiled product for one dtype.

    Parameters:
        dt: The dtype, in which sums are kept too.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a register tile and of a panel of b."""
    comptime MC = BLOCK_A // (KC * size_of[Scalar[Self.dt]]()) // MR * MR
    """The most rows of a packed block of a."""

    @staticmethod
    def run(p: Operands[Self.dt]):
        """Computes y = activation(alpha a b + bias + y).

        Args:
            p: The product; columns of y are contiguous.
        """
        if p.k == 0:
            var target = Target[Self.dt](p, True, True)
            for i in range(p.m):
                for j in range(p.n):
                    target.store_one(i, j, 0)
            return
        var rest = p.n % Self.W
        if p.a_column == 1 and 0 < rest <= FEW and p.k >= SHORT * rest:
            # a tile of so few columns takes as long as a whole one
            if p.n > rest:
                Self.blocks(p.columns(0, p.n - rest))
            Skinny[Self.dt].run(p.columns(p.n - rest, p.n), DOTS)
            return
        Self.blocks(p)

    @staticmethod
    def blocks(p: Operands[Self.dt]):
        """Computes a product tile by tile.

        Args:
            p: The product.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        var strided = p.b_column != 1 and p.n > 1
        var far = min(p.k, KC) * p.b_row * size > _CLOSE and p.m >= _FEW_TILES * MR
        var packs_a = p.n >= _FEW_PANELS * Self.NR and p.m >= _FEW_TILES * MR and p.k > 64
        if packs_a:
            Self.packed(p, strided or far)
        elif strided or far:
            Self.half_packed(p)
        else:
            for k0 in range(0, p.k, KC):
                var target = Target[Self.dt](p, k0 == 0, k0 + KC >= p.k)
                var a = Panel[Self.dt](Int(p.element(p.a, k0 * p.a_column)), p.a_row, p.a_column)
                for j0 in range(0, p.n, Self.NR):
                    var b = Panel[Self.dt](Int(p.element(p.b, k0 * p.b_row + j0)), p.b_row, 1)
                    Self.column[False](a, b, min(KC, p.k - k0), target, 0, p.m, j0, min(Self.NR, p.n - j0))

    @staticmethod
    @no_inline
    def half_packed(p: Operands[Self.dt]):
        """Computes a product with packed panels of b, rows of a as they lie.

        Args:
            p: The product.
        """
        var panel = stack_allocation[KC * Self.NR, Scalar[Self.dt], alignment=64]()
        var destination = Buffer[Self.dt](unsafe_from_address=Int(panel))
        for k0 in range(0, p.k, KC):
            var kc = min(KC, p.k - k0)
            var target = Target[Self.dt](p, k0 == 0, k0 + KC >= p.k)
            var a = Panel[Self.dt](Int(p.element(p.a, k0 * p.a_column)), p.a_row, p.a_column)
            for j0 in range(0, p.n, Self.NR):
                var nc = min(Self.NR, p.n - j0)
                var b = Panel[Self.dt](
                    Int(p.element(p.b, k0 * p.b_row + j0 * p.b_column)), p.b_row, p.b_column
                )
                pack_b[Self.dt, Self.NR](b, kc, nc, destination)
                b = Panel[Self.dt](Int(panel), Self.NR, 1)
                Self.column[False](a, b, kc, target, 0, p.m, j0, nc)

    @staticmethod
    @no_inline
    def packed(p: Operands[Self.dt], packs_b: Bool):
        """Computes a product with packed blocks of a.

        Args:
            p: The product.
            packs_b: Whether panels of b are packed too.
        """
        var panel = stack_allocation[KC * Self.NR, Scalar[Self.dt], alignment=64]()
        var block = stack_allocation[Self.MC * (KC + _PAD), Scalar[Self.dt], alignment=64]()
        var destination = Buffer[Self.dt](unsafe_from_address=Int(panel))
        var most = min(max(p.block // (KC * size_of[Scalar[Self.dt]]()) // MR, 1) * MR, Self.MC)
        var blocks = (p.m + most - 1) // most
        var height = ((p.m + blocks - 1) // blocks + MR - 1) // MR * MR
        for k0 in range(0, p.k, KC):
            var kc = min(KC, p.k - k0)
            var target = Target[Self.dt](p, k0 == 0, k0 + KC >= p.k)
            for m0 in range(0, p.m, height):
                var mc = min(height, p.m - m0)
                var from_a = Panel[Self.dt](
                    Int(p.element(p.a, m0 * p.a_row + k0 * p.a_column)), p.a_row, p.a_column
                )
                var a = Panel[Self.dt](0, 0, 0)
                for i0 in range(0, mc, MR):
                    var rows = Buffer[Self.dt](unsafe_from_address=Int(block)).unsafe_offset(i0 * (KC + _PAD))
                    a = pack_a[Self.dt, KC + _PAD](from_a.from_row(i0), kc, min(MR, mc - i0), rows)
                a.first = Int(block)
                for j0 in range(0, p.n, Self.NR):
                    var nc = min(Self.NR, p.n - j0)
                    var b = Panel[Self.dt](
                        Int(p.element(p.b, k0 * p.b_row + j0 * p.b_column)), p.b_row, p.b_column
                    )
                    if packs_b:
                        pack_b[Self.dt, Self.NR](b, kc, nc, destination)
                        b = Panel[Self.dt](Int(panel), Self.NR, 1)
                    Self.column[True](a, b, kc, target, m0, mc, j0, nc)

    @staticmethod
    @always_inline
    def column[
        packed: Bool
    ](
        a: Panel[Self.dt],
        b: Panel[Self.dt],
        kc: Int,
        target: Target[Self.dt],
        first: Int,
        rows: Int,
        column: Int,
        columns: Int,
    ):
        """Computes the tiles one below the other for up to NR columns of y.

        Parameters:
            packed: Whether rows of a are packed: tile after tile.

        Args:
            a: The rows of a.
            b: The panel of b.
            kc: The number of k.
            target: Where sums go.
            first: The first row in y.
            rows: The number of rows.
            column: The first column in y.
            columns: The number of columns.
        """
        if columns == Self.NR:
            Self.tiles[2, False, packed](a, b, kc, target, first, rows, column, columns)
        elif columns > Self.W:
            Self.tiles[2, True, packed](a, b, kc, target, first, rows, column, columns)
        elif columns == Self.W:
            Self.tiles[1, False, packed](a, b, kc, target, first, rows, column, columns)
        else:
            Self.tiles[1, True, packed](a, b, kc, target, first, rows, column, columns)

    @staticmethod
    @no_inline
    def tiles[
        vectors: Int, tail: Bool, packed: Bool
    ](
        a: Panel[Self.dt],
        b: Panel[Self.dt],
        kc: Int,
        target: Target[Self.dt],
        first: Int,
        rows: Int,
        column: Int,
        columns: Int,
    ):
        """As `column`, for one form of tile. Tiles are equally high where their rows are not packed.

        Parameters:
            vectors: The vectors of columns.
            tail: Whether the last vector is not whole.
            packed: Whether rows of a are packed: tile after tile.

        Args:
            a: The rows of a.
            b: The panel of b.
            kc: The number of k.
            target: Where sums go.
            first: The first row in y.
            rows: The number of rows.
            column: The first column in y.
            columns: The number of columns.
        """
        comptime MOST = MR if packed or vectors == 2 else 2 * MR
        var i = 0
        var left = (rows + MOST - 1) // MOST
        while i < rows:
            var height = min(MR, rows - i) if packed else (rows - i + left - 1) // left
            left -= 1
            var part = a.from_row(i)
            comptime if packed:
                part = Panel[Self.dt](a.first + i * (KC + _PAD) * size_of[Scalar[Self.dt]](), a.row, a.column)
            comptime for h in range(MOST, 0, -1):
                if height == h:
                    tile[Self.dt, h, vectors, tail](part, b, kc, target, first + i, column, columns)
            i += height

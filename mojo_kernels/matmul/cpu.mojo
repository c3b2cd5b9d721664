"""Matrix product on the CPU: register tiles over blocks, after Goto and van de Geijn (2008).

k is cut into blocks of KC. A tile of MR rows and two vectors of columns keeps its sums in registers while k runs
through its block. Operands are read in place if that is cheap: rows of a at any strides, b where its columns are
contiguous. Otherwise a block of one operand (for the second-level cache) and a panel of the other one (for the
first-level cache) are copied in the order in which tiles read them. What is copied changes no bit of the result.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack, pack_block, panel_vectors
from mojo_kernels.matmul.packed_tile import Ahead, SHAPES, TALLEST, most_rows, packed_tile
from mojo_kernels.matmul.skinny import DOTS, FEW, SHORT, Skinny
from mojo_kernels.matmul.tile import MR, Panel, Target, tile
from mojo_kernels.runtime.tuning import tuned_block, tuned_shape
from mojo_kernels.runtime.types import Buffer

comptime KC = 256
"""Elements of k in a block: a panel of b (32 KiB) stays in the first-level cache."""
comptime BLOCK = 512 << 10
"""The most bytes of a packed block of a or b, which lies on the stack."""
comptime _GROUP = 8
"""Panels of a that are copied together where its columns are contiguous, so that whole lines of the cache are read."""
comptime _FEW_PANELS = 4
"""Where y has fewer panels of columns, copying rows of a costs more than it brings."""
comptime _FEW_TILES = 4
"""Where y has fewer tiles of rows, copying b costs more than it brings."""
comptime _CLOSE = 16 << 10
"""Bytes of a block of b that stay in the first-level cache as they lie."""

comptime _NEAR = 512 << 10
"""Bytes of a b that stay in the second-level cache, where asking for a panel ahead costs more than it brings."""


struct Gemm[dt: DType]:
    """The tiled product for one dtype.

    Parameters:
        dt: The dtype, in which sums are kept too.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a register tile and of a panel of b."""

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
        var reads_once = (
            not strided
            and p.m > MR
            and p.n >= _FEW_PANELS * Self.NR
            and p.k > 64
            and p.k * p.n * size > _NEAR
            and Self.block_of_b()  # few rows: tiles would read b a few columns at a time, from row to row
        )
        if packs_a or reads_once:
            Self.packed_by_choice(p)
        elif strided or far:
            Self.half_packed(p)
        else:
            for k0 in range(0, p.k, KC):
                var target = Target[Self.dt](p, k0 == 0, k0 + KC >= p.k)
                var a = Panel[Self.dt](Int(p.element(p.a, k0 * p.a_column)), p.a_row, p.a_column)
                for j0 in range(0, p.n, Self.NR):
                    var b = Panel[Self.dt](Int(p.element(p.b, k0 * p.b_row + j0)), p.b_row, 1)
                    Self.column(a, b, min(KC, p.k - k0), target, 0, p.m, j0, min(Self.NR, p.n - j0))

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
                pack[Self.dt, Self.NR](b, kc, nc, destination)
                b = Panel[Self.dt](Int(panel), Self.NR, 1)
                Self.column(a, b, kc, target, 0, p.m, j0, nc)

    @staticmethod
    @always_inline
    def block_of_b() -> Bool:
        """Tells whether the measured choice packs a block of b at once.

        Returns:
            Whether it does.
        """
        var shape = tuned_shape[Self.dt]()
        comptime for i in range(1, len(SHAPES)):
            comptime if SHAPES[i].block_of_b:
                if shape == i:
                    return True
        return False

    @staticmethod
    @always_inline
    def block_bytes(p: Operands[Self.dt]) -> Int:
        """Returns the bytes that a packed block may take.

        Args:
            p: The product.

        Returns:
            What was measured, or what the product says, at most `BLOCK`.
        """
        return min(tuned_block(p.block if p.block > 0 else BLOCK // 2), BLOCK)

    @staticmethod
    @always_inline
    def packed_by_choice(p: Operands[Self.dt]):
        """Computes a product with packed operands, by the shape of tile that is fastest here.

        Args:
            p: The product.
        """
        var shape = tuned_shape[Self.dt]()
        comptime for i in range(1, len(SHAPES)):
            if shape == i:
                comptime if SHAPES[i].block_of_b:
                    Self.packed_b[SHAPES[i].rows, SHAPES[i].vectors](p)
                else:
                    Self.packed[SHAPES[i].rows, SHAPES[i].vectors](p)
                return
        Self.packed[SHAPES[0].rows, SHAPES[0].vectors](p)

    @staticmethod
    @no_inline
    def packed[rows: Int, vectors: Int](p: Operands[Self.dt]):
        """Computes a product with a packed block of a, past which columns of b go, packed when their turn comes.

        Parameters:
            rows: The rows of a tile.
            vectors: The vectors of columns of a tile.

        Args:
            p: The product.
        """
        comptime NR = vectors * Self.W
        comptime size = size_of[Scalar[Self.dt]]()
        var panel = stack_allocation[KC * NR, Scalar[Self.dt], alignment=64]()
        var block = stack_allocation[BLOCK // size, Scalar[Self.dt], alignment=64]()
        var to_panel = Buffer[Self.dt](unsafe_from_address=Int(panel))
        var to_block = Buffer[Self.dt](unsafe_from_address=Int(block))
        var most = max(Self.block_bytes(p) // (KC * size) // rows, 1) * rows
        var blocks = (p.m + most - 1) // most
        var height = ((p.m + blocks - 1) // blocks + rows - 1) // rows * rows
        var far = p.k * p.n * size > _NEAR
        for k0 in range(0, p.k, KC):
            var kc = min(KC, p.k - k0)
            var target = Target[Self.dt](p, k0 == 0, k0 + KC >= p.k)
            for m0 in range(0, p.m, height):
                var mc = min(height, p.m - m0)
                var a = p.element(p.a, m0 * p.a_row + k0 * p.a_column)
                for i in range(0, mc, rows):
                    var rest = Panel[Self.dt](Int(a.unsafe_offset(i * p.a_row)), p.a_column, p.a_row)
                    pack[Self.dt, rows](rest, kc, min(rows, mc - i), to_block.unsafe_offset(i * kc))
                for j0 in range(0, p.n, NR):
                    var nc = min(NR, p.n - j0)
                    var b = p.element(p.b, k0 * p.b_row + j0 * p.b_column)
                    pack[Self.dt, NR](Panel[Self.dt](Int(b), p.b_row, p.b_column), kc, nc, to_panel)
                    var ahead = Ahead()
                    if far and j0 + 2 * NR <= p.n:
                        ahead = Self.next_panel[NR](p, b, kc)
                    Self.packed_column[rows, vectors](
                        Int(block), Int(panel), kc, target, m0, mc, j0, nc, ahead
                    )

    @staticmethod
    @no_inline
    def packed_b[rows: Int, vectors: Int](p: Operands[Self.dt]):
        """Computes a product with a packed block of b, past which rows of a go, packed when their turn comes.

        Results are written row by row, and a panel of a is small: that suits a large second-level cache.

        Parameters:
            rows: The rows of a tile.
            vectors: The most vectors of columns of a tile.

        Args:
            p: The product.
        """
        comptime W = Self.W
        comptime size = size_of[Scalar[Self.dt]]()
        var block = stack_allocation[BLOCK // size, Scalar[Self.dt], alignment=64]()
        var panels = stack_allocation[_GROUP * rows * KC, Scalar[Self.dt], alignment=64]()
        var to_block = Buffer[Self.dt](unsafe_from_address=Int(block))
        var to_panels = Buffer[Self.dt](unsafe_from_address=Int(panels))
        var most = max(Self.block_bytes(p) // (KC * W * size), 1)
        var all = (p.n + W - 1) // W
        var blocks = (all + most - 1) // most
        var width = (all + blocks - 1) // blocks * W
        var group = _GROUP * rows if p.a_row == 1 else rows
        for k0 in range(0, p.k, KC):
            var kc = min(KC, p.k - k0)
            var target = Target[Self.dt](p, k0 == 0, k0 + KC >= p.k)
            for n0 in range(0, p.n, width):
                var nc = min(width, p.n - n0)
                var b = Int(p.element(p.b, k0 * p.b_row + n0 * p.b_column))
                pack_block[Self.dt, vectors](Panel[Self.dt](b, p.b_row, p.b_column), kc, nc, to_block)
                for m0 in range(0, p.m, group):
                    var mc = min(group, p.m - m0)
                    var a = p.element(p.a, m0 * p.a_row + k0 * p.a_column)
                    Self.pack_rows[rows](Panel[Self.dt](Int(a), p.a_column, p.a_row), kc, mc, to_panels)
                    var ahead = Ahead()
                    if p.a_column == 1 and m0 + 2 * rows <= p.m:
                        ahead = Ahead(Int(a) + rows * p.a_row * size, p.a_row * size, rows, kc * size)
                    for i in range(0, mc, rows):
                        var panel = Int(panels) + i * kc * size
                        var height = min(rows, mc - i)
                        Self.packed_row[rows, vectors](
                            panel, Int(block), kc, target, m0 + i, height, n0, nc, ahead
                        )

    @staticmethod
    @always_inline
    def pack_rows[rows: Int](a: Panel[Self.dt], kc: Int, count: Int, panels: Buffer[Self.dt]):
        """Packs panels of rows of a; where columns of a are contiguous, a few of them from end to end.

        Parameters:
            rows: The rows of a panel.

        Args:
            a: The rows, as columns of a's transpose.
            kc: The number of k.
            count: The number of rows.
            panels: Where they go.
        """
        var step = _GROUP if a.column == 1 else kc
        for l in range(0, kc, step):
            for i in range(0, count, rows):
                var part = Panel[Self.dt](Int(a.at(l, i)), a.row, a.column)
                var to = panels.unsafe_offset(i * kc + l * rows)
                pack[Self.dt, rows](part, min(step, kc - l), min(rows, count - i), to)

    @staticmethod
    @always_inline
    def packed_row[
        rows: Int, vectors: Int
    ](
        a: Int,
        b: Int,
        kc: Int,
        target: Target[Self.dt],
        first: Int,
        count: Int,
        column: Int,
        columns: Int,
        ahead: Ahead,
    ):
        """Computes the tiles side by side for a panel of rows of y.

        Parameters:
            rows: The rows of a tile.
            vectors: The most vectors of columns of a tile.

        Args:
            a: The address of the panel of a.
            b: The address of the packed block of b.
            kc: The number of k.
            target: Where sums go.
            first: The first row in y.
            count: The number of rows.
            column: The first column in y.
            columns: The number of columns.
            ahead: What will be read next.
        """
        comptime W = Self.W
        comptime size = size_of[Scalar[Self.dt]]()
        var next = ahead
        var share = (next.rows * vectors * W + columns - 1) // columns
        var j = 0
        while j < columns:
            next.ask(share)
            var panel = panel_vectors[vectors]((columns - j + W - 1) // W)
            var left = min(panel * W, columns - j)
            var from_b = b + j * kc * size
            if count == rows and left == panel * W and panel > 1:
                comptime for v in range(2, vectors + 1):
                    if panel == v:
                        packed_tile[Self.dt, rows, v](a, from_b, kc, target, first, column + j)
            else:
                for c in range(0, left, Self.NR):  # an edge, by the tiles of any height
                    Self.column(
                        Panel[Self.dt](a, 1, rows),
                        Panel[Self.dt](from_b + c * size, panel * W, 1),
                        kc,
                        target,
                        first,
                        count,
                        column + j + c,
                        min(Self.NR, left - c),
                    )
            j += panel * W

    @staticmethod
    @always_inline
    def next_panel[columns: Int](p: Operands[Self.dt], b: Buffer[Self.dt], kc: Int) -> Ahead:
        """Returns the memory of the panel behind one of b.

        Parameters:
            columns: Columns of a panel.

        Args:
            p: The product.
            b: The first element of the panel before.
            kc: The number of k.

        Returns:
            What to ask for, nothing where b has gaps.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        var first = Int(b.unsafe_offset(columns * p.b_column))
        if p.b_column == 1:
            return Ahead(first, p.b_row * size, kc, columns * size)
        if p.b_row == 1:
            return Ahead(first, p.b_column * size, columns, kc * size)
        return Ahead()

    @staticmethod
    @always_inline
    def packed_column[
        rows: Int, vectors: Int
    ](
        a: Int,
        b: Int,
        kc: Int,
        target: Target[Self.dt],
        first: Int,
        count: Int,
        column: Int,
        columns: Int,
        ahead: Ahead,
    ):
        """Computes the tiles one below the other for a panel of columns of y.

        Parameters:
            rows: The rows of a tile.
            vectors: The vectors of columns of a tile.

        Args:
            a: The address of the packed block of a.
            b: The address of the panel of b.
            kc: The number of k.
            target: Where sums go.
            first: The first row in y.
            count: The number of rows.
            column: The first column in y.
            columns: The number of columns.
            ahead: What will be read next.
        """
        comptime NR = vectors * Self.W
        comptime size = size_of[Scalar[Self.dt]]()
        var next = ahead
        var share = (next.rows * rows + count - 1) // count
        for i in range(0, count, rows):
            next.ask(share)
            var from_a = a + i * kc * size
            var height = min(rows, count - i)
            if height == rows and columns == NR:
                packed_tile[Self.dt, rows, vectors](from_a, b, kc, target, first + i, column)
                continue
            for j in range(0, columns, Self.NR):  # an edge, by the tiles of any height
                Self.column(
                    Panel[Self.dt](from_a, 1, rows),
                    Panel[Self.dt](b + j * size, NR, 1),
                    kc,
                    target,
                    first + i,
                    height,
                    column + j,
                    min(Self.NR, columns - j),
                )

    @staticmethod
    @always_inline
    def column(
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
            Self.tiles[2, False](a, b, kc, target, first, rows, column, columns)
        elif columns > Self.W:
            Self.tiles[2, True](a, b, kc, target, first, rows, column, columns)
        elif columns == Self.W:
            Self.tiles[1, False](a, b, kc, target, first, rows, column, columns)
        else:
            Self.tiles[1, True](a, b, kc, target, first, rows, column, columns)

    @staticmethod
    @no_inline
    def tiles[
        vectors: Int, tail: Bool
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
        """As `column`, for one form of tile. Tiles are equally high.

        Parameters:
            vectors: The vectors of columns.
            tail: Whether the last vector is not whole.

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
        comptime MOST = TALLEST if vectors == 2 else 2 * MR
        var most = most_rows[Self.dt](rows * kc) if vectors == 2 else MOST
        var i = 0
        var left = (rows + most - 1) // most
        while i < rows:
            var height = (rows - i + left - 1) // left
            left -= 1
            var part = a.from_row(i)
            comptime for h in range(MOST, 0, -1):
                if height == h:
                    tile[Self.dt, h, vectors, tail](part, b, kc, target, first + i, column, columns)
            i += height

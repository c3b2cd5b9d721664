"""Matrix product on the CPU: packed panels and register tiles, after Goto and van de Geijn (2008).

k is cut into blocks of KC, the columns of b into blocks of NC. A block of b is packed into panels of NR columns,
k-major, so that the register tile reads it in order; the rows of a that a tile needs are read where they lie if each
is contiguous, and packed otherwise. A tile of MR x NR sums stays in registers while k runs through its block. Where y
is low and b's columns are contiguous along k (y = x W^T with few rows of x), the transposed product is computed, so
that the small operand is packed and the large one streams through once.
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import CompilationTarget, simd_width_of, size_of

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.runtime.system import free_block, new_block
from mojo_kernels.runtime.types import Buffer

comptime _REGISTERS = 32 if CompilationTarget.has_avx512f() or not CompilationTarget.is_x86() else 16
comptime MR = 8 if _REGISTERS == 32 else 6
"""Rows of a register tile: with two vectors of columns, 16 (12) sums leave registers for the operands."""
comptime KC = 256
"""Elements of k in a block: a panel of b (KC x NR) stays in the first-level cache."""
comptime NC = 512
"""Columns of b in a block: a packed block (KC x NC floats, 512 KiB) stays in the second-level cache."""
comptime LOW = 96
"""The most rows of a y that counts as low."""


struct Gemm[dt: DType]:
    """The packed product for one dtype.

    Parameters:
        dt: The dtype, in which sums are kept too.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a register tile and of a panel of b."""

    @staticmethod
    def run(product: Operands[Self.dt]):
        """Computes y = a b (+ bias) (+ y).

        Args:
            product: The product.
        """
        var p = product
        if p.m <= LOW and p.m < p.n and p.b_column != 1:
            p = p.transposed()
        if p.k == 0:
            _fill_empty(p)
            return
        var depth = min(p.k, KC)
        var width = min((p.n + Self.NR - 1) // Self.NR * Self.NR, NC)
        var packs_a = p.a_column != 1
        var height = (p.m + MR - 1) // MR * MR if packs_a else 0
        comptime size = size_of[Scalar[Self.dt]]()
        var scratch = new_block((depth * width + depth * height) * size, 64)
        var panels_b = p.element(scratch, 0)
        var panels_a = p.element(scratch, depth * width)
        for k0 in range(0, p.k, KC):
            var kc = min(KC, p.k - k0)
            if packs_a:
                _pack_a(p, k0, kc, panels_a)
            for n0 in range(0, p.n, NC):
                var nc = min(NC, p.n - n0)
                Self.pack_b(p, k0, kc, n0, nc, panels_b)
                Self.block(p, k0, kc, n0, nc, panels_a, packs_a, panels_b)
        free_block(scratch)

    @staticmethod
    def pack_b(p: Operands[Self.dt], k0: Int, kc: Int, n0: Int, nc: Int, panels: Buffer[Self.dt]):
        """Packs a block of b into panels of NR columns, the last one padded with zeros.

        Args:
            p: The product.
            k0: The first k of the block.
            kc: The number of k in the block.
            n0: The first column of the block.
            nc: The number of columns in the block.
            panels: Where the panels go.
        """
        for j0 in range(0, nc, Self.NR):
            var panel = panels.unsafe_offset(j0 * kc)
            var b = p.element(p.b, k0 * p.b_row + (n0 + j0) * p.b_column)
            var columns = min(Self.NR, nc - j0)
            if columns == Self.NR and p.b_column == 1:
                for l in range(kc):
                    var row = b.unsafe_offset(l * p.b_row)
                    panel.unsafe_store(l * Self.NR, row.unsafe_load[width=Self.W]())
                    panel.unsafe_store(l * Self.NR + Self.W, row.unsafe_load[width=Self.W](Self.W))
                continue
            if columns < Self.NR:
                for i in range(0, kc * Self.NR, Self.W):
                    panel.unsafe_store(i, SIMD[Self.dt, Self.W](0))
            for j in range(columns):
                for l in range(kc):
                    panel.unsafe_store(l * Self.NR + j, b.unsafe_load(l * p.b_row + j * p.b_column))

    @staticmethod
    def block(
        p: Operands[Self.dt],
        k0: Int,
        kc: Int,
        n0: Int,
        nc: Int,
        panels_a: Buffer[Self.dt],
        packed_a: Bool,
        panels_b: Buffer[Self.dt],
    ):
        """Multiplies all rows of a with a packed block of b.

        Args:
            p: The product.
            k0: The first k of the block.
            kc: The number of k in the block.
            n0: The first column of the block.
            nc: The number of columns in the block.
            panels_a: The packed rows of a, if they are.
            packed_a: Whether they are.
            panels_b: The packed block of b.
        """
        for j0 in range(0, nc, Self.NR):
            var b = panels_b.unsafe_offset(j0 * kc)
            var target = _Target[Self.dt](p, n0 + j0, min(Self.NR, nc - j0), k0 == 0)
            for i0 in range(0, p.m, MR):
                var rows = min(MR, p.m - i0)
                if packed_a:
                    Self.tiles[True](panels_a.unsafe_offset(i0 * kc), 1, b, kc, target, i0, rows)
                else:
                    Self.tiles[False](p.element(p.a, i0 * p.a_row + k0), p.a_row, b, kc, target, i0, rows)

    @staticmethod
    @always_inline
    def tiles[
        packed: Bool
    ](
        a: Buffer[Self.dt],
        a_row: Int,
        b: Buffer[Self.dt],
        kc: Int,
        target: _Target[Self.dt],
        first: Int,
        rows: Int,
    ):
        """Computes one register tile, or a few lower ones where fewer rows are left.

        Parameters:
            packed: Whether a is packed (k-major panels of MR rows).

        Args:
            a: The tile's rows of a.
            a_row: The stride between them where they are not packed.
            b: The panel of b.
            kc: The number of k.
            target: Where the columns of the tile go.
            first: The first row.
            rows: How many rows are wanted.
        """
        var wide = target.columns > Self.W
        if rows == MR:
            if wide:
                _tile[Self.dt, MR, 2, packed](a, a_row, b, kc, target, first)
            else:
                _tile[Self.dt, MR, 1, packed](a, a_row, b, kc, target, first)
            return
        var i = 0
        comptime for height in [4, 2, 1]:
            while rows - i >= height:
                var ai = a.unsafe_offset(i * a_row)
                if wide:
                    _tile[Self.dt, height, 2, packed](ai, a_row, b, kc, target, first + i)
                else:
                    _tile[Self.dt, height, 1, packed](ai, a_row, b, kc, target, first + i)
                i += height


struct _Target[dt: DType](TrivialRegisterPassable):
    """Columns of y that a panel of b leads to, and what sums start with there."""

    var y: Int
    var y_row: Int
    var y_column: Int
    var columns: Int
    var bias: Int
    var bias_row: Int
    var accumulate: Bool

    @always_inline
    def __init__(out self, p: Operands[Self.dt], first: Int, columns: Int, starts: Bool):
        comptime size = size_of[Scalar[Self.dt]]()
        self.y = p.y + first * p.y_column * size
        self.y_row = p.y_row
        self.y_column = p.y_column
        self.columns = columns
        self.bias = p.bias + first * p.bias_column * size if p.bias != 0 and starts else 0
        self.bias_row = p.bias_row
        self.accumulate = p.accumulate or not starts

    @always_inline
    def row(self, i: Int) -> Buffer[Self.dt]:
        return Buffer[Self.dt](unsafe_from_address=self.y).unsafe_offset(i * self.y_row)

    @always_inline
    def start[w: Int](self, i: Int, column: Int) -> SIMD[Self.dt, w]:
        """Returns the bias of row i from a column on: one value for the row, or one for each column."""
        if self.bias == 0:
            return 0
        var bias = Buffer[Self.dt](unsafe_from_address=self.bias)
        if self.bias_row == 1:
            return bias.unsafe_load(i)
        if column + w <= self.columns:
            return bias.unsafe_load[width=w](column)
        var lanes = SIMD[Self.dt, w](0)
        for lane in range(max(self.columns - column, 0)):
            lanes[lane] = bias.unsafe_load(column + lane)
        return lanes


@no_inline
def _tile[
    dt: DType, rows: Int, vectors: Int, packed: Bool
](a: Buffer[dt], a_row: Int, b: Buffer[dt], kc: Int, target: _Target[dt], first: Int):
    """Sums a tile of `rows` x `vectors` vectors over kc elements of k, in registers, and stores it."""
    comptime w = simd_width_of[dt]()
    comptime Lanes = SIMD[dt, w]
    var sums = stack_allocation[rows * vectors, Lanes]()
    comptime for i in range(rows):
        comptime for v in range(vectors):
            sums[unsafe_offset=i * vectors + v] = target.start[w](first + i, v * w)
    for l in range(kc):
        var b0 = b.unsafe_load[width=w](l * 2 * w)
        var b1 = b.unsafe_load[width=w](l * 2 * w + (vectors - 1) * w)
        comptime for i in range(rows):
            var ai: Lanes
            comptime if packed:
                ai = a.unsafe_load(l * MR + i)
            else:
                ai = a.unsafe_load(i * a_row + l)
            sums[unsafe_offset=i * vectors] = fma(ai, b0, sums[unsafe_offset=i * vectors])
            comptime if vectors == 2:
                sums[unsafe_offset=i * vectors + 1] = fma(ai, b1, sums[unsafe_offset=i * vectors + 1])
    if target.y_column == 1 and target.columns == vectors * w:
        comptime for i in range(rows):
            comptime for v in range(vectors):
                var y = target.row(first + i).unsafe_offset(v * w)
                var sum = sums[unsafe_offset=i * vectors + v]
                y.unsafe_store(sum + y.unsafe_load[width=w]() if target.accumulate else sum)
        return
    var flat = Buffer[dt](unsafe_from_address=Int(sums))
    for j in range(target.columns):
        comptime for i in range(rows):
            var y = target.row(first + i).unsafe_offset(j * target.y_column)
            var sum = flat.unsafe_load(i * vectors * w + j)
            y[] = sum + y[] if target.accumulate else sum


def _pack_a[dt: DType](p: Operands[dt], k0: Int, kc: Int, panels: Buffer[dt]):
    """Packs the rows of a into panels of MR rows, k-major; rows past the end keep what the panel held."""
    for i0 in range(0, p.m, MR):
        var panel = panels.unsafe_offset(i0 * kc)
        var a = p.element(p.a, i0 * p.a_row + k0 * p.a_column)
        if p.a_row == 1 and p.m - i0 >= MR:
            for l in range(kc):
                comptime for i in range(MR):
                    panel.unsafe_store(l * MR + i, a.unsafe_load(l * p.a_column + i))
            continue
        for i in range(min(MR, p.m - i0)):
            for l in range(kc):
                panel.unsafe_store(l * MR + i, a.unsafe_load(i * p.a_row + l * p.a_column))


def _fill_empty[dt: DType](p: Operands[dt]):
    """Sets y to the empty sum: the bias, 0 without one, and what y held where it is added to."""
    for i in range(p.m):
        for j in range(p.n):
            var y = p.element(p.y, i * p.y_row + j * p.y_column)
            var sum = p.element(p.bias, i * p.bias_row + j * p.bias_column)[] if p.bias != 0 else 0
            y[] = sum + y[] if p.accumulate else sum

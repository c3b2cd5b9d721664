"""Products of a batch with weights whose columns are the sums, x = dy w: each row of w is read once, in long runs.

Panels of a chunk of columns are copied, piece by piece, while the chunk before is computed: the rows of a panel lie as
far apart as the rows of w, mostly by powers of two, so that a cache would hold few of them at once. Sums are those of
`cpu.mojo`, block of k by block, so which of the two computes a product changes no bit of it.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.packed_tile import Ahead
from mojo_kernels.matmul.skinny import FEW
from mojo_kernels.matmul.tile import MR, Panel, Target
from mojo_kernels.matmul.trail import Trail, trailing_tile
from mojo_kernels.runtime.types import Buffer

comptime _MOST = 64
"""The most rows of y that count as those of a batch."""
comptime _PANELS = 8
"""Panels of a chunk."""
comptime _PIECES = 32
"""Pieces in which they are copied."""
comptime _SLAB = 256 << 10
"""Bytes of packed rows of a, on the stack."""


struct BatchColumns[dt: DType]:
    """Products y (m, n) = a b with few rows for one dtype.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a panel."""
    comptime SIZE = size_of[Scalar[Self.dt]]()
    """Bytes of an element."""
    comptime CHUNK = _PANELS * Self.NR
    """Columns of b that are computed while the next are copied."""
    comptime BUFFER = KC * Self.CHUNK
    """Elements of them in a block of k."""

    @staticmethod
    def suits(p: Operands[Self.dt]) -> Bool:
        """Tells whether a product is computed faster here.

        Args:
            p: The product, or a stripe of it.

        Returns:
            Whether it is.
        """
        var rest = p.n % Self.W
        var whole = not (p.a_column == 1 and 0 < rest <= FEW)  # see `Gemm.run`
        var fits = p.block >= _SLAB + 2 * Self.BUFFER * Self.SIZE
        var large = p.n >= 2 * Self.CHUNK and p.k > KC
        return fits and large and 2 * MR <= p.m <= _MOST and p.b_column == 1 and whole

    @staticmethod
    @no_inline
    def run(p: Operands[Self.dt]):
        """Computes y = activation(alpha a b + bias + y).

        Args:
            p: The product.
        """
        var height = (p.m + MR - 1) // MR * MR
        var depth = max(_SLAB // Self.SIZE // height // KC, 1) * KC
        var a = stack_allocation[_SLAB // Self.SIZE, Scalar[Self.dt], alignment=64]()
        var panels = stack_allocation[2 * Self.BUFFER, Scalar[Self.dt], alignment=64]()
        for k0 in range(0, p.k, depth):
            var slab = _Slab[Self.dt](p, k0, min(depth, p.k - k0), height, Int(a), Int(panels))
            slab.pack_rows()
            slab.columns()


struct _Slab[dt: DType](TrivialRegisterPassable):
    """Some blocks of k of a product. A step is a chunk of columns and one block."""

    comptime B = BatchColumns[Self.dt]
    var p: Operands[Self.dt]
    var k0: Int
    var depth: Int
    var height: Int
    var a: Int
    var panels: Int
    var blocks: Int
    """Blocks of k."""
    var steps: Int

    @always_inline
    def __init__(
        out self,
        p: Operands[Self.dt],
        k0: Int,
        depth: Int,
        height: Int,
        a: Int,
        panels: Int,
    ):
        self.p = p
        self.k0 = k0
        self.depth = depth
        self.height = height
        self.a = a
        self.panels = panels
        self.blocks = (depth + KC - 1) // KC
        self.steps = (p.n + Self.B.CHUNK - 1) // Self.B.CHUNK * self.blocks

    @always_inline
    def pack_rows(self):
        """Copies all rows of a: block of k by block, tile by tile."""
        for first in range(0, self.depth, KC):
            var kc = min(KC, self.depth - first)
            for i in range(0, self.p.m, MR):
                var from_a = self.p.element(
                    self.p.a,
                    i * self.p.a_row + (self.k0 + first) * self.p.a_column,
                )
                var rows = Panel[Self.dt](Int(from_a), self.p.a_column, self.p.a_row)
                var to = Buffer[Self.dt](unsafe_from_address=self.a).unsafe_offset(
                    first * self.height + i * kc
                )
                pack[Self.dt, MR](rows, kc, min(MR, self.p.m - i), to)

    @always_inline
    def columns(self):
        """Computes all steps, and between tiles copies what the next step reads."""
        for piece in range(_PIECES):
            self.copy(0, piece)
        for step in range(self.steps):
            self.chunk(step)

    @always_inline
    def chunk(self, step: Int):
        """Computes the tiles of a step."""
        var j0 = self.column(step)
        var first = step % self.blocks * KC
        var kc = min(KC, self.depth - first)
        var target = Target[Self.dt](self.p, self.k0 + first == 0, self.k0 + first + kc >= self.p.k)
        var columns = min(Self.B.CHUNK, self.p.n - j0)
        var high = self.height // MR
        var tiles = (columns + Self.B.NR - 1) // Self.B.NR * high
        var copied = 0
        for t in range(tiles):
            var i = t % high * MR
            var j = t // high * Self.B.NR
            var a = self.a + (first * self.height + i * kc) * Self.B.SIZE
            var b = self.panels + (step % 2 * Self.B.BUFFER + j * KC) * Self.B.SIZE
            var until = (t + 1) * _PIECES // tiles
            if kc == KC and i + MR <= self.p.m and j + Self.B.NR <= columns:
                var trail = Trail() if until == copied else self.trail(step + 1, copied)
                trailing_tile[Self.dt, True](Panel[Self.dt](a, 1, MR), b, target, i, j0 + j, trail)
            else:
                Gemm[Self.dt].packed_column[MR, 2](
                    a,
                    b,
                    kc,
                    target,
                    i,
                    min(MR, self.p.m - i),
                    j0 + j,
                    min(Self.B.NR, columns - j),
                    Ahead(),
                )
            while copied < until:
                self.copy(step + 1, copied)
                copied += 1

    @always_inline
    def column(self, step: Int) -> Int:
        """Returns the first column of a step."""
        return step // self.blocks * Self.B.CHUNK

    @always_inline
    def piece(self, step: Int, piece: Int) -> Tuple[Int, Int]:
        """Returns the first k and the number of k of a piece, 0 where there is none."""
        comptime rows = KC // _PIECES
        var first = step % self.blocks * KC + piece * rows
        return (
            self.k0 + first,
            max(min(rows, self.depth - first), 0) if step < self.steps else 0,
        )

    @always_inline
    def trail(self, step: Int, piece: Int) -> Trail:
        """Returns the memory of a piece."""
        var k, rows = self.piece(step, piece)
        var columns = min(Self.B.CHUNK, self.p.n - self.column(step))
        if rows == 0:
            return Trail()
        var at = self.p.element(self.p.b, k * self.p.b_row + self.column(step))
        return Trail(Int(at), self.p.b_row * Self.B.SIZE, columns * Self.B.SIZE)

    @always_inline
    def copy(self, step: Int, piece: Int):
        """Copies a piece into the panels of its step."""
        var k, rows = self.piece(step, piece)
        var columns = min(Self.B.CHUNK, self.p.n - self.column(step))
        var to = Buffer[Self.dt](unsafe_from_address=self.panels)
        to = to.unsafe_offset(step % 2 * Self.B.BUFFER + piece * (KC // _PIECES) * Self.B.NR)
        if rows == 0:
            return
        for j in range(0, columns, Self.B.NR):
            var at = self.p.element(self.p.b, k * self.p.b_row + self.column(step) + j)
            var b = Panel[Self.dt](Int(at), self.p.b_row, 1)
            pack[Self.dt, Self.B.NR](b, rows, min(Self.B.NR, columns - j), to.unsafe_offset(j * KC))

"""Products of a batch with weights whose rows are the sums, y = x w^T: each row of w is read once, as it lies.

The product is computed as y^T = w x^T: rows of w give the elements that are multiplied with a vector of the batch. So
w is neither copied nor turned around; x is, once, and so are the sums of a chunk. Sums are those of `cpu.mojo`, block
of k by block, so which of the two computes a product changes no bit of it.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack, transpose
from mojo_kernels.matmul.skinny import FEW
from mojo_kernels.matmul.tile import (
    MR,
    Panel,
    Target,
    lanes_below,
    load_lanes,
    store_lanes,
)
from mojo_kernels.matmul.trail import Trail, trailing_tile
from mojo_kernels.runtime.types import Buffer

comptime _MOST = 64
"""The most rows of y that count as those of a batch."""
comptime _SLAB = 512 << 10
"""Bytes of a packed x, on the stack."""
comptime _CHUNK = 32
"""Rows of w that are computed for a block of k while that of x stays in the first-level cache."""


struct BatchRows[dt: DType]:
    """Products y = x w^T of a batch for one dtype.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a panel of x^T."""
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
        var whole = not (p.a_column == 1 and 0 < rest <= FEW)  # see `Gemm.run`
        var full = 4 * p.m >= 3 * Self.width(p) and p.m <= _MOST
        return full and p.b_row == 1 and p.k >= KC // 4 and p.y_column == 1 and not p.accumulate and whole

    @staticmethod
    @always_inline
    def width(p: Operands[Self.dt]) -> Int:
        """Returns the columns of all panels of x^T.

        Args:
            p: The product.

        Returns:
            The rows of x, rounded up.
        """
        return (p.m + Self.NR - 1) // Self.NR * Self.NR

    @staticmethod
    @no_inline
    def run(p: Operands[Self.dt]):
        """Computes y = activation(alpha a b + bias).

        Args:
            p: The product.
        """
        var x = stack_allocation[_SLAB // Self.SIZE, Scalar[Self.dt], alignment=64]()
        var sums = stack_allocation[_CHUNK * _MOST, Scalar[Self.dt], alignment=64]()
        var width = Self.width(p)
        var depth = (
            max(
                min(_SLAB, p.block if p.block > 0 else _SLAB) // Self.SIZE // width // KC,
                1,
            )
            * KC
        )
        var t = p.transposed()
        t.y = Int(sums)
        t.y_row = width
        t.y_column = 1
        for k0 in range(0, p.k, depth):
            var part = _Part[Self.dt](p, t, Int(x), k0, min(depth, p.k - k0), width)
            part.pack_batch()
            for j0 in range(0, p.n, _CHUNK):
                part.chunk(j0, min(_CHUNK, p.n - j0))


@fieldwise_init
struct _Part[dt: DType](TrivialRegisterPassable):
    """Some blocks of k of a product."""

    comptime R = BatchRows[Self.dt]
    var p: Operands[Self.dt]
    var t: Operands[Self.dt]
    """The product as y^T = w x^T; its y are the sums of a chunk."""
    var x: Int
    """The address of the panels of x^T."""
    var k0: Int
    var depth: Int
    var width: Int
    """Columns of all panels."""

    @always_inline
    def panel(self, l: Int, j: Int, kc: Int) -> Int:
        """Returns the address of a block of a panel."""
        return self.x + (l * self.width + j * kc) * Self.R.SIZE

    @always_inline
    def pack_batch(self):
        """Copies x, block of k by block."""
        for l in range(0, self.depth, KC):
            var kc = min(KC, self.depth - l)
            for j in range(0, self.p.m, Self.R.NR):
                var from_x = self.p.element(self.p.a, j * self.p.a_row + (self.k0 + l) * self.p.a_column)
                var columns = Panel[Self.dt](Int(from_x), self.p.a_column, self.p.a_row)
                var to = Buffer[Self.dt](unsafe_from_address=self.panel(l, j, kc))
                pack[Self.dt, Self.R.NR](columns, kc, min(Self.R.NR, self.p.m - j), to)

    @always_inline
    def chunk(self, j0: Int, rows: Int):
        """Computes some columns of y."""
        if self.k0 > 0:
            self.turn[True](j0, rows)
        for l in range(0, self.depth, KC):
            var kc = min(KC, self.depth - l)
            var t = self.t
            if t.bias != 0:
                t.bias += j0 * t.bias_row * Self.R.SIZE
            var target = Target[Self.dt](t, self.k0 + l == 0, self.k0 + l + kc >= self.p.k)
            for i in range(0, rows, MR):
                var w = self.weights(j0 + i, l)
                for j in range(0, self.p.m, Self.R.NR):
                    var x = self.panel(l, j, kc)
                    if kc == KC and i + MR <= rows:
                        var trail = self.next(j0, i, l, rows) if j == 0 else Trail()
                        trailing_tile[Self.dt, False](
                            Panel[Self.dt](Int(w), t.a_row, 1),
                            x,
                            target,
                            i,
                            j,
                            trail,
                        )
                        continue
                    Gemm[Self.dt].column(
                        Panel[Self.dt](Int(w), t.a_row, 1),
                        Panel[Self.dt](x, Self.R.NR, 1),
                        kc,
                        target,
                        i,
                        min(MR, rows - i),
                        j,
                        Self.R.NR,
                    )
        self.turn[False](j0, rows)

    @always_inline
    def weights(self, row: Int, l: Int) -> Buffer[Self.dt]:
        """Returns where a row of w lies, from an element of this part on."""
        return self.t.element(self.t.a, row * self.t.a_row + self.k0 + l)

    @always_inline
    def next(self, j0: Int, i: Int, l: Int, rows: Int) -> Trail:
        """Returns what the tile behind one reads of w: rows below, the next block of k, or the next chunk."""
        var row = j0 + i + MR
        var k = l
        if i + MR >= rows:
            row = j0
            k = l + KC
            if k >= self.depth:
                row = j0 + rows
                k = 0
        if row + MR > self.p.n or k + KC > self.depth:
            return Trail()
        return Trail(
            Int(self.weights(row, k)),
            self.t.a_row * Self.R.SIZE,
            KC * Self.R.SIZE,
        )

    @always_inline
    def turn[reads: Bool](self, j0: Int, rows: Int):
        """Exchanges rows and columns between the sums of a chunk and y, which is written, or read."""
        comptime w = Self.R.W
        var square = stack_allocation[w, SIMD[Self.dt, w]]()
        var vectors = Buffer[Self.dt](unsafe_from_address=Int(square))
        for j in range(0, rows, w):
            var mask = lanes_below[w](rows - j)
            for i in range(0, self.p.m, w):
                var sums = Buffer[Self.dt](unsafe_from_address=self.t.y).unsafe_offset(j * self.width + i)
                var y = self.p.element(self.p.y, i * self.p.y_row + j0 + j)
                var height = min(w, self.p.m - i)
                comptime if reads:
                    for r in range(height):
                        square[unsafe_offset=r] = load_lanes[Self.dt, w, True](
                            y.unsafe_offset(r * self.p.y_row), mask
                        )
                    transpose[Self.dt, w, w](vectors)
                    for r in range(w):
                        sums.unsafe_store(r * self.width, square[unsafe_offset=r])
                else:
                    comptime for r in range(w):
                        square[unsafe_offset=r] = sums.unsafe_load[width=w](r * self.width)
                    transpose[Self.dt, w, w](vectors)
                    for r in range(height):
                        store_lanes[Self.dt, w, True](
                            y.unsafe_offset(r * self.p.y_row),
                            square[unsafe_offset=r],
                            mask,
                        )

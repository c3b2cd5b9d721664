"""Packing of operands into the tiles of `amx.mojo`, from any strides; what lies behind the operand's end is 0.

Seen as numbers of 32 bits, a tile of a has a row for each row of a and a pair of neighbours along k in each column; a
tile of b is the transpose: a row for each pair and one column for each column of b.
"""

from std.collections import Array
from std.math import iota
from std.memory import bitcast
from std.sys.intrinsics import masked_load

from mojo_kernels.matmul.amx import DEPTH, SIDE, TILE_BYTES
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer

comptime _Rows = Array[SIMD[DType.uint32, SIDE], SIDE]


@fieldwise_init
struct Side(TrivialRegisterPassable):
    """One operand of a product: lines (rows of a, columns of b) along k, of elements of 16 bits."""

    var at: Int
    """The address of the first element."""
    var lines: Int
    """The number of lines."""
    var k: Int
    """Elements of a line."""
    var line_step: Int
    """The stride from line to line, in elements."""
    var k_step: Int
    """The stride along a line."""

    @always_inline
    def element(self, line: Int, k: Int) -> Buffer[DType.uint16]:
        """Returns where an element is.

        Args:
            line: The line.
            k: The number of the element.

        Returns:
            A pointer to it.
        """
        return Buffer[DType.uint16](
            unsafe_from_address=self.at + 2 * (line * self.line_step + k * self.k_step)
        )

    @always_inline
    def moved(self, line: Int, lines: Int) -> Self:
        """Returns some of the lines.

        Args:
            line: The first line.
            lines: How many.

        Returns:
            The smaller operand.
        """
        return Self(Int(self.element(line, 0)), lines, self.k, self.line_step, self.k_step)

    def pack[pairs_down: Bool](self, target: Buffer[BFLOAT16], start: Int, steps: Int):
        """Packs two tiles for each step along k, those of 32 lines.

        Parameters:
            pairs_down: Whether tiles have a row for each pair, as those of b, rather than one for each line.

        Args:
            target: Where the tiles go.
            start: The first element along k.
            steps: The number of steps.
        """
        for half in range(2):
            var lines = min(self.lines - half * SIDE, SIDE)
            var part = self.moved(half * SIDE, max(lines, 0))
            var to = Int(target) + half * TILE_BYTES
            for step in range(steps):
                part._tile[pairs_down](to + step * 2 * TILE_BYTES, start + step * DEPTH)

    @always_inline
    def _tile[pairs_down: Bool](self, target: Int, k: Int):
        """Packs one tile."""
        var v = _Rows(fill=0)
        var count = min(self.k - k, DEPTH)
        if self.k_step == 1:
            self._lines(v, k, count)
            comptime if pairs_down:
                turn[DType.uint32, SIDE](v)
        elif self.line_step == 1:
            self._pairs(v, k, count)
            comptime if not pairs_down:
                turn[DType.uint32, SIDE](v)
        else:
            self._elements(v, k, count)
            comptime if pairs_down:
                turn[DType.uint32, SIDE](v)
        var y = Buffer[DType.uint32](unsafe_from_address=target)
        comptime for i in range(SIDE):
            y.unsafe_store(i * SIDE, v[i])

    @always_inline
    def _lines(self, mut v: _Rows, k: Int, count: Int):
        """Loads a vector of each line, whose elements are neighbours."""
        if self.lines == SIDE and count == DEPTH:
            comptime for i in range(SIDE):
                v[i] = bitcast[DType.uint32, SIDE](self.element(i, k).unsafe_load[width=DEPTH](0))
            return
        var mask = iota[DType.int32, DEPTH]().lt(Int32(count))
        comptime for i in range(SIDE):
            if i < self.lines:
                v[i] = bitcast[DType.uint32, SIDE](
                    masked_load[DEPTH](self.element(i, k), mask, SIMD[DType.uint16, DEPTH](0))
                )

    @always_inline
    def _pairs(self, mut v: _Rows, k: Int, count: Int):
        """Loads two vectors of neighbouring lines for each pair."""
        if self.lines == SIDE and count == DEPTH:
            comptime for i in range(SIDE):
                var even = self.element(0, k + 2 * i).unsafe_load[width=SIDE](0)
                var odd = self.element(0, k + 2 * i + 1).unsafe_load[width=SIDE](0)
                v[i] = even.cast[DType.uint32]() | (odd.cast[DType.uint32]() << 16)
            return
        var mask = iota[DType.int32, SIDE]().lt(Int32(self.lines))
        var none = SIMD[DType.uint16, SIDE](0)
        comptime for i in range(DEPTH):
            if i < count:
                var x = masked_load[SIDE](self.element(0, k + i), mask, none).cast[DType.uint32]()
                v[i // 2] |= x << UInt32(16 * (i % 2))

    @always_inline
    def _elements(self, mut v: _Rows, k: Int, count: Int):
        """Loads element by element."""
        var words = v.unsafe_ptr().unsafe_bitcast[UInt16]()
        for i in range(self.lines):
            for j in range(count):
                words[unsafe_offset=i * DEPTH + j] = self.element(i, k + j)[]

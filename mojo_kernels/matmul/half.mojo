"""Products of bfloat16 by the processor's dot products of pairs (AVX512_BF16), with sums in float32.

Libraries of C have this kernel for every target: what is recorded where products have a kernel may run elsewhere.

A unit of work is a block of `ROWS` rows and `COLUMNS` columns of y. For each block of k, columns of b are packed as pairs
of neighbours along k, and so are rows of a, unless their pairs are neighbours in memory. Sums go through k in ascending order, so they depend on the
shapes alone.
"""

from std.collections import Array
from std.memory import bitcast, stack_allocation
from std.sys import CompilationTarget, is_defined, llvm_intrinsic

from mojo_kernels.matmul.gpu import HAS_MATRIX, launch_tiles
from mojo_kernels.matmul.operands import AT, WORDS
from mojo_kernels.runtime.bfloat16 import BFLOAT16, from_bfloat16, to_bfloat16
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import Offsets, decode, elements
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer, Words, scalar, word

comptime HAS_PAIRS = CompilationTarget._has_feature["avx512bf16"]()
"""Whether the target has dot products of pairs of bfloat16."""
comptime IS_LIBRARY = is_defined["MOCROGRAD_THREADS"]()
"""Whether this is a C library, which may run on another processor than its model was recorded on."""
comptime ROWS = 256
"""Rows of y in a unit: the pairs of a column are packed once for them."""
comptime COLUMNS = 48
"""Columns of y in a unit: three vectors of sums."""
comptime PAIRS = 128
"""Pairs along k in a block: 24 KiB of packed columns, which stay in the first-level cache."""
comptime _LANES = 16
comptime _VECTORS = COLUMNS // _LANES
comptime _TILE = 8
"""Rows of a register tile: 24 vectors of sums, and three of b."""
comptime _NS_PER_MULTIPLY_ADD = 0.005


@fieldwise_init
struct _Block(TrivialRegisterPassable):
    """The operands of one unit, as addresses and strides in elements."""

    var batch: Int
    var row: Int
    var column: Int
    var a: Int
    var b: Int
    var rows: Int
    var columns: Int
    var k: Int
    var a_row: Int
    var a_column: Int
    var b_row: Int
    var b_column: Int

    @always_inline
    def of_a(self, i: Int) -> Buffer[DType.uint16]:
        """Returns where element i of a is."""
        return Buffer[DType.uint16](unsafe_from_address=self.a + 2 * i)

    @always_inline
    def of_b(self, i: Int) -> Buffer[DType.uint16]:
        """Returns where element i of b is."""
        return Buffer[DType.uint16](unsafe_from_address=self.b + 2 * i)

    @always_inline
    def a_pair(self, row: Int, at: Int) -> UInt32:
        """Returns two neighbours of a along k; behind the last one comes 0."""
        return self.pair(self.of_a(row * self.a_row + at * self.a_column), self.a_column, at)

    @always_inline
    def b_pair(self, column: Int, at: Int) -> UInt32:
        """Returns two neighbours of b along k; behind the last one comes 0."""
        return self.pair(self.of_b(at * self.b_row + column * self.b_column), self.b_row, at)

    @always_inline
    def pair(self, p: Buffer[DType.uint16], step: Int, at: Int) -> UInt32:
        """Returns the pair that begins with element `at` of k."""
        var low = p.unsafe_load(0).cast[DType.uint32]()
        if at + 1 == self.k:
            return low
        return low | (p.unsafe_load(step).cast[DType.uint32]() << 16)

    def pack(self, panel: Buffer[DType.uint32], first: Int, pairs: Int):
        """Packs the pairs of columns of b along k, from `first` on; columns behind the last are 0."""
        for p in range(pairs):
            for c in range(self.columns, COLUMNS):
                panel.unsafe_store(p * COLUMNS + c, 0)
        var whole = pairs - Int(first + 2 * pairs > self.k)
        var done = 0
        if self.b_column == 1:
            done = whole
            _interleave(panel, COLUMNS, self.of_b(first * self.b_row), self.b_row, self.columns, whole)
        elif self.b_row == 1:
            done = whole // _LANES * _LANES
            for c in range(0, self.columns // _LANES * _LANES, _LANES):
                for p in range(0, done, _LANES):
                    self.pack_square(panel.unsafe_offset(p * COLUMNS + c), c, first + 2 * p)
        for p in range(pairs):
            for c in range(self.columns // _LANES * _LANES if p < done else 0, self.columns):
                panel.unsafe_store(p * COLUMNS + c, self.b_pair(c, first + 2 * p))

    @always_inline
    def pack_square(self, panel: Buffer[DType.uint32], column: Int, at: Int):
        """Packs as many pairs as columns, of columns that are contiguous along k."""
        var v = Array[SIMD[DType.uint32, _LANES], _LANES](fill=0)
        comptime for i in range(_LANES):
            var p = self.of_b(at + (column + i) * self.b_column).unsafe_bitcast[UInt32]()
            v[i] = p.unsafe_load[width=_LANES, alignment=2](0)
        turn[DType.uint32, _LANES](v)
        comptime for i in range(_LANES):
            panel.unsafe_store(i * COLUMNS, v[i])

    def pack_rows(self, packed: Buffer[DType.uint32], first: Int, pairs: Int):
        """Packs the pairs of all rows of a, from `first` of k on."""
        var whole = pairs - Int(first + 2 * pairs > self.k)
        var done = 0
        if self.a_row == 1:
            done = whole
            _interleave(packed, ROWS, self.of_a(first * self.a_column), self.a_column, self.rows, whole)
        for p in range(pairs):
            for row in range(self.rows // _LANES * _LANES if p < done else 0, self.rows):
                packed.unsafe_store(p * ROWS + row, self.a_pair(row, first + 2 * p))

    @always_inline
    def tile[
        rows: Int
    ](
        self,
        sums: Buffer[DType.float32],
        panel: Buffer[DType.uint32],
        a: Int,
        row_step: Int,
        pair_step: Int,
        pairs: Int,
    ):
        """Adds the products of a block of k to the sums of some rows, whose pairs are `row_step` bytes apart.
        """
        var held = Array[SIMD[DType.float32, _LANES], rows * _VECTORS](fill=0)
        comptime for i in range(rows * _VECTORS):
            held[i] = sums.unsafe_load[width=_LANES](i * _LANES)
        for p in range(pairs):
            var b = Array[SIMD[DType.uint32, _LANES], _VECTORS](fill=0)
            comptime for v in range(_VECTORS):
                b[v] = panel.unsafe_load[width=_LANES](p * COLUMNS + v * _LANES)
            comptime for r in range(rows):
                var at = Buffer[DType.uint32](unsafe_from_address=a + r * row_step + p * pair_step)
                var pair = SIMD[DType.uint32, _LANES](at.unsafe_load[width=1, alignment=2](0))
                comptime for v in range(_VECTORS):
                    held[r * _VECTORS + v] = _add_products(held[r * _VECTORS + v], pair, b[v])
        comptime for i in range(rows * _VECTORS):
            sums.unsafe_store(i * _LANES, held[i])

    def tiles(
        self,
        sums: Buffer[DType.float32],
        panel: Buffer[DType.uint32],
        a: Int,
        row_step: Int,
        pair_step: Int,
        pairs: Int,
    ):
        """Adds the products of a block of k to the sums of all rows."""
        var row = 0
        comptime for height in [_TILE, _TILE // 2, 1]:
            while row + height <= self.rows:
                var target = sums.unsafe_offset(row * COLUMNS)
                self.tile[height](target, panel, a + row * row_step, row_step, pair_step, pairs)
                row += height

    def run(self, sums: Buffer[DType.float32]):
        """Computes the sums. Pairs of a are read in place where they are neighbours, or else packed."""
        var panel = Buffer[DType.uint32](
            unsafe_from_address=Int(stack_allocation[PAIRS * COLUMNS, UInt32, alignment=64]())
        )
        var packed = Buffer[DType.uint32](
            unsafe_from_address=Int(stack_allocation[PAIRS * ROWS, UInt32, alignment=64]())
        )
        for i in range(self.rows * COLUMNS):
            sums.unsafe_store(i, 0)
        var whole = (self.k + 1) // 2
        for start in range(0, whole, PAIRS):
            var pairs = min(PAIRS, whole - start)
            self.pack(panel, 2 * start, pairs)
            var done = 0
            if self.a_column == 1:
                done = pairs - Int(2 * (start + pairs) > self.k)  # the last pair may have one element
                self.tiles(sums, panel, self.a + 4 * start, 2 * self.a_row, 4, done)
            if done < pairs:
                self.pack_rows(packed, 2 * (start + done), pairs - done)
                self.tiles(sums, panel.unsafe_offset(done * COLUMNS), Int(packed), 4, 4 * ROWS, pairs - done)


@always_inline
def _add_products(
    sum: SIMD[DType.float32, _LANES], a: SIMD[DType.uint32, _LANES], b: SIMD[DType.uint32, _LANES]
) -> SIMD[DType.float32, _LANES]:
    """Adds the products of pairs to sums, as numbers of float32 where the target has no dot products."""
    comptime if HAS_PAIRS:
        return llvm_intrinsic["llvm.x86.avx512bf16.dpbf16ps.512", SIMD[DType.float32, _LANES]](
            sum, bitcast[DType.bfloat16, 2 * _LANES](a), bitcast[DType.bfloat16, 2 * _LANES](b)
        )
    var low = bitcast[DType.float32](a << 16).fma(bitcast[DType.float32](b << 16), sum)
    return bitcast[DType.float32](a & 0xFFFF0000).fma(bitcast[DType.float32](b & 0xFFFF0000), low)


@always_inline
def _interleave(
    packed: Buffer[DType.uint32], step: Int, x: Buffer[DType.uint16], row: Int, count: Int, pairs: Int
):
    """Packs pairs of neighbours in two rows, those of whole vectors."""
    for p in range(pairs):
        var low = x.unsafe_offset(2 * p * row)
        for i in range(0, count // _LANES * _LANES, _LANES):
            var even = low.unsafe_load[width=_LANES](i).cast[DType.uint32]()
            var odd = low.unsafe_load[width=_LANES](i + row).cast[DType.uint32]()
            packed.unsafe_store(p * step + i, even | (odd << 16))


struct Finish(TrivialRegisterPassable):
    """What becomes of the sums of a product, and where they go."""

    var y: Int
    """The address of y."""
    var m: Int
    """Rows of a matrix of y."""
    var n: Int
    """Columns of y."""
    var bias: Int
    """The address of the bias, 0 for none."""
    var alpha: Float32
    """What the sums are multiplied with."""
    var accumulate: Bool
    """Whether to add to what y holds."""
    var relu: Bool
    """Whether negative results become 0."""

    @always_inline
    def __init__(out self, args: Words):
        """Reads them from the words of a product.

        Args:
            args: The packed words.
        """
        self.y = word(args, AT.y)
        self.m = word(args, AT.m)
        self.n = word(args, AT.n)
        self.bias = word(args, AT.bias)
        self.alpha = scalar[DType.float32](args, AT.alpha)
        self.accumulate = word(args, AT.accumulate) != 0
        self.relu = word(args, AT.relu) != 0

    @always_inline
    def is_plain(self) -> Bool:
        """Tells whether sums are only rounded.

        Returns:
            True without a factor, a bias, an activation and elements to add to.
        """
        return self.bias == 0 and self.alpha == 1 and not self.accumulate and not self.relu

    @always_inline
    def at(self, batch: Int, row: Int, column: Int) -> Buffer[BFLOAT16]:
        """Returns where an element of y is.

        Args:
            batch: The number of the matrix.
            row: The row.
            column: The column.

        Returns:
            A pointer to it.
        """
        var offset = (batch * self.m + row) * self.n + column
        return Buffer[BFLOAT16](unsafe_from_address=self.y).unsafe_offset(offset)

    @always_inline
    def write[w: Int](self, batch: Int, row: Int, column: Int, sum: SIMD[DType.float32, w]):
        """Writes neighbours in a row of y, from their sums.

        Parameters:
            w: How many.

        Args:
            batch: The number of the matrix.
            row: The row.
            column: The first column.
            sum: The sums of products.
        """
        var value = sum * self.alpha
        if self.bias != 0:
            var bias = Buffer[BFLOAT16](unsafe_from_address=self.bias)
            value += from_bfloat16(bias.unsafe_load[width=w](column))
        var y = self.at(batch, row, column)
        if self.accumulate:
            value += from_bfloat16(y.unsafe_load[width=w](0))
        if self.relu:
            value = value.lt(0).select(SIMD[DType.float32, w](0), value)
        y.unsafe_store(0, to_bfloat16(value))


@doc_hidden
struct HalfProduct(Kernel):
    """`MatMul` of bfloat16: the same words."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return "matmul.forward.bfloat16"

    @staticmethod
    def _down(args: Words) -> Int:
        return (word(args, AT.m) + ROWS - 1) // ROWS

    @staticmethod
    def _across(args: Words) -> Int:
        return (word(args, AT.n) + COLUMNS - 1) // COLUMNS

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, AT.batch) * Self._down(args) * Self._across(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        var k = word(args, AT.k)
        var count = elements(args, AT.batch) * word(args, AT.m) * word(args, AT.n)
        var cost = Cost(count, Float64(2 * k), 2, Float64(max(k, 1)) * _NS_PER_MULTIPLY_ADD)
        cost.bytes += Float64(elements(args, AT.batch) * (word(args, AT.m) + word(args, AT.n)) * k * 2)
        return cost

    @staticmethod
    def _block(args: Words, unit: Int) -> _Block:
        var m = word(args, AT.m)
        var n = word(args, AT.n)
        var tiles = Self._down(args) * Self._across(args)
        var batch = unit // tiles
        var at = decode[2](args, AT.batch, batch)
        var row = (unit - batch * tiles) // Self._across(args) * ROWS
        var column = (unit - batch * tiles) % Self._across(args) * COLUMNS
        var a = Int(at[0]) + row * word(args, AT.a_row)
        var b = Int(at[1]) + column * word(args, AT.b_column)
        return _Block(
            batch,
            row,
            column,
            word(args, AT.a) + 2 * a,
            word(args, AT.b) + 2 * b,
            min(ROWS, m - row),
            min(COLUMNS, n - column),
            word(args, AT.k),
            word(args, AT.a_row),
            word(args, AT.a_column),
            word(args, AT.b_row),
            word(args, AT.b_column),
        )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_tiles[BFLOAT16, HAS_MATRIX](ctx, args, Self.words(args), elements(args, AT.batch))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var finish = Finish(args)
        for unit in range(start, stop):
            var block = Self._block(args, unit)
            comptime if S.SIMD:
                var sums = Buffer[DType.float32](
                    unsafe_from_address=Int(stack_allocation[ROWS * COLUMNS, Float32, alignment=64]())
                )
                block.run(sums)
                for row in range(block.rows):
                    var y_row = block.row + row
                    var found = sums.unsafe_offset(row * COLUMNS)
                    var c = 0
                    while c + _LANES <= block.columns:
                        finish.write[_LANES](
                            block.batch, y_row, block.column + c, found.unsafe_load[width=_LANES](c)
                        )
                        c += _LANES
                    while c < block.columns:
                        finish.write[1](block.batch, y_row, block.column + c, found.unsafe_load(c))
                        c += 1
            else:
                for row in range(block.rows):
                    for c in range(block.columns):
                        var sum = Float32(0)
                        for k in range(block.k):
                            var a = block.of_a(row * block.a_row + k * block.a_column)[]
                            var b = block.of_b(k * block.b_row + c * block.b_column)[]
                            sum += bitcast[DType.float32](a.cast[DType.uint32]() << 16) * bitcast[
                                DType.float32
                            ](b.cast[DType.uint32]() << 16)
                        finish.write[1](block.batch, block.row + row, block.column + c, sum)

"""Products of a sparse matrix and a dense one. The sparse one is compressed by rows: the entries of row r are those from
crow[r] to crow[r + 1], each with a column and a value.

    sparse_product: y[r, :] = sum_k values[k] b[col[k], :]           over the entries of row r, in their order
    sparse_sampled: y[k] = sum_j a[row[k], j] b[col[k], j]           the gradient of the values

The gradient of b is the first of the two for the transposed matrix, whose entries Python has sorted. y is contiguous;
a and b are of contiguous rows. Indices are checked before anything runs, at each call: Python may change them.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, INDEX_OUT_OF_RANGE, OK, Words, buffer, dtype_name, word

comptime _VECTORS = 4
"""Vectors of a row of y whose sums stay in registers while the entries of the row go by."""
comptime _NS_PER_ENTRY = 1.5
"""Nanoseconds that finding the row of an entry takes."""
comptime _NS_PER_BYTE = 0.02
"""Nanoseconds of a multiply-add for each byte of the element, on one worker."""


def _within(index: Buffer[DType.int64], count: Int, size: Int) -> Bool:
    """Returns whether all entries of an index are from 0 to size - 1."""
    var bad = False

    def body[w: Int](i: Int) {imm, mut bad}:
        var at = index.unsafe_load[width=w](i)
        bad = bad | (at.lt(0) | at.ge(Int64(size))).reduce_or()

    lanes[Tiled, simd_width_of[DType.int64]()](count, body)
    return not bad


def _ascends(crow: Buffer[DType.int64], rows: Int, entries: Int) -> Bool:
    """Returns whether the bounds of rows go from 0 to the number of entries and never down."""
    var bad = crow.unsafe_load(0) != 0 or crow.unsafe_load(rows) != Int64(entries)

    def body[w: Int](r: Int) {imm, mut bad}:
        bad = bad | crow.unsafe_load[width=w](r).gt(crow.unsafe_load[width=w](r + 1)).reduce_or()

    lanes[Tiled, simd_width_of[DType.int64]()](rows, body)
    return not bad


@always_inline
def _cost(entries: Int, columns: Int, size: Int, written: Int) -> Cost:
    var cost = Cost(entries, 0, 2 * size_of[Int64](), _NS_PER_ENTRY)
    cost.flops = Float64(2 * entries * columns)
    cost.bytes += Float64(size * (entries * columns + written))
    cost.arithmetic += Float64(entries * columns * size) * _NS_PER_BYTE
    return cost


@doc_hidden
struct SparseProduct[dt: DType](Kernel):
    """A unit is a row of y, so each element is summed by one worker, in the order of the entries."""

    comptime WORDS: StaticString = "y:w values:r crow:r col:r b:r rows columns inner entries"
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("sparse_product.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        var columns = word(args, Self.AT.columns)
        var written = word(args, Self.AT.rows) * columns
        return _cost(word(args, Self.AT.entries), columns, size_of[Self.dt](), written)

    @staticmethod
    def check(args: Words) -> Int64:
        var entries = word(args, Self.AT.entries)
        var crow = buffer[DType.int64](args, Self.AT.crow)
        var col = buffer[DType.int64](args, Self.AT.col)
        var right = _ascends(crow, word(args, Self.AT.rows), entries) and _within(
            col, entries, word(args, Self.AT.inner)
        )
        return OK if right else INDEX_OUT_OF_RANGE

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        var y = buffer[Self.dt](args, Self.AT.y)
        var crow = buffer[DType.int64](args, Self.AT.crow)
        for r in range(start, stop):
            var first = Int(crow.unsafe_load(r))
            var last = Int(crow.unsafe_load(r + 1))
            var row = y.unsafe_offset(r * columns)
            var j = 0
            comptime if S.SIMD:
                while j + _VECTORS * Self.W <= columns:
                    Self._block[_VECTORS, Self.W](args, row, first, last, j)
                    j += _VECTORS * Self.W
                while j + Self.W <= columns:
                    Self._block[1, Self.W](args, row, first, last, j)
                    j += Self.W
            while j < columns:
                Self._block[1, 1](args, row, first, last, j)
                j += 1

    @always_inline
    @staticmethod
    def _block[count: Int, w: Int](args: Words, row: Buffer[Self.dt], first: Int, last: Int, j: Int):
        """Writes `count` vectors of a row of y, from column j on."""
        var values = buffer[Self.dt](args, Self.AT.values)
        var col = buffer[DType.int64](args, Self.AT.col)
        var b = buffer[Self.dt](args, Self.AT.b).unsafe_offset(j)
        var columns = word(args, Self.AT.columns)
        var sums = Array[SIMD[Self.dt, w], count](fill=SIMD[Self.dt, w](0))
        for k in range(first, last):
            var value = SIMD[Self.dt, w](values.unsafe_load(k))
            var source = b.unsafe_offset(Int(col.unsafe_load(k)) * columns)
            comptime for v in range(count):
                sums[v] += value * source.unsafe_load[width=w](v * w)
        comptime for v in range(count):
            row.unsafe_store(j + v * w, sums[v])


@doc_hidden
struct SparseSampled[dt: DType](Kernel):
    """A unit is an entry: the product of a row of a and a row of b."""

    comptime WORDS: StaticString = "y:w a:r b:r row:r col:r entries columns rows inner"

    @staticmethod
    def name() -> String:
        return String("sparse_sampled.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.entries)

    @staticmethod
    def cost(args: Words) -> Cost:
        var entries = word(args, Self.AT.entries)
        return _cost(entries, 2 * word(args, Self.AT.columns), size_of[Self.dt](), entries)

    @staticmethod
    def grain(args: Words) -> Int:
        return 16

    @staticmethod
    def check(args: Words) -> Int64:
        var entries = word(args, Self.AT.entries)
        var row = buffer[DType.int64](args, Self.AT.row)
        var col = buffer[DType.int64](args, Self.AT.col)
        var right = _within(row, entries, word(args, Self.AT.rows)) and _within(
            col, entries, word(args, Self.AT.inner)
        )
        return OK if right else INDEX_OUT_OF_RANGE

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        var columns = word(args, Self.AT.columns)
        var y = buffer[Self.dt](args, Self.AT.y)
        var row = buffer[DType.int64](args, Self.AT.row)
        var col = buffer[DType.int64](args, Self.AT.col)
        for k in range(start, stop):
            var a = buffer[Self.dt](args, Self.AT.a).unsafe_offset(Int(row.unsafe_load(k)) * columns)
            var b = buffer[Self.dt](args, Self.AT.b).unsafe_offset(Int(col.unsafe_load(k)) * columns)
            var sums = SIMD[Self.dt, W](0)
            var j = 0
            while j + W <= columns:
                sums += a.unsafe_load[width=W](j) * b.unsafe_load[width=W](j)
                j += W
            var sum = sums.reduce_add()
            while j < columns:
                sum += a.unsafe_load(j) * b.unsafe_load(j)
                j += 1
            y.unsafe_store(k, sum)

"""Embeddings: rows of a table, sums of them, and the sums of the gradients of its rows.

Forward has the words of `index_select`, with an outer dimension of 1. `padding` is the row whose gradient stays 0, -1
for none. No index is negative, so `wraps` is even.

A bag is a run of the index: bag b has the entries from starts[b] to starts[b + 1]. Rows count times their `factors`,
where these have an address; the padding does not count. `mean` tells whether sums are divided by how many rows count.
"""

from std.collections import Array
from std.sys import is_gpu, simd_width_of, size_of

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.indexing import IndexSelect, NS_PER_ROW, asked_by
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.gpu_faults import launch_telling, number_of, report
from mojo_kernels.runtime.gpu_order import FEW_ENTRIES, KEY, MOST_ENTRIES, first_of, launch_ordered
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear, lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, INDEX_OUT_OF_RANGE, OK, Words, buffer, dtype_name, word


def _check(index: Buffer[DType.int64], count: Int, rows: Int) -> Int64:
    """Returns `INDEX_OUT_OF_RANGE` where an entry names no row."""
    var bad = False

    def body[w: Int](i: Int) {imm, mut bad}:
        var row = index.unsafe_load[width=w](i)
        bad = bad | (row.lt(0) | row.ge(Int64(rows))).reduce_or()

    lanes[Tiled, simd_width_of[DType.int64]()](count, body)
    return INDEX_OUT_OF_RANGE if bad else OK


@doc_hidden
struct EmbeddingForward[dt: DType](Kernel):
    """A unit is an element of y."""

    comptime WORDS = Self.Gather.WORDS
    comptime Gather = IndexSelect[Self.dt]

    @staticmethod
    def name() -> String:
        return String("embedding.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return Self.Gather.units(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Self.Gather.cost(args)

    @staticmethod
    def grain(args: Words) -> Int:
        return Self.Gather.grain(args)

    @staticmethod
    def check(args: Words) -> Int64:
        return _check(
            buffer[DType.int64](args, Self.AT.index), word(args, Self.AT.n), word(args, Self.AT.size)
        )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), asked_by(args, Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        Self.Gather.run[S](args, start, stop)


comptime _BLOCK = 4
"""Vectors of columns that are summed in registers."""


@doc_hidden
struct EmbeddingBag[dt: DType](Kernel):
    """A unit is a bag."""

    comptime WORDS: StaticString = "y:w weight:r index:r starts:r factors:r bags n columns rows padding mean"
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("embedding_bag.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.bags)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Cost(
            word(args, Self.AT.n), 0, size_of[Self.dt]() * word(args, Self.AT.columns), NS_PER_ROW
        )
        cost.flops = Float64(word(args, Self.AT.n) * word(args, Self.AT.columns))
        return cost

    @staticmethod
    def check(args: Words) -> Int64:
        return _check(
            buffer[DType.int64](args, Self.AT.index), word(args, Self.AT.n), word(args, Self.AT.rows)
        )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var starts = buffer[DType.int64](args, Self.AT.starts)
        var columns = word(args, Self.AT.columns)
        for bag in range(start, stop):
            var first = Int(starts.unsafe_load(bag))
            var last = Int(starts.unsafe_load(bag + 1))
            var scale = Scalar[Self.dt](1)
            if word(args, Self.AT.mean) != 0:
                scale = 1 / Scalar[Self.dt](max(Self._counted(args, first, last), 1))
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(bag * columns)
            var c = 0
            comptime if S.SIMD:
                while c + _BLOCK * Self.W <= columns:
                    Self._sum[Self.W, _BLOCK](args, y, first, last, c, scale)
                    c += _BLOCK * Self.W
                while c + Self.W <= columns:
                    Self._sum[Self.W, 1](args, y, first, last, c, scale)
                    c += Self.W
            while c < columns:
                Self._sum[1, 1](args, y, first, last, c, scale)
                c += 1

    @staticmethod
    def _counted(args: Words, first: Int, last: Int) -> Int:
        """Counts the rows of a bag that are no padding."""
        var padding = word(args, Self.AT.padding)
        if padding < 0:
            return last - first
        var count = 0
        for i in range(first, last):
            count += Int(Int(buffer[DType.int64](args, Self.AT.index).unsafe_load(i)) != padding)
        return count

    @always_inline
    @staticmethod
    def _sum[
        w: Int, vectors: Int
    ](args: Words, y: Buffer[Self.dt], first: Int, last: Int, column: Int, scale: Scalar[Self.dt]):
        """Adds up some columns of a bag's rows."""
        var index = buffer[DType.int64](args, Self.AT.index)
        var columns = word(args, Self.AT.columns)
        var padding = word(args, Self.AT.padding)
        var weighs = word(args, Self.AT.factors) != 0
        var sums = Array[SIMD[Self.dt, w], vectors](fill=0)
        for i in range(first, last):
            var row = Int(index.unsafe_load(i))
            comptime if is_gpu():
                var rows = word(args, Self.AT.rows)
                if row < 0 or row >= rows:
                    report(args, Self.words(args), Int64(row), Int64(rows))
                    continue
            if row == padding:
                continue
            var x = buffer[Self.dt](args, Self.AT.weight).unsafe_offset(row * columns + column)
            var factor = Scalar[Self.dt](1)
            if weighs:
                factor = buffer[Self.dt](args, Self.AT.factors).unsafe_load(i)
            comptime for v in range(vectors):
                sums[v] += x.unsafe_load[width=w](v * w) * factor
        comptime for v in range(vectors):
            y.unsafe_store(column + v * w, sums[v] * scale)


@doc_hidden
struct EmbeddingBackward[source: DType, dt: DType = source](Kernel):
    """A unit is a row of dweight, so that one worker does all that goes to the same row, in the order of the index.

    dy is of dtype source, dweight of dt.
    """

    comptime WORDS: StaticString = "dweight:w dy:r index:r n columns rows padding"

    @staticmethod
    def name() -> String:
        return String("embedding.backward.", dtype_name(Self.source))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Cost(
            word(args, Self.AT.n), 0, 3 * size_of[Self.dt]() * word(args, Self.AT.columns), NS_PER_ROW
        )
        cost.flops = Float64(word(args, Self.AT.n) * word(args, Self.AT.columns))
        cost.bytes += Float64(size_of[Self.dt]() * word(args, Self.AT.columns) * word(args, Self.AT.rows))
        return cost

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var rows = word(args, Self.AT.rows)
        var count = rows * word(args, Self.AT.columns)
        var n = word(args, Self.AT.n)
        if ctx[].workers < 0 or max(n, rows) >= MOST_ENTRIES:
            launch_units[Self.run[Original]](ctx, args, Self.words(args), Self.units(args))
        elif n <= FEW_ENTRIES:
            launch_units[Self.elements](ctx, args, Self.words(args), count)
        else:
            launch_ordered[Self.keys, Self.sums](
                ctx, args, Self.words(args), number_of(Self.name()), n, rows, count
            )

    @staticmethod
    def keys(args: Words, start: Int, stop: Int):
        """Writes the keys of entries, on a GPU: their rows, and the number of rows for those that add to none.
        """
        var rows = word(args, Self.AT.rows)
        for i in range(start, stop):
            var row = Int(buffer[DType.int64](args, Self.AT.index).unsafe_load(i))
            if row < 0 or row >= rows or row == word(args, Self.AT.padding):
                row = rows
            buffer[KEY](args, Self.words(args)).unsafe_store(i, UInt32(row))

    @staticmethod
    def sums(args: Words, start: Int, stop: Int):
        """Does elements of dweight, on a GPU, of entries in the order of their rows."""
        var keys = buffer[KEY](args, Self.words(args))
        var order = buffer[KEY](args, Self.words(args) + 1)
        var entries = word(args, Self.words(args) + 2)
        var columns = word(args, Self.AT.columns)
        for at in range(start, stop):
            var row = at // columns
            var dy = buffer[Self.source](args, Self.AT.dy).unsafe_offset(at - row * columns)
            var sum = Scalar[Self.dt](0)
            var i = first_of(keys, entries, row)
            while i < entries and Int(keys.unsafe_load(i)) == row:
                var entry = Int(order.unsafe_load(i))
                sum += convert[Self.dt, Self.source, 1](dy.unsafe_load[width=1](entry * columns))
                i += 1
            buffer[Self.dt](args, Self.AT.dweight).unsafe_store(at, sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Does elements of dweight, on a GPU: each looks through the index for the entries that name its row.
        """
        var index = buffer[DType.int64](args, Self.AT.index)
        var columns = word(args, Self.AT.columns)
        var padding = word(args, Self.AT.padding)
        for at in range(start, stop):
            var row = at // columns
            var dy = buffer[Self.source](args, Self.AT.dy).unsafe_offset(at - row * columns)
            var sum = Scalar[Self.dt](0)
            if row != padding:
                for i in range(word(args, Self.AT.n)):
                    if Int(index.unsafe_load(i)) == row:
                        sum += convert[Self.dt, Self.source, 1](dy.unsafe_load[width=1](i * columns))
            buffer[Self.dt](args, Self.AT.dweight).unsafe_store(at, sum)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var index = buffer[DType.int64](args, Self.AT.index)
        var columns = word(args, Self.AT.columns)
        var rows = buffer[Self.dt](args, Self.AT.dweight)

        clear[S](rows.unsafe_offset(start * columns), (stop - start) * columns)
        var padding = word(args, Self.AT.padding)
        for i in range(word(args, Self.AT.n)):
            var row = Int(index.unsafe_load(i))
            if start <= row < stop and row != padding:
                var sums = rows.unsafe_offset(row * columns)
                var x = buffer[Self.source](args, Self.AT.dy).unsafe_offset(i * columns)

                def add[w: Int](j: Int) {imm}:
                    var more = convert[Self.dt, Self.source, w](x.unsafe_load[width=w](j))
                    sums.unsafe_store(j, sums.unsafe_load[width=w](j) + more)

                lanes[S, simd_width_of[Self.dt]()](columns, add)

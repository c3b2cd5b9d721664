"""Embeddings: rows of a table, and the sums of the gradients of its rows.

Forward has the words of `index_select`, with an outer dimension of 1. `padding` is the row whose gradient stays 0, -1
for none. No index is negative, other than in `index_select`.
"""

from std.sys import simd_width_of, size_of

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.indexing import IndexSelect, MOST_ELEMENTS, NS_PER_ROW
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.gpu_faults import launch_telling
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear, lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import INDEX_OUT_OF_RANGE, OK, Words, buffer, dtype_name, word


@doc_hidden
struct EmbeddingForward[dt: DType](Kernel):
    """A unit is an element of y."""

    comptime WORDS = Self.Gather.WORDS
    comptime Gather = IndexSelect[Self.dt, False]

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
        var index = buffer[DType.int64](args, Self.AT.index)
        var size = Int64(word(args, Self.AT.size))
        var bad = False

        def body[w: Int](i: Int) {imm, mut bad}:
            var rows = index.unsafe_load[width=w](i)
            bad = bad | (rows.lt(0) | rows.ge(size)).reduce_or()

        lanes[Tiled, simd_width_of[DType.int64]()](word(args, Self.AT.n), body)
        return INDEX_OUT_OF_RANGE if bad else OK

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](ctx, args, Self.words(args), Self.name(), Self.units(args))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        Self.Gather.run[S](args, start, stop)


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
        var count = word(args, Self.AT.rows) * word(args, Self.AT.columns)
        if count <= MOST_ELEMENTS:
            launch_units[Self.elements](ctx, args, Self.words(args), count)
        else:
            launch_units[Self.run[Original]](ctx, args, Self.words(args), Self.units(args))

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

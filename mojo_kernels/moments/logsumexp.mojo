"""The logarithm of the sum of exponentials of a row, without its overflow.

    y = max + log sum e^(x - max)     dx = dy e^(x - y)

Rows are contiguous. A row whose largest element is infinite gives that element.
"""

from std.math import isinf
from std.memory import stack_allocation
from std.sys import size_of

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.elementwise.widened_rows import LONGEST_ROW
from mojo_kernels.moments import widened
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu_rows import Block, largest, launch_rows, map_row, owns, sum_row
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import STREAMED
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, word


@doc_hidden
struct LogSumExp[dt: DType, stored: DType = dt](Kernel):
    """A unit is a row. x and y are of `stored`, 16 bits of which are computed with as float32."""

    comptime WORDS: StaticString = "y:w x:r rows columns"

    @staticmethod
    def name() -> String:
        return String("logsumexp.forward.", dtype_name(Self.stored))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 4, size_of[Self.stored](), 0.6)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime assert Self.dt.is_floating_point()
        var columns = word(args, Self.AT.columns)
        comptime room = 1 if Self.stored == Self.dt else LONGEST_ROW
        var scratch = Int(stack_allocation[room, Scalar[Self.dt], alignment=64]())
        var y = buffer[Self.stored](args, Self.AT.y)
        for row in range(start, stop):
            var origin = buffer[Self.stored](args, Self.AT.x).unsafe_offset(row * columns)
            var x = widened[S, Self.dt](origin, columns, scratch)
            var top = largest[S](x, columns)
            var shift = Scalar[Self.dt](0) if isinf(top) else top

            def power[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                return exp(v - shift)

            var sum = sum_row[S](x, columns, power)
            if owns[S](0):
                y.unsafe_store(row, convert[Self.stored, Self.dt, 1](shift + log[Self.dt, 1](sum)))

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_rows[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), Self.units(args), word(args, Self.AT.columns)
        )


@doc_hidden
struct LogSumExpBackward[dt: DType](Kernel):
    """A unit is a row."""

    comptime WORDS: StaticString = "dx:w x:r y:r dy:r rows columns"

    @staticmethod
    def name() -> String:
        return String("logsumexp.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 3, 2 * size_of[Self.dt](), 0.5)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        var streams = (stop - start) * columns * size_of[Self.dt]() >= STREAMED
        for row in range(start, stop):
            var dx = buffer[Self.dt](args, Self.AT.dx).unsafe_offset(row * columns)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * columns)
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_load(row)
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_load(row)

            def gradient[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                return exp(v - y) * dy

            map_row[S](dx, x, columns, gradient, streams)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_rows[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), Self.units(args), word(args, Self.AT.columns)
        )

"""Softmax and log-softmax of rows.

    softmax:      y = e^(x - max) / sum e^(x - max)     dx = y (dy - sum dy y)
    log_softmax:  y = x - max - log sum e^(x - max)     dx = dy - e^y sum dy

Backward needs y. Rows are contiguous; a row of -inf gives nan, as 0 / 0 does.
"""

from std.memory import stack_allocation
from std.sys import size_of, simd_width_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.elementwise.widened_rows import RowKernel
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu_rows import Block, largest, launch_rows, map_row, map_row2, sum_row, sum_row2
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.loops import LINE, STREAMED
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.rows import first_lanes, map_sum_row, max_lane, sum_lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime FEW = 256
"""Elements of the longest row of which several are done together, so that they stay in the first-level cache."""
comptime LONGEST = 8192
"""Elements of the longest row that is kept aside, in the second-level cache."""


@always_inline
def _streams[S: Schedule, dt: DType](columns: Int, rows: Int) -> Bool:
    """Tells whether a worker's rows are large enough to be streamed."""
    comptime if S.SIMD:
        return rows * columns * size_of[dt]() >= STREAMED
    else:
        return False


@doc_hidden
struct SoftmaxForward[logarithm: Bool, dt: DType](RowKernel):
    """A unit is a row."""

    comptime WORDS: StaticString = "y:w x:r rows columns"
    comptime ROWS = 1 << Self.AT.y | 1 << Self.AT.x

    @staticmethod
    def name() -> String:
        return String("log_softmax" if Self.logarithm else "softmax", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 4, 2 * size_of[Self.dt](), 0.6)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        var streams = _streams[S, Self.dt](columns, stop - start)
        comptime KEPT = LONGEST if S.SIMD and not Self.logarithm else 1
        var kept = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[KEPT, Scalar[Self.dt], alignment=LINE]())
        )
        comptime if S.SIMD and Self.logarithm:
            Self.logarithms(args, start, stop, streams)
            return
        for row in range(start, stop):
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(row * columns)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * columns)
            comptime if S.SIMD:
                if columns <= simd_width_of[Self.dt]():
                    Self.short_row(y, x, columns)
                    continue
            var top = largest[S](x, columns)

            comptime if Self.logarithm:

                def power[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return exp(v - top)

                var log_sum = log[Self.dt, 1](sum_row[S](x, columns, power))

                def shifted[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return (v - top) - log_sum  # in this order nothing is lost where top is large

                map_row[S](y, x, columns, shifted, streams)
            else:

                def raised[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return exp(v - top)

                # a row that will be streamed is kept aside, so that y is written once
                var aside = streams and columns <= LONGEST
                var powers = kept if aside else y
                var scale: Scalar[Self.dt]
                comptime if S.SIMD:
                    scale = 1 / map_sum_row(powers, x, columns, raised)
                else:
                    map_row[S](powers, x, columns, raised)

                    def same[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                        return v

                    scale = 1 / sum_row[S](powers, columns, same)

                def scaled[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return v * scale

                map_row[S](y, powers, columns, scaled, aside)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_rows[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), Self.units(args), word(args, Self.AT.columns)
        )

    @staticmethod
    @always_inline
    def short_row(y: Buffer[Self.dt], x: Buffer[Self.dt], columns: Int):
        """Does a row of at most one vector (ten classes, say) without leaving registers."""
        comptime W = simd_width_of[Self.dt]()
        var mask = first_lanes[W](columns)
        var v = masked_load[W](x, mask, SIMD[Self.dt, W](Scalar[Self.dt].MIN))
        var zero = SIMD[Self.dt, W](0)
        v = mask.select(v - max_lane(v), zero)
        var powers = mask.select(exp(v), zero)
        masked_store(powers * (1 / sum_lanes(powers)), y, mask)

    @staticmethod
    def logarithms(args: Words, start: Int, stop: Int, streams: Bool):
        """Does rows whose logarithm is wanted: short ones a vector of rows at a time, as a logarithm takes as long as a row.
        """
        comptime W = simd_width_of[Self.dt]()
        var columns = word(args, Self.AT.columns)
        var together = W if columns <= FEW else 1
        for first in range(start, stop, together):
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(first * columns)
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(first * columns)
            var tops = SIMD[Self.dt, W](0)
            var sums = SIMD[Self.dt, W](1)
            var count = min(together, stop - first)
            for row in range(count):
                var top = largest[Tiled](x.unsafe_offset(row * columns), columns)

                def power[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return exp(v - top)

                tops[row] = top
                sums[row] = sum_row[Tiled](x.unsafe_offset(row * columns), columns, power)
            var logarithms = log(sums)
            for row in range(count):
                var top = tops[row]
                var log_sum = logarithms[row]

                def shifted[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return (v - top) - log_sum

                map_row[Tiled](
                    y.unsafe_offset(row * columns), x.unsafe_offset(row * columns), columns, shifted, streams
                )


@doc_hidden
struct SoftmaxBackward[logarithm: Bool, dt: DType](RowKernel):
    """A unit is a row."""

    comptime WORDS: StaticString = "dx:w y:r dy:r rows columns"
    comptime ROWS = 1 << Self.AT.dx | 1 << Self.AT.y | 1 << Self.AT.dy

    @staticmethod
    def name() -> String:
        return String("log_softmax" if Self.logarithm else "softmax", ".backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 4, 3 * size_of[Self.dt](), 0.6)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        var streams = _streams[S, Self.dt](columns, stop - start)
        for row in range(start, stop):
            var dx = buffer[Self.dt](args, Self.AT.dx).unsafe_offset(row * columns)
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(row * columns)
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(row * columns)

            def weight[w: Int](g: SIMD[Self.dt, w], v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                comptime if Self.logarithm:
                    return g
                else:
                    return g * v

            var total = sum_row2[S](dy, y, columns, weight)

            def gradient[w: Int](g: SIMD[Self.dt, w], v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                comptime if Self.logarithm:
                    return g - exp(v) * total
                else:
                    return v * (g - total)

            map_row2[S](dx, dy, y, columns, gradient, streams)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_rows[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), Self.units(args), word(args, Self.AT.columns)
        )

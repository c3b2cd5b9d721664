"""Means and variances along the middle one of three dimensions, and their gradient.

    var = sum (x - mean)^2 / divisor, or its square root
    dx = factor (x - mean) + shift, where factor and shift belong to the output

The mean of a piece is found first and deviations from it are added up in a second pass, while the piece is in the
cache; pieces are joined in order, so that nothing cancels where the mean is far larger than the deviation. Where
the inner dimension is 1, pieces are blocks of `BLOCK` elements of a row and are joined in float64; otherwise a vector
takes several outputs at once, `LEAF` elements of each at a time.

`root` tells whether to take the root. An address of 0 for `shift` stands for zeros. With more than one block per row,
scratch has room for two float64 per block.
"""

from std.math import sqrt
from std.memory import stack_allocation
from std.sys import size_of, simd_width_of
from std.utils.numerics import isfinite

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.gpu_rows import Block, launch_rows, owns, sum_row
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import STREAMED, lanes
from mojo_kernels.runtime.rows import map_row
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word

comptime BLOCK = 16384
"""Elements of a row that are taken in one go; Python reads it from `core` and sizes the scratch by it."""
comptime LEAF = 64
"""Elements of a column that are taken in one go."""
comptime BAND = 256
"""Columns that are taken side by side: with `LEAF` rows of them 64 KiB of float32, in the second-level cache."""


@always_inline
def widened[S: Schedule, dt: DType, stored: DType](x: Buffer[stored], count: Int, scratch: Int) -> Buffer[dt]:
    """Returns numbers in the dtype that they are computed with.

    Parameters:
        S: The schedule.
        dt: That dtype.
        stored: The dtype of the numbers.

    Args:
        x: The numbers.
        count: How many.
        scratch: The address of room for them.

    Returns:
        The numbers where they are, or a copy.
    """
    comptime if dt == stored:
        return Buffer[dt](unsafe_from_address=Int(x))
    var wide = Buffer[dt](unsafe_from_address=scratch)

    def body[w: Int](i: Int) {imm}:
        wide.unsafe_store(i, convert[dt](x.unsafe_load[width=w](i)))

    lanes[S, simd_width_of[dt](), unroll=2](count, body)
    return wide


@doc_hidden
struct Moments[dt: DType, stored: DType = dt](Kernel):
    """A unit is a block of a row where inner is 1, and a column otherwise. x and the results are of `stored`, 16 bits of
    which are computed with as float32."""

    comptime WORDS: StaticString = "variance:w mean:w x:r scratch:w outer n inner divisor:f root"
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("moments.forward.", dtype_name(Self.stored))

    @staticmethod
    def blocks(args: Words) -> Int:
        return (word(args, Self.AT.n) + BLOCK - 1) // BLOCK if word(args, Self.AT.inner) == 1 else 1

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.inner) * Self.blocks(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            word(args, Self.AT.outer) * word(args, Self.AT.n) * word(args, Self.AT.inner),
            4,
            size_of[Self.stored](),
            0.1,
        )

    @staticmethod
    def grain(args: Words) -> Int:
        return 1 if word(args, Self.AT.inner) == 1 else Self.W

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var x = buffer[Self.stored](args, Self.AT.x)
        var i = start
        if inner == 1:
            var blocks = Self.blocks(args)
            while i < stop:
                var row = i // blocks
                var first = (i - row * blocks) * BLOCK
                Self.block[S](args, i, x.unsafe_offset(row * n + first), min(n - first, BLOCK))
                i += 1
            return
        comptime MOST = BAND if S.SIMD else 1
        while i < stop:
            var outer = i // inner
            var column = i - outer * inner
            var width = min(min(inner - column, stop - i), MOST)
            var p = x.unsafe_offset(outer * n * inner + column)
            comptime if S.SIMD:
                if width >= Self.W:
                    width = width // Self.W * Self.W
                    Self.band[Self.W, MOST](args, p, i, width)
                    i += width
                    continue
            Self.band[1, MOST](args, p, i, width)
            i += width

    @staticmethod
    def block[S: Schedule](args: Words, i: Int, origin: Buffer[Self.stored], count: Int):
        """Finds the mean and the sum of squared deviations of a piece of a row."""
        comptime room = 1 if Self.stored == Self.dt else BLOCK
        var scratch = stack_allocation[room, Scalar[Self.dt], alignment=64]()
        var x = widened[S, Self.dt](origin, count, Int(scratch))

        def same[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
            return v

        var mean = sum_row[S](x, count, same) / Scalar[Self.dt](count)

        def squared[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
            return (v - mean) * (v - mean)

        var spread = sum_row[S](x, count, squared)
        if owns[S](0):
            if Self.blocks(args) == 1:
                Self.store[1](args, i, mean, spread)
            else:
                var parts = buffer[DType.float64](args, Self.AT.scratch)
                parts.unsafe_store(2 * i, mean.cast[DType.float64]())
                parts.unsafe_store(2 * i + 1, spread.cast[DType.float64]())

    @staticmethod
    @always_inline
    def store[w: Int](args: Words, i: Int, mean: SIMD[Self.dt, w], spread: SIMD[Self.dt, w]):
        """Stores outputs from their means and sums of squared deviations."""
        comptime assert Self.dt.is_floating_point()
        var variance = spread / scalar[Self.dt](args, Self.AT.divisor)
        var result = sqrt(variance) if word(args, Self.AT.root) != 0 else variance
        buffer[Self.stored](args, Self.AT.variance).unsafe_store(i, convert[Self.stored](result))
        buffer[Self.stored](args, Self.AT.mean).unsafe_store(i, convert[Self.stored](mean))

    @staticmethod
    def finish(args: Words):
        if Self.blocks(args) > 1:
            Self.join(args, 0, word(args, Self.AT.outer))

    @staticmethod
    def join(args: Words, start: Int, stop: Int):
        """Joins the blocks of rows `start` to `stop`, in order."""
        var blocks = Self.blocks(args)
        var n = word(args, Self.AT.n)
        var parts = buffer[DType.float64](args, Self.AT.scratch)
        for row in range(start, stop):
            var mean = Float64(0)
            var spread = Float64(0)
            for b in range(blocks):
                var count = Float64(min(n - b * BLOCK, BLOCK))
                var before = Float64(b * BLOCK)
                var own = parts.unsafe_load(2 * (row * blocks + b))
                var off = own - mean
                var share = count / (before + count)
                mean = mean + off * share if isfinite(off) else mean * (1 - share) + own * share
                spread += parts.unsafe_load(2 * (row * blocks + b) + 1)
                spread += off * off * (before * count / (before + count))
            Self.store[1](args, row, mean.cast[Self.dt](), spread.cast[Self.dt]())

    @staticmethod
    def band[w: Int, most: Int](args: Words, x: Buffer[Self.stored], first: Int, width: Int):
        """Does `width` neighbouring columns, a multiple of w."""
        comptime V = SIMD[Self.dt, w]
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var means = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[most, Scalar[Self.dt]]()))
        var spreads = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[most, Scalar[Self.dt]]()))
        var sums = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[most, Scalar[Self.dt]]()))
        var squares = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[most, Scalar[Self.dt]]()))
        for v in range(0, width, w):
            means.unsafe_store(v, V(0))
            spreads.unsafe_store(v, V(0))
        for leaf in range(0, n, LEAF):
            var count = min(n - leaf, LEAF)
            var part = Scalar[Self.dt](1) / Scalar[Self.dt](count)
            for v in range(0, width, w):
                sums.unsafe_store(v, V(0))
                squares.unsafe_store(v, V(0))
            for j in range(leaf, leaf + count):
                var row = x.unsafe_offset(j * inner)
                for v in range(0, width, w):
                    var own = convert[Self.dt](row.unsafe_load[width=w](v))
                    sums.unsafe_store(v, sums.unsafe_load[width=w](v) + own)
            for j in range(leaf, leaf + count):
                var row = x.unsafe_offset(j * inner)
                for v in range(0, width, w):
                    var own = convert[Self.dt](row.unsafe_load[width=w](v))
                    var off = (-V(part)).fma(sums.unsafe_load[width=w](v), own)
                    squares.unsafe_store(v, off.fma(off, squares.unsafe_load[width=w](v)))
            var share = V(Scalar[Self.dt](count) / Scalar[Self.dt](leaf + count))
            var weight = share * Scalar[Self.dt](leaf)
            for v in range(0, width, w):
                var mean = means.unsafe_load[width=w](v)
                var sum = sums.unsafe_load[width=w](v)
                var off = sum.fma(V(part), -mean)
                var apart = mean * (1 - share) + sum * V(part) * share  # inf - inf would be no mean
                means.unsafe_store(v, isfinite(off).select(off.fma(share, mean), apart))
                var spread = spreads.unsafe_load[width=w](v) + squares.unsafe_load[width=w](v)
                spreads.unsafe_store(v, (off * off).fma(weight, spread))
        for v in range(0, width, w):
            Self.store[w](args, first + v, means.unsafe_load[width=w](v), spreads.unsafe_load[width=w](v))

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        # threads whose columns lie side by side read side by side when each does a column of its own
        var together = min(word(args, Self.AT.n), BLOCK) if word(args, Self.AT.inner) == 1 else 0
        launch_rows[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), Self.units(args), together
        )
        if Self.blocks(args) > 1:
            launch_units[Self.join](ctx, args, Self.words(args), word(args, Self.AT.outer))


@doc_hidden
struct MomentsBackward[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "dx:w x:r mean:r factor:r shift:r outer n inner"

    @staticmethod
    def name() -> String:
        return String("moments.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.n) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 2, 2 * size_of[Self.dt](), 0.1)

    @staticmethod
    def grain(args: Words) -> Int:
        return 1024

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var dx = buffer[Self.dt](args, Self.AT.dx)
        var x = buffer[Self.dt](args, Self.AT.x)
        var means = buffer[Self.dt](args, Self.AT.mean)
        var factors = buffer[Self.dt](args, Self.AT.factor)
        var shifts = buffer[Self.dt](args, Self.AT.shift)
        var shifted = word(args, Self.AT.shift) != 0
        var streams = (stop - start) * size_of[Self.dt]() >= STREAMED
        var i = start
        while i < stop:
            var row = i // inner
            var column = i - row * inner
            if inner == 1:
                var output = i // n
                var count = min((output + 1) * n, stop) - i
                var mean = means.unsafe_load(output)
                var factor = factors.unsafe_load(output)
                var shift = shifts.unsafe_load(output) if shifted else 0

                def gradient[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return (v - mean).fma(SIMD[Self.dt, w](factor), SIMD[Self.dt, w](shift))

                map_row[S](dx.unsafe_offset(i), x.unsafe_offset(i), count, gradient, streams)
                i += count
                continue
            var count = min(inner - column, stop - i)
            var at = row // n * inner + column
            var done = 0

            def some[w: Int](k: Int) {imm}:
                var shift = shifts.unsafe_load[width=w](at + k) if shifted else SIMD[Self.dt, w](0)
                var off = x.unsafe_load[width=w](i + k) - means.unsafe_load[width=w](at + k)
                dx.unsafe_store(i + k, off.fma(factors.unsafe_load[width=w](at + k), shift))

            while done + W <= count:
                some[W](done)
                done += W
            while done < count:
                some[1](done)
                done += 1
            i += count

"""Normalisation of channels over a batch; the words stand in `__init__.mojo`."""

from std.math import sqrt
from std.sys import size_of

from mojo_kernels.normalization.passes import (
    each,
    element_or,
    get,
    gradient,
    lane_count,
    put,
    scaled,
    squares,
    total,
    total_pair,
)
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, scalar, word


@doc_hidden
struct ChannelNorm[trained: Bool, dt: DType](Kernel):
    """A unit is a channel. Trained: statistics of the batch, which move the running ones; otherwise the running ones.
    """

    comptime WORDS: StaticString = "wwwrrruur...ff" if Self.trained else "wwwrrrrrr...ff"

    @staticmethod
    def name() -> String:
        return String("channel_norm" if Self.trained else "channel_apply", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 10)

    @staticmethod
    def grain(args: Words) -> Int:
        return 16 if word(args, 11) == 1 else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, 9) * word(args, 10) * word(args, 11)
        return Cost(count, 7, 2 * size_of[Self.dt](), 0.25)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = lane_count[Self.dt, S]()
        if word(args, 11) == 1:  # channels lie side by side

            def side_by_side(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                Self.lanes[w](args, start + i, mask)

            each[w](stop - start, side_by_side)
            return
        for channel in range(start, stop):
            Self.channel[w](args, channel)

    @staticmethod
    @always_inline
    def moved[
        w: Int
    ](
        args: Words,
        channel: Int,
        mask: SIMD[DType.bool, w],
        mean: SIMD[Self.dt, w],
        variance: SIMD[Self.dt, w],
    ):
        """Moves the running statistics."""
        if word(args, 6) == 0:
            return
        var momentum = scalar[Self.dt](args, 13)
        if word(args, 8) != 0:
            momentum = 1 / buffer[DType.int64](args, 8)[].cast[Self.dt]()
        var n = word(args, 9) * word(args, 11)
        var unbiased = variance * (Scalar[Self.dt](n) / Scalar[Self.dt](max(n - 1, 1)))
        var means = buffer[Self.dt](args, 6)
        var variances = buffer[Self.dt](args, 7)
        put(means, channel, (1 - momentum) * get(means, channel, mask) + momentum * mean, mask)
        put(variances, channel, (1 - momentum) * get(variances, channel, mask) + momentum * unbiased, mask)

    @staticmethod
    @always_inline
    def channel[w: Int](args: Words, channel: Int):
        """Does a channel whose elements lie side by side for each of the batch."""
        comptime V = SIMD[Self.dt, 1]
        var batch = word(args, 9)
        var step = word(args, 10) * word(args, 11)
        var length = word(args, 11)
        var y = buffer[Self.dt](args, 0).unsafe_offset(channel * length)
        var x = buffer[Self.dt](args, 3).unsafe_offset(channel * length)
        var mean = V(0)
        var variance = V(0)
        comptime if Self.trained:
            var count = V(batch * length)
            for n in range(batch):
                mean += total[w](x.unsafe_offset(n * step), length)
            mean /= count
            for n in range(batch):
                variance += squares[w](x.unsafe_offset(n * step), length, mean)
            variance /= count
            Self.moved[1](args, channel, SIMD[DType.bool, 1](fill=True), mean, variance)
        else:
            mean = buffer[Self.dt](args, 6).unsafe_load(channel)
            variance = buffer[Self.dt](args, 7).unsafe_load(channel)
        var rstd = 1 / sqrt(variance + scalar[Self.dt](args, 12))
        buffer[Self.dt](args, 1).unsafe_store(channel, mean)
        buffer[Self.dt](args, 2).unsafe_store(channel, rstd)
        var scale = rstd * element_or[Self.dt](args, 4, channel, 1)
        var bias = element_or[Self.dt](args, 5, channel, 0)
        for n in range(batch):
            scaled[w](y.unsafe_offset(n * step), x.unsafe_offset(n * step), length, mean, scale, bias)

    @staticmethod
    @always_inline
    def lanes[w: Int](args: Words, channel: Int, mask: SIMD[DType.bool, w]):
        """Does neighbouring channels of length 1, a lane each."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, 9)
        var step = word(args, 10)
        var y = buffer[Self.dt](args, 0)
        var x = buffer[Self.dt](args, 3)
        var mean = V(0)
        var variance = V(0)
        comptime if Self.trained:
            for n in range(batch):
                mean += get(x, n * step + channel, mask)
            mean /= V(Scalar[Self.dt](batch))
            for n in range(batch):
                var v = get(x, n * step + channel, mask) - mean
                variance += v * v
            variance /= V(Scalar[Self.dt](batch))
            Self.moved[w](args, channel, mask, mean, variance)
        else:
            mean = get(buffer[Self.dt](args, 6), channel, mask)
            variance = get(buffer[Self.dt](args, 7), channel, mask)
        var rstd = 1 / sqrt(variance + scalar[Self.dt](args, 12))
        put(buffer[Self.dt](args, 1), channel, mean, mask)
        put(buffer[Self.dt](args, 2), channel, rstd, mask)
        var scale = rstd
        var bias = V(0)
        if word(args, 4) != 0:
            scale *= get(buffer[Self.dt](args, 4), channel, mask)
        if word(args, 5) != 0:
            bias = get(buffer[Self.dt](args, 5), channel, mask)
        for n in range(batch):
            put(y, n * step + channel, (get(x, n * step + channel, mask) - mean) * scale + bias, mask)


@doc_hidden
struct ChannelNormBackward[dt: DType](Kernel):
    """A unit is a channel."""

    comptime WORDS: StaticString = "wwwrrrrr...."

    @staticmethod
    def name() -> String:
        return String("channel_norm.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 9)

    @staticmethod
    def grain(args: Words) -> Int:
        return 16 if word(args, 10) == 1 else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, 8) * word(args, 9) * word(args, 10)
        return Cost(count, 12, 3 * size_of[Self.dt](), 0.35)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = lane_count[Self.dt, S]()
        if word(args, 10) == 1:

            def side_by_side(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                Self.lanes[w](args, start + i, mask)

            each[w](stop - start, side_by_side)
            return
        for channel in range(start, stop):
            Self.channel[w](args, channel)

    @staticmethod
    @always_inline
    def channel[w: Int](args: Words, channel: Int):
        """Does a channel whose elements lie side by side for each of the batch."""
        var batch = word(args, 8)
        var length = word(args, 10)
        var step = word(args, 9) * length
        var dy = buffer[Self.dt](args, 3).unsafe_offset(channel * length)
        var x = buffer[Self.dt](args, 4).unsafe_offset(channel * length)
        var mean = buffer[Self.dt](args, 5).unsafe_load(channel)
        var rstd = buffer[Self.dt](args, 6).unsafe_load(channel)
        var sums = SIMD[Self.dt, 2](0)
        for n in range(batch):
            sums += total_pair[w](dy.unsafe_offset(n * step), x.unsafe_offset(n * step), length, mean)
        if word(args, 1) != 0:
            buffer[Self.dt](args, 1).unsafe_store(channel, sums[1] * rstd)
        if word(args, 2) != 0:
            buffer[Self.dt](args, 2).unsafe_store(channel, sums[0])
        if word(args, 0) == 0:
            return
        var dx = buffer[Self.dt](args, 0).unsafe_offset(channel * length)
        var scale = rstd * element_or[Self.dt](args, 7, channel, 1)
        var share = Scalar[Self.dt](0)
        if word(args, 11) != 0:
            share = scale / Scalar[Self.dt](batch * length)
        for n in range(batch):
            gradient[w](
                dx.unsafe_offset(n * step),
                dy.unsafe_offset(n * step),
                x.unsafe_offset(n * step),
                length,
                mean,
                scale,
                share * sums[0],
                share * sums[1] * rstd * rstd,
            )

    @staticmethod
    @always_inline
    def lanes[w: Int](args: Words, channel: Int, mask: SIMD[DType.bool, w]):
        """Does neighbouring channels of length 1, a lane each."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, 8)
        var step = word(args, 9)
        var dy = buffer[Self.dt](args, 3)
        var x = buffer[Self.dt](args, 4)
        var mean = get(buffer[Self.dt](args, 5), channel, mask)
        var rstd = get(buffer[Self.dt](args, 6), channel, mask)
        var total = V(0)
        var along = V(0)
        for n in range(batch):
            var g = get(dy, n * step + channel, mask)
            total += g
            along += g * (get(x, n * step + channel, mask) - mean)
        if word(args, 1) != 0:
            put(buffer[Self.dt](args, 1), channel, along * rstd, mask)
        if word(args, 2) != 0:
            put(buffer[Self.dt](args, 2), channel, total, mask)
        if word(args, 0) == 0:
            return
        var scale = rstd
        if word(args, 7) != 0:
            scale *= get(buffer[Self.dt](args, 7), channel, mask)
        var share = V(0)
        if word(args, 11) != 0:
            share = scale / V(Scalar[Self.dt](batch))
        var dx = buffer[Self.dt](args, 0)
        for n in range(batch):
            var at = n * step + channel
            var centred = get(x, at, mask) - mean
            var changed = get(dy, at, mask) * scale - share * total - centred * (share * along * rstd * rstd)
            put(dx, at, changed, mask)

"""Normalisation of channels over a batch; `__init__.mojo` lists the words."""

from std.math import sqrt
from std.memory import stack_allocation
from std.sys import size_of

from mojo_kernels.elementwise.stored import computed_in
from mojo_kernels.normalization.panels import PANEL, column_sums, statistics
from mojo_kernels.normalization.passes import (
    each,
    element_or,
    load,
    gradient,
    lane_count,
    store,
    scaled,
    squares,
    total,
    total_pair,
)
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word


@doc_hidden
struct ChannelNorm[trained: Bool, stored: DType](Kernel):
    """A unit is a channel, whose numbers are of dt; x and y are stored otherwise. Trained: statistics of the batch, which move the running ones; otherwise the running ones.
    """

    comptime WORDS: StaticString = "y:w mean:w rstd:w x:r weight:r bias:r running_mean:u running_var:u counter:r batch channels length eps:f momentum:f" if Self.trained else "y:w mean:w rstd:w x:r weight:r bias:r running_mean:r running_var:r counter:r batch channels length eps:f momentum:f"
    comptime dt = computed_in(Self.stored)

    @staticmethod
    def name() -> String:
        return String(
            "channel_norm" if Self.trained else "channel_apply", ".forward.", dtype_name(Self.stored)
        )

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.channels)

    @staticmethod
    def grain(args: Words) -> Int:
        return 16 if word(args, Self.AT.length) == 1 else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, Self.AT.batch) * word(args, Self.AT.channels) * word(args, Self.AT.length)
        return Cost(count, 7, 2 * size_of[Self.stored](), 0.25)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = lane_count[Self.dt, S]()
        if word(args, Self.AT.length) == 1:  # channels lie side by side
            comptime if S.SIMD:
                for first in range(start, stop, PANEL):
                    Self.panel[w](args, first, min(first + PANEL, stop))
            else:
                for channel in range(start, stop):
                    Self.lanes[1](args, channel, SIMD[DType.bool, 1](fill=True))
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
        if word(args, Self.AT.running_mean) == 0:
            return
        var momentum = scalar[Self.dt](args, Self.AT.momentum)
        if word(args, Self.AT.counter) != 0:
            momentum = 1 / buffer[DType.int64](args, Self.AT.counter)[].cast[Self.dt]()
        var n = word(args, Self.AT.batch) * word(args, Self.AT.length)
        var unbiased = variance * (Scalar[Self.dt](n) / Scalar[Self.dt](max(n - 1, 1)))
        var means = buffer[Self.dt](args, Self.AT.running_mean)
        var variances = buffer[Self.dt](args, Self.AT.running_var)
        store(means, channel, (1 - momentum) * load[Self.dt](means, channel, mask) + momentum * mean, mask)
        store(
            variances,
            channel,
            (1 - momentum) * load[Self.dt](variances, channel, mask) + momentum * unbiased,
            mask,
        )

    @staticmethod
    @always_inline
    def channel[w: Int](args: Words, channel: Int):
        """Does a channel whose elements lie side by side for each of the batch."""
        comptime V = SIMD[Self.dt, 1]
        var batch = word(args, Self.AT.batch)
        var step = word(args, Self.AT.channels) * word(args, Self.AT.length)
        var length = word(args, Self.AT.length)
        var y = buffer[Self.stored](args, Self.AT.y).unsafe_offset(channel * length)
        var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(channel * length)
        var mean = V(0)
        var variance = V(0)
        comptime if Self.trained:
            var count = V(batch * length)
            for n in range(batch):
                mean += total[w, Self.dt](x.unsafe_offset(n * step), length)
            mean /= count
            for n in range(batch):
                variance += squares[w](x.unsafe_offset(n * step), length, mean)
            variance /= count
            Self.moved[1](args, channel, SIMD[DType.bool, 1](fill=True), mean, variance)
        else:
            mean = buffer[Self.dt](args, Self.AT.running_mean).unsafe_load(channel)
            variance = buffer[Self.dt](args, Self.AT.running_var).unsafe_load(channel)
        var rstd = 1 / sqrt(variance + scalar[Self.dt](args, Self.AT.eps))
        buffer[Self.dt](args, Self.AT.mean).unsafe_store(channel, mean)
        buffer[Self.dt](args, Self.AT.rstd).unsafe_store(channel, rstd)
        var scale = rstd * element_or[Self.dt](args, Self.AT.weight, channel, 1)
        var bias = element_or[Self.dt](args, Self.AT.bias, channel, 0)
        for n in range(batch):
            scaled[w](y.unsafe_offset(n * step), x.unsafe_offset(n * step), length, mean, scale, bias)

    @staticmethod
    def panel[w: Int](args: Words, first: Int, stop: Int):
        """Does channels of length 1 that lie side by side, row by row of the batch."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, Self.AT.batch)
        var step = word(args, Self.AT.channels)
        var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(first)
        var y = buffer[Self.stored](args, Self.AT.y).unsafe_offset(first)
        var means = buffer[Self.dt](args, Self.AT.mean).unsafe_offset(first)
        var rstds = buffer[Self.dt](args, Self.AT.rstd).unsafe_offset(first)
        var scales = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[PANEL, Scalar[Self.dt]]()))
        var biases = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[PANEL, Scalar[Self.dt]]()))
        comptime if Self.trained:
            statistics[w](x, means, rstds, batch, step, stop - first)

        def prepare(i: Int, mask: SIMD[DType.bool, w]) {imm}:
            var mean = V(0)
            var variance = V(0)
            comptime if Self.trained:
                mean = load[Self.dt](means, i, mask)
                variance = load[Self.dt](rstds, i, mask) / V(Scalar[Self.dt](batch))
                Self.moved[w](args, first + i, mask, mean, variance)
            else:
                mean = load[Self.dt](buffer[Self.dt](args, Self.AT.running_mean), first + i, mask)
                variance = load[Self.dt](buffer[Self.dt](args, Self.AT.running_var), first + i, mask)
                store(means, i, mean, mask)
            var scale = 1 / sqrt(variance + scalar[Self.dt](args, Self.AT.eps))
            var bias = V(0)
            store(rstds, i, scale, mask)
            if word(args, Self.AT.weight) != 0:
                scale *= load[Self.dt](buffer[Self.dt](args, Self.AT.weight), first + i, mask)
            if word(args, Self.AT.bias) != 0:
                bias = load[Self.dt](buffer[Self.dt](args, Self.AT.bias), first + i, mask)
            store(scales, i, scale, mask)
            store(biases, i, bias, mask)

        each[w](stop - first, prepare)
        for n in range(batch):
            var given = x.unsafe_offset(n * step)
            var made = y.unsafe_offset(n * step)

            def apply(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                var centred = load[Self.dt](given, i, mask) - load[Self.dt](means, i, mask)
                var value = centred * load[Self.dt](scales, i, mask) + load[Self.dt](biases, i, mask)
                store(made, i, value, mask)

            each[w](stop - first, apply)

    @staticmethod
    @always_inline
    def lanes[w: Int](args: Words, channel: Int, mask: SIMD[DType.bool, w]):
        """Does neighbouring channels of length 1, a lane each."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, Self.AT.batch)
        var step = word(args, Self.AT.channels)
        var y = buffer[Self.stored](args, Self.AT.y)
        var x = buffer[Self.stored](args, Self.AT.x)
        var mean = V(0)
        var variance = V(0)
        comptime if Self.trained:
            for n in range(batch):
                mean += load[Self.dt](x, n * step + channel, mask)
            mean /= V(Scalar[Self.dt](batch))
            for n in range(batch):
                var v = load[Self.dt](x, n * step + channel, mask) - mean
                variance += v * v
            variance /= V(Scalar[Self.dt](batch))
            Self.moved[w](args, channel, mask, mean, variance)
        else:
            mean = load[Self.dt](buffer[Self.dt](args, Self.AT.running_mean), channel, mask)
            variance = load[Self.dt](buffer[Self.dt](args, Self.AT.running_var), channel, mask)
        var rstd = 1 / sqrt(variance + scalar[Self.dt](args, Self.AT.eps))
        store(buffer[Self.dt](args, Self.AT.mean), channel, mean, mask)
        store(buffer[Self.dt](args, Self.AT.rstd), channel, rstd, mask)
        var scale = rstd
        var bias = V(0)
        if word(args, Self.AT.weight) != 0:
            scale *= load[Self.dt](buffer[Self.dt](args, Self.AT.weight), channel, mask)
        if word(args, Self.AT.bias) != 0:
            bias = load[Self.dt](buffer[Self.dt](args, Self.AT.bias), channel, mask)
        for n in range(batch):
            store(
                y,
                n * step + channel,
                (load[Self.dt](x, n * step + channel, mask) - mean) * scale + bias,
                mask,
            )


@doc_hidden
struct ChannelNormBackward[stored: DType](Kernel):
    """A unit is a channel, whose numbers are of dt; x, dy and dx are stored otherwise."""

    comptime WORDS: StaticString = (
        "dx:w dweight:w dbias:w dy:r x:r mean:r rstd:r weight:r batch channels length trained"
    )
    comptime dt = computed_in(Self.stored)

    @staticmethod
    def name() -> String:
        return String("channel_norm.backward.", dtype_name(Self.stored))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.channels)

    @staticmethod
    def grain(args: Words) -> Int:
        return 16 if word(args, Self.AT.length) == 1 else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, Self.AT.batch) * word(args, Self.AT.channels) * word(args, Self.AT.length)
        return Cost(count, 12, 3 * size_of[Self.stored](), 0.35)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = lane_count[Self.dt, S]()
        if word(args, Self.AT.length) == 1:
            comptime if S.SIMD:
                for first in range(start, stop, PANEL):
                    Self.panel[w](args, first, min(first + PANEL, stop))
            else:
                for channel in range(start, stop):
                    Self.lanes[1](args, channel, SIMD[DType.bool, 1](fill=True))
            return
        for channel in range(start, stop):
            Self.channel[w](args, channel)

    @staticmethod
    @always_inline
    def channel[w: Int](args: Words, channel: Int):
        """Does a channel whose elements lie side by side for each of the batch."""
        var batch = word(args, Self.AT.batch)
        var length = word(args, Self.AT.length)
        var step = word(args, Self.AT.channels) * length
        var dy = buffer[Self.stored](args, Self.AT.dy).unsafe_offset(channel * length)
        var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(channel * length)
        var mean = buffer[Self.dt](args, Self.AT.mean).unsafe_load(channel)
        var rstd = buffer[Self.dt](args, Self.AT.rstd).unsafe_load(channel)
        var sums = SIMD[Self.dt, 2](0)
        for n in range(batch):
            sums += total_pair[w, Self.dt](
                dy.unsafe_offset(n * step), x.unsafe_offset(n * step), length, mean
            )
        if word(args, Self.AT.dweight) != 0:
            buffer[Self.dt](args, Self.AT.dweight).unsafe_store(channel, sums[1] * rstd)
        if word(args, Self.AT.dbias) != 0:
            buffer[Self.dt](args, Self.AT.dbias).unsafe_store(channel, sums[0])
        if word(args, Self.AT.dx) == 0:
            return
        var dx = buffer[Self.stored](args, Self.AT.dx).unsafe_offset(channel * length)
        var scale = rstd * element_or[Self.dt](args, Self.AT.weight, channel, 1)
        var share = Scalar[Self.dt](0)
        if word(args, Self.AT.trained) != 0:
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
    def panel[w: Int](args: Words, first: Int, stop: Int):
        """Does channels of length 1 that lie side by side, row by row of the batch."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, Self.AT.batch)
        var step = word(args, Self.AT.channels)
        var dy = buffer[Self.stored](args, Self.AT.dy).unsafe_offset(first)
        var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(first)
        var means = buffer[Self.dt](args, Self.AT.mean).unsafe_offset(first)
        var scales = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[PANEL, Scalar[Self.dt]]()))
        var shifts = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[PANEL, Scalar[Self.dt]]()))
        var slopes = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[PANEL, Scalar[Self.dt]]()))
        column_sums[w](dy, x, means, shifts, slopes, batch, step, stop - first)

        def prepare(i: Int, mask: SIMD[DType.bool, w]) {imm}:
            var total = load[Self.dt](shifts, i, mask)
            var along = load[Self.dt](slopes, i, mask)
            var rstd = load[Self.dt](buffer[Self.dt](args, Self.AT.rstd), first + i, mask)
            if word(args, Self.AT.dweight) != 0:
                store(buffer[Self.dt](args, Self.AT.dweight), first + i, along * rstd, mask)
            if word(args, Self.AT.dbias) != 0:
                store(buffer[Self.dt](args, Self.AT.dbias), first + i, total, mask)
            var scale = rstd
            if word(args, Self.AT.weight) != 0:
                scale *= load[Self.dt](buffer[Self.dt](args, Self.AT.weight), first + i, mask)
            var share = V(0)
            if word(args, Self.AT.trained) != 0:
                share = scale / V(Scalar[Self.dt](batch))
            store(scales, i, scale, mask)
            store(shifts, i, share * total, mask)
            store(slopes, i, share * along * rstd * rstd, mask)

        each[w](stop - first, prepare)
        if word(args, Self.AT.dx) == 0:
            return
        var dx = buffer[Self.stored](args, Self.AT.dx).unsafe_offset(first)
        for n in range(batch):
            var upstream = dy.unsafe_offset(n * step)
            var given = x.unsafe_offset(n * step)
            var made = dx.unsafe_offset(n * step)

            def apply(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                var centred = load[Self.dt](given, i, mask) - load[Self.dt](means, i, mask)
                var scaled = load[Self.dt](upstream, i, mask) * load[Self.dt](scales, i, mask)
                var value = scaled - load[Self.dt](shifts, i, mask) - centred * load[Self.dt](slopes, i, mask)
                store(made, i, value, mask)

            each[w](stop - first, apply)

    @staticmethod
    @always_inline
    def lanes[w: Int](args: Words, channel: Int, mask: SIMD[DType.bool, w]):
        """Does neighbouring channels of length 1, a lane each."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, Self.AT.batch)
        var step = word(args, Self.AT.channels)
        var dy = buffer[Self.stored](args, Self.AT.dy)
        var x = buffer[Self.stored](args, Self.AT.x)
        var mean = load[Self.dt](buffer[Self.dt](args, Self.AT.mean), channel, mask)
        var rstd = load[Self.dt](buffer[Self.dt](args, Self.AT.rstd), channel, mask)
        var total = V(0)
        var along = V(0)
        for n in range(batch):
            var g = load[Self.dt](dy, n * step + channel, mask)
            total += g
            along += g * (load[Self.dt](x, n * step + channel, mask) - mean)
        if word(args, Self.AT.dweight) != 0:
            store(buffer[Self.dt](args, Self.AT.dweight), channel, along * rstd, mask)
        if word(args, Self.AT.dbias) != 0:
            store(buffer[Self.dt](args, Self.AT.dbias), channel, total, mask)
        if word(args, Self.AT.dx) == 0:
            return
        var scale = rstd
        if word(args, Self.AT.weight) != 0:
            scale *= load[Self.dt](buffer[Self.dt](args, Self.AT.weight), channel, mask)
        var share = V(0)
        if word(args, Self.AT.trained) != 0:
            share = scale / V(Scalar[Self.dt](batch))
        var dx = buffer[Self.stored](args, Self.AT.dx)
        for n in range(batch):
            var at = n * step + channel
            var centred = load[Self.dt](x, at, mask) - mean
            var changed = (
                load[Self.dt](dy, at, mask) * scale - share * total - centred * (share * along * rstd * rstd)
            )
            store(dx, at, changed, mask)

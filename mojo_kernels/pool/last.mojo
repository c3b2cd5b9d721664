"""Pooling of images whose channels lie side by side: vectors run over channels.

Backward goes over the pixels: each one adds up what the windows that it lies in hand it, in the order of the windows.
"""

from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.pool.windows import (
    AT,
    Span,
    WINDOWS,
    divisor_of,
    first_over,
    holds,
    side_of,
    span_of,
    stop_over,
    volume,
)
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import first_lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word


@always_inline
def _load[dt: DType, w: Int](source: Buffer[dt], whole: Bool, exist: SIMD[DType.bool, w]) -> SIMD[dt, w]:
    """Returns a vector, or its lanes that exist and zeros."""
    return source.unsafe_load[width=w]() if whole else masked_load[w](source, exist, SIMD[dt, w](0))


@doc_hidden
struct PoolLast[largest: Bool, dt: DType](Kernel):
    """A unit is a row of y. Planes are images."""

    comptime WORDS: StaticString = "y:w indices:w x:r " + WINDOWS + " channels"

    @staticmethod
    def name() -> String:
        return String("max_pool_last" if Self.largest else "avg_pool_last", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes) * word(args, AT.result) * word(args, AT.result + 1)

    @staticmethod
    def cost(args: Words) -> Cost:
        var taps = volume(args, AT.window)
        if word(args, AT.adaptive) != 0:
            taps = volume(args, AT.image) // max(volume(args, AT.result), 1) + 1
        var count = word(args, AT.planes) * volume(args, AT.result) * word(args, Self.AT.channels)
        return Cost(count, Float64(taps), (taps + 3) * size_of[Self.dt](), 0.1 * Float64(taps))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = simd_width_of[Self.dt]() if S.SIMD else 1
        var width = word(args, AT.result + 2)
        var rows = word(args, AT.result + 1)
        var slices = word(args, AT.result)
        var channels = word(args, Self.AT.channels)
        for unit in range(start, stop):
            var d = span_of(args, 0, unit // rows % slices)
            var h = span_of(args, 1, unit % rows)
            var image = unit // rows // slices
            for column in range(width):
                var c = span_of(args, 2, column)
                for channel in range(0, channels, w):
                    Self.channels[w](args, image, unit * width + column, d, h, c, channel, channels)

    @staticmethod
    @always_inline
    def channels[
        w: Int
    ](args: Words, image: Int, index: Int, d: Span, h: Span, c: Span, channel: Int, high: Int):
        """Computes neighbouring channels of one window."""
        comptime PLACE = DType.int32 if size_of[Self.dt]() == 4 else DType.int64  # as wide: one vector
        var channels = word(args, Self.AT.channels)
        var exist = first_lanes[w](high - channel)
        var whole = high - channel >= w
        var x = buffer[Self.dt](args, AT.x).unsafe_offset(image * volume(args, AT.image) * channels + channel)
        var first = (d.first * word(args, AT.image + 1) + h.first) * word(args, AT.image + 2) + c.first
        var best = SIMD[Self.dt, w](Scalar[Self.dt].MIN) if Self.largest else SIMD[Self.dt, w](0)
        var at = SIMD[PLACE, w](0)  # counted from the first pixel
        for z in range(d.first, d.stop, d.step):
            for r in range(h.first, h.stop, h.step):
                var line = (z * word(args, AT.image + 1) + r) * word(args, AT.image + 2)
                for q in range(c.first, c.stop, c.step):
                    var v = _load[Self.dt, w](x.unsafe_offset((line + q) * channels), whole, exist)
                    comptime if Self.largest:
                        var wins = v.gt(best) | ~v.eq(v)  # nan wins
                        best = wins.select(v, best)
                        at = wins.select(SIMD[PLACE, w](Scalar[PLACE](line + q - first)), at)
                    else:
                        best += v
        comptime if not Self.largest:
            best /= SIMD[Self.dt, w](Scalar[Self.dt](divisor_of(args, d, h, c)))
        var y = buffer[Self.dt](args, AT.y).unsafe_offset(index * channels + channel)
        masked_store(best, y, exist)
        comptime if Self.largest:
            if word(args, AT.indices) != 0:
                var indices = buffer[DType.int64](args, AT.indices).unsafe_offset(index * channels + channel)
                masked_store(at.cast[DType.int64]() + SIMD[DType.int64, w](Int64(first)), indices, exist)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var channels = word(args, Self.AT.channels)
        var columns = word(args, AT.result + 2)
        var rows = word(args, AT.result + 1)
        var slices = word(args, AT.result)
        for i in range(start, stop):
            var index = i // channels
            var line = index // columns
            var d = span_of(args, 0, line // rows % slices)
            var h = span_of(args, 1, line % rows)
            var c = span_of(args, 2, index % columns)
            Self.channels[1](args, line // rows // slices, index, d, h, c, i % channels, i % channels + 1)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var count = Self.units(args) * word(args, AT.result + 2) * word(args, Self.AT.channels)
        launch_units[Self.elements](ctx, args, Self.words(args), count)


@doc_hidden
struct PoolLastBackward[largest: Bool, dt: DType](Kernel):
    """A unit is a row of dx, in place of y, from dy, in place of x; where each pixel lies in one window, the pixels of a row of
    windows. The largest pixel of a window has all of its gradient; for means `indices` is 0."""

    comptime WORDS: StaticString = "y:w indices:r x:r " + WINDOWS + " channels"

    @staticmethod
    def name() -> String:
        return String("max_pool_last" if Self.largest else "avg_pool_last", ".backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var first = AT.result if Self.tiled(args) else AT.image
        return word(args, AT.planes) * word(args, first) * word(args, first + 1)

    @staticmethod
    @always_inline
    def tiled(args: Words) -> Bool:
        """Returns whether each pixel lies in exactly one window."""
        return side_of(args, 0) > 0 and side_of(args, 1) > 0 and side_of(args, 2) > 0

    @staticmethod
    def cost(args: Words) -> Cost:
        var channels = word(args, Self.AT.channels)
        var count = word(args, AT.planes) * volume(args, AT.image) * channels
        var cost = Cost(count, 1, 2 * size_of[Self.dt](), 0.2)
        cost.bytes += Float64(8 * word(args, AT.planes) * volume(args, AT.result) * channels)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = simd_width_of[Self.dt]() if S.SIMD else 1
        var channels = word(args, Self.AT.channels)
        var tiled = Self.tiled(args)
        var width = word(args, (AT.result if tiled else AT.image) + 2)
        for unit in range(start, stop):
            for column in range(width):
                if tiled:
                    Self.window[w](args, unit * width + column)
                else:
                    Self.pixel[w](args, unit * width + column, 0, channels)

    @staticmethod
    @always_inline
    def window[w: Int](args: Words, index: Int):
        """Computes the pixels of a window that has them for itself; `index` counts the windows of all images.
        """
        var channels = word(args, Self.AT.channels)
        var width = word(args, AT.image + 2)
        var rows = word(args, AT.result + 1)
        var line = index // word(args, AT.result + 2)
        var d = span_of(args, 0, line // rows % word(args, AT.result))
        var h = span_of(args, 1, line % rows)
        var c = span_of(args, 2, index % word(args, AT.result + 2))
        var image = line // rows // word(args, AT.result) * volume(args, AT.image)
        for channel in range(0, channels, w):
            var exist = first_lanes[w](channels - channel)
            var whole = channels - channel >= w
            var at = index * channels + channel
            var dy = _load[Self.dt, w](buffer[Self.dt](args, AT.x).unsafe_offset(at), whole, exist)
            var indices = SIMD[DType.int64, w](0)
            comptime if Self.largest:
                indices = _load[DType.int64, w](
                    buffer[DType.int64](args, AT.indices).unsafe_offset(at), whole, exist
                )
            else:
                dy /= SIMD[Self.dt, w](Scalar[Self.dt](divisor_of(args, d, h, c)))
            for z in range(d.first, d.stop):
                for r in range(h.first, h.stop):
                    for q in range(c.first, c.stop):
                        var pixel = (z * word(args, AT.image + 1) + r) * width + q
                        var share = dy
                        comptime if Self.largest:
                            share = Self.chosen(dy, indices, pixel)
                        var dx = buffer[Self.dt](args, AT.y).unsafe_offset(
                            (image + pixel) * channels + channel
                        )
                        if whole:
                            dx.unsafe_store(share)
                        else:
                            masked_store(share, dx, exist)

    @staticmethod
    @always_inline
    def chosen[w: Int](dy: SIMD[Self.dt, w], indices: SIMD[DType.int64, w], pixel: Int) -> SIMD[Self.dt, w]:
        """Returns the gradients of the windows whose largest pixel is a given one, and zeros."""
        return indices.eq(SIMD[DType.int64, w](Int64(pixel))).select(dy, SIMD[Self.dt, w](0))

    @staticmethod
    @always_inline
    def pixel[w: Int](args: Words, index: Int, low: Int, high: Int):
        """Computes a range of the channels of one pixel; `index` counts the pixels of all images."""
        var pixel = index % volume(args, AT.image)
        var image = index // volume(args, AT.image)
        var line = pixel // word(args, AT.image + 2)
        var at = (
            line // word(args, AT.image + 1),
            line % word(args, AT.image + 1),
            pixel % word(args, AT.image + 2),
        )
        var first = (first_over(args, 0, at[0]), first_over(args, 1, at[1]), first_over(args, 2, at[2]))
        var stop = (stop_over(args, 0, at[0]), stop_over(args, 1, at[1]), stop_over(args, 2, at[2]))
        for channel in range(low, high, w):
            var sum = SIMD[Self.dt, w](0)
            for d in range(first[0], stop[0]):
                if not holds(args, 0, d, at[0]):
                    continue
                for h in range(first[1], stop[1]):
                    if not holds(args, 1, h, at[1]):
                        continue
                    var windows = (
                        (image * word(args, AT.result) + d) * word(args, AT.result + 1) + h
                    ) * word(args, AT.result + 2)
                    for c in range(first[2], stop[2]):
                        if holds(args, 2, c, at[2]):
                            sum += Self.share[w](args, d, h, c, windows + c, pixel, channel, high)
            var dx = buffer[Self.dt](args, AT.y).unsafe_offset(index * word(args, Self.AT.channels) + channel)
            masked_store(sum, dx, first_lanes[w](high - channel))

    @staticmethod
    @always_inline
    def share[
        w: Int
    ](args: Words, d: Int, h: Int, c: Int, window: Int, pixel: Int, channel: Int, high: Int) -> SIMD[
        Self.dt, w
    ]:
        """Returns what a window hands a pixel, of neighbouring channels."""
        var at = window * word(args, Self.AT.channels) + channel
        var exist = first_lanes[w](high - channel)
        var whole = high - channel >= w
        var dy = _load[Self.dt, w](buffer[Self.dt](args, AT.x).unsafe_offset(at), whole, exist)
        comptime if Self.largest:
            var indices = _load[DType.int64, w](
                buffer[DType.int64](args, AT.indices).unsafe_offset(at), whole, exist
            )
            return Self.chosen(dy, indices, pixel)
        else:
            var divisor = divisor_of(args, span_of(args, 0, d), span_of(args, 1, h), span_of(args, 2, c))
            return dy / SIMD[Self.dt, w](Scalar[Self.dt](divisor))

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of dx from `start` to `stop`."""
        var channels = word(args, Self.AT.channels)
        for i in range(start, stop):
            Self.pixel[1](args, i // channels, i % channels, i % channels + 1)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var count = word(args, AT.planes) * volume(args, AT.image) * word(args, Self.AT.channels)
        launch_units[Self.elements](ctx, args, Self.words(args), count)

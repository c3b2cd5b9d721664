"""Operands in the form that a convolution takes: padded images, flipped filters."""

from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.conv.geometry import product, triple
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import first_lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word
from mojo_kernels.runtime.words import Names

comptime WORDS: StaticString = "y:w x:r planes image:... result:... before:... step:..."
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


@always_inline
def _source(args: Words, d: Int, i: Int) -> Int:
    """Returns the row (or slice) of x that one of y is a copy of, -1 for none."""
    var index = i - word(args, AT.before + d)
    var step = word(args, AT.step + d)
    if index < 0:
        return -1
    if step != 1:
        if index % step != 0:
            return -1
        index //= step
    return index if index < word(args, AT.image + d) else -1


@always_inline
def _fill[dt: DType, w: Int](y: Buffer[dt], count: Int, zero: SIMD[dt, w]):
    """Writes zeros."""
    var i = 0
    while i + w <= count:
        y.unsafe_store(i, zero)
        i += w
    comptime if w > 1:
        masked_store(zero, y.unsafe_offset(i), first_lanes[w](count - i))


@doc_hidden
struct ConvFrame[dt: DType](Kernel):
    """Elements of x are `step` apart in y, with `before` zeros before the first one and zeros between and around them;
    what is outside of y is left out. A unit is a row of y."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("conv_frame.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes) * word(args, AT.result) * word(args, AT.result + 1)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, AT.planes) * product(triple(args, AT.result)), 0, 2 * size_of[Self.dt](), 0.1)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var rows = word(args, AT.result + 1)
        var slices = word(args, AT.result)
        var row = start % rows
        var slice = start // rows % slices
        var plane = start // rows // slices
        for unit in range(start, stop):
            var i = _source(args, 1, row)
            var d = _source(args, 0, slice)
            Self.line[S](
                args,
                unit,
                ((plane * word(args, AT.image) + d) * word(args, AT.image + 1) + i) if min(d, i) >= 0 else -1,
            )
            row += 1
            if row == rows:
                row = 0
                slice += 1
                if slice == slices:
                    slice = 0
                    plane += 1

    @staticmethod
    @always_inline
    def line[S: Schedule](args: Words, unit: Int, source: Int):
        """Writes a row of y, from a row of x or, where that is negative, of zeros."""
        comptime w = simd_width_of[Self.dt]() if S.SIMD else 1
        var width = word(args, AT.result + 2)
        var y = buffer[Self.dt](args, AT.y).unsafe_offset(unit * width)
        var before = word(args, AT.before + 2)
        var step = word(args, AT.step + 2)
        var low = min(max(before, 0), width)
        var high = max(min(before + word(args, AT.image + 2), width), low)
        if source < 0 or step != 1:
            low = width
            high = width
        var zero = SIMD[Self.dt, w](0)
        _fill(y, low, zero)
        _fill(y.unsafe_offset(high), width - high, zero)
        if source < 0:
            return
        var x = buffer[Self.dt](args, AT.x).unsafe_offset(source * word(args, AT.image + 2))
        if step == 1:
            x = x.unsafe_offset(low - before)
            y = y.unsafe_offset(low)
            var i = 0
            while i + w <= high - low:
                y.unsafe_store(i, x.unsafe_load[width=w](i))
                i += w
            comptime if w > 1:
                var mask = first_lanes[w](high - low - i)
                masked_store(masked_load[w](x.unsafe_offset(i), mask, zero), y.unsafe_offset(i), mask)
            return
        for j in range(max(-(before // step), 0), word(args, AT.image + 2)):
            var index = before + j * step
            if index >= width:
                break
            if index >= 0:
                y.unsafe_store(index, x.unsafe_load(j))


@doc_hidden
struct ConvTurn[dt: DType](Kernel):
    """y[group, channel, filter, last - k] = x[group, filter, channel, first + step k], the elements counted in three
    dimensions. A unit is some channels of a group, whose elements are adjacent in x."""

    comptime WORDS: StaticString = (
        "turned:w w:r groups filters channels window:... taps:... starts:... steps:..."
    )
    comptime CHANNELS = 32
    """Few enough for each worker to have a part of a small layer."""

    @staticmethod
    def name() -> String:
        return String("conv_turn.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.groups) * (
            (word(args, Self.AT.channels) + Self.CHANNELS - 1) // Self.CHANNELS
        )

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = (
            word(args, Self.AT.groups)
            * word(args, Self.AT.filters)
            * word(args, Self.AT.channels)
            * product(triple(args, Self.AT.taps))
        )
        return Cost(count, 0, 2 * size_of[Self.dt](), 0.5)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = simd_width_of[Self.dt]() if S.SIMD else 1
        var filters = word(args, Self.AT.filters)
        var channels = word(args, Self.AT.channels)
        var window = triple(args, Self.AT.window)
        var taps = triple(args, Self.AT.taps)
        var low = triple(args, Self.AT.starts)
        var step = triple(args, Self.AT.steps)
        # a whole window is one run of elements
        var whole = product(window) == product(taps)
        var blocks = (channels + Self.CHANNELS - 1) // Self.CHANNELS
        for unit in range(start, stop):
            var group = unit // blocks
            var first = unit % blocks * Self.CHANNELS
            var last = min(first + Self.CHANNELS, channels)
            var source = buffer[Self.dt](args, Self.AT.w).unsafe_offset(
                (group * filters * channels + first) * product(window)
            )
            var target = buffer[Self.dt](args, Self.AT.turned).unsafe_offset(
                (group * channels + first) * filters * product(taps)
            )
            comptime if w > 1:
                if not whole:
                    Self.gather[w](source, target, filters, channels, last - first, window, taps, low, step)
                    continue
            for f in range(filters):
                var x = source.unsafe_offset(f * channels * product(window))
                var y = target.unsafe_offset(f * product(taps))
                for _ in range(first, last):
                    comptime if w > 1:
                        Self.turn[w](x, y, product(taps))
                    else:
                        Self.pick(x, y, window, taps, low, step)
                    x = x.unsafe_offset(product(window))
                    y = y.unsafe_offset(filters * product(taps))

    @staticmethod
    @always_inline
    def turn[w: Int](x: Buffer[Self.dt], y: Buffer[Self.dt], count: Int):
        """Copies elements in reverse order."""
        var rest = count % w
        var i = 0
        while i + w <= count:
            y.unsafe_store(count - i - w, x.unsafe_load[width=w](i).reversed())
            i += w
        if rest > 0:  # in the lanes up to `rest`, which are the last ones when turned round
            var some = masked_load[w](x.unsafe_offset(i), first_lanes[w](rest), SIMD[Self.dt, w](0))
            masked_store(some.reversed(), y.unsafe_offset(rest - w), ~first_lanes[w](w - rest))

    @staticmethod
    @always_inline
    def gather[
        w: Int
    ](
        x: Buffer[Self.dt],
        y: Buffer[Self.dt],
        filters: Int,
        channels: Int,
        count: Int,
        window: SIMD[DType.int64, 4],
        taps: SIMD[DType.int64, 4],
        first: SIMD[DType.int64, 4],
        step: SIMD[DType.int64, 4],
    ):
        """Copies some elements of all windows of `count` neighbouring channels, a vector of elements of several filters at a
        time."""
        var elements = filters * product(taps)
        for e in range(0, elements, w):
            var offsets = SIMD[DType.int64, w](0)
            for lane in range(min(w, elements - e)):
                var f = (e + lane) // product(taps)
                var k = product(taps) - 1 - (e + lane) % product(taps)
                var j = Int64(k) % taps[2]
                var i = Int64(k) // taps[2] % taps[1]
                var d = Int64(k) // taps[2] // taps[1]
                var row = (first[0] + d * step[0]) * window[1] + first[1] + i * step[1]
                offsets[lane] = (
                    Int64(f * channels * product(window)) + row * window[2] + first[2] + j * step[2]
                )
            var lanes = first_lanes[w](elements - e)
            for c in range(count):
                var some = x.unsafe_offset(c * product(window)).unsafe_gather(
                    offsets, lanes, SIMD[Self.dt, w](0)
                )
                masked_store(some, y.unsafe_offset(c * elements + e), lanes)

    @staticmethod
    @always_inline
    def pick(
        x: Buffer[Self.dt],
        y: Buffer[Self.dt],
        window: SIMD[DType.int64, 4],
        taps: SIMD[DType.int64, 4],
        first: SIMD[DType.int64, 4],
        step: SIMD[DType.int64, 4],
    ):
        """Copies some elements of a window in reverse order."""
        var k = product(taps)
        for d in range(Int(taps[0])):
            for i in range(Int(taps[1])):
                var row = (
                    (Int(first[0]) + d * Int(step[0])) * Int(window[1]) + Int(first[1]) + i * Int(step[1])
                )
                var at = row * Int(window[2]) + Int(first[2])
                for _ in range(Int(taps[2])):
                    k -= 1
                    y.unsafe_store(k, x.unsafe_load(at))
                    at += Int(step[2])

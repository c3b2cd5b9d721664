"""Forward of pooling; `__init__.mojo` lists the words."""

from std.math import iota, isnan
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.elementwise.stored import computed_in
from mojo_kernels.pool.windows import AT, Span, WORDS, divisor_of, inner, span_of, volume
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import first_lanes, max_lane, sum_lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word


comptime _WIDE = 8
"""Pixels of a window's row from which on it is read vector by vector, and not a pixel of several windows at a time."""


@fieldwise_init
struct Found[dt: DType](TrivialRegisterPassable):
    """What was found in a window.

    Parameters:
        dt: The dtype of the pixels.
    """

    var value: Scalar[Self.dt]
    """The largest pixel, or the sum."""
    var at: Int
    """Where the largest pixel is in the image."""


@doc_hidden
struct Pool[largest: Bool, stored: DType](Kernel):
    """A unit is a row of y, whose numbers are of dt; x and y are stored otherwise."""

    comptime WORDS = WORDS
    comptime dt = computed_in(Self.stored)
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("max_pool" if Self.largest else "avg_pool", ".forward.", dtype_name(Self.stored))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes) * word(args, AT.result) * word(args, AT.result + 1)

    @staticmethod
    def cost(args: Words) -> Cost:
        var taps = volume(args, AT.window)
        if word(args, AT.adaptive) != 0:
            taps = volume(args, AT.image) // max(volume(args, AT.result), 1) + 1
        var bytes = (taps + 3) * size_of[Self.stored]()
        return Cost(
            word(args, AT.planes) * volume(args, AT.result), Float64(taps), bytes, 0.3 * Float64(taps)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var width = word(args, AT.result + 2)
        var low = 0
        var high = 0
        comptime if S.SIMD:
            var stride = word(args, AT.stride + 2)
            if stride <= 2 or word(args, AT.window + 2) < _WIDE or word(args, AT.dilation + 2) > 1:
                low, high = inner(args)
        var rows = word(args, AT.result + 1)
        var slices = word(args, AT.result)
        var row = start % rows
        var slice = start // rows % slices
        var x = buffer[Self.stored](args, AT.x).unsafe_offset(
            start // rows // slices * volume(args, AT.image)
        )
        for unit in range(start, stop):  # counted on, as divisions would take longer than a short row
            var h = span_of(args, 1, row)
            var d = span_of(args, 0, slice)
            for i in range(low):
                Self.element[S](args, x, unit * width + i, d, h, span_of(args, 2, i))
            comptime if S.SIMD:
                for i in range(low, high, Self.W):
                    var stride = word(args, AT.stride + 2)
                    if stride == 1:
                        Self.vector[1](args, x, unit * width + i, min(Self.W, high - i), d, h, i)
                    elif stride == 2:
                        Self.vector[2](args, x, unit * width + i, min(Self.W, high - i), d, h, i)
                    else:
                        Self.vector[0](args, x, unit * width + i, min(Self.W, high - i), d, h, i)
            for i in range(high, width):
                Self.element[S](args, x, unit * width + i, d, h, span_of(args, 2, i))
            row += 1
            if row == rows:
                row = 0
                slice += 1
                if slice == slices:
                    slice = 0
                    x = x.unsafe_offset(volume(args, AT.image))

    @staticmethod
    @always_inline
    def element[S: Schedule](args: Words, x: Buffer[Self.stored], index: Int, d: Span, h: Span, w: Span):
        """Computes one element of y."""
        var found = Self.least(args, d, h, w)
        var done = False
        comptime if S.SIMD:
            if w.step == 1 and w.stop - w.first > 2:
                done = Self.by_rows(args, x, d, h, w, found)
        if not done:
            Self.by_pixels(args, x, d, h, w, found)
        comptime if not Self.largest:
            found.value /= Scalar[Self.dt](divisor_of(args, d, h, w))
        buffer[Self.stored](args, AT.y).unsafe_store(index, convert[Self.stored, Self.dt, 1](found.value))
        comptime if Self.largest:
            if word(args, AT.indices) != 0:
                buffer[DType.int64](args, AT.indices).unsafe_store(index, Int64(found.at))

    @staticmethod
    @always_inline
    def least(args: Words, d: Span, h: Span, w: Span) -> Found[Self.dt]:
        """Returns what is found in a window without pixels: nothing less, and its first place."""
        var value = Scalar[Self.dt].MIN
        comptime if not Self.largest:
            value = 0
        return Found(
            value, (d.first * word(args, AT.image + 1) + h.first) * word(args, AT.image + 2) + w.first
        )

    @staticmethod
    @always_inline
    def by_pixels(args: Words, x: Buffer[Self.stored], d: Span, h: Span, w: Span, mut found: Found[Self.dt]):
        """Goes over the pixels of a window."""
        for z in range(d.first, d.stop, d.step):
            for r in range(h.first, h.stop, h.step):
                for c in range(w.first, w.stop, w.step):
                    var i = (z * word(args, AT.image + 1) + r) * word(args, AT.image + 2) + c
                    var v = convert[Self.dt, Self.stored, 1](x.unsafe_load(i))
                    comptime if Self.largest:
                        if v > found.value or isnan(v):
                            found = Found(v, i)
                    else:
                        found.value += v

    @staticmethod
    @always_inline
    def by_rows(
        args: Words, x: Buffer[Self.stored], d: Span, h: Span, w: Span, mut found: Found[Self.dt]
    ) -> Bool:
        """Goes over a window whose rows lie in memory, vector by vector; where a nan wins it does nothing."""
        comptime W = Self.W
        comptime V = SIMD[Self.dt, W]
        var best = V(found.value)
        var at = SIMD[DType.int64, W](Int64(found.at))
        for z in range(d.first, d.stop, d.step):
            for r in range(h.first, h.stop, h.step):
                var line = (z * word(args, AT.image + 1) + r) * word(args, AT.image + 2)
                for c in range(w.first, w.stop, W):
                    var exist = first_lanes[W](w.stop - c)
                    var v = exist.select(
                        Self.loaded[W](x.unsafe_offset(line + c), exist), V(Self.least(args, d, h, w).value)
                    )
                    comptime if Self.largest:
                        var wins = v.gt(best) | ~v.eq(v)
                        best = wins.select(v, best)
                        at = wins.select(iota[DType.int64, W]() + Int64(line + c), at)
                    else:
                        best += v
        comptime if not Self.largest:
            found.value = sum_lanes(best)
            return True
        if not best.eq(best).reduce_and():
            return False
        found.value = max_lane(best)
        found.at = Int(best.eq(V(found.value)).select(at, SIMD[DType.int64, W](Int64.MAX)).reduce_min())
        return True

    @staticmethod
    @always_inline
    def loaded[w: Int](pixels: Buffer[Self.stored], exist: SIMD[DType.bool, w]) -> SIMD[Self.dt, w]:
        """Returns neighbours, of which some may not exist."""
        return convert[Self.dt](masked_load[w](pixels, exist, SIMD[Self.stored, w](0)))

    @staticmethod
    @always_inline
    def spread(pixels: Buffer[Self.stored], stride: Int, count: Int) -> SIMD[Self.dt, Self.W]:
        """Returns the first `count` pixels that lie a stride apart."""
        comptime if Self.stored == Self.dt:
            var apart = iota[DType.int64, Self.W]() * Int64(stride)
            var given = pixels.unsafe_gather(apart, first_lanes[Self.W](count), SIMD[Self.stored, Self.W](0))
            return rebind[SIMD[Self.dt, Self.W]](given)
        else:  # processors gather no elements of 16 bits
            var given = SIMD[Self.stored, Self.W](0)
            comptime for lane in range(Self.W):
                given[lane] = pixels.unsafe_load(min(lane, count - 1) * stride)
            return convert[Self.dt](given)

    @staticmethod
    @always_inline
    def halves(
        pixels: Buffer[Self.stored], count: Int
    ) -> Tuple[SIMD[Self.dt, Self.W], SIMD[Self.dt, Self.W]]:
        """Returns every second one of `count` neighbours, and the others."""
        comptime W = Self.W
        comptime if Self.stored == Self.dt:
            var low = Self.loaded[W](pixels, first_lanes[W](count))
            var high = Self.loaded[W](pixels.unsafe_offset(W), first_lanes[W](count - W))
            var parts = low.join(high).deinterleave()
            return rebind[SIMD[Self.dt, W]](parts[0]), rebind[SIMD[Self.dt, W]](parts[1])
        else:
            var both = masked_load[2 * W](
                pixels, first_lanes[2 * W](count), SIMD[Self.stored, 2 * W](0)
            ).deinterleave()
            return (
                convert[Self.dt](rebind[SIMD[Self.stored, W]](both[0])),
                convert[Self.dt](rebind[SIMD[Self.stored, W]](both[1])),
            )

    @staticmethod
    @always_inline
    def vector[
        pace: Int
    ](args: Words, x: Buffer[Self.stored], index: Int, count: Int, d: Span, h: Span, first: Int):
        """Computes `count` neighbours, whose windows lie within the row, one or two pixels apart, or any number for 0.
        """
        comptime W = Self.W
        comptime V = SIMD[Self.dt, W]
        comptime PLACE = DType.int32 if size_of[Self.dt]() == 4 else DType.int64  # as wide: one vector
        var height = word(args, AT.image + 1)
        var width = word(args, AT.image + 2)
        var taps = word(args, AT.window + 2)
        var step = word(args, AT.dilation + 2)
        var stride = pace if pace > 0 else word(args, AT.stride + 2)
        var apart = iota[DType.int64, W]() * Int64(stride)
        var corner = (d.first * height + h.first) * width + first * stride - word(args, AT.padding + 2)
        var pairs = pace == 2 and step == 1  # neighbours lie in the vectors that were loaded
        var reach = stride * (count - 1) + 1
        var best = V(Scalar[Self.dt].MIN) if Self.largest else V(0)
        var at = SIMD[PLACE, W](0)  # counted from the corner

        @always_inline
        def see(v: V, offset: Int) {mut best, mut at}:
            comptime if Self.largest:
                var wins = v.gt(best) | ~v.eq(v)  # nan wins
                best = wins.select(v, best)
                at = wins.select(SIMD[PLACE, W](Scalar[PLACE](offset)), at)
            else:
                best += v

        for z in range(d.first, d.stop, d.step):
            for r in range(h.first, h.stop, h.step):
                var line = ((z - d.first) * height + r - h.first) * width
                var c = 0
                while c < taps:
                    var offset = line + c * step
                    var pixels = x.unsafe_offset(corner + offset)
                    comptime if pace == 0:
                        see(Self.spread(pixels, stride, count), offset)
                        c += 1
                        continue
                    var paired = pairs and c + 1 < taps
                    var span = reach + 1 if paired else reach  # a pixel more may lie outside of the image
                    c += 1
                    comptime if pace == 2:
                        var parts = Self.halves(pixels, span)
                        see(parts[0], offset)
                        if paired:
                            see(parts[1], offset + 1)
                            c += 1
                    else:
                        see(Self.loaded[W](pixels, first_lanes[W](span)), offset)
        var exist = first_lanes[W](count)
        comptime if not Self.largest:
            best /= V(Scalar[Self.dt](divisor_of(args, d, h, span_of(args, 2, first))))
        var y = buffer[Self.stored](args, AT.y).unsafe_offset(index)
        masked_store(convert[Self.stored](best), y, exist)
        comptime if Self.largest:
            if word(args, AT.indices) != 0:
                var indices = at.cast[DType.int64]() + apart + Int64(corner)
                masked_store(indices, buffer[DType.int64](args, AT.indices).unsafe_offset(index), exist)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var width = word(args, AT.result + 2)
        for i in range(start, stop):
            var rest = i // width
            var h = span_of(args, 1, rest % word(args, AT.result + 1))
            rest //= word(args, AT.result + 1)
            var d = span_of(args, 0, rest % word(args, AT.result))
            var x = buffer[Self.stored](args, AT.x).unsafe_offset(
                rest // word(args, AT.result) * volume(args, AT.image)
            )
            Self.element[Original](args, x, i, d, h, span_of(args, 2, i % width))

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_units[Self.elements](ctx, args, Self.words(args), Self.units(args) * word(args, AT.result + 2))

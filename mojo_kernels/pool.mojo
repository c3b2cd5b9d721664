"""Pooling over windows of up to three dimensions.

    max: y[p] = the largest pixel of window p, and its index in the image; nan wins
    avg: y[p] = the sum of the pixels of window p / its divisor
    max, backward: the gradient goes to the index; avg, backward: to all pixels of the window, divided

All operands are contiguous; the address of `indices` is 0 where they are not wanted. An adaptive window p begins at
p image / result. Backward of avg has dx, 0 and dy in place of y, indices and x; `pool_scatter` and `pool_gather` (max,
backward and its own gradient) have words of their own.
"""

from std.math import iota, isnan
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import first_lanes, max_lane, sum_lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word
from mojo_kernels.runtime.words import Names

comptime WORDS: StaticString = (
    "y:w indices:w x:r planes image:... result:... window:... stride:... padding:... dilation:... "
    "adaptive count_include_pad divisor_override"
)
"""The words of all but `PoolMove` (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


@fieldwise_init
struct Span(TrivialRegisterPassable):
    """A window along one dimension."""

    var first: Int
    """The first pixel within the image."""
    var stop: Int
    """The pixel behind the last one within the image."""
    var step: Int
    """The step between pixels."""
    var length: Int
    """How many pixels count, where those of the padding do."""

    @always_inline
    def count(self) -> Int:
        """Returns the number of pixels within the image.

        Returns:
            The number.
        """
        return max((self.stop - self.first + self.step - 1) // self.step, 0)


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


@always_inline
def _span(args: Words, d: Int, i: Int) -> Span:
    """Returns window i along dimension d."""
    var size = word(args, AT.image + d)
    if word(args, AT.adaptive) != 0:
        var count = word(args, AT.result + d)
        var first = i * size // count
        var stop = ((i + 1) * size + count - 1) // count
        return Span(first, stop, 1, stop - first)
    var step = word(args, AT.dilation + d)
    var padding = word(args, AT.padding + d)
    var first = i * word(args, AT.stride + d) - padding
    var stop = first + (word(args, AT.window + d) - 1) * step + 1
    var length = min(stop, size + padding) - first
    if first < 0:
        first += (step - 1 - first) // step * step
    return Span(first, min(stop, size), step, length)


@always_inline
def _divisor(args: Words, d: Span, h: Span, w: Span) -> Int:
    """Returns what the sum of a window is divided by."""
    var given = word(args, AT.divisor_override)
    if given != 0:
        return given
    if word(args, AT.count_include_pad) != 0:
        return d.length * h.length * w.length
    return d.count() * h.count() * w.count()


@always_inline
def _side(args: Words, d: Int) -> Int:
    """Returns the side of the windows along dimension d where they tile it, each pixel in exactly one, else 0.
    """
    var size = word(args, AT.image + d)
    var count = word(args, AT.result + d)
    var side = word(args, AT.window + d)
    if word(args, AT.adaptive) != 0:
        side = size // max(count, 1)
    elif (
        word(args, AT.stride + d) != side
        or word(args, AT.dilation + d) != 1
        or word(args, AT.padding + d) != 0
    ):
        return 0
    return side if side * count == size else 0


@always_inline
def _volume(args: Words, at: Int) -> Int:
    return word(args, at) * word(args, at + 1) * word(args, at + 2)


@doc_hidden
struct Pool[largest: Bool, dt: DType](Kernel):
    """A unit is a row of y."""

    comptime WORDS = WORDS
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("max_pool" if Self.largest else "avg_pool", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes) * word(args, AT.result) * word(args, AT.result + 1)

    @staticmethod
    def cost(args: Words) -> Cost:
        var taps = _volume(args, AT.window)
        if word(args, AT.adaptive) != 0:
            taps = _volume(args, AT.image) // max(_volume(args, AT.result), 1) + 1
        var bytes = (taps + 3) * size_of[Self.dt]()
        return Cost(
            word(args, AT.planes) * _volume(args, AT.result), Float64(taps), bytes, 0.3 * Float64(taps)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var width = word(args, AT.result + 2)
        var low = 0
        var high = 0
        comptime if S.SIMD:
            var stride = word(args, AT.stride + 2)
            if word(args, AT.adaptive) == 0:  # windows that lie within a row
                var padding = word(args, AT.padding + 2)
                var reach = (word(args, AT.window + 2) - 1) * word(args, AT.dilation + 2)
                low = min((padding + stride - 1) // stride, width)
                high = max(min((word(args, AT.image + 2) - 1 - reach + padding) // stride + 1, width), low)
        var rows = word(args, AT.result + 1)
        var slices = word(args, AT.result)
        var row = start % rows
        var slice = start // rows % slices
        var x = buffer[Self.dt](args, AT.x).unsafe_offset(start // rows // slices * _volume(args, AT.image))
        for unit in range(start, stop):  # counted on, as divisions would take longer than a short row
            var h = _span(args, 1, row)
            var d = _span(args, 0, slice)
            for i in range(low):
                Self.element[S](args, x, unit * width + i, d, h, _span(args, 2, i))
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
                Self.element[S](args, x, unit * width + i, d, h, _span(args, 2, i))
            row += 1
            if row == rows:
                row = 0
                slice += 1
                if slice == slices:
                    slice = 0
                    x = x.unsafe_offset(_volume(args, AT.image))

    @staticmethod
    @always_inline
    def element[S: Schedule](args: Words, x: Buffer[Self.dt], index: Int, d: Span, h: Span, w: Span):
        """Computes one element of y."""
        var found = Self.least(args, d, h, w)
        var done = False
        comptime if S.SIMD:
            if w.step == 1 and w.stop - w.first > 2:
                done = Self.by_rows(args, x, d, h, w, found)
        if not done:
            Self.by_pixels(args, x, d, h, w, found)
        comptime if not Self.largest:
            found.value /= Scalar[Self.dt](_divisor(args, d, h, w))
        buffer[Self.dt](args, AT.y).unsafe_store(index, found.value)
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
    def by_pixels(args: Words, x: Buffer[Self.dt], d: Span, h: Span, w: Span, mut found: Found[Self.dt]):
        """Goes over the pixels of a window."""
        for z in range(d.first, d.stop, d.step):
            for r in range(h.first, h.stop, h.step):
                for c in range(w.first, w.stop, w.step):
                    var i = (z * word(args, AT.image + 1) + r) * word(args, AT.image + 2) + c
                    var v = x.unsafe_load(i)
                    comptime if Self.largest:
                        if v > found.value or isnan(v):
                            found = Found(v, i)
                    else:
                        found.value += v

    @staticmethod
    @always_inline
    def by_rows(
        args: Words, x: Buffer[Self.dt], d: Span, h: Span, w: Span, mut found: Found[Self.dt]
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
                    var v = masked_load[W](
                        x.unsafe_offset(line + c),
                        first_lanes[W](w.stop - c),
                        V(Self.least(args, d, h, w).value),
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
    def vector[
        pace: Int
    ](args: Words, x: Buffer[Self.dt], index: Int, count: Int, d: Span, h: Span, first: Int):
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
                        see(pixels.unsafe_gather(apart, first_lanes[W](count), V(0)), offset)
                        c += 1
                        continue
                    var paired = pairs and c + 1 < taps
                    var span = reach + 1 if paired else reach  # a pixel more may lie outside of the image
                    var v = masked_load[W](pixels, first_lanes[W](span), V(0))
                    c += 1
                    comptime if pace == 2:
                        var more = masked_load[W](pixels.unsafe_offset(W), first_lanes[W](span - W), V(0))
                        var parts = v.join(more).deinterleave()
                        see(rebind[V](parts[0]), offset)
                        if paired:
                            see(rebind[V](parts[1]), offset + 1)
                            c += 1
                    else:
                        see(v, offset)
        var stored = first_lanes[W](count)
        comptime if not Self.largest:
            best /= V(Scalar[Self.dt](_divisor(args, d, h, _span(args, 2, first))))
        masked_store(best, buffer[Self.dt](args, AT.y).unsafe_offset(index), stored)
        comptime if Self.largest:
            if word(args, AT.indices) != 0:
                var indices = at.cast[DType.int64]() + apart + Int64(corner)
                masked_store(indices, buffer[DType.int64](args, AT.indices).unsafe_offset(index), stored)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var width = word(args, AT.result + 2)
        for i in range(start, stop):
            var rest = i // width
            var h = _span(args, 1, rest % word(args, AT.result + 1))
            rest //= word(args, AT.result + 1)
            var d = _span(args, 0, rest % word(args, AT.result))
            var x = buffer[Self.dt](args, AT.x).unsafe_offset(
                rest // word(args, AT.result) * _volume(args, AT.image)
            )
            Self.element[Original](args, x, i, d, h, _span(args, 2, i % width))

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_units[Self.elements](ctx, args, Self.words(args), Self.units(args) * word(args, AT.result + 2))


@doc_hidden
struct AvgPoolBackward[dt: DType](Kernel):
    """A unit is a plane: its windows spread their gradients in order."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("avg_pool.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, AT.planes) * _volume(args, AT.image), 1, 2 * size_of[Self.dt](), 1)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var pixels = _volume(args, AT.image)
        var height = word(args, AT.image + 1)
        var width = word(args, AT.image + 2)
        var tiled = False
        comptime if S.SIMD:
            tiled = _side(args, 0) > 0 and _side(args, 1) > 0 and _side(args, 2) > 0
        for plane in range(start, stop):
            var dx = buffer[Self.dt](args, AT.y).unsafe_offset(plane * pixels)
            var dy = buffer[Self.dt](args, AT.x).unsafe_offset(plane * _volume(args, AT.result))
            if tiled:
                Self.spread(args, dx, dy)
                continue
            for i in range(pixels):
                dx.unsafe_store(i, 0)
            var index = 0
            for depth in range(word(args, AT.result)):
                var d = _span(args, 0, depth)
                for row in range(word(args, AT.result + 1)):
                    var h = _span(args, 1, row)
                    for column in range(word(args, AT.result + 2)):
                        var w = _span(args, 2, column)
                        var share = dy.unsafe_load(index) / Scalar[Self.dt](_divisor(args, d, h, w))
                        index += 1
                        for z in range(d.first, d.stop, d.step):
                            for r in range(h.first, h.stop, h.step):
                                var line = dx.unsafe_offset((z * height + r) * width)
                                for c in range(w.first, w.stop, w.step):
                                    line.unsafe_store(c, line.unsafe_load(c) + share)

    @staticmethod
    def spread(args: Words, dx: Buffer[Self.dt], dy: Buffer[Self.dt]):
        """Computes a plane whose windows tile it: the first line of each row of windows, of which the others are copies.
        """
        comptime W = simd_width_of[Self.dt]()
        var width = word(args, AT.image + 2)
        var columns = word(args, AT.result + 2)
        var deep = _side(args, 0)
        var high = _side(args, 1)
        var wide = _side(args, 2)
        var given = word(args, AT.divisor_override)
        var divisor = Scalar[Self.dt](given if given != 0 else deep * high * wide)
        for row in range(word(args, AT.result) * word(args, AT.result + 1)):
            var depth = row // word(args, AT.result + 1) * deep
            var top = row % word(args, AT.result + 1) * high
            var first = dx.unsafe_offset((depth * word(args, AT.image + 1) + top) * width)
            var source = dy.unsafe_offset(row * columns)
            var i = 0
            if wide == 2:
                while i + W <= columns:
                    var share = source.unsafe_load[width=W](i) / SIMD[Self.dt, W](divisor)
                    first.unsafe_store(2 * i, share.interleave(share))
                    i += W
            for column in range(i, columns):
                var share = source.unsafe_load(column) / divisor
                for c in range(wide):
                    first.unsafe_store(column * wide + c, share)
            for z in range(deep):
                for r in range(high):
                    if z + r == 0:
                        continue
                    var line = first.unsafe_offset((z * word(args, AT.image + 1) + r) * width)
                    var c = 0
                    while c + W <= width:
                        line.unsafe_store(c, first.unsafe_load[width=W](c))
                        c += W
                    while c < width:
                        line.unsafe_store(c, first.unsafe_load(c))
                        c += 1


@doc_hidden
struct PoolMove[scatter: Bool, dt: DType](Kernel):
    """Scatter: y[indices[i]] += x[i], from zeros; gather: y[i] = x[indices[i]]. A plane has `count` indices. An index
    outside of its plane counts as nothing. A unit is a plane."""

    comptime WORDS: StaticString = "y:w x:r indices:r planes pixels count"

    @staticmethod
    def name() -> String:
        return String("pool_scatter" if Self.scatter else "pool_gather", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.planes)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Cost(word(args, Self.AT.planes) * word(args, Self.AT.count), 1, 16, 0.8)
        cost += Cost(word(args, Self.AT.planes) * word(args, Self.AT.pixels), 0, size_of[Self.dt](), 0.1)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var pixels = word(args, Self.AT.pixels)
        var count = word(args, Self.AT.count)
        for plane in range(start, stop):
            var indices = buffer[DType.int64](args, Self.AT.indices).unsafe_offset(plane * count)
            comptime if Self.scatter:
                var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(plane * pixels)
                var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(plane * count)
                for i in range(pixels):
                    y.unsafe_store(i, 0)
                for i in range(count):
                    var at = Int(indices.unsafe_load(i))
                    if 0 <= at < pixels:
                        y.unsafe_store(at, y.unsafe_load(at) + x.unsafe_load(i))
            else:
                var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(plane * count)
                var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(plane * pixels)
                for i in range(count):
                    var at = Int(indices.unsafe_load(i))
                    y.unsafe_store(i, x.unsafe_load(at) if 0 <= at < pixels else 0)

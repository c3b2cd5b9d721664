"""Images and volumes sampled at points, and the gradients of the images and of the points.

    y[n, c, p] = sum over taps t of point p of share[t] x[n, c, tap t of p]
    dx[n, c, q] = sum over the p that tap q of share dy[n, c, p]
    dgrid[n, p, axis] = sum over channels c and taps t of slope[t, axis] x[n, c, tap t of p] dy[n, c, p]

The taps of a chunk of points are found once for all channels (points.mojo). Where channels lie side by side, points are
taken one by one, with some channels as a vector, so what a point reads or adds to are runs of memory. Otherwise channels
are taken one by one: the pixels of all points are first collected by single loads, which takes less time than a gather of
the processor, and neighbours along x by one load. `across` is the stride from channel to channel of x, or of dx in its
place, `along` the stride from pixel to pixel; y, dy and the points are row-major.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.resample import LINEAR
from mojo_kernels.resample.points import AT, CHUNK, Kept, MOST, SLOPES, Taps, WORDS, find_taps, taps_along
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import LINE, clear, lanes
from mojo_kernels.runtime.rows import first_lanes, sum_lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.strided import copy_tile
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime EXACT = 1 << 24
"""Pixels of a row that float32 can count: the taps of a point are neighbours, or one of them lies outside."""


@always_inline
def _by_pixels(args: Words) -> Bool:
    """Returns whether the channels of a pixel lie side by side."""
    return word(args, AT.across) == 1 and word(args, AT.channels) > 1


@always_inline
def _scratch[dt: DType, count: Int]() -> Buffer[dt]:
    """Returns memory of the stack."""
    return Buffer[dt](unsafe_from_address=Int(stack_allocation[count, Scalar[dt], alignment=LINE]()))


@always_inline
def _pixels(args: Words) -> Int:
    return word(args, AT.image) * word(args, AT.image + 1) * word(args, AT.image + 2)


@always_inline
def _cost(args: Words, bytes: Int) -> Cost:
    """Returns the cost of going over all points in all channels."""
    var taps = Float64(taps_along(word(args, AT.mode)) ** word(args, AT.ndim))
    var points = word(args, AT.batch) * word(args, AT.points)
    return Cost(points * word(args, AT.channels), 2 * taps, bytes, 0.1 * taps)


@always_inline
def _bytes_at[dt: DType](x: Buffer[dt]) -> Buffer[DType.uint8]:
    return Buffer[DType.uint8](unsafe_from_address=Int(x))


@fieldwise_init
struct _Channels[dt: DType, w: Int](TrivialRegisterPassable):
    """Some channels of one image, as the lanes of a vector."""

    var x: Kept[Self.dt]
    """The first of them, of the first pixel."""
    var along: Int
    """The stride from pixel to pixel."""
    var count: Int
    """Their number, at most w."""

    @always_inline
    def __init__(out self, args: Words, image: Int, channel: Int, at: Int = AT.x):
        """Finds the channels from `channel` on, as many as there are, of the word `at`."""
        var start = image * word(args, AT.channels) * _pixels(args) + channel * word(args, AT.across)
        self.x = Kept[Self.dt](unsafe_from_address=Int(buffer[Self.dt](args, at).unsafe_offset(start)))
        self.along = word(args, AT.along)
        self.count = min(word(args, AT.channels) - channel, Self.w)

    @always_inline
    def load(self, x: Kept[Self.dt]) -> SIMD[Self.dt, Self.w]:
        """Returns the channels at an address, 0 in lanes that have none."""
        comptime if Self.w > 1:
            if self.count < Self.w:
                return masked_load[Self.w](x, first_lanes[Self.w](self.count), SIMD[Self.dt, Self.w](0))
        return x.unsafe_load[width=Self.w]()

    @always_inline
    def sum[room: Int](self, taps: Taps[Self.dt], shares: Kept[Self.dt], p: Int) -> SIMD[Self.dt, Self.w]:
        """Returns the sum over the taps of a point of pixels times shares, or slopes in their place."""
        var total = SIMD[Self.dt, Self.w](0)
        if taps.count == 4:
            comptime for t in range(4):
                self.add_tap(total, Int(taps.at.unsafe_load(t * room + p)), shares.unsafe_load(t * room + p))
        else:
            for t in range(taps.count):
                self.add_tap(total, Int(taps.at.unsafe_load(t * room + p)), shares.unsafe_load(t * room + p))
        return total

    @always_inline
    def add_tap(self, mut total: SIMD[Self.dt, Self.w], at: Int, share: Scalar[Self.dt]):
        """Adds a pixel times its share, unless it lies outside."""
        if at >= 0:
            total += share * self.load(self.x.unsafe_offset(at * self.along))

    @always_inline
    def hand[room: Int](self, taps: Taps[Self.dt], t: Int, p: Int, g: SIMD[Self.dt, Self.w]):
        """Adds to tap t of a point its share of a gradient, unless it lies outside."""
        var at = Int(taps.at.unsafe_load(t * room + p))
        if at < 0:
            return
        var to = self.x.unsafe_offset(at * self.along)
        var value = self.load(to) + taps.shares.unsafe_load(t * room + p) * g
        comptime if Self.w > 1:
            if self.count < Self.w:
                masked_store(value, to, first_lanes[Self.w](self.count))
                return
        to.unsafe_store(value)


@always_inline
def _load_tile[dt: DType, w: Int](tile: Buffer[dt], dy: Buffer[dt], points: Int, channels: Int, count: Int):
    """Copies `count` points of dy, which is row-major, to rows of w channels; 0 in lanes that have none."""
    if channels < w:
        clear[Tiled](tile, count * w)
    copy_tile[size_of[dt]()](_bytes_at(tile), w, 1, _bytes_at(dy), 1, points, count, channels)


struct _Collected[dt: DType, room: Int]:
    """The pixels of the taps of a chunk of points in one channel, those of tap t from t * room on; 0 outside.

    Two taps that are neighbours along x are one load of two pixels, which begins where both lie inside.
    """

    comptime W = simd_width_of[Self.dt]()
    var count: Int
    """The points."""
    var paired: Bool
    """Whether taps are neighbours."""
    var values: Kept[Self.dt]
    var pairs: Kept[Self.dt]
    """Room for two pixels of each point."""
    var starts: Kept[DType.int32]
    """Where loads begin: of each pair of taps, or of each tap."""

    def __init__(
        out self,
        args: Words,
        taps: Taps[Self.dt],
        count: Int,
        values: Buffer[Self.dt],
        pairs: Buffer[Self.dt],
        starts: Buffer[DType.int32],
    ):
        """Finds where loads begin; the memory given is to be of the caller's stack."""
        self.count = count
        self.values = Kept[Self.dt](unsafe_from_address=Int(values))
        self.pairs = Kept[Self.dt](unsafe_from_address=Int(pairs))
        self.starts = Kept[DType.int32](unsafe_from_address=Int(starts))
        var width = word(args, AT.image + 2)
        self.paired = (
            Self.dt == DType.float32 and word(args, AT.mode) == LINEAR and 1 < width and width <= EXACT
        )
        comptime NONE = SIMD[DType.int32, Self.W](0)
        for p in range(0, count, Self.W):
            if self.paired:
                for t in range(0, taps.count, 2):
                    var left = taps.at.unsafe_load[width=Self.W](t * Self.room + p)
                    var right = taps.at.unsafe_load[width=Self.W]((t + 1) * Self.room + p)
                    # of one alone: what lies before the last pixel of a row, or behind its first
                    var alone = right.ge(0).select(right, max(left - 1, NONE))
                    var start = (left.ge(0) & right.ge(0)).select(left, alone)
                    self.starts.unsafe_store(t // 2 * Self.room + p, start)
            else:
                for t in range(taps.count):
                    var at = taps.at.unsafe_load[width=Self.W](t * Self.room + p)
                    self.starts.unsafe_store(t * Self.room + p, max(at, NONE))

    def load(self, taps: Taps[Self.dt], x: Buffer[Self.dt]):
        """Collects the pixels of a channel."""
        if self.paired:
            for t in range(0, taps.count, 2):
                self.load_pair(taps, t, x)
        else:
            for t in range(taps.count):
                var to = self.values.unsafe_offset(t * Self.room)
                self.copy[1](to, self.starts.unsafe_offset(t * Self.room), x)
                for p in range(0, self.count, Self.W):
                    var inside = taps.at.unsafe_load[width=Self.W](t * Self.room + p).ge(0)
                    to.unsafe_store(
                        p, inside.select(to.unsafe_load[width=Self.W](p), SIMD[Self.dt, Self.W](0))
                    )

    @always_inline
    def copy[n: Int](self, to: Kept[Self.dt], starts: Kept[DType.int32], x: Buffer[Self.dt]):
        """Copies n pixels for each point."""
        comptime UNROLLED = 8
        var whole = self.count // UNROLLED * UNROLLED
        for p in range(0, whole, UNROLLED):
            comptime for k in range(UNROLLED):
                var at = Int(starts.unsafe_load(p + k))
                to.unsafe_store(n * (p + k), x.unsafe_load[width=n](at))
        for p in range(whole, self.count):
            to.unsafe_store(n * p, x.unsafe_load[width=n](Int(starts.unsafe_load(p))))

    @always_inline
    def load_pair(self, taps: Taps[Self.dt], t: Int, x: Buffer[Self.dt]):
        """Collects the pixels of taps t and t + 1."""
        comptime V = SIMD[Self.dt, Self.W]
        var starts = self.starts.unsafe_offset(t // 2 * Self.room)
        self.copy[2](self.pairs, starts, x)
        for p in range(0, self.count, Self.W):
            var both = self.pairs.unsafe_load[width=2 * Self.W](2 * p).deinterleave()
            var first = rebind[V](both[0])
            var second = rebind[V](both[1])
            var left = taps.at.unsafe_load[width=Self.W](t * Self.room + p).ge(0)
            var right = taps.at.unsafe_load[width=Self.W]((t + 1) * Self.room + p).ge(0)
            self.values.unsafe_store(t * Self.room + p, left.select(right.select(first, second), V(0)))
            self.values.unsafe_store((t + 1) * Self.room + p, right.select(left.select(second, first), V(0)))

    @always_inline
    def sum[w: Int](self, taps: Taps[Self.dt], shares: Kept[Self.dt], p: Int) -> SIMD[Self.dt, w]:
        """Returns the sums over the taps of points of pixels times shares, or slopes in their place."""
        var total = SIMD[Self.dt, w](0)
        for t in range(taps.count):
            var at = t * Self.room + p
            total += shares.unsafe_load[width=w](at) * self.values.unsafe_load[width=w](at)
        return total


@doc_hidden
struct GridSample[dt: DType](Kernel):
    """A unit is a chunk of points of an image, in all channels."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("grid_sample.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.batch) * _chunks(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost(args, 3 * size_of[Self.dt]())

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        for unit in range(start, stop):
            var first = unit % _chunks(args) * CHUNK
            Self.sample[S, CHUNK](
                args, unit // _chunks(args), first, min(CHUNK, word(args, AT.points) - first)
            )

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Does points one by one."""
        for i in range(start, stop):
            Self.sample[Original, 1](args, i // word(args, AT.points), i % word(args, AT.points), 1)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_units[Self.elements](ctx, args, Self.words(args), word(args, AT.batch) * word(args, AT.points))

    @staticmethod
    @always_inline
    def sample[S: Schedule, room: Int](args: Words, image: Int, first: Int, count: Int):
        """Computes neighbouring points of an image."""
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        var at = _scratch[DType.int32, MOST * room]()
        var shares = _scratch[Self.dt, MOST * room]()
        var taps = Taps[Self.dt](room, at, shares, shares)
        find_taps[Self.dt, W, False](args, image, first, count, taps)
        comptime if W == 1:
            Self.channels[1, room](args, taps, image, first, count)
        else:
            if _by_pixels(args):
                Self.channels[W, room](args, taps, image, first, count)
            else:
                Self.planes[room](args, taps, image, first, count)

    @staticmethod
    def channels[w: Int, room: Int](args: Words, taps: Taps[Self.dt], image: Int, first: Int, count: Int):
        """Computes points whose taps are known, w channels at a time."""
        var points = word(args, AT.points)
        var channels = word(args, AT.channels)
        var tile = _scratch[Self.dt, room * w if w > 1 else 1]()
        for channel in range(0, channels, w):
            var some = _Channels[Self.dt, w](args, image, channel)
            var y = buffer[Self.dt](args, AT.y).unsafe_offset((image * channels + channel) * points + first)
            var to = y
            comptime if w > 1:
                to = tile
            for p in range(count):
                to.unsafe_store(p * w, some.sum[room](taps, taps.shares, p))
            comptime if w > 1:
                copy_tile[size_of[Self.dt]()](
                    _bytes_at(y), points, 1, _bytes_at(tile), 1, w, some.count, count
                )

    @staticmethod
    def planes[room: Int](args: Words, taps: Taps[Self.dt], image: Int, first: Int, count: Int):
        """Computes points whose taps are known, channel by channel."""
        comptime W = simd_width_of[Self.dt]()
        var channels = word(args, AT.channels)
        var values = _scratch[Self.dt, MOST * room]()
        var pairs = _scratch[Self.dt, 2 * room]()
        var starts = _scratch[DType.int32, MOST * room]()
        var collected = _Collected[Self.dt, room](args, taps, count, values, pairs, starts)
        for channel in range(image * channels, (image + 1) * channels):
            collected.load(taps, buffer[Self.dt](args, AT.x).unsafe_offset(channel * _pixels(args)))
            var y = buffer[Self.dt](args, AT.y).unsafe_offset(channel * word(args, AT.points) + first)

            def body[w: Int](p: Int) {imm}:
                y.unsafe_store(p, collected.sum[w](taps, taps.shares, p))

            lanes[Tiled, W](count, body)


@always_inline
def _chunks(args: Words) -> Int:
    return (word(args, AT.points) + CHUNK - 1) // CHUNK


@doc_hidden
struct GridSampleBackward[dt: DType](Kernel):
    """A unit is a vector of channels of an image, to which all its points add in order. dx has the place of y, dy that of x.
    """

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("grid_sample.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var w = Self.lanes(args)
        return word(args, AT.batch) * ((word(args, AT.channels) + w - 1) // w)

    @staticmethod
    def lanes(args: Words) -> Int:
        """Returns how many channels a unit has."""
        return simd_width_of[Self.dt]() if _by_pixels(args) else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost(args, 3 * size_of[Self.dt]())

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_units[Self.planes](ctx, args, Self.words(args), word(args, AT.batch) * word(args, AT.channels))

    @staticmethod
    def planes(args: Words, start: Int, stop: Int):
        """Does channels of images, one by one."""
        var channels = word(args, AT.channels)
        for i in range(start, stop):
            Self.spread[Original, 1, 1](args, i // channels, i % channels, i % channels + 1)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var w = Self.lanes(args)
        var channels = word(args, AT.channels)
        var blocks = (channels + w - 1) // w
        var unit = start
        while unit < stop:
            var image = unit // blocks
            var last = min(stop, (image + 1) * blocks)
            var low = (unit - image * blocks) * w
            var high = min((last - image * blocks) * w, channels)
            comptime if not S.SIMD:
                Self.spread[S, 1, CHUNK](args, image, low, high)
            else:
                if w == 1:
                    Self.spread[S, 1, CHUNK](args, image, low, high)
                else:
                    Self.spread[S, simd_width_of[Self.dt](), CHUNK](args, image, low, high)
            unit = last

    @staticmethod
    def spread[S: Schedule, w: Int, room: Int](args: Words, image: Int, low: Int, high: Int):
        """Computes dx of the channels from `low` to `high` of an image."""
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        Self.clear_channels[S, w](args, image, low, high)
        var at = _scratch[DType.int32, MOST * room]()
        var shares = _scratch[Self.dt, MOST * room]()
        var tile = _scratch[Self.dt, room * w if w > 1 else 1]()
        var taps = Taps[Self.dt](room, at, shares, shares)
        var points = word(args, AT.points)
        for first in range(0, points, room):
            var count = min(room, points - first)
            find_taps[Self.dt, W, False](args, image, first, count, taps)
            for channel in range(low, high, w):
                var some = _Channels[Self.dt, w](args, image, channel, AT.y)
                var dy = buffer[Self.dt](args, AT.x).unsafe_offset(
                    (image * word(args, AT.channels) + channel) * points + first
                )
                comptime if w > 1:
                    _load_tile[Self.dt, w](tile, dy, points, some.count, count)
                    dy = tile
                for p in range(count):
                    var g = dy.unsafe_load[width=w](p * w)
                    if taps.count == 4:
                        comptime for t in range(4):
                            some.hand[room](taps, t, p, g)
                    else:
                        for t in range(taps.count):
                            some.hand[room](taps, t, p, g)

    @staticmethod
    def clear_channels[S: Schedule, w: Int](args: Words, image: Int, low: Int, high: Int):
        """Writes zeros to channels of an image of dx."""
        var pixels = _pixels(args)
        if high - low == word(args, AT.channels) or word(args, AT.along) == 1:
            var first = image * word(args, AT.channels) * pixels + low * word(args, AT.across)
            clear[S](buffer[Self.dt](args, AT.y).unsafe_offset(first), pixels * (high - low))
        else:
            for channel in range(low, high, w):
                var some = _Channels[Self.dt, w](args, image, channel, AT.y)
                for pixel in range(pixels):
                    var to = some.x.unsafe_offset(pixel * some.along)
                    if some.count == w:
                        to.unsafe_store(SIMD[Self.dt, w](0))
                    else:
                        masked_store(SIMD[Self.dt, w](0), to, first_lanes[w](some.count))


@doc_hidden
struct GridSamplePointsBackward[dt: DType](Kernel):
    """A unit is a chunk of points of an image. The gradient of the points has the place of y."""

    comptime WORDS: StaticString = WORDS + " dy:r"

    @staticmethod
    def name() -> String:
        return String("grid_sample_points.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.batch) * _chunks(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost(args, 3 * size_of[Self.dt]())

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        for unit in range(start, stop):
            var first = unit % _chunks(args) * CHUNK
            Self.sample[S, CHUNK](
                args, unit // _chunks(args), first, min(CHUNK, word(args, AT.points) - first)
            )

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Does points one by one."""
        for i in range(start, stop):
            Self.sample[Original, 1](args, i // word(args, AT.points), i % word(args, AT.points), 1)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_units[Self.elements](ctx, args, Self.words(args), word(args, AT.batch) * word(args, AT.points))

    @staticmethod
    @always_inline
    def sample[S: Schedule, room: Int](args: Words, image: Int, first: Int, count: Int):
        """Computes the gradients of neighbouring points of an image."""
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        var at = _scratch[DType.int32, MOST * room]()
        var shares = _scratch[Self.dt, MOST * room]()
        var slopes = _scratch[Self.dt, SLOPES * room]()
        var taps = Taps[Self.dt](room, at, shares, slopes)
        find_taps[Self.dt, W, True](args, image, first, count, taps)
        var ndim = word(args, AT.ndim)
        clear[S](
            buffer[Self.dt](args, AT.y).unsafe_offset((image * word(args, AT.points) + first) * ndim),
            count * ndim,
        )
        comptime if W == 1:
            Self.channels[1, room](args, taps, image, first, count)
        else:
            if _by_pixels(args):
                Self.channels[W, room](args, taps, image, first, count)
            else:
                Self.planes[room](args, taps, image, first, count)

    @staticmethod
    def channels[w: Int, room: Int](args: Words, taps: Taps[Self.dt], image: Int, first: Int, count: Int):
        """Adds up the gradients of points whose taps are known, w channels at a time."""
        var points = word(args, AT.points)
        var channels = word(args, AT.channels)
        var ndim = word(args, AT.ndim)
        var tile = _scratch[Self.dt, room * w if w > 1 else 1]()
        for channel in range(0, channels, w):
            var some = _Channels[Self.dt, w](args, image, channel)
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(
                (image * channels + channel) * points + first
            )
            comptime if w > 1:
                _load_tile[Self.dt, w](tile, dy, points, some.count, count)
                dy = tile
            for p in range(count):
                var g = dy.unsafe_load[width=w](p * w)
                var to = buffer[Self.dt](args, AT.y).unsafe_offset((image * points + first + p) * ndim)
                for axis in range(ndim):
                    var slopes = taps.slopes.unsafe_offset(axis * taps.count * room)
                    to.unsafe_store(
                        axis, to.unsafe_load(axis) + sum_lanes(some.sum[room](taps, slopes, p) * g)
                    )

    @staticmethod
    def planes[room: Int](args: Words, taps: Taps[Self.dt], image: Int, first: Int, count: Int):
        """Adds up the gradients of points whose taps are known, channel by channel."""
        comptime W = simd_width_of[Self.dt]()
        var points = word(args, AT.points)
        var channels = word(args, AT.channels)
        var ndim = word(args, AT.ndim)
        var values = _scratch[Self.dt, MOST * room]()
        var pairs = _scratch[Self.dt, 2 * room]()
        var starts = _scratch[DType.int32, MOST * room]()
        var totals = _scratch[Self.dt, 3 * room]()
        clear[Tiled](totals, 3 * room)
        var collected = _Collected[Self.dt, room](args, taps, count, values, pairs, starts)
        for channel in range(image * channels, (image + 1) * channels):
            collected.load(taps, buffer[Self.dt](args, AT.x).unsafe_offset(channel * _pixels(args)))
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(channel * points + first)

            def body[w: Int](p: Int) {imm}:
                var g = dy.unsafe_load[width=w](p)
                for axis in range(ndim):
                    var total = totals.unsafe_offset(axis * room + p)
                    var slopes = taps.slopes.unsafe_offset(axis * taps.count * room)
                    total.unsafe_store(total.unsafe_load[width=w]() + collected.sum[w](taps, slopes, p) * g)

            lanes[Tiled, W](count, body)
        var y = buffer[Self.dt](args, AT.y).unsafe_offset((image * points + first) * ndim)
        copy_tile[size_of[Self.dt]()](_bytes_at(y), ndim, 1, _bytes_at(totals), 1, room, count, ndim)

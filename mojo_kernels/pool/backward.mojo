"""Backward of pooling; `__init__.mojo` lists the words."""

from max.gpu.host import DeviceBuffer
from std.memory import stack_allocation
from std.sys import has_accelerator, simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.elementwise.stored import computed_in
from mojo_kernels.elementwise.widened_rows import convert_units
from mojo_kernels.pool.windows import (
    AT,
    Span,
    WORDS,
    divisor_of,
    first_over,
    holds,
    inner,
    quotient,
    side_of,
    span_of,
    stop_over,
    volume,
)
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import device_context, launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import first_lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, MAX_WORDS, Words, buffer, dtype_name, word

comptime _PIECE = 1024
"""Pixels of a row whose sums lie in the first-level cache."""
comptime _SHARES = 2 * _PIECE
"""The most windows of a piece whose shares are divided once for all their pixels."""
comptime _SUMS = 16384
"""Pixels of a plane of 16 bits whose sums lie in scratch memory."""


struct Place(TrivialRegisterPassable):
    """Where a row of an image is, counted on, as divisions would take longer than a short row."""

    var plane: Int
    """The plane."""
    var slice: Int
    """The slice of the plane."""
    var row: Int
    """The row of the slice."""

    @always_inline
    def __init__(out self, args: Words, unit: Int):
        """Finds a row.

        Args:
            args: The packed words.
            unit: The number of the row among all of them.
        """
        self.row = unit % word(args, AT.image + 1)
        var above = unit // word(args, AT.image + 1)
        self.slice = above % word(args, AT.image)
        self.plane = above // word(args, AT.image)

    @always_inline
    def advance(mut self, args: Words):
        """Goes on to the next row.

        Args:
            args: The packed words.
        """
        self.row += 1
        if self.row == word(args, AT.image + 1):
            self.row = 0
            self.slice += 1
        if self.slice == word(args, AT.image):
            self.slice = 0
            self.plane += 1


struct Columns(TrivialRegisterPassable):
    """Neighbours in a row of an image, and the windows along it that reach to them."""

    var start: Int
    """The first pixel."""
    var stop: Int
    """The pixel behind the last one."""
    var first: Int
    """The first window."""
    var last: Int
    """The window behind the last one."""
    var low: Int
    """The first one that lies within the row."""
    var high: Int
    """The one behind the last of those."""

    @always_inline
    def __init__(out self, args: Words, start: Int, stop: Int):
        """Finds the windows.

        Args:
            args: The packed words.
            start: The first pixel.
            stop: The pixel behind the last one.
        """
        var within = inner(args)
        self.start = start
        self.stop = stop
        self.first = first_over(args, 2, start)
        self.last = max(stop_over(args, 2, stop - 1), self.first)
        self.low = min(max(within[0], self.first), self.last)
        self.high = max(min(within[1], self.last), self.low)


@always_inline
def rounded[w: Int, dt: DType, stored: DType](y: Buffer[stored], x: Buffer[dt], count: Int):
    """Converts elements to the dtype that they are stored in.

    Parameters:
        w: The number of lanes.
        dt: The dtype of the elements.
        stored: The dtype of the result.

    Args:
        y: The result.
        x: The elements.
        count: The number of elements.
    """
    var i = 0
    while i + w <= count:
        y.unsafe_store(i, convert[stored](x.unsafe_load[width=w](i)))
        i += w
    while i < count:
        y.unsafe_store(i, convert[stored, dt, 1](x.unsafe_load(i)))
        i += 1


@doc_hidden
struct AvgPoolBackward[stored: DType](Kernel):
    """A unit is a row of dx: each pixel adds up the shares of its windows, in their order. Sums are of dt, dx and dy are
    stored otherwise."""

    comptime WORDS = WORDS
    comptime dt = computed_in(Self.stored)
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("avg_pool.backward.", dtype_name(Self.stored))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes) * word(args, AT.image) * word(args, AT.image + 1)

    @staticmethod
    def cost(args: Words) -> Cost:
        var taps = 1.0
        if word(args, AT.adaptive) == 0:
            var steps = word(args, AT.stride) * word(args, AT.stride + 1) * word(args, AT.stride + 2)
            taps = max(Float64(volume(args, AT.window)) / Float64(steps), 1)
        var count = word(args, AT.planes) * volume(args, AT.image)
        return Cost(count, taps, 2 * size_of[Self.stored](), 0.3 * taps)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var width = word(args, AT.image + 2)
        comptime if S.SIMD:
            if side_of(args, 0) > 0 and side_of(args, 1) > 0 and side_of(args, 2) > 0:
                Self.tiles(args, start, stop)
                return
            for first in range(0, width, _PIECE):
                Self.pieces(args, start, stop, first, min(first + _PIECE, width))
        else:
            Self.pixels(args, start * width, stop * width)

    @staticmethod
    def pixels(args: Words, start: Int, stop: Int):
        """Computes pixels one by one."""
        var dy = buffer[Self.stored](args, AT.x)
        for i in range(start, stop):
            var c = i % word(args, AT.image + 2)
            var rest = i // word(args, AT.image + 2)
            var r = rest % word(args, AT.image + 1)
            rest //= word(args, AT.image + 1)
            var z = rest % word(args, AT.image)
            var plane = rest // word(args, AT.image)
            var sum = Scalar[Self.dt](0)
            for depth in range(first_over(args, 0, z), stop_over(args, 0, z)):
                for row in range(first_over(args, 1, r), stop_over(args, 1, r)):
                    if not (holds(args, 0, depth, z) and holds(args, 1, row, r)):
                        continue
                    var line = Self.line(args, plane, depth, row)
                    for column in range(first_over(args, 2, c), stop_over(args, 2, c)):
                        if holds(args, 2, column, c):
                            var d = span_of(args, 0, depth)
                            var h = span_of(args, 1, row)
                            sum += Self.share(args, dy.unsafe_offset(line), d, h, column)
            buffer[Self.stored](args, AT.y).unsafe_store(i, convert[Self.stored, Self.dt, 1](sum))

    @staticmethod
    @always_inline
    def line(args: Words, plane: Int, depth: Int, row: Int) -> Int:
        """Returns where a row of windows begins in dy."""
        var above = (plane * word(args, AT.result) + depth) * word(args, AT.result + 1) + row
        return above * word(args, AT.result + 2)

    @staticmethod
    @always_inline
    def share(args: Words, dy: Buffer[Self.stored], d: Span, h: Span, column: Int) -> Scalar[Self.dt]:
        """Returns what a window gives each of its pixels."""
        var given = convert[Self.dt, Self.stored, 1](dy.unsafe_load(column))
        return given / Scalar[Self.dt](divisor_of(args, d, h, span_of(args, 2, column)))

    @staticmethod
    def tiles(args: Words, start: Int, stop: Int):
        """Computes rows of dx whose windows tile the image: a pixel is the share of its one window."""
        comptime W = Self.W
        var high = side_of(args, 1)
        var wide = side_of(args, 2)
        var columns = word(args, AT.result + 2)
        var given = word(args, AT.divisor_override)
        var divisor = Scalar[Self.dt](given if given != 0 else volume(args, AT.window))
        var at = Place(args, start)
        for unit in range(start, stop):
            var line = Self.line(args, at.plane, quotient(at.slice, side_of(args, 0)), quotient(at.row, high))
            var dy = buffer[Self.stored](args, AT.x).unsafe_offset(line)
            var dx = buffer[Self.stored](args, AT.y).unsafe_offset(unit * word(args, AT.image + 2))
            var i = 0
            if wide == 2:
                while i < columns:
                    var given = masked_load[W](
                        dy.unsafe_offset(i), first_lanes[W](columns - i), SIMD[Self.stored, W](0)
                    )
                    var share = convert[Self.stored](convert[Self.dt](given) / SIMD[Self.dt, W](divisor))
                    var two = share.interleave(share)
                    masked_store(two, dx.unsafe_offset(2 * i), first_lanes[2 * W](2 * (columns - i)))
                    i += W
            for column in range(i, columns):
                var share = convert[Self.dt, Self.stored, 1](dy.unsafe_load(column)) / divisor
                for c in range(column * wide, (column + 1) * wide):
                    dx.unsafe_store(c, convert[Self.stored, Self.dt, 1](share))
            at.advance(args)

    @staticmethod
    def pieces(args: Words, start: Int, stop: Int, first: Int, last: Int):
        """Computes the pixels from `first` to `last` of rows of dx."""
        comptime W = Self.W
        var sums = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[_PIECE, Scalar[Self.dt]]()))
        var shares = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[_SHARES, Scalar[Self.dt]]()))
        var columns = Columns(args, first, last)
        var count = last - first
        var at = Place(args, start)
        for unit in range(start, stop):
            for i in range(0, count, W):  # the scratch is whole vectors
                sums.unsafe_store(i, SIMD[Self.dt, W](0))
            for depth in range(first_over(args, 0, at.slice), stop_over(args, 0, at.slice)):
                for row in range(first_over(args, 1, at.row), stop_over(args, 1, at.row)):
                    if holds(args, 0, depth, at.slice) and holds(args, 1, row, at.row):
                        var dy = buffer[Self.stored](args, AT.x).unsafe_offset(
                            Self.line(args, at.plane, depth, row)
                        )
                        var d = span_of(args, 0, depth)
                        Self.windows(args, sums, shares, dy, d, span_of(args, 1, row), columns)
            var dx = buffer[Self.stored](args, AT.y).unsafe_offset(unit * word(args, AT.image + 2) + first)
            rounded[W](dx, sums, count)
            at.advance(args)

    @staticmethod
    @no_inline
    def windows(
        args: Words,
        sums: Buffer[Self.dt],
        shares: Buffer[Self.dt],
        dy: Buffer[Self.stored],
        d: Span,
        h: Span,
        at: Columns,
    ):
        """Adds the shares of a row of windows to the sums of pixels."""
        if word(args, AT.adaptive) != 0 or at.last - at.first > _SHARES:
            for column in range(at.first, at.last):
                var w = span_of(args, 2, column)
                var share = Self.share(args, dy, d, h, column)
                var c = w.first
                if c < at.start:
                    c += (at.start - c + w.step - 1) // w.step * w.step
                while c < min(w.stop, at.stop):
                    sums.unsafe_store(c - at.start, sums.unsafe_load(c - at.start) + share)
                    c += w.step
            return
        Self.divide(args, shares, dy, d, h, at)
        var stride = word(args, AT.stride + 2)
        var taps = word(args, AT.window + 2)
        if stride == 2 and word(args, AT.dilation + 2) == 1:  # two taps lie side by side
            for tap in range((taps - 1) // 2 * 2, -1, -2):
                Self.tap[2](args, sums, shares, at, tap, tap + 1 < taps)
            return
        for tap in range(
            taps - 1, -1, -1
        ):  # the last tap first, so that a pixel's windows come in their order
            if stride == 1:
                Self.tap[1](args, sums, shares, at, tap, False)
            else:
                Self.tap[0](args, sums, shares, at, tap, False)

    @staticmethod
    @always_inline
    def divide(args: Words, shares: Buffer[Self.dt], dy: Buffer[Self.stored], d: Span, h: Span, at: Columns):
        """Computes the shares of windows of a row; those that lie within the row have one divisor."""
        for i in range(at.first, at.low):
            shares.unsafe_store(i - at.first, Self.share(args, dy, d, h, i))
        var i = at.low
        if at.low < at.high:
            var divisor = Scalar[Self.dt](divisor_of(args, d, h, span_of(args, 2, at.low)))
            while i + Self.W <= at.high:
                var given = convert[Self.dt](dy.unsafe_load[width=Self.W](i))
                shares.unsafe_store(i - at.first, given / SIMD[Self.dt, Self.W](divisor))
                i += Self.W
            while i < at.high:
                var given = convert[Self.dt, Self.stored, 1](dy.unsafe_load(i))
                shares.unsafe_store(i - at.first, given / divisor)
                i += 1
        while i < at.last:
            shares.unsafe_store(i - at.first, Self.share(args, dy, d, h, i))
            i += 1

    @staticmethod
    @always_inline
    def tap[
        pace: Int
    ](args: Words, sums: Buffer[Self.dt], shares: Buffer[Self.dt], at: Columns, tap: Int, paired: Bool,):
        """Adds shares to one pixel of each window, or, where taps are paired, two; windows lie `pace` apart, or any number
        for 0."""
        comptime W = Self.W
        var stride = pace if pace > 0 else word(args, AT.stride + 2)
        var offset = tap * word(args, AT.dilation + 2) - word(args, AT.padding + 2) - at.start
        var count = at.stop - at.start
        # the windows whose pixel lies in the piece
        var low = max(at.first, (max(-offset, 0) + stride - 1) // stride)
        var high = min(at.last, (count - 1 - offset) // stride + 1) if count > offset else low
        var i = low
        comptime if pace == 1:
            while i + W <= high:
                var sum = sums.unsafe_load[width=W](i + offset)
                sums.unsafe_store(i + offset, sum + shares.unsafe_load[width=W](i - at.first))
                i += W
        elif pace == 2:
            if (
                paired and -offset % 2 == 1 and at.first < low <= at.last
            ):  # the second pixel of the window before
                sums.unsafe_store(0, sums.unsafe_load(0) + shares.unsafe_load(low - 1 - at.first))
            while i + W <= high and 2 * (i + W) + offset <= count:
                var first = 2 * i + offset
                var share = shares.unsafe_load[width=W](i - at.first)
                var two = share.interleave(share if paired else SIMD[Self.dt, W](0))
                sums.unsafe_store(first, sums.unsafe_load[width=2 * W](first) + two)
                i += W
        while i < high:
            var pixel = i * stride + offset
            var share = shares.unsafe_load(i - at.first)
            sums.unsafe_store(pixel, sums.unsafe_load(pixel) + share)
            comptime if pace == 2:
                if paired and pixel + 1 < count:
                    sums.unsafe_store(pixel + 1, sums.unsafe_load(pixel + 1) + share)
            i += 1

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_units[Self.pixels](ctx, args, Self.words(args), word(args, AT.planes) * volume(args, AT.image))


@doc_hidden
struct PoolMove[scatter: Bool, stored: DType](Kernel):
    """Scatter: y[indices[i]] += x[i], from zeros; gather: y[i] = x[indices[i]]. A plane has `count` indices. An index
    outside of its plane counts as nothing. A unit is a plane. Sums are of dt, x and y are stored otherwise.
    """

    comptime dt = computed_in(Self.stored)
    comptime WORDS: StaticString = "y:w x:r indices:r planes pixels count"

    @staticmethod
    def name() -> String:
        return String("pool_scatter" if Self.scatter else "pool_gather", ".forward.", dtype_name(Self.stored))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.planes)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Cost(word(args, Self.AT.planes) * word(args, Self.AT.count), 1, 16, 0.8)
        cost += Cost(word(args, Self.AT.planes) * word(args, Self.AT.pixels), 0, size_of[Self.stored](), 0.1)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var pixels = word(args, Self.AT.pixels)
        var count = word(args, Self.AT.count)
        for plane in range(start, stop):
            var indices = buffer[DType.int64](args, Self.AT.indices).unsafe_offset(plane * count)
            comptime if Self.scatter:
                var y = buffer[Self.stored](args, Self.AT.y).unsafe_offset(plane * pixels)
                var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(plane * count)
                comptime if Self.stored == Self.dt:
                    Self.add(rebind[Buffer[Self.dt]](y), x, indices, 0, pixels, count)
                else:
                    Self.add_wide(y, x, indices, pixels, count)
            else:
                var y = buffer[Self.stored](args, Self.AT.y).unsafe_offset(plane * count)
                var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(plane * pixels)
                for i in range(count):
                    var at = Int(indices.unsafe_load(i))
                    y.unsafe_store(i, x.unsafe_load(at) if 0 <= at < pixels else 0)

    @staticmethod
    @no_inline
    def add(
        sums: Buffer[Self.dt],
        x: Buffer[Self.stored],
        indices: Buffer[DType.int64],
        first: Int,
        pixels: Int,
        count: Int,
    ):
        """Computes the sums of the pixels of a plane from `first` on."""
        for i in range(pixels):
            sums.unsafe_store(i, 0)
        for i in range(count):
            var at = Int(indices.unsafe_load(i)) - first
            if 0 <= at < pixels:
                var given = convert[Self.dt, Self.stored, 1](x.unsafe_load(i))
                sums.unsafe_store(at, sums.unsafe_load(at) + given)

    @staticmethod
    def add_wide(
        y: Buffer[Self.stored], x: Buffer[Self.stored], indices: Buffer[DType.int64], pixels: Int, count: Int
    ):
        """Computes a plane of 16 bits, whose sums are rounded once."""
        var sums = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[_SUMS, Scalar[Self.dt], alignment=64]())
        )
        for first in range(0, pixels, _SUMS):
            var more = min(pixels - first, _SUMS)
            Self.add(sums, x, indices, first, more, count)
            rounded[simd_width_of[Self.dt]()](y.unsafe_offset(first), sums, more)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        comptime if Self.scatter and Self.stored != Self.dt:
            Self.launch_wide(ctx, args)
        else:
            launch_units[Self.run[Original]](ctx, args, Self.words(args), Self.units(args))

    @staticmethod
    def launch_wide(ctx: ContextPointer, args: Words) raises:
        """Adds up in memory of the device, whose threads have no room for a plane, between two conversions.
        """
        comptime if has_accelerator():
            comptime Wide = PoolMove[True, Self.dt]
            var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
            var pair = Words(unsafe_from_address=Int(stack_allocation[2, Int64]()))
            var given = word(args, Self.AT.planes) * word(args, Self.AT.count)
            var made = word(args, Self.AT.planes) * word(args, Self.AT.pixels)
            var x = device_context(ctx).enqueue_create_buffer[Self.dt](max(given, 1))
            var y = device_context(ctx).enqueue_create_buffer[Self.dt](max(made, 1))
            for i in range(Self.words(args) + 1):
                words.unsafe_store(i, args.unsafe_load(i))
            words.unsafe_store(Self.AT.x, Int64(Int(x.unsafe_ptr())))
            words.unsafe_store(Self.AT.y, Int64(Int(y.unsafe_ptr())))
            pair.unsafe_store(0, words.unsafe_load(Self.AT.x))
            pair.unsafe_store(1, args.unsafe_load(Self.AT.x))
            launch_units[convert_units[Self.stored, Self.dt]](ctx, pair, 2, given)
            Wide.launch(ctx, words)
            pair.unsafe_store(0, args.unsafe_load(Self.AT.y))
            pair.unsafe_store(1, words.unsafe_load(Self.AT.y))
            launch_units[convert_units[Self.dt, Self.stored]](ctx, pair, 2, made)
            _ = x^  # the device gives them back behind the last launch
            _ = y^

"""The convolution by minimal filtering (tiling.mojo): the points of the filters, and images with them.

Sums and differences of pixels stand for pixels, so what is not finite would spread over its tile, and what is huge would
take the digits of its neighbours. A band (or all of them, if filters hold such numbers) that is not tame is computed
as nine products of pixels and elements of filters, one for each index in the window.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.conv.points import Vectors, filter_points, image_points, results_of
from mojo_kernels.conv.tiling import (
    FILTER_RANGE,
    FRAME,
    MOST,
    MOST_TILES,
    Magnitude,
    POINTS,
    TAPS,
    TILE_SIZES,
    Tiling,
    fill_frame,
    turn,
)
from mojo_kernels.conv.weight import SIDE
from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import Gemm
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.tile import Panel, Target
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime PLANES = POINTS + TAPS
"""Numbers that are kept of a filter and channel: its points, and its elements."""
comptime GAP = 16
"""Elements between points, so that they lie in different sets of the cache."""


struct Filters(TrivialRegisterPassable):
    """Where the elements of filters are."""

    var filters: Int
    """The number of filters."""
    var channels: Int
    """The number of channels."""
    var turned: Bool
    """Whether filters are flipped, and exchanged with channels."""
    var last: Bool
    """Whether the channels of w (its second dimension) lie side by side."""

    @always_inline
    def __init__(out self, filters: Int, channels: Int, order: Int):
        """Takes the sizes.

        Args:
            filters: The number of filters.
            channels: The number of channels.
            order: The bits of `turned` and of `last`.
        """
        self.filters = filters
        self.channels = channels
        self.turned = order & 1 != 0
        self.last = order & 2 != 0

    @always_inline
    def at(self, f: Int, c: Int, k: Int) -> Int:
        """Returns where an element of w is: w[f, c, k], or w[c, f, 8 - k] where filters are flipped and exchanged.

        Args:
            f: The filter.
            c: The channel.
            k: The element of the window.

        Returns:
            The offset.
        """
        var row = c if self.turned else f
        var column = f if self.turned else c
        var columns = self.filters if self.turned else self.channels
        var tap = TAPS - 1 - k if self.turned else k
        if self.last:
            return (row * TAPS + tap) * columns + column
        return (row * columns + column) * TAPS + tap


@doc_hidden
struct ConvPoints[dt: DType](Kernel):
    """Planes (panels of filters, planes, channels, filters of a panel) of w, and behind them a 1 for each unit whose filters
    are not tame. A unit is a vector of filters and `SIDE` channels."""

    comptime WORDS: StaticString = "points:w w:r filters channels order"
    comptime W = simd_width_of[Self.dt]()
    comptime NR = 2 * Self.W

    @staticmethod
    def name() -> String:
        return String("conv_points.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.filters) // Self.W * word(args, Self.AT.channels) // SIDE

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, Self.AT.filters) * word(args, Self.AT.channels)
        return Cost(count, 0, (TAPS + PLANES) * size_of[Self.dt](), 4)

    @staticmethod
    @always_inline
    def plane(args: Words, f: Int) -> Int:
        """Returns where the first plane of a filter and the first channel is."""
        return f // Self.NR * PLANES * word(args, Self.AT.channels) * Self.NR + f % Self.NR

    @staticmethod
    @always_inline
    def flags(filters: Int, channels: Int) -> Int:
        """Returns where the first flag is."""
        return (filters + Self.NR - 1) // Self.NR * Self.NR * PLANES * channels

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var filters = word(args, Self.AT.filters)
        var channels = word(args, Self.AT.channels)
        var flags = buffer[Self.dt](args, Self.AT.points).unsafe_offset(Self.flags(filters, channels))
        var parts = channels // SIDE
        for unit in range(start, stop):
            var f = unit // parts * Self.W
            var c = unit % parts * SIDE
            comptime if S.SIMD:
                flags.unsafe_store(unit, Scalar[Self.dt](0 if Self.vectors(args, f, c) else 1))
            else:
                Self.plain(args, f, c)
                flags.unsafe_store(unit, Scalar[Self.dt](0))

    @staticmethod
    def plain(args: Words, first: Int, c0: Int):
        """Writes the planes of a unit one by one."""
        var filters = word(args, Self.AT.filters)
        var channels = word(args, Self.AT.channels)
        var elements = Filters(filters, channels, word(args, Self.AT.order))
        var w = buffer[Self.dt](args, Self.AT.w)
        var taps = stack_allocation[TAPS, SIMD[Self.dt, 1]]()
        for f in range(first, first + Self.W):
            var planes = buffer[Self.dt](args, Self.AT.points).unsafe_offset(Self.plane(args, f))
            for c in range(c0, c0 + SIDE):
                for k in range(TAPS):
                    taps[unsafe_offset=k] = w.unsafe_load(elements.at(f, c, k))
                    planes.unsafe_store(((POINTS + k) * channels + c) * Self.NR, taps[unsafe_offset=k])
                filter_points[Self.dt, 1](
                    Vectors[Self.dt, 1](unsafe_from_address=Int(taps)),
                    planes.unsafe_offset(c * Self.NR),
                    channels * Self.NR,
                )

    @staticmethod
    @no_inline
    def vectors(args: Words, f: Int, c0: Int) -> Bool:
        """Writes the planes of a unit; returns whether its filters are tame."""
        var filters = word(args, Self.AT.filters)
        var channels = word(args, Self.AT.channels)
        var of = Filters(filters, channels, word(args, Self.AT.order))
        var w = buffer[Self.dt](args, Self.AT.w)
        var planes = buffer[Self.dt](args, Self.AT.points).unsafe_offset(Self.plane(args, f))
        var elements = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[SIDE * TAPS * Self.W, Scalar[Self.dt], alignment=64]())
        )
        var magnitude = Magnitude[Self.dt]()
        if of.last:
            Self.fetch_last(w, of, f, c0, elements, magnitude)
        else:
            Self.fetch(w, of, f, c0, elements, magnitude)
        var taps = stack_allocation[TAPS, SIMD[Self.dt, Self.W]]()
        for c in range(SIDE):
            comptime for k in range(TAPS):
                var index = TAPS - 1 - k if of.turned else k
                taps[unsafe_offset=k] = elements.unsafe_load[width=Self.W]((c * TAPS + index) * Self.W)
                planes.unsafe_store(((POINTS + k) * channels + c0 + c) * Self.NR, taps[unsafe_offset=k])
            filter_points[Self.dt, Self.W](
                Vectors[Self.dt, Self.W](unsafe_from_address=Int(taps)),
                planes.unsafe_offset((c0 + c) * Self.NR),
                channels * Self.NR,
            )
        return magnitude.tame(SIDE * TAPS * Self.W, FILTER_RANGE)

    @staticmethod
    @always_inline
    def fetch(
        w: Buffer[Self.dt],
        of: Filters,
        f: Int,
        c0: Int,
        elements: Buffer[Self.dt],
        mut magnitude: Magnitude[Self.dt],
    ):
        """Copies the elements of a unit to (channels, window, filters): w is row-major."""
        if of.turned:
            for c in range(SIDE):
                for k in range(0, TAPS, Self.W):
                    turn[Self.dt](
                        w.unsafe_offset(((c0 + c) * of.filters + f) * TAPS + k),
                        TAPS,
                        Self.W,
                        min(Self.W, TAPS - k),
                        elements.unsafe_offset((c * TAPS + k) * Self.W),
                        Self.W,
                        magnitude,
                    )
            return
        for k in range(0, SIDE * TAPS, Self.W):
            turn[Self.dt](
                w.unsafe_offset((f * of.channels + c0) * TAPS + k),
                of.channels * TAPS,
                Self.W,
                Self.W,
                elements.unsafe_offset(k * Self.W),
                Self.W,
                magnitude,
            )

    @staticmethod
    @always_inline
    def fetch_last(
        w: Buffer[Self.dt],
        of: Filters,
        f: Int,
        c0: Int,
        elements: Buffer[Self.dt],
        mut magnitude: Magnitude[Self.dt],
    ):
        """Copies the elements of a unit to (channels, window, filters): the channels of w lie side by side.
        """
        for k in range(TAPS):
            if of.turned:
                for c in range(SIDE):
                    var v = w.unsafe_load[width=Self.W](((c0 + c) * TAPS + k) * of.filters + f)
                    magnitude.see(v)
                    elements.unsafe_store((c * TAPS + k) * Self.W, v)
                continue
            for c in range(0, SIDE, Self.W):
                turn[Self.dt](
                    w.unsafe_offset((f * TAPS + k) * of.channels + c0 + c),
                    of.channels * TAPS,
                    Self.W,
                    Self.W,
                    elements.unsafe_offset((c * TAPS + k) * Self.W),
                    TAPS * Self.W,
                    magnitude,
                )


@doc_hidden
struct ConvMinimal[dt: DType](Kernel):
    """A convolution of 3 x 3 with a stride of 1, from images, filters and their points. A unit is a band of an image.
    """

    comptime WORDS: StaticString = "y:w x:r w:r bias:r points:r order " + TILE_SIZES
    comptime W = simd_width_of[Self.dt]()
    comptime NR = 2 * Self.W

    @staticmethod
    def name() -> String:
        return String("conv_minimal.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var t = Tiling(args, Self.AT.batch)
        return t.batch * t.bands

    @staticmethod
    def cost(args: Words) -> Cost:
        var t = Tiling(args, Self.AT.batch)
        comptime size = size_of[Self.dt]()
        var cost = Cost(
            t.batch * t.filters * t.positions(),
            Float64(2 * TAPS * t.channels),
            size,
            Float64(TAPS * t.channels * size) * NS_PER_MULTIPLY_ADD / 8,
        )
        cost.bytes += Float64((t.batch * t.channels * t.pixels() + t.filters * t.channels * PLANES) * size)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            Self.vectors(args, start, stop)
        else:
            var t = Tiling(args, Self.AT.batch)
            for unit in range(start, stop):
                var image = unit // t.bands
                var row = unit % t.bands * t.band * 2
                for f in range(t.filters):
                    for p in range(row * t.columns, min(row + t.band * 2, t.rows) * t.columns):
                        Self.element(args, t, image, f, p)

    @staticmethod
    @always_inline
    def element(args: Words, t: Tiling, image: Int, f: Int, p: Int):
        """Computes one result from its window."""
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * t.channels * t.pixels())
        var w = buffer[Self.dt](args, Self.AT.w)
        var elements = Filters(t.filters, t.channels, word(args, Self.AT.order))
        var row = p // t.columns - t.top
        var column = p % t.columns - t.left
        var sum = Scalar[Self.dt](0)
        for c in range(t.channels):
            for k in range(TAPS):
                var i = row + k // 3
                var j = column + k % 3
                if min(i, j) >= 0 and i < t.height and j < t.width:
                    var pixel = x.unsafe_load(t.at(c, t.channels, i, j, t.height, t.width))
                    sum += w.unsafe_load(elements.at(f, c, k)) * pixel
        if word(args, Self.AT.bias) != 0:
            sum += buffer[Self.dt](args, Self.AT.bias).unsafe_load(f)
        var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(image * t.filters * t.positions())
        y.unsafe_store(t.at(f, t.filters, p // t.columns, p % t.columns, t.rows, t.columns), sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the results from `start` to `stop`."""
        var t = Tiling(args, Self.AT.batch)
        for i in range(start, stop):
            var plane = i // t.positions()
            Self.element(args, t, plane // t.filters, plane % t.filters, i % t.positions())

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var t = Tiling(args, Self.AT.batch)
        launch_units[Self.elements](ctx, args, Self.words(args), t.batch * t.filters * t.positions())

    @staticmethod
    @no_inline
    def vectors(args: Words, start: Int, stop: Int):
        """Does units, all filters of a panel at a time."""
        comptime size = size_of[Scalar[Self.dt]]()
        comptime ROOM = POINTS * (MOST + MOST_TILES * Self.NR + 2 * GAP) + 4 * MOST_TILES * Self.NR
        var frame = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[FRAME, Scalar[Self.dt], alignment=64]())
        )
        var room = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROOM, Scalar[Self.dt], alignment=64]())
        )
        var t = Tiling(args, Self.AT.batch)
        var tame = Self.filters_are_tame(args, t)
        for unit in range(start, stop):
            var image = unit // t.bands
            var first = unit % t.bands * t.band
            var down = min(t.band, t.down - first)
            var rows = min(2 * down, t.rows - 2 * first)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * t.channels * t.pixels())
            var plain = not fill_frame[Self.dt](
                x,
                t.channels,
                t.height,
                t.width,
                2 * first - t.top,
                -t.left,
                2 * down + 2,
                t.stride(),
                t.last,
                frame,
            )
            plain = plain or not tame
            if not plain:
                Self.points_of_band(t, frame, down, room)
            for f in range(0, t.filters, Self.NR):
                var results = room.unsafe_offset(
                    POINTS * (t.band * t.across * (t.channels + Self.NR) + 2 * GAP)
                )
                var filters = min(Self.NR, t.filters - f)
                if plain:
                    Self.by_taps(args, t, frame, rows, f, filters, results)
                else:
                    Self.by_points(args, t, room, down, rows, f, filters, results)
                var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(
                    image * t.filters * t.positions() + t.at(f, t.filters, 2 * first, 0, t.rows, t.columns)
                )
                Self.store(t, results, rows * t.columns, filters, y)

    @staticmethod
    def filters_are_tame(args: Words, t: Tiling) -> Bool:
        """Returns whether no unit of `ConvPoints` has raised its flag."""
        var flags = buffer[Self.dt](args, Self.AT.points).unsafe_offset(
            ConvPoints[Self.dt].flags(t.filters, t.channels)
        )
        for i in range(t.filters // Self.W * t.channels // SIDE):
            if flags.unsafe_load(i) != 0:
                return False
        return True

    @staticmethod
    @no_inline
    def points_of_band(t: Tiling, frame: Buffer[Self.dt], down: Int, points: Buffer[Self.dt]):
        """Writes the points (points, tiles, channels) of a band's pixels."""
        var row = t.stride() * t.channels
        var stride = t.band * t.across * t.channels + GAP
        for i in range(down):
            for j in range(t.across):
                var pixels = frame.unsafe_offset(2 * i * row + 2 * j * t.channels)
                var target = points.unsafe_offset((i * t.across + j) * t.channels)
                for c in range(0, t.channels, Self.W):
                    image_points[Self.dt, Self.W](
                        pixels.unsafe_offset(c), row, t.channels, target.unsafe_offset(c), stride
                    )

    @staticmethod
    @always_inline
    def planes(args: Words, t: Tiling, f: Int, plane: Int) -> Panel[Self.dt]:
        """Returns a plane of a panel of filters: channels by filters."""
        var first = (f // Self.NR * PLANES + plane) * t.channels * Self.NR
        return Panel[Self.dt](Int(buffer[Self.dt](args, Self.AT.points).unsafe_offset(first)), Self.NR, 1)

    @staticmethod
    @always_inline
    def sums(t: Tiling, y: Buffer[Self.dt]) -> Operands[Self.dt]:
        """Returns a product of pixels (or their points) and a plane of filters."""
        var p = Operands[Self.dt](m=1, n=Self.NR, k=t.channels)
        p.y = Int(y)
        p.y_row = Self.NR
        return p

    @staticmethod
    @no_inline
    def by_points(
        args: Words,
        t: Tiling,
        room: Buffer[Self.dt],
        down: Int,
        rows: Int,
        f: Int,
        filters: Int,
        results: Buffer[Self.dt],
    ):
        """Multiplies the points of a band with those of some filters, and writes the results (positions, filters).
        """
        var tiles = down * t.across
        var image = t.band * t.across * t.channels + GAP
        var stride = t.band * t.across * Self.NR + GAP
        var products = room.unsafe_offset(POINTS * image)
        for p in range(POINTS):
            var target = Self.sums(t, products.unsafe_offset(p * stride))
            Gemm[Self.dt].column(
                Panel[Self.dt](Int(room.unsafe_offset(p * image)), t.channels, 1),
                Self.planes(args, t, f, p),
                t.channels,
                Target[Self.dt](target, True, True),
                0,
                tiles,
                0,
                filters,
            )
        var four = stack_allocation[4, SIMD[Self.dt, Self.W]]()
        for v in range(0, filters, Self.W):
            var bias = SIMD[Self.dt, Self.W](0)
            if word(args, Self.AT.bias) != 0:
                bias = buffer[Self.dt](args, Self.AT.bias).unsafe_load[width=Self.W](f + v)
            for i in range(down):
                for j in range(t.across):
                    results_of[Self.dt, Self.W](
                        products.unsafe_offset((i * t.across + j) * Self.NR + v),
                        stride,
                        bias,
                        Vectors[Self.dt, Self.W](unsafe_from_address=Int(four)),
                    )
                    comptime for k in range(4):
                        comptime row = k // 2
                        comptime column = k % 2
                        if 2 * i + row < rows and 2 * j + column < t.columns:
                            results.unsafe_store(
                                ((2 * i + row) * t.columns + 2 * j + column) * Self.NR + v,
                                four[unsafe_offset=k],
                            )

    @staticmethod
    @no_inline
    def by_taps(
        args: Words,
        t: Tiling,
        frame: Buffer[Self.dt],
        rows: Int,
        f: Int,
        filters: Int,
        results: Buffer[Self.dt],
    ):
        """Computes the results (positions, filters) of a band from the elements of filters."""
        for i in range(rows):
            var p = Self.sums(t, results.unsafe_offset(i * t.columns * Self.NR))
            if word(args, Self.AT.bias) != 0:
                p.bias = Int(buffer[Self.dt](args, Self.AT.bias).unsafe_offset(f))
            for k in range(TAPS):
                var pixels = frame.unsafe_offset(((i + k // 3) * t.stride() + k % 3) * t.channels)
                Gemm[Self.dt].column(
                    Panel[Self.dt](Int(pixels), t.channels, 1),
                    Self.planes(args, t, f, POINTS + k),
                    t.channels,
                    Target[Self.dt](p, k == 0, k == TAPS - 1),
                    0,
                    t.columns,
                    0,
                    filters,
                )

    @staticmethod
    @no_inline
    def store(t: Tiling, results: Buffer[Self.dt], count: Int, filters: Int, y: Buffer[Self.dt]):
        """Copies results (positions, filters) to y (filters, positions) or, where channels are last, to rows of y.
        """
        if t.last:
            for p in range(count):
                for v in range(0, filters, Self.W):
                    y.unsafe_store(p * t.filters + v, results.unsafe_load[width=Self.W](p * Self.NR + v))
            return
        var magnitude = Magnitude[Self.dt]()
        for v in range(0, filters, Self.W):
            for p in range(0, count, Self.W):
                turn[Self.dt](
                    results.unsafe_offset(p * Self.NR + v),
                    Self.NR,
                    min(Self.W, count - p),
                    Self.W,
                    y.unsafe_offset(v * t.positions() + p),
                    t.positions(),
                    magnitude,
                )

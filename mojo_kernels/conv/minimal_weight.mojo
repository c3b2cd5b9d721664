"""The gradient of filters by minimal filtering (tiling.mojo), and its sum.

The gradient of the points of filters is the sum over tiles of (A dy A^T) * (B^T d B): 16 products whose sums run over
tiles. The bands of the batch are cut into chunks, whose sums are combined in order; points become the elements of
filters after that. Bands that are not tame are summed up as elements, beside the points.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.conv.minimal import GAP, PLANES
from mojo_kernels.conv.points import Vectors, gradient_points, image_points, taps_of
from mojo_kernels.conv.tiling import (
    FRAME,
    MOST,
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
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime FLAGS = 16
"""Elements in front of the sums of a chunk: whether there are sums of points, and of elements."""


@doc_hidden
struct ConvMinimalWeight[dt: DType](Kernel):
    """Sums (chunks, flags and planes (channels, filters)) over the bands of a chunk, which is a unit."""

    comptime WORDS: StaticString = "sums:w x:r dy:r chunks " + TILE_SIZES
    comptime W = simd_width_of[Self.dt]()
    comptime NR = 2 * Self.W

    @staticmethod
    def name() -> String:
        return String("conv_minimal_weight.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.chunks)

    @staticmethod
    def cost(args: Words) -> Cost:
        var t = Tiling(args, Self.AT.batch)
        comptime size = size_of[Self.dt]()
        var positions = t.batch * t.positions()
        var cost = Cost(
            t.filters * t.channels * TAPS,
            Float64(2 * positions),
            size,
            Float64(positions * size) * NS_PER_MULTIPLY_ADD / 8,
        )
        cost.bytes += Float64(t.batch * (t.channels * t.pixels() + t.filters * t.positions()) * size)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var t = Tiling(args, Self.AT.batch, both=True)
        for chunk in range(start, stop):
            var sums = buffer[Self.dt](args, Self.AT.sums).unsafe_offset(
                chunk * (PLANES * t.channels * t.filters + FLAGS)
            )
            var chunks = word(args, Self.AT.chunks)
            var first = chunk * t.batch * t.bands // chunks
            var last = (chunk + 1) * t.batch * t.bands // chunks
            sums.unsafe_store(0, SIMD[Self.dt, FLAGS](0))
            comptime if S.SIMD:
                Self.vectors(args, t, first, last, sums)
            else:
                for band in range(first, last):
                    Self.plain(args, t, band, sums)

    @staticmethod
    def plain(args: Words, t: Tiling, band: Int, sums: Buffer[Self.dt]):
        """Adds a band to the sums of elements, one product after the other."""
        var row = band % t.bands * t.band * 2
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(band // t.bands * t.channels * t.pixels())
        var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(band // t.bands * t.filters * t.positions())
        for k in range(TAPS):
            for c in range(t.channels):
                for f in range(t.filters):
                    var index = FLAGS + ((POINTS + k) * t.channels + c) * t.filters + f
                    var sum = sums.unsafe_load(index) if sums.unsafe_load(1) != 0 else Scalar[Self.dt](0)
                    for i in range(row, min(row + 2 * t.band, t.rows)):
                        for j in range(t.columns):
                            var r = i + k // 3 - t.top
                            var s = j + k % 3 - t.left
                            if min(r, s) >= 0 and r < t.height and s < t.width:
                                sum += x.unsafe_load(
                                    t.at(c, t.channels, r, s, t.height, t.width)
                                ) * dy.unsafe_load(t.at(f, t.filters, i, j, t.rows, t.columns))
                    sums.unsafe_store(index, sum)
        sums.unsafe_store(1, Scalar[Self.dt](1))

    @staticmethod
    @no_inline
    def vectors(args: Words, t: Tiling, start: Int, stop: Int, sums: Buffer[Self.dt]):
        """Adds bands to the sums of points or, if they are not tame, of elements."""
        comptime ROOM = POINTS * (2 * MOST + 2 * GAP)
        var frame = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[FRAME, Scalar[Self.dt], alignment=64]())
        )
        var upstream = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[4 * MOST, Scalar[Self.dt], alignment=64]())
        )
        var points = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROOM, Scalar[Self.dt], alignment=64]())
        )
        var planes = sums.unsafe_offset(FLAGS)
        for unit in range(start, stop):
            var image = unit // t.bands
            var first = unit % t.bands * t.band
            var down = min(t.band, t.down - first)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * t.channels * t.pixels())
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(image * t.filters * t.positions())
            var tame = fill_frame[Self.dt](
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
            tame = (
                fill_frame[Self.dt](
                    dy,
                    t.filters,
                    t.rows,
                    t.columns,
                    2 * first,
                    0,
                    2 * down,
                    2 * t.across,
                    t.last,
                    upstream,
                )
                and tame
            )
            var which = 0 if tame else 1
            var adds = sums.unsafe_load(which) != 0
            if tame:
                Self.by_points(t, frame, upstream, down, points, planes, adds)
            else:
                Self.by_taps(t, frame, upstream, min(2 * down, t.rows - 2 * first), planes, adds)
            sums.unsafe_store(which, Scalar[Self.dt](1))

    @staticmethod
    @no_inline
    def by_points(
        t: Tiling,
        frame: Buffer[Self.dt],
        upstream: Buffer[Self.dt],
        down: Int,
        points: Buffer[Self.dt],
        sums: Buffer[Self.dt],
        adds: Bool,
    ):
        """Adds the products of the points of a band's pixels and gradients."""
        var tiles = t.band * t.across
        var of_image = tiles * t.channels + GAP
        var of_gradient = tiles * t.filters + GAP
        var others = points.unsafe_offset(POINTS * of_image)
        var row = t.stride() * t.channels
        var row2 = 2 * t.across * t.filters
        for i in range(down):
            for j in range(t.across):
                var tile = i * t.across + j
                for c in range(0, t.channels, Self.W):
                    image_points[Self.dt, Self.W](
                        frame.unsafe_offset(2 * i * row + 2 * j * t.channels + c),
                        row,
                        t.channels,
                        points.unsafe_offset(tile * t.channels + c),
                        of_image,
                    )
                for f in range(0, t.filters, Self.W):
                    gradient_points[Self.dt, Self.W](
                        upstream.unsafe_offset(2 * i * row2 + 2 * j * t.filters + f),
                        row2,
                        t.filters,
                        others.unsafe_offset(tile * t.filters + f),
                        of_gradient,
                    )
        for p in range(POINTS):
            Self.product(
                t,
                points.unsafe_offset(p * of_image),
                others.unsafe_offset(p * of_gradient),
                down * t.across,
                sums.unsafe_offset(p * t.channels * t.filters),
                adds,
            )

    @staticmethod
    @no_inline
    def by_taps(
        t: Tiling,
        frame: Buffer[Self.dt],
        upstream: Buffer[Self.dt],
        rows: Int,
        sums: Buffer[Self.dt],
        adds: Bool,
    ):
        """Adds the products of a band's pixels and gradients, row by row."""
        for k in range(TAPS):
            for i in range(rows):
                Self.product(
                    t,
                    frame.unsafe_offset(((i + k // 3) * t.stride() + k % 3) * t.channels),
                    upstream.unsafe_offset(2 * i * t.across * t.filters),
                    t.columns,
                    sums.unsafe_offset((POINTS + k) * t.channels * t.filters),
                    adds or i > 0,
                )

    @staticmethod
    @always_inline
    def product(
        t: Tiling, a: Buffer[Self.dt], b: Buffer[Self.dt], count: Int, sums: Buffer[Self.dt], adds: Bool
    ):
        """Sums a (count, channels) times b (count, filters) over the first dimension of both."""
        var p = Operands[Self.dt](m=t.channels, n=t.filters, k=count)
        p.y = Int(sums)
        p.y_row = t.filters
        p.accumulate = adds
        var target = Target[Self.dt](p, True, True)
        for f in range(0, t.filters, Self.NR):
            Gemm[Self.dt].column(
                Panel[Self.dt](Int(a), 1, t.channels),
                Panel[Self.dt](Int(b.unsafe_offset(f)), t.filters, 1),
                count,
                target,
                0,
                t.channels,
                f,
                min(Self.NR, t.filters - f),
            )


@doc_hidden
struct ConvMinimalCombine[dt: DType](Kernel):
    """dw[filter, channel, tap] from the sums of all chunks. A unit is a vector of filters and `SIDE` channels.
    """

    comptime WORDS: StaticString = "dw:w sums:r chunks filters channels"
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("conv_minimal_combine.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.filters) // Self.W * word(args, Self.AT.channels) // SIDE

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, Self.AT.filters) * word(args, Self.AT.channels)
        var chunks = word(args, Self.AT.chunks)
        return Cost(
            count,
            Float64(POINTS * chunks),
            (POINTS * chunks + TAPS) * size_of[Self.dt](),
            Float64(chunks) + 3,
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = Self.W if S.SIMD else 1
        var filters = word(args, Self.AT.filters)
        var channels = word(args, Self.AT.channels)
        var parts = channels // SIDE
        var elements = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[SIDE * TAPS * Self.W, Scalar[Self.dt], alignment=64]())
        )
        var magnitude = Magnitude[Self.dt]()
        for unit in range(start, stop):
            var f = unit // parts * Self.W
            var c0 = unit % parts * SIDE
            for c in range(SIDE):
                for lane in range(0, Self.W, w):
                    Self.taps[w](args, f + lane, c0 + c, elements.unsafe_offset(c * TAPS * Self.W + lane))
            var dw = buffer[Self.dt](args, Self.AT.dw).unsafe_offset((f * channels + c0) * TAPS)
            comptime if S.SIMD:
                for k in range(0, SIDE * TAPS, Self.W):
                    turn[Self.dt](
                        elements.unsafe_offset(k * Self.W),
                        Self.W,
                        Self.W,
                        Self.W,
                        dw.unsafe_offset(k),
                        channels * TAPS,
                        magnitude,
                    )
            else:
                for lane in range(Self.W):
                    for k in range(SIDE * TAPS):
                        dw.unsafe_store(lane * channels * TAPS + k, elements.unsafe_load(k * Self.W + lane))

    @staticmethod
    @always_inline
    def taps[w: Int](args: Words, f: Int, c: Int, elements: Buffer[Self.dt]):
        """Computes the elements of a channel of some filters."""
        var filters = word(args, Self.AT.filters)
        var plane = word(args, Self.AT.channels) * filters
        var total = stack_allocation[PLANES, SIMD[Self.dt, w]]()
        comptime for p in range(PLANES):
            total[unsafe_offset=p] = 0
        for chunk in range(word(args, Self.AT.chunks)):
            var flags = buffer[Self.dt](args, Self.AT.sums).unsafe_offset(chunk * (PLANES * plane + FLAGS))
            var sums = flags.unsafe_offset(FLAGS + c * filters + f)
            if flags.unsafe_load(0) != 0:
                comptime for p in range(POINTS):
                    total[unsafe_offset=p] += sums.unsafe_load[width=w](p * plane)
            if flags.unsafe_load(1) != 0:
                comptime for p in range(POINTS, PLANES):
                    total[unsafe_offset=p] += sums.unsafe_load[width=w](p * plane)
        var taps = stack_allocation[TAPS, SIMD[Self.dt, w]]()
        taps_of[Self.dt, w](
            Vectors[Self.dt, w](unsafe_from_address=Int(total)),
            Vectors[Self.dt, w](unsafe_from_address=Int(taps)),
        )
        comptime for k in range(TAPS):
            elements.unsafe_store(k * Self.W, taps[unsafe_offset=k] + total[unsafe_offset=POINTS + k])

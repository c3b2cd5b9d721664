"""The gradient of a convolution's filters, and its sum.

Each tap of a filter is a row of pixels that are read in place; the gradient of y is packed so that filters are
adjacent. The batch is cut into chunks whose sums are combined in order, so the number of workers changes no bit.
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.conv.geometry import Geometry, Numbers, SIZES
from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import KC
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.tile import Panel
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime ROWS = 8
"""Taps of a register tile."""
comptime SIDE = 16
"""Filters of a row of sums are rounded up to this: whole vectors of any dtype."""


@always_inline
def _rounded(filters: Int) -> Int:
    return (filters + SIDE - 1) // SIDE * SIDE


@doc_hidden
struct ConvWeight[dt: DType](Kernel):
    """Sums over the chunks of a batch. A unit is a tile of taps of one chunk and group; sums are (chunks, groups, taps,
    filters rounded up)."""

    comptime WORDS: StaticString = "sums:w x:r dy:r chunks " + SIZES
    comptime W = simd_width_of[Self.dt]()
    comptime NR = 2 * Self.W

    @staticmethod
    def name() -> String:
        return String("conv_weight.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        return word(args, Self.AT.chunks) * g.groups * ((g.taps() + ROWS - 1) // ROWS)

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args, Self.AT.batch)
        comptime size = size_of[Self.dt]()
        var positions = g.batch * g.positions()
        var cost = Cost(
            g.groups * g.filters * g.taps(),
            Float64(2 * positions),
            size,
            Float64(positions * size) * NS_PER_MULTIPLY_ADD / 4,
        )
        cost.bytes += Float64(
            g.batch * g.groups * (g.channels * g.pixels() + g.filters * g.positions()) * size
        )
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var g = Geometry(args, Self.AT.batch)
        var tiles = (g.taps() + ROWS - 1) // ROWS
        var at = start
        while at < stop:
            var part = at // tiles
            var low = at % tiles
            var high = min(tiles, low + stop - at)
            comptime if S.SIMD:
                Self.tile_rows(args, g, part, low * ROWS, min(high * ROWS, g.taps()))
            else:
                for k in range(low * ROWS, min(high * ROWS, g.taps())):
                    for f in range(g.filters):
                        Self.element(args, g, part, k, f)
            at += high - low

    @staticmethod
    @always_inline
    def element(args: Words, g: Geometry, part: Int, k: Int, f: Int):
        """Computes one sum; `part` counts chunks and groups."""
        var chunks = word(args, Self.AT.chunks)
        var chunk = part // g.groups
        var group = part % g.groups
        var positions = g.positions()
        var sum = Scalar[Self.dt](0)
        for n in range(chunk * g.batch // chunks, (chunk + 1) * g.batch // chunks):
            var image = n * g.groups + group
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * g.channels * g.pixels() + g.tap(k))
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset((image * g.filters + f) * positions)
            for p in range(positions):
                sum += dy.unsafe_load(p) * x.unsafe_load(g.corner(p))
        buffer[Self.dt](args, Self.AT.sums).unsafe_store((part * g.taps() + k) * _rounded(g.filters) + f, sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the sums from `start` to `stop`."""
        var g = Geometry(args, Self.AT.batch)
        var taps = g.taps()
        for i in range(start, stop):
            Self.element(args, g, i // g.filters // taps, i // g.filters % taps, i % g.filters)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var g = Geometry(args, Self.AT.batch)
        var count = word(args, Self.AT.chunks) * g.groups * g.taps() * g.filters
        launch_units[Self.elements](ctx, args, Self.words(args), count)

    @staticmethod
    @no_inline
    def tile_rows(args: Words, g: Geometry, part: Int, low: Int, high: Int):
        """Computes the sums of taps `low` to `high`. A block of positions runs over small images, so that sums stay long in
        registers."""
        comptime size = size_of[Scalar[Self.dt]]()
        var panel = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[KC * Self.NR, Scalar[Self.dt], alignment=64]())
        )
        var runs = Numbers(unsafe_from_address=Int(stack_allocation[2 * KC, Int]()))
        var chunks = word(args, Self.AT.chunks)
        var chunk = part // g.groups
        var group = part % g.groups
        var row = _rounded(g.filters)
        var sums = word(args, Self.AT.sums) + part * g.taps() * row * size
        var begin = chunk * g.batch // chunks * g.positions()
        var total = (chunk + 1) * g.batch // chunks * g.positions() - begin
        var blocks = (total + KC - 1) // KC
        var depth = (total + blocks - 1) // blocks
        for p0 in range(0, total, depth):
            var kc = min(depth, total - p0)
            var count = Self.find_runs(g, group, begin + p0, kc, runs)
            for f0 in range(0, row, Self.NR):
                Self.pack(args, g, group, begin + p0, kc, f0, panel)
                for k in range(low, high, ROWS):
                    var target = sums + (k * row + f0) * size
                    comptime for height in range(ROWS, 0, -1):
                        if height == min(ROWS, high - k):
                            if row - f0 > Self.W:
                                Self.tile[height, 2](
                                    g, word(args, Self.AT.x), k, runs, count, panel, target, row, p0 == 0
                                )
                            else:
                                Self.tile[height, 1](
                                    g, word(args, Self.AT.x), k, runs, count, panel, target, row, p0 == 0
                                )

    @staticmethod
    @always_inline
    def find_runs(g: Geometry, group: Int, first: Int, kc: Int, runs: Numbers) -> Int:
        """Finds the windows side by side among positions of the whole batch, which may lie in several images.

        Args:
            g: The sizes.
            group: The group.
            first: The first position.
            kc: The number of positions.
            runs: Where they go: the offset of the first window in x, and the number of windows.

        Returns:
            The number of runs.
        """
        var positions = g.positions()
        var width = Int(g.result[2])
        var count = 0
        var p = first
        while p < first + kc:
            var image = p // positions
            var length = min(width - p % width, first + kc - p)
            var corner = g.corner(p - image * positions)
            runs[unsafe_offset=2 * count] = (image * g.groups + group) * g.channels * g.pixels() + corner
            runs[unsafe_offset=2 * count + 1] = length
            count += 1
            p += length
        return count

    @staticmethod
    @always_inline
    def pack(args: Words, g: Geometry, group: Int, first: Int, kc: Int, f0: Int, panel: Buffer[Self.dt]):
        """Packs dy of some filters at positions of the whole batch, image after image."""
        comptime size = size_of[Scalar[Self.dt]]()
        var positions = g.positions()
        var done = 0
        while done < kc:
            var image = (first + done) // positions
            var p = first + done - image * positions
            var length = min(positions - p, kc - done)
            var plane = ((image * g.groups + group) * g.filters + f0) * positions
            var source = Panel[Self.dt](word(args, Self.AT.dy) + (plane + p) * size, 1, positions)
            var columns = min(Self.NR, g.filters - f0)
            pack[Self.dt, Self.NR](source, length, columns, panel.unsafe_offset(done * Self.NR))
            done += length

    @staticmethod
    @no_inline
    def tile[
        rows: Int, vectors: Int
    ](
        g: Geometry,
        x: Int,
        k: Int,
        runs: Numbers,
        count: Int,
        panel: Buffer[Self.dt],
        target: Int,
        row: Int,
        first: Bool,
    ):
        """Adds the sums of some positions to a tile of taps and filters, in registers."""
        comptime W = Self.W
        var pixels = stack_allocation[rows, Buffer[Self.dt]]()
        var sums = stack_allocation[rows * vectors, SIMD[Self.dt, W]]()
        comptime for i in range(rows):
            pixels[unsafe_offset=i] = Buffer[Self.dt](unsafe_from_address=x).unsafe_offset(g.tap(k + i))
            comptime for v in range(vectors):
                sums[unsafe_offset=i * vectors + v] = 0
        var step = Int(g.stride[2])
        var b = panel
        for r in range(count):
            var at = runs[unsafe_offset=2 * r]
            for _ in range(runs[unsafe_offset=2 * r + 1]):
                var lanes = stack_allocation[vectors, SIMD[Self.dt, W]]()
                comptime for v in range(vectors):
                    lanes[unsafe_offset=v] = b.unsafe_load[width=W](v * W)
                comptime for i in range(rows):
                    var pixel = SIMD[Self.dt, W](pixels[unsafe_offset=i].unsafe_load(at))
                    comptime for v in range(vectors):
                        comptime index = i * vectors + v
                        sums[unsafe_offset=index] = fma(
                            pixel, lanes[unsafe_offset=v], sums[unsafe_offset=index]
                        )
                at += step
                b = b.unsafe_offset(Self.NR)
        var destination = Buffer[Self.dt](unsafe_from_address=target)
        comptime for i in range(rows):
            comptime for v in range(vectors):
                var sum = sums[unsafe_offset=i * vectors + v]
                if not first:
                    sum += destination.unsafe_load[width=W](v * W)
                destination.unsafe_store(v * W, sum)
            destination = destination.unsafe_offset(row)


@doc_hidden
struct ConvCombine[dt: DType](Kernel):
    """dw[group, filter, tap] is the sum over chunks. A unit is a band of filters of a group."""

    comptime WORDS: StaticString = "dw:w sums:r chunks groups taps filters"

    @staticmethod
    def name() -> String:
        return String("conv_combine.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.groups) * _rounded(word(args, Self.AT.filters)) // SIDE

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = (
            word(args, Self.AT.chunks)
            * word(args, Self.AT.groups)
            * word(args, Self.AT.taps)
            * word(args, Self.AT.filters)
        )
        return Cost(count, 1, size_of[Self.dt](), 0.3)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var chunks = word(args, Self.AT.chunks)
        var groups = word(args, Self.AT.groups)
        var taps = word(args, Self.AT.taps)
        var filters = word(args, Self.AT.filters)
        var row = _rounded(filters)
        var bands = row // SIDE
        for unit in range(start, stop):
            var group = unit // bands
            var f0 = unit % bands * SIDE
            var sums = buffer[Self.dt](args, Self.AT.sums).unsafe_offset(group * taps * row + f0)
            var dw = buffer[Self.dt](args, Self.AT.dw).unsafe_offset((group * filters + f0) * taps)
            var count = min(SIDE, filters - f0)
            comptime if S.SIMD:
                Self.band(sums, dw, chunks, groups * taps * row, row, taps, count)
            else:
                for k in range(taps):
                    for f in range(count):
                        var total = Scalar[Self.dt](0)
                        for c in range(chunks):
                            total += sums.unsafe_load((c * groups * taps + k) * row + f)
                        dw.unsafe_store(f * taps + k, total)

    @staticmethod
    @always_inline
    def band(
        sums: Buffer[Self.dt], dw: Buffer[Self.dt], chunks: Int, chunk: Int, row: Int, taps: Int, filters: Int
    ):
        """Adds up a band of filters, square by square: filters that are written side by side, a tap of each at a time, would
        share a set of the cache where the number of taps is a power of two."""
        var square = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[SIDE * SIDE, Scalar[Self.dt], alignment=64]())
        )
        for k0 in range(0, taps, SIDE):
            var rows = min(SIDE, taps - k0)
            for i in range(rows):
                var total = sums.unsafe_load[width=SIDE]((k0 + i) * row)
                for c in range(1, chunks):
                    total += sums.unsafe_load[width=SIDE](c * chunk + (k0 + i) * row)
                square.unsafe_store(i * SIDE, total)
            for f in range(filters):
                for i in range(rows):
                    dw.unsafe_store(f * taps + k0 + i, square.unsafe_load(i * SIDE + f))

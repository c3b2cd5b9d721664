"""Convolutions with one filter for each channel (depthwise), of images whose channels lie side by side.

    y[n, p, c] = bias[c] + sum over k of w[k, c] x[n, stride p + dilation k - before, c]
    dw[k, c] = sum over n, p of dy[n, p, c] x[n, stride p + dilation k - before, c]

Vectors run over channels. The batch is cut into chunks for dw, whose sums are combined in order (`ConvCombine`).
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.conv.geometry import Geometry
from mojo_kernels.conv.last import PANEL
from mojo_kernels.conv.last_rows import LAST_SIZES, PatchRows, steps_within
from mojo_kernels.conv.weight import SIDE
from mojo_kernels.matmul.tile import lanes_below, load_lanes, store_lanes
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime NEIGHBOURS = 4
"""Positions that share what they read of the filters, and positions whose products are added to sums of their own."""


@always_inline
def inner_positions[dt: DType](windows: PatchRows[dt]) -> Tuple[Int, Int]:
    """Returns the positions of a row of the result whose windows reach over no end of a row of the image.

    Parameters:
        dt: The dtype.

    Args:
        windows: The windows.

    Returns:
        The first position and the one behind the last.
    """
    var g = windows.g
    var reach = (Int(g.window[2]) - 1) * Int(g.dilation[2])
    return steps_within(-Int(windows.before[2]), Int(g.stride[2]), Int(g.result[2]), Int(g.image[2]) - reach)


@doc_hidden
struct ConvDepthwise[dt: DType](Kernel):
    """A unit is a row of y. Groups are channels; the panels are those of filters of one group."""

    comptime WORDS: StaticString = "y:w x:r panels:r bias:r " + LAST_SIZES
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("conv_depthwise.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        return g.batch * Int(g.result[0] * g.result[1])

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args, Self.AT.batch)
        var taps = g.taps()
        return Cost(
            g.batch * g.groups * g.positions(), Float64(2 * taps), 3 * size_of[Self.dt](), 0.1 * Float64(taps)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        var columns = Int(g.result[2])
        for unit in range(start, stop):
            comptime if S.SIMD:
                var inner = inner_positions(windows)
                for position in range(inner[0]):
                    Self.neighbours[1](args, windows, unit, position)
                var position = inner[0]
                while position + NEIGHBOURS <= inner[1]:
                    Self.neighbours[NEIGHBOURS](args, windows, unit, position)
                    position += NEIGHBOURS
                for rest in range(position, columns):
                    Self.neighbours[1](args, windows, unit, rest)
            else:
                Self.elements(args, unit * columns * g.groups, (unit + 1) * columns * g.groups)

    @staticmethod
    @no_inline
    def neighbours[count: Int](args: Words, windows: PatchRows[Self.dt], row: Int, first: Int):
        """Computes neighbouring positions of a row; those whose windows reach over an end of a row one by one.
        """
        comptime W = Self.W
        comptime V = SIMD[Self.dt, W]
        var g = windows.g
        var position = row * Int(g.result[2]) + first
        var image = position // g.positions()
        var corner = windows.corner(position - image * g.positions())
        var deep = Self.part(g, corner, 0)
        var high = Self.part(g, corner, 1)
        var wide = Self.part(g, corner, 2)
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(
            (image * g.pixels() + Int((corner[0] * g.image[1] + corner[1]) * g.image[2] + corner[2]))
            * g.groups
        )
        var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(position * g.groups)
        var down = Int(g.dilation[1] * g.image[2]) * g.groups
        var across = Int(g.dilation[2]) * g.groups
        var apart = Int(g.stride[2]) * g.groups
        for c in range(0, g.groups, W):
            var lanes = lanes_below[W](g.groups - c)
            var sums = stack_allocation[count, V]()
            var start = V(0)
            if word(args, Self.AT.bias) != 0:
                start = masked_load[W](buffer[Self.dt](args, Self.AT.bias).unsafe_offset(c), lanes, V(0))
            comptime for i in range(count):
                sums[unsafe_offset=i] = start
            for d in range(deep[0], deep[1]):
                for r in range(high[0], high[1]):
                    var pixels = x.unsafe_offset(
                        (d * Int(g.dilation[0] * g.image[1] * g.image[2])) * g.groups + r * down + c
                    )
                    var w = buffer[Self.dt](args, Self.AT.panels).unsafe_offset(
                        Self.filter(g, c) + (d * Int(g.window[1]) + r) * Int(g.window[2]) * PANEL
                    )
                    var slides = count > 1 and across == apart and g.groups - c >= W
                    if slides and Int(g.window[2]) == 3:
                        Self.slide[count, 3](pixels, w, apart, Int(sums))
                    elif slides and Int(g.window[2]) == 5:
                        Self.slide[count, 5](pixels, w, apart, Int(sums))
                    elif slides and Int(g.window[2]) == 7:
                        Self.slide[count, 7](pixels, w, apart, Int(sums))
                    elif g.groups - c >= W:
                        Self.add[count, False](pixels, w, wide, across, apart, lanes, Int(sums))
                    else:
                        Self.add[count, True](pixels, w, wide, across, apart, lanes, Int(sums))
            comptime for i in range(count):
                masked_store(sums[unsafe_offset=i], y.unsafe_offset(i * g.groups + c), lanes)

    @staticmethod
    @always_inline
    def filter(g: Geometry, c: Int) -> Int:
        """Returns where the filter of a channel is in the panels."""
        return c // PANEL * g.taps() * PANEL + c % PANEL

    @staticmethod
    @always_inline
    def part(g: Geometry, corner: SIMD[DType.int64, 4], d: Int) -> Tuple[Int, Int]:
        """Returns which elements of a window lie within the image, along a dimension."""
        return steps_within(Int(corner[d]), Int(g.dilation[d]), Int(g.window[d]), Int(g.image[d]))

    @staticmethod
    @always_inline
    def add[
        count: Int, tail: Bool
    ](
        x: Buffer[Self.dt],
        w: Buffer[Self.dt],
        taps: Tuple[Int, Int],
        across: Int,
        apart: Int,
        lanes: SIMD[DType.bool, Self.W],
        sums: Int,
    ):
        """Adds the products of a row of the window, for neighbouring positions."""
        comptime W = Self.W
        var total = MutPointer[SIMD[Self.dt, W], MutAnyOrigin](unsafe_from_address=sums)
        for k in range(taps[0], taps[1]):
            var filter = load_lanes[Self.dt, W, tail](w.unsafe_offset(k * PANEL), lanes)
            comptime for i in range(count):
                var pixel = load_lanes[Self.dt, W, tail](x.unsafe_offset(k * across + i * apart), lanes)
                total[unsafe_offset=i] = fma(filter, pixel, total[unsafe_offset=i])

    @staticmethod
    @always_inline
    def slide[count: Int, taps: Int](x: Buffer[Self.dt], w: Buffer[Self.dt], apart: Int, sums: Int):
        """Adds the products of a row of the window, for positions whose windows are neighbours too: each pixel is read once.
        """
        comptime W = Self.W
        var total = MutPointer[SIMD[Self.dt, W], MutAnyOrigin](unsafe_from_address=sums)
        var filters = stack_allocation[taps, SIMD[Self.dt, W]]()
        comptime for k in range(taps):
            filters[unsafe_offset=k] = w.unsafe_load[width=W](k * PANEL)
        comptime for j in range(count + taps - 1):
            var pixel = x.unsafe_load[width=W](j * apart)
            comptime for i in range(max(0, j - taps + 1), min(j + 1, count)):
                total[unsafe_offset=i] = fma(filters[unsafe_offset=j - i], pixel, total[unsafe_offset=i])

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        var w = buffer[Self.dt](args, Self.AT.panels)
        for index in range(start, stop):
            var c = index % g.groups
            var image = index // g.groups // g.positions()
            var corner = windows.corner(index // g.groups % g.positions())
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * g.pixels() * g.groups + c)
            var sum = Scalar[Self.dt](0)
            if word(args, Self.AT.bias) != 0:
                sum = buffer[Self.dt](args, Self.AT.bias).unsafe_load(c)
            for k in range(g.taps()):
                var at = windows.pixel(corner, k)
                if at >= 0:
                    sum += w.unsafe_load(Self.filter(g, c) + k * PANEL) * x.unsafe_load(at)
            buffer[Self.dt](args, Self.AT.y).unsafe_store(index, sum)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var g = Geometry(args, Self.AT.batch)
        launch_units[Self.elements](ctx, args, Self.words(args), g.batch * g.positions() * g.groups)


@doc_hidden
struct ConvDepthwiseWeight[dt: DType](Kernel):
    """Sums (chunks, window, channels rounded up) over the chunks of a batch. A unit is a chunk."""

    comptime WORDS: StaticString = "sums:w x:r dy:r chunks " + LAST_SIZES
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("conv_depthwise_weight.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.chunks)

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args, Self.AT.batch)
        var taps = g.taps()
        return Cost(
            g.batch * g.groups * g.positions(), Float64(2 * taps), 3 * size_of[Self.dt](), 0.1 * Float64(taps)
        )

    @staticmethod
    @always_inline
    def row(g: Geometry) -> Int:
        """Returns the sums of an element of the window: channels rounded up."""
        return (g.groups + SIDE - 1) // SIDE * SIDE

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        var chunks = word(args, Self.AT.chunks)
        for chunk in range(start, stop):
            comptime if S.SIMD:
                var sums = buffer[Self.dt](args, Self.AT.sums).unsafe_offset(chunk * g.taps() * Self.row(g))
                for i in range(0, g.taps() * Self.row(g), SIDE):
                    sums.unsafe_store(i, SIMD[Self.dt, SIDE](0))
                var lines = Int(g.result[0] * g.result[1])
                for line in range(chunk * g.batch // chunks * lines, (chunk + 1) * g.batch // chunks * lines):
                    Self.line(args, windows, line, sums)
            else:
                for k in range(g.taps()):
                    for c in range(g.groups):
                        Self.element(args, windows, chunk, k, c)

    @staticmethod
    @no_inline
    def line(args: Words, windows: PatchRows[Self.dt], line: Int, sums: Buffer[Self.dt]):
        """Adds the products of a row of dy."""
        comptime W = Self.W
        var g = windows.g
        var columns = Int(g.result[2])
        var image = line * columns // g.positions()
        var corner = windows.corner(line * columns - image * g.positions())
        var stride = Int(g.stride[2])
        var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(line * columns * g.groups)
        for k in range(g.taps()):
            var rest = k // Int(g.window[2])
            var slice = Int(corner[0]) + rest // Int(g.window[1]) * Int(g.dilation[0])
            var row = Int(corner[1]) + rest % Int(g.window[1]) * Int(g.dilation[1])
            if min(slice, row) < 0 or slice >= Int(g.image[0]) or row >= Int(g.image[1]):
                continue
            var shift = k % Int(g.window[2]) * Int(g.dilation[2]) - Int(windows.before[2])
            var inside = steps_within(shift, stride, columns, Int(g.image[2]))
            var low = inside[0]
            var pixel = ((image * Int(g.image[0]) + slice) * Int(g.image[1]) + row) * Int(g.image[2]) + shift
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset((pixel + low * stride) * g.groups)
            var upstream = dy.unsafe_offset(low * g.groups)
            for c in range(0, g.groups, W):
                var target = sums.unsafe_offset(k * Self.row(g) + c)
                if g.groups - c >= W:
                    Self.add[False](x, upstream, c, inside[1] - low, stride * g.groups, g.groups, target)
                else:
                    Self.add[True](x, upstream, c, inside[1] - low, stride * g.groups, g.groups, target)

    @staticmethod
    @always_inline
    def add[
        tail: Bool
    ](
        x: Buffer[Self.dt],
        dy: Buffer[Self.dt],
        c: Int,
        count: Int,
        step: Int,
        channels: Int,
        target: Buffer[Self.dt],
    ):
        """Adds the products of some positions and a vector of channels."""
        comptime W = Self.W
        var lanes = lanes_below[W](channels - c)
        var total = stack_allocation[NEIGHBOURS, SIMD[Self.dt, W]]()
        comptime for i in range(NEIGHBOURS):
            total[unsafe_offset=i] = 0
        var p = 0
        while p + NEIGHBOURS <= count:
            comptime for i in range(NEIGHBOURS):
                total[unsafe_offset=i] = fma(
                    load_lanes[Self.dt, W, tail](x.unsafe_offset((p + i) * step + c), lanes),
                    load_lanes[Self.dt, W, tail](dy.unsafe_offset((p + i) * channels + c), lanes),
                    total[unsafe_offset=i],
                )
            p += NEIGHBOURS
        for rest in range(p, count):
            total[unsafe_offset=0] = fma(
                load_lanes[Self.dt, W, tail](x.unsafe_offset(rest * step + c), lanes),
                load_lanes[Self.dt, W, tail](dy.unsafe_offset(rest * channels + c), lanes),
                total[unsafe_offset=0],
            )
        var sum = (total[unsafe_offset=0] + total[unsafe_offset=1]) + (
            total[unsafe_offset=2] + total[unsafe_offset=3]
        )
        target.unsafe_store(target.unsafe_load[width=W]() + sum)

    @staticmethod
    @always_inline
    def element(args: Words, windows: PatchRows[Self.dt], chunk: Int, k: Int, c: Int):
        """Computes one sum."""
        var g = windows.g
        var chunks = word(args, Self.AT.chunks)
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(c)
        var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(c)
        var sum = Scalar[Self.dt](0)
        for image in range(chunk * g.batch // chunks, (chunk + 1) * g.batch // chunks):
            for p in range(g.positions()):
                var at = windows.pixel(windows.corner(p), k)
                if at >= 0:
                    sum += dy.unsafe_load((image * g.positions() + p) * g.groups) * x.unsafe_load(
                        image * g.pixels() * g.groups + at
                    )
        buffer[Self.dt](args, Self.AT.sums).unsafe_store((chunk * g.taps() + k) * Self.row(g) + c, sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the sums from `start` to `stop`."""
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        for i in range(start, stop):
            Self.element(args, windows, i // g.groups // g.taps(), i // g.groups % g.taps(), i % g.groups)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var g = Geometry(args, Self.AT.batch)
        launch_units[Self.elements](
            ctx, args, Self.words(args), word(args, Self.AT.chunks) * g.taps() * g.groups
        )

"""Convolutions of images whose channels lie side by side (`channels_last`), and the panels of their filters.

    y[n, p, f] = bias[f] + sum over k, c of w[f, k, c] x[n, stride p + dilation k - before, c]

A block of windows is packed as a matrix with a row for each (last_rows.mojo), which is multiplied with one panel of
filters after the other: a row of the product lies in y as it is.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.conv.geometry import Geometry, Numbers, product, triple
from mojo_kernels.conv.last_rows import LAST_SIZES, PatchRows, RUN
from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.tile import Panel, Target
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime POSITIONS = 128
"""Windows in a unit of work."""
comptime FILTERS = 128
"""Filters in a unit of work: as many as are worth the packing of the windows."""
comptime GAP = 16
"""Elements between rows of packed windows, so that they lie in different sets of the cache."""
comptime PANEL = 32
"""Filters of a panel: two of the widest vectors of float32."""


@doc_hidden
struct ConvPanels[dt: DType](Kernel):
    """panels[group, panel, k, c, i] = w[group, f, k, c], where f is the filter i of a panel. The strides of w are arbitrary, so
    filters may be flipped and exchanged with channels; the addresses of elements of w go up from `w` or down. A unit is a panel.
    """

    comptime WORDS: StaticString = (
        "panels:w w:r groups filters channels taps:... group filter channel tap:..."
    )

    @staticmethod
    def name() -> String:
        return String("conv_panels.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.groups) * Self.panels(args)

    @staticmethod
    @always_inline
    def panels(args: Words) -> Int:
        """Returns the panels of a group."""
        return (word(args, Self.AT.filters) + PANEL - 1) // PANEL

    @staticmethod
    def cost(args: Words) -> Cost:
        var elements = word(args, Self.AT.filters) * word(args, Self.AT.channels)
        var count = word(args, Self.AT.groups) * elements * product(triple(args, Self.AT.taps))
        return Cost(count, 0, 2 * size_of[Self.dt](), 0.5)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime size = size_of[Scalar[Self.dt]]()
        var channels = word(args, Self.AT.channels)
        var taps = product(triple(args, Self.AT.taps))
        for unit in range(start, stop):
            comptime if S.SIMD:
                var target = buffer[Self.dt](args, Self.AT.panels).unsafe_offset(
                    unit * taps * channels * PANEL
                )
                var columns = min(PANEL, word(args, Self.AT.filters) - unit % Self.panels(args) * PANEL)
                for k in range(taps):
                    var source = Panel[Self.dt](
                        word(args, Self.AT.w) + Self.source(args, unit, k) * size,
                        word(args, Self.AT.channel),
                        word(args, Self.AT.filter),
                    )
                    pack[Self.dt, PANEL](
                        source, channels, columns, target.unsafe_offset(k * channels * PANEL)
                    )
            else:
                Self.elements(args, unit * taps * channels * PANEL, (unit + 1) * taps * channels * PANEL)

    @staticmethod
    @always_inline
    def source(args: Words, unit: Int, k: Int) -> Int:
        """Returns where in w an element k of the window of a panel's first filter is."""
        var taps = triple(args, Self.AT.taps)
        var line = k // Int(taps[2])
        return (
            unit // Self.panels(args) * word(args, Self.AT.group)
            + unit % Self.panels(args) * PANEL * word(args, Self.AT.filter)
            + line // Int(taps[1]) * word(args, Self.AT.tap)
            + line % Int(taps[1]) * word(args, Self.AT.tap + 1)
            + k % Int(taps[2]) * word(args, Self.AT.tap + 2)
        )

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Writes the elements of the panels from `start` to `stop`; 0 behind the last filter."""
        var channels = word(args, Self.AT.channels)
        var taps = product(triple(args, Self.AT.taps))
        for index in range(start, stop):
            var c = index // PANEL % channels
            var k = index // PANEL // channels % taps
            var unit = index // PANEL // channels // taps
            var value = Scalar[Self.dt](0)
            if unit % Self.panels(args) * PANEL + index % PANEL < word(args, Self.AT.filters):
                var at = Self.source(args, unit, k) + c * word(args, Self.AT.channel)
                value = buffer[Self.dt](args, Self.AT.w).unsafe_load(
                    at + index % PANEL * word(args, Self.AT.filter)
                )
            buffer[Self.dt](args, Self.AT.panels).unsafe_store(index, value)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var count = product(triple(args, Self.AT.taps)) * word(args, Self.AT.channels) * PANEL
        launch_units[Self.elements](ctx, args, Self.words(args), Self.units(args) * count)


@doc_hidden
struct ConvLast[dt: DType](Kernel):
    """A unit is up to `POSITIONS` windows of the batch, counted image after image, of one group, for up to `FILTERS` filters.
    """

    comptime WORDS: StaticString = "y:w x:r panels:r bias:r " + LAST_SIZES

    @staticmethod
    def name() -> String:
        return String("conv_last.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        return g.groups * Self.blocks(g) * Self.bands(g)

    @staticmethod
    @always_inline
    def blocks(g: Geometry) -> Int:
        """Returns the units of one group and the same filters."""
        return (g.batch * g.positions() + POSITIONS - 1) // POSITIONS

    @staticmethod
    @always_inline
    def bands(g: Geometry) -> Int:
        """Returns the units of one group and the same windows."""
        return (g.filters + FILTERS - 1) // FILTERS

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args, Self.AT.batch)
        comptime size = size_of[Self.dt]()
        var cost = Cost(
            g.batch * g.groups * g.filters * g.positions(),
            Float64(2 * g.taps()),
            size,
            Float64(g.taps() * size) * NS_PER_MULTIPLY_ADD / 4,
        )
        cost.bytes += Float64((g.batch * g.channels * g.pixels() + g.filters * g.taps()) * g.groups * size)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        for unit in range(start, stop):
            var band = unit % Self.bands(g) * FILTERS
            var first = unit // Self.bands(g) % Self.blocks(g) * POSITIONS
            var group = unit // Self.bands(g) // Self.blocks(g)
            var count = min(POSITIONS, g.batch * g.positions() - first)
            var last = min(band + FILTERS, g.filters)
            comptime if S.SIMD:
                Self.block(args, windows, group, first, count, band, last)
            else:
                for p in range(first, first + count):
                    for f in range(band, last):
                        Self.element(args, windows, group, p, f)

    @staticmethod
    @no_inline
    def block(
        args: Words, windows: PatchRows[Self.dt], group: Int, first: Int, count: Int, band: Int, last: Int
    ):
        """Does a unit: packs a part of the windows after the other, and multiplies it with that part of the filters.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        comptime W = simd_width_of[Self.dt]()
        comptime NR = Gemm[Self.dt].NR
        comptime ROOM = POSITIONS * (KC + GAP) + W
        var rows = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROOM, Scalar[Self.dt], alignment=64]())
        )
        var runs = Numbers(unsafe_from_address=Int(stack_allocation[RUN * KC, Int]()))
        var g = windows.g
        var taps = g.taps()
        var blocks = (taps + KC - 1) // KC
        var depth = (taps + blocks - 1) // blocks
        var panels = (g.filters + PANEL - 1) // PANEL
        var p = Operands[Self.dt](m=count, n=g.filters, k=taps)
        p.y_row = g.groups * g.filters
        for k0 in range(0, taps, depth):
            var kc = min(depth, taps - k0)
            var number = windows.find_runs(k0, kc, runs)
            windows.pack(
                buffer[Self.dt](args, Self.AT.x), group, first, count, runs, number, rows, depth + GAP
            )
            for f in range(band, last, NR):
                var panel = ((group * panels + f // PANEL) * taps + k0) * PANEL + f % PANEL
                p.y = word(args, Self.AT.y) + (first * p.y_row + group * g.filters + f) * size
                p.bias = word(args, Self.AT.bias)
                if p.bias != 0:
                    p.bias += (group * g.filters + f) * size
                Gemm[Self.dt].column(
                    Panel[Self.dt](Int(rows), depth + GAP, 1),
                    Panel[Self.dt](word(args, Self.AT.panels) + panel * size, PANEL, 1),
                    kc,
                    Target[Self.dt](p, k0 == 0, k0 + kc == taps),
                    0,
                    count,
                    0,
                    min(NR, last - f),
                )

    @staticmethod
    @always_inline
    def element(args: Words, windows: PatchRows[Self.dt], group: Int, position: Int, f: Int):
        """Computes one element of y; positions are counted over the batch."""
        var g = windows.g
        var image = position // g.positions()
        var corner = windows.corner(position - image * g.positions())
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(
            image * g.pixels() * g.groups * g.channels + group * g.channels
        )
        var panels = (g.filters + PANEL - 1) // PANEL
        var w = buffer[Self.dt](args, Self.AT.panels).unsafe_offset(
            (group * panels + f // PANEL) * g.taps() * PANEL + f % PANEL
        )
        var sum = Scalar[Self.dt](0)
        for k in range(g.taps()):
            var at = windows.pixel(corner, k)
            if at >= 0:
                sum += w.unsafe_load(k * PANEL) * x.unsafe_load(at)
        if word(args, Self.AT.bias) != 0:
            sum += buffer[Self.dt](args, Self.AT.bias).unsafe_load(group * g.filters + f)
        buffer[Self.dt](args, Self.AT.y).unsafe_store((position * g.groups + group) * g.filters + f, sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        for i in range(start, stop):
            var rest = i // g.filters
            Self.element(args, windows, rest % g.groups, rest // g.groups, i % g.filters)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var g = Geometry(args, Self.AT.batch)
        var count = g.batch * g.groups * g.filters * g.positions()
        launch_units[Self.elements](ctx, args, Self.words(args), count)

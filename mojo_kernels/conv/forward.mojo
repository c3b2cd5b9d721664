"""The convolution itself, as a matrix product whose right operand is never stored: patches are read in place
(strips.mojo), or packed from the images as register tiles read them (patches.mojo, matmul/tile.mojo)."""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.conv.geometry import Geometry, Numbers, SIZES, fill_taps
from mojo_kernels.conv.patches import Patches
from mojo_kernels.conv.strips import DEPTH, Strips, span, strips_pay
from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.tile import Panel, Target
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime COLUMNS = 32
"""Positions of the result in one unit of work: a panel of float32 on the widest vectors, several on others."""


@doc_hidden
struct ConvForward[dt: DType](Kernel):
    """A unit is up to `COLUMNS` positions of the result of one image and group, for all filters."""

    comptime WORDS: StaticString = "y:w x:r w:r bias:r " + SIZES
    comptime W = simd_width_of[Self.dt]()
    comptime NR = 2 * Self.W

    @staticmethod
    def name() -> String:
        return String("conv.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        return g.batch * g.groups * Self.panels(g)

    @staticmethod
    @always_inline
    def panels(g: Geometry) -> Int:
        """Returns the units of one image and group."""
        var positions = span(g) if strips_pay(g) else g.positions()
        return (positions + COLUMNS - 1) // COLUMNS

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args, Self.AT.batch)
        comptime size = size_of[Self.dt]()
        var taps = g.taps()
        var cost = Cost(
            g.batch * g.groups * g.filters * g.positions(),
            Float64(2 * taps),
            size,
            Float64(taps * size) * NS_PER_MULTIPLY_ADD / 4,
        )
        cost.bytes += Float64((g.batch * g.channels * g.pixels() + g.filters * taps) * g.groups * size)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var g = Geometry(args, Self.AT.batch)
        var panels = Self.panels(g)
        comptime if S.SIMD:
            if strips_pay(g):
                Self.strips(args, g, panels, start, stop)
            else:
                Self.tiles(args, g, panels, start, stop)
        else:
            for unit in range(start, stop):
                var position = unit % panels * COLUMNS
                for f in range(g.filters):
                    for p in range(position, min(position + COLUMNS, g.positions())):
                        Self.element(args, g, unit // panels, f, p)

    @staticmethod
    @always_inline
    def element(args: Words, g: Geometry, image: Int, f: Int, p: Int):
        """Computes one element of y; `image` counts images and groups."""
        var group = image % g.groups
        var taps = g.taps()
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * g.channels * g.pixels() + g.corner(p))
        var w = buffer[Self.dt](args, Self.AT.w).unsafe_offset((group * g.filters + f) * taps)
        var sum = Scalar[Self.dt](0)
        for k in range(taps):
            sum += w.unsafe_load(k) * x.unsafe_load(g.tap(k))
        if word(args, Self.AT.bias) != 0:
            sum += buffer[Self.dt](args, Self.AT.bias).unsafe_load(group * g.filters + f)
        buffer[Self.dt](args, Self.AT.y).unsafe_store((image * g.filters + f) * g.positions() + p, sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var g = Geometry(args, Self.AT.batch)
        var positions = g.positions()
        for i in range(start, stop):
            Self.element(args, g, i // positions // g.filters, i // positions % g.filters, i % positions)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var g = Geometry(args, Self.AT.batch)
        var count = g.batch * g.groups * g.filters * g.positions()
        launch_units[Self.elements](ctx, args, Self.words(args), count)

    @staticmethod
    @no_inline
    def tiles(args: Words, g: Geometry, panels: Int, start: Int, stop: Int):
        """Does units, a panel of patches after the other."""
        comptime size = size_of[Scalar[Self.dt]]()
        var panel = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[KC * Self.NR + Self.W, Scalar[Self.dt], alignment=64]())
        )
        var offsets = Numbers(unsafe_from_address=Int(stack_allocation[KC, Int]()))
        var taps = g.taps()
        var positions = g.positions()
        var blocks = (taps + KC - 1) // KC
        var depth = (taps + blocks - 1) // blocks
        var known = -1
        var whole = Self.operands(args, g)
        for unit in range(start, stop):
            var image = unit // panels
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * g.channels * g.pixels())
            var p = Self.of_image(whole, g, image)
            var low = unit % panels * COLUMNS
            var high = min(low + COLUMNS, positions)
            for j0 in range(low, high, Self.NR):
                var columns = min(Self.NR, high - j0)
                var patches = Patches[Self.dt](g, j0, columns)
                for k0 in range(0, taps, depth):
                    var kc = min(depth, taps - k0)
                    if known != k0:
                        fill_taps(g, k0, kc, offsets)
                        known = k0
                    if g.filters == 1 and taps <= KC:  # a product of one row is not worth a panel
                        var bias = Scalar[Self.dt](0)
                        if p.bias != 0:
                            bias = p.element(p.bias, 0)[]
                        patches.filtered(x, offsets, kc, p.element(p.a, 0), bias, p.element(p.y, j0))
                        continue
                    patches.pack(x, offsets, kc, panel)
                    var target = Target[Self.dt](p, k0 == 0, k0 + kc == taps)
                    Gemm[Self.dt].column(
                        Panel[Self.dt](p.a + k0 * size, taps, 1),
                        Panel[Self.dt](Int(panel), Self.NR, 1),
                        kc,
                        target,
                        0,
                        g.filters,
                        j0,
                        columns,
                    )

    @staticmethod
    @no_inline
    def strips(args: Words, g: Geometry, panels: Int, start: Int, stop: Int):
        """Does units whose patches are read where they lie."""
        var offsets = Numbers(unsafe_from_address=Int(stack_allocation[DEPTH, Int]()))
        var known = -1
        var whole = Self.operands(args, g)
        var positions = span(g)
        for unit in range(start, stop):
            var image = unit // panels
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(image * g.channels * g.pixels())
            var low = unit % panels * COLUMNS
            var p = Self.of_image(whole, g, image)
            Strips[Self.dt].all_filters(g, p, x, low, min(low + COLUMNS, positions), offsets, known)

    @staticmethod
    @always_inline
    def of_image(whole: Operands[Self.dt], g: Geometry, image: Int) -> Operands[Self.dt]:
        """Returns the product of an image and group; `image` counts both."""
        comptime size = size_of[Scalar[Self.dt]]()
        var group = image % g.groups
        var p = whole
        p.y += image * g.filters * g.positions() * size
        p.a += group * g.filters * g.taps() * size
        if p.bias != 0:
            p.bias += group * g.filters * size
        return p

    @staticmethod
    def operands(args: Words, g: Geometry) -> Operands[Self.dt]:
        """Returns the product of the first image: y (filters, positions) = w (filters, taps) patches + bias.
        """
        var p = Operands[Self.dt](m=g.filters, n=g.positions(), k=g.taps())
        p.y = word(args, Self.AT.y)
        p.a = word(args, Self.AT.w)
        p.bias = word(args, Self.AT.bias)
        p.a_row = p.k
        p.a_column = 1
        p.bias_row = 1
        p.bias_column = 0
        return p

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
"""Positions in a unit of work in strips: one of float32 on the widest vectors, several on others."""
comptime WIDE = 128
"""Positions in a unit of work in panels. They lie in several images where those are small: a panel of 32 positions would have
room for twice as many as an image of 4 x 4 has, and filters are read once for all."""
comptime HIGH = 128
"""Filters in a unit of work in panels: as many as are worth the packing of the panels."""


@doc_hidden
struct ConvForward[dt: DType](Kernel):
    """A unit in strips is up to `COLUMNS` positions of one image and group, for all filters. A unit in panels is up to `WIDE`
    positions of the batch, counted image after image, of one group, for up to `HIGH` filters."""

    comptime WORDS: StaticString = "y:w x:r w:r bias:r " + SIZES
    comptime W = simd_width_of[Self.dt]()
    comptime NR = 2 * Self.W

    @staticmethod
    def name() -> String:
        return String("conv.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        if strips_pay(g):
            return g.batch * g.groups * Self.strips_of(g)
        return g.groups * Self.blocks(g) * Self.bands(g)

    @staticmethod
    @always_inline
    def strips_of(g: Geometry) -> Int:
        """Returns the units of one image and group in strips."""
        return (span(g) + COLUMNS - 1) // COLUMNS

    @staticmethod
    @always_inline
    def blocks(g: Geometry) -> Int:
        """Returns the units of one group and the same filters in panels."""
        return (g.batch * g.positions() + WIDE - 1) // WIDE

    @staticmethod
    @always_inline
    def bands(g: Geometry) -> Int:
        """Returns the units of one group and the same positions in panels."""
        return (g.filters + HIGH - 1) // HIGH

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
        if strips_pay(g):
            comptime if S.SIMD:
                Self.strips(args, g, start, stop)
            else:
                var strips = Self.strips_of(g)
                for unit in range(start, stop):
                    var position = unit % strips * COLUMNS
                    for f in range(g.filters):
                        for p in range(position, min(position + COLUMNS, g.positions())):
                            Self.element(args, g, unit // strips, f, p)
        else:
            for unit in range(start, stop):
                var band = unit % Self.bands(g) * HIGH
                var block = unit // Self.bands(g) % Self.blocks(g) * WIDE
                var group = unit // Self.bands(g) // Self.blocks(g)
                var filters = min(HIGH, g.filters - band)
                var columns = min(WIDE, g.batch * g.positions() - block)
                comptime if S.SIMD:
                    Self.panels(args, g, group, block, columns, band, filters)
                else:
                    for f in range(band, band + filters):
                        for column in range(block, block + columns):
                            var image = column // g.positions()
                            Self.element(args, g, image * g.groups + group, f, column - image * g.positions())

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
    def panels(args: Words, g: Geometry, group: Int, first: Int, columns: Int, band: Int, filters: Int):
        """Does a unit: packs one panel of patches after the other for a block of taps, and multiplies it with that block of the filters.

        Args:
            args: The packed words.
            g: The sizes.
            group: The group.
            first: The first position in the batch.
            columns: The number of positions.
            band: The first filter.
            filters: The number of filters.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        comptime PANELS = WIDE // Self.NR
        comptime NUMBERS = Patches[Self.dt].NUMBERS
        var packed = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[KC * Self.NR + Self.W, Scalar[Self.dt], alignment=64]())
        )
        var sums = Int(stack_allocation[HIGH * WIDE, Scalar[Self.dt], alignment=64]())
        var numbers = Numbers(unsafe_from_address=Int(stack_allocation[PANELS * NUMBERS, Int]()))
        var patches = stack_allocation[PANELS, Patches[Self.dt]]()
        var offsets = Numbers(unsafe_from_address=Int(stack_allocation[KC, Int]()))
        var x = buffer[Self.dt](args, Self.AT.x)
        var taps = g.taps()
        var positions = g.positions()
        var blocks = (taps + KC - 1) // KC
        var depth = (taps + blocks - 1) // blocks
        var count = (columns + Self.NR - 1) // Self.NR
        var p = Self.of_image(Self.operands(args, g), g, group)
        p.a += band * taps * size
        if p.bias != 0:
            p.bias += band * size
        var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(band * positions)
        for j in range(count):
            patches[unsafe_offset=j] = Patches[Self.dt](
                g,
                group,
                first + j * Self.NR,
                min(Self.NR, columns - j * Self.NR),
                numbers.unsafe_offset(j * NUMBERS),
            )
        for k0 in range(0, taps, depth):
            var kc = min(depth, taps - k0)
            fill_taps(g, k0, kc, offsets)
            if g.filters == 1 and taps <= KC:  # a product of one row is not worth a panel
                var bias = p.element(p.bias, 0)[] if p.bias != 0 else Scalar[Self.dt](0)
                for j in range(count):
                    patches[unsafe_offset=j].filtered(x, offsets, kc, p.element(p.a, 0), bias, y)
                return
            for j in range(count):
                var column = first + j * Self.NR
                var width = min(Self.NR, columns - j * Self.NR)
                var image = column // positions
                patches[unsafe_offset=j].pack(x, offsets, kc, packed)
                var q = p
                var whole = column - image * positions + width <= positions  # of one image
                if whole:
                    q.y = Int(
                        y.unsafe_offset(
                            (image * g.groups + group) * g.filters * positions + column - image * positions
                        )
                    )
                else:
                    q.y = sums + j * HIGH * Self.NR * size
                    q.y_row = Self.NR
                Gemm[Self.dt].column(
                    Panel[Self.dt](p.a + k0 * size, taps, 1),
                    Panel[Self.dt](Int(packed), Self.NR, 1),
                    kc,
                    Target[Self.dt](q, k0 == 0, k0 + kc == taps),
                    0,
                    filters,
                    0,
                    width,
                )
                if k0 + kc == taps and not whole:
                    patches[unsafe_offset=j].scatter(
                        Buffer[Self.dt](unsafe_from_address=q.y), filters, positions, y
                    )

    @staticmethod
    @no_inline
    def strips(args: Words, g: Geometry, start: Int, stop: Int):
        """Does units whose patches are read where they lie."""
        var offsets = Numbers(unsafe_from_address=Int(stack_allocation[DEPTH, Int]()))
        var known = -1
        var whole = Self.operands(args, g)
        var positions = span(g)
        var panels = Self.strips_of(g)
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

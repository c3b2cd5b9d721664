"""The convolution itself, as a matrix product whose right operand is never formed: columns of patches are packed from
the images as register tiles read them (matmul/tile.mojo)."""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.conv.geometry import GEOMETRY, Geometry, Numbers, SIZES, fill_taps
from mojo_kernels.conv.strips import DEPTH, Strips, span, strips_pay
from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.tile import Panel, Target, lanes_below
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime COLUMNS = 32
"""Places of the result in one unit of work: a panel of float32 on the widest vectors, several on others."""


@doc_hidden
struct ConvForward[dt: DType](Kernel):
    """A unit is up to `COLUMNS` places of the result of one image and group, for all filters."""

    comptime OPERANDS: StaticString = "wrrr"
    comptime W = simd_width_of[Self.dt]()
    comptime NR = 2 * Self.W

    @staticmethod
    def name() -> String:
        return String("conv.forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return GEOMETRY + SIZES

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args)
        return g.batch * g.groups * Self.panels(g)

    @staticmethod
    @always_inline
    def panels(g: Geometry) -> Int:
        """Returns the units of one image and group."""
        var places = span(g) if strips_pay(g) else g.places()
        return (places + COLUMNS - 1) // COLUMNS

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args)
        comptime size = size_of[Self.dt]()
        var taps = g.taps()
        var cost = Cost(
            g.batch * g.groups * g.filters * g.places(),
            Float64(2 * taps),
            size,
            Float64(taps * size) * NS_PER_MULTIPLY_ADD / 4,
        )
        cost.bytes += Float64((g.batch * g.channels * g.pixels() + g.filters * taps) * g.groups * size)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var g = Geometry(args)
        var panels = Self.panels(g)
        comptime if S.SIMD:
            if strips_pay(g):
                Self.strips(args, g, panels, start, stop)
            else:
                Self.tiles(args, g, panels, start, stop)
        else:
            for unit in range(start, stop):
                var place = unit % panels * COLUMNS
                for f in range(g.filters):
                    for p in range(place, min(place + COLUMNS, g.places())):
                        Self.element(args, g, unit // panels, f, p)

    @staticmethod
    @always_inline
    def element(args: Words, g: Geometry, image: Int, f: Int, p: Int):
        """Computes one element of y; `image` counts images and groups."""
        var group = image % g.groups
        var taps = g.taps()
        var x = buffer[Self.dt](args, 1).unsafe_offset(image * g.channels * g.pixels() + g.corner(p))
        var w = buffer[Self.dt](args, 2).unsafe_offset((group * g.filters + f) * taps)
        var sum = Scalar[Self.dt](0)
        for k in range(taps):
            sum += w.unsafe_load(k) * x.unsafe_load(g.tap(k))
        if word(args, 3) != 0:
            sum += buffer[Self.dt](args, 3).unsafe_load(group * g.filters + f)
        buffer[Self.dt](args, 0).unsafe_store((image * g.filters + f) * g.places() + p, sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var g = Geometry(args)
        var places = g.places()
        for i in range(start, stop):
            Self.element(args, g, i // places // g.filters, i // places % g.filters, i % places)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var g = Geometry(args)
        var count = g.batch * g.groups * g.filters * g.places()
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
        var places = g.places()
        var blocks = (taps + KC - 1) // KC
        var depth = (taps + blocks - 1) // blocks
        var known = -1
        var whole = Self.operands(args, g)
        for unit in range(start, stop):
            var image = unit // panels
            var x = buffer[Self.dt](args, 1).unsafe_offset(image * g.channels * g.pixels())
            var p = Self.of_image(whole, g, image)
            var low = unit % panels * COLUMNS
            var high = min(low + COLUMNS, places)
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
                    Gemm[Self.dt].column[False](
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
        var places = span(g)
        for unit in range(start, stop):
            var image = unit // panels
            var x = buffer[Self.dt](args, 1).unsafe_offset(image * g.channels * g.pixels())
            var low = unit % panels * COLUMNS
            var p = Self.of_image(whole, g, image)
            Strips[Self.dt].all_filters(g, p, x, low, min(low + COLUMNS, places), offsets, known)

    @staticmethod
    @always_inline
    def of_image(whole: Operands[Self.dt], g: Geometry, image: Int) -> Operands[Self.dt]:
        """Returns the product of an image and group; `image` counts both."""
        comptime size = size_of[Scalar[Self.dt]]()
        var group = image % g.groups
        var p = whole
        p.y += image * g.filters * g.places() * size
        p.a += group * g.filters * g.taps() * size
        if p.bias != 0:
            p.bias += group * g.filters * size
        return p

    @staticmethod
    def operands(args: Words, g: Geometry) -> Operands[Self.dt]:
        """Returns the product of the first image: y (filters, places) = w (filters, taps) patches + bias."""
        var words = stack_allocation[14, Int64]()
        var call = Words(unsafe_from_address=Int(words))
        for i in range(14):
            call.unsafe_store(i, 0)
        var p = Operands[Self.dt](call)
        p.y = word(args, 0)
        p.a = word(args, 2)
        p.bias = word(args, 3)
        p.m = g.filters
        p.n = g.places()
        p.k = g.taps()
        p.y_row = p.n
        p.a_row = p.k
        p.a_column = 1
        p.bias_row = 1
        p.bias_column = 0
        p.alpha = 1
        return p


struct Patches[dt: DType](TrivialRegisterPassable):
    """Some columns of the matrix of patches: which pixels they are, but for the offset of the tap.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a panel."""

    var count: Int
    """The number of pieces: pixels in one row, at most a vector of them; single pixels where windows lie apart."""
    var spread: Bool
    """Whether windows lie apart, so that their pixels do not lie side by side."""
    var places: Int
    """The address of the pieces: column, offset and length of each."""

    @always_inline
    def __init__(out self, g: Geometry, first: Int, columns: Int):
        """Finds the pieces of columns.

        Args:
            g: The sizes.
            first: The place of the first column in the result.
            columns: The number of columns, at most NR.
        """
        self.places = Int(stack_allocation[3 * Self.NR, Int]())
        self.count = 0
        self.spread = g.stride[2] != 1
        var width = Int(g.result[2])
        var longest = 1 if self.spread else Self.W
        var j = 0
        var room = width - first % width
        var corner = g.corner(first)
        while j < columns:
            if room == 0:
                room = width
                corner = g.corner(first + j)
            var length = min(min(room, columns - j), longest)
            var piece = self.piece(self.count)
            piece[unsafe_offset=0] = j
            piece[unsafe_offset=1] = corner
            piece[unsafe_offset=2] = length
            self.count += 1
            j += length
            room -= length
            corner += length * Int(g.stride[2])

    @always_inline
    def pack(self, x: Buffer[Self.dt], offsets: Numbers, kc: Int, panel: Buffer[Self.dt]):
        """Copies the columns, NR elements of the panel for each tap.

        Args:
            x: The images of a group.
            offsets: The offsets of the taps.
            kc: The number of taps.
            panel: Where they go.
        """
        comptime MOST = 4
        if not self.spread and self.count <= MOST:
            comptime for pieces in range(1, MOST + 1):
                if pieces == self.count:
                    self.pack_rows[pieces](x, offsets, kc, panel)
            return
        for i in range(self.count):
            var piece = self.piece(i)
            var target = panel.unsafe_offset(piece[unsafe_offset=0])
            var source = x.unsafe_offset(piece[unsafe_offset=1])
            var length = piece[unsafe_offset=2]
            var mask = lanes_below[Self.W](length)
            for l in range(kc):
                if self.spread:
                    target.unsafe_store(l * Self.NR, source.unsafe_load(offsets[unsafe_offset=l]))
                else:
                    var v = masked_load[Self.W](
                        source.unsafe_offset(offsets[unsafe_offset=l]), mask, SIMD[Self.dt, Self.W](0)
                    )
                    masked_store(v, target.unsafe_offset(l * Self.NR), mask)

    @no_inline
    def filtered(
        self,
        x: Buffer[Self.dt],
        offsets: Numbers,
        kc: Int,
        w: Buffer[Self.dt],
        bias: Scalar[Self.dt],
        y: Buffer[Self.dt],
    ):
        """Computes the sums of the columns for one filter.

        Args:
            x: The images of a group.
            offsets: The offsets of the taps.
            kc: The number of taps.
            w: The filter.
            bias: What is added.
            y: Where the sums go.
        """
        for i in range(self.count):
            var piece = self.piece(i)
            var source = x.unsafe_offset(piece[unsafe_offset=1])
            var mask = lanes_below[Self.W](piece[unsafe_offset=2])
            var sum = SIMD[Self.dt, Self.W](0)
            for l in range(kc):
                var pixels = source.unsafe_offset(offsets[unsafe_offset=l])
                var v = masked_load[Self.W](pixels, mask, SIMD[Self.dt, Self.W](0))
                sum = fma(SIMD[Self.dt, Self.W](w.unsafe_load(l)), v, sum)
            masked_store(sum + bias, y.unsafe_offset(piece[unsafe_offset=0]), mask)

    @always_inline
    def piece(self, i: Int) -> Numbers:
        """Returns a piece.

        Args:
            i: Its number.

        Returns:
            Its column, offset and length.
        """
        return Numbers(unsafe_from_address=self.places).unsafe_offset(3 * i)

    @no_inline
    def pack_rows[pieces: Int](self, x: Buffer[Self.dt], offsets: Numbers, kc: Int, panel: Buffer[Self.dt]):
        """Copies a few pieces, tap by tap. Whole vectors are stored: what stands behind a piece is replaced by the next
        piece or the next tap, and the panel has room for a vector behind its end.

        Parameters:
            pieces: The number of pieces.

        Args:
            x: The images of a group.
            offsets: The offsets of the taps.
            kc: The number of taps.
            panel: Where they go.
        """
        var sources = stack_allocation[pieces, Buffer[Self.dt]]()
        var columns = stack_allocation[pieces, Int]()
        var masks = stack_allocation[pieces, SIMD[DType.bool, Self.W]]()
        comptime for i in range(pieces):
            var piece = self.piece(i)
            columns[unsafe_offset=i] = piece[unsafe_offset=0]
            sources[unsafe_offset=i] = x.unsafe_offset(piece[unsafe_offset=1])
            masks[unsafe_offset=i] = lanes_below[Self.W](piece[unsafe_offset=2])
        var row = panel
        for l in range(kc):
            var offset = offsets[unsafe_offset=l]
            comptime for i in range(pieces):
                var source = sources[unsafe_offset=i].unsafe_offset(offset)
                var v = masked_load[Self.W](source, masks[unsafe_offset=i], SIMD[Self.dt, Self.W](0))
                row.unsafe_store(columns[unsafe_offset=i], v)
            row = row.unsafe_offset(Self.NR)

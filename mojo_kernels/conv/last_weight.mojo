"""The gradient of filters where the channels of images lie side by side (`channels_last`).

    dw[f, k, c] = sum over n, p of dy[n, p, f] x[n, stride p + dilation k - before, c]

A block of windows is packed as a matrix with a row for each (last_rows.mojo), whose transpose is multiplied with dy.
The batch is cut into chunks whose sums are combined in order (`ConvCombine`), so the number of workers changes no bit.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.conv.geometry import Geometry, Numbers
from mojo_kernels.conv.last import GAP
from mojo_kernels.conv.last_rows import LAST_SIZES, PatchRows, RUN
from mojo_kernels.conv.weight import SIDE
from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import Gemm
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.tile import Panel, Target
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime DEPTH = 256
"""Windows of a block: the length of the sums in registers."""
comptime ELEMENTS = 128
"""Elements of a window in a unit of work."""


@doc_hidden
struct ConvLastWeight[dt: DType](Kernel):
    """Sums (chunks, groups, taps, filters rounded up) over the chunks of a batch. A unit is up to `ELEMENTS` taps of one chunk and
    group."""

    comptime WORDS: StaticString = "sums:w x:r dy:r chunks " + LAST_SIZES

    @staticmethod
    def name() -> String:
        return String("conv_last_weight.forward.", dtype_name(Self.dt))

    @staticmethod
    @always_inline
    def parts(g: Geometry) -> Int:
        """Returns the units of a chunk and group."""
        return (g.taps() + ELEMENTS - 1) // ELEMENTS

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        return word(args, Self.AT.chunks) * g.groups * Self.parts(g)

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
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        for unit in range(start, stop):
            var part = unit // Self.parts(g)
            var k0 = unit % Self.parts(g) * ELEMENTS
            var kc = min(ELEMENTS, g.taps() - k0)
            comptime if S.SIMD:
                Self.block(args, windows, part, k0, kc)
            else:
                for k in range(k0, k0 + kc):
                    for f in range(g.filters):
                        Self.element(args, windows, part, k, f)

    @staticmethod
    @always_inline
    def row(g: Geometry) -> Int:
        """Returns the sums of a tap: filters rounded up."""
        return (g.filters + SIDE - 1) // SIDE * SIDE

    @staticmethod
    @always_inline
    def chunk(args: Words, g: Geometry, part: Int) -> Tuple[Int, Int]:
        """Returns the first position of a chunk and the one behind the last; `part` counts chunks and groups.
        """
        var chunks = word(args, Self.AT.chunks)
        var chunk = part // g.groups
        var first = chunk * g.batch // chunks * g.positions()
        return (first, (chunk + 1) * g.batch // chunks * g.positions())

    @staticmethod
    @no_inline
    def block(args: Words, windows: PatchRows[Self.dt], part: Int, k0: Int, kc: Int):
        """Does a unit: packs the elements of some windows after the others, and adds their products with dy.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        comptime W = simd_width_of[Self.dt]()
        comptime NR = Gemm[Self.dt].NR
        comptime ROW = ELEMENTS + GAP
        var rows = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[DEPTH * ROW + W, Scalar[Self.dt], alignment=64]())
        )
        var panel = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[DEPTH * NR, Scalar[Self.dt], alignment=64]())
        )
        var runs = Numbers(unsafe_from_address=Int(stack_allocation[RUN * ELEMENTS, Int]()))
        var number = windows.find_runs(k0, kc, runs)
        var g = windows.g
        var group = part % g.groups
        var range_of = Self.chunk(args, g, part)
        var pixel = g.groups * g.filters
        var p = Operands[Self.dt](m=kc, n=g.filters, k=DEPTH)
        p.y_row = Self.row(g)
        for first in range(range_of[0], range_of[1], DEPTH):
            var count = min(DEPTH, range_of[1] - first)
            windows.pack(buffer[Self.dt](args, Self.AT.x), group, first, count, runs, number, rows, ROW)
            p.accumulate = first > range_of[0]
            for f in range(0, g.filters, NR):
                var dy = word(args, Self.AT.dy) + (first * pixel + group * g.filters + f) * size
                var columns = min(NR, g.filters - f)
                pack[Self.dt, NR](Panel[Self.dt](dy, pixel, 1), count, columns, panel)
                p.y = word(args, Self.AT.sums) + ((part * g.taps() + k0) * p.y_row + f) * size
                Gemm[Self.dt].column(
                    Panel[Self.dt](Int(rows), 1, ROW),
                    Panel[Self.dt](Int(panel), NR, 1),
                    count,
                    Target[Self.dt](p, True, True),
                    0,
                    kc,
                    0,
                    columns,
                )

    @staticmethod
    @always_inline
    def element(args: Words, windows: PatchRows[Self.dt], part: Int, k: Int, f: Int):
        """Computes one sum; `part` counts chunks and groups."""
        var g = windows.g
        var group = part % g.groups
        var range_of = Self.chunk(args, g, part)
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(group * g.channels)
        var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(group * g.filters + f)
        var sum = Scalar[Self.dt](0)
        for position in range(range_of[0], range_of[1]):
            var image = position // g.positions()
            var at = windows.pixel(windows.corner(position - image * g.positions()), k)
            if at >= 0:
                var pixel = x.unsafe_load(image * g.pixels() * g.groups * g.channels + at)
                sum += dy.unsafe_load(position * g.groups * g.filters) * pixel
        buffer[Self.dt](args, Self.AT.sums).unsafe_store((part * g.taps() + k) * Self.row(g) + f, sum)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the sums from `start` to `stop`."""
        var windows = PatchRows[Self.dt](args, Self.AT.batch, Self.AT.before)
        var g = windows.g
        for i in range(start, stop):
            var rest = i // g.filters
            Self.element(args, windows, rest // g.taps(), rest % g.taps(), i % g.filters)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var g = Geometry(args, Self.AT.batch)
        launch_units[Self.elements](
            ctx, args, Self.words(args), word(args, Self.AT.chunks) * g.groups * g.taps() * g.filters
        )

"""The gradient of a convolution's filters in bfloat16 by the processor's tiles, with sums in float32, and its sum.

Taps are rows of the product, whose sums go through the positions of an image: patches are copied as they lie, and the
gradient of y is turned into tiles once for many taps. Chunks of the batch are summed apart and combined in order.
"""

from std.collections import Array
from std.math import iota
from std.memory import stack_allocation
from std.sys.intrinsics import masked_store

from mojo_kernels.conv.geometry import Geometry, Numbers, SIZES, fill_taps
from mojo_kernels.conv.tiles import Columns, NS_PER_MULTIPLY_ADD, PANEL, _number
from mojo_kernels.conv.weight import SIDE as CONV_SIDE
from mojo_kernels.matmul.amx import (
    DEPTH,
    PAIR,
    SIDE,
    TILE_BYTES,
    Tiles,
    slowness,
)
from mojo_kernels.matmul.amx_pack import Side
from mojo_kernels.runtime.bfloat16 import BFLOAT16, to_bfloat16
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer, Words, buffer, word

comptime LONG = 512
"""Positions of a block: 32 KiB of packed taps and as much of packed filters fit the caches."""
comptime STEPS = LONG // DEPTH
"""Tiles along the positions of a block."""
comptime HIGH = 256
"""Filters that are packed together: 256 KiB."""
comptime FEW = 8
"""Parts that the taps are divided into where there are few chunks."""
comptime SQUARE = PAIR * PAIR
"""Sums of two by two tiles."""


@always_inline
def _squares(count: Int) -> Int:
    return (count + PAIR - 1) // PAIR


@always_inline
def _offset_of(tap: Int, filter: Int, across: Int) -> Int:
    """Returns where a sum is, among squares of two by two tiles."""
    var square = tap // PAIR * across + filter // PAIR
    var tile = tap % PAIR // SIDE * 2 + filter % PAIR // SIDE
    return square * SQUARE + (tile * SIDE + tap % SIDE) * SIDE + filter % SIDE


@doc_hidden
struct ConvWeightTiles(Kernel):
    """`ConvWeight` of bfloat16; sums are (chunks, groups, taps, filters) in squares of 32 by 32. A unit is a chunk and group,
    or some of its taps."""

    comptime WORDS: StaticString = "sums:w x:r dy:r chunks " + SIZES

    @staticmethod
    def name() -> String:
        return "conv_weight.forward.bfloat16"

    @staticmethod
    def _parts(args: Words, g: Geometry) -> Int:
        """Returns the parts of the taps."""
        return min(_squares(g.taps()), FEW) if word(args, Self.AT.chunks) * g.groups < FEW else 1

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        return word(args, Self.AT.chunks) * g.groups * Self._parts(args, g)

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args, Self.AT.batch)
        var positions = g.batch * g.positions()
        var count = g.groups * g.filters * g.taps()
        var cost = Cost(
            count, Float64(2 * positions), 4, Float64(positions) * NS_PER_MULTIPLY_ADD * slowness()
        )
        cost.bytes += Float64(g.batch * g.groups * (g.channels * g.pixels() + g.filters * g.positions()) * 2)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var g = Geometry(args, Self.AT.batch)
        comptime assert PAIR == 2 * CONV_SIDE, "Python makes room for sums by it"
        var parts = Self._parts(args, g)
        var rows = _squares(g.taps())
        var tiles = Tiles()
        for unit in range(start, stop):
            var part = unit % parts
            var low = part * rows // parts * PAIR
            var high = min((part + 1) * rows // parts * PAIR, g.taps())
            comptime if S.SIMD:
                Self._unit(tiles, args, g, unit // parts, low, high)
            else:
                Self._elements(args, g, unit // parts, low, high)
        tiles.release()

    @staticmethod
    def _unit(tiles: Tiles, args: Words, g: Geometry, chunk_group: Int, low: Int, high: Int):
        """Computes the sums of taps `low` to `high`; `chunk_group` counts chunks and groups."""
        var packed = Int(stack_allocation[LONG * (HIGH + PAIR) * 2, UInt8, alignment=64]())
        var numbers = stack_allocation[LONG // PANEL * Columns.NUMBERS, Int]()
        var chunks = word(args, Self.AT.chunks)
        var chunk = chunk_group // g.groups
        var group = chunk_group % g.groups
        var positions = g.positions()
        var across = _squares(g.filters)
        var sums = word(args, Self.AT.sums) + 4 * chunk_group * _squares(g.taps()) * across * SQUARE
        var panels = stack_allocation[LONG // PANEL, Columns]()
        var begin = chunk * g.batch // chunks
        for n in range(begin, (chunk + 1) * g.batch // chunks):
            var dy = word(args, Self.AT.dy) + 2 * (n * g.groups + group) * g.filters * positions
            var filters = Side(dy, g.filters, positions, positions, 1)
            for start in range(0, positions, LONG):
                var count = min(LONG, positions - start)
                for j in range(0, count, PANEL):
                    var pieces = Numbers(unsafe_from_address=Int(numbers)).unsafe_offset(
                        j // PANEL * Columns.NUMBERS
                    )
                    panels[unsafe_offset=j // PANEL] = Columns(
                        g, group, n * positions + start + j, min(PANEL, count - j), pieces
                    )
                var first = n == begin and start == 0
                for f in range(0, g.filters, HIGH):
                    var some = filters.moved(f, min(HIGH, g.filters - f))
                    var target = sums + 4 * _offset_of(low, f, across)
                    Self._block(
                        tiles, args, g, Int(panels), some, packed, start, count, low, high, target, first
                    )

    @staticmethod
    def _block(
        tiles: Tiles,
        args: Words,
        g: Geometry,
        panels: Int,
        filters: Side,
        packed: Int,
        start: Int,
        count: Int,
        low: Int,
        high: Int,
        sums: Int,
        first: Bool,
    ):
        """Adds the products of a block of positions to the sums of some filters and taps."""
        var steps = (count + DEPTH - 1) // DEPTH
        var rows = packed + LONG * HIGH * 2
        for j in range(_squares(filters.lines)):
            var some = filters.moved(j * PAIR, min(PAIR, filters.lines - j * PAIR))
            var to = Buffer[BFLOAT16](unsafe_from_address=packed + j * STEPS * 2 * TILE_BYTES)
            some.pack[True](to, start, steps)
        for tap in range(low, high, PAIR):
            Self._pack(args, g, panels, count, tap, min(PAIR, high - tap), rows)
            for j in range(_squares(filters.lines)):
                var target = sums + 4 * ((tap - low) // PAIR * _squares(g.filters) + j) * SQUARE
                var columns = packed + j * STEPS * 2 * TILE_BYTES
                if first:
                    tiles.multiply[False](rows, columns, target, steps, high - tap)
                else:
                    tiles.multiply[True](rows, columns, target, steps, high - tap)

    @staticmethod
    def _pack(args: Words, g: Geometry, panels: Int, count: Int, tap: Int, taps: Int, target: Int):
        """Packs up to 32 taps at the positions of a block; what is behind the last tap or position is 0."""
        comptime V = SIMD[BFLOAT16, PAIR]
        var offsets = Numbers(unsafe_from_address=Int(stack_allocation[PAIR, Int]()))
        var room = stack_allocation[(PAIR + 1) * PANEL, UInt16, alignment=64]()
        var copied = Buffer[BFLOAT16](unsafe_from_address=Int(room))
        fill_taps(g, tap, taps, offsets)
        for j in range(0, count, PANEL):
            var columns = MutPointer[Columns, MutAnyOrigin](unsafe_from_address=panels)[
                unsafe_offset=j // PANEL
            ]
            columns.pack(buffer[BFLOAT16](args, Self.AT.x), offsets, taps, copied)
            for i in range(taps * PANEL, PAIR * PANEL, PAIR):
                copied.unsafe_store(i, V(0))
            for half in range(min(2, (count - j + PAIR - 1) // PAIR)):
                var y = Buffer[BFLOAT16](unsafe_from_address=target + (j // PAIR + half) * 2 * TILE_BYTES)
                var mask = iota[DType.int32, PAIR]().lt(Int32(count - j - half * PAIR))
                for i in range(PAIR):
                    var v = copied.unsafe_load[width=PAIR](i * PANEL + half * PAIR)
                    y.unsafe_store(i * PAIR, mask.select(v, V(0)))

    @staticmethod
    def _elements(args: Words, g: Geometry, chunk_group: Int, low: Int, high: Int):
        """Computes the sums of taps `low` to `high` one by one."""
        var chunks = word(args, Self.AT.chunks)
        var chunk = chunk_group // g.groups
        var group = chunk_group % g.groups
        var across = _squares(g.filters)
        var sums = buffer[DType.float32](args, Self.AT.sums).unsafe_offset(
            chunk_group * _squares(g.taps()) * across * SQUARE
        )
        for tap in range(low, high):
            for f in range(g.filters):
                var sum = Float32(0)
                for n in range(chunk * g.batch // chunks, (chunk + 1) * g.batch // chunks):
                    var plane = n * g.groups + group
                    var x = buffer[BFLOAT16](args, Self.AT.x).unsafe_offset(
                        plane * g.channels * g.pixels() + g.tap(tap)
                    )
                    var dy = buffer[BFLOAT16](args, Self.AT.dy).unsafe_offset(
                        (plane * g.filters + f) * g.positions()
                    )
                    for p in range(g.positions()):
                        sum += _number(dy, p) * _number(x, g.corner(p))
                sums.unsafe_store(_offset_of(tap, f, across), sum)


@doc_hidden
struct ConvCombineTiles(Kernel):
    """`ConvCombine` of bfloat16, from the sums of `ConvWeightTiles`. A unit is 32 filters of a group."""

    comptime WORDS: StaticString = "dw:w sums:r chunks groups taps filters"

    @staticmethod
    def name() -> String:
        return "conv_combine.forward.bfloat16"

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.groups) * _squares(word(args, Self.AT.filters))

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, Self.AT.groups) * word(args, Self.AT.taps) * word(args, Self.AT.filters)
        return Cost(count * word(args, Self.AT.chunks), 1, 4, 0.3)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var filters = word(args, Self.AT.filters)
        var across = _squares(filters)
        for unit in range(start, stop):
            var f = unit % across * PAIR
            for tile in range(0, min(PAIR, filters - f), SIDE):
                for tap in range(0, word(args, Self.AT.taps), SIDE):
                    Self._tile(args, unit // across, tap, f + tile)

    @staticmethod
    def _tile(args: Words, group: Int, tap: Int, f: Int):
        """Adds up the chunks' sums of 16 taps and filters."""
        comptime V = SIMD[DType.float32, SIDE]
        var taps = word(args, Self.AT.taps)
        var filters = word(args, Self.AT.filters)
        var groups = word(args, Self.AT.groups)
        var across = _squares(filters)
        var size = _squares(taps) * across * SQUARE
        var sums = buffer[DType.float32](args, Self.AT.sums).unsafe_offset(
            group * size + _offset_of(tap, f, across)
        )
        var total = Array[V, SIDE](fill=V(0))
        comptime for i in range(SIDE):
            total[i] = sums.unsafe_load[width=SIDE](i * SIDE)
        for chunk in range(1, word(args, Self.AT.chunks)):
            var more = sums.unsafe_offset(chunk * groups * size)
            comptime for i in range(SIDE):
                total[i] += more.unsafe_load[width=SIDE](i * SIDE)
        turn[DType.float32, SIDE](total)
        var mask = iota[DType.int32, SIDE]().lt(Int32(taps - tap))
        for i in range(min(SIDE, filters - f)):
            var dw = buffer[BFLOAT16](args, Self.AT.dw).unsafe_offset((group * filters + f + i) * taps + tap)
            masked_store(to_bfloat16[SIDE](total[i]), dw, mask)

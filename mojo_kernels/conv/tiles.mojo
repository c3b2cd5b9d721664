"""Convolutions of bfloat16 by the processor's tiles (matmul/amx.mojo), with sums in float32.

A convolution is the product of the filters with the matrix of patches. Blocks of taps of some positions are copied from
the images (patches.mojo), and pairs of neighbouring taps are put side by side, as tiles read them. Positions are counted
through the batch. Sums go through the taps in ascending order, so no division of the work changes a bit.
"""

from std.math import iota
from std.memory import stack_allocation
from std.sys.intrinsics import masked_store

from mojo_kernels.conv.geometry import Geometry, Numbers, SIZES, fill_taps
from mojo_kernels.conv.patches import Patches
from mojo_kernels.matmul.amx import (
    DEPTH,
    PAIR,
    SIDE,
    TILE_BYTES,
    Tiles,
    round_pair,
    slowness,
)
from mojo_kernels.matmul.amx_pack import Side
from mojo_kernels.runtime.bfloat16 import BFLOAT16, from_bfloat16, to_bfloat16
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, word

comptime Columns = Patches[BFLOAT16, PAIR]
"""Some columns of the matrix of patches, on any processor in vectors of as many as tiles have."""
comptime PANEL = Columns.NR
"""Positions that are copied together, tap by tap."""
comptime BLOCK = 256
"""Taps that are copied for each block of sums: tiles of 32 filters and 32 positions fit the first-level cache."""
comptime STEPS = BLOCK // DEPTH
"""Tiles along the taps of a block."""
comptime WIDE = 256
"""Positions of a unit of work."""
comptime HIGH = 512
"""The most filters of a unit: its sums, 512 KiB, stay in the second-level cache."""
comptime LOW = 64
"""Filters of a unit where there are few units."""
comptime NS_PER_MULTIPLY_ADD = 0.002
"""Nanoseconds of a multiply-add on one worker, packing included (Intel Xeon with AMX, 2026-11)."""
comptime _SUMS = 4 * TILE_BYTES


struct Scratch(TrivialRegisterPassable):
    """Memory of a unit, as addresses."""

    var columns: Int
    """Packed tiles of patches."""
    var rows: Int
    """Packed tiles of 32 filters."""
    var sums: Int
    """Sums: those of 32 filters side by side."""
    var copied: Int
    """Patches as they are copied, and a vector behind them."""
    var offsets: Int
    """The offsets of the taps of a block."""
    var pieces: Int
    """What pieces the panels consist of."""

    comptime BYTES = (
        BLOCK * WIDE * 2 + BLOCK * PAIR * 2 + HIGH * WIDE * 4 + (BLOCK + 1) * PANEL * 2 + BLOCK * 8
    ) + WIDE // PANEL * Columns.NUMBERS * 8
    """Bytes of all of it."""

    def __init__(out self, address: Int):
        """Divides memory.

        Args:
            address: The address of `BYTES` bytes.
        """
        self.columns = address
        self.rows = self.columns + BLOCK * WIDE * 2
        self.sums = self.rows + BLOCK * PAIR * 2
        self.copied = self.sums + HIGH * WIDE * 4
        self.offsets = self.copied + (BLOCK + 1) * PANEL * 2
        self.pieces = self.offsets + BLOCK * 8


def _interleave(copied: Buffer[BFLOAT16], taps: Int, steps: Int, target: Int):
    """Makes tiles of a panel: 32 bits for each pair of taps and each position; what is behind the last tap is 0.
    """
    comptime V = SIMD[BFLOAT16, PAIR]
    for i in range(taps * PANEL, steps * DEPTH * PANEL, PAIR):
        copied.unsafe_store(i, V(0))
    for pair in range(steps * SIDE):
        var even = copied.unsafe_offset(2 * pair * PANEL)
        var to = target + pair // SIDE * 2 * TILE_BYTES + pair % SIDE * 64
        comptime for half in range(2):
            var first = even.unsafe_load[width=PAIR](half * PAIR)
            var second = even.unsafe_load[width=PAIR](half * PAIR + PANEL)
            var both = first.interleave(second)
            var y = Buffer[BFLOAT16](unsafe_from_address=to + half * STEPS * 2 * TILE_BYTES)
            y.unsafe_store(0, both.slice[PAIR, offset=0]())
            y.unsafe_store(TILE_BYTES // 2, both.slice[PAIR, offset=PAIR]())


@doc_hidden
struct ConvTiles(Kernel):
    """`ConvForward` of bfloat16. A unit is up to `WIDE` positions of one group, for up to `HIGH` filters."""

    comptime WORDS: StaticString = "y:w x:r w:r bias:r " + SIZES

    @staticmethod
    def name() -> String:
        return "conv.forward.bfloat16"

    @staticmethod
    def _blocks(g: Geometry) -> Int:
        return (g.batch * g.positions() + WIDE - 1) // WIDE

    @staticmethod
    def _high(g: Geometry) -> Int:
        """Returns the filters of a unit."""
        return HIGH if Self._blocks(g) * g.groups >= 8 else LOW

    @staticmethod
    def units(args: Words) -> Int:
        var g = Geometry(args, Self.AT.batch)
        return g.groups * Self._blocks(g) * ((g.filters + Self._high(g) - 1) // Self._high(g))

    @staticmethod
    def cost(args: Words) -> Cost:
        var g = Geometry(args, Self.AT.batch)
        var taps = g.taps()
        var count = g.batch * g.groups * g.filters * g.positions()
        var cost = Cost(count, Float64(2 * taps), 2, Float64(taps) * NS_PER_MULTIPLY_ADD * slowness())
        cost.bytes += Float64((g.batch * g.channels * g.pixels() + g.filters * taps) * g.groups * 2)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var g = Geometry(args, Self.AT.batch)
        var high = Self._high(g)
        var bands = (g.filters + high - 1) // high
        var tiles = Tiles()
        for unit in range(start, stop):
            var block = unit // bands
            var group = block // Self._blocks(g)
            var first = block % Self._blocks(g) * WIDE
            var columns = min(WIDE, g.batch * g.positions() - first)
            var f = unit % bands * high
            comptime if S.SIMD:
                Self._unit(tiles, args, g, group, first, columns, f, min(high, g.filters - f))
            else:
                Self._elements(args, g, group, first, columns, f, min(high, g.filters - f))
        tiles.release()

    @staticmethod
    def _unit(
        tiles: Tiles, args: Words, g: Geometry, group: Int, first: Int, columns: Int, f: Int, filters: Int
    ):
        """Computes filters from f on at some positions."""
        var s = Scratch(Int(stack_allocation[Scratch.BYTES, UInt8, alignment=64]()))
        var taps = g.taps()
        var x = buffer[BFLOAT16](args, Self.AT.x)
        var offsets = Numbers(unsafe_from_address=s.offsets)
        var copied = Buffer[BFLOAT16](unsafe_from_address=s.copied)
        var panels = stack_allocation[WIDE // PANEL, Columns]()
        var count = (columns + PANEL - 1) // PANEL
        for j in range(count):
            var pieces = Numbers(unsafe_from_address=s.pieces).unsafe_offset(j * Columns.NUMBERS)
            var some = min(PANEL, columns - j * PANEL)
            panels[unsafe_offset=j] = Columns(g, group, first + j * PANEL, some, pieces)
        var w = Side(word(args, Self.AT.w) + 2 * (group * g.filters + f) * taps, filters, taps, taps, 1)
        var across = (columns + PAIR - 1) // PAIR
        for start in range(0, taps, BLOCK):
            var kc = min(BLOCK, taps - start)
            var steps = (kc + DEPTH - 1) // DEPTH
            fill_taps(g, start, kc, offsets)
            for j in range(count):
                panels[unsafe_offset=j].pack(x, offsets, kc, copied)
                _interleave(copied, kc, steps, s.columns + 2 * j * STEPS * 2 * TILE_BYTES)
            for i in range((filters + PAIR - 1) // PAIR):
                var lines = w.moved(i * PAIR, min(PAIR, filters - i * PAIR))
                lines.pack[False](Buffer[BFLOAT16](unsafe_from_address=s.rows), start, steps)
                for j in range(across):
                    var sums = s.sums
                    if taps > BLOCK:
                        sums += (i * across + j) * _SUMS
                    var packed = s.columns + j * STEPS * 2 * TILE_BYTES
                    if start > 0:
                        tiles.multiply[True](s.rows, packed, sums, steps, lines.lines)
                    else:
                        tiles.multiply[False](s.rows, packed, sums, steps, lines.lines)
                    if start + BLOCK >= taps:
                        var some = min(PAIR, columns - j * PAIR)
                        Self._write(args, g, group, first + j * PAIR, some, f + i * PAIR, sums)

    @staticmethod
    def _write(args: Words, g: Geometry, group: Int, first: Int, columns: Int, f: Int, sums: Int):
        """Writes the sums of 32 filters at up to 32 positions, those of an image at a time."""
        var positions = g.positions()
        var bias = word(args, Self.AT.bias)
        var lanes = iota[DType.int32, PAIR]()
        var c = 0
        while c < columns:
            var image = (first + c) // positions
            var p = first + c - image * positions
            var length = min(positions - p, columns - c)
            var mask = lanes.ge(Int32(c)) & lanes.lt(Int32(c + length))
            var row = (image * g.groups + group) * g.filters + f
            for r in range(min(PAIR, g.filters - f)):
                var from_row = sums + (r // SIDE * 2 * SIDE + r % SIDE) * 64
                var x = Buffer[DType.float32](unsafe_from_address=from_row)
                var left = x.unsafe_load[width=SIDE](0)
                var right = x.unsafe_load[width=SIDE](SIDE * SIDE)
                var y = buffer[BFLOAT16](args, Self.AT.y).unsafe_offset((row + r) * positions + p - c)
                if bias != 0:
                    var own = _number(buffer[BFLOAT16](args, Self.AT.bias), group * g.filters + f + r)
                    masked_store(to_bfloat16[PAIR]((left + own).join(right + own)), y, mask)
                else:
                    masked_store(round_pair(left, right), y, mask)
            c += length

    @staticmethod
    def _elements(args: Words, g: Geometry, group: Int, first: Int, columns: Int, f: Int, filters: Int):
        """Computes filters from f on at some positions, one by one."""
        var positions = g.positions()
        for i in range(first, first + columns):
            var plane = i // positions * g.groups + group
            var x = buffer[BFLOAT16](args, Self.AT.x).unsafe_offset(
                plane * g.channels * g.pixels() + g.corner(i % positions)
            )
            for k in range(group * g.filters + f, group * g.filters + f + filters):
                var w = buffer[BFLOAT16](args, Self.AT.w).unsafe_offset(k * g.taps())
                var sum = Float32(0)
                for t in range(g.taps()):
                    sum += _number(w, t) * _number(x, g.tap(t))
                if word(args, Self.AT.bias) != 0:
                    sum += _number(buffer[BFLOAT16](args, Self.AT.bias), k)
                var row = plane * g.filters + k - group * g.filters
                buffer[BFLOAT16](args, Self.AT.y).unsafe_store(
                    row * positions + i % positions, to_bfloat16[1](sum)
                )


@always_inline
def _number(x: Buffer[BFLOAT16], i: Int) -> Float32:
    return from_bfloat16[1](x.unsafe_load[width=1](i))

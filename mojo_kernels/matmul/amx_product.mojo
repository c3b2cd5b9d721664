"""Products of bfloat16 by tiles (`amx.mojo`), with sums in float32.

A unit of work is 32 rows of a strip of columns of y, or of y^T where that leaves less to pack. Consecutive units of a
worker share the packed columns. Sums go through k in ascending order, in blocks of `BLOCK`, so they depend on the
shapes and strides alone.
"""

from std.collections import Array
from std.memory import stack_allocation

from mojo_kernels.matmul.amx import (
    DEPTH,
    PAIR,
    SIDE,
    TILE_BYTES,
    Tiles,
    round_pair,
)
from mojo_kernels.matmul.amx_pack import Side
from mojo_kernels.matmul.half import Finish
from mojo_kernels.matmul.operands import AT, WORDS
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import decode, elements
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer, Words, word

comptime BLOCK = 256
"""Elements along k in a block: 32 rows and 32 columns of it fit the first-level cache together."""
comptime COLUMNS = 256
"""Columns of a strip: 128 KiB of packed columns."""
comptime GROUP = 16
"""Units that are computed together: their sums of a strip, 512 KiB, stay in the second-level cache."""
comptime _SUMS = 4 * TILE_BYTES
"""Bytes of the sums of two by two tiles."""
comptime _STEPS = BLOCK // DEPTH
comptime _Square = Array[SIMD[DType.float32, SIDE], SIDE]

comptime _TURNING = 3
"""About how long the transposition of an element of y takes, where a copy of one takes 1."""
comptime _NS_PER_MULTIPLY_ADD = 0.002
"""Nanoseconds of a multiply-add on one worker, packing included (Intel Xeon with AMX, 256 to 1024 cubed, 2026-11)."""


struct TileProduct(TrivialRegisterPassable):
    """A product whose rows and columns are those of y or, where `turned`, exchanged."""

    var rows: Side
    """The operand whose lines are rows."""
    var columns: Side
    """The operand whose lines are columns."""
    var turned: Bool
    """Whether rows are columns of y."""
    var across: Int
    """Strips of columns."""
    var down: Int
    """Units of a strip."""

    def __init__(out self, args: Words):
        """Reads a product from its words; operands are those of the first matrix of a batch.

        Args:
            args: The packed words.
        """
        var k = word(args, AT.k)
        var a = Side(word(args, AT.a), word(args, AT.m), k, word(args, AT.a_row), word(args, AT.a_column))
        var b = Side(word(args, AT.b), word(args, AT.n), k, word(args, AT.b_column), word(args, AT.b_row))
        self.turned = _effort(b, a) * k + _TURNING * a.lines * b.lines < _effort(a, b) * k
        self.rows = b if self.turned else a
        self.columns = a if self.turned else b
        self.across = (self.columns.lines + COLUMNS - 1) // COLUMNS
        self.down = (self.rows.lines + PAIR - 1) // PAIR

    @always_inline
    def units(self) -> Int:
        """Returns the number of units of one matrix.

        Returns:
            The number.
        """
        return self.across * self.down

    def run(self, args: Words, start: Int, stop: Int):
        """Computes some units.

        Args:
            args: The packed words.
            start: The first unit.
            stop: The unit behind the last.
        """
        var scratch = stack_allocation[
            GROUP * _SUMS * COLUMNS // PAIR + BLOCK * (COLUMNS + PAIR) * 2, UInt8, alignment=64
        ]()
        var finish = Finish(args)
        var tiles = Tiles()
        var unit = start
        while unit < stop:
            var batch = unit // self.units()
            var strip = (unit - batch * self.units()) // self.down
            var first = unit - batch * self.units() - strip * self.down
            var count = min(min(self.down - first, stop - unit), GROUP)
            var at = decode[2](args, AT.batch, batch)
            var part = self._part(Int(at[0]), Int(at[1]), first, count, strip)
            part._group(
                tiles,
                finish,
                Buffer[DType.uint8](unsafe_from_address=Int(scratch)),
                batch,
                first * PAIR,
                strip * COLUMNS,
            )
            unit += count
        tiles.release()

    def _part(self, a: Int, b: Int, first: Int, count: Int, strip: Int) -> Self:
        """Returns the product of one matrix of the batch, of some units of a strip."""
        var part = self
        part.rows.at += 2 * (b if self.turned else a)
        part.columns.at += 2 * (a if self.turned else b)
        part.rows = part.rows.moved(first * PAIR, min(count * PAIR, self.rows.lines - first * PAIR))
        var column = strip * COLUMNS
        part.columns = part.columns.moved(column, min(COLUMNS, self.columns.lines - column))
        return part

    def _group(
        self, tiles: Tiles, finish: Finish, scratch: Buffer[DType.uint8], batch: Int, row: Int, column: Int
    ):
        """Computes rows of one strip: for each block of k all sums, which are finished in the last one."""
        var packed_columns = Int(scratch)
        var packed_rows = packed_columns + BLOCK * COLUMNS * 2
        var sums = packed_rows + BLOCK * PAIR * 2
        var wide = (self.columns.lines + PAIR - 1) // PAIR
        var k = self.rows.k
        for start in range(0, max(k, 1), BLOCK):
            var steps = max((min(k - start, BLOCK) + DEPTH - 1) // DEPTH, 1)
            for j in range(wide):
                var lines = self.columns.moved(j * PAIR, min(PAIR, self.columns.lines - j * PAIR))
                var to = packed_columns + j * _STEPS * 2 * TILE_BYTES
                lines.pack[True](Buffer[BFLOAT16](unsafe_from_address=to), start, steps)
            for i in range((self.rows.lines + PAIR - 1) // PAIR):
                var lines = self.rows.moved(i * PAIR, min(PAIR, self.rows.lines - i * PAIR))
                lines.pack[False](Buffer[BFLOAT16](unsafe_from_address=packed_rows), start, steps)
                for j in range(wide):
                    var target = sums
                    if k > BLOCK:
                        target += (i * wide + j) * _SUMS
                    var panel = packed_columns + j * _STEPS * 2 * TILE_BYTES
                    if start > 0:
                        tiles.multiply[True](packed_rows, panel, target, steps)
                    else:
                        tiles.multiply[False](packed_rows, panel, target, steps)
                    if start + BLOCK >= k:
                        self._write(finish, target, batch, row, column, i * PAIR, j * PAIR)

    @always_inline
    def _write(self, finish: Finish, sums: Int, batch: Int, row: Int, column: Int, i: Int, j: Int):
        """Writes the elements of two by two tiles of sums."""
        var high = min(self.rows.lines - i, PAIR)
        var wide = min(self.columns.lines - j, PAIR)
        if self.turned:
            _turn_sums(sums)
            _write_rows(finish, sums, batch, column + j, row + i, wide, high)
        else:
            _write_rows(finish, sums, batch, row + i, column + j, high, wide)


def _turn_sums(sums: Int):
    """Transposes two by two tiles."""
    var x = Buffer[DType.float32](unsafe_from_address=sums)
    var tiles = Array[_Square, 4](fill=_Square(fill=0))
    comptime for tile in range(4):
        comptime for line in range(SIDE):
            tiles[tile][line] = x.unsafe_load[width=SIDE]((tile * SIDE + line) * SIDE)
        turn[DType.float32, SIDE](tiles[tile])
    comptime for tile in range(4):
        comptime from_tile = tile // 2 + tile % 2 * 2
        comptime for line in range(SIDE):
            x.unsafe_store((tile * SIDE + line) * SIDE, tiles[from_tile][line])


def _write_rows(finish: Finish, sums: Int, batch: Int, row: Int, column: Int, rows: Int, columns: Int):
    """Writes the elements of two by two tiles, row by row of y."""
    var x = Buffer[DType.float32](unsafe_from_address=sums)
    var plain = finish.is_plain() and columns == PAIR
    for r in range(rows):
        var first = x.unsafe_offset((r // SIDE * 2 * SIDE + r % SIDE) * SIDE)
        var second = first.unsafe_offset(SIDE * SIDE)
        if plain:
            var rounded = round_pair(first.unsafe_load[width=SIDE](0), second.unsafe_load[width=SIDE](0))
            finish.at(batch, row + r, column).unsafe_store(0, rounded)
            continue
        var c = 0
        while c + SIDE <= columns:
            finish.write[SIDE](batch, row + r, column + c, first.unsafe_load[width=SIDE](c * SIDE))
            c += SIDE
        while c < columns:
            finish.write[1](batch, row + r, column + c, first.unsafe_load(c // SIDE * SIDE * SIDE + c % SIDE))
            c += 1


def _effort(rows: Side, columns: Side) -> Int:
    """Returns about how long packing takes for each k: rows are packed once for each strip, columns for each group.
    """
    var strips = (columns.lines + COLUMNS - 1) // COLUMNS
    var groups = (rows.lines + GROUP * PAIR - 1) // (GROUP * PAIR)
    return rows.lines * strips * _cost(rows, False) + columns.lines * groups * _cost(columns, True)


def _cost(side: Side, pairs_down: Bool) -> Int:
    """Returns about how long packing takes for each element: a copy 1, with a transposition or one by one more.
    """
    if side.k_step == 1:
        return 5 if pairs_down else 1
    if side.line_step == 1:
        return 2 if pairs_down else 6
    return 40


@doc_hidden
struct HalfTiles(Kernel):
    """`HalfProduct` by tiles; under tiled schedules alone."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return "matmul.forward.bfloat16"

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, AT.batch) * TileProduct(args).units()

    @staticmethod
    def cost(args: Words) -> Cost:
        var k = word(args, AT.k)
        var count = elements(args, AT.batch) * word(args, AT.m) * word(args, AT.n)
        var cost = Cost(count, Float64(2 * k), 2, Float64(max(k, 1)) * _NS_PER_MULTIPLY_ADD)
        cost.bytes += Float64(elements(args, AT.batch) * (word(args, AT.m) + word(args, AT.n)) * k * 2)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        TileProduct(args).run(args, start, stop)

"""Attention of bfloat16 by the processor's tiles (matmul/amx.mojo): scores, their powers and all sums are float32.

Keys and values are packed once for `ROWS` rows of q, and the powers of each 32 rows become tiles in their turn, in two
parts, or their rounding would be seen in the results. The sums of y stay in the order of tiles until the last key. Rows
do not depend on each other, and keys follow in ascending order, so no division of the work changes a bit.
"""

from std.math import iota
from std.memory import stack_allocation
from std.sys.intrinsics import masked_store

from mojo_kernels.attention.drop import DROP, Drop
from mojo_kernels.attention.forward import AttentionForward
from mojo_kernels.attention.operands import (
    KEYS,
    Matrices,
    QUERIES,
    SIZES,
    Sizes,
    finite,
    largest,
    mask_row,
    multiply_row,
    raise_row,
)
from mojo_kernels.matmul.amx import (
    DEPTH,
    PAIR,
    SIDE,
    TILE_BYTES,
    Tiles,
    may_have_tiles,
    round_pair,
)
from mojo_kernels.matmul.amx_pack import Side
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.bfloat16 import BFLOAT16, from_bfloat16, to_bfloat16
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, scalar, word

comptime ROWS = 2 * QUERIES
"""Rows of q for which keys and values are packed once."""
comptime WIDEST = 256
"""The most columns of q, k and v; ops/attention.py knows it too."""
comptime NS_PER_MULTIPLY_ADD = 0.001
"""Nanoseconds of a multiply-add on one worker (Intel Xeon with AMX, 2026-11)."""
comptime NS_PER_SCORE = 0.8
"""Nanoseconds of the rest of a score, packing included."""
comptime _SUMS = 4 * TILE_BYTES
"""Bytes of the sums of 32 rows and 32 columns."""
comptime _WEIGHTS = PAIR * KEYS * 2
"""Bytes of the tiles of the powers of 32 rows."""
comptime _STEP = 2 * TILE_BYTES
"""Bytes of the tiles of 32 rows or columns, 32 along k."""
comptime _Floats = Buffer[DType.float32]


@always_inline
def _tiles(count: Int) -> Int:
    """Returns how many times 32 there are in a number, rounded up."""
    return (count + PAIR - 1) // PAIR


@always_inline
def _sums_row(sums: Int, row: Int) -> _Floats:
    """Returns a row of tiles of sums: its first 16 columns, the others of 32 are `SIDE` * `SIDE` numbers behind them.
    """
    return _Floats(unsafe_from_address=sums + row // SIDE * _STEP + row % SIDE * 64)


struct _Scratch(TrivialRegisterPassable):
    """Memory of a worker, as addresses."""

    var queries: Int
    """Tiles of rows of q: those of 32 rows side by side."""
    var keys: Int
    """Tiles of keys."""
    var values: Int
    """Tiles of values."""
    var products: Int
    """Scores of 32 rows as tiles give them."""
    var scores: Int
    """Scores of 32 rows, row by row."""
    var weights: Int
    """Tiles of the powers of 32 rows, rounded; behind them tiles of what rounding has left."""
    var sums: Int
    """The sums of y of all rows."""
    var tops: Int
    """The greatest score of each row."""
    var totals: Int
    """The sum of powers of each row."""
    var shrinks: Int
    """What the sums of each of 32 rows are multiplied by."""
    var room: Int
    """Factors of a dropout."""

    comptime BYTES = (
        ROWS * WIDEST * 2
        + 2 * KEYS * WIDEST * 2
        + 2 * PAIR * KEYS * 4
        + 2 * PAIR * KEYS * 2
        + ROWS * WIDEST * 4
        + (2 * ROWS + PAIR + Drop[DType.float32].ROOM) * 4
    )
    """Bytes of all of it."""

    def __init__(out self, address: Int):
        """Divides memory.

        Args:
            address: The address of `BYTES` bytes.
        """
        self.queries = address
        self.keys = self.queries + ROWS * WIDEST * 2
        self.values = self.keys + KEYS * WIDEST * 2
        self.products = self.values + KEYS * WIDEST * 2
        self.scores = self.products + PAIR * KEYS * 4
        self.weights = self.scores + PAIR * KEYS * 4
        self.sums = self.weights + 2 * _WEIGHTS
        self.tops = self.sums + ROWS * WIDEST * 4
        self.totals = self.tops + ROWS * 4
        self.shrinks = self.totals + ROWS * 4
        self.room = self.shrinks + PAIR * 4


@doc_hidden
struct AttentionTiles(Kernel):
    """`AttentionForward` of bfloat16; the mask is float32, and so are the logarithms of the sums."""

    comptime WORDS: StaticString = (
        "y:w lse:w q:r k:r v:r mask:r "
        + SIZES
        + " q_strides:... k_strides:... v_strides:... y_strides:... mask_strides:...."
        + " "
        + DROP
    )

    @staticmethod
    def name() -> String:
        return "attention.forward.bfloat16"

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batches) * word(args, Self.AT.heads) * word(args, Self.AT.queries)

    @staticmethod
    def grain(args: Words) -> Int:
        return QUERIES

    @staticmethod
    def cost(args: Words) -> Cost:
        var sizes = Sizes(args, Self.AT.batches)
        var cost = sizes.cost[BFLOAT16](2, 0)
        if not may_have_tiles():
            return sizes.cost[DType.float32](2, Drop[DType.float32](args, Self.AT.drop).cost())
        var each = Float64(sizes.width + sizes.values) * NS_PER_MULTIPLY_ADD + NS_PER_SCORE
        each += Drop[DType.float32](args, Self.AT.drop).cost()
        cost.arithmetic = Float64(Self.units(args) * sizes.keys) * each
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            if not may_have_tiles():
                AttentionForward[BFLOAT16].tiles(args, start, stop)
                return
        var sizes = Sizes(args, Self.AT.batches)
        var scratch = _Scratch(Int(stack_allocation[_Scratch.BYTES, UInt8, alignment=64]()))
        var tiles = Tiles()
        var at = start
        while at < stop:
            var matrix = at // sizes.queries
            var first = at - matrix * sizes.queries
            var count = 1
            comptime if S.SIMD:
                count = min(ROWS, min(sizes.queries - first, stop - at))
                Self._rows[S](tiles, args, sizes, scratch, matrix, first, count)
            else:
                Self._row(args, sizes, scratch, matrix, first)
            at += count
        tiles.release()

    @staticmethod
    def _rows[
        S: Schedule
    ](tiles: Tiles, args: Words, sizes: Sizes, s: _Scratch, matrix: Int, first: Int, count: Int):
        """Does some rows of a head."""
        var batch = matrix // sizes.heads
        var head = matrix - batch * sizes.heads
        var group = head * sizes.groups // sizes.heads
        var q = Matrices[BFLOAT16](args, Self.AT.q, Self.AT.q_strides)
        var k = Matrices[BFLOAT16](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[BFLOAT16](args, Self.AT.v, Self.AT.v_strides)
        var deep = _tiles(sizes.width)
        for i in range(_tiles(count)):
            var rows = Int(q.at(batch, head, first + i * PAIR))
            var side = Side(rows, min(PAIR, count - i * PAIR), sizes.width, q.row, 1)
            side.pack[False](_packed(s.queries + i * deep * _STEP), 0, deep)
        var tops = _Floats(unsafe_from_address=s.tops)
        var totals = _Floats(unsafe_from_address=s.totals)
        for i in range(count):
            tops.unsafe_store(i, Float32.MIN)
            totals.unsafe_store(i, 0)
        for j in range(0, sizes.seen(first + count - 1), KEYS):
            var columns = min(KEYS, sizes.seen(first + count - 1) - j)
            for b in range(_tiles(columns)):
                var rows = Int(k.at(batch, group, j + b * PAIR))
                var side = Side(rows, min(PAIR, columns - b * PAIR), sizes.width, k.row, 1)
                side.pack[True](_packed(s.keys + b * deep * _STEP), 0, deep)
            for c in range(_tiles(sizes.values)):
                var part = Int(v.at(batch, group, j).unsafe_offset(c * PAIR))
                var side = Side(part, min(PAIR, sizes.values - c * PAIR), columns, 1, v.row)
                side.pack[True](_packed(s.values + c * KEYS * PAIR * 2), 0, _tiles(columns))
            for i in range(_tiles(count)):
                var rows = min(PAIR, count - i * PAIR)
                var own = min(columns, sizes.seen(first + i * PAIR + rows - 1) - j)
                if own > 0:
                    Self._block[S](tiles, args, sizes, s, matrix, first + i * PAIR, rows, i, j, own)
        Self._finish[S](args, sizes, s, matrix, first, count)

    @staticmethod
    def _block[
        S: Schedule
    ](
        tiles: Tiles,
        args: Words,
        sizes: Sizes,
        s: _Scratch,
        matrix: Int,
        first: Int,
        rows: Int,
        i: Int,
        j: Int,
        columns: Int,
    ):
        """Lets 32 rows look at the packed keys; `i` is the number of the rows, j the first key."""
        var deep = _tiles(sizes.width)
        for b in range(_tiles(columns)):
            tiles.multiply[False](
                s.queries + i * deep * _STEP, s.keys + b * deep * _STEP, s.products + b * _SUMS, deep, rows
            )
        Self._weigh[S](args, sizes, s, matrix, first, rows, i, j, columns)
        for c in range(_tiles(sizes.values)):
            var sums = s.sums + (i * _tiles(sizes.values) + c) * _SUMS
            var values = s.values + c * KEYS * PAIR * 2
            if j == 0:
                tiles.multiply[False](s.weights, values, sums, _tiles(columns), rows)
            else:
                for r in range(rows):
                    var factor = _Floats(unsafe_from_address=s.shrinks).unsafe_load(r)
                    if not factor == 1:
                        _scale(_sums_row(sums, r), factor)
                tiles.multiply[True](s.weights, values, sums, _tiles(columns), rows)
            tiles.multiply[True](s.weights + _WEIGHTS, values, sums, _tiles(columns), rows)

    @staticmethod
    def _weigh[
        S: Schedule
    ](
        args: Words,
        sizes: Sizes,
        s: _Scratch,
        matrix: Int,
        first: Int,
        rows: Int,
        i: Int,
        j: Int,
        columns: Int,
    ):
        """Turns products into tiles of powers, and brings tops and totals up to date."""
        var batch = matrix // sizes.heads
        var head = matrix - batch * sizes.heads
        var tops = _Floats(unsafe_from_address=s.tops).unsafe_offset(i * PAIR)
        var totals = _Floats(unsafe_from_address=s.totals).unsafe_offset(i * PAIR)
        var shrinks = _Floats(unsafe_from_address=s.shrinks)
        var scores = _Floats(unsafe_from_address=s.scores)
        var scale = scalar[DType.float32](args, Self.AT.scale)
        var drop = Drop[DType.float32](args, Self.AT.drop)
        for r in range(rows):
            var row = scores.unsafe_offset(r * KEYS)
            for b in range(_tiles(columns)):
                var x = _sums_row(s.products + b * _SUMS, r)
                row.unsafe_store(b * PAIR, x.unsafe_load[width=SIDE](0) * scale)
                row.unsafe_store(b * PAIR + SIDE, x.unsafe_load[width=SIDE](SIDE * SIDE) * scale)
            mask_row[S](
                row,
                args,
                Self.AT.mask,
                Self.AT.mask_strides,
                batch,
                head,
                first + r,
                j,
                columns,
                sizes.causal,
            )
            var top = tops.unsafe_load(r)
            shrinks.unsafe_store(r, top)
            tops.unsafe_store(r, largest[S](row, columns, top))

        def shrink[w: Int](r: Int) {imm}:
            var base = finite(tops.unsafe_load[width=w](r))
            shrinks.unsafe_store(r, exp(shrinks.unsafe_load[width=w](r) - base))

        lanes[S, SIDE](rows, shrink)
        for r in range(rows):
            var row = scores.unsafe_offset(r * KEYS)
            var total = raise_row[S](row, columns, finite[DType.float32, 1](tops.unsafe_load(r)))
            totals.unsafe_store(r, totals.unsafe_load(r) * shrinks.unsafe_load(r) + total)
            if drop.drops():
                var room = _Floats(unsafe_from_address=s.room)
                var position = matrix * sizes.queries + first + r
                multiply_row[S](row, drop.factors[S](room, sizes, position, j, columns), columns)
            for c in range(columns, _tiles(columns) * PAIR):
                row.unsafe_store(c, 0)
            for b in range(_tiles(columns)):
                var to = s.weights + b * _STEP + r // SIDE * TILE_BYTES + r % SIDE * 64
                var powers = row.unsafe_load[width=PAIR](b * PAIR)
                var rounded = to_bfloat16[PAIR](powers)
                _packed(to).unsafe_store(0, rounded)
                _packed(to + _WEIGHTS).unsafe_store(
                    0, to_bfloat16[PAIR](powers - from_bfloat16[PAIR](rounded))
                )

    @staticmethod
    def _finish[S: Schedule](args: Words, sizes: Sizes, s: _Scratch, matrix: Int, first: Int, count: Int):
        """Writes rows of y, and the logarithms of their sums."""
        var batch = matrix // sizes.heads
        var head = matrix - batch * sizes.heads
        var y = Matrices[BFLOAT16](args, Self.AT.y, Self.AT.y_strides)
        var tops = _Floats(unsafe_from_address=s.tops)
        var totals = _Floats(unsafe_from_address=s.totals)
        for r in range(count):
            var total = totals.unsafe_load(r)
            var factor = Float32(0) if total == 0 else 1 / total
            var row = y.at(batch, head, first + r)
            for c in range(_tiles(sizes.values)):
                var sums = s.sums + (r // PAIR * _tiles(sizes.values) + c) * _SUMS
                var x = _sums_row(sums, r % PAIR)
                var both = x.unsafe_load[width=SIDE](0).join(x.unsafe_load[width=SIDE](SIDE * SIDE))
                var there = iota[DType.int32, PAIR]().lt(Int32(sizes.values - c * PAIR))
                masked_store(to_bfloat16[PAIR](both * factor), row.unsafe_offset(c * PAIR), there)
        var lse = buffer[DType.float32](args, Self.AT.lse).unsafe_offset(matrix * sizes.queries + first)

        def finish[w: Int](i: Int) {imm}:
            lse.unsafe_store(i, tops.unsafe_load[width=w](i) + log(totals.unsafe_load[width=w](i)))

        lanes[S, SIDE](count, finish)

    @staticmethod
    def _row(args: Words, sizes: Sizes, s: _Scratch, matrix: Int, row: Int):
        """Does a row, key by key."""
        var batch = matrix // sizes.heads
        var head = matrix - batch * sizes.heads
        var group = head * sizes.groups // sizes.heads
        var q = Matrices[BFLOAT16](args, Self.AT.q, Self.AT.q_strides).at(batch, head, row)
        var sums = _Floats(unsafe_from_address=s.sums)
        var score = _Floats(unsafe_from_address=s.scores)
        var drop = Drop[DType.float32](args, Self.AT.drop)
        var top = Float32.MIN
        var total = Float32(0)
        for c in range(sizes.values):
            sums.unsafe_store(c, 0)
        for j in range(sizes.seen(row)):
            var k = Matrices[BFLOAT16](args, Self.AT.k, Self.AT.k_strides).at(batch, group, j)
            var v = Matrices[BFLOAT16](args, Self.AT.v, Self.AT.v_strides).at(batch, group, j)
            var sum = Float32(0)
            for e in range(sizes.width):
                sum += _number(q, e) * _number(k, e)
            score.unsafe_store(0, sum * scalar[DType.float32](args, Self.AT.scale))
            mask_row[Original](
                score, args, Self.AT.mask, Self.AT.mask_strides, batch, head, row, j, 1, sizes.causal
            )
            var before = top
            top = max(top, score.unsafe_load(0))
            var factor = exp[DType.float32, 1](before - finite[DType.float32, 1](top))
            var weight = exp[DType.float32, 1](score.unsafe_load(0) - finite[DType.float32, 1](top))
            total = total * factor + weight
            if drop.drops():
                var room = _Floats(unsafe_from_address=s.room)
                weight *= drop.factors[Original](room, sizes, matrix * sizes.queries + row, j, 1).unsafe_load(
                    0
                )
            for c in range(sizes.values):
                sums.unsafe_store(c, sums.unsafe_load(c) * factor + weight * _number(v, c))
        var y = Matrices[BFLOAT16](args, Self.AT.y, Self.AT.y_strides).at(batch, head, row)
        for c in range(sizes.values):
            y.unsafe_store(c, to_bfloat16[1](sums.unsafe_load(c) * (0 if total == 0 else 1 / total)))
        var lse = buffer[DType.float32](args, Self.AT.lse)
        lse.unsafe_store(matrix * sizes.queries + row, top + log[DType.float32, 1](total))


@always_inline
def _packed(address: Int) -> Buffer[BFLOAT16]:
    return Buffer[BFLOAT16](unsafe_from_address=address)


@always_inline
def _number(x: Buffer[BFLOAT16], i: Int) -> Float32:
    return from_bfloat16[1](x.unsafe_load[width=1](i))


@always_inline
def _scale(row: _Floats, factor: Float32):
    """Multiplies a row of tiles of sums."""
    comptime for half in range(2):
        var at = half * SIDE * SIDE
        row.unsafe_store(at, row.unsafe_load[width=SIDE](at) * factor)

"""Attention forward: tiles of keys with an online softmax."""

from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.attention.columns import (
    Computed,
    Hidden,
    LOG2_E,
    LOG_2,
    Lines,
    Turned,
    TurnedFactors,
    by_vectors,
    round_rows,
    sum_into,
    weigh,
)
from mojo_kernels.attention.drop import DROP, Drop
from mojo_kernels.attention.operands import (
    KEYS,
    Matrices,
    QUERIES,
    SIZES,
    Sizes,
    WIDEST,
    add_product,
    by_rows,
    finite,
    largest,
    mask_row,
    multiply_row,
    raise_row,
    scale_row,
)
from mojo_kernels.matmul.tile import Panel
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear, lanes
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word


@doc_hidden
struct AttentionForward[dt: DType](Kernel):
    """A unit is a row of q of one batch and head."""

    comptime WORDS: StaticString = (
        "y:w lse:w q:r k:r v:r mask:r "
        + SIZES
        + " q_strides:... k_strides:... v_strides:... y_strides:... mask_strides:...."
        + " "
        + DROP
    )

    comptime C = Computed[Self.dt]
    """The dtype in which it computes; that of the mask and of the logarithms too."""

    @staticmethod
    def name() -> String:
        return String("attention.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batches) * word(args, Self.AT.heads) * word(args, Self.AT.queries)

    @staticmethod
    def grain(args: Words) -> Int:
        return QUERIES

    @staticmethod
    def cost(args: Words) -> Cost:
        return Sizes(args, Self.AT.batches).cost[Self.C](2, Drop[Self.C](args, Self.AT.drop).cost())

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            Self.tiles(args, start, stop)
        else:
            Self.rows(args, start, stop)

    @staticmethod
    def tiles(args: Words, start: Int, stop: Int):
        """Does rows in tiles, whose columns they are."""
        comptime TILE = KEYS * QUERIES
        comptime ROWS = 3 * QUERIES
        comptime ROOM = max(Hidden[Self.C].ROOM, TurnedFactors[Self.C].ROOM)
        comptime COPIES = Lines[Self.dt].COPIES
        comptime COPY = WIDEST if COPIES else 0
        comptime ALL = TILE + Turned[Self.C].ROOM + ROWS + ROOM + 2 * (QUERIES + KEYS) * COPY
        var scores = Buffer[Self.C](
            unsafe_from_address=Int(stack_allocation[ALL, Scalar[Self.C], alignment=64]())
        )
        var panels = scores.unsafe_offset(TILE)
        var tops = panels.unsafe_offset(Turned[Self.C].ROOM)
        var sums = tops.unsafe_offset(QUERIES)
        var shrinks = sums.unsafe_offset(QUERIES)
        var room = shrinks.unsafe_offset(QUERIES)
        var q_copy = room.unsafe_offset(ROOM)
        var y_copy = q_copy.unsafe_offset(QUERIES * COPY)
        var k_copy = y_copy.unsafe_offset(QUERIES * COPY)
        var v_copy = k_copy.unsafe_offset(KEYS * COPY)
        var sizes = Sizes(args, Self.AT.batches)
        var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var y = Matrices[Self.dt](args, Self.AT.y, Self.AT.y_strides)
        var scale = scalar[Self.C](args, Self.AT.scale)
        var drop = Drop[Self.C](args, Self.AT.drop)
        var hidden = Hidden[Self.C](args, Self.AT.mask, Self.AT.mask_strides, sizes.causal)
        var at = start
        while at < stop:
            var matrix = at // sizes.queries
            var first = at - matrix * sizes.queries
            var batch = matrix // sizes.heads
            var head = matrix - batch * sizes.heads
            var group = head * sizes.groups // sizes.heads
            var count = min(QUERIES - first % QUERIES, min(sizes.queries - first, stop - at))
            var result = Lines[Self.dt](y.at(batch, head, first), y.row, 0, sizes.values, y_copy)
            var rows = Lines[Self.dt](q.at(batch, head, first), q.row, count, sizes.width, q_copy)
            for i in range(QUERIES):
                tops.unsafe_store(i, Scalar[Self.C].MIN)
                sums.unsafe_store(i, 0)
            var turned = Turned[Self.C](rows.at(0), rows.row, count, sizes.width, scale * LOG2_E, panels)
            for j in range(0, sizes.seen(first), KEYS):
                var keys = min(KEYS, sizes.seen(first) - j)
                var ks = Lines[Self.dt](k.at(batch, group, j), k.row, keys, sizes.width, k_copy)
                turned.times(scores, ks.at(0), ks.row, keys)
                hidden.apply(scores, batch, head, first, count, j, keys, room)

                def powers[vectors: Int](c: Int) {imm}:
                    weigh[Self.C, vectors](
                        scores.unsafe_offset(c),
                        keys,
                        tops.unsafe_offset(c),
                        sums.unsafe_offset(c),
                        shrinks.unsafe_offset(c),
                    )

                by_vectors[Self.C](count, powers)
                if drop.drops():
                    var row = matrix * sizes.queries + first
                    TurnedFactors[Self.C].multiply(scores, drop, sizes, row, count, j, keys, room)
                if j > 0:
                    for i in range(count):
                        var factor = shrinks.unsafe_load(i)
                        if not factor == 1:
                            scale_row[Tiled](result.at(i), sizes.values, factor)
                var vs = Lines[Self.dt](v.at(batch, group, j), v.row, keys, sizes.values, v_copy)
                var weights = Panel[Self.C](Int(scores), 1, QUERIES)
                sum_into(
                    result.at(0),
                    result.row,
                    weights,
                    vs.at(0),
                    vs.row,
                    count,
                    sizes.values,
                    keys,
                    j > 0,
                )
            for i in range(count):
                var sum = sums.unsafe_load(i)
                var row = result.at(i)
                if sizes.keys == 0:
                    clear[Tiled](row, sizes.values)
                scale_row[Tiled](row, sizes.values, 0 if sum == 0 else 1 / sum)
            comptime if COPIES:
                round_rows(y.at(batch, head, first), y.row, result.at(0), result.row, count, sizes.values)
            var lse = buffer[Self.C](args, Self.AT.lse).unsafe_offset(matrix * sizes.queries + first)

            def finish[w: Int](i: Int) {imm}:
                lse.unsafe_store(i, tops.unsafe_load[width=w](i) * LOG_2 + log(sums.unsafe_load[width=w](i)))

            lanes[Tiled, simd_width_of[Self.C]()](count, finish)
            at += count

    @staticmethod
    def rows(args: Words, start: Int, stop: Int):
        """Does row by row."""
        comptime COLUMNS = 16
        var scores = Buffer[Self.C](unsafe_from_address=Int(stack_allocation[2 * COLUMNS, Scalar[Self.C]]()))
        var room = scores.unsafe_offset(COLUMNS)
        var sizes = Sizes(args, Self.AT.batches)
        var k = Matrices[Self.C](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.C](args, Self.AT.v, Self.AT.v_strides)
        var scale = scalar[Self.C](args, Self.AT.scale)
        var drop = Drop[Self.C](args, Self.AT.drop)
        for at in range(start, stop):
            var matrix = at // sizes.queries
            var row = at - matrix * sizes.queries
            var batch = matrix // sizes.heads
            var head = matrix - batch * sizes.heads
            var group = head * sizes.groups // sizes.heads
            var q = Matrices[Self.C](args, Self.AT.q, Self.AT.q_strides).at(batch, head, row)
            var y = Matrices[Self.C](args, Self.AT.y, Self.AT.y_strides).at(batch, head, row)
            var top = Scalar[Self.C].MIN
            var sum = Scalar[Self.C](0)
            clear[Original](y, sizes.values)
            for j in range(0, sizes.seen(row), COLUMNS):
                var columns = min(COLUMNS, sizes.seen(row) - j)
                var keys = k.at(batch, group, j)
                by_rows[Original](scores, COLUMNS, q, 0, keys, k.row, 1, columns, sizes.width, scale)
                mask_row[Original](
                    scores,
                    args,
                    Self.AT.mask,
                    Self.AT.mask_strides,
                    batch,
                    head,
                    row,
                    j,
                    columns,
                    sizes.causal,
                )
                var before = top
                top = largest[Original](scores, columns, top)
                var base = finite[Self.C, 1](top)
                var factor = exp[Self.C, 1](before - base)
                sum = sum * factor + raise_row[Original](scores, columns, base)
                if j > 0 and not factor == 1:
                    scale_row[Original](y, sizes.values, factor)
                if drop.drops():
                    multiply_row[Original](
                        scores, drop.factors[Original](room, sizes, at, j, columns), columns
                    )
                var values = v.at(batch, group, j)
                add_product[Original, transposed=False](
                    y, 0, scores, COLUMNS, values, v.row, 1, sizes.values, columns
                )
            scale_row[Original](y, sizes.values, 0 if sum == 0 else 1 / sum)
            buffer[Self.C](args, Self.AT.lse).unsafe_store(at, top + log[Self.C, 1](sum))

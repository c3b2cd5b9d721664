"""Scaled dot-product attention without the matrix of scores: y = softmax(scale q k^T + mask) v, tile by tile.

Forward runs over tiles of keys with an online softmax (Milakov and Gimelshein, 2018; Dao et al., 2022): the greatest
score and the sum of exponentials of each row so far, by which the row of y is scaled when they grow. It stores the
logarithm of each row's sum, from which backward computes a tile of weights again. A row that may look at no key gives
0.

    p = e^(s - lse); dv += p^T dy; ds = p (dy v^T - sum dy y); dq += scale ds k; dk += scale ds^T q

With dropout of weights, by factors d (`drop.mojo`), y = (p d) v; backward takes p d for p in dv, and d (dy v^T) for dy v^T.

q is (B, H, L, E), k and v (B, G, S, E and V), where G divides H; y (B, H, L, V); lse and the sums of dy y (B, H, L). All may have any strides,
but the last dimension is contiguous. The mask is added, and broadcasts by strides of 0.

Strides are those of batch, head and row, of the mask those of columns too; the address of the mask is 0 where there is
none. `causal` tells whether a row looks at no key behind its own position. The words of the dropout come last:
probability (0 for none), factor, seed and position in the stream.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.attention.columns import (
    Hidden,
    LOG2_E,
    LOG_2,
    TurnedFactors,
    Turned,
    by_vectors,
    slope,
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
        return Sizes(args, Self.AT.batches).cost[Self.dt](2, Drop[Self.dt](args, Self.AT.drop).cost())

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
        comptime ROOM = max(Hidden[Self.dt].ROOM, TurnedFactors[Self.dt].ROOM)
        comptime ALL = TILE + Turned[Self.dt].ROOM + ROWS + ROOM
        var scores = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ALL, Scalar[Self.dt], alignment=64]())
        )
        var panels = scores.unsafe_offset(TILE)
        var tops = panels.unsafe_offset(Turned[Self.dt].ROOM)
        var sums = tops.unsafe_offset(QUERIES)
        var shrinks = sums.unsafe_offset(QUERIES)
        var room = shrinks.unsafe_offset(QUERIES)
        var sizes = Sizes(args, Self.AT.batches)
        var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var y = Matrices[Self.dt](args, Self.AT.y, Self.AT.y_strides)
        var scale = scalar[Self.dt](args, Self.AT.scale)
        var drop = Drop[Self.dt](args, Self.AT.drop)
        var hidden = Hidden[Self.dt](args, Self.AT.mask, Self.AT.mask_strides, sizes.causal)
        var at = start
        while at < stop:
            var matrix = at // sizes.queries
            var first = at - matrix * sizes.queries
            var batch = matrix // sizes.heads
            var head = matrix - batch * sizes.heads
            var group = head * sizes.groups // sizes.heads
            var count = min(QUERIES - first % QUERIES, min(sizes.queries - first, stop - at))
            var result = y.at(batch, head, first)
            for i in range(QUERIES):
                tops.unsafe_store(i, Scalar[Self.dt].MIN)
                sums.unsafe_store(i, 0)
            var turned = Turned[Self.dt](
                q.at(batch, head, first), q.row, count, sizes.width, scale * LOG2_E, panels
            )
            for j in range(0, sizes.seen(first), KEYS):
                var keys = min(KEYS, sizes.seen(first) - j)
                turned.times(scores, k.at(batch, group, j), k.row, keys)
                hidden.apply(scores, batch, head, first, count, j, keys, room)

                def powers[vectors: Int](c: Int) {imm}:
                    weigh[Self.dt, vectors](
                        scores.unsafe_offset(c),
                        keys,
                        tops.unsafe_offset(c),
                        sums.unsafe_offset(c),
                        shrinks.unsafe_offset(c),
                    )

                by_vectors[Self.dt](count, powers)
                if drop.drops():
                    var row = matrix * sizes.queries + first
                    TurnedFactors[Self.dt].multiply(scores, drop, sizes, row, count, j, keys, room)
                if j > 0:
                    for i in range(count):
                        var factor = shrinks.unsafe_load(i)
                        if not factor == 1:
                            scale_row[Tiled](result.unsafe_offset(i * y.row), sizes.values, factor)
                var weights = Panel[Self.dt](Int(scores), 1, QUERIES)
                sum_into(
                    result,
                    y.row,
                    weights,
                    v.at(batch, group, j),
                    v.row,
                    count,
                    sizes.values,
                    keys,
                    j > 0,
                )
            for i in range(count):
                var sum = sums.unsafe_load(i)
                var row = result.unsafe_offset(i * y.row)
                if sizes.keys == 0:
                    clear[Tiled](row, sizes.values)
                scale_row[Tiled](row, sizes.values, 0 if sum == 0 else 1 / sum)
            var lse = buffer[Self.dt](args, Self.AT.lse).unsafe_offset(matrix * sizes.queries + first)

            def finish[w: Int](i: Int) {imm}:
                lse.unsafe_store(i, tops.unsafe_load[width=w](i) * LOG_2 + log(sums.unsafe_load[width=w](i)))

            lanes[Tiled, simd_width_of[Self.dt]()](count, finish)
            at += count

    @staticmethod
    def rows(args: Words, start: Int, stop: Int):
        """Does row by row."""
        comptime COLUMNS = 16
        var scores = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[2 * COLUMNS, Scalar[Self.dt]]())
        )
        var room = scores.unsafe_offset(COLUMNS)
        var sizes = Sizes(args, Self.AT.batches)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var scale = scalar[Self.dt](args, Self.AT.scale)
        var drop = Drop[Self.dt](args, Self.AT.drop)
        for at in range(start, stop):
            var matrix = at // sizes.queries
            var row = at - matrix * sizes.queries
            var batch = matrix // sizes.heads
            var head = matrix - batch * sizes.heads
            var group = head * sizes.groups // sizes.heads
            var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides).at(batch, head, row)
            var y = Matrices[Self.dt](args, Self.AT.y, Self.AT.y_strides).at(batch, head, row)
            var top = Scalar[Self.dt].MIN
            var sum = Scalar[Self.dt](0)
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
                var base = finite[Self.dt, 1](top)
                var factor = exp[Self.dt, 1](before - base)
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
            buffer[Self.dt](args, Self.AT.lse).unsafe_store(at, top + log[Self.dt, 1](sum))


@doc_hidden
struct AttentionBackward[dt: DType](Kernel):
    """A unit is one batch and head of keys and values."""

    comptime WORDS: StaticString = (
        "dq:w dk:w dv:w sums:w q:r k:r v:r y:r dy:r lse:r mask:r "
        + SIZES
        + " q_strides:... k_strides:... v_strides:... y_strides:... dy_strides:..."
        + " dq_strides:... dk_strides:... dv_strides:... mask_strides:...."
        + " "
        + DROP
    )

    @staticmethod
    def name() -> String:
        return String("attention.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batches) * word(args, Self.AT.groups)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Sizes(args, Self.AT.batches).cost[Self.dt](5, Drop[Self.dt](args, Self.AT.drop).cost())

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            Self.tiles(args, start, stop)
        else:
            Self.rows(args, start, stop)

    @staticmethod
    def tiles(args: Words, start: Int, stop: Int):
        """Does heads in tiles, whose columns are rows of q."""
        comptime TILE = KEYS * QUERIES
        comptime ROOM = max(Hidden[Self.dt].ROOM, TurnedFactors[Self.dt].ROOM)
        comptime ALL = 2 * TILE + 2 * Turned[Self.dt].ROOM + 2 * QUERIES + ROOM
        var weights = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ALL, Scalar[Self.dt], alignment=64]())
        )
        var slopes = weights.unsafe_offset(TILE)
        var q_panels = slopes.unsafe_offset(TILE)
        var dy_panels = q_panels.unsafe_offset(Turned[Self.dt].ROOM)
        var logs = dy_panels.unsafe_offset(Turned[Self.dt].ROOM)
        var sums = logs.unsafe_offset(QUERIES)
        var room = sums.unsafe_offset(QUERIES)
        var sizes = Sizes(args, Self.AT.batches)
        var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var dy = Matrices[Self.dt](args, Self.AT.dy, Self.AT.dy_strides)
        var dq = Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides)
        var dk = Matrices[Self.dt](args, Self.AT.dk, Self.AT.dk_strides)
        var dv = Matrices[Self.dt](args, Self.AT.dv, Self.AT.dv_strides)
        var scale = scalar[Self.dt](args, Self.AT.scale)
        var drop = Drop[Self.dt](args, Self.AT.drop)
        var hidden = Hidden[Self.dt](args, Self.AT.mask, Self.AT.mask_strides, sizes.causal)
        var share = sizes.heads // sizes.groups
        for unit in range(start, stop):
            var batch = unit // sizes.groups
            var group = unit - batch * sizes.groups
            var adds = sizes.causal or sizes.queries == 0  # the first rows do not meet all keys
            if adds:
                for j in range(sizes.keys):
                    clear[Tiled](dk.at(batch, group, j), sizes.width)
                    clear[Tiled](dv.at(batch, group, j), sizes.values)
            for head in range(group * share, (group + 1) * share):
                Self.sum_rows[Tiled](args, sizes, batch, head, sizes.keys == 0)
            for j in range(0, sizes.keys, KEYS):
                for head in range(group * share, (group + 1) * share):
                    for first in range(0, sizes.queries, QUERIES):
                        var keys = min(KEYS, sizes.seen(first) - j)
                        if keys <= 0:
                            continue
                        var count = min(QUERIES, sizes.queries - first)
                        var rows = q.at(batch, head, first)
                        var dy_rows = dy.at(batch, head, first)
                        var turned = Turned[Self.dt](
                            rows, q.row, count, sizes.width, scale * LOG2_E, q_panels
                        )
                        turned.times(weights, k.at(batch, group, j), k.row, keys)
                        turned = Turned[Self.dt](dy_rows, dy.row, count, sizes.values, scale, dy_panels)
                        turned.times(slopes, v.at(batch, group, j), v.row, keys)
                        hidden.apply(weights, batch, head, first, count, j, keys, room)
                        var row = (batch * sizes.heads + head) * sizes.queries + first
                        Self.note(args, row, count, scale, logs, sums)

                        def plain[vectors: Int](c: Int) {imm}:
                            slope[Self.dt, vectors, False](
                                weights.unsafe_offset(c),
                                slopes.unsafe_offset(c),
                                keys,
                                logs.unsafe_offset(c),
                                sums.unsafe_offset(c),
                                room,
                            )

                        if drop.drops():
                            comptime W = simd_width_of[Self.dt]()
                            for c in range(0, count, W):
                                var factors = TurnedFactors[Self.dt].make(
                                    drop, sizes, row + c, min(W, count - c), j, keys, room
                                )
                                slope[Self.dt, 1, True](
                                    weights.unsafe_offset(c),
                                    slopes.unsafe_offset(c),
                                    keys,
                                    logs.unsafe_offset(c),
                                    sums.unsafe_offset(c),
                                    factors,
                                )
                        else:
                            by_vectors[Self.dt](count, plain)
                        var sums_up = adds or head > group * share or first > 0
                        sum_into(
                            dv.at(batch, group, j),
                            dv.row,
                            Panel[Self.dt](Int(weights), QUERIES, 1),
                            dy_rows,
                            dy.row,
                            keys,
                            sizes.values,
                            count,
                            sums_up,
                        )
                        sum_into(
                            dk.at(batch, group, j),
                            dk.row,
                            Panel[Self.dt](Int(slopes), QUERIES, 1),
                            rows,
                            q.row,
                            keys,
                            sizes.width,
                            count,
                            sums_up,
                        )
                        sum_into(
                            dq.at(batch, head, first),
                            dq.row,
                            Panel[Self.dt](Int(slopes), 1, QUERIES),
                            k.at(batch, group, j),
                            k.row,
                            count,
                            sizes.width,
                            keys,
                            j > 0,
                        )

    @staticmethod
    @always_inline
    def note(
        args: Words,
        row: Int,
        count: Int,
        scale: Scalar[Self.dt],
        logs: Buffer[Self.dt],
        sums: Buffer[Self.dt],
    ):
        """Notes what rows need: logarithms to base 2, and scaled sums of dy y."""
        for i in range(count):
            var log = finite[Self.dt, 1](buffer[Self.dt](args, Self.AT.lse).unsafe_load(row + i))
            logs.unsafe_store(i, log * LOG2_E)
            sums.unsafe_store(i, buffer[Self.dt](args, Self.AT.sums).unsafe_load(row + i) * scale)

    @staticmethod
    def rows(args: Words, start: Int, stop: Int):
        """Does row by row."""
        comptime COLUMNS = 16
        var weights = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[3 * COLUMNS, Scalar[Self.dt]]())
        )
        var slopes = weights.unsafe_offset(COLUMNS)
        var room = slopes.unsafe_offset(COLUMNS)
        var drop = Drop[Self.dt](args, Self.AT.drop)
        var sizes = Sizes(args, Self.AT.batches)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var dk = Matrices[Self.dt](args, Self.AT.dk, Self.AT.dk_strides)
        var dv = Matrices[Self.dt](args, Self.AT.dv, Self.AT.dv_strides)
        var scale = scalar[Self.dt](args, Self.AT.scale)
        var share = sizes.heads // sizes.groups
        for unit in range(start, stop):
            var batch = unit // sizes.groups
            var group = unit - batch * sizes.groups
            for j in range(sizes.keys):
                clear[Original](dk.at(batch, group, j), sizes.width)
                clear[Original](dv.at(batch, group, j), sizes.values)
            for head in range(group * share, (group + 1) * share):
                Self.sum_rows[Original](args, sizes, batch, head, True)
                for row in range(sizes.queries):
                    var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides).at(batch, head, row)
                    var dy = Matrices[Self.dt](args, Self.AT.dy, Self.AT.dy_strides).at(batch, head, row)
                    var dq = Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides).at(batch, head, row)
                    for j in range(0, sizes.seen(row), COLUMNS):
                        var columns = min(COLUMNS, sizes.seen(row) - j)
                        var keys = k.at(batch, group, j)
                        var values = v.at(batch, group, j)
                        by_rows[Original](weights, COLUMNS, q, 0, keys, k.row, 1, columns, sizes.width, scale)
                        by_rows[Original](slopes, COLUMNS, dy, 0, values, v.row, 1, columns, sizes.values, 1)
                        Self.slope(
                            args, sizes, batch, head, row, j, columns, weights, slopes, scale, drop, room
                        )
                        add_product[Original, transposed=True](
                            dv.at(batch, group, j), dv.row, weights, COLUMNS, dy, 0, columns, sizes.values, 1
                        )
                        add_product[Original, transposed=True](
                            dk.at(batch, group, j), dk.row, slopes, COLUMNS, q, 0, columns, sizes.width, 1
                        )
                        add_product[Original, transposed=False](
                            dq, 0, slopes, COLUMNS, keys, k.row, 1, sizes.width, columns
                        )

    @staticmethod
    @always_inline
    def sum_rows[S: Schedule](args: Words, sizes: Sizes, batch: Int, head: Int, clears: Bool):
        """Computes the sum of dy y for each row of a head; clears dq where nothing is written before it is added to.
        """
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        var sums = buffer[Self.dt](args, Self.AT.sums).unsafe_offset(
            (batch * sizes.heads + head) * sizes.queries
        )
        for i in range(sizes.queries):
            if clears:
                clear[S](
                    Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides).at(batch, head, i), sizes.width
                )
            var y = Matrices[Self.dt](args, Self.AT.y, Self.AT.y_strides).at(batch, head, i)
            var dy = Matrices[Self.dt](args, Self.AT.dy, Self.AT.dy_strides).at(batch, head, i)
            var several = SIMD[Self.dt, W](0)
            var j = 0
            while j + W <= sizes.values:
                several += y.unsafe_load[width=W](j) * dy.unsafe_load[width=W](j)
                j += W
            var sum = several.reduce_add()
            while j < sizes.values:
                sum += y.unsafe_load(j) * dy.unsafe_load(j)
                j += 1
            sums.unsafe_store(i, sum)

    @staticmethod
    @always_inline
    def slope(
        args: Words,
        sizes: Sizes,
        batch: Int,
        head: Int,
        row: Int,
        first: Int,
        columns: Int,
        weights: Buffer[Self.dt],
        slopes: Buffer[Self.dt],
        scale: Scalar[Self.dt],
        drop: Drop[Self.dt],
        room: Buffer[Self.dt],
    ):
        """Turns scores of a row into weights, and gradients of the weights into scaled gradients of the scores.
        """
        mask_row[Original](
            weights, args, Self.AT.mask, Self.AT.mask_strides, batch, head, row, first, columns, sizes.causal
        )
        var position = (batch * sizes.heads + head) * sizes.queries + row
        var lse = finite[Self.dt, 1](buffer[Self.dt](args, Self.AT.lse).unsafe_load(position))
        var sum = buffer[Self.dt](args, Self.AT.sums).unsafe_load(position)

        if drop.drops():
            var factors = drop.factors[Original](room, sizes, position, first, columns)

            def one_dropped[w: Int](j: Int) {imm}:
                var weight = exp(weights.unsafe_load[width=w](j) - lse)
                var factor = factors.unsafe_load[width=w](j)
                weights.unsafe_store(j, weight * factor)
                slopes.unsafe_store(j, weight * (slopes.unsafe_load[width=w](j) * factor - sum) * scale)

            lanes[Original, 1](columns, one_dropped)
            return

        def one[w: Int](j: Int) {imm}:
            var weight = exp(weights.unsafe_load[width=w](j) - lse)
            weights.unsafe_store(j, weight)
            slopes.unsafe_store(j, weight * (slopes.unsafe_load[width=w](j) - sum) * scale)

        lanes[Original, 1](columns, one)

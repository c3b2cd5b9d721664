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

from mojo_kernels.attention.drop import DROP, Drop
from mojo_kernels.attention.operands import (
    KEYS,
    Matrices,
    QUERIES,
    Rows,
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
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear, lanes
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.schedule import Schedule
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
        comptime ROWS = QUERIES if S.SIMD else 1
        comptime COLUMNS = KEYS if S.SIMD else 16
        comptime W = simd_width_of[Self.dt]()
        comptime ROOM = Drop[Self.dt].ROOM if S.SIMD else COLUMNS
        var scores = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROWS * COLUMNS, Scalar[Self.dt], alignment=64]())
        )
        var room = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROOM, Scalar[Self.dt], alignment=64]())
        )
        var tops = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[ROWS, Scalar[Self.dt]]()))
        var sums = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[ROWS, Scalar[Self.dt]]()))
        var shrinks = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[ROWS, Scalar[Self.dt]]()))
        var sizes = Sizes(args, Self.AT.batches)
        var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var y = Matrices[Self.dt](args, Self.AT.y, Self.AT.y_strides)
        var scale = scalar[Self.dt](args, Self.AT.scale)
        var drop = Drop[Self.dt](args, Self.AT.drop)
        var at = start
        while at < stop:
            var matrix = at // sizes.queries
            var first = at - matrix * sizes.queries
            var batch = matrix // sizes.heads
            var head = matrix - batch * sizes.heads
            var group = head * sizes.groups // sizes.heads
            var count = min(ROWS - first % ROWS, min(sizes.queries - first, stop - at))
            for i in range(count):
                tops.unsafe_store(i, Scalar[Self.dt].MIN)
                sums.unsafe_store(i, 0)
                clear[S](y.at(batch, head, first + i), sizes.values)
            var seen = sizes.seen(first)
            for j in range(0, seen, COLUMNS):
                var columns = min(COLUMNS, seen - j)
                by_rows[S](
                    scores,
                    COLUMNS,
                    q.at(batch, head, first),
                    q.row,
                    k.at(batch, group, j),
                    k.row,
                    count,
                    columns,
                    sizes.width,
                    scale,
                )
                for i in range(count):
                    var row = scores.unsafe_offset(i * COLUMNS)
                    mask_row[S](
                        row,
                        args,
                        Self.AT.mask,
                        Self.AT.mask_strides,
                        batch,
                        head,
                        first + i,
                        j,
                        columns,
                        sizes.causal,
                    )
                    var top = tops.unsafe_load(i)
                    shrinks.unsafe_store(i, top)
                    tops.unsafe_store(i, largest[S](row, columns, top))

                def shrink[w: Int](i: Int) {imm}:
                    var base = finite(tops.unsafe_load[width=w](i))
                    shrinks.unsafe_store(i, exp(shrinks.unsafe_load[width=w](i) - base))

                lanes[S, W](count, shrink)
                for i in range(count):
                    var row = scores.unsafe_offset(i * COLUMNS)
                    var factor = shrinks.unsafe_load(i)
                    var sum = raise_row[S](row, columns, finite[Self.dt, 1](tops.unsafe_load(i)))
                    sums.unsafe_store(i, sums.unsafe_load(i) * factor + sum)
                    if j > 0 and not factor == 1:
                        scale_row[S](y.at(batch, head, first + i), sizes.values, factor)
                    if drop.drops():
                        var position = matrix * sizes.queries + first + i
                        multiply_row[S](row, drop.factors[S](room, sizes, position, j, columns), columns)
                add_product[S, transposed=False](
                    y.at(batch, head, first),
                    y.row,
                    scores,
                    COLUMNS,
                    v.at(batch, group, j),
                    v.row,
                    count,
                    sizes.values,
                    columns,
                )
            for i in range(count):
                var sum = sums.unsafe_load(i)
                scale_row[S](y.at(batch, head, first + i), sizes.values, 0 if sum == 0 else 1 / sum)
            var lse = buffer[Self.dt](args, Self.AT.lse).unsafe_offset(matrix * sizes.queries + first)

            def finish[w: Int](i: Int) {imm}:
                lse.unsafe_store(i, tops.unsafe_load[width=w](i) + log(sums.unsafe_load[width=w](i)))

            lanes[S, W](count, finish)
            at += count


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
        comptime ROWS = QUERIES if S.SIMD else 1
        comptime COLUMNS = KEYS if S.SIMD else 16
        comptime ROOM = Drop[Self.dt].ROOM if S.SIMD else COLUMNS
        var weights = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROWS * COLUMNS, Scalar[Self.dt], alignment=64]())
        )
        var slopes = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROWS * COLUMNS, Scalar[Self.dt], alignment=64]())
        )
        var room = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROOM, Scalar[Self.dt], alignment=64]())
        )
        comptime PANELS = KEYS * WIDEST if S.SIMD else 1
        var key_panels = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[PANELS, Scalar[Self.dt], alignment=64]())
        )
        var value_panels = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[PANELS, Scalar[Self.dt], alignment=64]())
        )
        var drop = Drop[Self.dt](args, Self.AT.drop)
        var sizes = Sizes(args, Self.AT.batches)
        var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var dy = Matrices[Self.dt](args, Self.AT.dy, Self.AT.dy_strides)
        var dq = Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides)
        var dk = Matrices[Self.dt](args, Self.AT.dk, Self.AT.dk_strides)
        var dv = Matrices[Self.dt](args, Self.AT.dv, Self.AT.dv_strides)
        var scale = scalar[Self.dt](args, Self.AT.scale)
        var share = sizes.heads // sizes.groups
        for unit in range(start, stop):
            var batch = unit // sizes.groups
            var group = unit - batch * sizes.groups
            for j in range(sizes.keys):
                clear[S](dk.at(batch, group, j), sizes.width)
                clear[S](dv.at(batch, group, j), sizes.values)
            for head in range(group * share, (group + 1) * share):
                Self.sum_rows[S](args, sizes, batch, head)
            for j in range(0, sizes.keys, COLUMNS):
                var most = min(COLUMNS, sizes.keys - j)
                var keys = Rows[S](k.at(batch, group, j), k.row, most, sizes.width, key_panels)
                var values = Rows[S](v.at(batch, group, j), v.row, most, sizes.values, value_panels)
                for head in range(group * share, (group + 1) * share):
                    for first in range(0, sizes.queries, ROWS):
                        var count = min(ROWS, sizes.queries - first)
                        var columns = min(COLUMNS, sizes.seen(first) - j)
                        if columns <= 0:
                            continue
                        keys.times(weights, COLUMNS, q.at(batch, head, first), q.row, count, columns, scale)
                        values.times(slopes, COLUMNS, dy.at(batch, head, first), dy.row, count, columns, 1)
                        for i in range(count):
                            Self.slope[S](
                                args,
                                sizes,
                                batch,
                                head,
                                first + i,
                                j,
                                columns,
                                weights.unsafe_offset(i * COLUMNS),
                                slopes.unsafe_offset(i * COLUMNS),
                                scale,
                                drop,
                                room,
                            )
                        add_product[S, transposed=True](
                            dv.at(batch, group, j),
                            dv.row,
                            weights,
                            COLUMNS,
                            dy.at(batch, head, first),
                            dy.row,
                            columns,
                            sizes.values,
                            count,
                        )
                        add_product[S, transposed=True](
                            dk.at(batch, group, j),
                            dk.row,
                            slopes,
                            COLUMNS,
                            q.at(batch, head, first),
                            q.row,
                            columns,
                            sizes.width,
                            count,
                        )
                        add_product[S, transposed=False](
                            dq.at(batch, head, first),
                            dq.row,
                            slopes,
                            COLUMNS,
                            k.at(batch, group, j),
                            k.row,
                            count,
                            sizes.width,
                            columns,
                        )

    @staticmethod
    @always_inline
    def sum_rows[S: Schedule](args: Words, sizes: Sizes, batch: Int, head: Int):
        """Clears dq of a head and computes the sum of dy y for each row."""
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        var sums = buffer[Self.dt](args, Self.AT.sums).unsafe_offset(
            (batch * sizes.heads + head) * sizes.queries
        )
        for i in range(sizes.queries):
            clear[S](Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides).at(batch, head, i), sizes.width)
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
    def slope[
        S: Schedule
    ](
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
        mask_row[S](
            weights, args, Self.AT.mask, Self.AT.mask_strides, batch, head, row, first, columns, sizes.causal
        )
        var position = (batch * sizes.heads + head) * sizes.queries + row
        var lse = finite[Self.dt, 1](buffer[Self.dt](args, Self.AT.lse).unsafe_load(position))
        var sum = buffer[Self.dt](args, Self.AT.sums).unsafe_load(position)

        if drop.drops():
            var factors = drop.factors[S](room, sizes, position, first, columns)

            def one_dropped[w: Int](j: Int) {imm}:
                var weight = exp(weights.unsafe_load[width=w](j) - lse)
                var factor = factors.unsafe_load[width=w](j)
                weights.unsafe_store(j, weight * factor)
                slopes.unsafe_store(j, weight * (slopes.unsafe_load[width=w](j) * factor - sum) * scale)

            lanes[S, simd_width_of[Self.dt]()](columns, one_dropped)
            return

        def one[w: Int](j: Int) {imm}:
            var weight = exp(weights.unsafe_load[width=w](j) - lse)
            weights.unsafe_store(j, weight)
            slopes.unsafe_store(j, weight * (slopes.unsafe_load[width=w](j) - sum) * scale)

        lanes[S, simd_width_of[Self.dt]()](columns, one)

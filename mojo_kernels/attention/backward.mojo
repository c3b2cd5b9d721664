"""The gradients of an attention: tiles of weights are computed again from the logarithms of their sums."""

from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.attention.columns import (
    Computed,
    Hidden,
    LOG2_E,
    Lines,
    Turned,
    TurnedFactors,
    load_computed,
    round_rows,
    slope_tile,
    sum_into,
)
from mojo_kernels.attention.drop import DROP, Drop
from mojo_kernels.attention.operands import (
    KEYS,
    Matrices,
    QUERIES,
    MOST_COPIED,
    SIZES,
    Sizes,
    add_product,
    by_rows,
    finite,
    mask_row,
)
from mojo_kernels.matmul.tile import Panel
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear, lanes
from mojo_kernels.numerics.elementary import exp
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word


@doc_hidden
struct AttentionBackward[dt: DType](Kernel):
    """A unit is one batch and head of keys and values. Of 16 bits, `wide` has room for dq in float32, row by row.
    """

    comptime WORDS: StaticString = (
        "dq:w dk:w dv:w sums:w wide:w q:r k:r v:r y:r dy:r lse:r mask:r "
        + SIZES
        + " q_strides:... k_strides:... v_strides:... y_strides:... dy_strides:..."
        + " dq_strides:... dk_strides:... dv_strides:... mask_strides:...."
        + " "
        + DROP
    )

    comptime C = Computed[Self.dt]
    """The dtype in which it computes; that of the mask and of the logarithms too."""

    @staticmethod
    def name() -> String:
        return String("attention.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batches) * word(args, Self.AT.groups)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Sizes(args, Self.AT.batches).cost[Self.C](5, Drop[Self.C](args, Self.AT.drop).cost())

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            Self.tiles(args, start, stop)
        elif Lines[Self.dt].COPIES:
            Self.pairs(args, start, stop)
        else:
            Self.rows(args, start, stop)

    @staticmethod
    def tiles(args: Words, start: Int, stop: Int):
        """Does heads in tiles, whose columns are rows of q."""
        comptime TILE = KEYS * QUERIES
        comptime ROOM = max(Hidden[Self.C].ROOM, TurnedFactors[Self.C].ROOM)
        comptime COPIES = Lines[Self.dt].COPIES
        comptime COPY = MOST_COPIED if COPIES else 0
        comptime COPIED = 4 * KEYS * COPY + 3 * QUERIES * COPY
        comptime ALL = 2 * TILE + 2 * Turned[Self.C].ROOM + 2 * QUERIES + ROOM + COPIED
        var weights = Buffer[Self.C](
            unsafe_from_address=Int(stack_allocation[ALL, Scalar[Self.C], alignment=64]())
        )
        var slopes = weights.unsafe_offset(TILE)
        var q_panels = slopes.unsafe_offset(TILE)
        var dy_panels = q_panels.unsafe_offset(Turned[Self.C].ROOM)
        var logs = dy_panels.unsafe_offset(Turned[Self.C].ROOM)
        var sums = logs.unsafe_offset(QUERIES)
        var room = sums.unsafe_offset(QUERIES)
        var k_copy = room.unsafe_offset(ROOM)
        var v_copy = k_copy.unsafe_offset(KEYS * COPY)
        var dk_copy = v_copy.unsafe_offset(KEYS * COPY)
        var dv_copy = dk_copy.unsafe_offset(KEYS * COPY)
        var q_copy = dv_copy.unsafe_offset(KEYS * COPY)
        var dy_copy = q_copy.unsafe_offset(QUERIES * COPY)
        var dq_copy = dy_copy.unsafe_offset(QUERIES * COPY)
        var sizes = Sizes(args, Self.AT.batches)
        var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides)
        var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides)
        var dy = Matrices[Self.dt](args, Self.AT.dy, Self.AT.dy_strides)
        var dq = Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides)
        var dk = Matrices[Self.dt](args, Self.AT.dk, Self.AT.dk_strides)
        var dv = Matrices[Self.dt](args, Self.AT.dv, Self.AT.dv_strides)
        var scale = scalar[Self.C](args, Self.AT.scale)
        var drop = Drop[Self.C](args, Self.AT.drop)
        var hidden = Hidden[Self.C](args, Self.AT.mask, Self.AT.mask_strides, sizes.causal)
        var share = sizes.heads // sizes.groups
        var adds = sizes.causal or sizes.queries == 0  # the first rows do not meet all keys
        for unit in range(start, stop):
            var batch = unit // sizes.groups
            var group = unit - batch * sizes.groups
            for head in range(group * share, (group + 1) * share):
                Self.sum_rows[Tiled](args, sizes, batch, head, sizes.keys == 0)
            for j in range(0, sizes.keys, KEYS):
                var most = min(KEYS, sizes.keys - j)
                var ks = Lines[Self.dt](k.at(batch, group, j), k.row, most, sizes.width, k_copy)
                var vs = Lines[Self.dt](v.at(batch, group, j), v.row, most, sizes.values, v_copy)
                var dks = Lines[Self.dt](dk.at(batch, group, j), dk.row, 0, sizes.width, dk_copy)
                var dvs = Lines[Self.dt](dv.at(batch, group, j), dv.row, 0, sizes.values, dv_copy)
                if adds:
                    for i in range(most):
                        clear[Tiled](dks.at(i), sizes.width)
                        clear[Tiled](dvs.at(i), sizes.values)
                for head in range(group * share, (group + 1) * share):
                    for first in range(0, sizes.queries, QUERIES):
                        var keys = min(KEYS, sizes.seen(first) - j)
                        if keys <= 0:
                            continue
                        var count = min(QUERIES, sizes.queries - first)
                        var row = (batch * sizes.heads + head) * sizes.queries + first
                        var rows = Lines[Self.dt](q.at(batch, head, first), q.row, count, sizes.width, q_copy)
                        var dys = Lines[Self.dt](
                            dy.at(batch, head, first), dy.row, count, sizes.values, dy_copy
                        )
                        var turned = Turned[Self.C](
                            rows.at(0), rows.row, count, sizes.width, scale * LOG2_E, q_panels
                        )
                        turned.times(weights, ks.at(0), ks.row, keys)
                        turned = Turned[Self.C](dys.at(0), dys.row, count, sizes.values, scale, dy_panels)
                        turned.times(slopes, vs.at(0), vs.row, keys)
                        hidden.apply(weights, batch, head, first, count, j, keys, room)
                        Self.note(args, row, count, scale, logs, sums)
                        slope_tile(weights, slopes, logs, sums, drop, sizes, row, count, j, keys, room)
                        var sums_up = adds or head > group * share or first > 0
                        sum_into(
                            dvs.at(0),
                            dvs.row,
                            Panel[Self.C](Int(weights), QUERIES, 1),
                            dys.at(0),
                            dys.row,
                            keys,
                            sizes.values,
                            count,
                            sums_up,
                        )
                        sum_into(
                            dks.at(0),
                            dks.row,
                            Panel[Self.C](Int(slopes), QUERIES, 1),
                            rows.at(0),
                            rows.row,
                            keys,
                            sizes.width,
                            count,
                            sums_up,
                        )
                        var own = dq_copy
                        comptime if COPIES:
                            if sizes.keys > KEYS:
                                own = buffer[Self.C](args, Self.AT.wide).unsafe_offset(row * sizes.width)
                        var dqs = Lines[Self.dt](dq.at(batch, head, first), dq.row, 0, sizes.width, own)
                        sum_into(
                            dqs.at(0),
                            dqs.row,
                            Panel[Self.C](Int(slopes), 1, QUERIES),
                            ks.at(0),
                            ks.row,
                            count,
                            sizes.width,
                            keys,
                            j > 0,
                        )
                        comptime if COPIES:
                            if j + KEYS >= sizes.seen(first):
                                round_rows(
                                    dq.at(batch, head, first), dq.row, dqs.at(0), dqs.row, count, sizes.width
                                )
                comptime if COPIES:
                    round_rows(dk.at(batch, group, j), dk.row, dks.at(0), dks.row, most, sizes.width)
                    round_rows(dv.at(batch, group, j), dv.row, dvs.at(0), dvs.row, most, sizes.values)

    @staticmethod
    @always_inline
    def note(
        args: Words,
        row: Int,
        count: Int,
        scale: Scalar[Self.C],
        logs: Buffer[Self.C],
        sums: Buffer[Self.C],
    ):
        """Notes what rows need: logarithms to base 2, and scaled sums of dy y."""
        for i in range(count):
            var log = finite[Self.C, 1](buffer[Self.C](args, Self.AT.lse).unsafe_load(row + i))
            logs.unsafe_store(i, log * LOG2_E)
            sums.unsafe_store(i, buffer[Self.C](args, Self.AT.sums).unsafe_load(row + i) * scale)

    @staticmethod
    def rows(args: Words, start: Int, stop: Int):
        """Does row by row."""
        comptime COLUMNS = 16
        var weights = Buffer[Self.C](unsafe_from_address=Int(stack_allocation[3 * COLUMNS, Scalar[Self.C]]()))
        var slopes = weights.unsafe_offset(COLUMNS)
        var room = slopes.unsafe_offset(COLUMNS)
        var drop = Drop[Self.C](args, Self.AT.drop)
        var sizes = Sizes(args, Self.AT.batches)
        var k = Matrices[Self.C](args, Self.AT.k, Self.AT.k_strides)
        var v = Matrices[Self.C](args, Self.AT.v, Self.AT.v_strides)
        var dk = Matrices[Self.C](args, Self.AT.dk, Self.AT.dk_strides)
        var dv = Matrices[Self.C](args, Self.AT.dv, Self.AT.dv_strides)
        var scale = scalar[Self.C](args, Self.AT.scale)
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
                    var q = Matrices[Self.C](args, Self.AT.q, Self.AT.q_strides).at(batch, head, row)
                    var dy = Matrices[Self.C](args, Self.AT.dy, Self.AT.dy_strides).at(batch, head, row)
                    var dq = Matrices[Self.C](args, Self.AT.dq, Self.AT.dq_strides).at(batch, head, row)
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
        comptime W = simd_width_of[Self.C]() if S.SIMD else 1
        var sums = buffer[Self.C](args, Self.AT.sums).unsafe_offset(
            (batch * sizes.heads + head) * sizes.queries
        )
        for i in range(sizes.queries):
            if clears:
                clear[S](
                    Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides).at(batch, head, i), sizes.width
                )
            var y = Matrices[Self.dt](args, Self.AT.y, Self.AT.y_strides).at(batch, head, i)
            var dy = Matrices[Self.dt](args, Self.AT.dy, Self.AT.dy_strides).at(batch, head, i)
            var several = SIMD[Self.C, W](0)
            var j = 0
            while j + W <= sizes.values:
                several += load_computed[Self.dt, W](y, j) * load_computed[Self.dt, W](dy, j)
                j += W
            var sum = several.reduce_add()
            while j < sizes.values:
                sum += load_computed[Self.dt, 1](y, j) * load_computed[Self.dt, 1](dy, j)
                j += 1
            sums.unsafe_store(i, sum)

    @staticmethod
    def pairs(args: Words, start: Int, stop: Int):
        """Does pairs of a key and a row one by one, of 16 bits."""
        var room = Buffer[Self.C](
            unsafe_from_address=Int(stack_allocation[2 * MOST_COPIED + 4, Scalar[Self.C]]())
        )
        var dks = room.unsafe_offset(4)
        var dvs = dks.unsafe_offset(MOST_COPIED)
        var score = room.unsafe_offset(1)
        var sizes = Sizes(args, Self.AT.batches)
        var scale = scalar[Self.C](args, Self.AT.scale)
        var drop = Drop[Self.C](args, Self.AT.drop)
        var wide = buffer[Self.C](args, Self.AT.wide)
        var share = sizes.heads // sizes.groups
        for unit in range(start, stop):
            var batch = unit // sizes.groups
            var group = unit - batch * sizes.groups
            for head in range(group * share, (group + 1) * share):
                Self.sum_rows[Original](args, sizes, batch, head, False)
                var row = (batch * sizes.heads + head) * sizes.queries
                clear[Original](wide.unsafe_offset(row * sizes.width), sizes.queries * sizes.width)
            for j in range(sizes.keys):
                var k = Matrices[Self.dt](args, Self.AT.k, Self.AT.k_strides).at(batch, group, j)
                var v = Matrices[Self.dt](args, Self.AT.v, Self.AT.v_strides).at(batch, group, j)
                clear[Original](dks, MOST_COPIED)
                clear[Original](dvs, MOST_COPIED)
                for head in range(group * share, (group + 1) * share):
                    for row in range(sizes.queries):
                        var q = Matrices[Self.dt](args, Self.AT.q, Self.AT.q_strides).at(batch, head, row)
                        var dy = Matrices[Self.dt](args, Self.AT.dy, Self.AT.dy_strides).at(batch, head, row)
                        var position = (batch * sizes.heads + head) * sizes.queries + row
                        var sum = Scalar[Self.C](0)
                        for e in range(sizes.width):
                            sum += load_computed[Self.dt, 1](q, e) * load_computed[Self.dt, 1](k, e)
                        var slope = Scalar[Self.C](0)
                        for c in range(sizes.values):
                            slope += load_computed[Self.dt, 1](dy, c) * load_computed[Self.dt, 1](v, c)
                        score.unsafe_store(0, sum * scale)
                        score.unsafe_store(1, slope)
                        var slopes = score.unsafe_offset(1)
                        Self.slope(args, sizes, batch, head, row, j, 1, score, slopes, scale, drop, room)
                        var weight = score.unsafe_load(0)
                        slope = score.unsafe_load(1)
                        var dq = wide.unsafe_offset(position * sizes.width)
                        for c in range(sizes.values):
                            var more = weight * load_computed[Self.dt, 1](dy, c)
                            dvs.unsafe_store(c, dvs.unsafe_load(c) + more)
                        for e in range(sizes.width):
                            var more = slope * load_computed[Self.dt, 1](q, e)
                            dks.unsafe_store(e, dks.unsafe_load(e) + more)
                            dq.unsafe_store(e, dq.unsafe_load(e) + slope * load_computed[Self.dt, 1](k, e))
                var dk = Matrices[Self.dt](args, Self.AT.dk, Self.AT.dk_strides).at(batch, group, j)
                var dv = Matrices[Self.dt](args, Self.AT.dv, Self.AT.dv_strides).at(batch, group, j)
                round_rows(dk, 0, dks, 0, 1, sizes.width)
                round_rows(dv, 0, dvs, 0, 1, sizes.values)
            for head in range(group * share, (group + 1) * share):
                for row in range(sizes.queries):
                    var dq = Matrices[Self.dt](args, Self.AT.dq, Self.AT.dq_strides).at(batch, head, row)
                    var position = (batch * sizes.heads + head) * sizes.queries + row
                    round_rows(dq, 0, wide.unsafe_offset(position * sizes.width), 0, 1, sizes.width)

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
        weights: Buffer[Self.C],
        slopes: Buffer[Self.C],
        scale: Scalar[Self.C],
        drop: Drop[Self.C],
        room: Buffer[Self.C],
    ):
        """Turns scores of a row into weights, and gradients of the weights into scaled gradients of the scores.
        """
        mask_row[Original](
            weights, args, Self.AT.mask, Self.AT.mask_strides, batch, head, row, first, columns, sizes.causal
        )
        var position = (batch * sizes.heads + head) * sizes.queries + row
        var lse = finite[Self.C, 1](buffer[Self.C](args, Self.AT.lse).unsafe_load(position))
        var sum = buffer[Self.C](args, Self.AT.sums).unsafe_load(position)

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

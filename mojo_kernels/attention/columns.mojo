"""Tiles of scores whose columns belong to rows of q, for vector units: a row of the tile holds what 64 rows think of a key.

The greatest score of each row of q, the sum of its powers and what they are multiplied with are then vectors, and no
vector has to be added up by itself. Scores are kept in units of log 2: their power is one of 2, which needs a shorter
reduction. Columns behind the last row of q hold anything, and nothing reads what comes of them.
"""

from std.math import fma, iota
from std.memory import bitcast, stack_allocation
from std.sys import simd_width_of

from mojo_kernels.attention.drop import Drop
from mojo_kernels.attention.operands import KEYS, Matrices, QUERIES, Sizes, WIDEST, finite, product
from mojo_kernels.matmul.cpu import Gemm
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.tile import Panel, Target
from mojo_kernels.numerics.elementary import ROUNDER, horner
from mojo_kernels.numerics.exponential import exp2
from mojo_kernels.runtime.bfloat16 import BFLOAT16, from_bfloat16, to_bfloat16
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Tiled
from mojo_kernels.runtime.types import Buffer, Words, word

comptime LOG2_E = 1.4426950408889634
"""What scores are multiplied with, so that their powers are those of 2."""
comptime LOG_2 = 0.6931471805599453
"""What logarithms to base 2 are multiplied with."""
comptime TOGETHER = 4
"""Vectors of columns that are raised to powers together: as many chains as hide each other's latency."""


comptime Computed[dt: DType] = DType.float32 if dt == BFLOAT16 else dt
"""The dtype in which an attention is computed.

Parameters:
    dt: The dtype of its operands.
"""


@always_inline
def load_computed[dt: DType, w: Int](x: Buffer[dt], i: Int) -> SIMD[Computed[dt], w]:
    """Loads elements in the dtype in which they are computed.

    Parameters:
        dt: Their dtype.
        w: Their number.

    Args:
        x: The first element of an operand.
        i: The index of the first one.

    Returns:
        The elements.
    """
    comptime if dt == BFLOAT16:
        var stored = rebind[SIMD[BFLOAT16, w]](x.unsafe_load[width=w](i))
        return rebind[SIMD[Computed[dt], w]](from_bfloat16[w](stored))
    else:
        return rebind[SIMD[Computed[dt], w]](x.unsafe_load[width=w](i))


@always_inline
def store_computed[dt: DType, w: Int](x: Buffer[dt], i: Int, value: SIMD[Computed[dt], w]):
    """Stores what has been computed, rounded to the dtype of the operand.

    Parameters:
        dt: The dtype of the operand.
        w: The number of elements.

    Args:
        x: The first element of the operand.
        i: The index of the first one.
        value: The elements.
    """
    comptime if dt == BFLOAT16:
        var rounded = to_bfloat16[w](rebind[SIMD[DType.float32, w]](value))
        x.unsafe_store(i, rebind[SIMD[dt, w]](rounded))
    else:
        x.unsafe_store(i, rebind[SIMD[dt, w]](value))


struct Lines[dt: DType](TrivialRegisterPassable):
    """Rows of an operand in the dtype in which they are computed: as they lie, or copies.

    Parameters:
        dt: The dtype of the operand.
    """

    comptime C = Computed[Self.dt]
    """The dtype in which they are computed."""
    comptime COPIES = Self.dt != Self.C
    """Whether rows are copied."""

    var address: Int
    """The address of the first row."""
    var row: Int
    """The stride between rows."""

    @always_inline
    def __init__(out self, x: Buffer[Self.dt], row: Int, count: Int, width: Int, room: Buffer[Self.C]):
        """Copies rows if they have to be converted.

        Args:
            x: The first row.
            row: The stride between rows.
            count: The number of rows.
            width: Elements of a row.
            room: Where copies go.
        """
        comptime if Self.COPIES:
            self.address = Int(room)
            self.row = width
            for i in range(count):
                var source = x.unsafe_offset(i * row)
                var target = room.unsafe_offset(i * width)

                def one[w: Int](j: Int) {imm}:
                    target.unsafe_store(j, load_computed[Self.dt, w](source, j))

                lanes[Tiled, simd_width_of[Self.C]()](width, one)
        else:
            self.address = Int(x)
            self.row = row

    @always_inline
    def at(self, i: Int) -> Buffer[Self.C]:
        """Returns a pointer to a row.

        Args:
            i: The row.

        Returns:
            The pointer.
        """
        return Buffer[Self.C](unsafe_from_address=self.address).unsafe_offset(i * self.row)


@always_inline
def round_rows[
    dt: DType
](x: Buffer[dt], row: Int, source: Buffer[Computed[dt]], source_row: Int, count: Int, width: Int):
    """Writes sums into rows of an operand.

    Parameters:
        dt: The dtype of the operand.

    Args:
        x: The first row.
        row: The stride between rows.
        source: The first row of the sums.
        source_row: The stride between rows of the sums.
        count: The number of rows.
        width: Elements of a row.
    """
    for i in range(count):
        var target = x.unsafe_offset(i * row)
        var sums = source.unsafe_offset(i * source_row)

        def one[w: Int](j: Int) {imm}:
            store_computed[dt, w](target, j, sums.unsafe_load[width=w](j))

        lanes[Tiled, simd_width_of[Computed[dt]]()](width, one)


@always_inline
def power[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns 2^x for x that is hardly above 0, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Values below 100.

    Returns:
        The power within 2 ulp; 0 where it were below 2^-125 in float32, nan for nan.
    """
    comptime if dt == DType.float32:
        var whole = x + ROUNDER[dt]
        var r = x - (whole - ROUNDER[dt])
        var q = horner[
            0.0001545316294512069,
            0.0013390863364671234,
            0.009618082557277852,
            0.05550357114219078,
            0.24022650760568126,
            0.6931471880262288,
            1.0,
        ](r)
        # bits of 2^n: the whole number stands in the lowest bits
        var scale = bitcast[DType.float32](
            (bitcast[DType.int32](rebind[SIMD[DType.float32, w]](whole)) + 127) << 23
        )
        return x.lt(-125).select(SIMD[dt, w](0), q * rebind[SIMD[dt, w]](scale))
    else:
        return exp2(x)


struct Turned[dt: DType](TrivialRegisterPassable):
    """Rows as columns of panels, multiplied with a factor.

    Parameters:
        dt: The dtype.
    """

    comptime NR = Gemm[Self.dt].NR
    """Columns of a panel."""
    comptime ROOM = QUERIES * WIDEST
    """Elements of all panels."""

    var first: Int
    """The address of the first row."""
    var row: Int
    """The stride between rows."""
    var count: Int
    """The number of rows."""
    var width: Int
    """Elements of a row."""
    var factor: Scalar[Self.dt]
    """What they are multiplied with."""
    var panels: Int
    """The address of the panels: of all elements, or of `WIDEST` of each row at a time."""

    @always_inline
    def __init__(
        out self,
        first: Buffer[Self.dt],
        row: Int,
        count: Int,
        width: Int,
        factor: Scalar[Self.dt],
        panels: Buffer[Self.dt],
    ):
        """Turns rows that are not too wide.

        Args:
            first: The first row.
            row: The stride between rows.
            count: The number of rows, at most `QUERIES`.
            width: Elements of a row.
            factor: What they are multiplied with.
            panels: Where they go: `ROOM` elements.
        """
        self.first = Int(first)
        self.row = row
        self.count = count
        self.width = width
        self.factor = factor
        self.panels = Int(panels)
        if width <= WIDEST:
            self.turn(0, width)

    def turn(self, start: Int, kc: Int):
        """Fills the panels with some elements of each row.

        Args:
            start: The first element.
            kc: The number of elements.
        """
        comptime W = simd_width_of[Self.dt]()
        for c in range(0, self.count, Self.NR):
            var part = Buffer[Self.dt](unsafe_from_address=self.first).unsafe_offset(c * self.row + start)
            var to = Buffer[Self.dt](unsafe_from_address=self.panels).unsafe_offset(c * kc)
            pack[Self.dt, Self.NR](
                Panel[Self.dt](Int(part), 1, self.row), kc, min(Self.NR, self.count - c), to
            )
            for i in range(0, kc * Self.NR, W):
                to.unsafe_store(i, to.unsafe_load[width=W](i) * self.factor)

    def times(self, target: Buffer[Self.dt], rows: Buffer[Self.dt], row: Int, keys: Int):
        """Computes a tile: the products of other rows with these.

        Args:
            target: The tile, of `QUERIES` columns.
            rows: The first of the other rows.
            row: The stride between them.
            keys: Their number.
        """
        var p = product[Self.dt](keys, self.count, self.width, False, 1)
        p.y, p.y_row = Int(target), QUERIES
        for start in range(0, max(self.width, 1), WIDEST):
            var kc = min(WIDEST, self.width - start)
            if self.width > WIDEST:
                self.turn(start, kc)
            var y = Target[Self.dt](p, start == 0, True)
            var others = Panel[Self.dt](Int(rows.unsafe_offset(start)), row, 1)
            for c in range(0, self.count, Self.NR):
                var panel = Buffer[Self.dt](unsafe_from_address=self.panels).unsafe_offset(c * kc)
                Gemm[Self.dt].column(
                    others,
                    Panel[Self.dt](Int(panel), Self.NR, 1),
                    kc,
                    y,
                    0,
                    keys,
                    c,
                    min(Self.NR, self.count - c),
                )


@always_inline
def sum_into[
    dt: DType
](
    target: Buffer[dt],
    target_row: Int,
    a: Panel[dt],
    b: Buffer[dt],
    b_row: Int,
    m: Int,
    n: Int,
    k: Int,
    adds: Bool,
):
    """Computes y (m, n) = a (m, k) b (k, n), or adds that to y.

    Parameters:
        dt: The dtype.

    Args:
        target: The first row of y.
        target_row: The stride between rows of y.
        a: The rows of a, at any strides.
        b: The first row of b.
        b_row: The stride between rows of b.
        m: Rows of y.
        n: Columns of y.
        k: Rows of b, at most `KEYS`.
        adds: Whether y holds something to add to.
    """
    comptime NR = Gemm[dt].NR
    var p = product[dt](m, n, k, adds, 1)
    p.y, p.y_row = Int(target), target_row
    var y = Target[dt](p, True, True)
    for j in range(0, n, NR):
        var part = Panel[dt](Int(b.unsafe_offset(j)), b_row, 1)
        Gemm[dt].column(a, part, k, y, 0, m, j, min(NR, n - j))


@no_inline
def weigh[
    dt: DType, vectors: Int
](scores: Buffer[dt], keys: Int, tops: Buffer[dt], sums: Buffer[dt], shrinks: Buffer[dt]):
    """Turns scores of some columns into powers, and brings tops and sums up to date.

    Parameters:
        dt: The dtype.
        vectors: Vectors of columns.

    Args:
        scores: The columns of the tile.
        keys: Rows of the tile.
        tops: The greatest score so far of each column.
        sums: The sum of powers so far.
        shrinks: What earlier powers have to be multiplied with.
    """
    comptime w = simd_width_of[dt]()
    var most = stack_allocation[vectors, SIMD[dt, w]]()
    var sum = stack_allocation[vectors, SIMD[dt, w]]()
    comptime for i in range(vectors):
        most[unsafe_offset=i] = tops.unsafe_load[width=w](i * w)
        sum[unsafe_offset=i] = 0
    for key in range(keys):
        comptime for i in range(vectors):
            var x = scores.unsafe_load[width=w](key * QUERIES + i * w)
            most[unsafe_offset=i] = x.gt(most[unsafe_offset=i]).select(x, most[unsafe_offset=i])
    comptime for i in range(vectors):
        var top = most[unsafe_offset=i]
        most[unsafe_offset=i] = finite(top)
        shrinks.unsafe_store(i * w, power(tops.unsafe_load[width=w](i * w) - most[unsafe_offset=i]))
        tops.unsafe_store(i * w, top)
    for key in range(keys):
        comptime for i in range(vectors):
            var at = scores.unsafe_offset(key * QUERIES + i * w)
            var weight = power(at.unsafe_load[width=w]() - most[unsafe_offset=i])
            at.unsafe_store(weight)
            sum[unsafe_offset=i] += weight
    comptime for i in range(vectors):
        var shrink = shrinks.unsafe_load[width=w](i * w)
        sums.unsafe_store(i * w, fma(sums.unsafe_load[width=w](i * w), shrink, sum[unsafe_offset=i]))


@no_inline
def slope[
    dt: DType, vectors: Int, drops: Bool
](
    scores: Buffer[dt],
    slopes: Buffer[dt],
    keys: Int,
    logs: Buffer[dt],
    sums: Buffer[dt],
    factors: Buffer[dt],
):
    """Turns scores of some columns into weights, and gradients of weights into gradients of the scores.

    Parameters:
        dt: The dtype.
        vectors: Vectors of columns.
        drops: Whether weights are multiplied with factors.

    Args:
        scores: The columns of the tile of scores.
        slopes: The columns of the tile of gradients.
        keys: Rows of the tiles.
        logs: The logarithm to base 2 of each column's sum of powers.
        sums: The sum of dy y of each column.
        factors: The factors of a dropout, `vectors` vectors for each key.
    """
    comptime w = simd_width_of[dt]()
    var log = stack_allocation[vectors, SIMD[dt, w]]()
    var sum = stack_allocation[vectors, SIMD[dt, w]]()
    comptime for i in range(vectors):
        log[unsafe_offset=i] = logs.unsafe_load[width=w](i * w)
        sum[unsafe_offset=i] = sums.unsafe_load[width=w](i * w)
    for key in range(keys):
        comptime for i in range(vectors):
            var at = scores.unsafe_offset(key * QUERIES + i * w)
            var to = slopes.unsafe_offset(key * QUERIES + i * w)
            var weight = power(at.unsafe_load[width=w]() - log[unsafe_offset=i])
            var slope = to.unsafe_load[width=w]()
            comptime if drops:
                var factor = factors.unsafe_load[width=w]((key * vectors + i) * w)
                slope *= factor
                at.unsafe_store(weight * factor)
            else:
                at.unsafe_store(weight)
            to.unsafe_store(weight * (slope - sum[unsafe_offset=i]))


@always_inline
def by_vectors[dt: DType, Body: def[vectors: Int](Int) -> None](count: Int, body: Body):
    """Calls a function for columns, `TOGETHER` vectors of them or one.

    Parameters:
        dt: The dtype.
        Body: The type of the function.

    Args:
        count: The number of columns.
        body: Does columns from its argument on.
    """
    comptime W = simd_width_of[dt]()
    var c = 0
    while c < count:
        if count - c > (TOGETHER - 1) * W:
            body[TOGETHER](c)
            c += TOGETHER * W
        else:
            body[1](c)
            c += W


struct Hidden[dt: DType](TrivialRegisterPassable):
    """What is added to scores, and which keys are hidden.

    Parameters:
        dt: The dtype.
    """

    var mask: Matrices[Self.dt]
    """The mask, at address 0 where there is none."""
    var column: Int
    """Its stride between keys."""
    var causal: Bool
    """Whether a row looks at no key behind its own position."""

    comptime ROOM = KEYS * simd_width_of[Self.dt]()
    """Elements that a turned part of the mask needs."""

    @always_inline
    def __init__(out self, args: Words, mask: Int, strides: Int, causal: Bool):
        """Reads a mask.

        Args:
            args: The packed words.
            mask: The index of its address.
            strides: The index of its strides.
            causal: Whether a row looks at no key behind its own position.
        """
        self.mask = Matrices[Self.dt](args, mask, strides)
        self.column = word(args, strides + 3)
        self.causal = causal

    def apply(
        self,
        scores: Buffer[Self.dt],
        batch: Int,
        head: Int,
        first: Int,
        count: Int,
        start: Int,
        keys: Int,
        room: Buffer[Self.dt],
    ):
        """Adds the mask to a tile, and hides keys.

        Args:
            scores: The tile, in units of log 2.
            batch: The batch.
            head: The head.
            first: The row of q of the first column.
            count: The number of columns.
            start: The key of the first row.
            keys: The number of rows.
            room: `ROOM` elements.
        """
        comptime W = simd_width_of[Self.dt]()
        comptime UNIT = SIMD[Self.dt, W](LOG2_E)
        for c in range(0, count, W):
            var columns = scores.unsafe_offset(c)
            if self.mask.address != 0:
                var from_mask = self.mask.at(batch, head, first + c).unsafe_offset(start * self.column)
                var turned = self.mask.row != 0
                if turned:
                    var part = Panel[Self.dt](Int(from_mask), self.column, self.mask.row)
                    pack[Self.dt, W](part, keys, min(W, count - c), room)
                for key in range(keys):
                    var x = columns.unsafe_load[width=W](key * QUERIES)
                    if turned:
                        x = fma(room.unsafe_load[width=W](key * W), UNIT, x)
                    else:
                        x = fma(SIMD[Self.dt, W](from_mask.unsafe_load(key * self.column)), UNIT, x)
                    columns.unsafe_store(key * QUERIES, x)
            if self.causal:
                for key in range(max(first + c + 1 - start, 0), keys):
                    var behind = iota[DType.int32, W]().lt(Int32(start + key - first - c))
                    var x = columns.unsafe_load[width=W](key * QUERIES)
                    columns.unsafe_store(
                        key * QUERIES, behind.select(SIMD[Self.dt, W](Scalar[Self.dt].MIN), x)
                    )


struct TurnedFactors[dt: DType]:
    """Factors of a dropout for columns of a tile.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Columns that are done at a time."""
    comptime ROOM = Self.W * Drop[Self.dt].ROOM + KEYS * Self.W
    """Elements that they need."""

    @staticmethod
    def make(
        drop: Drop[Self.dt], sizes: Sizes, row: Int, count: Int, first: Int, keys: Int, room: Buffer[Self.dt]
    ) -> Buffer[Self.dt]:
        """Makes the factors of a vector of columns.

        Args:
            drop: The dropout.
            sizes: The sizes of the attention.
            row: The row of the first column, counted over batches and heads.
            count: The number of columns, at most `W`.
            first: The key of the first row.
            keys: The number of rows.
            room: `ROOM` elements.

        Returns:
            A pointer to the first ones, a vector for each key.
        """
        var turned = room.unsafe_offset(Self.W * Drop[Self.dt].ROOM)
        for i in range(count):
            var own = room.unsafe_offset(i * Drop[Self.dt].ROOM)
            var made = drop.factors[Tiled](own, sizes, row + i, first, keys)
            for key in range(keys):
                turned.unsafe_store(key * Self.W + i, made.unsafe_load(key))
        return turned

    @staticmethod
    def multiply(
        scores: Buffer[Self.dt],
        drop: Drop[Self.dt],
        sizes: Sizes,
        row: Int,
        count: Int,
        first: Int,
        keys: Int,
        room: Buffer[Self.dt],
    ):
        """Multiplies all columns of a tile with their factors.

        Args:
            scores: The tile.
            drop: The dropout.
            sizes: The sizes of the attention.
            row: The row of the first column, counted over batches and heads.
            count: The number of columns.
            first: The key of the first row.
            keys: The number of rows.
            room: `ROOM` elements.
        """
        for c in range(0, count, Self.W):
            var factors = Self.make(drop, sizes, row + c, min(Self.W, count - c), first, keys, room)
            for key in range(keys):
                var at = scores.unsafe_offset(key * QUERIES + c)
                var x = at.unsafe_load[width=Self.W]()
                at.unsafe_store(x * factors.unsafe_load[width=Self.W](key * Self.W))


def slope_tile[
    dt: DType
](
    weights: Buffer[dt],
    slopes: Buffer[dt],
    logs: Buffer[dt],
    sums: Buffer[dt],
    drop: Drop[dt],
    sizes: Sizes,
    row: Int,
    count: Int,
    first: Int,
    keys: Int,
    room: Buffer[dt],
):
    """Does what `slope` does for all columns of two tiles.

    Parameters:
        dt: The dtype.

    Args:
        weights: The tile of scores.
        slopes: The tile of gradients of weights.
        logs: The logarithm to base 2 of each column's sum of powers.
        sums: The sum of dy y of each column.
        drop: The dropout.
        sizes: The sizes of the attention.
        row: The row of the first column, counted over batches and heads.
        count: The number of columns.
        first: The key of the first row.
        keys: The number of rows.
        room: `TurnedFactors.ROOM` elements.
    """
    comptime W = simd_width_of[dt]()

    def plain[vectors: Int](c: Int) {imm}:
        slope[dt, vectors, False](
            weights.unsafe_offset(c),
            slopes.unsafe_offset(c),
            keys,
            logs.unsafe_offset(c),
            sums.unsafe_offset(c),
            room,
        )

    if not drop.drops():
        by_vectors[dt](count, plain)
        return
    for c in range(0, count, W):
        slope[dt, 1, True](
            weights.unsafe_offset(c),
            slopes.unsafe_offset(c),
            keys,
            logs.unsafe_offset(c),
            sums.unsafe_offset(c),
            TurnedFactors[dt].make(drop, sizes, row + c, min(W, count - c), first, keys, room),
        )

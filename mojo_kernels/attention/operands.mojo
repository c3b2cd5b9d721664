"""The operands of an attention, and what is done with tiles and rows of scores."""

from std.sys import simd_width_of, size_of

from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import Gemm
from mojo_kernels.matmul.naive import matmul_naive
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.tile import Panel, Target
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.numerics.elementary import exp
from mojo_kernels.runtime.rows import map_sum_row
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, word
from mojo_kernels.runtime.words import Names

comptime SIZES = "batches heads groups queries keys width values scale:f causal"
"""The words of the sizes (words.mojo)."""
comptime _AT = Names[SIZES]()

comptime QUERIES = 64
"""Rows of a tile of scores."""
comptime KEYS = 128
"""Columns of a tile of scores; with the rows, a tile of float32 fills the first-level cache."""

comptime WIDEST = 256
"""The most elements of a row of q that are turned at a time, and the most columns of 16 bits; ops/attention.py knows it."""
comptime MOST_COPIED = 128
"""The most columns of 16 bits of which gradients are computed; ops/attention.py knows it."""


struct Matrices[dt: DType](TrivialRegisterPassable):
    """An operand with a matrix for each batch and head.

    Parameters:
        dt: The dtype.
    """

    var address: Int
    """The address of the first element."""
    var batch: Int
    """The stride between batches."""
    var head: Int
    """The stride between heads."""
    var row: Int
    """The stride between rows."""

    @always_inline
    def __init__(out self, args: Words, address: Int, strides: Int):
        """Reads an operand.

        Args:
            args: The packed words.
            address: The index of the address' word.
            strides: The index of the first stride's word.
        """
        self.address = word(args, address)
        self.batch = word(args, strides)
        self.head = word(args, strides + 1)
        self.row = word(args, strides + 2)

    @always_inline
    def at(self, batch: Int, head: Int, row: Int) -> Buffer[Self.dt]:
        """Returns a pointer to a row.

        Args:
            batch: The batch.
            head: The head.
            row: The row.

        Returns:
            The pointer.
        """
        var offset = batch * self.batch + head * self.head + row * self.row
        return Buffer[Self.dt](unsafe_from_address=self.address).unsafe_offset(offset)


struct Sizes(TrivialRegisterPassable):
    """The sizes of an attention."""

    var batches: Int
    """Batches."""
    var heads: Int
    """Heads of the queries."""
    var groups: Int
    """Heads of keys and values."""
    var queries: Int
    """Rows of q."""
    var keys: Int
    """Rows of k and v."""
    var width: Int
    """Columns of q and k."""
    var values: Int
    """Columns of v."""
    var causal: Bool
    """Whether rows look at no key behind their own position."""

    @always_inline
    def __init__(out self, args: Words, at: Int):
        """Reads the sizes.

        Args:
            args: The packed words.
            at: The index of the first one.
        """
        self.batches = word(args, at + _AT.batches)
        self.heads = word(args, at + _AT.heads)
        self.groups = word(args, at + _AT.groups)
        self.queries = word(args, at + _AT.queries)
        self.keys = word(args, at + _AT.keys)
        self.width = word(args, at + _AT.width)
        self.values = word(args, at + _AT.values)
        self.causal = word(args, at + _AT.causal) != 0

    @always_inline
    def seen(self, row: Int) -> Int:
        """Returns how many keys the tile of rows that a row belongs to looks at.

        Args:
            row: The row.

        Returns:
            The number of keys, which is the same for each row of the tile, so that bits do not depend on shares.
        """
        return min(self.keys, (row // QUERIES + 1) * QUERIES) if self.causal else self.keys

    @always_inline
    def cost[dt: DType](self, products: Int, further: Float64) -> Cost:
        """Returns the cost.

        Parameters:
            dt: The dtype.

        Args:
            products: How many products of the size of the scores there are.
            further: Nanoseconds that each score takes besides.

        Returns:
            Operations, bytes and time.
        """
        comptime size = size_of[dt]()
        var count = self.batches * self.heads * self.queries * (self.keys // 2 if self.causal else self.keys)
        var depth = max((self.width + self.values) // 2, 1) * products
        var cost = Cost(
            count, Float64(2 * depth), 0, Float64(depth * size) * NS_PER_MULTIPLY_ADD / 4 + 0.6 + further
        )
        var rows = self.heads * self.queries + self.groups * self.keys
        cost.bytes = Float64(self.batches * rows * (self.width + self.values) * size)
        return cost


@doc_hidden
@always_inline
def product[dt: DType](m: Int, n: Int, k: Int, accumulate: Bool, alpha: Scalar[dt]) -> Operands[dt]:
    """Describes a product whose operands are not set."""
    var p = Operands[dt](m=m, n=n, k=k)
    p.accumulate = accumulate
    p.alpha = alpha
    return p


@doc_hidden
@always_inline
def multiply[S: Schedule, dt: DType](p: Operands[dt]):
    comptime if S.SIMD:
        Gemm[dt].run(p)
    else:
        matmul_naive(p)


@doc_hidden
@always_inline
def by_rows[
    S: Schedule, dt: DType
](
    target: Buffer[dt],
    target_row: Int,
    a: Buffer[dt],
    a_row: Int,
    b: Buffer[dt],
    b_row: Int,
    m: Int,
    n: Int,
    k: Int,
    alpha: Scalar[dt],
):
    """Computes y (m, n) = alpha a (m, k) b^T, b given as (n, k)."""
    var p = product[dt](m, n, k, False, alpha)
    p.y, p.y_row = Int(target), target_row
    p.a, p.a_row, p.a_column = Int(a), a_row, 1
    p.b, p.b_row, p.b_column = Int(b), 1, b_row
    multiply[S](p)


@doc_hidden
@always_inline
def add_product[
    S: Schedule, dt: DType, transposed: Bool
](
    target: Buffer[dt],
    target_row: Int,
    a: Buffer[dt],
    a_row: Int,
    b: Buffer[dt],
    b_row: Int,
    m: Int,
    n: Int,
    k: Int,
):
    """Computes y (m, n) += a b, where a is (m, k), or given as (k, m), and b (k, n)."""
    var p = product[dt](m, n, k, True, 1)
    p.y, p.y_row = Int(target), target_row
    p.a = Int(a)
    comptime if transposed:
        p.a_row, p.a_column = 1, a_row
    else:
        p.a_row, p.a_column = a_row, 1
    p.b, p.b_row, p.b_column = Int(b), b_row, 1
    multiply[S](p)


@doc_hidden
@always_inline
def mask_row[
    S: Schedule, dt: DType
](
    scores: Buffer[dt],
    args: Words,
    address: Int,
    strides: Int,
    batch: Int,
    head: Int,
    row: Int,
    first: Int,
    count: Int,
    causal: Bool,
):
    """Adds the mask to scores of a row, from key `first` on, and hides keys behind the row's position."""
    if word(args, address) != 0:
        var column = word(args, strides + 3)
        var mask = Matrices[dt](args, address, strides).at(batch, head, row).unsafe_offset(first * column)
        if column == 1:

            def add[w: Int](j: Int) {imm}:
                scores.unsafe_store(j, scores.unsafe_load[width=w](j) + mask.unsafe_load[width=w](j))

            lanes[S, simd_width_of[dt]()](count, add)
        else:
            for j in range(count):
                scores.unsafe_store(j, scores.unsafe_load(j) + mask.unsafe_load(j * column))
    if causal:
        for j in range(max(row + 1 - first, 0), count):
            scores.unsafe_store(j, Scalar[dt].MIN)


@doc_hidden
@always_inline
def largest[S: Schedule, dt: DType](x: Buffer[dt], count: Int, start: Scalar[dt]) -> Scalar[dt]:
    comptime W = simd_width_of[dt]() if S.SIMD else 1
    var top = start
    var i = 0
    if count >= W:
        var tops = SIMD[dt, W](start)
        while i + W <= count:
            tops = max(tops, x.unsafe_load[width=W](i))
            i += W
        top = tops.reduce_max()
    while i < count:
        top = max(top, x.unsafe_load(i))
        i += 1
    return top


@doc_hidden
@always_inline
def finite[dt: DType, w: Int](tops: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns what to take off scores before they become powers: 0 where a row looks at no key and all scores are -inf.
    """
    return tops.eq(SIMD[dt, w](Scalar[dt].MIN)).select(SIMD[dt, w](0), tops)


@doc_hidden
@always_inline
def raise_row[S: Schedule, dt: DType](x: Buffer[dt], count: Int, top: Scalar[dt]) -> Scalar[dt]:
    """Replaces x by e^(x - top) and returns the sum."""

    def power[w: Int](x: SIMD[dt, w]) {imm} -> SIMD[dt, w]:
        return exp(x - top)

    comptime if S.SIMD:
        return map_sum_row(x, x, count, power)
    var sum = Scalar[dt](0)
    for i in range(count):
        x.unsafe_store(i, power[1](x.unsafe_load(i)))
        sum += x.unsafe_load(i)
    return sum


@doc_hidden
@always_inline
def scale_row[S: Schedule, dt: DType](x: Buffer[dt], count: Int, factor: Scalar[dt]):
    def scale[w: Int](j: Int) {imm}:
        x.unsafe_store(j, x.unsafe_load[width=w](j) * factor)

    lanes[S, simd_width_of[dt]()](count, scale)


@doc_hidden
@always_inline
def multiply_row[S: Schedule, dt: DType](x: Buffer[dt], factors: Buffer[dt], count: Int):
    def one[w: Int](j: Int) {imm}:
        x.unsafe_store(j, x.unsafe_load[width=w](j) * factors.unsafe_load[width=w](j))

    lanes[S, simd_width_of[dt]()](count, one)

"""Matrix products of known sizes: sums in registers, the caller's own code as their epilogue.

A sum goes through k in ascending order, as in `matmul/tile.mojo`; where the product has a form of dot products
(`matmul/skinny.mojo`), lanes take every w-th element and are added up last.
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.skinny import DOTS, FEW, SHORT, Skinny
from mojo_kernels.matmul.tile import MR, lanes_below, load_lanes
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer

comptime _UNROLL = 4
"""Elements of k that one turn of the loop does."""


@always_inline
def product[
    dt: DType,
    Finish: def[w: Int, tail: Bool](Int, Int, SIMD[dt, w], SIMD[DType.bool, w]) -> None,
    *,
    m: Int,
    n: Int,
    k: Int,
    a_row: Int,
    a_column: Int,
    b_row: Int,
    b_column: Int,
](a: Buffer[dt], b: Buffer[dt], finish: Finish):
    """Computes sums over k of a[i, l] b[l, j] and hands them to `finish[w, tail](i, j, sums, mask)`, each once.

    Parameters:
        dt: The dtype.
        Finish: The type of `finish`.
        m: Rows of the result.
        n: Columns of the result.
        k: The number of products of each sum.
        a_row: The stride between rows of a.
        a_column: The stride between columns of a.
        b_row: The stride between rows of b.
        b_column: The stride between columns of b.

    Args:
        a: The left operand.
        b: The right operand.
        finish: Receives the sums of `w` columns of row i from column j on; those within the mask count if `tail`.
    """
    comptime W = simd_width_of[dt]()
    comptime FORM = _form[dt](m, n, k, a_row, a_column, b_row, b_column)
    comptime REST = n % W
    comptime if FORM & DOTS != 0:
        _dots[
            dt,
            0,
            m=m,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
            b_row=b_row,
            b_column=b_column,
        ](a, b, finish)
    elif FORM == 0 and a_column == 1 and 0 < REST <= FEW and k >= SHORT * REST:
        comptime if n > REST:
            _tiles[
                dt,
                m=m,
                n=n - REST,
                k=k,
                a_row=a_row,
                a_column=a_column,
                b_row=b_row,
                b_column=b_column,
            ](a, b, finish)
        _dots[
            dt,
            n - REST,
            m=m,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
            b_row=b_row,
            b_column=b_column,
        ](a, b, finish)
    else:
        _tiles[
            dt,
            m=m,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
            b_row=b_row,
            b_column=b_column,
        ](a, b, finish)


def _form[dt: DType](m: Int, n: Int, k: Int, a_row: Int, a_column: Int, b_row: Int, b_column: Int) -> Int:
    """Returns the form that the kernel chooses for a product."""
    var p = Operands[dt](m=m, n=n, k=k)
    p.a_row = a_row
    p.a_column = a_column
    p.b_row = b_row
    p.b_column = b_column
    return Skinny[dt].form(p)


@always_inline
def _dots[
    dt: DType,
    first: Int,
    Finish: def[w: Int, tail: Bool](Int, Int, SIMD[dt, w], SIMD[DType.bool, w]) -> None,
    *,
    m: Int,
    n: Int,
    k: Int,
    a_row: Int,
    a_column: Int,
    b_row: Int,
    b_column: Int,
](a: Buffer[dt], b: Buffer[dt], finish: Finish):
    """Computes columns from `first` on as dot products; an operand that is not contiguous along k is copied.
    """
    comptime W = simd_width_of[dt]()
    comptime COPIES_A = a_column != 1 and k > 1
    comptime COPIES_B = b_row != 1 and k > 1
    var own_rows = stack_allocation[m * k if COPIES_A else 1, Scalar[dt], alignment=64]()
    var own_columns = stack_allocation[(n - first) * k if COPIES_B else 1, Scalar[dt], alignment=64]()
    comptime if COPIES_A:
        for i in range(m):
            for l in range(k):
                own_rows[unsafe_offset=i * k + l] = a.unsafe_load(i * a_row + l * a_column)
    comptime if COPIES_B:
        for j in range(n - first):
            for l in range(k):
                own_columns[unsafe_offset=j * k + l] = b.unsafe_load(l * b_row + (first + j) * b_column)
    var mask = lanes_below[W](k % W)
    for j in range(n - first):
        var y = b.unsafe_offset((first + j) * b_column)
        comptime if COPIES_B:
            y = Buffer[dt](unsafe_from_address=Int(own_columns)).unsafe_offset(j * k)
        for i in range(m):
            var x = a.unsafe_offset(i * a_row)
            comptime if COPIES_A:
                x = Buffer[dt](unsafe_from_address=Int(own_rows)).unsafe_offset(i * k)
            var sum = SIMD[dt, W](0)
            comptime for l in range(0, k, W):
                comptime tail = l + W > k
                var row = load_lanes[dt, W, tail](x.unsafe_offset(l), mask)
                sum = fma(row, load_lanes[dt, W, tail](y.unsafe_offset(l), mask), sum)
            finish[1, False](i, first + j, sum.reduce_add(), SIMD[DType.bool, 1](fill=True))


@always_inline
def _tiles[
    dt: DType,
    Finish: def[w: Int, tail: Bool](Int, Int, SIMD[dt, w], SIMD[DType.bool, w]) -> None,
    *,
    m: Int,
    n: Int,
    k: Int,
    a_row: Int,
    a_column: Int,
    b_row: Int,
    b_column: Int,
](a: Buffer[dt], b: Buffer[dt], finish: Finish):
    """Computes a product tile by tile, from a packed b where its columns are not contiguous."""
    comptime W = simd_width_of[dt]()
    comptime if b_column == 1 or n == 1:
        _panels[dt, b_row, n % W != 0, m=m, n=n, k=k, a_row=a_row, a_column=a_column](a, b, finish)
    else:
        comptime WIDTH = (n + W - 1) // W * W
        var packed = stack_allocation[k * WIDTH, Scalar[dt], alignment=64]()
        var own = Buffer[dt](unsafe_from_address=Int(packed))
        _pack[dt, WIDTH, n=n, k=k, b_row=b_row, b_column=b_column](b, own)
        _panels[dt, WIDTH, False, m=m, n=n, k=k, a_row=a_row, a_column=a_column](a, own, finish)


@always_inline
def _pack[
    dt: DType, width: Int, *, n: Int, k: Int, b_row: Int, b_column: Int
](b: Buffer[dt], own: Buffer[dt]):
    """Copies b so that its columns are contiguous: squares of vectors that are turned in registers, then the rest.
    """
    comptime W = simd_width_of[dt]()
    comptime if b_row == 1 and k >= W:
        for j in range(0, n, W):
            for l in range(0, k // W * W, W):
                var square = Array[SIMD[dt, W], W](fill=0)
                comptime for i in range(W):
                    # a column behind the last one repeats it: nobody reads what becomes of it
                    square[i] = b.unsafe_load[width=W](min(j + i, n - 1) * b_column + l)
                turn(square)
                comptime for i in range(W):
                    own.unsafe_store((l + i) * width + j, square[i])
        comptime if k % W != 0:
            for l in range(k // W * W, k):
                for j in range(n):
                    own.unsafe_store(l * width + j, b.unsafe_load(l + j * b_column))
    else:
        for l in range(k):
            for j in range(n):
                own.unsafe_store(l * width + j, b.unsafe_load(l * b_row + j * b_column))


@always_inline
def _panels[
    dt: DType,
    b_row: Int,
    masked: Bool,
    Finish: def[w: Int, tail: Bool](Int, Int, SIMD[dt, w], SIMD[DType.bool, w]) -> None,
    *,
    m: Int,
    n: Int,
    k: Int,
    a_row: Int,
    a_column: Int,
](a: Buffer[dt], b: Buffer[dt], finish: Finish):
    """Goes over two vectors of columns at a time; `masked` says that no memory may be read behind column n.
    """
    comptime W = simd_width_of[dt]()
    comptime PAIRS = n // (2 * W)
    for p in range(PAIRS):
        _rows[
            dt,
            2,
            False,
            False,
            b_row,
            m=m,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
        ](a, b, 2 * W * p, finish)
    comptime REST = n - PAIRS * 2 * W
    comptime if REST > W:
        _rows[
            dt,
            2,
            True,
            masked,
            b_row,
            m=m,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
        ](a, b, n - REST, finish)
    elif REST == W:
        _rows[
            dt,
            1,
            False,
            False,
            b_row,
            m=m,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
        ](a, b, n - REST, finish)
    elif REST > 0:
        _rows[
            dt,
            1,
            True,
            masked,
            b_row,
            m=m,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
        ](a, b, n - REST, finish)


@always_inline
def _rows[
    dt: DType,
    vectors: Int,
    tail: Bool,
    masked: Bool,
    b_row: Int,
    Finish: def[w: Int, tail: Bool](Int, Int, SIMD[dt, w], SIMD[DType.bool, w]) -> None,
    *,
    m: Int,
    n: Int,
    k: Int,
    a_row: Int,
    a_column: Int,
](a: Buffer[dt], b: Buffer[dt], column: Int, finish: Finish):
    comptime HIGH = MR if vectors == 2 else 2 * MR
    comptime TILES = m // HIGH
    for t in range(TILES):
        _tile[
            dt,
            HIGH,
            vectors,
            tail,
            masked,
            b_row,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
        ](a, b, t * HIGH, column, finish)
    comptime if m % HIGH != 0:
        _tile[
            dt,
            m % HIGH,
            vectors,
            tail,
            masked,
            b_row,
            n=n,
            k=k,
            a_row=a_row,
            a_column=a_column,
        ](a, b, TILES * HIGH, column, finish)


@always_inline
def _tile[
    dt: DType,
    rows: Int,
    vectors: Int,
    tail: Bool,
    masked: Bool,
    b_row: Int,
    Finish: def[w: Int, tail: Bool](Int, Int, SIMD[dt, w], SIMD[DType.bool, w]) -> None,
    *,
    n: Int,
    k: Int,
    a_row: Int,
    a_column: Int,
](a: Buffer[dt], b: Buffer[dt], row: Int, column: Int, finish: Finish):
    """Sums a tile in registers, and hands its sums on."""
    comptime W = simd_width_of[dt]()
    comptime REST = n % W if tail else W
    var mask = lanes_below[W](REST)
    var sums = Array[SIMD[dt, W], rows * vectors](fill=0)
    var x = a.unsafe_offset(row * a_row)
    var y = b.unsafe_offset(column)

    @always_inline
    def step(l: Int) {mut sums, imm}:
        var columns = Array[SIMD[dt, W], vectors](fill=0)
        comptime for v in range(vectors):
            comptime cut = masked and v == vectors - 1
            columns[v] = load_lanes[dt, W, cut](y.unsafe_offset(l * b_row + v * W), mask)
        comptime for i in range(rows):
            var ai = SIMD[dt, W](x.unsafe_load(i * a_row + l * a_column))
            comptime for v in range(vectors):
                sums[i * vectors + v] = fma(ai, columns[v], sums[i * vectors + v])

    comptime UNROLL = _UNROLL if k >= _UNROLL else 1
    for l in range(0, k // UNROLL * UNROLL, UNROLL):
        comptime for u in range(UNROLL):
            step(l + u)
    comptime for l in range(k // UNROLL * UNROLL, k):
        step(l)
    comptime for i in range(rows):
        comptime for v in range(vectors):
            comptime cut = tail and v == vectors - 1
            finish[W, cut](row + i, column + v * W, sums[i * vectors + v], mask)

"""Matrix times vector, y (m) = a (m, k) b (k): memory-bound, so nothing is packed and each element of a is read once.

- rows contiguous: dot products of four rows at a time, so that the vector is loaded once for four
- columns contiguous: columns times elements of the vector, added up in registers for a block of rows

The order of a row's sum does not depend on which rows are computed together.
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.runtime.types import Buffer


def fits_vector[dt: DType](p: Operands[dt]) -> Bool:
    """Returns whether `multiply_vector` computes a product: one column, and a contiguous along rows or columns.

    Parameters:
        dt: The dtype.

    Args:
        p: The product.

    Returns:
        Whether it does.
    """
    return p.n == 1 and ((p.a_column == 1 and p.b_row == 1) or p.a_row == 1)


def multiply_vector[dt: DType](p: Operands[dt]):
    """Computes y = a b (+ bias) (+ y) for one column of b.

    Parameters:
        dt: The dtype, a floating one.

    Args:
        p: A product that `fits_vector`.
    """
    comptime W = simd_width_of[dt]()
    var i = 0
    if p.a_column == 1 and p.b_row == 1:
        while i + 4 <= p.m:
            _dot_rows[dt, 4](p, i)
            i += 4
        while i < p.m:
            _dot_rows[dt, 1](p, i)
            i += 1
        return
    while i + 4 * W <= p.m:
        _add_columns[dt, W, 4](p, i)
        i += 4 * W
    while i + W <= p.m:
        _add_columns[dt, W, 1](p, i)
        i += W
    while i < p.m:
        _add_columns[dt, 1, 1](p, i)
        i += 1


@always_inline
def _put[dt: DType](p: Operands[dt], i: Int, sum: Scalar[dt]):
    """Stores an element of y, with what is added to it."""
    var y = p.element(p.y, i * p.y_row)
    var value = sum
    if p.bias != 0:
        value += p.element(p.bias, i * p.bias_row)[]
    if p.accumulate:
        value += y[]
    y[] = value


@no_inline
def _dot_rows[dt: DType, rows: Int](p: Operands[dt], first: Int):
    comptime W = simd_width_of[dt]()
    var sums = stack_allocation[2 * rows, SIMD[dt, W]]()
    comptime for t in range(2 * rows):
        sums[unsafe_offset=t] = 0
    var a = p.element(p.a, first * p.a_row)
    var b = p.element(p.b, 0)
    var l = 0
    while l + 2 * W <= p.k:
        comptime for v in range(2):
            var x = b.unsafe_load[width=W](l + v * W)
            comptime for i in range(rows):
                var row = a.unsafe_load[width=W](i * p.a_row + l + v * W)
                sums[unsafe_offset=2 * i + v] = fma(row, x, sums[unsafe_offset=2 * i + v])
        l += 2 * W
    comptime for i in range(rows):
        var sum = (sums[unsafe_offset=2 * i] + sums[unsafe_offset=2 * i + 1]).reduce_add()
        for rest in range(l, p.k):
            sum = fma(a.unsafe_load(i * p.a_row + rest), b.unsafe_load(rest), sum)
        _put(p, first + i, sum)


@no_inline
def _add_columns[dt: DType, width: Int, vectors: Int](p: Operands[dt], first: Int):
    var sums = stack_allocation[vectors, SIMD[dt, width]]()
    comptime for v in range(vectors):
        sums[unsafe_offset=v] = 0
    var a = p.element(p.a, first)
    var b = p.element(p.b, 0)
    for l in range(p.k):
        var x = SIMD[dt, width](b.unsafe_load(l * p.b_row))
        comptime for v in range(vectors):
            var column = a.unsafe_load[width=width](l * p.a_column + v * width)
            sums[unsafe_offset=v] = fma(column, x, sums[unsafe_offset=v])
    comptime for v in range(vectors):
        comptime for lane in range(width):
            _put(p, first + v * width + lane, sums[unsafe_offset=v][lane])

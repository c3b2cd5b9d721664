"""Sums of known length, in the order of `reduce`."""

from std.sys import simd_width_of

from mojo_kernels.matmul.tile import lanes_below, load_lanes, store_lanes
from mojo_kernels.numerics.fence import fence
from mojo_kernels.reduce import LEAF, Reduce
from mojo_kernels.reduce.combine import Sum
from mojo_kernels.runtime.types import Buffer


@always_inline
def sum_all[dt: DType, count: Int](x: Buffer[dt], scale: Scalar[dt]) -> Scalar[dt]:
    """Adds up neighbouring elements.

    Parameters:
        dt: The dtype.
        count: The number of elements, at most those of one block of a reduction.

    Args:
        x: The elements.
        scale: What the sum is multiplied with.

    Returns:
        The sum.
    """
    var total = Scalar[dt](0)
    comptime for leaf in range(0, count, LEAF):
        total += Scalar[dt](0) + Reduce[Sum, dt].contiguous(x.unsafe_offset(leaf), min(LEAF, count - leaf))
    return fence[dt, 1](total * scale)


@always_inline
def sum_rows[dt: DType, rows: Int, columns: Int](y: Buffer[dt], x: Buffer[dt], scale: Scalar[dt]):
    """Adds up the rows of a contiguous matrix.

    Parameters:
        dt: The dtype.
        rows: The number of rows, at most `LEAF`.
        columns: The number of columns.

    Args:
        y: Where the sums of the columns go.
        x: The matrix.
        scale: What the sums are multiplied with.
    """
    comptime W = simd_width_of[dt]()
    comptime for first in range(0, columns, 4 * W):
        comptime VECTORS = (min(columns - first, 4 * W) + W - 1) // W
        comptime CUT = first + VECTORS * W > columns
        var mask = lanes_below[W](columns % W)
        var sums = Array[SIMD[dt, W], VECTORS](fill=0)
        for row in range(rows):
            comptime for v in range(VECTORS):
                comptime tail = CUT and v == VECTORS - 1
                sums[v] += load_lanes[dt, W, tail](x.unsafe_offset(row * columns + first + v * W), mask)
        comptime for v in range(VECTORS):
            comptime tail = CUT and v == VECTORS - 1
            var total = fence((SIMD[dt, W](0) + sums[v]) * scale)
            store_lanes[dt, W, tail](y.unsafe_offset(first + v * W), total, mask)

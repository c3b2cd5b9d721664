"""Cross-entropy of a known number of rows and classes, in the order of `loss/cross_entropy.mojo`."""

from std.memory import stack_allocation

from mojo_kernels.generated.loops import each
from mojo_kernels.matmul.tile import load_lanes, store_lanes
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.numerics.fence import fence
from mojo_kernels.runtime.rows import largest, map_row, sum_row
from mojo_kernels.runtime.schedule import Tiled
from mojo_kernels.runtime.types import Buffer, INDEX_OUT_OF_RANGE, OK

comptime NONE = 0
"""The reduction that leaves a loss for each row."""
comptime MEAN = 1
"""The reduction to the mean over the rows that count."""


@always_inline
def cross_entropy[
    dt: DType, *, rows: Int, columns: Int, ignore: Int, reduction: Int
](
    total: Buffer[dt],
    losses: Buffer[dt],
    lse: Buffer[dt],
    count: Buffer[dt],
    x: Buffer[dt],
    target: Buffer[DType.int64],
) -> Int64:
    """Computes the losses of rows of scores, without smoothing.

    Parameters:
        dt: The dtype.
        rows: The number of rows.
        columns: The number of classes.
        ignore: The target of rows that do not count.
        reduction: 0 for none, 1 for the mean, 2 for the sum.

    Args:
        total: Where the reduced loss goes.
        losses: Where the rows' losses go.
        lse: Where the logarithms of the sums of exponentials go.
        count: Where the number of rows that count goes.
        x: The scores.
        target: The classes.

    Returns:
        `OK`, or the status of a target that is no class.
    """
    for row in range(rows):
        var t = Int(target.unsafe_load(row))
        if (t < 0 or t >= columns) and t != ignore:
            return INDEX_OUT_OF_RANGE
    var own_tops = stack_allocation[rows, Scalar[dt], alignment=64]()
    var own_sums = stack_allocation[rows, Scalar[dt], alignment=64]()
    var tops = Buffer[dt](unsafe_from_address=Int(own_tops))
    var sums = Buffer[dt](unsafe_from_address=Int(own_sums))
    for row in range(rows):
        var scores = x.unsafe_offset(row * columns)
        var top = largest[Tiled](scores, columns)

        def power[w: Int](v: SIMD[dt, w]) {imm} -> SIMD[dt, w]:
            return exp(v - top)

        tops.unsafe_store(row, top)
        sums.unsafe_store(row, sum_row[Tiled](scores, columns, power))

    def logarithm[w: Int, tail: Bool](i: Int, mask: SIMD[DType.bool, w]) {imm}:
        var log_sum = fence(log(load_lanes[dt, w, tail](sums.unsafe_offset(i), mask)))
        var top = load_lanes[dt, w, tail](tops.unsafe_offset(i), mask)
        store_lanes[dt, w, tail](sums.unsafe_offset(i), log_sum, mask)
        store_lanes[dt, w, tail](lse.unsafe_offset(i), fence(top + log_sum), mask)

    each[dt, rows](logarithm)
    var counted = Float64(0)
    var sum = Float64(0)
    for row in range(rows):
        var t = Int(target.unsafe_load(row))
        var loss = Scalar[dt](0)
        if t != ignore:
            loss = sums.unsafe_load(row) + (tops.unsafe_load(row) - x.unsafe_load(row * columns + t))
            counted += 1
        losses.unsafe_store(row, loss)
        sum += loss.cast[DType.float64]()
    count[] = counted.cast[dt]()
    comptime if reduction != NONE:
        total[] = fence[dt, 1]((sum / counted if reduction == MEAN else sum).cast[dt]())
    return OK


@always_inline
def cross_entropy_backward[
    dt: DType,
    *,
    rows: Int,
    columns: Int,
    ignore: Int,
    reduction: Int,
    dy_stride: Int,
](
    dx: Buffer[dt],
    x: Buffer[dt],
    lse: Buffer[dt],
    count: Buffer[dt],
    target: Buffer[DType.int64],
    dy: Buffer[dt],
):
    """Computes the gradients of `cross_entropy`.

    Parameters:
        dt: The dtype.
        rows: The number of rows.
        columns: The number of classes.
        ignore: The target of rows that do not count.
        reduction: 0 for none, 1 for the mean, 2 for the sum.
        dy_stride: The stride between the gradients of rows, 0 where there is one.

    Args:
        dx: Where the gradients go.
        x: The scores.
        lse: What forward left.
        count: What forward left.
        target: The classes.
        dy: The gradient of the loss.
    """
    for row in range(rows):
        var out = dx.unsafe_offset(row * columns)
        var t = Int(target.unsafe_load(row))
        var scale = dy.unsafe_load(row * dy_stride)
        comptime if reduction == MEAN:
            scale = scale / count[]
        var log_sum = lse.unsafe_load(row)
        if t == ignore:

            def nothing[w: Int](v: SIMD[dt, w]) {imm} -> SIMD[dt, w]:
                return 0

            map_row[Tiled](out, x, columns, nothing)
            continue

        def gradient[w: Int](v: SIMD[dt, w]) {imm} -> SIMD[dt, w]:
            return scale * exp(v - log_sum)

        map_row[Tiled](out, x.unsafe_offset(row * columns), columns, gradient)
        out.unsafe_store(t, out.unsafe_load(t) - scale)

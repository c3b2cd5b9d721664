"""Sums of channels that lie side by side: memory is read along its rows, once for each sum."""

from std.collections import Array

from mojo_kernels.normalization.passes import each, load, store
from mojo_kernels.runtime.types import Buffer

comptime PANEL = 512
"""Channels whose sums lie in the first-level cache."""
comptime _ROWS = 8
"""Rows of the batch that are done together, in registers."""


@always_inline
def statistics[
    w: Int, dt: DType, stored: DType
](x: Buffer[stored], means: Buffer[dt], squares: Buffer[dt], batch: Int, step: Int, count: Int):
    """Computes the means of columns, and the sums of squared distances from them.

    Those of some rows are computed from the elements and then joined to those of the rows before (Chan, Golub and LeVeque
    1979), so the elements are read once.

    Parameters:
        w: The number of lanes.
        dt: The dtype of the results.
        stored: The dtype that the elements are stored in.

    Args:
        x: The first row.
        means: The means.
        squares: The sums.
        batch: The number of rows.
        step: The distance between rows.
        count: The number of columns.
    """
    comptime V = SIMD[dt, w]
    for n in range(0, batch, _ROWS):
        var rows = min(_ROWS, batch - n)
        var own = V(Scalar[dt](rows))
        var share = V(Scalar[dt](rows) / Scalar[dt](n + rows))
        var first = x.unsafe_offset(n * step)

        def join(i: Int, mask: SIMD[DType.bool, w]) {imm}:
            var given = Array[V, _ROWS](fill=0)
            var sum = V(0)
            if rows == _ROWS:
                comptime for r in range(_ROWS):
                    given[r] = load[dt](first, r * step + i, mask)
                    sum += given[r]
            else:
                for r in range(rows):
                    sum += load[dt](first, r * step + i, mask)
            var mean = sum / own
            var square = V(0)
            if rows == _ROWS:
                comptime for r in range(_ROWS):
                    square += (given[r] - mean) * (given[r] - mean)
            else:
                for r in range(rows):
                    var far = load[dt](first, r * step + i, mask) - mean
                    square += far * far
            if n > 0:
                var before = load[dt](means, i, mask)
                var apart = mean - before
                mean = before + apart * share
                square += load[dt](squares, i, mask) + apart * apart * (share * V(Scalar[dt](n)))
            store(means, i, mean, mask)
            store(squares, i, square, mask)

        each[w](count, join)


@always_inline
def column_sums[
    w: Int, dt: DType, stored: DType
](
    dy: Buffer[stored],
    x: Buffer[stored],
    means: Buffer[dt],
    totals: Buffer[dt],
    alongs: Buffer[dt],
    batch: Int,
    step: Int,
    count: Int,
):
    """Computes the sums of dy and of dy (x - mean) of columns.

    Parameters:
        w: The number of lanes.
        dt: The dtype of the sums.
        stored: The dtype that the elements are stored in.

    Args:
        dy: The first row of the gradient.
        x: The first row.
        means: The means of the columns.
        totals: The sums of dy.
        alongs: The other sums.
        batch: The number of rows.
        step: The distance between rows.
        count: The number of columns.
    """
    for n in range(0, batch, _ROWS):
        var rows = min(_ROWS, batch - n)
        var first = x.unsafe_offset(n * step)
        var upstream = dy.unsafe_offset(n * step)

        def add(i: Int, mask: SIMD[DType.bool, w]) {imm}:
            var mean = load[dt](means, i, mask)
            var total = SIMD[dt, w](0)
            var along = SIMD[dt, w](0)
            if n > 0:
                total = load[dt](totals, i, mask)
                along = load[dt](alongs, i, mask)
            for r in range(rows):
                var g = load[dt](upstream, r * step + i, mask)
                total += g
                along += g * (load[dt](first, r * step + i, mask) - mean)
            store(totals, i, total, mask)
            store(alongs, i, along, mask)

        each[w](count, add)

"""Copies of blocks of the operands, in the order in which register tiles read them."""

from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.matmul.tile import Panel, lanes_below, load_lanes
from mojo_kernels.runtime.types import Buffer

comptime _TOGETHER = 8
"""Rows of b that are read together: fewer than the streams that a processor follows."""


@always_inline
def transpose[dt: DType, n: Int, w: Int](rows: Buffer[dt]):
    """Exchanges rows and columns of n x w elements: log2(n) perfect shuffles of them all.

    Parameters:
        dt: The dtype.
        n: The number of rows, a power of two.
        w: Lanes of a vector, a row.

    Args:
        rows: The rows, side by side.
    """
    var vectors = MutPointer[SIMD[dt, w], MutAnyOrigin](unsafe_from_address=Int(rows))
    comptime for step in [2, 4, 8, 16]:
        comptime if step <= n:
            var old = stack_allocation[n, SIMD[dt, w]]()
            comptime for i in range(n):
                old[unsafe_offset=i] = vectors[unsafe_offset=i]
            comptime for i in range(n // 2):
                var pair = old[unsafe_offset=i].interleave(old[unsafe_offset=i + n // 2])
                vectors[unsafe_offset=2 * i] = rebind[SIMD[dt, w]](pair.slice[w]())
                vectors[unsafe_offset=2 * i + 1] = rebind[SIMD[dt, w]](pair.slice[w, offset=w]())


@no_inline
def _pack_rows[
    dt: DType, n: Int, width: Int, whole: Bool
](b: Panel[dt], columns: Int, depth: Int, panel: Buffer[dt]):
    """Packs up to n columns of b that are contiguous along k, up to w elements of each."""
    comptime w = simd_width_of[dt]()
    var vectors = stack_allocation[n, SIMD[dt, w]]()
    var mask = lanes_below[w](depth)
    comptime for j in range(n):
        comptime if whole:
            vectors[unsafe_offset=j] = b.at(0, j).unsafe_load[width=w]()
        else:
            vectors[unsafe_offset=j] = load_lanes[dt, w, True](b.at(0, min(j, columns - 1)), mask)
    transpose[dt, n, w](Buffer[dt](unsafe_from_address=Int(vectors)))
    comptime if whole and n == width:
        comptime for i in range(n):
            panel.unsafe_store(i * w, vectors[unsafe_offset=i])
        return
    comptime for l in range(w):
        comptime piece = l * n // w
        comptime lane = l * n % w
        if whole or l < depth:
            panel.unsafe_store(l * width, vectors[unsafe_offset=piece].slice[n, offset=lane]())


@always_inline
def _pack_part[dt: DType, n: Int, width: Int](b: Panel[dt], kc: Int, columns: Int, panel: Buffer[dt]):
    """Packs up to n columns of b, a power of two, where a panel has `width`."""
    comptime w = simd_width_of[dt]()
    if b.column == 1:
        if columns >= n:
            for l in range(kc):
                panel.unsafe_store(l * width, b.at(l, 0).unsafe_load[width=n]())
        else:
            var mask = lanes_below[n](columns)
            for l in range(kc):
                panel.unsafe_store(l * width, load_lanes[dt, n, True](b.at(l, 0), mask))
    elif b.row == 1:
        for l in range(0, kc, w):
            var rest = Panel[dt](Int(b.at(l, 0)), b.row, b.column)
            if columns >= n and kc - l >= w:
                _pack_rows[dt, n, width, True](rest, n, w, panel.unsafe_offset(l * width))
            else:
                _pack_rows[dt, n, width, False](rest, columns, min(w, kc - l), panel.unsafe_offset(l * width))
    else:
        for l in range(kc):
            for j in range(min(columns, n)):
                panel.unsafe_store(l * width + j, b.at(l, j)[])


def pack[dt: DType, width: Int](b: Panel[dt], kc: Int, columns: Int, panel: Buffer[dt]):
    """Packs columns of b (or rows of a, which are columns of its transpose) k-major: `width` elements for each k.

    Parameters:
        dt: The dtype.
        width: The columns of a panel.

    Args:
        b: The block of b, from the first k and the first column on.
        kc: The number of k.
        columns: The number of columns, at most `width`; what the panel holds behind them is undefined.
        panel: Where they go.
    """
    comptime w = simd_width_of[dt]()
    comptime for j in range(0, width // w * w, w):
        if j < columns:
            var part = Panel[dt](Int(b.at(0, j)), b.row, b.column)
            _pack_part[dt, w, width](part, kc, columns - j, panel.unsafe_offset(j))
    comptime for n in [8, 4, 2, 1]:
        comptime if n < w and width % w & n != 0:
            comptime j = width // (2 * n) * (2 * n)
            if j < columns:
                var part = Panel[dt](Int(b.at(0, j)), b.row, b.column)
                _pack_part[dt, n, width](part, kc, columns - j, panel.unsafe_offset(j))


@always_inline
def panel_vectors[most: Int](left: Int) -> Int:
    """Returns the vectors of columns of a panel: `most`, but fewer where a single vector would be left behind it.

    Parameters:
        most: The most vectors.

    Args:
        left: The vectors of this panel and of those behind it.

    Returns:
        The vectors of the panel.
    """
    if left <= most:
        return left
    return (left + 1) // 2 if left == most + 1 else most


@always_inline
def _copy_rows[dt: DType, vectors: Int](b: Panel[dt], kc: Int, panel: Buffer[dt]):
    """Copies whole vectors of rows that are contiguous, row after row."""
    comptime w = simd_width_of[dt]()
    for l in range(kc):
        comptime for v in range(vectors):
            panel.unsafe_store((l * vectors + v) * w, b.at(l, v * w).unsafe_load[width=w]())


@no_inline
def pack_block[dt: DType, vectors: Int](b: Panel[dt], kc: Int, columns: Int, block: Buffer[dt]):
    """Packs columns of b into panels side by side, of `panel_vectors` each.

    Where rows of b are contiguous, a few of them are read from end to end: processors fetch ahead along a row, and not
    from row to row.

    Parameters:
        dt: The dtype.
        vectors: The most vectors of columns of a panel.

    Args:
        b: The block of b.
        kc: The number of k.
        columns: The number of columns.
        block: Where they go: kc elements for each column, in whole vectors.
    """
    comptime w = simd_width_of[dt]()
    var step = _TOGETHER if b.column == 1 else kc
    for l in range(0, kc, step):
        var j = 0
        while j < columns:
            var width = panel_vectors[vectors]((columns - j + w - 1) // w)
            comptime for v in range(1, vectors + 1):
                if width == v:
                    var part = Panel[dt](Int(b.at(l, j)), b.row, b.column)
                    var to = block.unsafe_offset(j * kc + l * v * w)
                    if b.column == 1 and columns - j >= v * w:
                        _copy_rows[dt, v](part, min(step, kc - l), to)
                    else:
                        pack[dt, v * w](part, min(step, kc - l), min(v * w, columns - j), to)
            j += width * w

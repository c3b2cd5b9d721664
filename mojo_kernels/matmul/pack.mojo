"""Copies of blocks of the operands, in the order in which register tiles read them."""

from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.matmul.tile import MR, Panel, lanes_below, load_lanes
from mojo_kernels.runtime.types import Buffer


@always_inline
def _transpose[dt: DType, w: Int](rows: Buffer[dt]):
    """Exchanges rows and columns of a square of w x w elements: log2(w) perfect shuffles of all its rows."""
    var squares = MutPointer[SIMD[dt, w], MutAnyOrigin](unsafe_from_address=Int(rows))
    comptime for step in [2, 4, 8, 16]:
        comptime if step <= w:
            var old = stack_allocation[w, SIMD[dt, w]]()
            comptime for i in range(w):
                old[unsafe_offset=i] = squares[unsafe_offset=i]
            comptime for i in range(w // 2):
                var pair = old[unsafe_offset=i].interleave(old[unsafe_offset=i + w // 2])
                squares[unsafe_offset=2 * i] = rebind[SIMD[dt, w]](pair.slice[w]())
                squares[unsafe_offset=2 * i + 1] = rebind[SIMD[dt, w]](pair.slice[w, offset=w]())


@no_inline
def _pack_square[
    dt: DType, whole: Bool
](b: Panel[dt], columns: Int, depth: Int, panel: Buffer[dt], width: Int):
    """Packs up to w columns of b that are contiguous along k, up to w elements of each."""
    comptime w = simd_width_of[dt]()
    var square = stack_allocation[w, SIMD[dt, w]]()
    var mask = lanes_below[w](depth)
    comptime for j in range(w):
        comptime if whole:
            square[unsafe_offset=j] = b.at(0, j).unsafe_load[width=w]()
        else:
            square[unsafe_offset=j] = load_lanes[dt, w, True](b.at(0, min(j, columns - 1)), mask)
    _transpose[dt, w](Buffer[dt](unsafe_from_address=Int(square)))
    comptime for l in range(w):
        if whole or l < depth:
            panel.unsafe_store(l * width, square[unsafe_offset=l])


def pack_b[dt: DType, width: Int](b: Panel[dt], kc: Int, columns: Int, panel: Buffer[dt]):
    """Packs columns of b k-major: `width` elements of the panel for each k.

    Parameters:
        dt: The dtype.
        width: The columns of a panel, a multiple of the SIMD width.

    Args:
        b: The block of b, from the first k and the first column on.
        kc: The number of k.
        columns: The number of columns, at most `width`; what the panel holds behind them is undefined.
        panel: Where they go.
    """
    comptime w = simd_width_of[dt]()
    if b.column == 1:
        var mask = lanes_below[width](columns)
        for l in range(kc):
            if columns == width:
                panel.unsafe_store(l * width, b.at(l, 0).unsafe_load[width=width]())
            else:
                panel.unsafe_store(l * width, load_lanes[dt, width, True](b.at(l, 0), mask))
        return
    if b.row == 1:
        for j in range(0, columns, w):
            for l in range(0, kc, w):
                var rest = Panel[dt](Int(b.at(l, j)), b.row, b.column)
                var destination = panel.unsafe_offset(l * width + j)
                if columns - j >= w and kc - l >= w:
                    _pack_square[dt, True](rest, w, w, destination, width)
                else:
                    _pack_square[dt, False](rest, columns - j, kc - l, destination, width)
        return
    for l in range(kc):
        for j in range(columns):
            panel.unsafe_store(l * width + j, b.at(l, j)[])


@always_inline
def pack_a[dt: DType, stride: Int](a: Panel[dt], kc: Int, rows: Int, destination: Buffer[dt]) -> Panel[dt]:
    """Packs the rows of a tile: one after the other where they are contiguous, else k-major, MR elements for each k.

    Parameters:
        dt: The dtype.
        stride: Elements from a packed row to the next one, at least `kc`.

    Args:
        a: The rows of a, from the first k on.
        kc: The number of k.
        rows: The number of rows, at most MR.
        destination: Where they go: MR x stride elements.

    Returns:
        The packed rows.
    """
    comptime w = simd_width_of[dt]()
    if a.column == 1:
        for i in range(rows):
            var source = a.at(i, 0)
            var target = destination.unsafe_offset(i * stride)
            var l = 0
            while l + w <= kc:
                target.unsafe_store(l, source.unsafe_load[width=w](l))
                l += w
            for rest in range(l, kc):
                target.unsafe_store(rest, source.unsafe_load(rest))
        return Panel[dt](Int(destination), stride, 1)
    for l in range(kc):
        if a.row == 1 and rows == MR:
            comptime for i in range(MR):
                destination.unsafe_store(l * MR + i, a.at(0, l).unsafe_load(i))
        else:
            for i in range(rows):
                destination.unsafe_store(l * MR + i, a.at(i, l)[])
    return Panel[dt](Int(destination), 1, MR)

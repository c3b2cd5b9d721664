"""What brings columns into a block and back: W rows of a matrix, which are turned, or W neighbouring columns."""

from std.collections import Array
from std.sys import simd_width_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.matmul.tile import lanes_below
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer


def load_columns[
    dt: DType
](block: Buffer[dt], length: Int, x: Buffer[dt], step: Int, lanes: Int, swapped: Bool):
    """Loads neighbouring complex columns; lanes behind the last column become 0.

    Parameters:
        dt: The dtype.

    Args:
        block: Where they go.
        length: The number of elements of a column.
        x: The first element of the first column.
        step: The number of complex numbers from one element of a column to the next.
        lanes: The number of columns, at most the lanes of a vector.
        swapped: Whether real and imaginary parts change places.
    """
    comptime W = simd_width_of[dt]()
    var first = W if swapped else 0
    var there = lanes_below[2 * W](2 * lanes)
    for e in range(length):
        var source = x.unsafe_offset(2 * e * step)
        var target = block.unsafe_offset(2 * e * W)
        var pairs: SIMD[dt, 2 * W]
        if lanes == W:
            pairs = source.unsafe_load[width=2 * W]()
        else:
            pairs = masked_load[2 * W](source, there, SIMD[dt, 2 * W](0))
        var parts = pairs.deinterleave()
        target.unsafe_store(first, rebind[SIMD[dt, W]](parts[0]))
        target.unsafe_store(W - first, rebind[SIMD[dt, W]](parts[1]))


def store_columns[
    dt: DType
](y: Buffer[dt], step: Int, lanes: Int, block: Buffer[dt], length: Int, scale: Scalar[dt], swapped: Bool):
    """Stores a block as neighbouring complex columns, times a factor.

    Parameters:
        dt: The dtype.

    Args:
        y: The first element of the first column.
        step: The number of complex numbers from one element of a column to the next.
        lanes: The number of columns, at most the lanes of a vector.
        block: The block.
        length: The number of elements of a column.
        scale: The factor.
        swapped: Whether real and imaginary parts change places.
    """
    comptime W = simd_width_of[dt]()
    var first = W if swapped else 0
    var there = lanes_below[2 * W](2 * lanes)
    for e in range(length):
        var target = y.unsafe_offset(2 * e * step)
        var source = block.unsafe_offset(2 * e * W)
        var re = source.unsafe_load[width=W](first) * scale
        var im = source.unsafe_load[width=W](W - first) * scale
        if lanes == W:
            target.unsafe_store(0, re.interleave(im))
        else:
            masked_store[2 * W](re.interleave(im), target, there)


def load_rows[
    dt: DType
](block: Buffer[dt], length: Int, x: Buffer[dt], pitch: Int, lanes: Int, swapped: Bool):
    """Loads complex rows as columns; lanes behind the last row become 0.

    Parameters:
        dt: The dtype.

    Args:
        block: Where they go.
        length: The number of elements of a row.
        x: The first element of the first row.
        pitch: The number of complex numbers from one row to the next.
        lanes: The number of rows, at most the lanes of a vector.
        swapped: Whether real and imaginary parts change places.
    """
    comptime W = simd_width_of[dt]()
    var flip = 1 if swapped else 0
    if 2 * length >= W:
        for i in range(0, 2 * length, W):
            var f = min(i, 2 * length - W)  # the last square may overlap the one before
            var square = Array[SIMD[dt, W], W](fill=0)
            comptime for r in range(W):
                if r < lanes:
                    square[r] = x.unsafe_load[width=W](2 * r * pitch + f)
            turn(square)
            comptime for c in range(W):
                block.unsafe_store(((f + c) ^ flip) * W, square[c])
        return
    for f in range(2 * length):
        var column = SIMD[dt, W](0)
        for lane in range(lanes):
            column[lane] = x.unsafe_load(2 * lane * pitch + f)
        block.unsafe_store((f ^ flip) * W, column)


def store_rows[
    dt: DType
](y: Buffer[dt], pitch: Int, lanes: Int, block: Buffer[dt], length: Int, scale: Scalar[dt], swapped: Bool):
    """Stores the columns of a block as complex rows, times a factor.

    Parameters:
        dt: The dtype.

    Args:
        y: The first element of the first row.
        pitch: The number of complex numbers from one row to the next.
        lanes: The number of rows, at most the lanes of a vector.
        block: The block.
        length: The number of elements of a row.
        scale: The factor.
        swapped: Whether real and imaginary parts change places.
    """
    comptime W = simd_width_of[dt]()
    var flip = 1 if swapped else 0
    if 2 * length >= W:
        for i in range(0, 2 * length, W):
            var f = min(i, 2 * length - W)
            var square = Array[SIMD[dt, W], W](fill=0)
            comptime for c in range(W):
                square[c] = block.unsafe_load[width=W](((f + c) ^ flip) * W) * scale
            turn(square)
            comptime for r in range(W):
                if r < lanes:
                    y.unsafe_store(2 * r * pitch + f, square[r])
        return
    for f in range(2 * length):
        var column = block.unsafe_load[width=W]((f ^ flip) * W) * scale
        for lane in range(lanes):
            y.unsafe_store(2 * lane * pitch + f, column[lane])


@always_inline
def multiply_columns[
    dt: DType
](block: Buffer[dt], length: Int, re: Buffer[dt], im: Buffer[dt], step: Int, lanes: Int):
    """Multiplies each column of a block by factors of its own.

    Parameters:
        dt: The dtype.

    Args:
        block: The block.
        length: The number of elements of a column.
        re: The real parts of the factors of the first element.
        im: The imaginary parts.
        step: The number of factors from one element to the next.
        lanes: The number of columns.
    """
    comptime W = simd_width_of[dt]()
    var there = lanes_below[W](lanes)
    for e in range(1, length):
        var c = SIMD[dt, W](0)
        var s = SIMD[dt, W](0)
        if lanes == W:
            c = re.unsafe_load[width=W](e * step)
            s = im.unsafe_load[width=W](e * step)
        else:
            c = masked_load[W](re.unsafe_offset(e * step), there, c)
            s = masked_load[W](im.unsafe_offset(e * step), there, s)
        var element = block.unsafe_offset(2 * e * W)
        var x = element.unsafe_load[width=W](0)
        var y = element.unsafe_load[width=W](W)
        element.unsafe_store(0, x * c - y * s)
        element.unsafe_store(W, x * s + y * c)

"""Minimal filtering: tiles of pixels, of results and of gradients to their 16 points and back, on vectors of channels."""

from std.memory import stack_allocation

from mojo_kernels.conv.tiling import POINTS, TAPS
from mojo_kernels.runtime.types import Buffer

comptime Vectors[dt: DType, w: Int] = MutPointer[SIMD[dt, w], MutAnyOrigin]
"""Some vectors in registers.

Parameters:
    dt: The dtype.
    w: Lanes of a vector.
"""


@always_inline
def image_points[
    dt: DType, w: Int
](frame: Buffer[dt], row: Int, channels: Int, points: Buffer[dt], stride: Int):
    """Writes B^T d B of one tile and a vector of channels.

    Parameters:
        dt: The dtype.
        w: Lanes of a vector.

    Args:
        frame: The tile's first pixel.
        row: Elements of a row of the frame.
        channels: Elements of a pixel of the frame.
        points: Where the first point goes.
        stride: From one point to the next.
    """
    var t = stack_allocation[POINTS, SIMD[dt, w]]()
    comptime for j in range(4):
        var at = frame.unsafe_offset(j * channels)
        var d0 = at.unsafe_load[width=w]()
        var d1 = at.unsafe_load[width=w](row)
        var d2 = at.unsafe_load[width=w](2 * row)
        var d3 = at.unsafe_load[width=w](3 * row)
        t[unsafe_offset=j] = d0 - d2
        t[unsafe_offset=4 + j] = d1 + d2
        t[unsafe_offset=8 + j] = d2 - d1
        t[unsafe_offset=12 + j] = d1 - d3
    comptime for i in range(4):
        var d0 = t[unsafe_offset=4 * i]
        var d1 = t[unsafe_offset=4 * i + 1]
        var d2 = t[unsafe_offset=4 * i + 2]
        var d3 = t[unsafe_offset=4 * i + 3]
        points.unsafe_store((4 * i) * stride, d0 - d2)
        points.unsafe_store((4 * i + 1) * stride, d1 + d2)
        points.unsafe_store((4 * i + 2) * stride, d2 - d1)
        points.unsafe_store((4 * i + 3) * stride, d1 - d3)


@always_inline
def gradient_points[
    dt: DType, w: Int
](frame: Buffer[dt], row: Int, channels: Int, points: Buffer[dt], stride: Int):
    """Writes A dy A^T of one tile of gradients and a vector of filters.

    Parameters:
        dt: The dtype.
        w: Lanes of a vector.

    Args:
        frame: The tile's first gradient.
        row: Elements of a row of the frame.
        channels: Elements of a pixel of the frame.
        points: Where the first point goes.
        stride: From one point to the next.
    """
    var t = stack_allocation[8, SIMD[dt, w]]()
    comptime for j in range(2):
        var d0 = frame.unsafe_load[width=w](j * channels)
        var d1 = frame.unsafe_load[width=w](row + j * channels)
        t[unsafe_offset=j] = d0
        t[unsafe_offset=2 + j] = d0 + d1
        t[unsafe_offset=4 + j] = d0 - d1
        t[unsafe_offset=6 + j] = -d1
    comptime for i in range(4):
        var d0 = t[unsafe_offset=2 * i]
        var d1 = t[unsafe_offset=2 * i + 1]
        points.unsafe_store((4 * i) * stride, d0)
        points.unsafe_store((4 * i + 1) * stride, d0 + d1)
        points.unsafe_store((4 * i + 2) * stride, d0 - d1)
        points.unsafe_store((4 * i + 3) * stride, -d1)


@always_inline
def results_of[
    dt: DType, w: Int
](points: Buffer[dt], stride: Int, bias: SIMD[dt, w], results: Vectors[dt, w]):
    """Computes A^T m A / 4 + bias of one tile and a vector of filters.

    Parameters:
        dt: The dtype.
        w: Lanes of a vector.

    Args:
        points: The first point.
        stride: From one point to the next.
        bias: What is added.
        results: Where the four results go, row by row.
    """
    var t = stack_allocation[8, SIMD[dt, w]]()
    comptime for j in range(4):
        var m0 = points.unsafe_load[width=w](j * stride)
        var m1 = points.unsafe_load[width=w]((4 + j) * stride)
        var m2 = points.unsafe_load[width=w]((8 + j) * stride)
        var m3 = points.unsafe_load[width=w]((12 + j) * stride)
        t[unsafe_offset=j] = m0 + m1 + m2
        t[unsafe_offset=4 + j] = m1 - m2 - m3
    comptime for i in range(2):
        var m0 = t[unsafe_offset=4 * i]
        var m1 = t[unsafe_offset=4 * i + 1]
        var m2 = t[unsafe_offset=4 * i + 2]
        var m3 = t[unsafe_offset=4 * i + 3]
        results[unsafe_offset=2 * i] = (m0 + m1 + m2) * 0.25 + bias
        results[unsafe_offset=2 * i + 1] = (m1 - m2 - m3) * 0.25 + bias


@always_inline
def filter_points[dt: DType, w: Int](taps: Vectors[dt, w], points: Buffer[dt], stride: Int):
    """Writes 4 G w G^T of a vector of filters of one channel.

    Parameters:
        dt: The dtype.
        w: Lanes of a vector.

    Args:
        taps: The nine elements of the filters.
        points: Where the first point goes.
        stride: From one point to the next.
    """
    var t = stack_allocation[12, SIMD[dt, w]]()
    comptime for j in range(3):
        var g0 = taps[unsafe_offset=j]
        var g1 = taps[unsafe_offset=3 + j]
        var g2 = taps[unsafe_offset=6 + j]
        t[unsafe_offset=j] = g0 + g0
        t[unsafe_offset=3 + j] = g0 + g2 + g1
        t[unsafe_offset=6 + j] = g0 + g2 - g1
        t[unsafe_offset=9 + j] = g2 + g2
    comptime for i in range(4):
        var g0 = t[unsafe_offset=3 * i]
        var g1 = t[unsafe_offset=3 * i + 1]
        var g2 = t[unsafe_offset=3 * i + 2]
        points.unsafe_store((4 * i) * stride, g0 + g0)
        points.unsafe_store((4 * i + 1) * stride, g0 + g2 + g1)
        points.unsafe_store((4 * i + 2) * stride, g0 + g2 - g1)
        points.unsafe_store((4 * i + 3) * stride, g2 + g2)


@always_inline
def taps_of[dt: DType, w: Int](points: Vectors[dt, w], taps: Vectors[dt, w]):
    """Computes the gradient G^T u G / 4 of filters from that of their points.

    Parameters:
        dt: The dtype.
        w: Lanes of a vector.

    Args:
        points: The gradients of the 16 points.
        taps: Where those of the nine elements go.
    """
    var t = stack_allocation[12, SIMD[dt, w]]()
    comptime for j in range(4):
        var u1 = points[unsafe_offset=4 + j]
        var u2 = points[unsafe_offset=8 + j]
        t[unsafe_offset=j] = (points[unsafe_offset=j] * 2 + u1) + u2
        t[unsafe_offset=4 + j] = u1 - u2
        t[unsafe_offset=8 + j] = (points[unsafe_offset=12 + j] * 2 + u1) + u2
    comptime for i in range(3):
        var u1 = t[unsafe_offset=4 * i + 1]
        var u2 = t[unsafe_offset=4 * i + 2]
        taps[unsafe_offset=3 * i] = ((t[unsafe_offset=4 * i] * 2 + u1) + u2) * 0.25
        taps[unsafe_offset=3 * i + 1] = (u1 - u2) * 0.25
        taps[unsafe_offset=3 * i + 2] = ((t[unsafe_offset=4 * i + 3] * 2 + u1) + u2) * 0.25

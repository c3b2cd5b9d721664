"""The taps of points between -1 and 1, the middles of the outermost pixels of an image or their outer edges.

    y[n, c, p] = sum over taps t of point p of share[t] x[n, c, tap t of p]

Taps are found per axis, as for other sizes, and shares multiply. What lies outside counts as 0 (padding 0), as the nearest
pixel (1), or as its reflection (2). A point has x first; a coordinate that is nan counts as -1. The slope of a tap is the
derivative of its share by a coordinate of the point: at the border and beyond it is 0 where the nearest pixel counts.
"""

from std.collections import Array
from std.math import floor, iota, isnan
from std.sys import simd_width_of

from mojo_kernels.elementwise.lanes import fmod, round_even
from mojo_kernels.resample import CUBIC, LINEAR, SHARPNESS
from mojo_kernels.runtime.rows import first_lanes
from mojo_kernels.runtime.types import Buffer, Words, buffer, word
from mojo_kernels.runtime.words import Names

comptime WORDS: StaticString = (
    "y:w x:r grid:r batch channels points ndim image:... across along mode padding aligned"
)
"""The words with which those of all kernels of points begin (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""
comptime CHUNK = 128
"""The points whose taps are found at once."""
comptime MOST = 16
"""The most taps of a point: of cubic interpolation in an image."""
comptime SLOPES = 32
"""The most slopes of a point: one for each tap and axis."""
comptime NEAREST = 0
"""The mode with one tap; `LINEAR` has two for each axis, and `CUBIC` four."""

comptime Kept[dtype: DType] = MutPointer[Scalar[dtype], MutUntrackedOrigin]
"""Elements that a struct refers to.

Parameters:
    dtype: Their dtype.
"""


def taps_along(mode: Int) -> Int:
    """Returns how many taps a point has along an axis.

    Args:
        mode: The mode.

    Returns:
        Their number.
    """
    return 4 if mode == CUBIC else 1 if mode == NEAREST else 2


struct Taps[dt: DType](TrivialRegisterPassable):
    """Where the taps of up to `room` points are kept: those of tap t begin at t * room.

    Parameters:
        dt: The dtype of the shares.
    """

    var room: Int
    """The points that there is room for."""
    var count: Int
    """The taps of a point."""
    var at: Kept[DType.int32]
    """Which pixel each tap is; -1 outside."""
    var shares: Kept[Self.dt]
    """What it is multiplied with; 0 outside."""
    var slopes: Kept[Self.dt]
    """The derivatives of the shares, 0 outside: those by y begin at count * room."""

    def __init__(
        out self, room: Int, at: Buffer[DType.int32], shares: Buffer[Self.dt], slopes: Buffer[Self.dt]
    ):
        """Says where taps are to be kept.

        Args:
            room: The points that there is room for.
            at: Receives the pixels, of `MOST` taps.
            shares: Receives the shares.
            slopes: Receives the slopes, `SLOPES` of a point, where they are wanted.
        """
        self.room = room
        self.count = 0
        self.at = Kept[DType.int32](unsafe_from_address=Int(at))
        self.shares = Kept[Self.dt](unsafe_from_address=Int(shares))
        self.slopes = Kept[Self.dt](unsafe_from_address=Int(slopes))


struct AxisTaps[dt: DType, w: Int, mode: Int](Movable):
    """The taps of points along one axis.

    Parameters:
        dt: The dtype of the shares.
        w: The number of points.
        mode: How pixels are interpolated.
    """

    comptime COUNT = taps_along(Self.mode)
    """The number of taps."""
    comptime V = SIMD[Self.dt, Self.w]
    """A number for each point."""
    var at: Array[SIMD[DType.int32, Self.w], Self.COUNT]
    """Where they are; -1 outside."""
    var shares: Array[SIMD[Self.dt, Self.w], Self.COUNT]
    """What they are multiplied with."""
    var slopes: Array[SIMD[Self.dt, Self.w], Self.COUNT]
    """The derivatives of the shares by the coordinate."""

    @always_inline
    def __init__(out self, args: Words, point: SIMD[Self.dt, Self.w], axis: Int):
        """Finds the taps of points.

        Args:
            args: The packed words.
            point: The points' coordinates.
            axis: The axis: 0 for x.
        """
        comptime assert Self.dt.is_floating_point()
        self.at = Array[SIMD[DType.int32, Self.w], Self.COUNT](fill=0)
        self.shares = Array[SIMD[Self.dt, Self.w], Self.COUNT](fill=1)
        self.slopes = Array[SIMD[Self.dt, Self.w], Self.COUNT](fill=0)
        var size = word(args, AT.image + 2 - axis)
        var padding = word(args, AT.padding)
        var aligned = word(args, AT.aligned) != 0
        var n = Scalar[Self.dt](size)
        var missing = isnan(point)
        var from_edge = missing.select(Self.V(-1), point) + 1
        var x = from_edge / 2 * (n - 1) if aligned else (from_edge * n - 1) / 2
        var slope = missing.select(Self.V(0), Self.V((n - 1) / 2 if aligned else n / 2))
        comptime if Self.mode != CUBIC:
            x = brought_inside(x, size, padding, aligned, slope)
        var low = round_even(x) if Self.mode == NEAREST else floor(x)
        var part = x - low
        comptime for t in range(Self.COUNT):
            var position = low + Scalar[Self.dt](t - 1 if Self.mode == CUBIC else t)
            comptime if Self.mode == CUBIC:
                var none = Self.V(0)
                position = brought_inside(position, size, padding, aligned, none)
            var inside = position.ge(0) & position.le(n - 1)
            # n - 1 may have been rounded up
            var pixel = min(inside.select(position, Self.V(0)).cast[DType.int32](), Int32(size - 1))
            self.at[t] = inside.select(pixel, SIMD[DType.int32, Self.w](-1))
            comptime if Self.mode == CUBIC:
                comptime near = t == 1 or t == 2
                var distance = abs(part + Scalar[Self.dt](1 - t))
                self.shares[t] = _cubic_share[near](distance)
                self.slopes[t] = _cubic_slope[near](distance) * (slope if t < 2 else -slope)
            elif Self.mode == LINEAR:
                self.shares[t] = part if t == 1 else 1 - part
                self.slopes[t] = slope if t == 1 else -slope


@always_inline
def _cubic_share[near: Bool, dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the share of a pixel at a distance, which is below 1 for near ones."""
    comptime A = Scalar[dt](SHARPNESS)
    comptime if near:
        return ((A + 2) * x - (A + 3)) * x * x + 1
    return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A


@always_inline
def _cubic_slope[near: Bool, dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the derivative of `_cubic_share` by the distance."""
    comptime A = Scalar[dt](SHARPNESS)
    comptime if near:
        return (3 * (A + 2) * x - 2 * (A + 3)) * x
    return (3 * A * x - 10 * A) * x + 8 * A


@no_inline
def brought_inside[
    dt: DType, w: Int
](x: SIMD[dt, w], size: Int, padding: Int, aligned: Bool, mut slope: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns coordinates as they count: themselves, the nearest ones inside, or reflected ones.

    Parameters:
        dt: Their dtype.
        w: Their number.

    Args:
        x: The coordinates, in pixels.
        size: The number of pixels.
        padding: What lies outside.
        aligned: Whether reflection is at the middles of the outermost pixels.
        slope: The derivatives of the coordinates, which become those of the result.

    Returns:
        The coordinates.
    """
    comptime assert dt.is_floating_point()
    if padding == 0:
        return x
    var y = x
    if padding == 2:
        var first = Scalar[dt](0) if aligned else Scalar[dt](-0.5)
        var span = Scalar[dt](size - 1 if aligned else size)
        if span == 0:
            y = x * 0
        else:
            var far = abs(x - first)
            var turns = floor(far / span)
            var rest = fmod(far, SIMD[dt, w](span))
            var odd = ~floor(turns * 0.5).eq(turns * 0.5)
            y = odd.select(span - rest, rest) + first
            slope = (x.lt(first) ^ odd).select(-slope, slope)
    var last = SIMD[dt, w](Scalar[dt](size - 1))
    slope = (y.gt(0) & y.lt(last)).select(slope, SIMD[dt, w](0))
    return y.lt(0).select(SIMD[dt, w](0), y.gt(last).select(last, y))


@always_inline
def _coordinates[dt: DType, w: Int, ndim: Int](grid: Buffer[dt], count: Int) -> Array[SIMD[dt, w], ndim]:
    """Loads the coordinates of `count` points, at most w."""
    var found = Array[SIMD[dt, w], ndim](fill=0)
    comptime if ndim == 2 and w > 1:
        if count >= w:
            var parts = grid.unsafe_load[width=2 * w]().deinterleave()
            found[0] = rebind[SIMD[dt, w]](parts[0])
            found[1] = rebind[SIMD[dt, w]](parts[1])
            return found^
    var steps = iota[DType.int64, w]() * Int64(ndim)
    comptime for axis in range(ndim):
        found[axis] = grid.unsafe_gather(steps + Int64(axis), first_lanes[w](count), SIMD[dt, w](0))
    return found^


@always_inline
def _store[
    dt: DType, w: Int, mode: Int, sloped: Bool
](
    taps: Taps[dt],
    t: Int,
    i: Int,
    at: SIMD[DType.int32, w],
    share: SIMD[dt, w],
    slopes: Array[SIMD[dt, w], 3],
    ndim: Int,
):
    """Keeps tap t of the points from i on."""
    var inside = at.ge(0)
    var to = t * taps.room + i
    taps.at.unsafe_store(to, at)
    taps.shares.unsafe_store(to, inside.select(share, SIMD[dt, w](0)))
    comptime if sloped:
        for axis in range(ndim):
            var slope = inside.select(slopes[axis], SIMD[dt, w](0))
            taps.slopes.unsafe_store(axis * taps.count * taps.room + to, slope)


def _find[
    dt: DType, w: Int, mode: Int, ndim: Int, sloped: Bool
](args: Words, grid: Buffer[dt], taps: Taps[dt], count: Int):
    """Finds the taps of `count` points."""
    comptime COUNT = taps_along(mode)
    var width = Int32(word(args, AT.image + 2))
    var slice = Int32(word(args, AT.image + 1)) * width
    var zero = SIMD[dt, w](0)
    for i in range(0, count, w):
        var point = _coordinates[dt, w, ndim](grid.unsafe_offset(i * ndim), count - i)
        var x = AxisTaps[dt, w, mode](args, point[0], 0)
        var y = AxisTaps[dt, w, mode](args, point[1], 1)
        comptime if ndim == 2:
            comptime for b in range(COUNT):
                comptime for a in range(COUNT):
                    var inside = x.at[a].ge(0) & y.at[b].ge(0)
                    var at = inside.select(y.at[b] * width + x.at[a], SIMD[DType.int32, w](-1))
                    var slopes = Array[SIMD[dt, w], 3](fill=zero)
                    slopes[0] = x.slopes[a] * y.shares[b]
                    slopes[1] = x.shares[a] * y.slopes[b]
                    _store[dt, w, mode, sloped](
                        taps, b * COUNT + a, i, at, x.shares[a] * y.shares[b], slopes, 2
                    )
        else:
            var z = AxisTaps[dt, w, mode](args, point[2], 2)
            comptime for c in range(COUNT):
                comptime for b in range(COUNT):
                    comptime for a in range(COUNT):
                        var inside = x.at[a].ge(0) & y.at[b].ge(0) & z.at[c].ge(0)
                        var at = z.at[c] * slice + y.at[b] * width + x.at[a]
                        at = inside.select(at, SIMD[DType.int32, w](-1))
                        var plane = x.shares[a] * y.shares[b]
                        var slopes = Array[SIMD[dt, w], 3](fill=zero)
                        slopes[0] = x.slopes[a] * y.shares[b] * z.shares[c]
                        slopes[1] = x.shares[a] * y.slopes[b] * z.shares[c]
                        slopes[2] = plane * z.slopes[c]
                        var t = (c * COUNT + b) * COUNT + a
                        _store[dt, w, mode, sloped](taps, t, i, at, plane * z.shares[c], slopes, 3)


def find_taps[
    dt: DType, w: Int, sloped: Bool
](args: Words, image: Int, first: Int, count: Int, mut taps: Taps[dt]):
    """Finds the taps of neighbouring points of an image.

    Parameters:
        dt: The dtype of the shares.
        w: The number of points that are computed at once.
        sloped: Whether their slopes are wanted too.

    Args:
        args: The packed words.
        image: The image.
        first: The first point.
        count: Their number, at most as many as there is room for.
        taps: Receives what is found.
    """
    var ndim = word(args, AT.ndim)
    var mode = word(args, AT.mode)
    var grid = buffer[dt](args, AT.grid).unsafe_offset((image * word(args, AT.points) + first) * ndim)
    taps.count = taps_along(mode) ** ndim
    if mode == CUBIC:
        _find[dt, w, CUBIC, 2, sloped](args, grid, taps, count)
    elif ndim == 2:
        if mode == LINEAR:
            _find[dt, w, LINEAR, 2, sloped](args, grid, taps, count)
        else:
            _find[dt, w, NEAREST, 2, sloped](args, grid, taps, count)
    elif mode == LINEAR:
        _find[dt, w, LINEAR, 3, sloped](args, grid, taps, count)
    else:
        _find[dt, w, NEAREST, 3, sloped](args, grid, taps, count)

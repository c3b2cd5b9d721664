"""Images and volumes sampled at points between -1 and 1, the middles of the outermost pixels or their outer edges.

    y[n, c, p] = sum over taps t of point p of share[t] x[n, c, tap t of p]

Taps are found per axis, as for other sizes, and shares multiply. What lies outside counts as 0 (padding 0), as the nearest
pixel (1), or as its reflection (2). Points are taken a vector at a time: their taps are found once for all channels. A
point has x first; one that is nan counts as -1.
"""

from std.collections import Array
from std.math import floor, iota, isnan
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_store

from mojo_kernels.elementwise.lanes import fmod, round_even
from mojo_kernels.resample import CUBIC, SHARPNESS
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import first_lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word
from mojo_kernels.runtime.words import Names

comptime WORDS: StaticString = "y:w x:r grid:r batch channels points ndim image:... mode padding aligned"
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""
comptime CHUNK = 256
"""The points of a unit."""
comptime MOST = 16
"""The most taps of a point: of cubic interpolation in an image."""
comptime NEAREST = 0
"""The mode with one tap; 2 is linear, and `CUBIC` the one with four for each axis."""


struct AxisTaps[dt: DType, w: Int](Movable):
    """The taps of points along one axis.

    Parameters:
        dt: The dtype of the shares.
        w: The number of points.
    """

    var count: Int
    """Their number."""
    var at: Array[SIMD[DType.int32, Self.w], 4]
    """Where they are; -1 outside."""
    var shares: Array[SIMD[Self.dt, Self.w], 4]
    """What they are multiplied with."""

    def __init__(out self):
        """Makes a single tap at the first pixel, as along an axis that is not there."""
        self.count = 1
        self.at = Array[SIMD[DType.int32, Self.w], 4](fill=0)
        self.shares = Array[SIMD[Self.dt, Self.w], 4](fill=1)

    def find(mut self, args: Words, point: SIMD[Self.dt, Self.w], axis: Int):
        """Finds the taps of points.

        Args:
            args: The packed words.
            point: The points' coordinates.
            axis: The axis: 0 for x.
        """
        comptime assert Self.dt.is_floating_point()
        comptime V = SIMD[Self.dt, Self.w]
        var size = word(args, AT.image + 2 - axis)
        var mode = word(args, AT.mode)
        var padding = word(args, AT.padding)
        var aligned = word(args, AT.aligned) != 0
        var n = Scalar[Self.dt](size)
        var from_edge = isnan(point).select(V(-1), point) + 1
        var x = from_edge / 2 * (n - 1) if aligned else (from_edge * n - 1) / 2
        if mode != CUBIC:
            x = _brought_inside(x, size, padding, aligned)
        var low = round_even(x) if mode == NEAREST else floor(x)
        var part = x - low
        self.count = 4 if mode == CUBIC else 1 if mode == NEAREST else 2
        for t in range(self.count):
            var position = low + Scalar[Self.dt](t - 1 if mode == CUBIC else t)
            if mode == CUBIC:
                position = _brought_inside(position, size, padding, aligned)
            var inside = position.ge(0) & position.le(n - 1)
            self.at[t] = inside.select(position, V(-1)).cast[DType.int32]()
            if mode == CUBIC:
                self.shares[t] = _cubic_share(abs(part + Scalar[Self.dt](1 - t)), t == 1 or t == 2)
            elif mode != NEAREST:
                self.shares[t] = part if t == 1 else 1 - part


@always_inline
def _cubic_share[dt: DType, w: Int](x: SIMD[dt, w], near: Bool) -> SIMD[dt, w]:
    """Returns the share of a pixel at a distance, which is below 1 for near ones."""
    comptime A = Scalar[dt](SHARPNESS)
    if near:
        return ((A + 2) * x - (A + 3)) * x * x + 1
    return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A


@always_inline
def _brought_inside[dt: DType, w: Int](x: SIMD[dt, w], size: Int, padding: Int, aligned: Bool) -> SIMD[dt, w]:
    """Returns coordinates as they count: themselves, the nearest ones inside, or reflected ones."""
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
    var last = SIMD[dt, w](Scalar[dt](size - 1))
    return y.lt(0).select(SIMD[dt, w](0), y.gt(last).select(last, y))


@doc_hidden
struct GridSample[dt: DType](Kernel):
    """A unit is some points of an image, in all channels."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("grid_sample.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.batch) * Self.chunks(args)

    @staticmethod
    def chunks(args: Words) -> Int:
        return (word(args, AT.points) + CHUNK - 1) // CHUNK

    @staticmethod
    def cost(args: Words) -> Cost:
        var points = word(args, AT.batch) * word(args, AT.points)
        return Cost(points * word(args, AT.channels), 8, 5 * size_of[Self.dt](), 1.5)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime W = simd_width_of[Self.dt]() if S.SIMD else 1
        for unit in range(start, stop):
            var image = unit // Self.chunks(args)
            var first = unit % Self.chunks(args) * CHUNK
            var last = min(first + CHUNK, word(args, AT.points))
            for i in range(first, last, W):
                Self.sample[W](args, image, i, min(W, last - i))

    @staticmethod
    def sample[w: Int](args: Words, image: Int, first: Int, count: Int):
        """Computes `count` neighbouring points of an image."""
        var at = Buffer[DType.int32](
            unsafe_from_address=Int(stack_allocation[MOST * w, Scalar[DType.int32], alignment=64]())
        )
        var shares = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[MOST * w, Scalar[Self.dt], alignment=64]())
        )
        var taps = Self.list_taps[w](args, image, first, count, at, shares)
        var pixels = word(args, AT.image) * word(args, AT.image + 1) * word(args, AT.image + 2)
        var channels = word(args, AT.channels)
        for channel in range(image * channels, (image + 1) * channels):
            var x = buffer[Self.dt](args, AT.x).unsafe_offset(channel * pixels)
            var y = buffer[Self.dt](args, AT.y).unsafe_offset(channel * word(args, AT.points) + first)
            var sum = SIMD[Self.dt, w](0)
            for t in range(taps):
                var position = at.unsafe_load[width=w](t * w)
                var values = x.unsafe_gather(
                    position.cast[DType.int64](), position.ge(0), SIMD[Self.dt, w](0)
                )
                sum += values * shares.unsafe_load[width=w](t * w)
            masked_store(sum, y, first_lanes[w](count))

    @staticmethod
    def list_taps[
        w: Int
    ](
        args: Words, image: Int, first: Int, count: Int, at: Buffer[DType.int32], shares: Buffer[Self.dt]
    ) -> Int:
        """Finds the taps of points, and returns how many each has; one that is outside along any axis gets a share of 0.
        """
        var ndim = word(args, AT.ndim)
        var grid = buffer[Self.dt](args, AT.grid).unsafe_offset(
            (image * word(args, AT.points) + first) * ndim
        )
        var lanes = first_lanes[w](count)
        var steps = iota[DType.int64, w]() * Int64(ndim)
        var xs = AxisTaps[Self.dt, w]()
        var ys = AxisTaps[Self.dt, w]()
        var zs = AxisTaps[Self.dt, w]()
        var none = SIMD[Self.dt, w](0)
        xs.find(args, grid.unsafe_gather(steps, lanes, none), 0)
        ys.find(args, grid.unsafe_gather(steps + 1, lanes, none), 1)
        if ndim == 3:
            zs.find(args, grid.unsafe_gather(steps + 2, lanes, none), 2)
        var width = Int32(word(args, AT.image + 2))
        var slice = Int32(word(args, AT.image + 1)) * width
        var taps = 0
        for i in range(xs.count):
            for j in range(ys.count):
                for k in range(zs.count):
                    var inside = xs.at[i].ge(0) & ys.at[j].ge(0) & zs.at[k].ge(0)
                    var position = xs.at[i] + ys.at[j] * width + zs.at[k] * slice
                    var share = xs.shares[i] * ys.shares[j] * zs.shares[k]
                    at.unsafe_store(taps * w, inside.select(position, SIMD[DType.int32, w](-1)))
                    shares.unsafe_store(taps * w, inside.select(share, SIMD[Self.dt, w](0)))
                    taps += 1
        return taps

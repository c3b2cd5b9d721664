"""Patches of images whose channels lie side by side (`channels_last`), as rows of a matrix.

A row of a patch holds the elements of a window, rows and columns of the window first and channels last: so neighbours
in a row of the window are neighbours in memory too, and are copied as one run. What is outside of the image is 0.
"""

from std.sys import simd_width_of
from std.sys.intrinsics import masked_load

from mojo_kernels.conv.geometry import Geometry, Numbers, SIZES, triple
from mojo_kernels.matmul.tile import lanes_below
from mojo_kernels.runtime.types import Buffer, Words

comptime LAST_SIZES = SIZES + " before:..."
"""The words of the sizes, and the zeros before an image (words.mojo)."""
comptime RUN = 5
"""Numbers of a run."""


@always_inline
def within(first: Int, count: Int, size: Int) -> Tuple[Int, Int]:
    """Returns which of some neighbours, from `first` on, lie within a size.

    Args:
        first: The first one, which may be negative.
        count: Their number.
        size: The size.

    Returns:
        The first one within and the one behind the last, counted from `first`.
    """
    var low = min(max(-first, 0), count)
    return (low, max(min(size - first, count), low))


@always_inline
def steps_within(first: Int, step: Int, count: Int, size: Int) -> Tuple[Int, Int]:
    """Returns which of some positions, a step apart, lie within a size.

    Args:
        first: The first one, which may be negative.
        step: How far each is from the one before, at least 1.
        count: Their number.
        size: The size.

    Returns:
        The first one within and the one behind the last, counted in steps from `first`.
    """
    var low = min((max(-first, 0) + step - 1) // step, count)
    var room = size - 1 - first
    return (low, max(min(room // step + 1 if room >= 0 else 0, count), low))


@always_inline
def _zeros[dt: DType](target: Buffer[dt], low: Int, high: Int):
    """Writes zeros, up to a vector too many."""
    comptime w = simd_width_of[dt]()
    for i in range(low, high, w):
        target.unsafe_store(i, SIMD[dt, w](0))


@always_inline
def _copy[dt: DType](source: Buffer[dt], target: Buffer[dt], count: Int):
    """Copies elements, and writes up to a vector of zeros behind them."""
    comptime w = simd_width_of[dt]()
    var i = 0
    while i + w <= count:
        target.unsafe_store(i, source.unsafe_load[width=w](i))
        i += w
    if i < count:
        var rest = masked_load[w](source.unsafe_offset(i), lanes_below[w](count - i), SIMD[dt, w](0))
        target.unsafe_store(i, rest)


struct PatchRows[dt: DType](TrivialRegisterPassable):
    """The windows of images with channels side by side.

    Parameters:
        dt: The dtype.
    """

    var g: Geometry
    """The sizes."""
    var before: SIMD[DType.int64, 4]
    """The zeros before an image; a negative number leaves pixels out."""
    var together: Int
    """Columns of the window that are neighbours in memory: all of a row, or one."""

    @always_inline
    def __init__(out self, args: Words, sizes: Int, before: Int):
        """Reads the sizes.

        Args:
            args: The packed words.
            sizes: The index of the first word of the sizes.
            before: The index of the first word of the zeros before an image.
        """
        self.g = Geometry(args, sizes)
        self.before = triple(args, before)
        self.before[3] = 0  # every corner is inside along the dimension that there is not
        self.together = Int(self.g.window[2]) if self.g.groups == 1 and self.g.dilation[2] == 1 else 1

    @always_inline
    def corner(self, p: Int) -> SIMD[DType.int64, 4]:
        """Returns the first pixel of a window: slice, row and column, which may lie outside of the image.

        Args:
            p: The window's position in the result, in row-major order.

        Returns:
            The pixel.
        """
        var rest = p // Int(self.g.result[2])
        var at = SIMD[DType.int64, 4](
            Int64(rest // Int(self.g.result[1])),
            Int64(rest % Int(self.g.result[1])),
            Int64(p % Int(self.g.result[2])),
            0,
        )
        return at * self.g.stride - self.before

    @no_inline
    def find_runs(self, k0: Int, kc: Int, runs: Numbers) -> Int:
        """Finds the runs of some elements of a window.

        Args:
            k0: The first element.
            kc: The number of elements.
            runs: Where they go, `RUN` numbers each: the slice, row and column of the first pixel counted from the window's
                first one, the offset of the run from that pixel's channel 0, and the number of elements.

        Returns:
            The number of runs.
        """
        var g = self.g
        var run = self.together * g.channels
        var runs_of_row = Int(g.window[2]) // self.together
        var count = 0
        var done = 0
        while done < kc:
            var number = (k0 + done) // run
            var line = number // runs_of_row
            var found = runs.unsafe_offset(RUN * count)
            found[unsafe_offset=0] = line // Int(g.window[1]) * Int(g.dilation[0])
            found[unsafe_offset=1] = line % Int(g.window[1]) * Int(g.dilation[1])
            found[unsafe_offset=2] = (number - line * runs_of_row) * Int(g.dilation[2])
            found[unsafe_offset=3] = k0 + done - number * run
            found[unsafe_offset=4] = min(run - found[unsafe_offset=3], kc - done)
            done += found[unsafe_offset=4]
            count += 1
        return count

    def pack(
        self,
        x: Buffer[Self.dt],
        group: Int,
        first: Int,
        count: Int,
        runs: Numbers,
        number: Int,
        target: Buffer[Self.dt],
        row: Int,
    ):
        """Writes elements of neighbouring patches of the batch, a row each.

        Args:
            x: The images.
            group: The group.
            first: The first position, counted over the batch.
            count: The number of positions.
            runs: The runs of the elements.
            number: The number of runs.
            target: Where they go, with room for a vector behind the last row.
            row: From one row to the next.
        """
        var g = self.g
        var pixel = g.groups * g.channels
        var reach = (g.window - 1) * g.dilation
        var image = first // g.positions()
        var corner = self.corner(first - image * g.positions())
        var last = g.result * g.stride - self.before  # behind the last window, by dimension
        for i in range(count):
            var source = x.unsafe_offset(image * g.pixels() * pixel + group * g.channels)
            var y = target.unsafe_offset(i * row)
            if corner.ge(0).reduce_and() and (corner + reach).lt(g.image).reduce_and():
                for r in range(number):
                    var run = runs.unsafe_offset(RUN * r)
                    var at = self.number_of(
                        Int(corner[0]) + run[unsafe_offset=0],
                        Int(corner[1]) + run[unsafe_offset=1],
                        Int(corner[2]) + run[unsafe_offset=2],
                    )
                    _copy(source.unsafe_offset(at * pixel + run[unsafe_offset=3]), y, run[unsafe_offset=4])
                    y = y.unsafe_offset(run[unsafe_offset=4])
            else:
                for r in range(number):
                    var run = runs.unsafe_offset(RUN * r)
                    self.cut(source, corner, run, y)
                    y = y.unsafe_offset(run[unsafe_offset=4])
            corner[2] += g.stride[2]
            if corner[2] == last[2]:
                corner[2] = -self.before[2]
                corner[1] += g.stride[1]
                if corner[1] == last[1]:
                    corner[1] = -self.before[1]
                    corner[0] += g.stride[0]
                    if corner[0] == last[0]:
                        corner[0] = -self.before[0]
                        image += 1

    @always_inline
    def number_of(self, slice: Int, row: Int, column: Int) -> Int:
        """Returns the number of a pixel.

        Args:
            slice: The slice.
            row: The row.
            column: The column.

        Returns:
            The pixels in front of it.
        """
        return (slice * Int(self.g.image[1]) + row) * Int(self.g.image[2]) + column

    @no_inline
    def cut(self, x: Buffer[Self.dt], corner: SIMD[DType.int64, 4], run: Numbers, target: Buffer[Self.dt]):
        """Writes a run that may reach over the ends of the image.

        Args:
            x: The image, from the group's first channel on.
            corner: The first pixel of the window.
            run: The run.
            target: Where it goes.
        """
        var g = self.g
        var slice = Int(corner[0]) + run[unsafe_offset=0]
        var row = Int(corner[1]) + run[unsafe_offset=1]
        var column = Int(corner[2]) + run[unsafe_offset=2]
        var offset = run[unsafe_offset=3]
        var length = run[unsafe_offset=4]
        var low = length
        var high = length
        if 0 <= slice < Int(g.image[0]) and 0 <= row < Int(g.image[1]):
            var inside = within(column, self.together, Int(g.image[2]))
            low = min(max(inside[0] * g.channels - offset, 0), length)
            high = max(min(inside[1] * g.channels - offset, length), low)
        _zeros(target, 0, low)
        if high > low:
            var at = self.number_of(slice, row, column) * g.groups * g.channels + offset + low
            _copy(x.unsafe_offset(at), target.unsafe_offset(low), high - low)
        _zeros(target, high, length)

    @always_inline
    def pixel(self, corner: SIMD[DType.int64, 4], k: Int) -> Int:
        """Returns where an element of a patch is.

        Args:
            corner: The first pixel of the window.
            k: The element.

        Returns:
            The offset from the group's first channel in the image, -1 where it is outside of the image.
        """
        var g = self.g
        var tap = k // g.channels
        var line = tap // Int(g.window[2])
        var column = corner[2] + Int64(tap % Int(g.window[2])) * g.dilation[2]
        var row = corner[1] + Int64(line % Int(g.window[1])) * g.dilation[1]
        var slice = corner[0] + Int64(line // Int(g.window[1])) * g.dilation[0]
        if (
            min(min(slice, row), column) < 0
            or slice >= g.image[0]
            or row >= g.image[1]
            or column >= g.image[2]
        ):
            return -1
        var pixel = Int((slice * g.image[1] + row) * g.image[2] + column)
        return pixel * g.groups * g.channels + k % g.channels

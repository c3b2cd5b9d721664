"""The convolution with a stride of one, whose patches are read in place.

With a stride of one, the window at position p of the image begins at pixel p: for a tap, neighbouring positions read
neighbouring pixels. So a strip of neighbouring positions of the *image* is a row of vectors for every tap, and
nothing is copied. A strip runs over the ends of the image's rows; positions there, between the last window of a row
and the first one of the next, are computed and not stored.
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import PrefetchOptions, masked_load, masked_store, prefetch

from mojo_kernels.conv.geometry import Geometry, Numbers, fill_taps, product
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.packed_tile import TALLEST, most_rows
from mojo_kernels.matmul.tile import lanes_below
from mojo_kernels.runtime.loops import LINE
from mojo_kernels.runtime.types import Buffer

comptime DEPTH = 2560
"""Taps of a block. Sums that stay in registers are worth more than pixels and filters in the first-level cache."""
comptime MOST_WASTE = 5
"""Strips are used if at most one position in so many is computed for nothing."""


def span(g: Geometry) -> Int:
    """Returns the positions of the image from the first window to the last.

    Args:
        g: The sizes.

    Returns:
        The number of positions of a strip that runs over a whole image.
    """
    return g.corner(g.positions() - 1) + 1


def strips_pay(g: Geometry) -> Bool:
    """Returns whether a convolution is done in strips.

    Args:
        g: The sizes.

    Returns:
        Whether windows lie side by side, taps share pixels, and little is computed for nothing.
    """
    if product(g.stride) != 1 or product(g.window) == 1 or g.filters == 1 or g.positions() == 0:
        return False
    return (span(g) - g.positions()) * MOST_WASTE <= g.positions()


struct Strip[dt: DType](TrivialRegisterPassable):
    """Two vectors of neighbouring positions, and which of their lanes go where in the result.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Positions of a strip."""

    var first: Int
    """The first position in the image."""
    var positions: Int
    """The number of positions, at most NR."""
    var count: Int
    """The number of runs: windows of one row of the result, within a vector."""
    var runs: Int
    """The address of the runs: vector, first lane, last lane and one, and where in the result a lane 0 would go."""

    @always_inline
    def __init__(out self, g: Geometry, first: Int, positions: Int, runs: Numbers):
        """Finds the runs of a strip.

        Args:
            g: The sizes.
            first: The first position in the image.
            positions: The number of positions, at most NR.
            runs: Where the runs go: 4 numbers for each position.
        """
        self.first = first
        self.positions = positions
        self.count = 0
        self.runs = Int(runs)
        var width = Int(g.image[2])
        var inside = Int(g.result[2])
        var row = first // width
        var column = first - row * width
        var at = 0
        while at < positions:
            var slice = row // Int(g.image[1])
            var line = row - slice * Int(g.image[1])
            var lane = at % Self.W
            var length = min(min(width - column, positions - at), Self.W - lane)
            var stored = min(inside - column, length) if line < Int(g.result[1]) else 0
            if stored > 0:
                var run = runs.unsafe_offset(4 * self.count)
                run[unsafe_offset=0] = at // Self.W
                run[unsafe_offset=1] = lane
                run[unsafe_offset=2] = lane + stored
                run[unsafe_offset=3] = (slice * Int(g.result[1]) + line) * inside + column - lane
                self.count += 1
            at += length
            column += length
            if column == width:
                column = 0
                row += 1

    @always_inline
    def run(self, i: Int) -> Numbers:
        """Returns a run.

        Args:
            i: Its number.

        Returns:
            Its four numbers.
        """
        return Numbers(unsafe_from_address=self.runs).unsafe_offset(4 * i)


struct Strips[dt: DType]:
    """Convolutions in strips.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Positions of a strip."""

    @staticmethod
    def all_filters(
        g: Geometry,
        p: Operands[Self.dt],
        x: Buffer[Self.dt],
        low: Int,
        high: Int,
        offsets: Numbers,
        mut known: Int,
    ):
        """Computes positions of one image and group for all filters.

        Args:
            g: The sizes.
            p: The product of filters and patches.
            x: The image's first channel in the group.
            low: The first position in the image.
            high: The position after the last.
            offsets: Room for the offsets of `DEPTH` taps.
            known: The first tap whose offset stands there, -1 for none.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        var runs = Numbers(unsafe_from_address=Int(stack_allocation[4 * Self.NR, Int]()))
        var blocks = (p.k + DEPTH - 1) // DEPTH
        var depth = (p.k + blocks - 1) // blocks
        for first in range(low, high, Self.NR):
            var strip = Strip[Self.dt](g, first, min(Self.NR, high - first), runs)
            Self.fetch_ahead(g, x, first)
            for k0 in range(0, p.k, depth):
                var kc = min(depth, p.k - k0)
                if known != k0:
                    fill_taps(g, k0, kc, offsets)
                    known = k0
                var block = p
                block.a += k0 * size
                block.k = kc
                block.accumulate = k0 > 0
                var f = 0
                var most = most_rows[Self.dt](p.m * kc)
                var left = (p.m + most - 1) // most
                while f < p.m:
                    var height = (p.m - f + left - 1) // left  # tiles are equally high
                    comptime for rows in range(1, TALLEST + 1):
                        if rows == height:
                            if strip.positions == Self.NR:
                                Self.tile[rows, False](block, x, offsets, strip, f)
                            else:
                                Self.tile[rows, True](block, x, offsets, strip, f)
                    f += height
                    left -= 1

    @staticmethod
    @always_inline
    def fetch_ahead(g: Geometry, x: Buffer[Self.dt], first: Int):
        """Asks for the pixels that the strip after one from `first` on is the first to read: in the last row of its windows.

        Lines are read in the order of channels, which no prefetcher foresees.

        Args:
            g: The sizes.
            x: The image's first channel in the group.
            first: The strip's first position in the image.
        """
        comptime step = LINE // size_of[Self.dt]()
        var pixels = x.unsafe_offset(first + Self.NR + g.tap(product(g.window) - 1))
        for _ in range(g.channels):
            comptime for i in range(0, Self.NR, step):
                prefetch[PrefetchOptions().for_read().medium_locality()](pixels.unsafe_offset(i))
            pixels = pixels.unsafe_offset(g.pixels())

    @staticmethod
    @no_inline
    def tile[
        rows: Int, tail: Bool
    ](p: Operands[Self.dt], x: Buffer[Self.dt], offsets: Numbers, strip: Strip[Self.dt], f: Int):
        """Sums a block of taps for some filters in registers, in ascending order, and stores the sums.

        Parameters:
            rows: The number of filters.
            tail: Whether the strip is not whole.

        Args:
            p: The product of filters and patches, of the block's taps.
            x: The image.
            offsets: The offsets of the taps.
            strip: The positions.
            f: The first filter.
        """
        comptime W = Self.W
        var mask = lanes_below[W](strip.positions)
        var mask2 = lanes_below[W](strip.positions - W)
        var sums = stack_allocation[rows * 2, SIMD[Self.dt, W]]()
        comptime for t in range(rows * 2):
            sums[unsafe_offset=t] = 0
        var w = p.element(p.a, f * p.a_row)
        var source = x.unsafe_offset(strip.first)
        for l in range(p.k):
            var pixels = source.unsafe_offset(offsets[unsafe_offset=l])
            var low: SIMD[Self.dt, W]
            var high: SIMD[Self.dt, W]
            comptime if tail:
                low = masked_load[W](pixels, mask, SIMD[Self.dt, W](0))
                high = masked_load[W](pixels.unsafe_offset(W), mask2, SIMD[Self.dt, W](0))
            else:
                low = pixels.unsafe_load[width=W]()
                high = pixels.unsafe_load[width=W](W)
            comptime for i in range(rows):
                var wi = SIMD[Self.dt, W](w.unsafe_load(i * p.a_row + l))
                sums[unsafe_offset=2 * i] = fma(wi, low, sums[unsafe_offset=2 * i])
                sums[unsafe_offset=2 * i + 1] = fma(wi, high, sums[unsafe_offset=2 * i + 1])
        if p.bias != 0 and not p.accumulate:
            comptime for i in range(rows):
                var bias = SIMD[Self.dt, W](p.element(p.bias, f + i)[])
                sums[unsafe_offset=2 * i] += bias
                sums[unsafe_offset=2 * i + 1] += bias
        for r in range(strip.count):
            var run = strip.run(r)
            var lanes = lanes_below[W](run[unsafe_offset=2]) & ~lanes_below[W](run[unsafe_offset=1])
            var y = p.element(p.y, f * p.y_row + run[unsafe_offset=3])
            comptime for i in range(rows):
                var sum = sums[unsafe_offset=2 * i]
                if run[unsafe_offset=0] == 1:
                    sum = sums[unsafe_offset=2 * i + 1]
                if p.accumulate:
                    sum += masked_load[W](y, lanes, SIMD[Self.dt, W](0))
                masked_store(sum, y, lanes)
                y = y.unsafe_offset(p.y_row)

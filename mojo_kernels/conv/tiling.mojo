"""Minimal filtering F(2 x 2, 3 x 3): how results are cut into tiles, and images into frames with channels side by side.

A tile of 2 x 2 results of one filter and channel reads 4 x 4 pixels d. With the matrices of Lavin and Gray (2015),

    y = A^T ((G w G^T) * (B^T d B)) A

where * multiplies 16 points one by one: 16 multiplications and not 36. The sums over channels are taken before A, so
a convolution is 16 products of matrices. G is used twice as large, in whole numbers; y is divided by 4 at the end.

A unit of work is a band: some rows of tiles of an image. Its pixels are copied into a frame first, with the padding
and with channels side by side, so that all that follows works on vectors of channels or filters.
"""

from std.sys import simd_width_of
from std.sys.intrinsics import masked_load, masked_store
from std.memory import stack_allocation

from mojo_kernels.conv.weight import SIDE
from mojo_kernels.matmul.pack import transpose
from mojo_kernels.matmul.tile import lanes_below
from mojo_kernels.runtime.types import Buffer, Words, word
from mojo_kernels.runtime.words import Names

comptime POINTS = 16
"""Products of a tile, a filter and a channel."""
comptime TAPS = 9
"""Elements of a filter of a channel."""
comptime TILE_SIZES = "batch channels filters image:.. result:.. before:.. last"
"""The words of the sizes: image, result and the zeros before an image have rows and columns (words.mojo). `last` is whether
the channels of images and results lie side by side."""
comptime _AT = Names[TILE_SIZES]()
comptime BAND = 2048
"""Tiles times channels of a band, unless a row of tiles has more: their points stay in the second-level cache."""
comptime BOTH = 6144
"""Tiles times channels and filters of a band of both images and results, unless a row of tiles has more."""
comptime MOST = 4096
"""Tiles times channels of a row of tiles."""
comptime MOST_TILES = 128
"""Tiles of a band."""
comptime FRAME = 16 * MOST
"""Elements of a frame at most: bands of `MOST` with two more rows and columns of pixels."""
comptime _HUGE = Float64(1 << 40)
"""The greatest sum of magnitudes of a band: products of such numbers stay finite."""
comptime WIDE_RANGE = 512
"""How many times the mean of magnitudes the greatest pixel of a band may be. Points mix the pixels of a tile, so each result has
the rounding error of the greatest pixel of its tile, which that pixel need not be a summand of."""
comptime FILTER_RANGE = 64
"""The same for filters. Those that only copy pixels have a wider range, and stay exact."""


struct Tiling(TrivialRegisterPassable):
    """The sizes of a convolution of 3 x 3 with a stride of 1, and its bands."""

    var batch: Int
    """Images."""
    var channels: Int
    """Channels of images."""
    var filters: Int
    """Channels of results."""
    var height: Int
    """Rows of an image."""
    var width: Int
    """Columns of an image."""
    var rows: Int
    """Rows of a result."""
    var columns: Int
    """Columns of a result."""
    var top: Int
    """Rows of zeros above an image."""
    var left: Int
    """Columns of zeros before an image."""
    var last: Bool
    """Whether channels lie side by side in memory; images are row-major otherwise."""
    var down: Int
    """Rows of tiles."""
    var across: Int
    """Tiles of a row."""
    var band: Int
    """Rows of tiles of a band; the last one may have fewer."""
    var bands: Int
    """Bands of an image."""

    @always_inline
    def __init__(out self, args: Words, at: Int, both: Bool = False):
        """Reads the sizes.

        Args:
            args: The packed words.
            at: The index of the first of these words.
            both: Whether results have points too, as they have in the gradient of filters.
        """
        self.batch = word(args, at + _AT.batch)
        self.channels = word(args, at + _AT.channels)
        self.filters = word(args, at + _AT.filters)
        self.height = word(args, at + _AT.image)
        self.width = word(args, at + _AT.image + 1)
        self.rows = word(args, at + _AT.result)
        self.columns = word(args, at + _AT.result + 1)
        self.top = word(args, at + _AT.before)
        self.left = word(args, at + _AT.before + 1)
        self.last = word(args, at + _AT.last) != 0
        self.down = (self.rows + 1) // 2
        self.across = (self.columns + 1) // 2
        var most = max(min(BAND // (self.across * self.channels), MOST_TILES // self.across), 1)
        if both:
            var room = MOST // (self.across * max(self.channels, self.filters))
            most = max(min(BOTH // (self.across * (self.channels + self.filters)), room), 1)
        self.bands = (self.down + most - 1) // most
        self.band = (self.down + self.bands - 1) // self.bands

    @always_inline
    def pixels(self) -> Int:
        """Returns the number of elements of an image of one channel.

        Returns:
            Height times width.
        """
        return self.height * self.width

    @always_inline
    def positions(self) -> Int:
        """Returns the number of elements of a result of one filter.

        Returns:
            Rows times columns.
        """
        return self.rows * self.columns

    @always_inline
    def at(self, channel: Int, channels: Int, row: Int, column: Int, height: Int, width: Int) -> Int:
        """Returns where an element of an image, or of a result, is.

        Args:
            channel: The channel.
            channels: The number of channels.
            row: The row.
            column: The column.
            height: The number of rows.
            width: The number of columns.

        Returns:
            The offset from the first element of the image.
        """
        if self.last:
            return (row * width + column) * channels + channel
        return (channel * height + row) * width + column

    @always_inline
    def stride(self) -> Int:
        """Returns the columns of a frame of pixels.

        Returns:
            Those that all tiles of a row read.
        """
        return 2 * self.across + 2


struct Magnitude[dt: DType](TrivialRegisterPassable):
    """The greatest magnitude of some numbers and the sum of all.

    Parameters:
        dt: The dtype.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    var most: SIMD[Self.dt, Self.W]
    """The greatest magnitude of each lane."""
    var sum: SIMD[Self.dt, Self.W]
    """The sum of each lane."""

    @always_inline
    def __init__(out self):
        """Knows no number."""
        self.most = 0
        self.sum = 0

    @always_inline
    def see(mut self, v: SIMD[Self.dt, Self.W]):
        """Takes some numbers into account.

        Args:
            v: The numbers.
        """
        var size = abs(v)
        self.most = max(self.most, size)
        self.sum += size

    @always_inline
    def tame(self, count: Int, range: Int) -> Bool:
        """Returns whether sums and differences of the numbers may stand for them.

        Args:
            count: How many numbers that are not padding there were.
            range: How many times their mean the greatest one may be.

        Returns:
            False for nan, inf, huge numbers and such as are much greater than the others.
        """
        var sum = Float64(self.sum.reduce_add())
        return sum <= _HUGE and Float64(self.most.reduce_max()) * Float64(count) <= Float64(range) * sum


@always_inline
def turn[
    dt: DType
](
    source: Buffer[dt],
    source_row: Int,
    rows: Int,
    columns: Int,
    target: Buffer[dt],
    target_row: Int,
    mut magnitude: Magnitude[dt],
):
    """Copies the transpose of up to a vector of rows of up to a vector of columns.

    Parameters:
        dt: The dtype.

    Args:
        source: The first element.
        source_row: From one row to the next.
        rows: The number of rows.
        columns: The number of columns.
        target: Where the first element goes.
        target_row: From one row of the copy, a column, to the next.
        magnitude: Sees all numbers; rows behind the last one are seen as the last one.
    """
    comptime w = simd_width_of[dt]()
    if rows == w and columns == w:
        _turn[dt, True](source, source_row, rows, columns, target, target_row, magnitude)
    else:
        _turn[dt, False](source, source_row, rows, columns, target, target_row, magnitude)


@no_inline
def _turn[
    dt: DType, whole: Bool
](
    source: Buffer[dt],
    source_row: Int,
    rows: Int,
    columns: Int,
    target: Buffer[dt],
    target_row: Int,
    mut magnitude: Magnitude[dt],
):
    comptime w = simd_width_of[dt]()
    var vectors = stack_allocation[w, SIMD[dt, w]]()
    var mask = lanes_below[w](columns)
    comptime for i in range(w):
        comptime if whole:
            vectors[unsafe_offset=i] = source.unsafe_load[width=w](i * source_row)
        else:
            var row = source.unsafe_offset(min(i, rows - 1) * source_row)
            vectors[unsafe_offset=i] = masked_load[w](row, mask, SIMD[dt, w](0))
        magnitude.see(vectors[unsafe_offset=i])
    transpose[dt, w, w](Buffer[dt](unsafe_from_address=Int(vectors)))
    var lanes = lanes_below[w](rows)
    comptime for i in range(w):
        comptime if whole:
            target.unsafe_store(i * target_row, vectors[unsafe_offset=i])
        else:
            if i < columns:
                masked_store(vectors[unsafe_offset=i], target.unsafe_offset(i * target_row), lanes)


@always_inline
def _clear[dt: DType](target: Buffer[dt], count: Int):
    """Writes zeros; the count is a multiple of `SIDE`."""
    for i in range(0, count, SIDE):
        target.unsafe_store(i, SIMD[dt, SIDE](0))


@always_inline
def _fill_row[
    dt: DType
](
    x: Buffer[dt],
    plane: Int,
    count: Int,
    channels: Int,
    last: Bool,
    target: Buffer[dt],
    mut magnitude: Magnitude[dt],
):
    """Copies neighbouring pixels of all channels, which are `plane` elements apart or lie side by side."""
    comptime w = simd_width_of[dt]()
    if last:
        for i in range(0, count * channels, w):
            var v = x.unsafe_load[width=w](i)
            magnitude.see(v)
            target.unsafe_store(i, v)
        return
    for c in range(0, channels, w):
        for j in range(0, count, w):
            turn[dt](
                x.unsafe_offset(c * plane + j),
                plane,
                w,
                min(w, count - j),
                target.unsafe_offset(j * channels + c),
                channels,
                magnitude,
            )


def fill_frame[
    dt: DType
](
    x: Buffer[dt],
    channels: Int,
    height: Int,
    width: Int,
    top: Int,
    left: Int,
    rows: Int,
    columns: Int,
    last: Bool,
    frame: Buffer[dt],
) -> Bool:
    """Copies a part of an image into a frame (rows, columns, channels), with zeros where it is outside of the image.

    Parameters:
        dt: The dtype.

    Args:
        x: The image, (channels, height, width) or (height, width, channels).
        channels: The number of channels, a multiple of `SIDE`.
        height: The rows of the image.
        width: The columns of the image.
        top: The row of the image that comes first, which may be negative.
        left: The column of the image that comes first.
        rows: The rows of the frame.
        columns: The columns of the frame.
        last: Whether the channels of the image lie side by side.
        frame: Where it goes.

    Returns:
        Whether all pixels are tame (`Magnitude.tame`).
    """
    var low = min(max(-left, 0), columns)
    var high = max(min(width - left, columns), low)
    var step = channels if last else 1
    var magnitude = Magnitude[dt]()
    if left == 0 and columns == width and 0 <= top and top + rows <= height:  # rows are one long row
        _fill_row[dt](
            x.unsafe_offset(top * width * step),
            height * width,
            rows * columns,
            channels,
            last,
            frame,
            magnitude,
        )
        return magnitude.tame(rows * columns * channels, WIDE_RANGE)
    var count = 0
    for r in range(rows):
        var line = frame.unsafe_offset(r * columns * channels)
        var row = top + r
        if row < 0 or row >= height:
            _clear(line, columns * channels)
            continue
        _clear(line, low * channels)
        _clear(line.unsafe_offset(high * channels), (columns - high) * channels)
        count += (high - low) * channels
        _fill_row[dt](
            x.unsafe_offset((row * width + left + low) * step),
            height * width,
            high - low,
            channels,
            last,
            line.unsafe_offset(low * channels),
            magnitude,
        )
    return magnitude.tame(count, WIDE_RANGE)

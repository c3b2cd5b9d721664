"""The sizes of a convolution over up to three dimensions without padding, and the positions of its windows."""

from std.collections import Array

from mojo_kernels.runtime.types import Words, word
from mojo_kernels.runtime.words import Names

comptime Numbers = MutPointer[Int, MutAnyOrigin]
"""Integers in scratch memory."""
comptime SIZES = "batch groups channels filters image:... result:... window:... stride:... dilation:..."
"""The words of the sizes (words.mojo)."""
comptime _AT = Names[SIZES]()


struct Geometry(TrivialRegisterPassable):
    """Sizes of x (batch, groups channels, image), w (groups filters, channels, window) and y (batch, groups filters,
    result). Offsets are in elements of one image of one channel, unless stated otherwise."""

    var batch: Int
    """Images."""
    var groups: Int
    """Groups of channels, which do not see each other."""
    var channels: Int
    """Channels of x per group."""
    var filters: Int
    """Channels of y per group."""
    var image: SIMD[DType.int64, 4]
    """Depth, height and width of an image."""
    var result: SIMD[DType.int64, 4]
    """Depth, height and width of a result."""
    var window: SIMD[DType.int64, 4]
    """Depth, height and width of a window."""
    var stride: SIMD[DType.int64, 4]
    """Steps between windows."""
    var dilation: SIMD[DType.int64, 4]
    """Steps between the elements of a window."""

    @always_inline
    def __init__(out self, args: Words, at: Int):
        """Reads the sizes.

        Args:
            args: The packed words.
            at: The index of the first of these words.
        """
        self.batch = word(args, at + _AT.batch)
        self.groups = word(args, at + _AT.groups)
        self.channels = word(args, at + _AT.channels)
        self.filters = word(args, at + _AT.filters)
        self.image = triple(args, at + _AT.image)
        self.result = triple(args, at + _AT.result)
        self.window = triple(args, at + _AT.window)
        self.stride = triple(args, at + _AT.stride)
        self.dilation = triple(args, at + _AT.dilation)

    @always_inline
    def pixels(self) -> Int:
        """Returns the number of elements of one image of one channel.

        Returns:
            Depth times height times width.
        """
        return product(self.image)

    @always_inline
    def positions(self) -> Int:
        """Returns the number of elements of one result of one filter.

        Returns:
            Depth times height times width.
        """
        return product(self.result)

    @always_inline
    def taps(self) -> Int:
        """Returns the number of elements of a filter: the length of the sums of y.

        Returns:
            Channels times the elements of a window.
        """
        return self.channels * product(self.window)

    @always_inline
    def tap(self, k: Int) -> Int:
        """Returns how far an element of a filter reaches from the first pixel of its window.

        Args:
            k: The element of the filter, in row-major order.

        Returns:
            The offset from the window's first pixel in the group's first channel.
        """
        var column = k % Int(self.window[2])
        var rest = k // Int(self.window[2])
        var row = rest % Int(self.window[1])
        rest //= Int(self.window[1])
        var depth = rest % Int(self.window[0])
        var channel = rest // Int(self.window[0])
        var slice = channel * Int(self.image[0]) + depth * Int(self.dilation[0])
        return (slice * Int(self.image[1]) + row * Int(self.dilation[1])) * Int(self.image[2]) + column * Int(
            self.dilation[2]
        )

    @always_inline
    def corner(self, p: Int) -> Int:
        """Returns the first pixel of a window.

        Args:
            p: The window's position in the result, in row-major order.

        Returns:
            The offset in the image.
        """
        var column = p % Int(self.result[2])
        var rest = p // Int(self.result[2])
        var row = rest % Int(self.result[1])
        var slice = rest // Int(self.result[1]) * Int(self.stride[0])
        return (slice * Int(self.image[1]) + row * Int(self.stride[1])) * Int(self.image[2]) + column * Int(
            self.stride[2]
        )


@always_inline
def triple(args: Words, at: Int) -> SIMD[DType.int64, 4]:
    """Returns three words.

    Args:
        args: The packed words.
        at: The index of the first one.

    Returns:
        The words, and 1.
    """
    return SIMD[DType.int64, 4](
        args.unsafe_load(at), args.unsafe_load(at + 1), args.unsafe_load(at + 2), Int64(1)
    )


@always_inline
def product(sizes: SIMD[DType.int64, 4]) -> Int:
    """Returns the product of three sizes.

    Args:
        sizes: The sizes.

    Returns:
        Their product.
    """
    return Int(sizes[0] * sizes[1] * sizes[2])


@always_inline
def fill_taps(g: Geometry, first: Int, count: Int, offsets: Numbers):
    """Writes the offsets of taps one after the other, with a division per row of the window alone.

    Args:
        g: The sizes.
        first: The first tap.
        count: The number of taps.
        offsets: Where they go.
    """
    var width = Int(g.window[2])
    var step = Int(g.dilation[2])
    var l = 0
    while l < count:
        var offset = g.tap(first + l)
        var length = min(width - (first + l) % width, count - l)
        for _ in range(length):
            offsets[unsafe_offset=l] = offset
            offset += step
            l += 1

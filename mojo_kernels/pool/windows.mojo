"""The windows of a pooling: which pixels a window has, and which windows a pixel lies in."""

from mojo_kernels.runtime.types import Words, word
from mojo_kernels.runtime.words import Names

comptime WINDOWS = (
    "planes image:... result:... window:... stride:... padding:... dilation:... "
    "adaptive count_include_pad divisor_override"
)
"""The words of the windows (words.mojo)."""
comptime WORDS: StaticString = "y:w indices:w x:r " + WINDOWS
"""The words of kernels of row-major images, but for `PoolMove`."""
comptime AT = Names[WORDS]()
"""Their indices."""


@fieldwise_init
struct Span(TrivialRegisterPassable):
    """A window along one dimension."""

    var first: Int
    """The first pixel within the image."""
    var stop: Int
    """The pixel behind the last one within the image."""
    var step: Int
    """The step between pixels."""
    var length: Int
    """How many pixels count, where those of the padding do."""

    @always_inline
    def count(self) -> Int:
        """Returns the number of pixels within the image.

        Returns:
            The number.
        """
        return max((self.stop - self.first + self.step - 1) // self.step, 0)


@always_inline
def span_of(args: Words, d: Int, i: Int) -> Span:
    """Returns a window along a dimension.

    Args:
        args: The packed words.
        d: The dimension.
        i: The number of the window.

    Returns:
        The window.
    """
    var size = word(args, AT.image + d)
    if word(args, AT.adaptive) != 0:
        var count = word(args, AT.result + d)
        var first = i * size // count
        var stop = ((i + 1) * size + count - 1) // count
        return Span(first, stop, 1, stop - first)
    var step = word(args, AT.dilation + d)
    var padding = word(args, AT.padding + d)
    var first = i * word(args, AT.stride + d) - padding
    var stop = first + (word(args, AT.window + d) - 1) * step + 1
    var length = min(stop, size + padding) - first
    if first < 0:
        first += (step - 1 - first) // step * step
    return Span(first, min(stop, size), step, length)


@always_inline
def divisor_of(args: Words, d: Span, h: Span, w: Span) -> Int:
    """Returns what the sum of a window is divided by.

    Args:
        args: The packed words.
        d: The window along the first dimension.
        h: Along the second.
        w: Along the third.

    Returns:
        The number of pixels that count.
    """
    var given = word(args, AT.divisor_override)
    if given != 0:
        return given
    if word(args, AT.count_include_pad) != 0:
        return d.length * h.length * w.length
    return d.count() * h.count() * w.count()


@always_inline
def volume(args: Words, at: Int) -> Int:
    """Returns the product of three sizes.

    Args:
        args: The packed words.
        at: The index of the first one.

    Returns:
        The product.
    """
    return word(args, at) * word(args, at + 1) * word(args, at + 2)


@always_inline
def quotient(a: Int, b: Int) -> Int:
    """Divides sizes; the processor's division takes as long as a few pixels, so common divisors go without it.

    Args:
        a: A number from 0 on.
        b: A number from 1 on.

    Returns:
        The quotient, rounded down.
    """
    if b == 1:
        return a
    return a >> 1 if b == 2 else a // b


@always_inline
def side_of(args: Words, d: Int) -> Int:
    """Returns the side of the windows along a dimension where they tile it, each pixel in exactly one.

    Args:
        args: The packed words.
        d: The dimension.

    Returns:
        The number of pixels; 0 where windows do not tile the image.
    """
    var side = word(args, AT.window + d)
    var steps = word(args, AT.adaptive) == 0 and word(args, AT.padding + d) == 0
    if not steps or word(args, AT.stride + d) != side or word(args, AT.dilation + d) != 1:
        return 0
    return side if side * word(args, AT.result + d) == word(args, AT.image + d) else 0


@always_inline
def inner(args: Words) -> Tuple[Int, Int]:
    """Returns the windows that lie within a row of the image: the first one, and the one behind the last.

    Args:
        args: The packed words.

    Returns:
        Both numbers, equal where there are none; none are known of adaptive windows.
    """
    if word(args, AT.adaptive) != 0:
        return 0, 0
    var stride = word(args, AT.stride + 2)
    var padding = word(args, AT.padding + 2)
    var width = word(args, AT.result + 2)
    var reach = (word(args, AT.window + 2) - 1) * word(args, AT.dilation + 2)
    var low = min((padding + stride - 1) // stride, width)
    return low, max(min((word(args, AT.image + 2) - 1 - reach + padding) // stride + 1, width), low)


@always_inline
def first_over(args: Words, d: Int, pixel: Int) -> Int:
    """Returns the first window along a dimension that reaches to a pixel.

    Args:
        args: The packed words.
        d: The dimension.
        pixel: The pixel.

    Returns:
        The number of the window.
    """
    if word(args, AT.adaptive) != 0:
        return pixel * word(args, AT.result + d) // word(args, AT.image + d)
    var stride = word(args, AT.stride + d)
    var reach = (word(args, AT.window + d) - 1) * word(args, AT.dilation + d)
    return quotient(max(pixel + word(args, AT.padding + d) - reach, 0) + stride - 1, stride)


@always_inline
def stop_over(args: Words, d: Int, pixel: Int) -> Int:
    """Returns the window behind the last one along a dimension that begins before a pixel or at it.

    Args:
        args: The packed words.
        d: The dimension.
        pixel: The pixel.

    Returns:
        The number of the window.
    """
    var count = word(args, AT.result + d)
    if word(args, AT.adaptive) != 0:
        var size = word(args, AT.image + d)
        return ((pixel + 1) * count + size - 1) // size
    return min(quotient(pixel + word(args, AT.padding + d), word(args, AT.stride + d)) + 1, count)


@always_inline
def holds(args: Words, d: Int, i: Int, pixel: Int) -> Bool:
    """Tells whether a window from `first_over` to `stop_over` has a pixel, which its dilation may leave out.

    Args:
        args: The packed words.
        d: The dimension.
        i: The number of the window.
        pixel: The pixel.

    Returns:
        Whether it has it.
    """
    var step = word(args, AT.dilation + d)
    if word(args, AT.adaptive) != 0 or step == 1:
        return True
    return (pixel + word(args, AT.padding + d) - i * word(args, AT.stride + d)) % step == 0

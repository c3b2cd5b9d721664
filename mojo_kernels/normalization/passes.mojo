"""Passes over a row: its sums, and the maps that normalise it; scalar or in vectors whose last one is masked."""

from std.sys import simd_width_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.runtime.rows import first_lanes, sum_lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, word


@always_inline
def load[
    dt: DType, stored: DType, w: Int
](p: Buffer[stored], i: Int, mask: SIMD[DType.bool, w]) -> SIMD[dt, w]:
    """Loads lanes; those outside of the mask are 0.

    Parameters:
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.
        w: The number of lanes.

    Args:
        p: The elements.
        i: The first lane.
        mask: The lanes that exist.

    Returns:
        The lanes.
    """
    comptime if w == 1:
        return convert[dt](p.unsafe_load[width=w](i))
    else:
        return convert[dt](masked_load[w](p.unsafe_offset(i), mask, SIMD[stored, w](0)))


@always_inline
def store[
    dt: DType, stored: DType, w: Int
](p: Buffer[stored], i: Int, value: SIMD[dt, w], mask: SIMD[DType.bool, w]):
    """Stores the lanes within the mask.

    Parameters:
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.
        w: The number of lanes.

    Args:
        p: The elements.
        i: The first lane.
        value: The lanes.
        mask: The lanes that exist.
    """
    comptime if w == 1:
        p.unsafe_store(i, convert[stored](value))
    else:
        masked_store(convert[stored](value), p.unsafe_offset(i), mask)


@always_inline
def lane_count[dt: DType, S: Schedule]() -> Int:
    """Returns the lanes of a vector under a schedule.

    Parameters:
        dt: The dtype.
        S: The schedule.

    Returns:
        The number of lanes.
    """
    return simd_width_of[dt]() if S.SIMD else 1


@always_inline
def each[w: Int, Body: def(Int, SIMD[DType.bool, w]) -> None](count: Int, body: Body):
    """Calls `body(i, mask)` for all vectors of `count` elements, the last one masked.

    Parameters:
        w: The number of lanes.
        Body: The type of `body`.

    Args:
        count: The number of elements.
        body: Does a vector.
    """
    comptime ALL = SIMD[DType.bool, w](fill=True)
    var i = 0
    while i + w <= count:
        body(i, ALL)
        i += w
    comptime if w > 1:
        if i < count:
            body(i, first_lanes[w](count - i))


struct Sums[dt: DType, w: Int](TrivialRegisterPassable):
    """Two sums of a row, lane by lane.

    Parameters:
        dt: The dtype.
        w: The number of lanes.
    """

    var a: SIMD[Self.dt, Self.w]
    """The first sum."""
    var b: SIMD[Self.dt, Self.w]
    """The second sum."""

    @always_inline
    def __init__(out self):
        """Starts at 0."""
        self.a = 0
        self.b = 0


@always_inline
def total[w: Int, dt: DType, stored: DType](x: Buffer[stored], count: Int) -> Scalar[dt]:
    """Returns the sum of a row.

    Parameters:
        w: The number of lanes.
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.

    Args:
        x: The row.
        count: The number of elements.

    Returns:
        The sum.
    """
    var sum = Sums[dt, w]()
    var i = 0
    while i + 2 * w <= count:
        sum.a += convert[dt](x.unsafe_load[width=w](i))
        sum.b += convert[dt](x.unsafe_load[width=w](i + w))
        i += 2 * w
    while i < count:
        sum.a += load[dt](x, i, first_lanes[w](count - i))
        i += w
    return sum_lanes(sum.a + sum.b)


@always_inline
def squares[w: Int, dt: DType, stored: DType](x: Buffer[stored], count: Int, mean: Scalar[dt]) -> Scalar[dt]:
    """Returns the sum of the squared distances from the mean.

    Parameters:
        w: The number of lanes.
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.

    Args:
        x: The row.
        count: The number of elements.
        mean: The mean.

    Returns:
        The sum.
    """
    var sum = Sums[dt, w]()
    var i = 0
    while i + 2 * w <= count:
        var a = convert[dt](x.unsafe_load[width=w](i)) - mean
        var b = convert[dt](x.unsafe_load[width=w](i + w)) - mean
        sum.a += a * a
        sum.b += b * b
        i += 2 * w
    while i < count:
        var mask = first_lanes[w](count - i)
        var a = mask.select(load[dt](x, i, mask) - mean, SIMD[dt, w](0))
        sum.a += a * a
        i += w
    return sum_lanes(sum.a + sum.b)


@always_inline
def scaled[
    w: Int, dt: DType, stored: DType
](y: Buffer[stored], x: Buffer[stored], count: Int, mean: Scalar[dt], scale: Scalar[dt], bias: Scalar[dt]):
    """Computes y = (x - mean) scale + bias.

    Parameters:
        w: The number of lanes.
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.

    Args:
        y: The result.
        x: The row.
        count: The number of elements.
        mean: The mean.
        scale: What it is multiplied with.
        bias: What is added.
    """

    def body(i: Int, mask: SIMD[DType.bool, w]) {imm}:
        store(y, i, (load[dt](x, i, mask) - mean) * scale + bias, mask)

    each[w](count, body)


@always_inline
def total_pair[
    w: Int, dt: DType, stored: DType
](dy: Buffer[stored], x: Buffer[stored], count: Int, mean: Scalar[dt]) -> SIMD[dt, 2]:
    """Returns the sums of dy and of dy (x - mean).

    Parameters:
        w: The number of lanes.
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.

    Args:
        dy: The gradient.
        x: The row.
        count: The number of elements.
        mean: The mean.

    Returns:
        Both sums.
    """
    var first = Sums[dt, w]()
    var second = Sums[dt, w]()
    var i = 0
    while i + 2 * w <= count:  # two of each sum, because each addition waits for the one before it
        var g = convert[dt](dy.unsafe_load[width=w](i))
        var h = convert[dt](dy.unsafe_load[width=w](i + w))
        first.a += g
        first.b += g * (convert[dt](x.unsafe_load[width=w](i)) - mean)
        second.a += h
        second.b += h * (convert[dt](x.unsafe_load[width=w](i + w)) - mean)
        i += 2 * w
    while i < count:
        var mask = first_lanes[w](count - i)
        var g = load[dt](dy, i, mask)
        first.a += g
        first.b += mask.select(g * (load[dt](x, i, mask) - mean), SIMD[dt, w](0))
        i += w
    return SIMD[dt, 2](sum_lanes(first.a + second.a), sum_lanes(first.b + second.b))


@always_inline
def gradient[
    w: Int, dt: DType, stored: DType
](
    dx: Buffer[stored],
    dy: Buffer[stored],
    x: Buffer[stored],
    count: Int,
    mean: Scalar[dt],
    scale: Scalar[dt],
    shift: Scalar[dt],
    slope: Scalar[dt],
):
    """Computes dx = dy scale - shift - (x - mean) slope.

    Parameters:
        w: The number of lanes.
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.

    Args:
        dx: The result.
        dy: The gradient.
        x: The row.
        count: The number of elements.
        mean: The mean.
        scale: The weight over the deviation.
        shift: What is subtracted.
        slope: What x is multiplied with.
    """

    def body(i: Int, mask: SIMD[DType.bool, w]) {imm}:
        store(dx, i, load[dt](dy, i, mask) * scale - shift - (load[dt](x, i, mask) - mean) * slope, mask)

    each[w](count, body)


@always_inline
def element_or[
    dt: DType, stored: DType = dt
](args: Words, i: Int, index: Int, otherwise: Scalar[dt]) -> Scalar[dt]:
    """Returns an element of an operand that may be absent.

    Parameters:
        dt: The dtype of the result.
        stored: The dtype that the elements are stored in.

    Args:
        args: The packed words.
        i: The index of the address' word.
        index: The index of the element.
        otherwise: What stands for an absent operand.

    Returns:
        The element.
    """
    if word(args, i) == 0:
        return otherwise
    return convert[dt, stored, 1](buffer[stored](args, i).unsafe_load(index))

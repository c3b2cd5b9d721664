"""Loops over one contiguous row: map it, find its largest element, add up a function of it.

The rest of a row behind its last whole vector is one masked vector, so short rows (ten classes) are as fast as long
ones. Sums have a fixed order: whole vectors into two accumulators, the rest, then the lanes. `Original` goes one by
one.
"""

from std.math import iota, isnan
from std.sys import simd_width_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer


@always_inline
def first_lanes[w: Int](count: Int) -> SIMD[DType.bool, w]:
    """Returns a mask of the first lanes.

    Parameters:
        w: The number of lanes.

    Args:
        count: How many of them are wanted; more than w means all.

    Returns:
        True in the first `count` lanes.
    """
    return iota[DType.int32, w]().lt(SIMD[DType.int32, w](Int32(count)))


@always_inline
def sum_lanes[dt: DType, w: Int](v: SIMD[dt, w]) -> Scalar[dt]:
    """Adds up lanes by halves, which takes log w steps; `reduce_add` takes w.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        v: The lanes.

    Returns:
        The sum.
    """
    comptime if w == 1:
        return v[0]
    else:
        return sum_lanes(v.slice[w // 2]() + v.slice[w // 2, offset=w // 2]())


@always_inline
def max_lane[dt: DType, w: Int](v: SIMD[dt, w]) -> Scalar[dt]:
    """Returns the largest lane, by halves.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        v: The lanes; with a nan among them the result is any of them.

    Returns:
        The largest lane.
    """
    comptime if w == 1:
        return v[0]
    else:
        var a = v.slice[w // 2]()
        var b = v.slice[w // 2, offset=w // 2]()
        return max_lane(a.gt(b).select(a, b))


@always_inline
def map_row[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w]) -> SIMD[dt, w]
](y: Buffer[dt], x: Buffer[dt], count: Int, body: Body):
    """Computes y[i] = body(x[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        y: The output; it may be x.
        x: The input.
        count: The number of elements.
        body: The function of lanes.
    """
    var i = 0
    comptime if S.SIMD:
        comptime W = simd_width_of[dt]()
        while i + W <= count:
            y.unsafe_store(i, body[W](x.unsafe_load[width=W](i)))
            i += W
        if i < count:
            var mask = first_lanes[W](count - i)
            masked_store(
                body[W](masked_load[W](x.unsafe_offset(i), mask, SIMD[dt, W](0))), y.unsafe_offset(i), mask
            )
        return
    while i < count:
        y.unsafe_store(i, body[1](x.unsafe_load(i)))
        i += 1


@always_inline
def map_row2[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w], SIMD[dt, w]) -> SIMD[dt, w]
](z: Buffer[dt], x: Buffer[dt], y: Buffer[dt], count: Int, body: Body):
    """Computes z[i] = body(x[i], y[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        z: The output.
        x: The first input.
        y: The second input.
        count: The number of elements.
        body: The function of lanes.
    """
    var i = 0
    comptime if S.SIMD:
        comptime W = simd_width_of[dt]()
        while i + W <= count:
            z.unsafe_store(i, body[W](x.unsafe_load[width=W](i), y.unsafe_load[width=W](i)))
            i += W
        if i < count:
            var mask = first_lanes[W](count - i)
            var a = masked_load[W](x.unsafe_offset(i), mask, SIMD[dt, W](0))
            var b = masked_load[W](y.unsafe_offset(i), mask, SIMD[dt, W](0))
            masked_store(body[W](a, b), z.unsafe_offset(i), mask)
        return
    while i < count:
        z.unsafe_store(i, body[1](x.unsafe_load(i), y.unsafe_load(i)))
        i += 1


@always_inline
def sum_row2[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w], SIMD[dt, w]) -> SIMD[dt, w]
](x: Buffer[dt], y: Buffer[dt], count: Int, body: Body) -> Scalar[dt]:
    """Computes the sum of body(x[i], y[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        x: The first input.
        y: The second input.
        count: The number of elements.
        body: The function of lanes.

    Returns:
        The sum.
    """
    var i = 0
    comptime if S.SIMD:
        comptime W = simd_width_of[dt]()
        var a = SIMD[dt, W](0)
        var b = SIMD[dt, W](0)
        while i + 2 * W <= count:
            a += body[W](x.unsafe_load[width=W](i), y.unsafe_load[width=W](i))
            b += body[W](x.unsafe_load[width=W](i + W), y.unsafe_load[width=W](i + W))
            i += 2 * W
        while i < count:
            var mask = first_lanes[W](count - i)
            var xs = masked_load[W](x.unsafe_offset(i), mask, SIMD[dt, W](0))
            var ys = masked_load[W](y.unsafe_offset(i), mask, SIMD[dt, W](0))
            a += mask.select(body[W](xs, ys), SIMD[dt, W](0))
            i += W
        return sum_lanes(a + b)
    var sum = Scalar[dt](0)
    while i < count:
        sum += body[1](x.unsafe_load(i), y.unsafe_load(i))
        i += 1
    return sum


@always_inline
def sum_row[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w]) -> SIMD[dt, w]
](x: Buffer[dt], count: Int, body: Body) -> Scalar[dt]:
    """Computes the sum of body(x[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        x: The input.
        count: The number of elements.
        body: The function of lanes.

    Returns:
        The sum.
    """

    def first[w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) {imm} -> SIMD[dt, w]:
        return body[w](a)

    return sum_row2[S](x, x, count, first)


@always_inline
def largest[S: Schedule, dt: DType](x: Buffer[dt], count: Int) -> Scalar[dt]:
    """Returns the largest element of a row, nan where there is one.

    Parameters:
        S: The schedule.
        dt: The dtype, a floating one.

    Args:
        x: The row, which is not empty.
        count: The number of elements.

    Returns:
        The largest element.
    """
    comptime assert dt.is_floating_point()
    comptime LOWEST = Scalar[dt].MIN
    var i = 0
    var top = LOWEST
    comptime if S.SIMD:
        comptime W = simd_width_of[dt]()
        var tops = SIMD[dt, W](LOWEST)
        while i < count:
            var next: SIMD[dt, W]
            if i + W <= count:
                next = x.unsafe_load[width=W](i)
            else:
                next = masked_load[W](x.unsafe_offset(i), first_lanes[W](count - i), SIMD[dt, W](LOWEST))
            tops = (tops.ge(next) | isnan(tops)).select(tops, next)
            i += W
        if isnan(tops).reduce_or():
            return Scalar[dt](0) / 0
        return max_lane(tops)
    while i < count:
        var next = x.unsafe_load(i)
        if not top >= next and not isnan(top):
            top = next
        i += 1
    return top

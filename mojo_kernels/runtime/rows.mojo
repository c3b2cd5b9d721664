"""Loops over one contiguous row: map it, find its largest element, add up a function of it.

The rest of a row behind its last whole vector is one masked vector, so short rows (ten classes) are as fast as long
ones. Sums have a fixed order: whole vectors into two accumulators, the rest, then the lanes. `Original` goes one by
one.
"""

from std.collections import Array
from std.math import iota, isnan
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import PrefetchOptions, masked_load, masked_store, prefetch

from mojo_kernels.runtime.loops import LINE
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
def _store_row[
    dt: DType, Body: def(Int, SIMD[DType.bool, simd_width_of[dt]()]) -> SIMD[dt, simd_width_of[dt]()]
](y: Buffer[dt], count: Int, streams: Bool, body: Body):
    """Stores the vectors body(i, lanes) of a row: whole ones, aligned where they are streamed, and masked ones.
    """
    comptime W = simd_width_of[dt]()
    comptime ALL = SIMD[DType.bool, W](fill=True)
    var i = 0
    if streams:
        i = min(count, -Int(y) % LINE // size_of[dt]())
        if i > 0:
            var mask = first_lanes[W](i)
            masked_store(body(0, mask), y, mask)
        while i + W <= count:
            y.unsafe_store[non_temporal=True, alignment=W * size_of[dt]()](i, body(i, ALL))
            i += W
    while i + W <= count:
        y.unsafe_store(i, body(i, ALL))
        i += W
    if i < count:
        var mask = first_lanes[W](count - i)
        masked_store(body(i, mask), y.unsafe_offset(i), mask)


@always_inline
def _load[
    dt: DType
](x: Buffer[dt], i: Int, mask: SIMD[DType.bool, simd_width_of[dt]()]) -> SIMD[dt, simd_width_of[dt]()]:
    """Loads a vector, which a constant mask of all lanes makes an ordinary load."""
    return masked_load[simd_width_of[dt]()](x.unsafe_offset(i), mask, SIMD[dt, simd_width_of[dt]()](0))


@always_inline
def fetch[elements: Int, dt: DType](x: Buffer[dt], i: Int):
    """Asks for elements to come into the second-level cache: the row that follows, while one is computed.

    Parameters:
        elements: The number of elements.
        dt: The dtype.

    Args:
        x: Elements.
        i: The position of the first one, which may lie behind the end.
    """
    comptime for line in range(elements * size_of[dt]() // LINE):
        prefetch[PrefetchOptions().for_read().medium_locality()](
            x.unsafe_offset(i + line * LINE // size_of[dt]())
        )


@always_inline
def map_row[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w]) -> SIMD[dt, w]
](y: Buffer[dt], x: Buffer[dt], count: Int, body: Body, streams: Bool = False):
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
        streams: Whether vectors go by the caches: see `Output`.
    """
    comptime W = simd_width_of[dt]()
    comptime if S.SIMD:

        def vector(i: Int, mask: SIMD[DType.bool, W]) {imm} -> SIMD[dt, W]:
            return body[W](_load(x, i, mask))

        _store_row(y, count, streams, vector)
    else:
        for i in range(count):
            y.unsafe_store(i, body[1](x.unsafe_load(i)))


@always_inline
def map_row2[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w], SIMD[dt, w]) -> SIMD[dt, w]
](z: Buffer[dt], x: Buffer[dt], y: Buffer[dt], count: Int, body: Body, streams: Bool = False):
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
        streams: Whether vectors go by the caches: see `Output`.
    """
    comptime W = simd_width_of[dt]()
    comptime if S.SIMD:

        def vector(i: Int, mask: SIMD[DType.bool, W]) {imm} -> SIMD[dt, W]:
            return body[W](_load(x, i, mask), _load(y, i, mask))

        _store_row(z, count, streams, vector)
    else:
        for i in range(count):
            z.unsafe_store(i, body[1](x.unsafe_load(i), y.unsafe_load(i)))


@always_inline
def map_sum_row[
    dt: DType, Body: def[w: Int](SIMD[dt, w]) -> SIMD[dt, w]
](y: Buffer[dt], x: Buffer[dt], count: Int, body: Body) -> Scalar[dt]:
    """Computes y[i] = body(x[i]) and their sum in one pass, under `Tiled`.

    Parameters:
        dt: The dtype.
        Body: The type of the function.

    Args:
        y: The output; it may be x.
        x: The input.
        count: The number of elements.
        body: The function of lanes.

    Returns:
        The sum, as `sum_row` would find it in y.
    """
    comptime W = simd_width_of[dt]()
    var a = SIMD[dt, W](0)
    var b = SIMD[dt, W](0)
    var i = 0
    while i + 2 * W <= count:
        var first = body[W](x.unsafe_load[width=W](i))
        var second = body[W](x.unsafe_load[width=W](i + W))
        fetch[2 * W](x, count + i)
        y.unsafe_store(i, first)
        y.unsafe_store(i + W, second)
        a += first
        b += second
        i += 2 * W
    while i < count:
        var mask = first_lanes[W](count - i)
        var last = body[W](_load(x, i, mask))
        masked_store(last, y.unsafe_offset(i), mask)
        a += mask.select(last, SIMD[dt, W](0))
        i += W
    return sum_lanes(a + b)


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
            fetch[2 * W](x, count + i)
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
    comptime if S.SIMD:
        comptime W = simd_width_of[dt]()
        comptime TOPS = 4
        var tops = Array[SIMD[dt, W], TOPS](fill=LOWEST)  # four, because each waits for the one before it
        var odd = SIMD[DType.bool, W](fill=False)
        var i = 0
        while i + TOPS * W <= count:
            comptime for t in range(TOPS):
                var next = x.unsafe_load[width=W](i + t * W)
                tops[t] = next.gt(tops[t]).select(next, tops[t])
                odd |= isnan(next)
            i += TOPS * W
        while i < count:
            var next = masked_load[W](x.unsafe_offset(i), first_lanes[W](count - i), SIMD[dt, W](LOWEST))
            tops[0] = next.gt(tops[0]).select(next, tops[0])
            odd |= isnan(next)
            i += W
        if odd.reduce_or():
            return Scalar[dt](0) / 0
        comptime for t in range(1, TOPS):
            tops[0] = tops[t].gt(tops[0]).select(tops[t], tops[0])
        return max_lane(tops[0])
    else:
        var top = LOWEST
        for i in range(count):
            var next = x.unsafe_load(i)
            if not top >= next and not isnan(top):
                top = next
        return top

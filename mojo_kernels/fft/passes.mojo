"""Transforms of W columns at a time: the passes of Stockham's algorithm over a block in the first-level cache.

A block holds for each of its elements a vector of real and a vector of imaginary parts; a lane is a column. A pass of
radix R combines elements that are a share of the length apart, and leaves its results in order (Cooley and Tukey 1965;
Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, section 1.7).
"""

from std.collections import Array
from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.fft.butterflies import butterfly
from mojo_kernels.fft.columns import Sink, Source
from mojo_kernels.runtime.types import Buffer

comptime MOST_RADIX = 199
"""The largest prime that passes know; ops/fft knows it too."""
comptime Numbers = Buffer[DType.int64]
"""The integers of a plan."""


@always_inline
def transform_block[
    dt: DType
](
    length: Int, radices: Numbers, count: Int, factors: Buffer[dt], block: Buffer[dt], other: Buffer[dt]
) -> Bool:
    """Transforms the columns of a block.

    Parameters:
        dt: The dtype.

    Args:
        length: The number of elements of a column.
        radices: The radices of the passes, whose product is the length.
        count: The number of passes.
        factors: For each pass its factors, a row of R - 1 for each of its groups; radices above 5, but 8, have R roots first.
        block: The block.
        other: Memory for another one.

    Returns:
        Whether the results are in `other`.
    """
    return _passes[dt](length, radices, 0, count, 1, factors, block, other)


@always_inline
def _passes[
    dt: DType
](
    length: Int,
    radices: Numbers,
    first: Int,
    stop: Int,
    before: Int,
    factors: Buffer[dt],
    block: Buffer[dt],
    other: Buffer[dt],
) -> Bool:
    """Does passes from one on to before another; `before` is the product of the radices before them."""
    var source = block
    var target = other
    var at = factors
    var done = before
    for i in range(first, stop):
        var radix = Int(radices.unsafe_load(i))
        var groups = length // (done * radix)
        if radix == 8:
            _pass[8, dt](source, target, at, groups, done)
        elif radix == 4:
            _pass[4, dt](source, target, at, groups, done)
        elif radix == 2:
            _pass[2, dt](source, target, at, groups, done)
        elif radix == 3:
            _pass[3, dt](source, target, at, groups, done)
        elif radix == 5:
            _pass[5, dt](source, target, at, groups, done)
        else:
            _odd_pass[dt](radix, source, target, at, groups, done)
            at = at.unsafe_offset(2 * radix)
        at = at.unsafe_offset(2 * (radix - 1) * groups)
        done *= radix
        swap(source, target)
    return (stop - first) % 2 == 1


def joins_memory(radices: Numbers, count: Int) -> Bool:
    """Tells whether the first and the last pass are two, and of radices that can read and write memory.

    Args:
        radices: The radices of the passes.
        count: The number of passes.

    Returns:
        Whether `transform_columns` can do the passes.
    """
    var first = Int(radices.unsafe_load(0))
    var last = Int(radices.unsafe_load(count - 1))
    return count > 1 and (first <= 5 or first == 8) and (last <= 5 or last == 8)


@always_inline
def transform_columns[
    dt: DType, From: Source, To: Sink
](
    source: From,
    sink: To,
    length: Int,
    radices: Numbers,
    count: Int,
    factors: Buffer[dt],
    block: Buffer[dt],
    other: Buffer[dt],
):
    """Transforms columns; the first pass reads them where they are, the last one writes them where they go.

    Parameters:
        dt: The dtype, also of both places.
        From: Where they are.
        To: Where they go; it may be `block`.

    Args:
        source: The columns.
        sink: The results.
        length: The number of elements of a column.
        radices: The radices of the passes, as `joins_memory` wants them.
        count: The number of passes.
        factors: The factors of the passes, as of `transform_block`.
        block: A block.
        other: Another one.
    """
    var radix = Int(radices.unsafe_load(0))
    var groups = length // radix
    comptime for R in [8, 4, 2, 3, 5]:
        if radix == R:
            _first_pass[R](source, rebind[Buffer[From.dt]](other), rebind[Buffer[From.dt]](factors), groups)
    var rest = factors.unsafe_offset(2 * (radix - 1) * groups)
    var there = _passes[dt](length, radices, 1, count - 1, radix, rest, other, block)
    var results = block if there else other
    radix = Int(radices.unsafe_load(count - 1))
    comptime for R in [8, 4, 2, 3, 5]:
        if radix == R:
            _last_pass[R](rebind[Buffer[To.dt]](results), sink, length // radix)


@no_inline
def _first_pass[
    R: Int, From: Source
](source: From, y: Buffer[From.dt], factors: Buffer[From.dt], groups: Int):
    """Does the first pass, before which each group is a single element."""
    comptime W = simd_width_of[From.dt]()
    comptime V = SIMD[From.dt, W]
    for p in range(groups):
        var row = factors.unsafe_offset(p * 2 * (R - 1))
        var target = y.unsafe_offset(p * R * 2 * W)
        var re = Array[V, R](fill=0)
        var im = Array[V, R](fill=0)
        comptime for k in range(R):
            source.load(p + k * groups, re[k], im[k])
        butterfly[R](re, im)
        target.unsafe_store(0, re[0])
        target.unsafe_store(W, im[0])
        comptime for j in range(1, R):
            var c = row.unsafe_load(2 * j - 2)
            var s = row.unsafe_load(2 * j - 1)
            target.unsafe_store(2 * W * j, re[j] * c - im[j] * s)
            target.unsafe_store(2 * W * j + W, re[j] * s + im[j] * c)


@no_inline
def _last_pass[R: Int, To: Sink](x: Buffer[To.dt], sink: To, done: Int):
    """Does the last pass, of one group, whose factors are 1."""
    comptime W = simd_width_of[To.dt]()
    comptime V = SIMD[To.dt, W]
    for q in range(done):
        var re = Array[V, R](fill=0)
        var im = Array[V, R](fill=0)
        comptime for k in range(R):
            re[k] = x.unsafe_load[width=W](2 * W * (q + k * done))
            im[k] = x.unsafe_load[width=W](2 * W * (q + k * done) + W)
        butterfly[R](re, im)
        comptime for j in range(R):
            sink.store(q + j * done, re[j], im[j])


@no_inline
def _pass[R: Int, dt: DType](x: Buffer[dt], y: Buffer[dt], factors: Buffer[dt], groups: Int, done: Int):
    """Does a pass: `done` is the product of the radices before it."""
    comptime W = simd_width_of[dt]()
    comptime V = SIMD[dt, W]
    var apart = groups * done * 2 * W
    var step = done * 2 * W
    for p in range(groups):
        var row = factors.unsafe_offset(p * 2 * (R - 1))
        var source = x.unsafe_offset(p * step)
        var target = y.unsafe_offset(p * R * step)
        for _ in range(done):
            var re = Array[V, R](fill=0)
            var im = Array[V, R](fill=0)
            comptime for k in range(R):
                re[k] = source.unsafe_load[width=W](k * apart)
                im[k] = source.unsafe_load[width=W](k * apart + W)
            butterfly[R](re, im)
            target.unsafe_store(0, re[0])
            target.unsafe_store(W, im[0])
            if p == 0:
                comptime for j in range(1, R):
                    target.unsafe_store(j * step, re[j])
                    target.unsafe_store(j * step + W, im[j])
            else:
                comptime for j in range(1, R):
                    var c = row.unsafe_load(2 * j - 2)
                    var s = row.unsafe_load(2 * j - 1)
                    target.unsafe_store(j * step, re[j] * c - im[j] * s)
                    target.unsafe_store(j * step + W, re[j] * s + im[j] * c)
            source = source.unsafe_offset(2 * W)
            target = target.unsafe_offset(2 * W)


@no_inline
def _odd_pass[dt: DType](R: Int, x: Buffer[dt], y: Buffer[dt], factors: Buffer[dt], groups: Int, done: Int):
    """Does a pass of an odd radix by the definition, for elements k and R - k together."""
    comptime W = simd_width_of[dt]()
    comptime V = SIMD[dt, W]
    var sums = Buffer[dt](
        unsafe_from_address=Int(stack_allocation[2 * MOST_RADIX * W, Scalar[dt], alignment=64]())
    )
    var half = R // 2
    var apart = groups * done * 2 * W
    var step = done * 2 * W
    for p in range(groups):
        var row = factors.unsafe_offset(2 * R + p * 2 * (R - 1) - 2)
        for q in range(done):
            var source = x.unsafe_offset(p * step + q * 2 * W)
            var target = y.unsafe_offset(p * R * step + q * 2 * W)
            var re = source.unsafe_load[width=W](0)
            var im = source.unsafe_load[width=W](W)
            var x0 = re
            var y0 = im
            for k in range(1, half + 1):
                var a = source.unsafe_load[width=W](k * apart)
                var b = source.unsafe_load[width=W](k * apart + W)
                var c = source.unsafe_load[width=W]((R - k) * apart)
                var d = source.unsafe_load[width=W]((R - k) * apart + W)
                re += a + c
                im += b + d
                var sum = sums.unsafe_offset((k - 1) * 4 * W)
                sum.unsafe_store(0, a + c)
                sum.unsafe_store(W, b + d)
                sum.unsafe_store(2 * W, a - c)
                sum.unsafe_store(3 * W, b - d)
            target.unsafe_store(0, re)
            target.unsafe_store(W, im)
            for j in range(1, half + 1):
                var xs = x0
                var ys = y0
                var us = V(0)
                var vs = V(0)
                var at = j
                for k in range(half):
                    var c = factors.unsafe_load(2 * at)
                    var s = factors.unsafe_load(2 * at + 1)
                    var sum = sums.unsafe_offset(k * 4 * W)
                    xs += sum.unsafe_load[width=W](0) * c
                    ys += sum.unsafe_load[width=W](W) * c
                    us += sum.unsafe_load[width=W](2 * W) * s
                    vs += sum.unsafe_load[width=W](3 * W) * s
                    at += j
                    at -= R if at >= R else 0
                _store_turned[dt](target, j * step, row, j, xs - vs, ys + us)
                _store_turned[dt](target, (R - j) * step, row, R - j, xs + vs, ys - us)


@always_inline
def _store_turned[
    dt: DType
](
    target: Buffer[dt],
    at: Int,
    row: Buffer[dt],
    j: Int,
    re: SIMD[dt, simd_width_of[dt]()],
    im: SIMD[dt, simd_width_of[dt]()],
):
    """Stores a vector times the factor j of a row."""
    var c = row.unsafe_load(2 * j)
    var s = row.unsafe_load(2 * j + 1)
    target.unsafe_store(at, re * c - im * s)
    target.unsafe_store(at + simd_width_of[dt](), re * s + im * c)

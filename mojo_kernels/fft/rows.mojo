"""Transforms of rows of complex numbers by plans."""

from std.sys import simd_width_of, size_of
from std.sys.intrinsics import PrefetchOptions, prefetch

from mojo_kernels.fft.blocks import load_columns, load_rows, multiply_columns, store_columns, store_rows
from mojo_kernels.fft.columns import Columns, Multiplied, Sink, Source
from mojo_kernels.fft.passes import joins_memory, transform_block, transform_columns
from mojo_kernels.fft.plan import BY_ROWS, CHIRP, Plan
from mojo_kernels.fft.registers import fits_registers, transform_in_registers
from mojo_kernels.runtime.loops import LINE
from mojo_kernels.runtime.types import Buffer

comptime _FETCHED = 2048
"""The most real numbers that are asked for while others are transformed: of more, too few stay in the first-level cache."""


def transform_rows[
    dt: DType
](
    plan: Plan[dt],
    y: Buffer[dt],
    y_pitch: Int,
    x: Buffer[dt],
    x_pitch: Int,
    rows: Int,
    scale: Scalar[dt],
    inverse: Bool,
    scratch: Buffer[dt],
):
    """Transforms complex rows; an inverse one is a forward one whose real and imaginary parts have changed places.

    Parameters:
        dt: The dtype of the parts.

    Args:
        plan: The plan of the rows' length.
        y: The first row of the results.
        y_pitch: The number of complex numbers from one of them to the next.
        x: The first row.
        x_pitch: The number of complex numbers from one row to the next.
        rows: The number of rows.
        scale: What the results are multiplied by.
        inverse: Whether the exponent is positive.
        scratch: Memory of the plan's size.
    """
    comptime W = simd_width_of[dt]()
    var kind = plan.kind()
    var step = W if plan.by_lanes() else 1
    var numbers = 2 * step * x_pitch
    for row in range(0, rows, step):
        var target = y.unsafe_offset(2 * row * y_pitch)
        var source = x.unsafe_offset(2 * row * x_pitch)
        if numbers <= _FETCHED and row + step < rows:
            _fetch(source.unsafe_offset(numbers), numbers)
        if kind == BY_ROWS:
            _by_rows(plan, target, y_pitch, source, x_pitch, min(W, rows - row), scale, inverse, scratch)
        elif kind == CHIRP:
            _by_chirp(plan, target, y_pitch, source, x_pitch, min(step, rows - row), scale, inverse, scratch)
        else:
            _in_two_steps(plan, target, source, scale, inverse, scratch)


@always_inline
def _fetch[dt: DType](x: Buffer[dt], count: Int):
    """Asks for what is read next to come into the first-level cache."""
    for i in range(0, count, LINE // size_of[dt]()):
        prefetch[PrefetchOptions().for_read().high_locality()](x.unsafe_offset(i))


@always_inline
def transformed[dt: DType](plan: Plan[dt], step: Int, block: Buffer[dt]) -> Buffer[dt]:
    """Transforms the columns of a block.

    Parameters:
        dt: The dtype of the parts.

    Args:
        plan: The plan.
        step: 0 or 1, which of its lengths the columns have.
        block: The block, behind which there is room for another one.

    Returns:
        The results, in one of the two.
    """
    var other = block.unsafe_offset(plan.block())
    var length = plan.part(step)
    if transform_block[dt](length, plan.radices(step), plan.count(step), plan.factors(step), block, other):
        return other
    return block


@always_inline
def _transform[
    dt: DType, From: Source, To: Sink
](plan: Plan[dt], step: Int, source: From, sink: To, block: Buffer[dt]):
    """Transforms whole vectors of columns from one place to another."""
    transform_columns(
        source,
        sink,
        plan.part(step),
        plan.radices(step),
        plan.count(step),
        plan.factors(step),
        block,
        block.unsafe_offset(plan.block()),
    )


def _by_rows[
    dt: DType
](
    plan: Plan[dt],
    y: Buffer[dt],
    y_pitch: Int,
    x: Buffer[dt],
    x_pitch: Int,
    lanes: Int,
    scale: Scalar[dt],
    inverse: Bool,
    block: Buffer[dt],
):
    """Transforms as many rows as a vector has lanes."""
    if fits_registers(plan):
        transform_in_registers(plan, y, y_pitch, x, x_pitch, lanes, scale, inverse)
        return
    load_rows[dt](block, plan.length(), x, x_pitch, lanes, inverse)
    store_rows[dt](y, y_pitch, lanes, transformed(plan, 0, block), plan.length(), scale, inverse)


def _in_two_steps[
    dt: DType
](plan: Plan[dt], y: Buffer[dt], x: Buffer[dt], scale: Scalar[dt], inverse: Bool, block: Buffer[dt]):
    """Transforms a row of n1 n2 numbers: columns of the n1 x n2 matrix, then, from y to y, those of the turned one.
    """
    comptime W = simd_width_of[dt]()
    for c in range(0, plan.part(1), W):
        first_step(plan, y, x, c, inverse, block)
    for c in range(0, plan.part(0), W):
        second_step(plan, y, c, scale, inverse, block)


@always_inline
def first_step[
    dt: DType
](plan: Plan[dt], y: Buffer[dt], x: Buffer[dt], c: Int, inverse: Bool, block: Buffer[dt]):
    """Transforms some columns of the matrix of a row, multiplies them, and writes them as rows of the turned one.

    Parameters:
        dt: The dtype of the parts.

    Args:
        plan: The plan of the row's length.
        y: The row of the result.
        x: The row.
        c: The first of as many columns as a vector has lanes.
        inverse: Whether the exponent is positive.
        block: Memory of the plan's size.
    """
    var n1 = plan.part(0)
    var n2 = plan.part(1)
    var re = plan.between().unsafe_offset(c)
    var lanes = min(simd_width_of[dt](), n2 - c)
    var im = re.unsafe_offset(n1 * n2)
    var columns = x.unsafe_offset(2 * c)
    var done = block
    if lanes == simd_width_of[dt]() and joins_memory(plan.radices(0), plan.count(0)):
        var sink = Multiplied(block, re, im, n2)
        if inverse:
            _transform(plan, 0, Columns[dt, True](columns, n2), sink, block)
        else:
            _transform(plan, 0, Columns[dt, False](columns, n2), sink, block)
    else:
        load_columns[dt](block, n1, columns, n2, lanes, inverse)
        done = transformed(plan, 0, block)
        multiply_columns[dt](done, n1, re, im, n2, lanes)
    store_rows[dt](y.unsafe_offset(2 * c * n1), n1, lanes, done, n1, 1, False)


@always_inline
def second_step[
    dt: DType
](plan: Plan[dt], y: Buffer[dt], c: Int, scale: Scalar[dt], inverse: Bool, block: Buffer[dt]):
    """Transforms some columns of the turned matrix in place.

    Parameters:
        dt: The dtype of the parts.

    Args:
        plan: The plan of the row's length.
        y: The row, as `first_step` left it.
        c: The first of as many columns as a vector has lanes.
        scale: What results are multiplied by.
        inverse: Whether the exponent is positive.
        block: Memory of the plan's size.
    """
    var n1 = plan.part(0)
    var n2 = plan.part(1)
    var lanes = min(simd_width_of[dt](), n1 - c)
    var column = y.unsafe_offset(2 * c)
    if lanes == simd_width_of[dt]() and joins_memory(plan.radices(1), plan.count(1)):
        var source = Columns[dt, False](column, n1)
        if inverse:
            _transform(plan, 1, source, Columns[dt, True](column, n1, scale), block)
        else:
            _transform(plan, 1, source, Columns[dt, False](column, n1, scale), block)
    else:
        load_columns[dt](block, n2, column, n1, lanes, False)
        store_columns[dt](column, n1, lanes, transformed(plan, 1, block), n2, scale, inverse)


def _by_chirp[
    dt: DType
](
    plan: Plan[dt],
    y: Buffer[dt],
    y_pitch: Int,
    x: Buffer[dt],
    x_pitch: Int,
    rows: Int,
    scale: Scalar[dt],
    inverse: Bool,
    scratch: Buffer[dt],
):
    """Transforms rows as convolutions. Bluestein 1970, A linear filtering approach to the computation of DFT.
    """
    var n = plan.length()
    var m = plan.part(0)
    var inner = plan.inner()
    var a = scratch.unsafe_offset(2 * inner.block())
    var b = a.unsafe_offset(2 * m * rows)
    var chirp = plan.factors(0)
    for r in range(rows):
        var row = a.unsafe_offset(2 * m * r)
        _multiply[dt](row, x.unsafe_offset(2 * x_pitch * r), chirp, n, 1, inverse, False)
        for i in range(2 * n, 2 * m):
            row.unsafe_store(i, 0)
    transform_rows[dt](inner, b, m, a, m, rows, 1, False, scratch)
    for r in range(rows):
        var row = b.unsafe_offset(2 * m * r)
        _multiply[dt](row, row, plan.factors(1), m, 1, False, False)
    transform_rows[dt](inner, a, m, b, m, rows, 1, True, scratch)
    for r in range(rows):
        var row = y.unsafe_offset(2 * y_pitch * r)
        _multiply[dt](row, a.unsafe_offset(2 * m * r), chirp, n, scale, False, inverse)


def _multiply[
    dt: DType
](
    y: Buffer[dt],
    x: Buffer[dt],
    factors: Buffer[dt],
    count: Int,
    scale: Scalar[dt],
    swap_x: Bool,
    swap_y: Bool,
):
    """Multiplies complex numbers by factors; the parts of x or y may change places."""
    comptime W = simd_width_of[dt]()
    var i = 0
    while i + W <= count:
        _multiply_some[dt, W](y, x, factors, i, scale, swap_x, swap_y)
        i += W
    while i < count:
        _multiply_some[dt, 1](y, x, factors, i, scale, swap_x, swap_y)
        i += 1


@always_inline
def _multiply_some[
    dt: DType, w: Int
](y: Buffer[dt], x: Buffer[dt], factors: Buffer[dt], i: Int, scale: Scalar[dt], swap_x: Bool, swap_y: Bool,):
    """Multiplies w complex numbers."""
    comptime V = SIMD[dt, w]
    var parts = x.unsafe_load[width=2 * w](2 * i).deinterleave()
    var f = factors.unsafe_load[width=2 * w](2 * i).deinterleave()
    var re = rebind[V](parts[1]) if swap_x else rebind[V](parts[0])
    var im = rebind[V](parts[0]) if swap_x else rebind[V](parts[1])
    var c = rebind[V](f[0])
    var s = rebind[V](f[1])
    var u = (re * c - im * s) * scale
    var v = (re * s + im * c) * scale
    var out = v.interleave(u) if swap_y else u.interleave(v)
    y.unsafe_store(2 * i, rebind[SIMD[dt, 2 * w]](out))

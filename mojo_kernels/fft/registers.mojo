"""Transforms of rows of 64 and 128 complex numbers in registers.

A row of 64 is a matrix of 8 x 8, of which a vector holds a row's real or imaginary parts. Where vectors have 16 lanes, two
such matrices lie side by side, number by number: two rows, or the sums and differences of the halves of a row of 128, whose
transforms are its even and its odd results (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992,
section 1.9).
"""

from std.collections import Array
from std.memory import bitcast
from std.sys import simd_width_of

from mojo_kernels.fft.butterflies import butterfly
from mojo_kernels.fft.plan import Plan
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer

comptime _SIDE = 8
comptime _SQUARE = 64
comptime _PAIRS = 2 * _SIDE
"""Lanes of a vector that holds two matrices; also the numbers of a row of a matrix."""
comptime _TABLE = 2 * _SIDE * (_SIDE - 1)
"""The numbers of the factors between both steps for 8 lanes; those for 16 lanes are twice as many."""


@always_inline
def fits_registers[dt: DType](plan: Plan[dt]) -> Bool:
    """Tells whether rows are transformed in registers.

    Parameters:
        dt: The dtype of the parts.

    Args:
        plan: The plan of the rows' length, which is short.

    Returns:
        Whether `transform_in_registers` knows the length.
    """
    comptime W = simd_width_of[dt]()
    comptime if W == _PAIRS:
        return plan.length() == _SQUARE or plan.length() == 2 * _SQUARE
    return W == _SIDE and plan.length() == _SQUARE


def transform_in_registers[
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
):
    """Transforms rows that `fits_registers`.

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
    """
    comptime W = simd_width_of[dt]()
    comptime if W == _PAIRS:
        if plan.length() == 2 * _SQUARE:
            for row in range(rows):
                var to = y.unsafe_offset(2 * row * y_pitch)
                var of = x.unsafe_offset(2 * row * x_pitch)
                _either[dt, True](plan, to, to, of, of.unsafe_offset(2 * _SQUARE), scale, inverse)
            return
    comptime if W >= _SIDE:
        for row in range(0, rows, W // _SIDE):
            var second = min(row + 1, rows - 1)  # a single row is computed twice
            _either[dt, False](
                plan,
                y.unsafe_offset(2 * row * y_pitch),
                y.unsafe_offset(2 * second * y_pitch),
                x.unsafe_offset(2 * row * x_pitch),
                x.unsafe_offset(2 * second * x_pitch),
                scale,
                inverse,
            )


@always_inline
def _either[
    dt: DType, halves: Bool
](
    plan: Plan[dt],
    y: Buffer[dt],
    other_y: Buffer[dt],
    x: Buffer[dt],
    other_x: Buffer[dt],
    scale: Scalar[dt],
    inverse: Bool,
):
    """Transforms in one of both directions."""
    if inverse:
        _squares[dt, halves, True](y, other_y, x, other_x, plan.between(), scale)
    else:
        _squares[dt, halves, False](y, other_y, x, other_x, plan.between(), scale)


@no_inline
def _squares[
    dt: DType, halves: Bool, swapped: Bool
](
    y: Buffer[dt],
    other_y: Buffer[dt],
    x: Buffer[dt],
    other_x: Buffer[dt],
    factors: Buffer[dt],
    scale: Scalar[dt],
):
    """Transforms one matrix, or two.

    The table has the factors of both steps, for 8 lanes and for 16, and those of the differences of halves. A row of
    factors is their real parts, then their imaginary ones.
    """
    comptime W = simd_width_of[dt]()
    comptime V = SIMD[dt, W]
    var re = Array[V, _SIDE](fill=0)
    var im = Array[V, _SIDE](fill=0)
    comptime for k in range(_SIDE):
        _load[dt, halves](x, other_x, k * _PAIRS, re[k], im[k])
        comptime if swapped:
            swap(re[k], im[k])
        comptime if halves:
            _multiply(re[k], im[k], factors.unsafe_offset(3 * _TABLE + 2 * W * k))
    butterfly[_SIDE](re, im)
    var between = factors if W == _SIDE else factors.unsafe_offset(_TABLE)
    comptime for j in range(1, _SIDE):
        _multiply(re[j], im[j], between.unsafe_offset(2 * W * (j - 1)))
    _turn(re)
    _turn(im)
    butterfly[_SIDE](re, im)
    comptime for m in range(_SIDE):
        var u = (im[m] if swapped else re[m]) * scale
        var v = (re[m] if swapped else im[m]) * scale
        _store[dt, halves](y, other_y, m, u, v)


@always_inline
def _load[
    dt: DType, halves: Bool
](
    x: Buffer[dt],
    other: Buffer[dt],
    at: Int,
    mut re: SIMD[dt, simd_width_of[dt]()],
    mut im: SIMD[dt, simd_width_of[dt]()],
):
    """Loads 8 numbers of one matrix, or of two, which may be the sums and differences of what is there."""
    comptime W = simd_width_of[dt]()
    comptime V = SIMD[dt, W]
    var a = x.unsafe_load[width=_PAIRS](at)
    comptime if W == _SIDE:
        var parts = a.deinterleave()
        re = rebind[V](parts[0])
        im = rebind[V](parts[1])
    else:
        var b = other.unsafe_load[width=_PAIRS](at)
        var both = (a + b).interleave(a - b) if halves else a.interleave(b)
        var parts = bitcast[DType.uint64, _PAIRS](both).deinterleave()
        re = rebind[V](bitcast[dt, _PAIRS](parts[0]))
        im = rebind[V](bitcast[dt, _PAIRS](parts[1]))


@always_inline
def _store[
    dt: DType, halves: Bool
](
    y: Buffer[dt],
    other: Buffer[dt],
    m: Int,
    re: SIMD[dt, simd_width_of[dt]()],
    im: SIMD[dt, simd_width_of[dt]()],
):
    """Stores 8 results of one matrix or of two, of halves in turns."""
    comptime if simd_width_of[dt]() == _SIDE:
        y.unsafe_store(m * _PAIRS, re.interleave(im))
    elif halves:
        y.unsafe_store(2 * m * _PAIRS, re.interleave(im))
    else:
        var pairs = bitcast[DType.uint64, _SIDE](re).interleave(bitcast[DType.uint64, _SIDE](im))
        var rows = bitcast[dt, 2 * _PAIRS](pairs).deinterleave()
        y.unsafe_store(m * _PAIRS, rows[0])
        other.unsafe_store(m * _PAIRS, rows[1])


@always_inline
def _multiply[dt: DType, W: Int](mut re: SIMD[dt, W], mut im: SIMD[dt, W], factors: Buffer[dt]):
    """Multiplies a vector by one of factors."""
    var c = factors.unsafe_load[width=W]()
    var s = factors.unsafe_load[width=W](W)
    var u = re * c - im * s
    im = re * s + im * c
    re = u


@always_inline
def _turn[dt: DType, W: Int](mut v: Array[SIMD[dt, W], _SIDE]):
    """Turns one matrix, or two whose numbers are pairs."""
    comptime if W == _SIDE:
        _turn_as[dt](v)
    else:
        _turn_as[DType.uint64](v)


@always_inline
def _turn_as[T: DType, dt: DType, W: Int](mut v: Array[SIMD[dt, W], _SIDE]):
    """Turns a matrix whose numbers are of a type that may hold two."""
    var square = Array[SIMD[T, _SIDE], _SIDE](fill=0)
    comptime for k in range(_SIDE):
        square[k] = bitcast[T, _SIDE](v[k])
    turn[T, _SIDE](square)
    comptime for k in range(_SIDE):
        v[k] = bitcast[dt, W](square[k])

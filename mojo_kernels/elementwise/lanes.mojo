"""What several pointwise ops compute with."""

from std.math import copysign as _copysign
from std.math import floor, isinf, isnan, trunc
from std.memory import bitcast


@always_inline
def is_nan[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[DType.bool, w]:
    """Returns which lanes are nan.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        x: The lanes.

    Returns:
        A mask; false for integers.
    """
    comptime if dt.is_floating_point():
        return isnan(x)
    else:
        return SIMD[DType.bool, w](fill=False)


@always_inline
def is_inf[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[DType.bool, w]:
    """Returns which lanes are infinite.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        x: The lanes.

    Returns:
        A mask; false for integers.
    """
    comptime if dt.is_floating_point():
        return isinf(x)
    else:
        return SIMD[DType.bool, w](fill=False)


@always_inline
def copysign[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns |a| with the sign bit of b.

    Parameters:
        dt: A floating dtype.
        w: The number of lanes.

    Args:
        a: The magnitudes.
        b: The signs.

    Returns:
        The lanes.
    """
    comptime assert dt.is_floating_point()
    return _copysign(a, b)


@always_inline
def to_winner[
    dt: DType, w: Int
](
    a_lost: SIMD[DType.bool, w], b_lost: SIMD[DType.bool, w], tie: SIMD[DType.bool, w], dy: SIMD[dt, w]
) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Gives dy to those that did not lose, so to both where one is nan, half to each in a tie; integers have none.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        a_lost: Where b won.
        b_lost: Where a won.
        tie: Where they are equal.
        dy: The gradient of the result.

    Returns:
        The gradients of a and b.
    """
    var zero = SIMD[dt, w](0)
    comptime if dt.is_floating_point():
        var share = tie.select(dy * 0.5, dy)
        return (a_lost.select(zero, share), b_lost.select(zero, share))
    else:
        return (zero, zero)


@always_inline
def round_even[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the nearest integers, the even ones in ties.

    Adding and taking away 2^23 (2^52 in float64) rounds by the machine's own rule.

    Parameters:
        dt: A floating dtype.
        w: The number of lanes.

    Args:
        x: The lanes.

    Returns:
        The rounded lanes, with the signs of x.
    """
    comptime assert dt.is_floating_point()
    comptime LARGE = Scalar[dt](8388608.0) if dt == DType.float32 else Scalar[dt](4503599627370496.0)
    var large = _copysign(SIMD[dt, w](LARGE), x)
    return abs(x).lt(LARGE).select(_copysign((x + large) - large, x), x)


@always_inline
def _safe[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns integer divisors that no processor traps on: 1 for 0, and for -1, by which the least number overflows.
    """
    return (b.eq(0) | _is_minus_one(b)).select(SIMD[dt, w](1), b)


@always_inline
def _is_minus_one[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[DType.bool, w]:
    comptime if dt.is_unsigned():
        return SIMD[DType.bool, w](fill=False)
    else:
        return x.eq(SIMD[dt, w](0) - 1)


@always_inline
def quotient_trunc[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns a / b rounded towards zero.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        a: The dividends.
        b: The divisors; integers are checked for zeros before a kernel runs.

    Returns:
        The quotients.
    """
    comptime if dt.is_floating_point():
        return trunc(a / b)
    else:
        var q = SIMD[dt, w]()
        var safe = _safe(a, b)
        comptime for i in range(w):
            var whole = abs_floor_div(a[i], safe[i])
            q[i] = whole
        return _is_minus_one(b).select(-a, q)


@always_inline
def abs_floor_div[dt: DType](a: Scalar[dt], b: Scalar[dt]) -> Scalar[dt]:
    """Returns the quotient of two integers, rounded towards zero.

    Parameters:
        dt: An integral dtype.

    Args:
        a: The dividend.
        b: The divisor, neither 0 nor -1.

    Returns:
        The quotient.
    """
    var q = a // b
    return q + 1 if q < 0 and q * b != a else q


@always_inline
def quotient_floor[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns a / b rounded down, by way of the remainder, as Python does for floats.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        a: The dividends.
        b: The divisors; integers are checked for zeros before a kernel runs.

    Returns:
        The quotients.
    """
    comptime if dt.is_floating_point():
        var rest = fmod(a, b)
        var q = (a - rest) / b
        var other_side = (~rest.eq(0)) & (rest.lt(0) ^ b.lt(0))
        q = other_side.select(q - 1, q)
        var whole = floor(q)
        whole = (q - whole).gt(SIMD[dt, w](0.5)).select(whole + 1, whole)
        var signed_zero = _copysign(SIMD[dt, w](0), a / b)
        return b.eq(0).select(a / b, q.eq(0).select(signed_zero, whole))
    else:
        var q = SIMD[dt, w]()
        var safe = _safe(a, b)
        comptime for i in range(w):
            q[i] = a[i] // safe[i]
        return _is_minus_one(b).select(-a, q)


@always_inline
def fmod[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns a - b trunc(a / b) without rounding: nan where b is 0 or a infinite, a where b is infinite.

    While the quotient fits the significand, one exact step is enough: the multiple is taken away by a fused
    multiply-add. Larger quotients are reduced by halves, from the greatest power of two.

    Parameters:
        dt: A floating dtype.
        w: The number of lanes.

    Args:
        a: The dividends.
        b: The divisors.

    Returns:
        The remainders, with the signs of a.
    """
    comptime assert dt.is_floating_point()
    comptime EXACT = Scalar[dt](4194304.0) if dt == DType.float32 else Scalar[dt](2251799813685248.0)
    var x = abs(a)
    var y = abs(b)
    var bad = is_nan(a) | is_nan(b) | isinf(a) | y.eq(0)
    var whole = isinf(b) | x.lt(y)
    var rest = (bad | whole).select(SIMD[dt, w](0), x)
    var divisor = (bad | whole).select(SIMD[dt, w](1), y)
    while (rest / divisor).ge(EXACT).reduce_or():
        comptime for i in range(w):
            if rest[i] / divisor[i] >= EXACT:
                rest[i] = _reduced(rest[i], divisor[i])
    var q = trunc(rest / divisor)
    var r = q.fma(-divisor, rest)
    r = r.lt(0).select(r + divisor, r)
    r = r.ge(divisor).select(r - divisor, r)
    r = whole.select(x, r)
    return bad.select(a * 0 / (b * 0), _copysign(r, a))


def _reduced[dt: DType](x: Scalar[dt], y: Scalar[dt]) -> Scalar[dt]:
    """Returns x without the greatest 2^k y that it holds: each step is exact."""
    var multiple = y
    while multiple <= x / 2:
        multiple *= 2
    return x - multiple

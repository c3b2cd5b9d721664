"""Powers of vectors, float32 and float64.

Powers of float64 take the logarithm as the sum of two numbers, the second of which has what rounding took from the
first (Dekker 1971): a large exponent multiplies its error. The series of atanh is that of SLEEF (Shibata and
Petrogalli 2020).
"""

from std.math import floor, fma
from std.sys import is_gpu

from mojo_kernels.numerics.elementary import (
    LOG_2_HIGH,
    LOG_2_LOW,
    ROUNDER,
    exp,
    horner,
    log,
    log_limits,
    log_parts,
    scaled,
)
from mojo_kernels.numerics.fence import fence

comptime _Lanes[w: Int] = SIMD[DType.float64, w]
"""Lanes of float64.

Parameters:
    w: Their number.
"""


@always_inline
def _log_twice[w: Int](x: _Lanes[w]) -> Tuple[_Lanes[w], _Lanes[w]]:
    """Returns the logarithm of finite positive numbers as the sum of two, within 2^-63 of itself.

    x = 2^k (1 + f) and log(1 + f) = 2 atanh(s) = 2 s + s z (2/3 + z t), where s = f / (2 + f) and z = s^2.
    """
    var k, f = log_parts(x)
    var d = f + 2
    var s = f / d
    var s_low = fma(-s, f - (d - 2), fma(-s, d, f)) / d
    var z = fence(s * s)
    var z_low = fma(s, s, -z) + 2 * s * s_low
    var t = horner[
        0.116255524079935043668677e0,
        0.103239680901072952701192e0,
        0.117754809412463995466069e0,
        0.13332981086846273921509e0,
        0.153846227114512262845736e0,
        0.181818180850050775676507e0,
        0.222222222230083560345903e0,
        0.285714285714249172087875e0,
        0.400000000000000077715612e0,
    ](z)
    comptime TWO_THIRDS = 0.666666666666666629659233
    var more = fence(z * t)
    var c = more + TWO_THIRDS
    var c_low = (TWO_THIRDS - c) + more + fma(z_low, t, _Lanes[w](3.80554962542412056336616e-17))
    var sz = fence(s * z)
    var sz_low = fma(s, z, -sz) + fma(s, z_low, s_low * z)
    var rest = fence(sz * c)
    var rest_low = fma(sz, c, -rest) + fma(sz, c_low, sz_low * c)
    var whole = k * LOG_2_HIGH[DType.float64]  # exact
    var first = whole + 2 * s
    var sum = first + rest
    var low = (whole - first) + 2 * s + ((first - sum) + rest)
    low += fma(k, _Lanes[w](LOG_2_LOW[DType.float64]), fma(s_low, _Lanes[w](2), rest_low))
    var high = sum + low
    return (high, (sum - high) + low)


@always_inline
def _exp_twice[w: Int](x: _Lanes[w], low: _Lanes[w]) -> _Lanes[w]:
    """Returns e^(x + low), where low is what rounding took from x."""
    var below = x.lt(-746)
    var t = below.select(_Lanes[w](0), x.gt(710).select(_Lanes[w](710), x))  # nan stays nan
    var n = fma(t, _Lanes[w](1.4426950408889634), _Lanes[w](ROUNDER[DType.float64])) - ROUNDER[DType.float64]
    var first = fma(n, _Lanes[w](-LOG_2_HIGH[DType.float64]), t)  # exact
    var second = fence(n * LOG_2_LOW[DType.float64])
    var rest = first - second
    var rest_low = (first - rest) - second + low
    var r = rest + rest_low
    var r_low = (rest - r) + rest_low
    var q = horner[
        1.0 / 6227020800,
        1.0 / 479001600,
        1.0 / 39916800,
        1.0 / 3628800,
        1.0 / 362880,
        1.0 / 40320,
        1.0 / 5040,
        1.0 / 720,
        1.0 / 120,
        1.0 / 24,
        1.0 / 6,
        0.5,
    ](r)
    var y = r + 1
    y += (1 - y) + r + fma(q, r * r, fma(r_low, r, r_low))
    return below.select(_Lanes[w](0), scaled(y, n))


@always_inline
def _power[w: Int](a: _Lanes[w], b: _Lanes[w]) -> _Lanes[w]:
    """Returns a^b for a >= 0 or nan, right but where a is 1 or b is 0."""
    var high, low = _log_twice(a)
    high = log_limits(a, high)
    var x = fence(b * high)
    var x_low = fma(b, high, -x) + b * low
    return _exp_twice(x, abs(x).lt(800).select(x_low, _Lanes[w](0)))


@always_inline
def pow[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns a^b, lane by lane, with C's rules for zeros, infinities, nan and negative bases.

    Parameters:
        dt: Float32 or float64; a GPU computes the latter by `exp` and `log`.
        w: The number of lanes.

    Args:
        a: The base.
        b: The exponent.

    Returns:
        The power within 1 ulp.
    """
    var base = a.cast[DType.float64]()
    var e = b.cast[DType.float64]()
    var y: _Lanes[w]
    comptime if dt == DType.float64 and not is_gpu():
        y = _power(abs(base), e)
    else:
        y = exp(e * log(abs(base)))
    var odd = ~floor(e * 0.5).eq(e * 0.5)
    var negative = base.lt(0) | (base.eq(0) & (1 / base).lt(0))
    var nan = _Lanes[w](0) / 0
    var signed = (
        floor(e)
        .eq(e)
        .select(odd.select(-y, y), (base.lt(0) & abs(base).le(Float64.MAX_FINITE)).select(nan, y))
    )
    y = negative.select(signed, y)
    var one = base.eq(1) | e.eq(0) | (base.eq(-1) & abs(e).gt(Float64.MAX_FINITE))
    return one.select(_Lanes[w](1), y).cast[dt]()

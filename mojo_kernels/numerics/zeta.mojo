"""Hurwitz's zeta function, the sum of (q + k)^-x over k from 0 on, in float64.

Ten terms are added, and the Euler-Maclaurin formula gives the rest (DLMF 25.11.5). Where q is negative, and x whole, the sum
over all k, which depends on the fraction of q alone, tells how to get from 1 - q to q.
"""

from std.math import floor

from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.numerics.power import pow

comptime _D = DType.float64
comptime _TERMS = 10
comptime _FACTORS = [
    1.0 / 12,
    -1.0 / 720,
    1.0 / 30240,
    -1.0 / 1209600,
    1.0 / 47900160,
    -691.0 / 1307674368000,
    1.0 / 74724249600,
    -3617.0 / 10670622842880000,
    43867.0 / 5109094217170944000,
    -174611.0 / 802857662698291200000,
    854513.0 / 155112100433309859840000,
    -1181820455.0 / 8469120683658720347258880000,
]
"""Of each even Bernoulli number and factorial the quotient: B_2k / (2k)!."""


@always_inline
def _power[w: Int](a: SIMD[_D, w], x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns a^-x."""
    return pow(a, -x)


@no_inline
def _positive[w: Int](x: SIMD[_D, w], q: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the sum for x above 1 and q from 0 on."""
    var sum = SIMD[_D, w](0)
    var a = q
    for _ in range(_TERMS):
        sum += _power(a, x)
        a += 1
    var b = _power(a, x)
    sum += b * (a / (x - 1) + 0.5)
    # where the next term is nothing the series is too, and its factors may overflow
    var rising = x / a
    var series = SIMD[_D, w](0)
    comptime for k in range(_FACTORS.__len__()):
        comptime FACTOR = _FACTORS[k]
        series += rising * FACTOR
        comptime ODD = Float64(2 * k + 1)
        rising *= (x + ODD) * (x + (ODD + 1)) / (a * a)
    return b.gt(1e-20 * sum).select(sum + b * series, sum)


@always_inline
def zeta[dt: DType, w: Int](x: SIMD[dt, w], q: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns Hurwitz's zeta function, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: The exponents.
        q: The first terms.

    Returns:
        The sum within some ulp; inf where x is 1 and where q is 0 or negative and whole, nan for x below 1 and where q is negative
        and x not whole.
    """
    return _zeta(x.cast[_D](), q.cast[_D]()).cast[dt]()


@no_inline
def _zeta[w: Int](x: SIMD[_D, w], q: SIMD[_D, w]) -> SIMD[_D, w]:
    var inf = SIMD[_D, w](1) / 0
    var nan = SIMD[_D, w](0) / 0
    var left = q.lt(0)
    var y = _positive(x, abs(q))
    if left.reduce_or():
        var fraction = -q - floor(-q)
        var rest = 1 - fraction
        var even = floor(x * 0.5).eq(x * 0.5)
        # beyond 1 - q the terms are those of the other side, and up to it those between
        var between = _positive(x, fraction) - _positive(x, 1 - q)
        between = q.gt(-1).select(_power(-q, x), between)
        var reflected = _positive(x, rest) + even.select(between, -between)
        reflected = floor(x).eq(x).select(reflected, nan)
        y = left.select(floor(q).eq(q).select(inf, reflected), y)
    y = q.eq(0).select(inf, y)
    y = x.eq(1).select(inf, x.lt(1).select(nan, y))
    return (x.eq(x) & q.eq(q)).select(y, nan)

"""The regularised incomplete gamma functions P and Q = 1 - P, in float64.

P is the series of DLMF 8.11.4 and Q the continued fraction of DLMF 8.9.2, where they are short; for small arguments, where P is
near 1, Q is a sum (DLMF 8.7.3) without loss. Where a is large and x near it both are long, and an integral over the smaller of
both sides takes their place, by the points of gamma_slope.mojo.
"""

from std.math import fma, sqrt

from mojo_kernels.numerics.elementary import exp, horner, log
from mojo_kernels.numerics.exponential import expm1, log1p
from mojo_kernels.numerics.gamma import lgamma
from mojo_kernels.numerics.gamma_slope import exponential_points

comptime _D = DType.float64
comptime _LEAST = 1e-17
comptime _LARGE = 30.0
"""From here on the series and the fraction may be long."""


@always_inline
def _log1p_less[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns log(1 + u) - u, without loss near 0."""
    var r = u / (2 + u)
    var z = r * r
    var series = horner[
        1.0 / 35,
        1.0 / 33,
        1.0 / 31,
        1.0 / 29,
        1.0 / 27,
        1.0 / 25,
        1.0 / 23,
        1.0 / 21,
        1.0 / 19,
        1.0 / 17,
        1.0 / 15,
        1.0 / 13,
        1.0 / 11,
        1.0 / 9,
        1.0 / 7,
        1.0 / 5,
        1.0 / 3,
    ](z)
    return abs(u).le(0.5).select(r * fma(2 * z, series, -u), log1p(u) - u)


@always_inline
def _exp_less[w: Int](p: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns e^-p - 1 + p for positive p, without loss near 0."""
    var series = horner[
        1.0 / 87178291200,
        -1.0 / 6227020800,
        1.0 / 479001600,
        -1.0 / 39916800,
        1.0 / 3628800,
        -1.0 / 362880,
        1.0 / 40320,
        -1.0 / 5040,
        1.0 / 720,
        -1.0 / 120,
        1.0 / 24,
        -1.0 / 6,
        0.5,
    ](p)
    return p.lt(0.5).select(p * p * series, expm1(-p) + p)


@always_inline
def _log_gamma_above_1[w: Int](a: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns log gamma(1 + a), without loss near 0."""
    var series = a * horner[
        0.06250095514121304,
        -0.06666870588242047,
        0.07143294629536134,
        -0.0769325164113522,
        0.0833538405461090,
        -0.09095401714582904,
        0.1000994575127818,
        -0.1113342658695647,
        0.12550966952474304,
        -0.14404989676884612,
        0.1695571769974082,
        -0.20738555102867398,
        0.27058080842778454,
        -0.40068563438653143,
        0.8224670334241132,
        -0.5772156649015329,
    ](a)
    return a.lt(0.1).select(series, lgamma(1 + a))


@always_inline
def _front[w: Int](a: SIMD[_D, w], x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns x^a e^-x / gamma(a + 1)."""
    var large = a.gt(8)
    var t = large.select(a, SIMD[_D, w](8))
    var inverse = 1 / t
    var rest = inverse * horner[
        1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12
    ](inverse * inverse)
    var apart = (x - t) * inverse
    var less = abs(apart).le(0.5).select(_log1p_less(apart), log(x * inverse) - apart)
    var far = exp(fma(t, less, -rest)) / sqrt(t * 6.283185307179586)
    var b = large.select(SIMD[_D, w](1), a)
    return large.select(far, exp(b * log(x) - x - _log_gamma_above_1(b)))


@always_inline
def _series[w: Int](a: SIMD[_D, w], x: SIMD[_D, w], lanes: SIMD[DType.bool, w]) -> SIMD[_D, w]:
    """Returns the sum of x^n / ((a + 1) ... (a + n)), in some of the lanes."""
    var term = lanes.select(SIMD[_D, w](1), SIMD[_D, w](0))
    var sum = SIMD[_D, w](1)
    var n = a
    var more = lanes
    while more.reduce_or():
        n += 1
        term *= x / n
        more = term.gt(_LEAST * sum)
        sum = more.select(sum + term, sum)
    return sum


@always_inline
def _small[w: Int](a: SIMD[_D, w], x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Q for x up to 1.5 and a below."""
    var term = SIMD[_D, w](1)
    var sum = SIMD[_D, w](0)
    for n in range(1, 24):
        term *= -x / Float64(n)
        sum += term / (a + Float64(n))
    var logs = a * log(x) - _log_gamma_above_1(a)
    return -expm1(logs) - exp(logs) * a * sum


@always_inline
def _fraction[w: Int](a: SIMD[_D, w], x: SIMD[_D, w], lanes: SIMD[DType.bool, w]) -> SIMD[_D, w]:
    """Returns 1 / (x + 1 - a - (1 - a) / (x + 3 - a - ...)), in some of the lanes, by Lentz's method."""
    var b = x + 1 - a
    var d = 1 / b
    var c = SIMD[_D, w](1e300)
    var y = d
    var n = 0.0
    var more = lanes
    while more.reduce_or() and n < 1000:
        n += 1
        var factor = -n * (n - a)
        b += 2
        d = 1 / fma(factor, d, b)
        c = b + factor / c
        var change = c * d
        y = more.select(y * change, y)
        more &= abs(change - 1).gt(2e-16)
    return y


@always_inline
def _above[w: Int](a: SIMD[_D, w], x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Q over the density, for x not below a: the integral over t = x + p."""
    comptime POINTS = exponential_points[64, -3.6, 3.8]()
    var points = materialize[POINTS]()
    var near = x / (x - a + sqrt(x))
    var slope = (a - x) / x
    var sum = SIMD[_D, w](0)
    for k in range(64):
        var p = near * points[k][0]
        sum += exp(fma(a, _log1p_less(p / x), p * slope)) * (near * points[k][1] / (x + p))
    return sum


@always_inline
def _below[w: Int](a: SIMD[_D, w], x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns P over the density, for x below a: the integral over t = x e^-p."""
    comptime POINTS = exponential_points[64, -3.6, 3.8]()
    var points = materialize[POINTS]()
    var near = 1 / (a - x + sqrt(x))
    var sum = SIMD[_D, w](0)
    for k in range(64):
        var p = near * points[k][0]
        sum += exp(fma(-x, _exp_less(p), -(a - x) * p)) * (near * points[k][1])
    return sum


@no_inline
def incomplete_gamma[upper: Bool, w: Int](a: SIMD[_D, w], x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns P(a, x), or Q(a, x), lane by lane.

    Parameters:
        upper: Whether it is Q.
        w: The number of lanes.

    Args:
        a: The exponents.
        x: The bounds.

    Returns:
        The function within some 1e-15 of its value where a is up to 100, 1e-13 up to 1e6; nan for negative and nan arguments and for two
        zeros or infinities.
    """
    comptime FAR = 1e300
    var valid = a.gt(0) & x.gt(0) & a.lt(FAR) & x.lt(FAR)
    var long = valid & a.ge(_LARGE) & x.gt(0.5 * a) & x.lt(2 * a)
    var above = long & x.ge(a)
    var below = long & x.lt(a)
    var near_1 = (
        x.le(0.5).select(-a * log(x), a - 1.1 * x + 0.4).lt(0.4)
    )  # P is, and Q has few digits as 1 - P
    var small = valid & ~long & x.le(1.5) & near_1
    var short = valid & ~long & ~small & x.lt(a + 1)
    var fraction = valid & ~long & ~small & ~short
    var front = _front(a, x)
    var y = SIMD[_D, w](0)  # of P, where it is the smaller one, else of Q
    if above.reduce_or():
        y = above.select(front * a * _above(a, x), y)
    if below.reduce_or():
        y = below.select(front * a * _below(a, x), y)
    if small.reduce_or():
        y = small.select(_small(a, x), y)
    if short.reduce_or():
        y = short.select(front * _series(a, x, short), y)
    if fraction.reduce_or():
        y = fraction.select(front * a * _fraction(a, x, fraction), y)
    var is_lower = below | short
    # beyond: all of it on one side, or nothing known
    var zero = x.eq(0) | (a.ge(FAR) & x.lt(a))
    var one = a.eq(0) | (x.ge(FAR) & a.lt(x))
    var known = a.ge(0) & x.ge(0) & ~(zero & one) & ~(a.eq(0) & x.eq(0)) & (valid | zero | one)
    y = valid.select(y, zero.select(SIMD[_D, w](0), SIMD[_D, w](1)))
    is_lower |= ~valid
    y = is_lower.select(1 - y, y) if upper else is_lower.select(y, 1 - y)
    return known.select(y, SIMD[_D, w](0) / 0)


@no_inline
def gamma_density[w: Int](a: SIMD[_D, w], x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the derivative of P with respect to x, x^(a - 1) e^-x / gamma(a), lane by lane.

    Parameters:
        w: The number of lanes.

    Args:
        a: The exponents.
        x: The bounds.

    Returns:
        The derivative; nan for negative and nan arguments.
    """
    var inside = a.gt(0) & x.gt(0) & a.lt(1e300) & x.lt(1e300)
    var at_0 = a.lt(1).select(SIMD[_D, w](1) / 0, a.eq(1).select(SIMD[_D, w](1), SIMD[_D, w](0)))
    var edge = x.eq(0).select(a.eq(0).select(SIMD[_D, w](0) / 0, at_0), SIMD[_D, w](0))
    var low = a.lt(1)
    var b = low.select(a, SIMD[_D, w](1))
    var small = b * exp((b - 1) * log(x) - x - _log_gamma_above_1(b))
    var y = inside.select(low.select(small, _front(a - 1, x)), edge)
    return (a.ge(0) & x.ge(0)).select(y, SIMD[_D, w](0) / 0)

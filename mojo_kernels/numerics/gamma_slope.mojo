"""How draws of the gamma distribution change with its concentration.

A draw x of concentration a keeps its probability F(x, a) when a changes, so dx/da = -dF/da / dF/dx. With the density f = dF/dx

    x f S / a = F   and   -dF/da / f = -x / a (S (log x - digamma(a + 1)) - T),

where S and T are sums of t_n = x^n / ((a + 1) ... (a + n)) and of t_n (1 / (a + 1) + ... + 1 / (a + n)): the series of the
incomplete gamma function (DLMF 8.7.1) and its derivative.

For large a, where that series is long, an asymptotic one is short. As probability is neither made nor lost, the slope G(a, x) has
df/da + d(f G)/dx = 0. With x = a e^s and G = c_0(s) + c_1(s) / a + ... the powers of a in that equation are those in

    c_0 = s e^s / (e^s - 1),    c_{k+1} = (c_k' - c_k + b_k e^s) / (e^s - 1),    log a - digamma(a) = b_0 / a + b_1 / a^2 + ...

Far from a, where the two terms of the first series cancel and the second one does not hold, an integral tells the same: -dF/da
is that of (digamma(a) - log t) f(t) from 0 to x, or that of (log t - digamma(a)) f(t) from x to infinity.
"""

from std.math import fma, sqrt

from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.numerics.exponential import expm1, log1p
from mojo_kernels.numerics.gamma import digamma

comptime _D = DType.float64


@always_inline
def gamma_slope[dt: DType, w: Int](a: SIMD[dt, w], x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the derivative of draws of the gamma distribution with respect to the concentration, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        a: The concentrations, positive.
        x: The draws, of rate 1, positive.

    Returns:
        The derivative within 1e-6 of its value in float32, within 1e-11 in float64; anything where an argument is not positive.
    """
    comptime single = dt == DType.float32
    comptime MARGIN: Float64 = 12 if single else 3
    """How far above a the series of the incomplete gamma function has enough digits."""
    comptime LARGE: Float64 = 20 if single else 30
    comptime NEAR: Float64 = 1.0 if single else 0.8
    var b = a.cast[_D]()
    var z = x.cast[_D]()
    var logs = log(z)
    var ratio = log(z / b)
    var large = b.ge(LARGE) & abs(ratio).le(NEAR)
    var short = b.gt(0) & b.le(100) & z.le(b + MARGIN) & ~large
    var rest = ~(large | short)
    var above = z.ge(b) & rest
    var below = z.lt(b) & rest
    var y = SIMD[_D, w](0) / 0  # of nan
    if large.reduce_or():
        y = large.select(_asymptotic[4 if single else 8, 10 if single else 16](b, ratio), y)
    if short.reduce_or():
        y = short.select(_series(b, z, logs, short), y)
    if (above | below).reduce_or():
        var shift = logs - digamma(b)
        if above.reduce_or():
            y = above.select(z * _upper[28 if single else 56](b, z, shift), y)
        if below.reduce_or():
            y = below.select(-z * _lower[28 if single else 56](b, z, shift), y)
    return y.cast[dt]()


@always_inline
def _series[
    w: Int
](a: SIMD[_D, w], x: SIMD[_D, w], logs: SIMD[_D, w], lanes: SIMD[DType.bool, w]) -> SIMD[_D, w]:
    """Returns the derivative by the series, in some of the lanes.

    Parameters:
        w: The number of lanes.

    Args:
        a: The concentrations.
        x: The draws.
        logs: Their logarithms.
        lanes: Where the result is wanted.

    Returns:
        The derivative.
    """
    comptime LEAST = 1e-17
    var term = lanes.select(SIMD[_D, w](1), SIMD[_D, w](0))
    var above = SIMD[_D, w](0)
    var s = SIMD[_D, w](1)
    var t = SIMD[_D, w](0)
    var n = SIMD[_D, w](0)
    # terms grow at first and then fall, so one below the limit is the last; a lane that has ended takes no more, whatever its
    # neighbours do
    var more = lanes
    while more.reduce_or():
        n += 1
        var inverse = 1 / (a + n)
        above += inverse
        term *= x * inverse
        more = term.gt(LEAST)
        s = more.select(s + term, s)
        t = more.select(t + term * above, t)
    return -x / a * (s * (logs - digamma(a + 1)) - t)


comptime _B = [1.0 / 2, 1.0 / 12, 0, -1.0 / 120, 0, 1.0 / 252, 0, -1.0 / 240]
"""The b_k, of Bernoulli's numbers."""


def _coefficients[powers: Int, degree: Int]() -> Array[Float64, (powers + 1) * (degree + 1)]:
    """Returns the coefficients of the c_k as polynomials of s, each from the constant on.

    Parameters:
        powers: The last k.
        degree: The degree of the polynomials.

    Returns:
        The coefficients, those of one k after those of the one before.
    """
    comptime ALL = degree + 2 * powers + 2  # dividing and differentiating take one each
    var inverse = Array[Float64, ALL + 1](fill=1)  # of (n + 1)!, the coefficients of (e^s - 1) / s
    for n in range(1, ALL + 1):
        inverse[n] = inverse[n - 1] / Float64(n + 1)
    var c = Array[Float64, ALL](fill=0)
    var found = Array[Float64, (powers + 1) * (degree + 1)](fill=0)
    comptime for k in range(powers + 1):
        var numerator = Array[Float64, ALL](fill=0)  # divided by s
        for n in range(ALL - 2 * k):
            comptime if k == 0:
                numerator[n] = 1 if n == 0 else inverse[n - 1]
            else:
                comptime NUMBER = _B[k - 1]
                numerator[n] = Float64(n + 2) * c[n + 2] - c[n + 1] + NUMBER * inverse[n]
        for n in range(ALL - 2 * k):
            for i in range(n):
                numerator[n] -= numerator[i] * inverse[n - i]
        for n in range(ALL):
            c[n] = numerator[n]
        for n in range(degree + 1):
            found[k * (degree + 1) + n] = c[n]
    return found^


@always_inline
def _asymptotic[powers: Int, degree: Int, w: Int](a: SIMD[_D, w], s: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the derivative by the asymptotic series.

    Parameters:
        powers: The last power of 1 / a.
        degree: The degree of the polynomials of s.
        w: The number of lanes.

    Args:
        a: The concentrations, large.
        s: The logarithms of the draws divided by them.

    Returns:
        The derivative.
    """
    comptime C = _coefficients[powers, degree]()
    var inverse = 1 / a
    var y = SIMD[_D, w](0)
    comptime for k in range(powers, -1, -1):
        var c = SIMD[_D, w](0)
        comptime for n in range(degree, -1, -1):
            comptime COEFFICIENT = C[k * (degree + 1) + n]
            c = fma(c, s, SIMD[_D, w](COEFFICIENT))
        y = fma(y, inverse, c)
    return y


def exponential_points[count: Int, low: Float64, high: Float64]() -> Array[Tuple[Float64, Float64], count]:
    """Returns points from 0 to infinity that lie ever denser towards 0, and the widths that they stand for.

    Sums over them converge exponentially (H. Takahasi and M. Mori, 1974): they are p = exp(t - exp(-t)) for equidistant t.

    Parameters:
        count: How many points there are.
        low: The first t.
        high: The last one.

    Returns:
        The points with their widths.
    """
    var step = (high - low) / Float64(count - 1)
    var found = Array[Tuple[Float64, Float64], count](fill=(0.0, 0.0))
    for k in range(count):
        var t = low + Float64(k) * step
        var p = exp[_D, 1](t - exp[_D, 1](-t))
        found[k] = (p, p * (1 + exp[_D, 1](-t)) * step)
    return found^


comptime _LOW[count: Int] = -2.8 if count < 40 else -3.2
comptime _HIGH[count: Int] = 3.2 if count < 40 else 3.8


@always_inline
def _upper[count: Int, w: Int](a: SIMD[_D, w], x: SIMD[_D, w], shift: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the integral of (log t - digamma(a)) f(t) over t = x + p, divided by x f(x).

    Parameters:
        count: How many points it takes.
        w: The number of lanes.

    Args:
        a: The concentrations.
        x: The draws, above a and 1.
        shift: Log x - digamma(a).

    Returns:
        The integral.
    """
    comptime POINTS = exponential_points[count, _LOW[count], _HIGH[count]]()
    var points = materialize[POINTS]()
    var near = x / (x - a + sqrt(x))
    var sum = SIMD[_D, w](0)
    for k in range(count):
        var p = near * points[k][0]
        var ratio = log1p(p / x)
        sum += (shift + ratio) * exp(a * ratio - p) * (near * points[k][1] / (x + p))
    return sum


@always_inline
def _lower[count: Int, w: Int](a: SIMD[_D, w], x: SIMD[_D, w], shift: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the integral of (log t - digamma(a)) f(t) over t = x e^-p, divided by x f(x).

    Parameters:
        count: How many points it takes.
        w: The number of lanes.

    Args:
        a: The concentrations.
        x: The draws, below a.
        shift: Log x - digamma(a).

    Returns:
        The integral.
    """
    comptime POINTS = exponential_points[count, _LOW[count], _HIGH[count]]()
    var points = materialize[POINTS]()
    var near = 1 / (a - x + sqrt(x))
    var sum = SIMD[_D, w](0)
    for k in range(count):
        var p = near * points[k][0]
        sum += (shift - p) * exp(-a * p - x * expm1(-p)) * (near * points[k][1])
    return sum

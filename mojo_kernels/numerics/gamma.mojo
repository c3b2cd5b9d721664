"""The logarithm of the gamma function and its derivatives.

Large arguments take Stirling's series, smaller ones are brought there, or next to 2, by the recurrence, and negative
ones by the reflection.
"""

from std.math import fma

from mojo_kernels.numerics.elementary import horner, log
from mojo_kernels.numerics.exponential import log1p
from mojo_kernels.numerics.trigonometric import cos_pi, sin_pi


@always_inline
def lgamma[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log|gamma(x)|, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The logarithm within 4 ulp for positive x, within some ulp of its terms for negative x; inf for 0 and negative whole x.
    """
    var a = abs(x)
    # without its factors down to 2 or so, an argument below 8 is next to 2
    var t = a
    var product = SIMD[dt, w](1)
    comptime for _ in range(6):
        var above = t.gt(2.5)
        t = above.select(t - 1, t)
        product = above.select(product * t, product)
    var low = a.lt(0.5)
    var next_to_1 = a.lt(1.5)
    var s = low.select(a, next_to_1.select(a - 1, t - 2))
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        q = horner[
            0.00011347281994554691,
            -0.0002538170956727826,
            0.0005065171429518161,
            -0.0011858600344983208,
            0.002890795321559696,
            -0.007386174155633413,
            0.020580799471518252,
            -0.0673522814721006,
            0.3224670334689425,
            0.4227843350004583,
        ](s)
    else:
        q = horner[
            6.379047507619774e-08,
            -1.3412819758517287e-07,
            2.0304806751615227e-07,
            -4.303558760359961e-07,
            9.578663334114758e-07,
            -2.0449201467015115e-06,
            4.374374916915131e-06,
            -9.438458716242811e-06,
            2.050726741605779e-05,
            -4.4926351103833334e-05,
            9.945750909889392e-05,
            -0.00022315475074520367,
            0.0005096695248853096,
            -0.0011927539120010226,
            0.002890510330738737,
            -0.0073855510286681535,
            0.02058080842778457,
            -0.06735230105319814,
            0.3224670334241132,
            0.42278433509846713,
        ](s)
    var near = q * s + next_to_1.select(-log1p(s), log(product)) - low.select(log(a), SIMD[dt, w](0))
    var inverse = 1 / a
    var series = inverse * horner[
        -3617.0 / 122400,
        1.0 / 156,
        -691.0 / 360360,
        1.0 / 1188,
        -1.0 / 1680,
        1.0 / 1260,
        -1.0 / 360,
        1.0 / 12,
    ](inverse * inverse)
    var far = fma(a - 0.5, log(a) - 1, series + Scalar[dt](0.4189385332046727))
    var y = a.lt(8).select(near, far)
    var sine = abs(sin_pi(a))
    var reflected = Scalar[dt](1.1447298858494002) - log(sine) - log(a) - y
    reflected = a.lt(1e-30).select(-log(a), reflected)  # there the sine has few digits left
    y = x.lt(0).select(sine.eq(0).select(SIMD[dt, w](Scalar[dt].MAX), reflected), y)
    return a.gt(Scalar[dt].MAX_FINITE).select(a, y)


@always_inline
def digamma[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the derivative of log gamma(x), lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The derivative within some ulp of its terms; -inf for 0 and inf for -0, nan for negative whole x.
    """
    var left = x.lt(0)
    var t = left.select(1 - x, x)
    var sum = SIMD[dt, w](0)
    comptime for _ in range(_STEPS[dt]):
        sum += 1 / t
        t += 1
    var inverse = 1 / t
    var z = inverse * inverse
    var series = z * horner[
        -3617.0 / 8160, 1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12
    ](z)
    var y = log(t) - 0.5 * inverse - series - sum
    y = t.gt(Scalar[dt].MAX_FINITE).select(t, y)
    var sine = sin_pi(x)
    var reflected = y - Scalar[dt](3.141592653589793) * cos_pi(x) / sine
    return left.select(sine.eq(0).select(SIMD[dt, w](0) / 0, reflected), x.eq(0).select(-1 / x, y))


comptime _STEPS[dt: DType] = 6 if dt == DType.float32 else 12
"""How far arguments are brought up: there the series is exact."""


@always_inline
def polygamma[n: Int, dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the n-th derivative of `digamma`, lane by lane.

    Parameters:
        n: From 1 to 3.
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The derivative within some ulp of its terms.
    """
    var left = x.lt(0)
    var t = left.select(1 - x, abs(x))  # of 0 either sign
    var sum = SIMD[dt, w](0)
    comptime for _ in range(_STEPS[dt]):
        sum += _power[n + 1](1 / t)
        t += 1
    # with u = 1/t: u^n (1 + n u / 2 + the sum of B_2k n ... (n + 2k - 1) / (2k)! u^2k), times (n - 1)!
    var inverse = 1 / t
    var z = inverse * inverse
    var series = horner[
        _TERM[8, n], _TERM[7, n], _TERM[6, n], _TERM[5, n], _TERM[4, n], _TERM[3, n], _TERM[2, n], _TERM[1, n]
    ](z)
    comptime N = Scalar[dt](n)
    comptime SCALE = Scalar[dt](2 if n == 3 else 1)
    var y = SCALE * fma(SIMD[dt, w](N), sum, _power[n](inverse) * (1 + N * 0.5 * inverse + z * series))
    comptime if n == 2:
        y = -y
    var sine = sin_pi(x)
    var cosine = cos_pi(x)
    var turn = Scalar[dt](3.141592653589793) / sine
    comptime if n == 1:
        return left.select(turn * turn - y, y)
    elif n == 2:
        return left.select(y - 2 * cosine * turn * turn * turn, y)
    else:
        return left.select((2 + 4 * cosine * cosine) * turn * turn * turn * turn - y, y)


@always_inline
def _power[n: Int, dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns x^n."""
    var y = x
    comptime for _ in range(n - 1):
        y *= x
    return y


comptime _BERNOULLI = [
    1.0 / 6,
    -1.0 / 30,
    1.0 / 42,
    -1.0 / 30,
    5.0 / 66,
    -691.0 / 2730,
    7.0 / 6,
    -3617.0 / 510,
]
"""The even Bernoulli numbers, from the second on."""


def _term[k: Int, n: Int]() -> Float64:
    """Returns the k-th coefficient of the series of `polygamma`."""
    comptime FIRST = _BERNOULLI[k - 1]
    var y = FIRST
    for i in range(2 * k):
        y *= Float64(n + i) / Float64(i + 1)
    return y


comptime _TERM[k: Int, n: Int] = _term[k, n]()

"""What is made of e^(x^2) erfc(x): that function on both sides, and the normal distribution's logarithm and inverse.
"""

from std.math import fma, sqrt

from mojo_kernels.numerics.elementary import exp, horner, log
from mojo_kernels.numerics.exponential import log1p, with_sign
from mojo_kernels.numerics.special import erfc, erfinv, scaled_erfc

comptime _D = DType.float64
comptime _ROOT_HALF = 0.7071067811865476
comptime _ROOT_2_PER_PI = 0.7978845608028654


@always_inline
def erfcx[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^(x^2) erfc(x), lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 5 ulp, inf far below 0, nan for nan.
    """
    var tail = scaled_erfc(abs(x))
    var square = x * x
    var power = exp(square)
    var lost = square.lt(1000).select(fma(x, x, -square), SIMD[dt, w](0))
    var whole = power.gt(Scalar[dt].MAX_FINITE).select(power, fma(lost, power, power))
    return x.lt(0).select(2 * whole - tail, tail)


@always_inline
def erfcx_slope[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the derivative of `erfcx`, 2 x erfcx(x) - 2 / sqrt(pi), lane by lane, in float64.

    Far above 0 the terms cancel, and the first ones of the asymptotic series (DLMF 7.12.1) are exact.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The derivative.
    """
    comptime SCALE = 1.1283791670955126
    var t = x.cast[_D]()
    var r = 0.5 / (t * t)
    var series = r * horner[2027025.0, -135135.0, 10395.0, -945.0, 105.0, -15.0, 3.0, -1.0](r)
    var y = t.gt(20).select(SCALE * series, fma(2 * t, erfcx(t), SIMD[_D, w](-SCALE)))
    return y.cast[dt]()


@always_inline
def log_ndtr[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the logarithm of the share of the standard normal distribution below x, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The logarithm within 5 ulp, -inf for -inf, nan for nan.
    """
    var low = x.lt(-1)
    var t = x * Scalar[dt](_ROOT_HALF)
    var below = fma(x * -0.5, x, log(0.5 * scaled_erfc(abs(t))))
    return low.select(below, log1p(-0.5 * erfc(t)))


@always_inline
def log_ndtr_slope[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the derivative of `log_ndtr`, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The derivative within some ulp.
    """
    return Scalar[dt](_ROOT_2_PER_PI) / erfcx(x * Scalar[dt](-_ROOT_HALF))


@always_inline
def ndtri[dt: DType, w: Int](p: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the number below which a share of the standard normal distribution lies, lane by lane, in float64.

    In the tails a polynomial of q = sqrt(-2 log p) is exact to 1e-7, and a step of Halley's method does the rest.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        p: Any values.

    Returns:
        The number within 4 ulp; -inf for 0, inf for 1, nan outside and for nan.
    """
    var whole = p.cast[_D]()
    var share = whole.gt(0.5).select(1 - whole, whole)
    var logarithm = log(share)
    var q = sqrt(-2 * logarithm)
    var y = q + horner[
        0.05588414425269868,
        -0.11130137490232503,
        0.09755559942746722,
        -0.06915261772722979,
        0.08902172583202576,
        -0.1125534055133856,
        0.14673954196818184,
        -0.1769309550670252,
        0.2588498491764398,
        -0.3347124706750167,
        0.6714454547831155,
        -0.5196853111637012,
    ](1 - 10 / (q + 5))
    # the logarithm of the share above y falls by `rate`, whose own derivative is rate (rate - y)
    var scaled = scaled_erfc(y * _ROOT_HALF)
    var rate = _ROOT_2_PER_PI / scaled
    var step = (fma(y * -0.5, y, log(0.5 * scaled)) - logarithm) / rate
    y += step / fma(0.5 * (rate - y), step, SIMD[_D, w](1))
    y = whole.gt(0.5).select(y, -y)
    var centre = erfinv(fma(whole, SIMD[_D, w](2), SIMD[_D, w](-1))) * 1.4142135623730951
    y = abs(whole - 0.5).le(0.25).select(centre, y)
    var inside = whole.gt(0) & whole.lt(1)
    var edge = with_sign(SIMD[_D, w](1) / 0, whole - 0.5)
    return inside.select(y, (whole.eq(0) | whole.eq(1)).select(edge, SIMD[_D, w](0) / 0)).cast[dt]()

"""Powers and logarithms to other bases, near 1 and near 0, and the hyperbolic functions: exact to a few ulp.

All are made of what elementary.mojo has, so that nan, infinities, -0.0 and subnormals come out right.
"""

from std.math import copysign, fma, sqrt

from mojo_kernels.numerics.elementary import (
    LOG_2_HIGH,
    LOG_2_LOW,
    ROUNDER,
    exp,
    exp_minus_one_near_0,
    horner,
    log,
    log_limits,
    log_near_1,
    log_parts,
    scaled,
)


@always_inline
def with_sign[dt: DType, w: Int](y: SIMD[dt, w], x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns values with the signs of others, zeros among them.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        y: Any values.
        x: The values whose signs count.

    Returns:
        The values |y| with the sign bits of x.
    """
    comptime assert dt.is_floating_point()
    return copysign(y, x)


@always_inline
def exp2[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns 2^x, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The power within 2 ulp; inf above the range, subnormals and 0 below it, nan for nan.
    """
    comptime single = dt == DType.float32
    comptime TOP = Scalar[dt](129.0 if single else 1025.0)
    comptime BOTTOM = Scalar[dt](-151.0 if single else -1076.0)
    var below = x.lt(BOTTOM)
    var t = below.select(SIMD[dt, w](0), x.gt(TOP).select(SIMD[dt, w](TOP), x))
    var n = (t + ROUNDER[dt]) - ROUNDER[dt]
    var r = t - n
    var q: SIMD[dt, w]
    comptime if single:
        q = horner[
            0.0001545316294512069,
            0.0013390863364671234,
            0.009618082557277852,
            0.05550357114219078,
            0.24022650760568126,
            0.6931471880262288,
        ](r)
    else:
        q = horner[
            2.5729324177362305e-11,
            4.4558179083360645e-10,
            7.0548973041554995e-09,
            1.0178057087733941e-07,
            1.3215486808705563e-06,
            1.5252733841556773e-05,
            0.00015403530393370734,
            0.001333355814640647,
            0.00961812910762848,
            0.055504108664821625,
            0.24022650695910072,
            0.6931471805599453,
        ](r)
    return below.select(SIMD[dt, w](0), scaled(fma(q, r, SIMD[dt, w](1)), n))


@always_inline
def expm1[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^x - 1, lane by lane, without loss near 0.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 3 ulp; inf above the range, -1 far below, nan for nan.
    """
    comptime TOP = Scalar[dt](89.0 if dt == DType.float32 else 710.0)
    comptime BOTTOM = Scalar[dt](-40.0)
    var t = x.gt(TOP).select(SIMD[dt, w](TOP), x.lt(BOTTOM).select(SIMD[dt, w](BOTTOM), x))
    var n = fma(t, SIMD[dt, w](1.4426950408889634), SIMD[dt, w](ROUNDER[dt])) - ROUNDER[dt]
    var e = exp_minus_one_near_0(t, n)
    var half = scaled(SIMD[dt, w](0.5), n)  # 2^n itself may be above the range
    var y = fma(half, e, half - 0.5) * 2
    return n.eq(0).select(x.eq(0).select(x, e), y)


@always_inline
def log1p[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log(1 + x), lane by lane, without loss near 0.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The logarithm within 3 ulp; -inf for -1, nan below, inf for inf, nan for nan.
    """
    var u = x + 1
    var y = _log_of_sum(u, _lost_from_1(u, x))
    return (x.eq(0) | x.gt(Scalar[dt].MAX_FINITE)).select(x, y)


@always_inline
def _lost_from_1[dt: DType, w: Int](u: SIMD[dt, w], x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns what rounding took away from u = 1 + x; above 2 it is x that is large."""
    return x.gt(1).select(1 - (u - x), x - (u - 1))


@always_inline
def _log_of_sum[dt: DType, w: Int](u: SIMD[dt, w], small: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log(u + small), where the sum rounds to u."""
    var k, f = log_parts(u)
    var y = k * LOG_2_HIGH[dt] - (log_near_1(f, fma(k, SIMD[dt, w](LOG_2_LOW[dt]), small / u)) - f)
    return log_limits(u, y)


@always_inline
def log2[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the logarithm to base 2, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The logarithm within 3 ulp, exact for powers of 2; -inf for 0, nan below, inf for inf, nan for nan.
    """
    comptime SCALE = Scalar[dt](1.4426950408889634)
    var k, f = log_parts(x)
    return log_limits(x, fma(f - log_near_1(f, SIMD[dt, w](0)), SIMD[dt, w](SCALE), k))


@always_inline
def log10[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the logarithm to base 10, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The logarithm within 3 ulp; -inf for 0, nan below, inf for inf, nan for nan.
    """
    comptime SCALE = Scalar[dt](0.4342944819032518)
    comptime HIGH = Scalar[dt](0.301025390625)  # few bits, so that products with exponents are exact
    comptime LOW = Scalar[dt](4.605038981195214e-06)
    var k, f = log_parts(x)
    var rest = fma(f - log_near_1(f, SIMD[dt, w](0)), SIMD[dt, w](SCALE), k * LOW)
    return log_limits(x, fma(k, SIMD[dt, w](HIGH), rest))


@always_inline
def sinh[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the hyperbolic sine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 4 ulp, nan for nan.
    """
    var a = abs(x)
    var e = expm1(a)
    var y = 0.5 * (e + e / (e + 1))
    return with_sign(_beyond_exp(a, y), x)


@always_inline
def cosh[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the hyperbolic cosine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 3 ulp, nan for nan.
    """
    var a = abs(x)
    var e = exp(a)
    return _beyond_exp(a, fma(SIMD[dt, w](0.5), e, 0.5 / e))


@always_inline
def _beyond_exp[dt: DType, w: Int](a: SIMD[dt, w], y: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^a / 2 where e^a may be above the range, y elsewhere."""
    var far = a.gt(Scalar[dt](88 if dt == DType.float32 else 709))
    if not far.reduce_or():
        return y
    var root = exp(a * 0.5)
    return far.select(0.5 * root * root, y)


@always_inline
def asinh[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse hyperbolic sine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 4 ulp, nan for nan.
    """
    comptime FAR = Scalar[dt](1e6 if dt == DType.float32 else 1e12)
    var a = abs(x)
    var far = a.gt(FAR)
    var t = far.select(SIMD[dt, w](1), a)
    var y = log1p(far.select(a - 1, t + t * t / (1 + sqrt(fma(t, t, SIMD[dt, w](1))))))
    return with_sign(far.select(y + Scalar[dt](0.6931471805599453), y), x)


@always_inline
def acosh[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse hyperbolic cosine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 4 ulp, nan below 1 and for nan.
    """
    comptime FAR = Scalar[dt](1e6 if dt == DType.float32 else 1e12)
    var far = x.gt(FAR)
    var t = x - 1
    var y = log1p(far.select(t, t + sqrt(t * (t + 2))))
    y = far.select(y + Scalar[dt](0.6931471805599453), y)
    return x.lt(1).select(SIMD[dt, w](0) / 0, y)


@always_inline
def atanh[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse hyperbolic tangent, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 4 ulp; inf for 1 and -inf for -1, nan beyond and for nan.
    """
    var a = abs(x)
    var t = a + a
    return with_sign(0.5 * log1p(a.lt(0.5).select(fma(t, a / (1 - a), t), t / (1 - a))), x)


@always_inline
def logit[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log(x / (1 - x)), lane by lane, without loss near 1/2.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The logarithm within 4 ulp; -inf for 0, inf for 1, nan outside and for nan.
    """
    var far = x.lt(0.25)
    var quotient = far.select(x, x + x - 1) / (1 - x)
    var u = far.select(quotient, quotient + 1)
    return _log_of_sum(u, far.select(SIMD[dt, w](0), _lost_from_1(u, quotient)))


@always_inline
def sigmoid[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns 1 / (1 + e^-x), lane by lane, as e^x / (1 + e^x) below 0, where the other form would overflow.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The share within 4 ulp; subnormals and 0 for very negative values, nan for nan.
    """
    var power = exp(-abs(x))
    return x.lt(0).select(power, SIMD[dt, w](1)) / (1 + power)


@always_inline
def logaddexp[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log(e^a + e^b), lane by lane, without overflow.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        a: Any values.
        b: Any values.

    Returns:
        The value within 4 ulp of the larger of result and operands.
    """
    var larger = a.gt(b).select(a, b)
    var rest = log1p(exp(-abs(a - b)))
    # equal infinities have no difference
    return a.eq(b).select(a + Scalar[dt](0.6931471805599453), larger + rest)


@always_inline
def logaddexp2[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log2(2^a + 2^b), lane by lane, without overflow.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        a: Any values.
        b: Any values.

    Returns:
        The value within 4 ulp of the larger of result and operands.
    """
    var larger = a.gt(b).select(a, b)
    var rest = log1p(exp2(-abs(a - b))) * Scalar[dt](1.4426950408889634)
    return a.eq(b).select(a + 1, larger + rest)

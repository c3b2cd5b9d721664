"""Trigonometric functions and their inverses: exact to a few ulp for every argument, however large."""

from std.math import fma, isnan, sqrt

from mojo_kernels.numerics.elementary import horner
from mojo_kernels.numerics.angles import WHOLE, quadrants, quadrants_of_turns
from mojo_kernels.numerics.exponential import with_sign


@always_inline
def sine_near_0[dt: DType, w: Int](r: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the sine of small angles.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        r: Angles between -pi / 4 and pi / 4.

    Returns:
        The sines within 1 ulp.
    """
    var z = r * r
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        q = horner[
            -0.00019577721430072252,
            0.008332700249708166,
            -0.16666664410207002,
        ](z)
    else:
        q = horner[
            1.5912461499839467e-10,
            -2.505105158684691e-08,
            2.7557315709635293e-06,
            -0.00019841269835985584,
            0.008333333333330428,
            -0.16666666666666663,
        ](z)
    return fma(q, z * r, r)


@always_inline
def cosine_near_0[dt: DType, w: Int](r: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the cosine of small angles.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        r: Angles between -pi / 4 and pi / 4.

    Returns:
        The cosines within 1 ulp.
    """
    var z = r * r
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        q = horner[
            2.4537750767028216e-05,
            -0.0013888254915538887,
            0.04166666440691311,
        ](z)
    else:
        q = horner[
            -1.1379086634729478e-11,
            2.0876096058995368e-09,
            -2.755731702592346e-07,
            2.4801587298282115e-05,
            -0.001388888888888707,
            0.041666666666666664,
        ](z)
    return fma(q, z * z, fma(z, SIMD[dt, w](-0.5), SIMD[dt, w](1)))


@always_inline
def _of_quadrant[dt: DType, w: Int](r: SIMD[dt, w], n: SIMD[WHOLE[dt], w]) -> SIMD[dt, w]:
    """Returns sin(r + n pi / 2)."""
    var y = (n & 1).eq(0).select(sine_near_0(r), cosine_near_0(r))
    return (n & 2).eq(0).select(y, -y)


@always_inline
def sin[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the sine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The sine within 2 ulp, nan for infinities and nan.
    """
    var r, n = quadrants(x)
    return x.eq(0).select(x, _of_quadrant(r, n))


@always_inline
def cos[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the cosine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The cosine within 2 ulp, nan for infinities and nan.
    """
    var r, n = quadrants(x)
    return _of_quadrant(r, n + 1)


@always_inline
def tan[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the tangent, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The tangent within 4 ulp, nan for infinities and nan.
    """
    var r, n = quadrants(x)
    var s = sine_near_0(r)
    var c = cosine_near_0(r)
    var odd = ~(n & 1).eq(0)
    return x.eq(0).select(x, odd.select(-c, s) / odd.select(s, c))


@always_inline
def sin_pi[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the sine of pi x, lane by lane, 0 for every whole x.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The sine within 2 ulp, nan for infinities and nan.
    """
    var r, n = quadrants_of_turns(x)
    return x.eq(0).select(x, _of_quadrant(r, n))


@always_inline
def cos_pi[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the cosine of pi x, lane by lane, 0 halfway between whole x.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The cosine within 2 ulp, nan for infinities and nan.
    """
    var r, n = quadrants_of_turns(x)
    return _of_quadrant(r, n + 1)


@always_inline
def _atan_unit[dt: DType, w: Int](t: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse tangent of numbers between 0 and 1."""
    comptime single = dt == DType.float32
    var outer = t.gt(Scalar[dt](0.41421356237309503))
    var u = outer.select((t - 1) / (t + 1), t)
    var z = u * u
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        q = horner[
            -0.06451718869358958,
            0.10743668324830098,
            -0.14263949753605723,
            0.1999954031495797,
            -0.33333331760434554,
        ](z)
    else:
        q = horner[
            -0.019175404711104935,
            0.03923044778479309,
            -0.050854078345894844,
            0.05858140904866328,
            -0.06664510525508936,
            0.07692183125376892,
            -0.0909090457530649,
            0.11111111015187018,
            -0.14285714284665682,
            0.19999999999995516,
            -0.3333333333333333,
        ](z)
    var y = fma(q, z * u, u)
    comptime HIGH = Scalar[dt](0.7853981852531433 if single else 0.7853981633974483)
    comptime LOW = Scalar[dt](-2.1855695000931213e-08 if single else 3.061616997868383e-17)
    return outer.select((y + LOW) + HIGH, y)


comptime _HALF_PI_HIGH[dt: DType] = Scalar[dt](
    1.5707963705062866 if dt == DType.float32 else 1.5707963267948966
)
comptime _HALF_PI_LOW[dt: DType] = Scalar[dt](
    -4.3711390001862426e-08 if dt == DType.float32 else 6.123233995736766e-17
)


@always_inline
def atan[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse tangent, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The angle within 3 ulp, nan for nan.
    """
    var a = abs(x)
    var far = a.gt(1)
    var y = _atan_unit(far.select(1 / a, a))
    return with_sign(far.select(_HALF_PI_HIGH[dt] - (y - _HALF_PI_LOW[dt]), y), x)


@always_inline
def atan2[dt: DType, w: Int](y: SIMD[dt, w], x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the angle of the point (x, y), lane by lane, with C's rules for zeros and infinities.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        y: The second coordinates.
        x: The first coordinates.

    Returns:
        The angle between -pi and pi within 4 ulp, nan where a coordinate is nan.
    """
    var a = abs(y)
    var b = abs(x)
    var steep = a.gt(b)
    # equal ones are 0 or infinite where their quotient is nan
    var t = a.eq(b).select(a.eq(0).select(a, SIMD[dt, w](1)), steep.select(b, a) / steep.select(a, b))
    var angle = _atan_unit(t)
    angle = steep.select(_HALF_PI_HIGH[dt] - (angle - _HALF_PI_LOW[dt]), angle)
    var left = with_sign(SIMD[dt, w](1), x).lt(0)
    angle = left.select(2 * _HALF_PI_HIGH[dt] - (angle - 2 * _HALF_PI_LOW[dt]), angle)
    return isnan(a + b).select(a + b, with_sign(angle, y))


@always_inline
def _asin_rest[dt: DType, w: Int](z: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns asin(r) / r - 1 for z = r^2 between 0 and 1/4."""
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        q = horner[
            0.038085023561092654,
            0.026554542206161328,
            0.04500138006991017,
            0.07498855072600821,
            0.16666672414795305,
        ](z)
    else:
        q = horner[
            0.028169218060881414,
            -0.010749050339697808,
            0.01603551434914882,
            0.0078029494773533175,
            0.011875494382636922,
            0.013929652902326633,
            0.017355259955786323,
            0.02237204763174451,
            0.03038194736709848,
            0.044642857103423646,
            0.07500000000020764,
            0.1666666666666665,
        ](z)
    return q * z


@always_inline
def asin[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse sine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The angle within 3 ulp, nan outside of [-1, 1] and for nan.
    """
    var a = abs(x)
    var outer = a.gt(0.5)
    var z = outer.select((1 - a) * 0.5, a * a)
    var r = outer.select(sqrt(z), a)
    var y = fma(r, _asin_rest(z), r)
    return with_sign(outer.select(_HALF_PI_HIGH[dt] - (y + y - _HALF_PI_LOW[dt]), y), x)


@always_inline
def acos[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse cosine, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The angle within 4 ulp, nan outside of [-1, 1] and for nan.
    """
    var a = abs(x)
    var outer = a.gt(0.5)
    var z = outer.select((1 - a) * 0.5, a * a)
    var r = outer.select(sqrt(z), x)
    var y = fma(r, _asin_rest(z), r)
    var inner = _HALF_PI_HIGH[dt] - (y - _HALF_PI_LOW[dt])
    var left = 2 * _HALF_PI_HIGH[dt] - (y + y - 2 * _HALF_PI_LOW[dt])
    return outer.select(x.lt(0).select(left, y + y), inner)


@always_inline
def hypot[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the distance of the point (a, b) from the origin, lane by lane, without overflow on the way.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        a: Any values.
        b: Any values.

    Returns:
        The distance within 2 ulp; inf where a coordinate is infinite, nan where one is nan otherwise.
    """
    comptime single = dt == DType.float32
    var larger = abs(a).gt(abs(b)).select(abs(a), abs(b))
    var up = larger.lt(Scalar[dt](1e-12 if single else 1e-120))
    var down = larger.gt(Scalar[dt](1e18 if single else 1e150))
    comptime UP = SIMD[dt, w](1.2676506002282294e30 if single else 5.260135901548374e210)  # powers of two
    comptime DOWN = SIMD[dt, w](8.470329472543003e-22 if single else 2.409919865102884e-181)
    var scale = up.select(UP, down.select(DOWN, SIMD[dt, w](1)))
    var p = a * scale
    var q = b * scale
    # divided, not multiplied by the inverse, which may be subnormal
    var y = sqrt(fma(p, p, q * q)) / scale
    return (abs(a).eq(Scalar[dt].MAX) | abs(b).eq(Scalar[dt].MAX)).select(SIMD[dt, w](Scalar[dt].MAX), y)

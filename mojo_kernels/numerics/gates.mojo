"""Gates of recurrent cells: sigmoids and hyperbolic tangents, several of which share a division.

All powers are of numbers that are not positive, so denominators lie between 1 and 2 and their products cannot overflow:
1 / a = (1 / (a b)) b. A gate that is nan makes those nan that it shares with, so gates share only where the state that they
lead to is nan anyway.
"""

from std.math import fma

from mojo_kernels.numerics.elementary import ROUNDER, exp_minus_one_near_0, scaled
from mojo_kernels.numerics.exponential import with_sign


@always_inline
def _whole[dt: DType, w: Int](t: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the whole numbers next to t / log 2."""
    return fma(t, SIMD[dt, w](1.4426950408889634), SIMD[dt, w](ROUNDER[dt])) - ROUNDER[dt]


@always_inline
def _power[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^-|x|; subnormals and 0 for large x, nan for nan."""
    comptime BOTTOM = SIMD[dt, w](-104.0 if dt == DType.float32 else -746.0)
    var t = -abs(x)
    t = t.lt(BOTTOM).select(BOTTOM, t)
    var n = _whole(t)
    return scaled(exp_minus_one_near_0(t, n) + 1, n)


@always_inline
def _power_minus_one[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^(-2 |x|) - 1 without loss near 0, nan for nan."""
    comptime BOTTOM = SIMD[dt, w](-40.0)
    var t = -2 * abs(x)
    t = t.lt(BOTTOM).select(BOTTOM, t)
    var n = _whole(t)
    var scale = scaled(SIMD[dt, w](1), n)
    return fma(scale, exp_minus_one_near_0(t, n), scale - 1)


@always_inline
def _open[dt: DType, w: Int](x: SIMD[dt, w], power: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the numerator of a sigmoid."""
    return x.lt(0).select(power, SIMD[dt, w](1))


@always_inline
def squash[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the hyperbolic tangent, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The hyperbolic tangent within 4 ulp, nan for nan.
    """
    var less = _power_minus_one(x)
    return with_sign(less / (2 + less), x)


@always_inline
def two_sigmoids[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Returns the sigmoids of two values, lane by lane, both nan if one is.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.
        y: Any values.

    Returns:
        Both within 6 ulp.
    """
    var p, q = _power(x), _power(y)
    var a, b = 1 + p, 1 + q
    var shared = 1 / (a * b)
    return (_open(x, p) * (shared * b), _open(y, q) * (shared * a))


@always_inline
def sigmoid_and_squash[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Returns the sigmoid of one value and the hyperbolic tangent of another, lane by lane, both nan if one is.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.
        y: Any values.

    Returns:
        Both within 6 ulp.
    """
    var p, less = _power(x), _power_minus_one(y)
    var a, b = 1 + p, 2 + less
    var shared = 1 / (a * b)
    return (_open(x, p) * (shared * b), with_sign(less * (shared * a), y))


@always_inline
def two_sigmoids_and_squash[
    dt: DType, w: Int
](x: SIMD[dt, w], y: SIMD[dt, w], z: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]]:
    """Returns the sigmoids of two values and the hyperbolic tangent of a third, lane by lane, all nan if one is.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.
        y: Any values.
        z: Any values.

    Returns:
        All within 6 ulp.
    """
    var p, q, less = _power(x), _power(y), _power_minus_one(z)
    var a, b, c = 1 + p, 1 + q, 2 + less
    var ab = a * b
    var shared = 1 / (ab * c)
    var of_ab = shared * c
    return (
        _open(x, p) * (of_ab * b),
        _open(y, q) * (of_ab * a),
        with_sign(less * (shared * ab), z),
    )

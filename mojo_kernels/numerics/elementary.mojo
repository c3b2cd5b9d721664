"""Elementary functions of vectors (exp, log, tanh), float32 and float64, and what others are made of: exact to a few ulp.

They treat nan, infinities, -0.0 and subnormals right; the library's own versions are wrong for nan and only 1e-12
exact in float64. Reductions and polynomials are the classic ones (Cody-Waite; Cephes for float32; fdlibm for log;
Taylor for exp in float64, whose argument is below 0.35).
"""

from std.math import fma, isnan
from std.memory import bitcast
from std.sys import CompilationTarget, size_of
from std.sys.intrinsics import llvm_intrinsic


@always_inline
def horner[dt: DType, w: Int, //, *c: Float64](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Evaluates a polynomial.

    Parameters:
        dt: The dtype.
        w: The number of lanes.
        c: The coefficients, the highest first.

    Args:
        x: Any values.

    Returns:
        The polynomial's values.
    """
    var y = SIMD[dt, w](c[0].cast[dt]())
    comptime for i in range(1, c.__len__()):
        y = fma(y, x, SIMD[dt, w](c[i].cast[dt]()))
    return y


@always_inline
def scaled[dt: DType, w: Int](y: SIMD[dt, w], n: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns y 2^n, rounded once; the result may be subnormal, 0 or inf.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        y: Values near 1.
        n: Whole numbers.

    Returns:
        The scaled values.
    """
    comptime single = dt == DType.float32
    comptime if CompilationTarget.has_avx512f() and w * size_of[dt]() == 64:
        comptime ALL = Scalar[DType.uint16 if single else DType.uint8](-1)
        comptime CURRENT_ROUNDING = Int32(4)
        comptime NAME: StaticString = "llvm.x86.avx512.mask.scalef.ps.512" if single else "llvm.x86.avx512.mask.scalef.pd.512"
        return llvm_intrinsic[NAME, SIMD[dt, w], has_side_effect=False](y, n, y, ALL, CURRENT_ROUNDING)
    else:
        # in two steps: 2^n alone may be outside the range of normal numbers
        comptime whole = DType.int32 if single else DType.int64
        var k = bitcast[whole](n + ROUNDER[dt]) - bitcast[whole](SIMD[dt, w](ROUNDER[dt]))
        var half = k >> 1
        return y * _power_of_two[dt](half) * _power_of_two[dt](k - half)


comptime ROUNDER[dt: DType] = Scalar[dt](12582912.0 if dt == DType.float32 else 6755399441055744.0)
"""1.5 2^23, or 1.5 2^52: what is added to it and taken away again is whole, and stands in its lowest bits.

Parameters:
    dt: Float32 or float64.
"""


@always_inline
def _power_of_two[dt: DType, whole: DType, w: Int](k: SIMD[whole, w]) -> SIMD[dt, w]:
    """Returns 2^k for k in the range of normal numbers."""
    comptime if dt == DType.float32:
        return rebind[SIMD[dt, w]](bitcast[DType.float32]((k + 127) << 23))
    else:
        return rebind[SIMD[dt, w]](bitcast[DType.float64]((k + 1023) << 52))


@always_inline
def exp_minus_one_near_0[dt: DType, w: Int](t: SIMD[dt, w], n: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^r - 1 for the rest r that n times log 2 leaves of t.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        t: Any values.
        n: The whole numbers next to t / log 2.

    Returns:
        The values within 1 ulp.
    """
    var r: SIMD[dt, w]
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        r = fma(n, SIMD[dt, w](-0.693359375), t)
        r = fma(n, SIMD[dt, w](2.12194440e-4), r)
        q = horner[
            1.9875691500e-4,
            1.3981999507e-3,
            8.3334519073e-3,
            4.1665795894e-2,
            1.6666665459e-1,
            5.0000001201e-1,
        ](r)
    else:
        r = fma(n, SIMD[dt, w](-6.93147180369123816490e-01), t)
        r = fma(n, SIMD[dt, w](-1.90821492927058770002e-10), r)
        q = horner[
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
    return fma(q, r * r, r)


@always_inline
def exp[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^x, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The power within 2 ulp; inf above the range, subnormals and 0 below it, nan for nan.
    """
    comptime single = dt == DType.float32
    comptime TOP = Scalar[dt](89.0 if single else 710.0)
    comptime BOTTOM = Scalar[dt](-104.0 if single else -746.0)
    # below the range the result is 0: computing it would take the processor's slow path for subnormals
    var below = x.lt(BOTTOM)
    var t = below.select(
        SIMD[dt, w](0), x.gt(TOP).select(SIMD[dt, w](TOP), x)
    )  # nan stays nan, here and below
    var n = fma(t, SIMD[dt, w](1.4426950408889634), SIMD[dt, w](ROUNDER[dt])) - ROUNDER[dt]
    return below.select(SIMD[dt, w](0), scaled(exp_minus_one_near_0(t, n) + 1, n))


@always_inline
def log_parts[dt: DType, w: Int](x: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Takes positive numbers apart: x = 2^k (1 + f) with 1 + f between the roots of 1/2 and 2.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Finite positive values, subnormal ones among them; others give anything.

    Returns:
        The pair k, f.
    """
    comptime single = dt == DType.float32
    comptime SMALLEST = Scalar[dt](1.1754943508222875e-38 if single else 2.2250738585072014e-308)
    var subnormal = x.lt(SMALLEST)
    var t = subnormal.select(x * Scalar[dt](33554432.0 if single else 18014398509481984.0), x)
    var k: SIMD[dt, w]
    var m: SIMD[dt, w]
    comptime if single:
        var bits = bitcast[DType.int32](rebind[SIMD[DType.float32, w]](t))
        var e = (bits - 0x3F3504F3) >> 23
        m = rebind[SIMD[dt, w]](bitcast[DType.float32](bits - (e << 23)))
        k = e.cast[dt]()
    else:
        var bits = bitcast[DType.int64](rebind[SIMD[DType.float64, w]](t))
        var e = (bits - 0x3FE6A09E667F3BCD) >> 52
        m = rebind[SIMD[dt, w]](bitcast[DType.float64](bits - (e << 52)))
        k = e.cast[dt]()
    return (k - subnormal.select(SIMD[dt, w](25 if single else 54), SIMD[dt, w](0)), m - 1)


@always_inline
def log_near_1[dt: DType, w: Int](f: SIMD[dt, w], c: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns f - log(1 + f) - c: the logarithm without its first term, for callers to add up with the least error.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        f: What `log_parts` gives.
        c: A small number to take along.

    Returns:
        The values.
    """
    var s = f / (f + 2)
    var z = s * s
    var r: SIMD[dt, w]
    comptime if dt == DType.float32:
        r = z * horner[0.24279078841, 0.28498786688, 0.40000972152, 0.66666662693](z)
    else:
        r = z * horner[
            1.479819860511658591e-01,
            1.531383769920937332e-01,
            1.818357216161805012e-01,
            2.222219843214978396e-01,
            2.857142874366239149e-01,
            3.999999999940941908e-01,
            6.666666666666735130e-01,
        ](z)
    var h = f * f * 0.5
    return h - fma(s, h + r, c)


@always_inline
def log_limits[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w]) -> SIMD[dt, w]:
    """Puts in what a logarithm is where `log_parts` says nothing.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: The arguments.
        y: Their logarithms, right for finite positive ones.

    Returns:
        The logarithms: -inf for 0, nan below, inf for inf, nan for nan.
    """
    var t = x.lt(0).select(SIMD[dt, w](0) / 0, y)
    t = x.eq(0).select(SIMD[dt, w](-1) / 0, t)
    return (isnan(x) | x.gt(Scalar[dt].MAX_FINITE)).select(x, t)


@always_inline
def log[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the natural logarithm, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The logarithm within 2 ulp; -inf for 0, nan below, inf for inf, nan for nan.
    """
    var k, f = log_parts(x)
    return log_limits(x, k * LOG_2_HIGH[dt] - (log_near_1(f, k * LOG_2_LOW[dt]) - f))


comptime LOG_2_HIGH[dt: DType] = Scalar[dt](
    6.9313812256e-01 if dt == DType.float32 else 6.93147180369123816490e-01
)
"""The first bits of log 2, few enough for products with exponents to be exact.

Parameters:
    dt: Float32 or float64.
"""
comptime LOG_2_LOW[dt: DType] = Scalar[dt](
    9.0580006145e-06 if dt == DType.float32 else 1.90821492927058770002e-10
)
"""The rest of log 2.

Parameters:
    dt: Float32 or float64.
"""


@always_inline
def tanh[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the hyperbolic tangent, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The hyperbolic tangent within 3 ulp, nan for nan.
    """
    var a = abs(x)
    var z = x * x
    var small: SIMD[dt, w]
    comptime if dt == DType.float32:
        small = x * fma(
            z,
            horner[
                -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1
            ](z),
            SIMD[dt, w](1),
        )
    else:
        small = x * fma(
            z,
            horner[-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3](z)
            / horner[1, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3](z),
            SIMD[dt, w](1),
        )
    var large = 1 - 2 / (exp(a + a) + 1)
    large = x.lt(0).select(-large, large)
    return a.lt(0.625).select(small, large)

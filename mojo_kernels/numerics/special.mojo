"""The error function and its kin, and sinc: exact to a few ulp, in the tails too.

Beyond the neighbourhood of 0 everything is made of e^(x^2) erfc(x), which is smooth: times x + c it is a polynomial of
(x - c) / (x + c).
"""

from std.math import fma, sqrt

from mojo_kernels.numerics.elementary import ROUNDER, exp_minus_one_near_0, horner, log, scaled
from mojo_kernels.numerics.exponential import with_sign
from mojo_kernels.numerics.trigonometric import cos_pi, sin_pi


@always_inline
def exp_of_minus_square[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^(-x^2), lane by lane, with the rounding error of the square made good.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 3 ulp, nan for nan.
    """
    comptime FAR = Scalar[dt](10.2 if dt == DType.float32 else 27.3)  # 0 beyond, as it is rounded
    var far = abs(x).gt(FAR)
    var t = far.select(SIMD[dt, w](0), x)  # computing a 0 would take the processor's slow path for subnormals
    var square = t * t
    var lost = fma(t, t, -square)
    var n = fma(square, SIMD[dt, w](-1.4426950408889634), SIMD[dt, w](ROUNDER[dt])) - ROUNDER[dt]
    var y = scaled(exp_minus_one_near_0(-square, n) + 1, n)
    return far.select(SIMD[dt, w](0), fma(-lost, y, y))


@always_inline
def _upper[dt: DType, w: Int](a: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns erfc(a) for a >= 0."""
    return erfc_and_bell(a)[0]


@always_inline
def scaled_erfc[dt: DType, w: Int](a: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^(a^2) erfc(a), lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        a: Values from 0 on.

    Returns:
        The value within 3 ulp, nan for nan.
    """
    comptime FAR = Scalar[dt](1e30)  # u is 1 from there on, and would be nan of infinity
    comptime CENTRE = Scalar[dt](2 if dt == DType.float32 else 4)
    var t = a.gt(FAR).select(SIMD[dt, w](FAR), a)
    comptime if dt == DType.float32:
        var r = 1 / (t + CENTRE)
        return r * horner[
            8.271990953652523e-05,
            7.458862946440636e-05,
            -0.0005954210031155209,
            -0.0008641882875110014,
            0.0030560276116814618,
            0.006488811702071869,
            -0.021502686734101842,
            -0.036443797547998716,
            0.2794714305097622,
            -0.6871606090281,
            1.0215827138318734,
        ]((t - CENTRE) * r)
    else:
        # two divisions lose fewer digits: times x + 1/2 the polynomial is nearly constant
        return (
            0.5
            * horner[
                9.655408225482863e-10,
                1.5712153638319064e-09,
                -1.2544825403855518e-08,
                -1.6357383982124768e-08,
                1.0683442926744586e-07,
                7.111912428010423e-08,
                -8.218020654813044e-07,
                2.980596055322769e-07,
                5.707239573693257e-06,
                -1.1225140354449658e-05,
                -2.439811794207995e-05,
                0.0001506231178516207,
                -0.00019925700412184815,
                -0.0007577737141838885,
                0.005031970032548695,
                -0.01619773397992426,
                0.0371675155318432,
                -0.06633036582050367,
                0.09373283499865172,
                -0.10103906603585294,
                0.0680970542546862,
                0.015379652102610162,
                -0.1396211168405625,
                1.2329951186255526,
            ]((t - CENTRE) / (t + CENTRE))
            / (a + 0.5)
        )


@always_inline
def erfc_and_bell[dt: DType, w: Int](a: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Returns erfc(a) and e^(-a^2), of which it is made, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        a: Values from 0 on.

    Returns:
        Both values, nan for nan.
    """
    var bell = exp_of_minus_square(a)
    return bell * scaled_erfc(a), bell


@always_inline
def _erf_within_1[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns erf(x) for x between -1 and 1."""
    var z = x * x
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        q = horner[
            -9.667044571486996e-06,
            0.00011265959025606609,
            -0.0008484080405535107,
            0.005221031807858023,
            -0.026865430727670243,
            0.11283782495236845,
            -0.3761263846802871,
            0.12837916706154343,
        ](z)
    else:
        q = horner[
            -4.230945824295338e-12,
            8.709045129053106e-11,
            -1.216456005728345e-09,
            1.4792401209404813e-08,
            -1.6364642158167616e-07,
            1.6462045441468418e-06,
            -1.4925647567519332e-05,
            0.00012055332902888736,
            -0.000854832702193483,
            0.0052239776254232985,
            -0.02686617064512984,
            0.1128379167095512,
            -0.37612638903183754,
            0.1283791670955126,
        ](z)
    return fma(q, x, x)


@always_inline
def erf[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the error function, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 3 ulp, nan for nan.
    """
    var a = abs(x)
    var outer = 1 - _upper(a)
    return x.eq(0).select(x, a.gt(1).select(with_sign(outer, x), _erf_within_1(x)))


@always_inline
def erfc[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns 1 - erf(x), lane by lane, without loss in the tail.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 4 ulp, nan for nan.
    """
    var y = _upper(abs(x))
    return x.lt(0).select(2 - y, y)


@always_inline
def erfinv[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the inverse of the error function, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 4 ulp; inf for 1 and -inf for -1, nan beyond and for nan.
    """
    var a = abs(x)
    var v = -log(fma(-x, x, SIMD[dt, w](1)))
    var centre = v.lt(5)
    var t = centre.select(v - 2.5, sqrt(v) - Scalar[dt](3.0 if dt == DType.float32 else 4.2))
    var inner = horner[
        -8.931925970244222e-09,
        2.3335967195708108e-08,
        4.6813134805534123e-07,
        -3.4639852676333717e-06,
        -4.9724196894547514e-06,
        0.00021834938623976644,
        -0.001252726391773229,
        -0.004177392875203149,
        0.24664027905463662,
        1.501409360450329,
    ](t)
    var q: SIMD[dt, w]
    comptime if dt == DType.float32:
        q = horner[
            8.730109177542672e-05,
            -0.0002727500862716533,
            -2.2381207250320446e-05,
            0.0014375334781698795,
            -0.0036121161424885117,
            0.005706406888315489,
            -0.007634534878752851,
            0.009442743210319925,
            1.001674786506121,
            2.832976852039835,
        ](t)
    else:
        q = horner[
            9.417060938497809e-08,
            -3.3226409473531726e-07,
            -4.663898824883583e-07,
            3.312259402494403e-06,
            -4.703949276642362e-06,
            4.399154279181037e-06,
            -1.1633237775171169e-05,
            2.9259146705632277e-05,
            -7.244568485652916e-05,
            0.00022737981710408951,
            -0.0006517956961528353,
            0.000807583477459291,
            1.0099023302425465,
            4.041726354428833,
        ](t)
    var y = a * centre.select(inner, q)
    comptime if dt == DType.float64:
        # a step of Halley's method, of third order
        var tail, bell = erfc_and_bell(y)
        var miss = a.lt(0.5).select(_erf_within_1(y) - a, (1 - a) - tail)
        var step = miss / (bell * Scalar[dt](1.1283791670955126))
        y -= step / fma(y, step, SIMD[dt, w](1))
    y = x.eq(0).select(x, with_sign(y, x))
    return a.eq(1).select(x / 0, y)


@always_inline
def sinc[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns sin(pi x) / (pi x), lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within 4 ulp, 1 for 0, nan for infinities and nan.
    """
    return x.eq(0).select(SIMD[dt, w](1), sin_pi(x) / (x * Scalar[dt](3.141592653589793)))


@always_inline
def sinc_slope[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the derivative of `sinc`, lane by lane.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The derivative, without loss near 0.
    """
    var t = x * Scalar[dt](3.141592653589793)
    var z = t * t
    var series = t * horner[
        -1.0 / 22230464256000,
        1.0 / 93405312000,
        -1.0 / 518918400,
        1.0 / 3991680,
        -1.0 / 45360,
        1.0 / 840,
        -1.0 / 30,
        1.0 / 3,
    ](z)
    var y = (cos_pi(x) - sin_pi(x) / t) / t
    return z.lt(1).select(-series, y) * Scalar[dt](3.141592653589793)

"""The Bessel functions of both kinds, of order 0 and 1, in float64.

Up to 8 they are polynomials of x^2, J with its zeros as factors, Y with the logarithm that it has besides (DLMF 10.8.2); beyond,
polynomials of 1 / x^2 are factors of a cosine and a sine (DLMF 10.17). Coefficients are those of Chebyshev series.
"""

from std.math import sqrt

from mojo_kernels.numerics.elementary import horner, log
from mojo_kernels.numerics.exponential import with_sign
from mojo_kernels.numerics.trigonometric import cos, sin

comptime _D = DType.float64
comptime _2_PER_PI = 0.6366197723675814
comptime _PI = 3.141592653589793
comptime _EULER = 0.5772156649015329


@always_inline
def _j0_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns J0(x) over the product of x^2 - z^2 of its two zeros below 8, at x^2 = 32 (u + 1)."""
    return horner[
        4.0068948013720515e-16,
        -1.2482967042743655e-14,
        3.3923298937104677e-13,
        -8.023472601933258e-12,
        1.62764894918064e-10,
        -2.7948629678329127e-09,
        3.998839345472477e-08,
        -4.677128021300745e-07,
        4.3669323246406834e-06,
        -3.157342540223544e-05,
        0.00016977200713997844,
        -0.0006415390646406123,
        0.0015636431645931661,
        -0.002119794289479692,
        0.0011434937743762545,
    ](u)


@always_inline
def _j1_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns J1(x) / x over the product of x^2 - z^2 of its two zeros below 8, at x^2 = 32 (u + 1)."""
    return horner[
        1.181146462725329e-17,
        -3.9104228826133377e-16,
        1.1343125416873433e-14,
        -2.875530868558852e-13,
        6.284733827929608e-12,
        -1.1696932521783476e-10,
        1.8268547695321333e-09,
        -2.352192254577852e-08,
        2.442522260752042e-07,
        -1.989093515914257e-06,
        1.224217365301561e-05,
        -5.408003239085506e-05,
        0.00015860016799369874,
        -0.0002697522746716368,
        0.00019498936985895625,
    ](u)


@always_inline
def _y0_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Y0(x) - 2 / pi (log(x / 2) + gamma) J0(x) at x^2 = 32 (u + 1)."""
    return horner[
        2.4740337317309246e-14,
        -8.544617169294068e-13,
        2.5904181955389164e-11,
        -6.882224587678254e-10,
        1.5806874179641404e-08,
        -3.100744906079736e-07,
        5.12073707380441e-06,
        -6.995593157620613e-05,
        0.0007734230118986327,
        -0.006726237397982045,
        0.04426563875444387,
        -0.20818286689945623,
        0.634723756929244,
        -1.0009108696365487,
        0.08448589885774364,
        1.5992366605366612,
        -0.7597756625650556,
        -0.3788682283493791,
    ](u)


@always_inline
def _y1_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns (Y1(x) - 2 / pi (log(x / 2) + gamma) J1(x)) / x + 2 / (pi x^2) at x^2 = 32 (u + 1)."""
    return horner[
        7.100064656703829e-16,
        -2.6058686192347792e-14,
        8.434271193328215e-13,
        -2.4030598479654914e-11,
        5.952533776941196e-10,
        -1.2678667290812183e-08,
        2.2921707888399273e-07,
        -3.4631000519060934e-06,
        4.289965059886798e-05,
        -0.00042540357179850566,
        0.0032727389102736016,
        -0.01870939042757926,
        0.07450739269907791,
        -0.18469423565745163,
        0.21591287602043482,
        0.03455015137760873,
        -0.23739495349969547,
        0.06646859458396735,
    ](u)


@always_inline
def _cosine_part_0[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the factor of the cosine in J0 at x^2 = 128 / (u + 1)."""
    return horner[
        3.339452259070809e-14,
        -1.0251790052831013e-13,
        2.4531772967345006e-13,
        -1.0157485021065676e-12,
        4.786995821368028e-12,
        -2.491146535471666e-11,
        1.5500565496632596e-10,
        -1.2121098178951377e-09,
        1.280376144080092e-08,
        -2.0527448261170675e-07,
        6.137416080109497e-06,
        -0.0005363673192129672,
        0.9994572757882519,
    ](u)


@always_inline
def _sine_part_0[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns x times the factor of the sine in J0 at x^2 = 128 / (u + 1)."""
    return horner[
        1.7159223662634758e-14,
        -4.0574096424030336e-14,
        3.750385225206321e-14,
        -1.3137515498826537e-13,
        5.570266801419967e-13,
        -1.873640743543296e-12,
        6.878054876576861e-12,
        -2.8707211071105146e-11,
        1.36265138876175e-10,
        -7.5763304988972e-10,
        5.146225268539058e-09,
        -4.534972837363434e-08,
        5.68497188761875e-07,
        -1.1817110661200976e-05,
        0.0005466519279475109,
        -0.12444091103610815,
    ](u)


@always_inline
def _cosine_part_1[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the factor of the cosine in J1 at x^2 = 128 / (u + 1)."""
    return horner[
        -3.5455617466606254e-14,
        1.0923713653079462e-13,
        -2.6335760672461096e-13,
        1.0954826479277623e-12,
        -5.191158004646548e-12,
        2.72345126828134e-11,
        -1.713107485294131e-10,
        1.3602969253877949e-09,
        -1.4708512991275258e-08,
        2.453676633366693e-07,
        -7.9596946984383e-06,
        0.0008988049416705183,
        1.0009070262780821,
    ](u)


@always_inline
def _sine_part_1[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns x times the factor of the sine in J1 at x^2 = 128 / (u + 1)."""
    return horner[
        4.275621822194818e-14,
        -1.0759215471978615e-13,
        1.3996264453471973e-13,
        -4.91574062967655e-13,
        2.002728774766585e-12,
        -7.465104477698295e-12,
        3.100364837230575e-11,
        -1.4816588916791194e-10,
        8.316077350038262e-10,
        -5.720890888840857e-09,
        5.136105997071193e-08,
        -6.633568561050814e-07,
        1.4569614809851411e-05,
        -0.0007697167057643706,
        0.3742149922195918,
    ](u)


@always_inline
def _apart[high: Float64, low: Float64, w: Int](x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns x^2 - z^2 for z = high + low, without loss near z."""
    return ((x - high) - low) * (x + high)


@always_inline
def _j_near[order: Int, w: Int](x: SIMD[_D, w], u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns J(x) at x^2 = 32 (u + 1)."""
    comptime if order == 0:
        var zeros = _apart[2.404825557695773, -1.176691651530894e-16](x)
        return zeros * _apart[5.520078110286311, 8.088597146146722e-17](x) * _j0_near(u)
    else:
        var zeros = _apart[3.8317059702075125, -1.5269184090088067e-16](x)
        return zeros * _apart[7.015586669815619, -9.414165653410389e-17](x) * (x * _j1_near(u))


@always_inline
def _far[order: Int, second: Bool, w: Int](x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns J(x), or Y(x), for x from 8 on."""
    var u = 128 / (x * x) - 1
    var p: SIMD[_D, w]
    var q: SIMD[_D, w]
    comptime if order == 0:
        p = _cosine_part_0(u)
        q = _sine_part_0(u) / x
    else:
        p = _cosine_part_1(u)
        q = _sine_part_1(u) / x
    # the root of 2 times cosine and sine of x - pi / 4, or of x - 3 pi / 4
    var plus = sin(x) + cos(x)
    var minus = sin(x) - cos(x)
    var cosine = plus if order == 0 else minus
    var sine = minus if order == 0 else -plus
    return (p * sine + q * cosine if second else p * cosine - q * sine) / sqrt(x * _PI)


@no_inline
def bessel_j[order: Int, w: Int](x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the Bessel function of the first kind, lane by lane.

    Parameters:
        order: 0 or 1.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within some ulp of 1 / sqrt(x), below 8 of itself; nan for infinities and nan.
    """
    var a = abs(x)
    var close = a.le(8)
    var near = close.select(a, SIMD[_D, w](8))
    var y = _j_near[order](near, near * near * 0.03125 - 1)
    if not close.reduce_and():
        y = close.select(y, _far[order, False](close.select(SIMD[_D, w](8), a)))
    comptime if order == 0:
        return y
    else:
        return x.eq(0).select(x, x.lt(0).select(-y, y))


@no_inline
def bessel_y[order: Int, w: Int](x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the Bessel function of the second kind, lane by lane.

    Parameters:
        order: 0 or 1.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within some ulp of 1 / sqrt(x); -inf for 0, nan below and for infinities and nan.
    """
    var close = x.le(8)
    var near = close.select(x, SIMD[_D, w](8))
    var u = near * near * 0.03125 - 1
    var regular = (log(0.5 * near) + _EULER) * _j_near[order](near, u)
    var y: SIMD[_D, w]
    comptime if order == 0:
        y = _2_PER_PI * regular + _y0_near(u)
    else:
        y = _2_PER_PI * (regular - 1 / near) + near * _y1_near(u)
    y = x.eq(0).select(SIMD[_D, w](-1) / 0, y)
    if not close.reduce_and():
        y = close.select(y, _far[order, True](close.select(SIMD[_D, w](8), x)))
    return y

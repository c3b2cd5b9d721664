"""Airy's function Ai, in float64.

From -4 to 2 it is made of polynomials; beyond, polynomials of 1 / q for q = 2/3 |x|^(3/2) are factors of e^-q, or of cosine and sine of
q (DLMF 9.7). Coefficients are those of Chebyshev series.
"""

from std.math import fma, sqrt

from mojo_kernels.numerics.elementary import exp, horner
from mojo_kernels.numerics.trigonometric import cos, sin

comptime _D = DType.float64


@always_inline
def _between[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Ai(x) / (x - z) for its first zero z at x = 2 (u - 1)."""
    return horner[
        6.076975797327333e-11,
        -4.198234859933052e-10,
        1.0027945997390066e-10,
        7.815881103684243e-09,
        -2.768713914892231e-08,
        -2.7370223214933553e-08,
        4.772567723925993e-07,
        -1.1186413986347506e-06,
        -2.5448934817824445e-06,
        2.013403818448281e-05,
        -2.8060692375594282e-05,
        -0.00012448066931247236,
        0.0005617421680235398,
        -0.00029397888576560217,
        -0.0035414547347232413,
        0.009308429462436091,
        0.0032553295690887977,
        -0.05497539546811576,
        0.07462755895958949,
        0.10704343250893947,
        -0.38826222051761483,
        0.15280738795972623,
        0.689549929642284,
        -0.789311379401498,
        -0.3213788431354376,
        0.6725893049562303,
    ](u)


@always_inline
def _near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Ai(x) at x = u + 1."""
    return horner[
        -8.321114785037451e-13,
        5.834158444469707e-12,
        1.4422283081892293e-12,
        -2.762081902956136e-10,
        1.842682876917421e-09,
        -1.4629817628816684e-09,
        -5.651285198271877e-08,
        3.918511894253668e-07,
        -6.200975242944165e-07,
        -6.839583496707045e-06,
        4.9943223634880565e-05,
        -0.00010575200545345591,
        -0.000386698008631709,
        0.0031835185329569973,
        -0.007625102761696207,
        -0.003975837497318683,
        0.06764620815644071,
        -0.1591474412967932,
        0.13529241631288141,
    ](u)


@always_inline
def _right[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns x^(1/4) e^q Ai(x) at q = 2/3 x^(3/2) = 3.7712361663282534 / (u + 1)."""
    return horner[
        -1.5345958367818006e-11,
        2.375331300539151e-11,
        5.0803583637066e-11,
        -7.049891461629668e-11,
        -1.2269533339116626e-10,
        1.749196885799203e-10,
        5.675664435142866e-11,
        -2.1434131696095418e-11,
        -3.6072835750548884e-10,
        6.818549500561053e-10,
        -1.222777570196559e-09,
        2.8166320000272914e-09,
        -6.719726003246205e-09,
        1.6367236117824575e-08,
        -4.1784065501727926e-08,
        1.1275577071064085e-07,
        -3.2469847170697346e-07,
        1.0121089942839848e-06,
        -3.48510926832708e-06,
        1.3671255956557227e-05,
        -6.427592277639402e-05,
        0.00039865677489458394,
        -0.004122380595849492,
        0.2774908024616546,
    ](u)


@always_inline
def _cosine_part[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the factor of the cosine in x^(1/4) Ai(-x) at q^2 = 56.888888888888886 / (u + 1)."""
    return horner[
        3.5383700130784275e-13,
        -6.201657950374912e-13,
        -2.7685863540663166e-13,
        1.2470637943095182e-13,
        2.8249257579466657e-12,
        -6.207463656564134e-12,
        1.3320040818165132e-11,
        -3.9292216422570186e-11,
        1.264811392885877e-10,
        -4.478613080391736e-10,
        1.8288463408054822e-09,
        -8.984794808247629e-09,
        5.665671828593732e-08,
        -5.1084713520583e-07,
        8.044614361562928e-06,
        -0.00035035842624883375,
        0.5638306015530917,
    ](u)


@always_inline
def _sine_part[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns q times the factor of the sine in x^(1/4) Ai(-x) at that q."""
    return horner[
        -3.662964855736904e-13,
        5.237629422409943e-13,
        1.153075636977907e-12,
        -1.4523776974398213e-12,
        -2.495105270513506e-12,
        3.277082411516934e-12,
        8.984014365810406e-13,
        2.4684545715759677e-13,
        -7.311414369627833e-12,
        1.4870536738644892e-11,
        -3.1539488454981135e-11,
        8.08785408323652e-11,
        -2.2125768451104002e-10,
        6.522660177846435e-10,
        -2.126152185107889e-09,
        7.852442843222728e-09,
        -3.402159115499853e-08,
        1.822185134066117e-07,
        -1.3115719363481072e-06,
        1.4675206955010288e-05,
        -0.00034253737245500007,
        0.03882108080924154,
    ](u)


@always_inline
def _power[w: Int](x: SIMD[_D, w]) -> Tuple[SIMD[_D, w], SIMD[_D, w]]:
    """Returns 2/3 x^(3/2) and what it lacks."""
    comptime HIGH = 0.6666666666666666
    comptime LOW = 3.700743415417188e-17
    var root = sqrt(x)
    var root_lacks = fma(-root, root, x) / (2 * root)
    var cube = x * root
    var lacks = fma(x, root, -cube) + x * root_lacks
    var y = cube * HIGH
    return y, fma(cube, SIMD[_D, w](HIGH), -y) + fma(cube, SIMD[_D, w](LOW), lacks * HIGH)


@no_inline
def airy_ai[w: Int](x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Airy's function Ai, lane by lane.

    Parameters:
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within some ulp of |x|^(-1/4) below 0, of itself above; nan for -inf and nan.
    """
    comptime FAR = 120.0  # 0 beyond
    var y = x.lt(0).select(
        ((x + 2.338107410459767) + 3.912260409818305e-17)
        * _between(fma(x, SIMD[_D, w](0.5), SIMD[_D, w](1))),
        _near(x - 1),
    )
    var right = x.gt(2)
    if right.reduce_or():
        var t = right.select(x.gt(FAR).select(SIMD[_D, w](FAR), x), SIMD[_D, w](2))
        var q, lacks = _power(t)
        var power = exp(-q)
        y = right.select(fma(-lacks, power, power) * _right(3.771236166328254 / q - 1) / sqrt(sqrt(t)), y)
    var left = x.lt(-4)
    if left.reduce_or():
        var t = left.select(-x, SIMD[_D, w](4))
        var q, lacks = _power(t)
        var u = 56.888888888888886 / (q * q) - 1
        var p = _cosine_part(u)
        var s = _sine_part(u) / q
        # a quarter of pi less than q
        var plus = 0.7071067811865476 * (sin(q) + cos(q))
        var minus = 0.7071067811865476 * (sin(q) - cos(q))
        y = left.select((p * fma(-lacks, minus, plus) + s * fma(lacks, plus, minus)) / sqrt(sqrt(t)), y)
    return y

"""The modified Bessel functions of the second kind, of order 0 and 1, in float64.

Up to 2 they are made of polynomials of x^2, of which one is a factor of a logarithm (DLMF 10.31.1), beyond of polynomials of 1 / x.
Coefficients are those of Chebyshev series.
"""

from std.math import fma, sqrt

from mojo_kernels.numerics.elementary import exp, horner, log

comptime _D = DType.float64


@always_inline
def _i0_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns I0(x) at x^2 = 2 (u + 1)."""
    return horner[
        1.5591722255510926e-14,
        2.5398791970311194e-12,
        3.27324784353647e-10,
        3.236227352376538e-08,
        2.3575789878938216e-06,
        0.0001198206858163441,
        0.0039285651056368085,
        0.07358986836105334,
        0.6358617281560686,
        1.5660829297563506,
    ](u)


@always_inline
def _i1_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns I1(x) / x at x^2 = 2 (u + 1)."""
    return horner[
        1.4032637886429537e-13,
        2.031922759238477e-11,
        2.291273488938041e-09,
        1.9417364085156806e-07,
        1.1787894939469932e-05,
        0.00047928274326549763,
        0.011785695316910426,
        0.14717973672210669,
        0.6358617281560686,
    ](u)


@always_inline
def _k0_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns K0(x) + log(x / 2) I0(x) at x^2 = 2 (u + 1)."""
    return horner[
        1.8282990225962873e-16,
        3.518631515854722e-14,
        5.452107588016936e-12,
        6.623013272794453e-10,
        6.093361934166155e-08,
        4.054506619949891e-06,
        0.00018280555827901256,
        0.005053392643196092,
        0.07177701034240512,
        0.3404973210133806,
        -0.30362077291575545,
    ](u)


@always_inline
def _k1_near[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns x (K1(x) - log(x / 2) I1(x)) at x^2 = 2 (u + 1)."""
    return horner[
        -3.5962181014457795e-15,
        -6.214271617329577e-13,
        -8.53273511404978e-11,
        -9.032127501740678e-09,
        -7.081133770184678e-07,
        -3.891869064371633e-05,
        -0.0013831688466153064,
        -0.02785423521977184,
        -0.24383852886774365,
        -0.3322409552403131,
        0.8850882877295894,
    ](u)


@always_inline
def _k0_far[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns sqrt(x) e^x K0(x) at x = 4 / (u + 1)."""
    return horner[
        -6.910453875670571e-11,
        1.0926983537268735e-10,
        2.213758097591008e-10,
        -3.119936129682105e-10,
        -5.541051446065683e-10,
        8.133913205464114e-10,
        1.7887095838476482e-10,
        4.757544705776374e-11,
        -1.9309444875845705e-09,
        3.808399859919043e-09,
        -7.286380907337665e-09,
        1.7047535884249698e-08,
        -4.133923052104385e-08,
        1.02954317593912e-07,
        -2.6890662472901614e-07,
        7.427801232190096e-07,
        -2.191177788015528e-06,
        7.002245645755651e-06,
        -2.4735204561466906e-05,
        9.95605474202942e-05,
        -0.0004797690567662314,
        0.0030328918102753206,
        -0.03107146182488952,
        1.2185953385133905,
    ](u)


@always_inline
def _k1_far[w: Int](u: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns sqrt(x) e^x K1(x) at x = 4 / (u + 1)."""
    return horner[
        7.52479548635394e-11,
        -1.1931668393112158e-10,
        -2.399376595899464e-10,
        3.3867804167808003e-10,
        6.042482293782838e-10,
        -8.908596710923906e-10,
        -1.7982138496175016e-10,
        -8.336227195991456e-11,
        2.1757782025837176e-09,
        -4.331939985658629e-09,
        8.40938756536177e-09,
        -1.9817577141591116e-08,
        4.8461952200091865e-08,
        -1.2203186351938403e-07,
        3.2298119177151824e-07,
        -9.067087633371393e-07,
        2.730041433569803e-06,
        -8.961207387750025e-06,
        3.284386555825453e-05,
        -0.00013959021956272223,
        0.0007357241549081501,
        -0.005566729880074588,
        0.10334973775386523,
        1.363151890371342,
    ](u)


@no_inline
def bessel_k[order: Int, scaled: Bool, w: Int](x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the modified Bessel function of the second kind, lane by lane.

    Parameters:
        order: 0 or 1.
        scaled: Whether it is multiplied by e^x.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within some ulp; inf for 0, nan below and for nan.
    """
    var close = x.le(2)
    var near = close.select(x, SIMD[_D, w](2))
    var far = close.select(SIMD[_D, w](2), x)
    var u = near * near * 0.5 - 1
    var t = 4 / far - 1
    var logs = log(near * 0.5)
    var y: SIMD[_D, w]
    var z: SIMD[_D, w]
    comptime if order == 0:
        y = fma(-logs, _i0_near(u), _k0_near(u))
        z = _k0_far(t)
    else:
        y = fma(logs * near, _i1_near(u), _k1_near(u) / near)
        z = _k1_far(t)
    z /= sqrt(far)
    comptime if scaled:
        y *= exp(near)
    else:
        z *= exp(-far)
    return x.eq(0).select(SIMD[_D, w](1) / 0, close.select(y, z))

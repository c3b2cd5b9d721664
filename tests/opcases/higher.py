"""Rows of higher transcendental functions and orthogonal polynomials.

References are integrals by Gauss's rule, sums and recurrences, in float64.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from opcases.table import FLOATS, NUMBERS, elsewhere, extremes, row

SHAPES = ((), (7,), (33,), (1000,), (3, 5), (0,))
PAIRS = (((7,), (7,)), ((33,), ()), ((3, 1), (1, 4)), ((1000,), (1000,)), ((0,), (1,)))
_POINTS, _WIDTHS = np.polynomial.legendre.leggauss(100)
_erfc = np.vectorize(math.erfc, otypes=[float])
_lgamma = np.vectorize(math.lgamma, otypes=[float])


def integral(f: Any, low: float, high: Any) -> Any:
    """Return the integral of a function between bounds, the upper one an array with an empty last dimension."""
    half = (high - low) / 2
    return (f(low + half * (_POINTS + 1)) * _WIDTHS * half).sum(-1)


def _tail(x: Any) -> Any:
    """Return where e^(-x sinh(t)) is nothing any more."""
    return np.arcsinh(45 / x)


def bessel_j(order: float, x: Any) -> Any:
    """The function of the first kind for positive x, by Schlaefli's integral."""
    x = np.asarray(x, np.float64)[..., None]
    y = integral(lambda t: np.cos(x * np.sin(t) - order * t), 0, math.pi)
    rest = integral(lambda t: np.exp(-x * np.sinh(t) - order * t), 0, _tail(x))
    return (y - math.sin(order * math.pi) * rest) / math.pi


def bessel_y(order: int, x: Any) -> Any:
    """The function of the second kind, by Schlaefli's integral."""
    x = np.asarray(x, np.float64)[..., None]
    y = integral(lambda t: np.sin(x * np.sin(t) - order * t), 0, math.pi)
    rest = integral(
        lambda t: (np.exp(order * t) + (-1) ** order * np.exp(-order * t)) * np.exp(-x * np.sinh(t)), 0, _tail(x)
    )
    return (y - rest) / math.pi


def bessel_k(order: float, x: Any, scaled: bool = False) -> Any:
    """The modified function of the second kind, also times e^x."""
    x = np.asarray(x, np.float64)[..., None]
    shift = 1 if scaled else 0
    return integral(lambda t: np.exp(-x * (np.cosh(t) - shift)) * np.cosh(order * t), 0, np.arccosh(1 + 45 / x))


def bessel_i(order: int, x: Any) -> Any:
    """The modified function of the first kind."""
    x = np.asarray(x, np.float64)[..., None]
    return integral(lambda t: np.exp(x * np.cos(t)) * np.cos(order * t), 0, np.array([math.pi])) / math.pi


def airy_ai(x: Any) -> Any:
    """Airy's function by the Bessel functions of order 1/3."""
    a = np.abs(np.asarray(x, np.float64))
    q = a**1.5 * 2 / 3
    left = np.sqrt(a) / 3 * (bessel_j(1 / 3, q) + bessel_j(-1 / 3, q))
    return np.where(x < 0, left, np.sqrt(a / 3) / math.pi * bessel_k(1 / 3, q))


def zeta(x: Any, q: Any) -> Any:
    """Hurwitz's zeta function by 2000 terms and the Euler-Maclaurin formula."""
    x, q = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(q, np.float64))
    a = q + 2000
    terms = (q[..., None] + np.arange(2000)) ** -x[..., None]
    return terms.sum(-1) + a ** (1 - x) / (x - 1) + a**-x / 2 + x * a ** (-x - 1) / 12


def lower(a: Any, x: Any) -> Any:
    """The regularised incomplete gamma function by its series."""
    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    term = np.exp(a * np.log(x) - x - _lgamma(a + 1))
    y = np.zeros(a.shape)
    for n in range(1, 400):
        y, term = y + term, term * x / (a + n)
    return y


def ndtri(p: float) -> float:
    """The normal distribution's inverse, and a step of Newton's method."""
    x = NormalDist().inv_cdf(p)
    return x + (p - math.erfc(-x * math.sqrt(0.5)) / 2) * math.sqrt(2 * math.pi) * math.exp(x * x / 2)


def log_ndtr(x: Any) -> Any:
    """The logarithm of the normal distribution."""
    half = _erfc(np.abs(x) * math.sqrt(0.5)) / 2
    return np.where(x < 0, np.log(half), np.log1p(-half))


row(
    "special.erfcx",
    lambda m, x: m.special.erfcx(x),
    lambda x: np.exp(x * x) * _erfc(x),
    SHAPES,
    NUMBERS,
    result="float",
)
row(
    "special.log_ndtr", lambda m, x: m.special.log_ndtr(x), log_ndtr, SHAPES, NUMBERS, ranges=((-5, 3),), result="float"
)
row(
    "special.ndtri",
    lambda m, x: m.special.ndtri(x),
    np.vectorize(ndtri, otypes=[float]),
    SHAPES,
    ranges=((0.02, 0.98),),
)


def plain(name: str, reference: Any, low: float, high: float, dtypes: Any = NUMBERS, away: float = 0.2) -> None:
    """Add a row of a function of one number that has no derivative."""
    row(f"special.{name}", lambda m, x: getattr(m.special, name)(x), reference, SHAPES, dtypes, ranges=((low, high),), away=away,
        result="float", differentiable=False)  # fmt: skip


# torch's Bessel functions of float64 are exact to 1e-7 only: test_higher.py holds ours against the integrals
SINGLE = ("float32", "int64")
for _order in (0, 1):
    plain(
        f"bessel_j{_order}",
        lambda x, n=_order: np.sign(x) ** n * bessel_j(n, np.maximum(np.abs(x), 1e-9)),
        -4.9,
        4.9,
        SINGLE,
    )
    plain(f"bessel_y{_order}", lambda x, n=_order: bessel_y(n, x), 0.5, 4.9, SINGLE)
    for _letter, _reference in (("j", bessel_j), ("y", bessel_y)):
        _name = f"bessel_{_letter}{_order}"
        row(f"special.{_name} far", lambda m, x, f=_name: getattr(m.special, f)(x), lambda x, f=_reference, n=_order: f(n, x), ((33,),),
            ("float32",), ranges=((5, 30),), differentiable=False)  # fmt: skip
plain("modified_bessel_i0", lambda x: bessel_i(0, x), -5, 5)
plain("modified_bessel_i1", lambda x: bessel_i(1, x), -5, 5)
for _order in (0, 1):
    plain(f"modified_bessel_k{_order}", lambda x, n=_order: bessel_k(n, x), 0.3, 20)
    plain(f"scaled_modified_bessel_k{_order}", lambda x, n=_order: bessel_k(n, x, True), 0.3, 20)
plain("spherical_bessel_j0", lambda x: np.sinc(x / math.pi), -30, 30)
plain("airy_ai", airy_ai, -2, 6, FLOATS)

# -------------------------------------------------------------------------------- polynomials

STEPS = {
    "chebyshev_polynomial_t": (lambda x: x, lambda x, k, p, q: 2 * x * q - p),
    "chebyshev_polynomial_u": (lambda x: 2 * x, lambda x, k, p, q: 2 * x * q - p),
    "chebyshev_polynomial_v": (lambda x: 2 * x - 1, lambda x, k, p, q: 2 * x * q - p),
    "chebyshev_polynomial_w": (lambda x: 2 * x + 1, lambda x, k, p, q: 2 * x * q - p),
    "hermite_polynomial_h": (lambda x: 2 * x, lambda x, k, p, q: 2 * x * q - 2 * k * p),
    "hermite_polynomial_he": (lambda x: x, lambda x, k, p, q: x * q - k * p),
    "laguerre_polynomial_l": (lambda x: 1 - x, lambda x, k, p, q: ((2 * k + 1 - x) * q - k * p) / (k + 1)),
    "legendre_polynomial_p": (lambda x: x, lambda x, k, p, q: ((2 * k + 1) * x * q - k * p) / (k + 1)),
}
"""Polynomials of degree 1, and each by the two before it."""


def polynomial(name: str, x: Any, n: Any) -> Any:
    """An orthogonal polynomial by its recurrence."""
    x, n = np.broadcast_arrays(np.asarray(x, np.float64), np.trunc(n))
    first, following = STEPS[name]
    p, q = np.ones(x.shape), first(x)
    y = np.where(n < 0, 0.0, np.where(n == 0, p, q))
    for k in range(1, int(n.max(initial=0))):
        p, q = q, following(x, k, p, q)
        y = np.where(n == k + 1, q, y)
    return y


for _name in STEPS:
    row(f"special.{_name}", lambda m, x, n, f=_name: getattr(m.special, f)(x, n), lambda x, n, f=_name: polynomial(f, x, n), PAIRS,
        NUMBERS, ranges=((-1.4, 1.4), (-1.5, 7)), result="float", differentiable=False)  # fmt: skip
    row(f"special.{_name} of a number", lambda m, n, f=_name: getattr(m.special, f)(0.75, n), lambda n, f=_name: polynomial(f, 0.75, n),
        ((), (33,)), ranges=((0, 12),), differentiable=False)  # fmt: skip
for _name in [name for name in STEPS if name[:4] in ("cheb", "lege")]:
    row(f"special.{_name} of one degree", lambda m, x, f=_name: getattr(m.special, f)(x, 11), lambda x, f=_name: polynomial(f, x, 11),
        ((), (33,)), ranges=((-1, 1),), differentiable=False, terms=lambda x: 11)  # fmt: skip
for _letter in "tuvw":
    _name = f"chebyshev_polynomial_{_letter}"
    row(f"special.shifted_{_name}", lambda m, x, n, f=_name: getattr(m.special, f"shifted_{f}")(x, n),
        lambda x, n, f=_name: polynomial(f, 2 * x - 1, n), PAIRS, NUMBERS, ranges=((-0.2, 1.2), (-1.5, 7)), result="float",
        differentiable=False)  # fmt: skip

# ------------------------------------------------------------------- zeta and incomplete gamma

row(
    "special.zeta",
    lambda m, x, q: m.special.zeta(x, q),
    zeta,
    PAIRS,
    ranges=((1.5, 9), (0.2, 20)),
    differentiable=False,
)
row("special.zeta of integers", lambda m, x, q: m.special.zeta(x, q), zeta, PAIRS, ("int64",), ranges=((2, 9), (1, 20)), result="float",
    differentiable=False)  # fmt: skip
row(
    "special.zeta of a number",
    lambda m, q: m.special.zeta(2.5, q),
    lambda q: zeta(2.5, q),
    ((), (33,), (3, 5)),
    ranges=((0.3, 20),),
)
row("special.zeta from a number on", lambda m, x: m.special.zeta(x, 1), lambda x: zeta(x, 1), ((33,),), ranges=((1.5, 9),),
    differentiable=False)  # fmt: skip
row("igamma", lambda m, a, x: m.igamma(a, x), lower, PAIRS, ranges=((0.2, 9), (0.1, 12)), differentiable=False)
row(
    "igamma far",
    lambda m, a, x: m.igamma(a, x),
    lower,
    PAIRS[:1],
    ("float32",),
    ranges=((30, 60),),
    differentiable=False,
)
row(
    "igammac",
    lambda m, a, x: m.igammac(a, x),
    lambda a, x: 1 - lower(a, x),
    PAIRS,
    ranges=((0.2, 9), (0.1, 12)),
    differentiable=False,
)
for _a in (0.75, 2.5):
    row(f"igamma of {_a}", lambda m, x, a=_a: m.igamma(m.full_like(x.detach(), a), x), lambda x, a=_a: lower(a, x), ((33,), (3, 5)),
        ranges=((0.2, 9),))  # fmt: skip
    row(f"special.gammaincc of {_a}", lambda m, x, a=_a: m.special.gammaincc(m.full_like(x.detach(), a), x),
        lambda x, a=_a: 1 - lower(a, x), ((33,), (3, 5)), ranges=((0.2, 9),))  # fmt: skip

elsewhere("special.erfcx", "gs", "torch takes infinity from infinity, or has few digits left", lambda x: x > 20)
elsewhere("special.log_ndtr", "gs", "torch's quotients lose digits", lambda x: x < -10)
elsewhere("special.ndtri", "gs", "an ulp of the number is many of its square's power", extremes)
elsewhere("igamma of 0.75, igamma of 2.5, special.gammaincc of 0.75, special.gammaincc of 2.5", "gs", "torch multiplies 0 by inf",
          lambda x: x >= 0, True)  # fmt: skip
elsewhere("igamma of 0.75, special.gammaincc of 0.75", "gs", "the power has the error of a large logarithm", extremes)

"""Rows of logarithms, trigonometric, hyperbolic and special functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np

from opcases.table import FLOATS, NUMBERS, elsewhere, extremes, row

SHAPES = ((), (1,), (7,), (33,), (4097,), (3, 5), (0,))
PAIRS = (((), ()), ((7,), (7,)), ((33,), (33,)), ((1000,), ()), ((3, 1), (1, 4)), ((2, 1, 5), (3, 1)), ((0,), (1,)))


def unary(name: str, reference: Callable[..., Any], low: float, high: float, **options: Any) -> None:
    row(
        name, lambda m, x: getattr(m, name)(x), reference, SHAPES,
        **{"ranges": ((low, high),), "dtypes": NUMBERS, "result": "float", **options},
    )  # fmt: skip


def binary(name: str, reference: Callable[..., Any], *ranges: tuple[float, float]) -> None:
    row(name, lambda m, a, b: getattr(m, name)(a, b), reference, PAIRS, ranges=ranges)


def erfinv(p: float) -> float:
    """The inverse of the error function: the normal distribution's, and a step of Newton's method."""
    x = NormalDist().inv_cdf((p + 1) / 2) / math.sqrt(2)
    return x - (math.erf(x) - p) * math.exp(x * x) * math.sqrt(math.pi) / 2


def polygamma(n: int, x: float) -> float:
    """The derivatives of log gamma by their sum, and Euler's formula for the rest of it, exact for x above 0."""
    y, far = 0.0, x + 40
    for k in range(40):
        y += -1 / (x + k) if n == 0 else math.factorial(n) * (-1) ** (n + 1) / (x + k) ** (n + 1)
    if n == 0:
        return y + math.log(far) - 1 / (2 * far) - 1 / (12 * far**2) + 1 / (120 * far**4) - 1 / (252 * far**6)
    if n == 1:
        return y + 1 / far + 1 / (2 * far**2) + 1 / (6 * far**3) - 1 / (30 * far**5) + 1 / (42 * far**7)
    if n == 2:
        return y - 1 / far**2 - 1 / far**3 - 1 / (2 * far**4) + 1 / (6 * far**6) - 1 / (6 * far**8)
    return y + 2 / far**3 + 3 / far**4 + 2 / far**5 - 1 / far**7 + 4 / (3 * far**9)


unary("exp2", np.exp2, -10, 10)
unary("expm1", np.expm1, -5, 5)
unary("log2", np.log2, 0.01, 100)
unary("log10", np.log10, 0.01, 100)
unary("log1p", np.log1p, -0.9, 20)
unary("rsqrt", lambda x: 1 / np.sqrt(x), 0.1, 100)
unary("sin", np.sin, -20, 20)
unary("cos", np.cos, -20, 20)
unary("tan", np.tan, -1.3, 1.3)
unary("asin", np.arcsin, -0.9, 0.9)
unary("acos", np.arccos, -0.9, 0.9)
unary("atan", np.arctan, -8, 8)
unary("sinh", np.sinh, -5, 5)
unary("cosh", np.cosh, -5, 5)
unary("asinh", np.arcsinh, -20, 20)
unary("acosh", np.arccosh, 1.2, 20)
unary("atanh", np.arctanh, -0.9, 0.9)
unary("sinc", np.sinc, -4, 4, away=0.05)
unary("erf", np.vectorize(math.erf, otypes=[float]), -3, 3)
unary("erfc", np.vectorize(math.erfc, otypes=[float]), -2, 4)
unary("erfinv", np.vectorize(erfinv, otypes=[float]), -0.9, 0.9, dtypes=FLOATS)
unary("logit", lambda x: np.log(x / (1 - x)), 0.05, 0.95, dtypes=FLOATS)
unary("lgamma", np.vectorize(math.lgamma, otypes=[float]), 0.2, 20)
# torch's own gradient is exact to 1e-10 only for small arguments; that of "polygamma 1" is held against finite differences
for _name, _low, _high in (("digamma", 0.2, 12), ("digamma far", 30, 60)):
    row(_name, lambda m, x: m.digamma(x), np.vectorize(lambda x: polygamma(0, x), otypes=[float]), SHAPES,
        ranges=((_low, _high),), differentiable=_low > 1)  # fmt: skip
row("polygamma 1", lambda m, x: m.polygamma(1, x), np.vectorize(lambda x: polygamma(1, x), otypes=[float]), SHAPES[:5],
    ranges=((0.6, 12),))  # fmt: skip
row("polygamma 2", lambda m, x: m.polygamma(2, x), np.vectorize(lambda x: polygamma(2, x), otypes=[float]), SHAPES[:5],
    ranges=((0.6, 12),), smooth=False, differentiable=False)  # fmt: skip
row("polygamma 3", lambda m, x: m.polygamma(3, x), np.vectorize(lambda x: polygamma(3, x), otypes=[float]), SHAPES[:5],
    ranges=((0.8, 12),), smooth=False, differentiable=False)  # fmt: skip
unary("deg2rad", np.deg2rad, -360, 360)
unary("rad2deg", np.rad2deg, -6, 6)
row("float_power", lambda m, a, b: m.float_power(a, b), np.power, PAIRS, ranges=((0.3, 3), (-2, 3)), result="float64",
    smooth=False)  # fmt: skip
row("ldexp", lambda m, a, b: m.ldexp(a, b), lambda a, b: a * 2.0**b, PAIRS, ranges=((-5, 5), (-3, 3)))
row("logit eps", lambda m, x: m.logit(x, eps=0.25), lambda x: np.log(np.clip(x, 0.25, 0.75) / (1 - np.clip(x, 0.25, 0.75))),
    SHAPES, ranges=((0.0, 1.0),))  # fmt: skip
binary("atan2", np.arctan2, (-5, 5), (-5, 5))
binary("hypot", np.hypot, (-5, 5), (0.5, 5))
binary("logaddexp", np.logaddexp, (-5, 5), (-5, 5))
binary("logaddexp2", np.logaddexp2, (-5, 5), (-5, 5))
binary("xlogy", lambda a, b: a * np.log(b), (-5, 5), (0.1, 9))
row("xlogy number", lambda m, a: m.xlogy(a, 3), lambda a: a * np.log(3), ((), (7,), (3, 5)))
row("xlogy of a number", lambda m, b: m.xlogy(2, b), lambda b: 2 * np.log(b), ((), (7,), (3, 5)), ranges=((0.1, 9),))
SPECIAL_SHAPES = ((), (7,), (33,), (1000,), (3, 5), (0,))
SPECIAL_PAIRS = (((7,), (7,)), ((33,), ()), ((3, 1), (1, 4)), ((1000,), (1000,)), ((0,), (1,)))
row("frexp", lambda m, x: m.frexp(x), lambda x: (np.frexp(x)[0], np.frexp(x)[1].astype(np.int32)), SPECIAL_SHAPES, ranges=((-99, 99),),
    result="same int32", smooth=False, away=0.01)  # fmt: skip
row("frexp of small numbers", lambda m, x: m.frexp(x * 2.0**-1000 * 2.0**-60), lambda x: np.frexp(x * 2.0**-1060),
    SPECIAL_SHAPES, ("float64",), ranges=((1, 2),), result="same int32", differentiable=False)  # fmt: skip


def bessel(order, damped):
    """Return the integral that defines a modified Bessel function, by the trapezoidal rule, which converges fast here."""
    t = (np.arange(128) + 0.5) * math.pi / 128

    def value(x):
        x = np.asarray(x, np.float64)[..., None]
        return (np.exp(x * np.cos(t) - (np.abs(x) if damped else 0)) * np.cos(order * t)).mean(-1)

    return value


for _order in (0, 1):
    for _damped in (False, True):
        _name = ("" if (_order, _damped) == (0, False) else "special.") + f"i{_order}" + "e" * _damped
        for _what, _high in (("", 3), (" far", 30)):
            row(_name + _what, lambda m, x, o=f"i{_order}" + "e" * _damped: getattr(m.special, o)(x), bessel(_order, _damped),
                SPECIAL_SHAPES[:5] if not _what else ((33,),), FLOATS if _what else NUMBERS, ranges=((-_high, _high),), result="float",
                away=0.1)  # fmt: skip
_lgamma = np.vectorize(math.lgamma, otypes=[np.float64])
row("special.entr", lambda m, x: m.special.entr(x), lambda x: -x * np.log(x), SPECIAL_SHAPES, ranges=((0.1, 3),))
row("special.entr of zero", lambda m, x: m.special.entr(x * 0), lambda x: x * 0, SPECIAL_SHAPES, differentiable=False)
row("special.ndtr", lambda m, x: m.special.ndtr(x), lambda x: np.vectorize(math.erfc, otypes=[float])(-x * 0.5**0.5) / 2, SPECIAL_SHAPES,
    NUMBERS, result="float")  # fmt: skip
row("special.xlog1py", lambda m, a, b: m.special.xlog1py(a, b), lambda a, b: a * np.log1p(b), SPECIAL_PAIRS, NUMBERS,
    ranges=((-2, 2), (0, 5)), result="float")  # fmt: skip
row("special.xlog1py of zero", lambda m, a, b: m.special.xlog1py(a * 0, b), lambda a, b: np.zeros(np.broadcast(a, b).shape), SPECIAL_PAIRS,
    ranges=((-2, 2), (-5, 5)), differentiable=False)  # fmt: skip
row("mvlgamma", lambda m, x: m.mvlgamma(x, 3),
    lambda x: sum(_lgamma(x - i / 2) for i in range(3)) + 1.5 * math.log(math.pi), SPECIAL_SHAPES, ranges=((1.5, 5),))  # fmt: skip

elsewhere("frexp", "g", "torch's power of two overflows", extremes)
elsewhere("i0, i0 far", "s", "torch gives a number for nan", lambda x: x != x)
elsewhere(
    "special.i1, special.i1 far, special.i1e, special.i1e far", "gs", "torch gives a number for nan", lambda x: x != x
)
elsewhere("special.i1, special.i1 far", "g", "torch takes inf from inf", extremes, True)
elsewhere(
    "special.i1, special.i1 far, special.i1e, special.i1e far",
    "s",
    "torch's differences lose digits",
    lambda x: x == 1e-3,
)
elsewhere("special.xlog1py", "s", "torch multiplies 0 by inf", lambda a, b: (a == 0) & (b == -1), True)
elsewhere("mvlgamma, lgamma", "s", "torch's trigamma is exact to 1e-10, and finite at poles")
elsewhere("digamma far", "gs", "torch's trigamma is exact to 1e-10, and finite at poles")
elsewhere("polygamma 1", "vgs", "torch's trigamma is exact to 1e-10, and finite at poles")
elsewhere("float_power", "s", "torch multiplies 0 by inf", lambda a, b: (a == 0) | (b == 0), True)
elsewhere("sinc", "vg", "torch takes the sine of inf", extremes, True)
elsewhere("sinc", "s", "torch's differences lose digits", lambda x: np.abs(x) <= 1e-3)
elsewhere("logit eps", "s", "torch divides by 0 where the bounds hold", lambda x: (x <= 0) | (x >= 1) | (x != x), True)
elsewhere("atan2", "g", "torch's squares underflow", extremes)
elsewhere(
    "atan2", "s", "torch's is nan at the origin, where its first one is 0", lambda a, b: (a == 0) & (b == 0), True
)
elsewhere("xlogy", "s", "torch multiplies 0 by inf", lambda a, b: (a == 0) & (b == 0), True)

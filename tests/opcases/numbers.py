"""Rows of divisors, parts of floats, and special functions."""

from __future__ import annotations

import math

import numpy as np

from opcases.table import FLOATS, INTEGERS, NUMBERS, row

SHAPES = ((), (7,), (33,), (1000,), (3, 5), (0,))
PAIRS = (((7,), (7,)), ((33,), ()), ((3, 1), (1, 4)), ((1000,), (1000,)), ((0,), (1,)))

for _name, _reference in (("gcd", np.gcd), ("lcm", np.lcm)):
    row(_name, lambda m, a, b, n=_name: getattr(m, n)(a, b), lambda a, b, f=_reference: f(a, b).astype(np.result_type(a, b)), PAIRS,
        INTEGERS, ranges=((-60, 60), (-40, 40)) if _name == "gcd" else ((0, 15),))  # fmt: skip
row("gcd of large numbers", lambda m, a, b: m.gcd(a * 9007199254740993, b * 9007199254740993),
    lambda a, b: np.gcd(a * 9007199254740993, b * 9007199254740993), PAIRS, ("int64",), ranges=((-900, 900),))  # fmt: skip
row("nextafter", lambda m, a, b: m.nextafter(a.round(), b.round()) - a.round(),
    lambda a, b: np.zeros(np.broadcast(a, b).shape), PAIRS, smooth=False)  # fmt: skip
row("nextafter of zero", lambda m, a, b: m.nextafter(a * 0, b) * 2.0**1000 * 2.0**74, lambda a, b: np.sign(b) + 0 * a, PAIRS,
    ("float64",), away=0.1, differentiable=False)  # fmt: skip
row("frexp", lambda m, x: m.frexp(x), lambda x: (np.frexp(x)[0], np.frexp(x)[1].astype(np.int32)), SHAPES, ranges=((-99, 99),),
    result="same int32", smooth=False, away=0.01)  # fmt: skip
row("frexp of small numbers", lambda m, x: m.frexp(x * 2.0**-1000 * 2.0**-60), lambda x: np.frexp(x * 2.0**-1060),
    SHAPES, ("float64",), ranges=((1, 2),), result="same int32", differentiable=False)  # fmt: skip
row("sgn", lambda m, x: m.sgn(x) * x, np.abs, SHAPES, NUMBERS, away=0.01)
row("angle", lambda m, x: m.angle(x), lambda x: np.where(x < 0, math.pi, 0), SHAPES, NUMBERS, away=0.01, result="float")
row("rsub", lambda m, a, b: m.rsub(a, b), lambda a, b: b - a, PAIRS, NUMBERS)
row("rsub alpha", lambda m, a: m.rsub(a, 3, alpha=2), lambda a: 3 - 2 * a, SHAPES, NUMBERS)
for _name in ("real", "conj", "conj_physical", "resolve_conj", "resolve_neg"):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x) * 2, lambda x: x * 2, ((7,), ()), NUMBERS)
row("isreal", lambda m, x: m.isreal(x), np.isreal, SHAPES, NUMBERS, result="bool", differentiable=False)


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
                SHAPES[:5] if not _what else ((33,),), FLOATS if _what else NUMBERS, ranges=((-_high, _high),), result="float",
                away=0.1)  # fmt: skip

_lgamma = np.vectorize(math.lgamma, otypes=[np.float64])
row("special.entr", lambda m, x: m.special.entr(x), lambda x: -x * np.log(x), SHAPES, ranges=((0.1, 3),))
row("special.entr of zero", lambda m, x: m.special.entr(x * 0), lambda x: x * 0, SHAPES, differentiable=False)
row("special.ndtr", lambda m, x: m.special.ndtr(x), lambda x: np.vectorize(math.erfc, otypes=[float])(-x * 0.5**0.5) / 2, SHAPES,
    NUMBERS, result="float")  # fmt: skip
row("special.xlog1py", lambda m, a, b: m.special.xlog1py(a, b), lambda a, b: a * np.log1p(b), PAIRS, NUMBERS,
    ranges=((-2, 2), (0, 5)), result="float")  # fmt: skip
row("special.xlog1py of zero", lambda m, a, b: m.special.xlog1py(a * 0, b), lambda a, b: np.zeros(np.broadcast(a, b).shape), PAIRS,
    ranges=((-2, 2), (-5, 5)), differentiable=False)  # fmt: skip
row("mvlgamma", lambda m, x: m.mvlgamma(x, 3),
    lambda x: sum(_lgamma(x - i / 2) for i in range(3)) + 1.5 * math.log(math.pi), SHAPES, ranges=((1.5, 5),))  # fmt: skip

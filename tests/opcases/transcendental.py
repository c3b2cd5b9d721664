"""Rows of powers, logarithms, trigonometric, hyperbolic and error functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np

from opcases.table import FLOATS, NUMBERS, row

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
row("logit eps", lambda m, x: m.logit(x, eps=0.25), lambda x: np.log(np.clip(x, 0.25, 0.75) / (1 - np.clip(x, 0.25, 0.75))),
    SHAPES, ranges=((0.0, 1.0),))  # fmt: skip
binary("atan2", np.arctan2, (-5, 5), (-5, 5))
binary("hypot", np.hypot, (-5, 5), (0.5, 5))
binary("logaddexp", np.logaddexp, (-5, 5), (-5, 5))
binary("logaddexp2", np.logaddexp2, (-5, 5), (-5, 5))
binary("xlogy", lambda a, b: a * np.log(b), (-5, 5), (0.1, 9))
row("xlogy number", lambda m, a: m.xlogy(a, 3), lambda a: a * np.log(3), ((), (7,), (3, 5)))
row("xlogy of a number", lambda m, b: m.xlogy(2, b), lambda b: 2 * np.log(b), ((), (7,), (3, 5)), ranges=((0.1, 9),))

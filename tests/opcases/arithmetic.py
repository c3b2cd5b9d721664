"""Rows of arithmetic: numbers, division, rounding, bits, greatest common divisors, parts of floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from opcases.table import (
    ALL,
    ARITHMETIC,
    FLOATS,
    INTEGERS,
    NUMBERS,
    PAIRS,
    POINTWISE,
    SOME,
    WIDE,
    elsewhere,
    extremes,
    row,
)


def unary(name: str, reference: Callable[..., Any], low: float, high: float, **options: Any) -> None:
    row(
        name, lambda m, x: getattr(m, name)(x), reference, POINTWISE,
        **{"ranges": ((low, high),), "dtypes": NUMBERS, **options},
    )  # fmt: skip


unary("neg", np.negative, -5, 5, dtypes=ARITHMETIC)
unary("abs", np.abs, -5, 5, away=0.01, dtypes=ARITHMETIC)
unary("sign", np.sign, -5, 5, away=0.01, dtypes=ARITHMETIC)
unary("relu", lambda x: np.maximum(x, 0), -5, 5, away=0.01, dtypes=ARITHMETIC)
unary("square", np.square, -5, 5, dtypes=ARITHMETIC)
unary("exp", np.exp, -10, 10, result="float")
unary("log", np.log, 0.01, 100, result="float")
unary("sqrt", np.sqrt, 0.01, 100, result="float")
unary("sigmoid", lambda x: 1 / (1 + np.exp(-x)), -10, 10, result="float")
unary("tanh", np.tanh, -10, 10, result="float")
unary("bitwise_not", np.logical_not, 0, 1, dtypes=("bool",), result="bool", differentiable=False)


def binary(name: str, call: Callable[..., Any], reference: Callable[..., Any], **options: Any) -> None:
    row(name, call, reference, PAIRS, **options)


binary("add", lambda m, a, b: m.add(a, b), np.add, dtypes=ALL, ranges=WIDE)
binary("add alpha", lambda m, a, b: m.add(a, b, alpha=3), lambda a, b: a + 3 * b, dtypes=ARITHMETIC, ranges=WIDE)
binary("sub", lambda m, a, b: m.sub(a, b), np.subtract, dtypes=ARITHMETIC, ranges=WIDE)
binary("sub alpha", lambda m, a, b: m.sub(a, b, alpha=2), lambda a, b: a - 2 * b, dtypes=NUMBERS, ranges=WIDE)
binary("mul", lambda m, a, b: m.mul(a, b), np.multiply, dtypes=ALL, ranges=WIDE)
binary("div", lambda m, a, b: m.div(a, b), np.divide, dtypes=ARITHMETIC, ranges=((-5, 5), (0.5, 4)), result="float")
binary("div by negative", lambda m, a, b: a / b, np.divide, ranges=((-5, 5), (-4, -0.5)))
binary("pow", lambda m, a, b: m.pow(a, b), np.power, ranges=((0.3, 3), (-2, 3)))
binary("maximum", lambda m, a, b: m.maximum(a, b), np.maximum, dtypes=ARITHMETIC, ranges=WIDE)
binary("minimum", lambda m, a, b: m.minimum(a, b), np.minimum, dtypes=ARITHMETIC, ranges=WIDE)
for _name, _reference in (
    ("bitwise_and", np.logical_and), ("bitwise_or", np.logical_or), ("bitwise_xor", np.logical_xor),
):  # fmt: skip
    binary(_name, lambda m, a, b, _name=_name: getattr(m, _name)(a, b), _reference,
           dtypes=("bool",), result="bool", differentiable=False)  # fmt: skip


def scalar(name: str, call: Callable[..., Any], reference: Callable[..., Any], low: float, high: float,
           dtypes: tuple[str, ...] = NUMBERS, **options: Any) -> None:  # fmt: skip
    row(name, lambda m, x: call(x), reference, SOME, dtypes=dtypes, ranges=((low, high),), **options)


for _name, _both in (
    ("x + number", lambda x: x + 3), ("number + tensor", lambda x: 3 + x), ("x - number", lambda x: x - 3),
    ("number - tensor", lambda x: 3 - x), ("x * number", lambda x: x * 3), ("number * tensor", lambda x: 3 * x),
    ("minus tensor", lambda x: -x), ("x ** 2", lambda x: x**2), ("x ** 3", lambda x: x**3),
    ("x ** 0", lambda x: x**0), ("x ** 1", lambda x: x**1),
):  # fmt: skip
    scalar(_name, _both, _both, -5, 5, ARITHMETIC)
for _name, _both, _low, _high in (
    ("x / number", lambda x: x / 4, -5, 5), ("number / tensor", lambda x: 4 / x, 0.5, 5),
    ("x + 2.5", lambda x: x + 2.5, -5, 5), ("x * 0.1", lambda x: x * 0.1, -5, 5),
    ("x ** 0.5", lambda x: x**0.5, 0.1, 5), ("x ** 2.5", lambda x: x**2.5, 0.1, 5),
    ("2.5 ** tensor", lambda x: 2.5**x, -3, 3),
):  # fmt: skip
    scalar(_name, _both, _both, _low, _high, result="float")
scalar("x ** -1", lambda x: x**-1, lambda x: x**-1.0, 0.3, 5, FLOATS)
scalar("2 ** tensor", lambda x: 2**x, lambda x: 2.0**x, -3, 3, FLOATS)
scalar("negative ** 3.0", lambda x: x**3.0, lambda x: x**3.0, -3, -0.5, FLOATS)
SHAPES = ((), (7,), (33,), (1000,), (3, 5), (0,))
FEW_PAIRS = (((7,), (7,)), ((33,), ()), ((), (5,)), ((3, 1), (1, 4)), ((1000,), (1000,)), ((0,), (1,)))
CLOSE = {"away": 0.01}
for _name, _reference in (
    ("floor", np.floor),
    ("ceil", np.ceil),
    ("trunc", np.trunc),
    ("round", np.round),
    ("fix", np.fix),
):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), lambda x, f=_reference: f(x).astype(x.dtype), SHAPES,
        dtypes=ARITHMETIC, ranges=((-9, 9),), smooth=False)  # fmt: skip
row("round of halves", lambda m, x: m.round(x.round() * 0.5), lambda x: np.round(np.round(x) * 0.5), SHAPES,
    ranges=((-9, 9),), smooth=False)  # fmt: skip
row("round decimals", lambda m, x: m.round(x, decimals=2), lambda x: np.round(x, 2), ((7,), (33,)), ("float64",),
    ranges=((-9, 9),), smooth=False)  # fmt: skip
row("frac", lambda m, x: m.frac(x), lambda x: x - np.trunc(x), SHAPES, ranges=((-9, 9),), smooth=False)
row("reciprocal", lambda m, x: m.reciprocal(x), lambda x: 1 / x, SHAPES, NUMBERS, ranges=((1, 5),), result="float")
row("positive", lambda m, x: +x, lambda x: x, SHAPES, ARITHMETIC)


def pair(
    name: str, call: Callable[..., Any], reference: Callable[..., Any], low: float, high: float, **options: Any
) -> None:
    row(name, call, reference, FEW_PAIRS, **{"ranges": ((-9, 9), (low, high)), **options})


# away from quotients that are whole numbers, where remainders jump
pair("remainder", lambda m, a, b: m.remainder(a, b), np.remainder, 0.7, 4, smooth=False)
pair("remainder by negative", lambda m, a, b: a % b, np.remainder, -4, -0.7, smooth=False)
pair("remainder of integers", lambda m, a, b: m.remainder(a, b), np.remainder, 1, 4, dtypes=INTEGERS, result="same")
pair("fmod", lambda m, a, b: m.fmod(a, b), np.fmod, 0.7, 4, smooth=False)
pair("fmod of integers", lambda m, a, b: m.fmod(a, b), np.fmod, 1, 4, dtypes=INTEGERS)
pair("floor_divide", lambda m, a, b: m.floor_divide(a.detach(), b.detach()), np.floor_divide, 1, 4, dtypes=ARITHMETIC,
     differentiable=False)  # fmt: skip
pair("floor_divide by negative", lambda m, a, b: a // b, np.floor_divide, -4, -1, dtypes=("int64", "int32"))
pair("div floor", lambda m, a, b: m.div(a, b, rounding_mode="floor"), lambda a, b: np.floor_divide(a, b), 1, 4,
     dtypes=ARITHMETIC, smooth=False)  # fmt: skip
pair("div trunc", lambda m, a, b: m.div(a, b, rounding_mode="trunc"), lambda a, b: np.trunc(a / b).astype(a.dtype), 1, 4,
     dtypes=NUMBERS, smooth=False)  # fmt: skip
pair("fmax", lambda m, a, b: m.fmax(a, b), np.fmax, -9, 9, dtypes=ARITHMETIC)
pair("fmin", lambda m, a, b: m.fmin(a, b), np.fmin, -9, 9, dtypes=ARITHMETIC)
pair("copysign", lambda m, a, b: m.copysign(a, b), np.copysign, -9, 9, **CLOSE)
pair("pow of integers", lambda m, a, b: m.pow(a, b), np.power, 0, 4, dtypes=("int64", "int32"))
for _name, _reference in (
    ("bitwise_and", np.bitwise_and),
    ("bitwise_or", np.bitwise_or),
    ("bitwise_xor", np.bitwise_xor),
):
    pair(
        f"{_name} of integers",
        lambda m, a, b, n=_name: getattr(m, n)(a, b),
        _reference,
        -9,
        9,
        dtypes=(*INTEGERS, "bool"),
    )
pair("bitwise_left_shift", lambda m, a, b: m.bitwise_left_shift(a, b), np.left_shift, 0, 4, dtypes=("int64", "int32"))
pair("bitwise_right_shift", lambda m, a, b: m.bitwise_right_shift(a, b), np.right_shift, 0, 4, dtypes=INTEGERS)
row("bitwise_not of integers", lambda m, x: m.bitwise_not(x), np.bitwise_not, SHAPES, INTEGERS, ranges=((-9, 9),))
DIVISOR_PAIRS = (((7,), (7,)), ((33,), ()), ((3, 1), (1, 4)), ((1000,), (1000,)), ((0,), (1,)))
for _name, _reference in (("gcd", np.gcd), ("lcm", np.lcm)):
    row(_name, lambda m, a, b, n=_name: getattr(m, n)(a, b), lambda a, b, f=_reference: f(a, b).astype(np.result_type(a, b)), DIVISOR_PAIRS,
        INTEGERS, ranges=((-60, 60), (-40, 40)) if _name == "gcd" else ((0, 15),))  # fmt: skip
row("gcd of large numbers", lambda m, a, b: m.gcd(a * 9007199254740993, b * 9007199254740993),
    lambda a, b: np.gcd(a * 9007199254740993, b * 9007199254740993), DIVISOR_PAIRS, ("int64",), ranges=((-900, 900),))  # fmt: skip
row("nextafter", lambda m, a, b: m.nextafter(a.round(), b.round()) - a.round(),
    lambda a, b: np.zeros(np.broadcast(a, b).shape), DIVISOR_PAIRS, smooth=False)  # fmt: skip
row("nextafter of zero", lambda m, a, b: m.nextafter(a * 0, b) * 2.0**1000 * 2.0**74, lambda a, b: np.sign(b) + 0 * a, DIVISOR_PAIRS,
    ("float64",), away=0.1, differentiable=False)  # fmt: skip
row("rsub", lambda m, a, b: m.rsub(a, b), lambda a, b: b - a, DIVISOR_PAIRS, NUMBERS)
row("rsub alpha", lambda m, a: m.rsub(a, 3, alpha=2), lambda a: 3 - 2 * a, SHAPES, NUMBERS)

elsewhere("remainder, remainder by negative, fmod", "v", "torch's quotient overflows", extremes, True)
elsewhere("copysign", "gs", "torch divides the result by the operand", lambda a, b: ~np.isfinite(a) | (a == 0), True)
elsewhere("add alpha, sub alpha", "v", "torch multiplies and adds in one step, ours may overflow between", extremes)
elsewhere("pow", "s", "torch multiplies 0 by inf", lambda a, b: (a == 0) | (b == 0), True)
elsewhere(
    "x ** 0.5", "s", "torch's derivative of the root is another formula there", lambda x: (x == 0) | (x == -np.inf)
)
elsewhere("x ** 2.5", "s", "torch multiplies 0 by inf", lambda x: x == -np.inf, True)

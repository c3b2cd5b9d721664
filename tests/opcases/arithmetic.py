"""Rows of rounding, division, clamp and other pointwise ops of two and three operands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from opcases.table import ALL, ARITHMETIC, INTEGERS, NUMBERS, row

SHAPES = ((), (7,), (33,), (1000,), (3, 5), (0,))
PAIRS = (((7,), (7,)), ((33,), ()), ((), (5,)), ((3, 1), (1, 4)), ((1000,), (1000,)), ((0,), (1,)))
TRIPLES = (((7,), (7,), (7,)), ((3, 4), (4,), (3, 1)), ((1000,), (), (1000,)), ((), (), ()), ((0, 3), (3,), (1,)))
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
for _name, _reference in (("isinf", np.isinf), ("isfinite", np.isfinite), ("isposinf", np.isposinf), ("isneginf", np.isneginf),
                          ("signbit", np.signbit)):  # fmt: skip
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), _reference, SHAPES, ARITHMETIC, ranges=((-5, 5),), result="bool",
        differentiable=False)  # fmt: skip


def pair(
    name: str, call: Callable[..., Any], reference: Callable[..., Any], low: float, high: float, **options: Any
) -> None:
    row(name, call, reference, PAIRS, **{"ranges": ((-9, 9), (low, high)), **options})


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
pair("heaviside", lambda m, a, b: m.heaviside(a, b), np.heaviside, -9, 9, differentiable=False)
pair(
    "isclose",
    lambda m, a, b: m.isclose(a, b),
    np.isclose,
    -9,
    9,
    dtypes=ARITHMETIC,
    result="bool",
    differentiable=False,
)
pair("isclose loose", lambda m, a, b: m.isclose(a, b, rtol=0.1, atol=1.0, equal_nan=True),
     lambda a, b: np.isclose(a, b, rtol=0.1, atol=1.0), -9, 9, result="bool", differentiable=False)  # fmt: skip
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
row(
    "greater",
    lambda m, a, b: m.greater(a, b),
    np.greater,
    PAIRS,
    ALL,
    ranges=((-2, 2),),
    result="bool",
    differentiable=False,
)

# ------------------------------------------------------------------------------------ three operands

row("clamp", lambda m, x: m.clamp(x, -2, 3), lambda x: np.clip(x, -2, 3), SHAPES, ("float32", "float64", "int64", "int32"),
    ranges=((-9, 9),))  # fmt: skip
row("clamp min", lambda m, x: x.clamp(min=1), lambda x: np.maximum(x, 1), SHAPES, ARITHMETIC, ranges=((-9, 9),))
row("clamp max", lambda m, x: x.clamp(max=1), lambda x: np.minimum(x, 1), SHAPES, ARITHMETIC, ranges=((0, 9),))
row("clamp of integers by a float", lambda m, x: m.clamp(x, 0.5), lambda x: np.maximum(x, 0.5), SHAPES, ("int64",),
    ranges=((-9, 9),), result="float32")  # fmt: skip
row("clamp tensors", lambda m, x, a, b: m.clamp(x, a, b), lambda x, a, b: np.minimum(np.maximum(x, a), b), TRIPLES,
    ARITHMETIC, ranges=((-9, 9), (-4, 1), (0, 5)))  # fmt: skip
row("clamp tensor min", lambda m, x, a: m.clamp(x, a), np.maximum, PAIRS, ranges=((-9, 9),))
row("clamp_min", lambda m, x: m.clamp_min(x, 1), lambda x: np.maximum(x, 1), SHAPES, NUMBERS, ranges=((-9, 9),))
row("clamp_max", lambda m, x, a: m.clamp_max(x, a), np.minimum, PAIRS, ranges=((-9, 9),))
row(
    "lerp",
    lambda m, a, b, w: m.lerp(a, b, w),
    lambda a, b, w: a + w * (b - a),
    TRIPLES,
    ranges=((-9, 9), (-9, 9), (-1, 2)),
)
row("lerp number", lambda m, a, b: m.lerp(a, b, 0.3), lambda a, b: a + 0.3 * (b - a), PAIRS, ranges=((-9, 9),))
row("addcmul", lambda m, x, a, b: m.addcmul(x, a, b), lambda x, a, b: x + a * b, TRIPLES, ARITHMETIC, ranges=((-9, 9),))
row("addcmul value", lambda m, x, a, b: m.addcmul(x, a, b, value=2), lambda x, a, b: x + 2 * a * b, TRIPLES, NUMBERS,
    ranges=((-9, 9),))  # fmt: skip
row(
    "addcdiv",
    lambda m, x, a, b: m.addcdiv(x, a, b),
    lambda x, a, b: x + a / b,
    TRIPLES,
    ranges=((-9, 9), (-9, 9), (0.5, 4)),
)
row("addcdiv value", lambda m, x, a, b: m.addcdiv(x, a, b, value=-0.5), lambda x, a, b: x - 0.5 * a / b, TRIPLES,
    ranges=((-9, 9), (-9, 9), (0.5, 4)))  # fmt: skip
row("nan_to_num", lambda m, x: m.nan_to_num(m.log(x), 1.5, 2.5, -3.5),
    lambda x: np.nan_to_num(np.where(x < 0, math.nan, np.log(np.abs(x))), nan=1.5), SHAPES, ("float64",), ranges=((-1, 1),),
    **CLOSE)  # fmt: skip
row("nan_to_num of integers", lambda m, x: m.nan_to_num(x), lambda x: x, SHAPES, INTEGERS, ranges=((-9, 9),))

"""Rows of pointwise ops of three operands."""

from __future__ import annotations

import math

import numpy as np

from opcases.arithmetic import CLOSE, FEW_PAIRS, SHAPES
from opcases.table import ARITHMETIC, INTEGERS, NUMBERS, elsewhere, extremes, row

TRIPLES = (((7,), (7,), (7,)), ((3, 4), (4,), (3, 1)), ((1000,), (), (1000,)), ((), (), ()), ((0, 3), (3,), (1,)))
row("clamp", lambda m, x: m.clamp(x, -2, 3), lambda x: np.clip(x, -2, 3), SHAPES, ("float32", "float64", "int64", "int32"),
    ranges=((-9, 9),))  # fmt: skip
row("clamp min", lambda m, x: x.clamp(min=1), lambda x: np.maximum(x, 1), SHAPES, ARITHMETIC, ranges=((-9, 9),))
row("clamp max", lambda m, x: x.clamp(max=1), lambda x: np.minimum(x, 1), SHAPES, ARITHMETIC, ranges=((0, 9),))
row("clamp of integers by a float", lambda m, x: m.clamp(x, 0.5), lambda x: np.maximum(x, 0.5), SHAPES, ("int64",),
    ranges=((-9, 9),), result="float32")  # fmt: skip
row("clamp tensors", lambda m, x, a, b: m.clamp(x, a, b), lambda x, a, b: np.minimum(np.maximum(x, a), b), TRIPLES,
    ARITHMETIC, ranges=((-9, 9), (-4, 1), (0, 5)))  # fmt: skip
row("clamp tensor min", lambda m, x, a: m.clamp(x, a), np.maximum, FEW_PAIRS, ranges=((-9, 9),))
row("clamp_min", lambda m, x: m.clamp_min(x, 1), lambda x: np.maximum(x, 1), SHAPES, NUMBERS, ranges=((-9, 9),))
row("clamp_max", lambda m, x, a: m.clamp_max(x, a), np.minimum, FEW_PAIRS, ranges=((-9, 9),))
row(
    "lerp",
    lambda m, a, b, w: m.lerp(a, b, w),
    lambda a, b, w: a + w * (b - a),
    TRIPLES,
    ranges=((-9, 9), (-9, 9), (-1, 2)),
)
row("lerp number", lambda m, a, b: m.lerp(a, b, 0.3), lambda a, b: a + 0.3 * (b - a), FEW_PAIRS, ranges=((-9, 9),))
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

elsewhere(
    "clamp tensors",
    "gs",
    "torch gives no bound the gradient where both are inf",
    lambda x, a, b: (a == np.inf) & (b == np.inf),
)
elsewhere("addcdiv value", "g", "torch squares the divisor first", extremes, True)
elsewhere("addcdiv, addcdiv value", "s", "torch multiplies 0 by inf", lambda x, a, b: (b == 0) | np.isinf(b), True)
elsewhere("nan_to_num", "s", "torch multiplies the logarithm's infinite slope by 0", lambda x: ~(x > 0), True)

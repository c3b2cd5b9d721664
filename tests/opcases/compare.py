"""Rows of comparison, logic and choice."""

from __future__ import annotations

import numpy as np

from opcases.arithmetic import FEW_PAIRS, SHAPES, binary, pair, scalar, unary
from opcases.table import ALL, ARITHMETIC, FLOATS, row

unary("isnan", np.isnan, -5, 5, result="bool", differentiable=False)
unary("logical_not", np.logical_not, -2, 2, dtypes=ALL, result="bool", differentiable=False)
row("masked_fill", lambda m, x, c: x.masked_fill(c, 3), lambda x, c: np.where(c, x.dtype.type(3), x),
    [((7,), (7,)), ((3, 4), (4,)), ((1000,), (1000,)), ((0,), (0,))],
    dtypes=ARITHMETIC, ranges=((-5, 5), (0, 1, "bool")))  # fmt: skip
for _name, _reference in (
    ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("le", np.less_equal), ("gt", np.greater),
    ("ge", np.greater_equal), ("logical_and", np.logical_and), ("logical_or", np.logical_or),
    ("logical_xor", np.logical_xor),
):  # fmt: skip
    binary(_name, lambda m, a, b, _name=_name: getattr(m, _name)(a, b), _reference,
           dtypes=ALL, ranges=((-2, 2),), result="bool", differentiable=False)  # fmt: skip
row("where", lambda m, c, a, b: m.where(c, a, b), np.where,
    [((7,), (7,), (7,)), ((3, 4), (4,), (3, 1)), ((4,), (3, 1), ()), ((1,), (1000,), (1000,)), ((0,), (1,), (0,)),
     ((), (), ()), ((4097,), (4097,), (4097,))],
    dtypes=ALL, ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip
row("where number", lambda m, c, a: m.where(c, a, -1.5), lambda c, a: np.where(c, a, -1.5),
    [((7,), (7,)), ((3, 1), (4,))], ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip
row("where number first", lambda m, c, a: m.where(c, 2, a), lambda c, a: np.where(c, 2, a),
    [((7,), (7,)), ((3, 1), (4,))], dtypes=ARITHMETIC, ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip
for _name, _both in (
    ("x < number", lambda x: x < 1), ("number < tensor", lambda x: x > 1), ("x >= number", lambda x: x >= 1),
    ("x == number", lambda x: x == 1), ("x != number", lambda x: x != 1),
):  # fmt: skip
    scalar(_name, _both, _both, -2, 2, ALL, result="bool", differentiable=False)
for _name, _reference in (("isinf", np.isinf), ("isfinite", np.isfinite), ("isposinf", np.isposinf), ("isneginf", np.isneginf),
                          ("signbit", np.signbit)):  # fmt: skip
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), _reference, SHAPES, ARITHMETIC, ranges=((-5, 5),), result="bool",
        differentiable=False)  # fmt: skip
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
row(
    "greater",
    lambda m, a, b: m.greater(a, b),
    np.greater,
    FEW_PAIRS,
    ALL,
    ranges=((-2, 2),),
    result="bool",
    differentiable=False,
)
row("masked_fill of bools", lambda m, x: m.zeros_like(x, dtype=m.bool).masked_fill(x > 0, 2), lambda x: x > 0, ((3, 4), ()), FLOATS,
    result="bool", differentiable=False)  # fmt: skip

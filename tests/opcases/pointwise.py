"""Rows of pointwise ops: one operand, two that broadcast, a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from opcases.table import ALL, ARITHMETIC, FLOATS, NUMBERS, PAIRS, POINTWISE, SOME, WIDE, row


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
unary("isnan", np.isnan, -5, 5, result="bool", differentiable=False)
unary("logical_not", np.logical_not, -2, 2, dtypes=ALL, result="bool", differentiable=False)
unary("bitwise_not", np.logical_not, 0, 1, dtypes=("bool",), result="bool", differentiable=False)
row("clone", lambda m, x: x.clone(), np.copy, POINTWISE, dtypes=ALL)
row("masked_fill", lambda m, x, c: x.masked_fill(c, 3), lambda x, c: np.where(c, x.dtype.type(3), x),
    [((7,), (7,)), ((3, 4), (4,)), ((1000,), (1000,)), ((0,), (0,))],
    dtypes=ARITHMETIC, ranges=((-5, 5), (0, 1, "bool")))  # fmt: skip


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
    ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("le", np.less_equal), ("gt", np.greater),
    ("ge", np.greater_equal), ("logical_and", np.logical_and), ("logical_or", np.logical_or),
    ("logical_xor", np.logical_xor),
):  # fmt: skip
    binary(_name, lambda m, a, b, _name=_name: getattr(m, _name)(a, b), _reference,
           dtypes=ALL, ranges=((-2, 2),), result="bool", differentiable=False)  # fmt: skip
for _name, _reference in (
    ("bitwise_and", np.logical_and), ("bitwise_or", np.logical_or), ("bitwise_xor", np.logical_xor),
):  # fmt: skip
    binary(_name, lambda m, a, b, _name=_name: getattr(m, _name)(a, b), _reference,
           dtypes=("bool",), result="bool", differentiable=False)  # fmt: skip
row("where", lambda m, c, a, b: m.where(c, a, b), np.where,
    [((7,), (7,), (7,)), ((3, 4), (4,), (3, 1)), ((4,), (3, 1), ()), ((1,), (1000,), (1000,)), ((0,), (1,), (0,)),
     ((), (), ()), ((4097,), (4097,), (4097,))],
    dtypes=ALL, ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip
row("where number", lambda m, c, a: m.where(c, a, -1.5), lambda c, a: np.where(c, a, -1.5),
    [((7,), (7,)), ((3, 1), (4,))], ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip
row("where number first", lambda m, c, a: m.where(c, 2, a), lambda c, a: np.where(c, 2, a),
    [((7,), (7,)), ((3, 1), (4,))], dtypes=ARITHMETIC, ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip


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
for _name, _both in (
    ("x < number", lambda x: x < 1), ("number < tensor", lambda x: x > 1), ("x >= number", lambda x: x >= 1),
    ("x == number", lambda x: x == 1), ("x != number", lambda x: x != 1),
):  # fmt: skip
    scalar(_name, _both, _both, -2, 2, ALL, result="bool", differentiable=False)

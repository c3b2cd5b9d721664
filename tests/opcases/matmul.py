"""Rows of matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import INTEGERS, Shape, row

PRODUCTS = (
    ((3, 4), (4, 5)), ((1, 1), (1, 1)), ((1, 7), (7, 1)), ((7, 1), (1, 7)), ((5, 33), (33, 9)), ((33, 31), (31, 7)),
    ((127, 129), (129, 33)), ((65, 257), (257, 63)), ((4, 1000), (1000, 3)), ((3, 0), (0, 4)), ((0, 3), (3, 2)),
    ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)), ((5, 1, 3, 4), (2, 4, 6)), ((0, 3, 4), (4, 5)),
    ((7, 17, 33), (7, 33, 19)),
)  # fmt: skip


def _turn(shape: Shape) -> Shape:
    return (*shape[:-2], shape[-1], shape[-2])


def _inner(a: Shape, b: Shape) -> int:
    return a[-1]


def _swap(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


row("matmul", lambda m, a, b: m.matmul(a, b), np.matmul, PRODUCTS, terms=_inner)
row("matmul of integers", lambda m, a, b: a @ b, np.matmul, PRODUCTS[:7], dtypes=INTEGERS, ranges=((-9, 9),))
row("matmul a.T", lambda m, a, b: a.mT @ b, lambda a, b: _swap(a) @ b,
    [(_turn(a), b) for a, b in PRODUCTS], terms=lambda a, b: b[-2])  # fmt: skip
row("matmul b.T", lambda m, a, b: a @ b.mT, lambda a, b: a @ _swap(b),
    [(a, _turn(b)) for a, b in PRODUCTS], terms=_inner)  # fmt: skip
row("matmul a.T b.T", lambda m, a, b: a.mT @ b.mT, lambda a, b: _swap(a) @ _swap(b),
    [(_turn(a), _turn(b)) for a, b in PRODUCTS], terms=lambda a, b: b[-1])  # fmt: skip
row("matmul vectors", lambda m, a, b: a @ b, np.matmul,
    [((4,), (4,)), ((1000,), (1000,)), ((4,), (4, 5)), ((3, 4), (4,)), ((2, 3, 4), (4,)), ((4,), (2, 4, 5)),
     ((127,), (127, 33)), ((65, 129), (129,))], terms=_inner)  # fmt: skip
row("mm", lambda m, a, b: m.mm(a, b), np.matmul, PRODUCTS[:2], terms=_inner)
row("bmm", lambda m, a, b: m.bmm(a, b), np.matmul, [((2, 3, 4), (2, 4, 5))], terms=_inner)
row("linear", lambda m, x, w, b: m.nn.functional.linear(x, w, b), lambda x, w, b: x @ w.T + b,
    [((3, 4), (5, 4), (5,)), ((32, 64), (10, 64), (10,)), ((129, 33), (127, 33), (127,)), ((2, 3, 4), (5, 4), (5,)),
     ((4,), (5, 4), (5,)), ((1, 1), (1, 1), (1,)), ((0, 4), (5, 4), (5,))], terms=lambda x, w, b: w[1] + x[0])  # fmt: skip
row("linear without bias", lambda m, x, w: m.nn.functional.linear(x, w), lambda x, w: x @ w.T,
    [((3, 4), (5, 4)), ((33, 65), (129, 65))], terms=_inner)  # fmt: skip

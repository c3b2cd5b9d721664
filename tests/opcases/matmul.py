"""Rows of matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import ARITHMETIC, INTEGERS, Shape, row

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
NARROW = ((-9, 9),)


def last(a: Shape, *rest: Shape) -> int:
    return a[-1] if a else 1


def _second(x: Shape, a: Shape, *rest: Shape) -> int:
    return a[-1] + 1


row("dot", lambda m, a, b: m.dot(a, b), np.dot, [((1,), (1,)), ((7,), (7,)), ((129,), (129,)), ((0,), (0,))],
    dtypes=ARITHMETIC, ranges=NARROW, terms=last, result="same")  # fmt: skip
row("vdot", lambda m, a, b: a.vdot(b), np.dot, [((7,), (7,))], terms=last)
row("mv", lambda m, a, b: m.mv(a, b), np.matmul, [((3, 4), (4,)), ((1, 1), (1,)), ((33, 65), (65,)), ((0, 3), (3,)),
    ((3, 0), (0,))], dtypes=ARITHMETIC, ranges=NARROW, terms=last)  # fmt: skip
row("outer", lambda m, a, b: m.outer(a, b), np.multiply.outer, [((3,), (4,)), ((1,), (33,)), ((0,), (3,))],
    dtypes=ARITHMETIC, ranges=NARROW)  # fmt: skip
row("ger", lambda m, a, b: a.ger(b), np.multiply.outer, [((3,), (4,))])
ADDMM = (
    ((3, 5), (3, 4), (4, 5)), ((5,), (3, 4), (4, 5)), ((3, 1), (3, 4), (4, 5)), ((), (3, 4), (4, 5)),
    ((1, 5), (3, 4), (4, 5)), ((1,), (3, 4), (4, 1)), ((33, 17), (33, 65), (65, 17)), ((3, 5), (3, 0), (0, 5)),
    ((0, 5), (0, 4), (4, 5)),
)  # fmt: skip
row("addmm", lambda m, x, a, b: m.addmm(x, a, b), lambda x, a, b: x + a @ b, ADDMM, terms=_second)
row("addmm factors", lambda m, x, a, b: x.addmm(a, b, beta=0.5, alpha=-2.0), lambda x, a, b: 0.5 * x - 2 * (a @ b),
    ADDMM[:4], terms=_second)  # fmt: skip
row("addmm beta 0", lambda m, x, a, b: m.addmm(x * m.tensor(float("nan")), a, b, beta=0), lambda x, a, b: a @ b, ADDMM[:2],
    terms=_second, differentiable=False)  # fmt: skip
row("addmm of integers", lambda m, x, a, b: m.addmm(x, a, b, beta=2, alpha=-3), lambda x, a, b: (2 * x - 3 * (a @ b)).astype(x.dtype),
    ADDMM[:2], dtypes=("int64", "int32", "uint8"), ranges=NARROW)  # fmt: skip
row("addmm in place", lambda m, x, a, b: (x * 1).addmm_(a, b, alpha=2), lambda x, a, b: x + 2 * (a @ b), ADDMM[:1],
    terms=_second)  # fmt: skip
row("addmv", lambda m, x, a, b: m.addmv(x, a, b, beta=2, alpha=0.5), lambda x, a, b: 2 * x + 0.5 * (a @ b),
    [((3,), (3, 4), (4,)), ((), (3, 4), (4,)), ((3,), (3, 0), (0,))], terms=_second)  # fmt: skip
row("addmv in place", lambda m, x, a, b: (x * 1).addmv_(a, b), lambda x, a, b: x + a @ b, [((3,), (3, 4), (4,))],
    terms=_second)  # fmt: skip
row("addr", lambda m, x, a, b: m.addr(x, a, b, beta=2, alpha=3), lambda x, a, b: 2 * x + 3 * np.multiply.outer(a, b),
    [((3, 4), (3,), (4,)), ((4,), (3,), (4,)), ((), (3,), (4,))], dtypes=("float32", "float64", "int64"), ranges=NARROW,
    terms=lambda *shapes: 2)  # fmt: skip
row("addr in place", lambda m, x, a, b: (x * 1).addr_(a, b), lambda x, a, b: x + np.multiply.outer(a, b),
    [((3, 4), (3,), (4,))], terms=lambda *shapes: 2)  # fmt: skip
BATCHES = (((2, 3, 5), (2, 3, 4), (2, 4, 5)), ((5,), (2, 3, 4), (2, 4, 5)), ((), (1, 3, 7), (1, 7, 2)))
row("baddbmm", lambda m, x, a, b: m.baddbmm(x, a, b, beta=0.5, alpha=2), lambda x, a, b: 0.5 * x + 2 * (a @ b), BATCHES,
    terms=_second)  # fmt: skip
row("baddbmm in place", lambda m, x, a, b: (x * 1).baddbmm_(a, b), lambda x, a, b: x + a @ b, BATCHES[:1],
    terms=_second)  # fmt: skip
row("addbmm", lambda m, x, a, b: m.addbmm(x, a, b, beta=0.5, alpha=2),
    lambda x, a, b: 0.5 * x + 2 * (a @ b).sum(0), [((3, 5), (2, 3, 4), (2, 4, 5)), ((5,), (2, 3, 4), (2, 4, 5))],
    terms=lambda x, a, b: a[0] * a[2] + 1)  # fmt: skip
row("addbmm in place", lambda m, x, a, b: (x * 1).addbmm_(a, b), lambda x, a, b: x + (a @ b).sum(0),
    [((3, 5), (2, 3, 4), (2, 4, 5))], terms=lambda x, a, b: a[0] * a[2] + 1)  # fmt: skip

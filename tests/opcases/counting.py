"""Rows of counting, membership and covariance."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.sorting import KINDS
from opcases.table import FLOATS, INTEGER, INTEGERS, NUMBERS, row

for _count in (3, 20):
    row(f"isin {_count}", lambda m, x, y, n=_count: m.isin(x, y[:n]), lambda x, y, n=_count: np.isin(x, y[:n]),
        (((7,), (40,)), ((3, 5), (40,)), ((), (40,)), ((0,), (40,))), (*FLOATS, *INTEGERS), ranges=((-9, 9),), result="bool",
        differentiable=False)  # fmt: skip
row("isin of rounded ones", lambda m, x, y: m.isin(x.round(), y.round()), lambda x, y: np.isin(np.round(x), np.round(y)),
    (((7,), (40,)), ((33,), (5, 5))), FLOATS, ranges=((-9, 9),), result="bool", differentiable=False)  # fmt: skip
row(
    "isin invert", lambda m, x: m.isin(x, 2, invert=True), lambda x: x != 2, ((7,), (3, 5), ()), INTEGERS, result="bool"
)
row("unravel_index", lambda m, x: m.unravel_index(x, (4, 3, 5)), lambda x: np.unravel_index(x, (4, 3, 5)), ((7,), (), (2, 3), (0,)),
    ("int64", "int32"), ranges=((0, 59),), result="int64 int64 int64")  # fmt: skip


def _unique(x: Any) -> Any:
    found, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return found, inverse.reshape(x.shape), counts


COUNTED = {"ranges": ((-3, 3),), "differentiable": False}
row("unique", lambda m, x: m.unique(x), np.unique, [(7,), (3, 5), (0,), ()], dtypes=KINDS, **COUNTED)
row("unique with places and counts", lambda m, x: m.unique(x, return_inverse=True, return_counts=True), _unique, [(3, 5)],
    dtypes=NUMBERS, result="same int64 int64", **COUNTED)  # fmt: skip
row("unique of rows", lambda m, x: m.unique(x.abs() > 1, dim=0), lambda x: np.unique(np.abs(x) > 1, axis=0), [(9, 2)],
    dtypes=NUMBERS, result="bool", **COUNTED)  # fmt: skip
row("unique_consecutive", lambda m, x: m.unique_consecutive(x, return_counts=True),
    lambda x: (x[np.append(True, x[1:] != x[:-1])], np.diff(np.append(np.flatnonzero(np.append(True, x[1:] != x[:-1])), x.size))),
    [(19,)], dtypes=(INTEGER,), result="int64 int64", ranges=((0, 1),), differentiable=False)  # fmt: skip
row("bincount", lambda m, x: m.bincount(x, minlength=5), lambda x: np.bincount(x, minlength=5), [(19,), (0,)],
    dtypes=(INTEGER, "int32", "uint8"), ranges=((0, 9),), result=INTEGER, differentiable=False)  # fmt: skip
row("bincount of weights", lambda m, x, w: m.bincount(x, w), lambda x, w: np.bincount(x, w), [((19,), (19,))],
    ranges=((0, 9, INTEGER), (-2, 2)), differentiable=False, terms=lambda x, w: 19)  # fmt: skip
row(
    "histc",
    lambda m, x: m.histc(x, 8, -2, 2),
    lambda x: np.histogram(x, 8, (-2, 2))[0] * 1.0,
    [(3, 50)],
    differentiable=False,
)
row("nonzero_static", lambda m, x: m.nonzero_static(x > 1, size=4, fill_value=-7),
    lambda x: np.concatenate([np.argwhere(x > 1), np.full((4, x.ndim), -7)])[:4], [(7,), (2, 3), (3, 2, 2), (0,), (), (2, 0)],
    dtypes=NUMBERS, ranges=((-3, 3),), result=INTEGER, differentiable=False)  # fmt: skip
row("histogram", lambda m, x: m.histogram(x, 8, range=(-1.5, 2)),
    lambda x: np.histogram(x, 8, (-1.5, 2)), [(3, 50), (7,), (0,)], differentiable=False)  # fmt: skip
row("histogram of edges", lambda m, x, w: m.histogram(x, m.tensor([-2, -0.5, 0, 1.25], dtype=x.dtype), weight=w, density=True).hist,
    lambda x, w: np.histogram(x, [-2, -0.5, 0, 1.25], weights=w, density=True)[0], [((50,), (50,)), ((7, 3), (7, 3))],
    ranges=((-2, 2), (0.5, 2)), differentiable=False)  # fmt: skip
row("histogramdd", lambda m, x: m.histogramdd(x, (3, 2), (-2.0, 2.0, -1.0, 1.5), density=True).hist,
    lambda x: np.histogramdd(x.reshape(-1, 2), (3, 2), ((-2, 2), (-1, 1.5)), density=True)[0], [(40, 2), (3, 5, 2)],
    differentiable=False)  # fmt: skip
row("cov", lambda m, x: m.cov(x), np.cov, [(3, 9), (7,)], terms=lambda x: 9)
row("cov correction=0", lambda m, x: m.cov(x, correction=0), lambda x: np.cov(x, ddof=0), [(3, 9)], terms=lambda x: 9)
row("corrcoef", lambda m, x: m.corrcoef(x), np.corrcoef, [(3, 9)], terms=lambda x: 9)

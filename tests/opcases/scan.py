"""Rows of running sums, products and extremes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from opcases.table import CUBES, INTEGER, NUMBERS, dims_size, row

ALONG = (
    ((-1), ((7,), (1, 33), (9, 129), (16, 21), (2, 3, 4), (0, 5), ())),
    (0, ((7,), (33, 5), (65, 37), (3, 0))),
    (1, CUBES[:3]),
)


def _along(f: Any, x: Any, dim: int) -> Any:
    return f(x, dim) if x.ndim else x


def _logs(x: Any, dim: int) -> Any:
    return np.log(np.cumsum(np.exp(x), dim))


def _place(x: Any, dim: int, sign: int) -> Any:
    """Return the last place of the extreme so far."""
    x = np.moveaxis(x, dim, 0) * sign
    best = np.maximum.accumulate(x)
    places = np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
    return np.moveaxis(np.maximum.accumulate(np.where(x == best, places, 0)), 0, dim)


for _dim, _cases in ALONG:
    row(f"cumsum {_dim}", lambda m, x, d=_dim: m.cumsum(x, d), lambda x, d=_dim: _along(np.cumsum, x, d), _cases, dtypes=NUMBERS,
        ranges=((-9, 9),), terms=dims_size(_dim))  # fmt: skip
    row(f"cumprod {_dim}", lambda m, x, d=_dim: m.cumprod(x, d), lambda x, d=_dim: _along(np.cumprod, x, d), _cases,
        ranges=((0.8, 1.2),), terms=dims_size(_dim))  # fmt: skip
    row(f"logcumsumexp {_dim}", lambda m, x, d=_dim: m.logcumsumexp(x, d), lambda x, d=_dim: _along(_logs, x, d), _cases,
        terms=dims_size(_dim))  # fmt: skip
    for _name, _sign, _best in (("cummax", 1, np.maximum), ("cummin", -1, np.minimum)):
        row(
            f"{_name} {_dim}",
            lambda m, x, n=_name, d=_dim: getattr(m, n)(x, d),
            lambda x, s=_sign, f=_best, d=_dim: (f.accumulate(x, d), _place(x, d, s)),
            [case for case in _cases if case and math.prod(case)], dtypes=(*NUMBERS, "int32"), ranges=((-99, 99),),
            result="same int64",
        )  # fmt: skip
row("cumsum of narrow numbers", lambda m, x: x.cumsum(0), lambda x: np.cumsum(x, 0, dtype=np.int64), [(7,), (3, 5)],
    dtypes=("int32", "uint8", "bool"), ranges=((0, 9),), result=INTEGER)  # fmt: skip
row(
    "cumsum dtype",
    lambda m, x: x.cumsum(0, dtype=m.float64),
    lambda x: np.cumsum(x, 0),
    [(7,)],
    dtypes=NUMBERS,
    result="float64",
)
row("cumsum_", lambda m, x: (x * 1).cumsum_(0), lambda x: np.cumsum(x, 0), [(7,), (3, 5)], dtypes=NUMBERS)
row("cumprod of zeros", lambda m, x: (x.round() * x).cumprod(1), lambda x: np.cumprod(np.round(x) * x, 1), [(5, 4)],
    ranges=((-0.9, 0.9),), smooth=False)  # fmt: skip
row("diff", lambda m, x: m.diff(x), np.diff, [(7,), (3, 5), (1,)], dtypes=(*NUMBERS, "int32"), ranges=((-9, 9),))
row(
    "diff 2 0",
    lambda m, x: m.diff(x, 2, 0),
    lambda x: np.diff(x, 2, 0),
    [(7,), (3, 5)],
    dtypes=NUMBERS,
    ranges=((-9, 9),),
)
row("diff prepend append", lambda m, x, y: m.diff(x, prepend=y, append=y), lambda x, y: np.diff(x, prepend=y, append=y),
    [((3, 5), (3, 1))])  # fmt: skip

"""Rows of reductions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from opcases.table import ARITHMETIC, BLOCKS, CUBES, INTEGER, LARGE, MATRICES, NUMBERS, dims_size, row

_sum_like: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("sum", np.sum, {"dtypes": NUMBERS}),
    ("mean", np.mean, {}),
    ("amax", np.max, {"dtypes": NUMBERS}),
    ("amin", np.min, {"dtypes": NUMBERS}),
    ("all", np.all, {"dtypes": (*NUMBERS, "bool"), "result": "bool", "differentiable": False}),
    ("any", np.any, {"dtypes": (*NUMBERS, "bool"), "result": "bool", "differentiable": False}),
)
for _name, _numpy, _options in _sum_like:
    for _dim, _keepdim, _cases in (
        (None, False, (*BLOCKS, *MATRICES[:4], *CUBES[:2])), (0, False, (*BLOCKS[:4], *MATRICES, *CUBES)),
        (-1, True, (*MATRICES, *CUBES)), ((0, 2), False, CUBES), ((-1, 0), True, CUBES), (1, False, CUBES),
    ):  # fmt: skip
        _empty = () if _name in ("amax", "amin", "mean") else ((0,),) if _dim is None else ()
        row(
            f"{_name} {_dim}{' keepdim' if _keepdim else ''}",
            lambda m, x, n=_name, d=_dim, k=_keepdim: getattr(m, n)(x) if d is None else getattr(m, n)(x, d, keepdim=k),
            lambda x, f=_numpy, d=_dim, k=_keepdim: f(x, axis=d, keepdims=k),
            (*_cases, *_empty),
            **{"ranges": ((-9, 9),), "terms": dims_size(_dim), "result": "same", **_options},
        )
row("sum of narrow numbers", lambda m, x: x.sum(), np.sum, [(7,), (129,), (3, 5), (0,), ()],
    dtypes=("int32", "uint8", "bool"), ranges=((-9, 9),), result=INTEGER)  # fmt: skip
row("sum dim of narrow numbers", lambda m, x: x.sum(1), lambda x: np.sum(x, 1), MATRICES[:4],
    dtypes=("int32", "uint8", "bool"), ranges=((-9, 9),), result=INTEGER)  # fmt: skip
row("sum of nothing", lambda m, x: x.sum(1), lambda x: x.sum(1), [(3, 0), (0, 3), (0, 0)], dtypes=NUMBERS)
row("sum dtype", lambda m, x: x.sum(0, dtype=m.float64), lambda x: x.sum(0), [(7,), (33, 5)],
    dtypes=NUMBERS, result="float64", terms=dims_size(0))  # fmt: skip
row("sum of a scalar", lambda m, x: x.sum(0), lambda x: x, [()], dtypes=NUMBERS)
for _name, _numpy, _arg in (("max", np.max, np.argmax), ("min", np.min, np.argmin)):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), _numpy, (*BLOCKS, *MATRICES[:3], ()), dtypes=ARITHMETIC,
        ranges=((-99, 99),))  # fmt: skip
    for _dim, _keepdim in ((0, False), (1, True), (-1, False)):
        row(
            f"{_name} {_dim}{' keepdim' if _keepdim else ''}",
            lambda m, x, n=_name, d=_dim, k=_keepdim: getattr(m, n)(x, d, keepdim=k),
            lambda x, f=_numpy, a=_arg, d=_dim, k=_keepdim: (f(x, axis=d, keepdims=k), a(x, axis=d, keepdims=k)),
            (*MATRICES, *CUBES), dtypes=ARITHMETIC, ranges=((-99, 99),), result="same int64",
        )  # fmt: skip
    row(f"arg{_name}", lambda m, x, n=_name: getattr(m, "arg" + n)(x), _arg, (*BLOCKS, *MATRICES, *CUBES, ()),
        dtypes=ARITHMETIC, ranges=((-9, 9),), result=INTEGER, differentiable=False)  # fmt: skip
    for _dim, _keepdim in ((0, False), (-1, True)):
        row(
            f"arg{_name} {_dim}{' keepdim' if _keepdim else ''}",
            lambda m, x, n="arg" + _name, d=_dim, k=_keepdim: getattr(m, n)(x, d, keepdim=k),
            lambda x, a=_arg, d=_dim, k=_keepdim: a(x, axis=d, keepdims=k),
            (*MATRICES, *CUBES), dtypes=NUMBERS, ranges=((-9, 9),), result=INTEGER, differentiable=False,
        )  # fmt: skip
row("var", lambda m, x: m.var(x), lambda x: np.var(x, ddof=1), [(7,), (3, 5), (129,), (LARGE,)], terms=math.prod)
row("var 0", lambda m, x: m.var(x, 0, correction=0), lambda x: np.var(x, 0), MATRICES, terms=dims_size(0))
row("var -1 keepdim", lambda m, x: m.var(x, -1, keepdim=True), lambda x: np.var(x, -1, ddof=1, keepdims=True),
    MATRICES[1:], terms=dims_size(-1))  # fmt: skip

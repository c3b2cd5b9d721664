"""Rows of reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import ALL, ARITHMETIC, BLOCKS, CUBES, INTEGER, MATRICES, NUMBERS, dims_size, row

_sum_like: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("sum", np.sum, {"dtypes": NUMBERS}),
    ("mean", np.mean, {}),
    ("amax", np.max, {"dtypes": NUMBERS}),
    ("amin", np.min, {"dtypes": NUMBERS}),
    ("nansum", np.nansum, {"dtypes": NUMBERS}),
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
for _what, _dim, _cases in (("", None, ((1,), (7,), (3, 5), ())), (" 0", 0, ((3, 5), (4, 33))), (" -1", -1, CUBES[:2])):
    row(f"prod{_what}", lambda m, x, d=_dim: m.prod(x) if d is None else m.prod(x, d), lambda x, d=_dim: np.prod(x, d), _cases,
        ranges=((0.5, 1.5),), terms=dims_size(_dim))  # fmt: skip
row("prod of integers", lambda m, x: x.prod(0, keepdim=True), lambda x: np.prod(x, 0, keepdims=True), [(5,), (3, 4)],
    dtypes=("int64", "int32", "bool"), ranges=((0, 3),), result=INTEGER)  # fmt: skip
row("prod of zeros", lambda m, x: (x.round() * x).prod(1), lambda x: np.prod(np.round(x) * x, 1), [(9, 3)], ranges=((-0.9, 0.9),),
    smooth=False, terms=dims_size(1))  # fmt: skip
row("nanmean", lambda m, x: x.nanmean(1), lambda x: x.mean(1), [(3, 5), (2, 129)], terms=dims_size(1))
row("count_nonzero", lambda m, x: m.count_nonzero(x, 0), lambda x: np.count_nonzero(x, 0), [(7,), (3, 5)],
    dtypes=(*NUMBERS, "bool"), ranges=((-1, 1),), result=INTEGER, differentiable=False)  # fmt: skip
row(
    "aminmax",
    lambda m, x: m.aminmax(x, dim=0),
    lambda x: (x.min(0), x.max(0)),
    [(7,), (3, 5)],
    dtypes=ARITHMETIC,
    ranges=((-99, 99),),
)


def _bits(x: Any, dim: Any) -> Any:
    wide = x.astype(np.float64).view(np.int64) if x.dtype.kind == "f" else x.astype(np.int64)
    return np.bitwise_xor.reduce(wide, dim)


for _dim in ((), 0, (0, 2)):
    row(" ".join(["hash_tensor", *map(str, np.atleast_1d(_dim).astype(int))]),
        lambda m, x, d=_dim: m.hash_tensor(x, d).view(m.int64), lambda x, d=_dim: _bits(x, d if d != () else None), CUBES, ALL,
        ranges=((-9, 9),), result="int64", differentiable=False)  # fmt: skip

"""Rows of sorting, selection and quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import FLOATS, INTEGER, NUMBERS, dims_size, elsewhere, row

WIDE = ((-99, 99),)
KINDS = (*NUMBERS, "int32", "uint8")


def _order(x: Any, dim: int = -1, descending: bool = False) -> Any:
    if not x.ndim:
        return np.zeros((), np.int64)
    if descending:  # stable: from the far end, counted back
        return x.shape[dim] - 1 - np.flip(np.argsort(np.flip(x, dim), dim, kind="stable"), dim)
    return np.argsort(x, dim, kind="stable")


def _take(x: Any, places: Any, dim: int = -1) -> tuple[Any, Any]:
    return (np.take_along_axis(x, places, dim) if x.ndim else x), places


SHAPES = ((7,), (1,), (3, 47), (2, 50), (2, 300), (2, 4100), (0, 5), (3, 0), ())
for _descending in (False, True):
    _what = " descending" if _descending else ""
    row(f"sort{_what}", lambda m, x, r=_descending: m.sort(x, -1, r), lambda x, r=_descending: _take(x, _order(x, -1, r)),
        SHAPES, dtypes=KINDS, ranges=WIDE, result="same int64")  # fmt: skip
    row(f"sort 0{_what}", lambda m, x, r=_descending: x.sort(0, r), lambda x, r=_descending: _take(x, _order(x, 0, r), 0),
        [(5, 3), (2, 3, 4), (129, 2)], dtypes=FLOATS, ranges=WIDE, result="same int64")  # fmt: skip
    row(f"argsort{_what}", lambda m, x, r=_descending: m.argsort(x, descending=r), lambda x, r=_descending: _order(x, -1, r),
        [(7,), (3, 60)], dtypes=KINDS, ranges=((-9, 9),), result=INTEGER, differentiable=False)  # fmt: skip
row("msort", lambda m, x: m.msort(x), lambda x: np.sort(x, 0), [(7,), (5, 3)], ranges=WIDE)
for _k, _largest in ((0, True), (1, True), (2, False), (3, True), (20, False)):
    row(
        f"topk {_k}{'' if _largest else ' smallest'}",
        lambda m, x, k=_k, r=_largest: m.topk(x, k, largest=r),
        lambda x, k=_k, r=_largest: _take(x, _order(x, -1, r)[..., :k]),
        [(20,), (3, 33), (2, 150)], dtypes=KINDS, ranges=WIDE, result="same int64",
    )  # fmt: skip
row("topk 0 of columns", lambda m, x: m.topk(x, 2, 0), lambda x: _take(x, _order(x, 0, True)[:2], 0), [(9, 3), (2, 2)],
    result="same int64")  # fmt: skip
row(
    "kthvalue",
    lambda m, x: m.kthvalue(x, 3).values,
    lambda x: _take(x, _order(x)[..., 2:3])[0][..., 0],
    [(7,), (3, 60)],
)
row("kthvalue keepdim", lambda m, x: m.kthvalue(x, 2, 0, keepdim=True), lambda x: _take(x, _order(x, 0)[1:2], 0), [(7,), (5, 3)],
    result="same int64")  # fmt: skip
row(
    "median",
    lambda m, x: m.median(x),
    lambda x: np.sort(x, None)[(x.size - 1) // 2],
    [(7,), (4, 5), ()],
    dtypes=KINDS,
    ranges=WIDE,
)
row("median 1", lambda m, x: m.median(x, 1).values, lambda x: np.sort(x, 1)[:, (x.shape[1] - 1) // 2], [(3, 5), (2, 60), (2, 4, 3)],
    dtypes=NUMBERS, ranges=WIDE)  # fmt: skip
row("nanmedian", lambda m, x: m.nanmedian(x, 1, keepdim=True).values,
    lambda x: np.sort(x, 1)[:, (x.shape[1] - 1) // 2 : (x.shape[1] + 1) // 2], [(3, 5), (2, 60)], ranges=WIDE)  # fmt: skip


def _mode(x: Any) -> Any:
    return np.array([np.bincount(r + 9).argmax() - 9 for r in x.reshape(-1, x.shape[-1])]).reshape(x.shape[:-1])


row("mode", lambda m, x: m.mode(x).values, _mode, [(9,), (5, 60)], dtypes=(INTEGER,), ranges=((-9, 9),))
for _kind in ("linear", "lower", "higher", "midpoint", "nearest"):
    row(f"quantile {_kind}", lambda m, x, k=_kind: m.quantile(x, 0.3, 1, interpolation=k),
        lambda x, k=_kind: np.quantile(x, 0.3, 1, method=k), [(3, 5), (2, 60)])  # fmt: skip
row("quantile", lambda m, x: m.quantile(x, 0.75), lambda x: np.quantile(x, 0.75), [(7,), (4, 5)], terms=dims_size(None))
row("quantile of several", lambda m, x: m.quantile(x, m.tensor([0.0, 0.5, 1.0], dtype=x.dtype, device=x.device), 0, True),
    lambda x: np.quantile(x, [0.0, 0.5, 1.0], 0, keepdims=True), [(7,), (4, 5, 2)])  # fmt: skip
row("nanquantile", lambda m, x: m.nanquantile(x, 0.3, 0), lambda x: np.quantile(x, 0.3, 0), [(7,), (4, 5)])
for _side in ("left", "right"):
    row(f"searchsorted {_side}", lambda m, x, y, s=_side: m.searchsorted(m.sort(x)[0], y, side=s),
        lambda x, y, s=_side: np.searchsorted(np.sort(x), y, s), [((7,), (3, 5)), ((60,), (129,)), ((5,), ())],
        dtypes=KINDS, ranges=((-9, 9),), result=INTEGER, differentiable=False)  # fmt: skip
row("searchsorted of rows", lambda m, x, y: m.searchsorted(m.sort(x)[0], y, right=True),
    lambda x, y: np.stack([np.searchsorted(np.sort(a), b, "right") for a, b in zip(x, y)]), [((3, 7), (3, 5))],
    dtypes=NUMBERS, ranges=((-9, 9),), result=INTEGER, differentiable=False)  # fmt: skip
row("bucketize", lambda m, x, y: m.bucketize(x, m.sort(y)[0], out_int32=True), lambda x, y: np.searchsorted(np.sort(y), x),
    [((3, 5), (7,))], dtypes=NUMBERS, ranges=((-9, 9),), result="int32", differentiable=False)  # fmt: skip

elsewhere(
    "topk 1, topk 3, topk 2 smallest, topk 20 smallest, kthvalue keepdim",
    "vg",
    "torch names another one of equal elements",
)
elsewhere("kthvalue, quantile", "g", "torch names another one of equal elements")

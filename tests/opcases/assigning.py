"""Rows of replacing by index, mask and place, and of changing a shape in place."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.movement import moves
from opcases.table import FLOATS, INTEGER

_PUT = [((5, 3), (2,), (2, 3)), ((3, 4), (7,), (7, 4)), ((3,), (2,), (2,)), ((3, 2), (0,), (0, 2))]


def _put(x: np.ndarray, index: Any, values: np.ndarray, add: bool = True) -> np.ndarray:
    out = x.copy()
    if add:
        np.add.at(out, index, values)
    else:
        out[index] = values
    return out


def _masked(x: np.ndarray, mask: np.ndarray, source: np.ndarray) -> np.ndarray:
    out = x.copy()
    out[mask] = source.reshape(-1)[: mask.sum()]
    return out


def _part(x: np.ndarray, index: Any, src: np.ndarray) -> np.ndarray:
    out = x.copy()
    out[index] = src
    return out


def _diagonal(x: np.ndarray, src: np.ndarray) -> np.ndarray:
    out = x.copy()
    out[np.arange(src.size), np.arange(src.size) + 1] = src
    return out


_I = ((-9, 9), (0, 2, INTEGER), (-9, 9))
moves("index_put", lambda m, x, v: m.index_put(x, (m.tensor([2, 0], device=x.device),), v), [((3, 4), (2, 4)), ((3,), (2,))],
      lambda x, v: _put(x, [2, 0], v, False))  # fmt: skip
moves("index_put broadcast", lambda m, x, v: x.index_put((m.tensor([[2], [0]], device=x.device), m.tensor([1, 3], device=x.device)), v),
      [((3, 4), (2,)), ((3, 4), ())], lambda x, v: _put(x, ([[2], [0]], [1, 3]), v, False))  # fmt: skip
moves("index_put accumulate", lambda m, x, i, v: m.index_put(x, (i,), v, True), _PUT,
      lambda x, i, v: _put(x, i, v), ranges=_I, dtypes=(*FLOATS, "int64"))  # fmt: skip
moves("index_put_", lambda m, x, i, v: (x * 1).index_put_((i,), v, accumulate=True), _PUT[:2],
      lambda x, i, v: _put(x, i, v), ranges=_I, dtypes=FLOATS)  # fmt: skip
moves("masked_scatter", lambda m, x, k, s: m.masked_scatter(x, k, s), [((2, 3), (2, 3), (6,)), ((5,), (5,), (2, 4)), ((0,), (0,), (0,))],
      _masked, ranges=((-9, 9), (0, 1, "bool"), (-9, 9)))  # fmt: skip
moves("masked_scatter_", lambda m, x, k, s: (x * 1).masked_scatter_(k, s), [((2, 3), (2, 3), (6,))],
      _masked, ranges=((-9, 9), (0, 1, "bool"), (-9, 9)), dtypes=FLOATS)  # fmt: skip
moves("put", lambda m, x, s: m.put(x, m.tensor([[1, -1]], device=x.device), s), [((2, 3), (2,)), ((7,), (1, 2))],
      lambda x, s: _put(x.reshape(-1), [1, -1], s.reshape(-1), False).reshape(x.shape))  # fmt: skip
moves("put_ accumulate", lambda m, x, i, s: (x * 1).put_(i, s, accumulate=True), [((2, 3), (4,), (4,)), ((3,), (2, 3), (2, 3))],
      lambda x, i, s: _put(x.reshape(-1), i.reshape(-1), s.reshape(-1)).reshape(x.shape), ranges=_I, dtypes=FLOATS)  # fmt: skip
moves("select_scatter", lambda m, x, s: m.select_scatter(x, s, 1, -1), [((2, 3), (2,)), ((2, 3, 4), (2, 4))],
      lambda x, s: _part(x, np.index_exp[:, -1], s))  # fmt: skip
moves("slice_scatter", lambda m, x, s: m.slice_scatter(x, s, 1, 1, 6, 2), [((2, 6), (2, 3)), ((1, 7, 2), (1, 3, 2))],
      lambda x, s: _part(x, np.index_exp[:, 1:6:2], s))  # fmt: skip
moves("diagonal_scatter", lambda m, x, s: m.diagonal_scatter(x, s, 1), [((3, 3), (2,)), ((3, 5), (3,))], _diagonal)
moves("squeeze_", lambda m, x: (x + 0).squeeze_(), [(1, 3, 1), (2, 3)], np.squeeze, dtypes=FLOATS)
moves("squeeze_ 0", lambda m, x: (x + 0).squeeze_(0), [(1, 3, 1), (2, 3)],
      lambda x: x.reshape(x.shape[1:]) if x.shape[0] == 1 else x, dtypes=FLOATS)  # fmt: skip
moves("unsqueeze_", lambda m, x: (x + 0).unsqueeze_(-1), [(2, 3), ()], lambda x: x[..., None], dtypes=FLOATS)
moves(
    "transpose_",
    lambda m, x: (x + 0).transpose_(0, -1),
    [(2, 3), (2, 3, 4)],
    lambda x: np.swapaxes(x, 0, -1),
    dtypes=FLOATS,
)
moves("swapaxes_", lambda m, x: (x + 0).swapaxes_(0, 1), [(2, 3)], np.transpose, dtypes=FLOATS)
moves("swapdims_", lambda m, x: (x + 0).swapdims_(0, 1), [(2, 3)], np.transpose, dtypes=FLOATS)
moves("t_", lambda m, x: (x + 0).t_(), [(2, 3), (4,)], np.transpose, dtypes=FLOATS)

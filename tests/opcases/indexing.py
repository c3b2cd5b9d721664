"""Rows of indexing: reading and replacing by index, mask and position."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import ALL, FLOATS, INTEGER, moves, row

_READ_RANGES = ((-9, 9), (-3, 2, INTEGER))
for _name, _index in {
    "[1]": 1, "[-1]": -1, "[1, 2]": (1, 2), "[1:]": slice(1, None), "[-2:]": slice(-2, None),
    "[:, ::2]": (slice(None), slice(None, None, 2)), "[::3, 1:4:2]": (slice(None, None, 3), slice(1, 4, 2)),
    "[5:2]": slice(5, 2), "[:100]": slice(100), "[None]": None, "[:, None]": (slice(None), None), "[...]": ...,
    "[..., 0]": (..., 0), "[1, ..., 2]": (1, ..., 2), "[..., None, 1:]": (..., None, slice(1, None)), "[()]": (),
}.items():  # fmt: skip
    moves(_name, lambda m, *x, i=_index: x[0][i], [(4, 5), (3, 4, 5)])
moves("[int tensor]", lambda m, x, i: x[i], [((3,), (7,)), ((5, 4), (3,)), ((3, 2, 4), (2, 5)), ((3,), ()), ((3, 2), (0,))],
      ranges=_READ_RANGES)  # fmt: skip
moves("[:, int tensor]", lambda m, x, i: x[:, i], [((2, 3), (7,)), ((4, 5, 3), (2, 2))], ranges=_READ_RANGES)
moves("[int tensor, int tensor]", lambda m, x, i, j: x[i, j],
      [((3, 4), (7,), (7,)), ((5, 3), (2, 1), (3,)), ((3, 4, 2), (5,), (5,))], ranges=_READ_RANGES)  # fmt: skip
moves("[int tensor, :, int tensor]", lambda m, x, i, j: x[i, :, j], [((3, 4, 5), (6,), (6,))], ranges=_READ_RANGES)
moves("[1:, int tensor]", lambda m, x, i: x[1:, i], [((4, 3), (5,))], ranges=_READ_RANGES)
moves("[list]", lambda m, x: x[[2, 0, -1, 2]], [(3,), (4, 5)])
moves("[mask] read", lambda m, x, c: x[c], [((7,), (7,)), ((3, 4), (3, 4)), ((3, 4), (3,)), ((2, 3, 4), (2, 3)), ((0,), (0,))],
      ranges=((-9, 9), (0, 1, "bool")))  # fmt: skip
moves("index_select", lambda m, x, i: m.index_select(x, 1, i), [((2, 3), (5,)), ((4, 3, 2), (1,))],
      lambda x, i: np.take(x, i, 1), ranges=((-9, 9), (0, 2, INTEGER)))  # fmt: skip
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


_PUT_RANGES = ((-9, 9), (0, 2, INTEGER), (-9, 9))
moves("index_put", lambda m, x, v: m.index_put(x, (m.tensor([2, 0], device=x.device),), v), [((3, 4), (2, 4)), ((3,), (2,))],
      lambda x, v: _put(x, [2, 0], v, False))  # fmt: skip
moves("index_put of a number", lambda m, x, v: m.index_put(x, (m.tensor(1, device=x.device),), v), [((3, 4), (4,)), ((3,), ())],
      lambda x, v: _put(x, [1], v, False))  # fmt: skip
moves("index_put of a number and numbers", lambda m, x, v: m.index_put(x, (m.tensor(-1, device=x.device), m.tensor([2, 0], device=x.device)), v),
      [((3, 4), (2,)), ((3, 4, 2), ())], lambda x, v: _put(x, ([-1], [2, 0]), v, False))  # fmt: skip
moves("index_put broadcast", lambda m, x, v: x.index_put((m.tensor([[2], [0]], device=x.device), m.tensor([1, 3], device=x.device)), v),
      [((3, 4), (2,)), ((3, 4), ())], lambda x, v: _put(x, ([[2], [0]], [1, 3]), v, False))  # fmt: skip
moves("index_put accumulate", lambda m, x, i, v: m.index_put(x, (i,), v, True), _PUT,
      lambda x, i, v: _put(x, i, v), ranges=_PUT_RANGES, dtypes=(*FLOATS, "int64"))  # fmt: skip
moves("index_put_", lambda m, x, i, v: (x * 1).index_put_((i,), v, accumulate=True), _PUT[:2],
      lambda x, i, v: _put(x, i, v), ranges=_PUT_RANGES, dtypes=FLOATS)  # fmt: skip
moves("masked_scatter", lambda m, x, k, s: m.masked_scatter(x, k, s), [((2, 3), (2, 3), (6,)), ((5,), (5,), (2, 4)), ((0,), (0,), (0,))],
      _masked, ranges=((-9, 9), (0, 1, "bool"), (-9, 9)))  # fmt: skip
moves("masked_scatter_", lambda m, x, k, s: (x * 1).masked_scatter_(k, s), [((2, 3), (2, 3), (6,))],
      _masked, ranges=((-9, 9), (0, 1, "bool"), (-9, 9)), dtypes=FLOATS)  # fmt: skip
moves("put", lambda m, x, s: m.put(x, m.tensor([[1, -1]], device=x.device), s), [((2, 3), (2,)), ((7,), (1, 2))],
      lambda x, s: _put(x.reshape(-1), [1, -1], s.reshape(-1), False).reshape(x.shape))  # fmt: skip
moves("put_ accumulate", lambda m, x, i, s: (x * 1).put_(i, s, accumulate=True), [((2, 3), (4,), (4,)), ((3,), (2, 3), (2, 3))],
      lambda x, i, s: _put(x.reshape(-1), i.reshape(-1), s.reshape(-1)).reshape(x.shape), ranges=_PUT_RANGES, dtypes=FLOATS)  # fmt: skip
moves("select_scatter", lambda m, x, s: m.select_scatter(x, s, 1, -1), [((2, 3), (2,)), ((2, 3, 4), (2, 4))],
      lambda x, s: _part(x, np.index_exp[:, -1], s))  # fmt: skip


def _np_strided(x: Any, s: Any) -> Any:
    out = x.copy().reshape(-1)
    out[[[0, 1], [3, 4]]] = s
    return out.reshape(x.shape)


def _strided(m: Any, x: Any, s: Any) -> Any:
    if m.__name__ == "torch":  # whose function passes on the gradient of what is replaced
        copy = x.clone(memory_format=m.contiguous_format)
        copy.as_strided((2, 2), (3, 1)).copy_(s)
        return copy
    return m.as_strided_scatter(x.contiguous(), s, (2, 2), (3, 1))


moves("as_strided_scatter", _strided, [((2, 6), (2, 2)), ((9,), (2, 2))],
      _np_strided)  # fmt: skip
moves("slice_scatter", lambda m, x, s: m.slice_scatter(x, s, 1, 1, 6, 2), [((2, 6), (2, 3)), ((1, 7, 2), (1, 3, 2))],
      lambda x, s: _part(x, np.index_exp[:, 1:6:2], s))  # fmt: skip
moves("diagonal_scatter", lambda m, x, s: m.diagonal_scatter(x, s, 1), [((3, 3), (2,)), ((3, 5), (3,))], _diagonal)
_ROW_RANGES = ((-9, 9), (0, 2, INTEGER))
moves("index_select 0", lambda m, x, i: m.index_select(x, 0, i), [((3, 2), (5,)), ((3,), (4,)), ((4, 67), (2,))],
      lambda x, i: np.take(x, i, 0), ranges=_ROW_RANGES)  # fmt: skip
moves("[mask] = number", lambda m, x, c: _assigned(x, c, 3), [((7,), (7,)), ((3, 4), (3,))],
      lambda x, c: _replaced(x, c, 3), ranges=((-9, 9), (0, 1, "bool")))  # fmt: skip
moves("[int tensor] =", lambda m, x, v: _assigned(x, m.tensor([2, 0]), v), [((3, 4), (2, 4)), ((3,), (1,)), ((4, 2, 3), (3,))],
      lambda x, v: _replaced(x, [2, 0], v))  # fmt: skip
moves("[int tensor, :, int tensor] =", lambda m, x, v: _assigned(x, (m.tensor([2, 0]), slice(None), m.tensor([1, -1])), v),
      [((3, 4, 2), (2, 4))], lambda x, v: _replaced(x, ([2, 0], slice(None), [1, -1]), v))  # fmt: skip
moves("[1:, int tensor] =", lambda m, x, v: _assigned(x, (slice(1, None), m.tensor([2, 0])), v), [((3, 4), (2, 2)), ((3, 4),
      ())], lambda x, v: _replaced(x, (slice(1, None), [2, 0]), v))  # fmt: skip
moves("[:, 1] =", lambda m, x, v: _assigned(x, (slice(None), 1), v), [((3, 4), (3,)), ((3, 4), ())],
      lambda x, v: _replaced(x, (slice(None), 1), v))  # fmt: skip
moves("[lists]", lambda m, x, i, j: x[1:, i, None, j], [((3, 4, 5), (2,), (2,))], lambda x, i, j: x[1:, i, None, j],
      ranges=((-9, 9), (-4, 3, INTEGER)))  # fmt: skip


def _assigned(x: Any, index: Any, value: Any) -> Any:
    y = x.clone()
    y[index] = value
    return y


def _replaced(x: np.ndarray, index: Any, value: Any) -> np.ndarray:
    y = x.copy()
    y[index] = value
    return y


SELECTED = (((7,), (7,)), ((3, 4), (4,)), ((2, 1), (2, 3)), ((0,), (0,)))
row("masked_select", lambda m, x, c: m.masked_select(x, c),
    lambda x, c: np.broadcast_to(x, np.broadcast_shapes(x.shape, c.shape))[np.broadcast_to(c, np.broadcast_shapes(x.shape, c.shape))],
    SELECTED, ALL, ranges=((-9, 9), (0, 1, "bool")))  # fmt: skip
row("where indices", lambda m, x: m.stack(m.where(x)), lambda x: np.stack(np.nonzero(x)), ((7,), (3, 4), (0, 2)),
    ("int64", "uint8", "float32"), ranges=((-1, 1),), result="int64", differentiable=False)  # fmt: skip
for _name in ("nonzero", "argwhere"):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), np.argwhere, ((7,), (3, 4), (0, 2), (2, 2, 3)), ("int64", "uint8", "bool"),
        ranges=((-1, 1),), result="int64", differentiable=False)  # fmt: skip

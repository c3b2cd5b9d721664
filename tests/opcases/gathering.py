"""Rows of reading and writing elements along a dimension by index."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from opcases.table import ARITHMETIC, FLOATS, INTEGER, elsewhere, moves, row

_I = ((-9, 9), (0, 2, INTEGER))
_IS = ((-9, 9), (0, 2, INTEGER), (-9, 9))
_GATHERED = [
    ((5, 3), (2, 3)),
    ((3, 5), (4, 2)),
    ((3, 4, 2), (6, 4, 1)),
    ((3,), (7,)),
    ((3, 67), (5, 67)),
    ((3, 2), (0, 2)),
]
_SCATTERED = [((5, 3), (2, 3), (2, 3)), ((3, 5), (4, 2), (4, 2)), ((3,), (7,), (7,)), ((3, 67), (9, 67), (9, 67)),
              ((3, 2), (0, 2), (0, 2))]  # fmt: skip


def _places(index: np.ndarray, dim: int) -> tuple[np.ndarray, ...]:
    places = list(np.indices(index.shape))
    places[dim] = index
    return tuple(places)


def _crop(x: np.ndarray, index: np.ndarray) -> np.ndarray:
    return x[tuple(slice(n) for n in index.shape)]


def _scatter(function: Any, x: np.ndarray, index: np.ndarray, dim: int, src: np.ndarray) -> np.ndarray:
    out = x.copy()
    with np.errstate(over="ignore"):  # uint8 wraps around
        for place, value in zip(zip(*[p.reshape(-1) for p in _places(index, dim)]), _crop(src, index).reshape(-1)):
            out[place] = function(out[place], value)
    return out


moves("gather 0", lambda m, x, i: m.gather(x, 0, i), _GATHERED, lambda x, i: x[_places(i, 0)], ranges=_I)
moves("gather -1", lambda m, x, i: x.gather(-1, i), [((4, 3), (4, 7)), ((4, 3), (2, 5)), ((33, 3), (33, 65))],
      lambda x, i: x[_places(i, -1)], ranges=_I)  # fmt: skip
# of equal indices one wins, which one is not defined in torch: the rows have none
moves("scatter src", lambda m, x, s: m.scatter(x, 1, m.tensor([[0, 2], [3, 1]], device=x.device), s), [((4, 5), (2, 2)), ((2, 4), (2, 2))],
      lambda x, s: _scatter(lambda a, b: b, x, np.array([[0, 2], [3, 1]]), 1, s))  # fmt: skip
moves("scatter value", lambda m, x, i: x.scatter(0, i, 4), [s[:2] for s in _SCATTERED],
      lambda x, i: _scatter(lambda a, b: b, x, i, 0, np.full(i.shape, x.dtype.type(4))), ranges=_I)  # fmt: skip
moves("scatter reduce multiply", lambda m, x, i, s: x.scatter(0, i, s, reduce="multiply"), _SCATTERED[:3],
      lambda x, i, s: _scatter(lambda a, b: a * b, x, i, 0, s), ranges=((-2, 2), (0, 2, INTEGER), (-2, 2)), dtypes=FLOATS,
      differentiable=False)  # fmt: skip
moves("scatter_add", lambda m, x, i, s: m.scatter_add(x, 0, i, s), _SCATTERED,
      lambda x, i, s: _scatter(lambda a, b: a + b, x, i, 0, s), ranges=_IS, dtypes=ARITHMETIC)  # fmt: skip
moves("scatter_add_", lambda m, x, i, s: (x * 1).scatter_add_(1, i, s), [((4, 3), (4, 7), (4, 7)), ((4, 5), (2, 3), (2, 3))],
      lambda x, i, s: _scatter(lambda a, b: a + b, x, i, 1, s), ranges=_IS, dtypes=FLOATS)  # fmt: skip
moves("scatter_add wide source", lambda m, x, i, s: m.scatter_add(x, 0, i, s), [((3, 5), (4, 2), (5, 3))],
      lambda x, i, s: _scatter(lambda a, b: a + b, x, i, 0, s), ranges=_IS, dtypes=FLOATS, differentiable=False)  # fmt: skip
_REDUCE = {"sum": lambda a, b: a + b, "prod": lambda a, b: a * b, "amax": np.fmax, "amin": np.fmin}
for _name, _function in _REDUCE.items():
    row(f"scatter_reduce {_name}", lambda m, x, i, s, n=_name: m.scatter_reduce(x, 0, i, s, n),
        lambda x, i, s, f=_function: _scatter(f, x, i, 0, s), _SCATTERED[:3], ARITHMETIC, ranges=((1, 4), (0, 2, INTEGER),
        (1, 3)))  # fmt: skip
row("scatter_reduce mean", lambda m, x, i, s: m.scatter_reduce(x, 0, i, s, "mean"),
    lambda x, i, s: _scatter(lambda a, b: a + b, x, i, 0, s) / _scatter(lambda a, b: a + 1, np.ones_like(x), i, 0, s),
    _SCATTERED[:3], ranges=_IS)  # fmt: skip
row("scatter_reduce without self", lambda m, x, i, s: m.scatter_reduce(x, 0, i, s, "amax", include_self=False),
    lambda x, i, s: _scatter(np.fmax, _scatter(lambda a, b: -np.inf, x, i, 0, s), i, 0, s), _SCATTERED[:3],
    ranges=_IS)  # fmt: skip
moves("take", lambda m, x, i: m.take(x, i), [((3, 4), (2, 5)), ((5,), ()), ((3, 1), (0,))], np.take,
      ranges=((-9, 9), (-3, 2, INTEGER)))  # fmt: skip
moves("take_along_dim", lambda m, x, i: m.take_along_dim(x, i, 1), [((4, 3), (4, 2)), ((4, 3), (1, 2)), ((1, 3), (4, 5))],
      lambda x, i: np.take_along_axis(x, i, 1) if x.shape[0] == 4 else np.take_along_axis(np.tile(x, (4, 1)), i, 1),
      ranges=_I)  # fmt: skip
moves("take_along_dim flat", lambda m, x, i: m.take_along_dim(x, i), [((4, 3), (2, 5))], lambda x, i: x.reshape(-1)[
      i.reshape(-1)], ranges=_I)  # fmt: skip
_SLICES = [((4, 3, 2), (4, 2, 2)), ((2, 5), (2, 2)), ((3, 3, 33), (3, 2, 33))]


def _rows(function: Any, x: np.ndarray, s: np.ndarray, index: Any = (2, 0)) -> np.ndarray:
    out = x.copy()
    for k, i in enumerate(index):
        out[:, i] = function(out[:, i], s[:, k])
    return out


moves("index_add", lambda m, x, s: m.index_add(x, 1, m.tensor([2, 0], device=x.device), s), _SLICES,
      lambda x, s: _rows(lambda a, b: a + b, x, s), dtypes=ARITHMETIC)  # fmt: skip
moves("index_add alpha", lambda m, x, s: x.index_add(1, m.tensor([1, 1], device=x.device), s, alpha=-2), _SLICES,
      lambda x, s: _rows(lambda a, b: a - 2 * b, x, s, (1, 1)), dtypes=FLOATS)  # fmt: skip
moves("index_add_", lambda m, x, s: (x * 1).index_add_(1, m.tensor([2, 0], device=x.device), s), _SLICES,
      lambda x, s: _rows(lambda a, b: a + b, x, s), dtypes=FLOATS)  # fmt: skip
moves("index_copy", lambda m, x, s: m.index_copy(x, 1, m.tensor([2, 0], device=x.device), s), _SLICES[:1] + _SLICES[2:],
      lambda x, s: _rows(lambda a, b: b, x, s))  # fmt: skip
moves("index_fill", lambda m, x: m.index_fill(x, 1, m.tensor([2, 0], device=x.device), 1), [(4, 3), (2, 5, 33)],
      lambda x: _rows(lambda a, b: 1, x, x))  # fmt: skip


def quietly(call):
    """Torch warns that index_reduce is new."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def reduced(x, source, how):
    out = x.copy()
    function = {"prod": np.multiply, "amax": np.maximum, "amin": np.minimum, "mean": np.add}[how]
    function.at(out, [0, 2, 0], source)
    return out / np.array([3, 1, 2]).reshape(-1, *(1,) * (x.ndim - 1)) if how == "mean" else out


for _how in ("prod", "mean", "amax", "amin"):
    row(f"index_reduce {_how}", lambda m, x, s, h=_how: quietly(lambda: x.index_reduce(0, m.tensor([0, 2, 0], device=x.device), s, h)),
        lambda x, s, h=_how: reduced(x, s, h), (((3, 5), (3, 5)), ((3,), (3,)), ((3, 2, 2), (3, 2, 2))))  # fmt: skip

elsewhere("scatter_reduce without self", "gs", "torch counts the replaced element among those that tie")

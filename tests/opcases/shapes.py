"""Rows of further views and of copies in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.movement import moves
from opcases.table import INTEGER

moves("ravel", lambda m, x: m.ravel(x), [(2, 3), ()])
moves(
    "view_as",
    lambda m, x, y: x.view_as(y),
    [((2, 3), (6,))],
    lambda x, y: x.reshape(6),
    ranges=((-9, 9), (0, 2, INTEGER)),
)
moves("reshape_as", lambda m, x, y: x.reshape_as(y), [((2, 3), (3, 2))], lambda x, y: x.reshape(3, 2),
      ranges=((-9, 9), (0, 2, INTEGER)))  # fmt: skip
moves("unflatten", lambda m, x: m.unflatten(x, 1, (2, -1)), [(3, 4), (2, 6, 5)],
      lambda x: x.reshape(x.shape[0], 2, -1, *x.shape[2:]))  # fmt: skip
moves("swapaxes", lambda m, x: m.swapaxes(x, 0, -1), [(2, 3, 4)])
moves("swapdims", lambda m, x: m.swapdims(x, 0, 1), [(2, 3)], lambda x: x.T)
moves("adjoint", lambda m, x: m.adjoint(x), [(2, 3, 4)], lambda x: np.swapaxes(x, -1, -2))
moves("movedim", lambda m, x: m.movedim(x, 0, 2), [(2, 3, 4)], lambda x: np.moveaxis(x, 0, 2))
moves(
    "movedim several", lambda m, x: x.movedim((0, 1), (-1, 0)), [(2, 3, 4)], lambda x: np.moveaxis(x, (0, 1), (-1, 0))
)
moves("moveaxis", lambda m, x: m.moveaxis(x, -1, 0), [(2, 3, 4)])
moves("squeeze several", lambda m, x: m.squeeze(x, (0, 2)), [(1, 3, 1), (2, 3, 1)],
      lambda x: x.reshape([n for n in x.shape if n > 1]))  # fmt: skip
moves("repeat", lambda m, x: x.repeat(2, 1, 3), [(2, 3, 4), (3, 4), ()], lambda x: np.tile(x, (2, 1, 3)))
moves("repeat 0", lambda m, x: x.repeat(0, 2), [(2, 3)], lambda x: np.tile(x, (0, 2)))
moves("tile", lambda m, x: m.tile(x, (2, 2)), [(2, 3), (3,), (2, 3, 4)])
moves("repeat_interleave", lambda m, x: m.repeat_interleave(x, 3), [(2, 3), (), (0,)], lambda x: np.repeat(x, 3))
moves("repeat_interleave 1", lambda m, x: x.repeat_interleave(2, dim=1), [(2, 3, 4)], lambda x: np.repeat(x, 2, 1))
moves("repeat_interleave by tensor", lambda m, x: m.repeat_interleave(x, m.tensor([2, 0, 3]), dim=0), [(3, 2)],
      lambda x: np.repeat(x, [2, 0, 3], 0))  # fmt: skip
moves("flip", lambda m, x: m.flip(x, (0, -1)), [(2, 3), (3, 2, 33), (0, 2)], lambda x: np.flip(x, (0, -1)))
moves("fliplr", lambda m, x: m.fliplr(x), [(2, 5)])
moves("flipud", lambda m, x: m.flipud(x), [(4, 3)])
for _k in (0, 1, 2, 3, -1):
    moves(f"rot90 {_k}", lambda m, x, k=_k: m.rot90(x, k), [(2, 3), (3, 2, 2)], lambda x, k=_k: np.rot90(x, k))
moves("rot90 dims", lambda m, x: m.rot90(x, 1, (1, 2)), [(2, 3, 4)], lambda x: np.rot90(x, 1, (1, 2)))
moves("roll", lambda m, x: m.roll(x, 2), [(2, 3), (5,), (0, 2)], lambda x: np.roll(x, 2))
moves("roll dims", lambda m, x: m.roll(x, (1, -5), (0, 1)), [(2, 3), (3, 33)], lambda x: np.roll(x, (1, -5), (0, 1)))
moves("tril", lambda m, x: m.tril(x), [(3, 5), (2, 5, 3), (33, 67), (0, 3)])
moves("tril -2", lambda m, x: x.tril(-2), [(4, 4)], lambda x: np.tril(x, -2))
moves("triu", lambda m, x: m.triu(x), [(3, 5), (2, 5, 3), (33, 67), (0, 3)])
moves("triu 1", lambda m, x: x.triu(diagonal=1), [(4, 4), (1, 1)], lambda x: np.triu(x, 1))
moves("triu_", lambda m, x: (x + 0).triu_(), [(4, 3)], np.triu, dtypes=("float32",))
moves("diagonal", lambda m, x: m.diagonal(x), [(3, 4), (4, 3), (2, 3, 4), (0, 3)], lambda x: np.diagonal(x))
moves("diagonal offset", lambda m, x: x.diagonal(1, -2, -1), [(2, 3, 4)], lambda x: np.diagonal(x, 1, -2, -1))
moves("diag", lambda m, x: m.diag(x), [(3,), (3, 4)])
moves("diag -1", lambda m, x: m.diag(x, -1), [(3,), (3, 4)], lambda x: np.diag(x, -1))
moves("diagflat", lambda m, x: m.diagflat(x, 1), [(2, 2)], lambda x: np.diagflat(x, 1))
moves("diag_embed", lambda m, x: m.diag_embed(x), [(2, 3)], lambda x: np.stack([np.diag(r) for r in x]))
moves("as_strided", lambda m, x: m.as_strided(x, (2, 2), (1, 2), 1), [(7,), (3, 3)],
      lambda x: x.reshape(-1)[np.array([[1, 3], [2, 4]])])  # fmt: skip
moves("as_strided overlapping", lambda m, x: x.as_strided((3, 3), (1, 1)), [(7,)],
      lambda x: x[np.arange(3)[:, None] + np.arange(3)])  # fmt: skip
moves("unfold windows", lambda m, x: x.unfold(0, 3, 2), [(7,), (8, 2)],
      lambda x: np.stack([np.moveaxis(x[i : i + 3], 0, -1) for i in range(0, len(x) - 2, 2)]))  # fmt: skip
moves("select", lambda m, x: m.select(x, 1, -1), [(2, 3), (2, 3, 4)], lambda x: x[:, -1])
moves("narrow negative", lambda m, x: m.narrow(x, 0, -2, 2), [(4, 3)], lambda x: x[-2:])
moves("split_with_sizes", lambda m, x: x.split_with_sizes([1, 2], 1), [(2, 3)], lambda x: (x[:, :1], x[:, 1:]))
moves("tensor_split", lambda m, x: m.tensor_split(x, 3), [(7, 2), (2,)], lambda x: np.array_split(x, 3))
moves("tensor_split places", lambda m, x: m.tensor_split(x, (1, 5), dim=1), [(2, 4)], lambda x: np.split(x, (1, 5), 1))
moves("hsplit", lambda m, x: m.hsplit(x, 2), [(4,), (3, 4)], lambda x: np.hsplit(x, 2))
moves("vsplit", lambda m, x: m.vsplit(x, [1]), [(4, 2)], lambda x: np.vsplit(x, [1]))
moves("dsplit", lambda m, x: m.dsplit(x, 2), [(2, 3, 4)], lambda x: np.dsplit(x, 2))
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

"""Rows of repeating, flipping, rolling and moving dimensions."""

from __future__ import annotations

import numpy as np

from opcases.table import INTEGER, moves

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
moves("movedim", lambda m, x: m.movedim(x, 0, 2), [(2, 3, 4)], lambda x: np.moveaxis(x, 0, 2))
moves(
    "movedim several", lambda m, x: x.movedim((0, 1), (-1, 0)), [(2, 3, 4)], lambda x: np.moveaxis(x, (0, 1), (-1, 0))
)
moves("moveaxis", lambda m, x: m.moveaxis(x, -1, 0), [(2, 3, 4)])
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

"""Rows of views, joins and indexing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from opcases.table import ALL, INTEGER, row


def moves(name: str, call: Callable[..., Any], cases: Any, reference: Callable[..., Any] | None = None,
          **options: Any) -> None:  # fmt: skip
    """Add a row of an op that only moves elements; without a reference NumPy's method of the same name is it."""
    row(name, lambda m, *x: call(m, *x), reference or (lambda *x: call(np, *x)), cases,
        **{"dtypes": ALL, "ranges": ((-9, 9),), **options})  # fmt: skip


moves("reshape", lambda m, x: x.reshape(4, 6), [(2, 3, 4), (24,), (6, 4)])
moves("reshape -1", lambda m, x: x.reshape((2, -1)), [(2, 3, 4), (24,), (0, 2)])
moves("reshape to scalar", lambda m, x: x.reshape(()), [(1,), (1, 1), ()])
moves("view", lambda m, x: x.view(3, 8), [(2, 3, 4), (24,)], lambda x: x.reshape(3, 8))
moves("reshape of transposed", lambda m, x: m.transpose(x, 0, 1).reshape(-1), [(3, 5), (2, 3, 4), (33, 65)],
      lambda x: np.swapaxes(x, 0, 1).reshape(-1))  # fmt: skip
moves("flatten", lambda m, x: m.flatten(x), [(2, 3, 4), (5,), (), (0, 3)], np.ravel)
moves("flatten 1", lambda m, x: m.flatten(x, 1), [(2, 3, 4), (5, 1)], lambda x: x.reshape(x.shape[0], -1))
moves("flatten 0 1", lambda m, x: x.flatten(0, 1), [(2, 3, 4)], lambda x: x.reshape(6, 4))
moves("transpose", lambda m, x: m.transpose(x, 0, 1), [(3, 5), (2, 3, 4), (33, 65), (0, 3)],
      lambda x: np.swapaxes(x, 0, 1))  # fmt: skip
moves("transpose negative", lambda m, x: x.transpose(-1, 0), [(3, 5), (2, 3, 4)], lambda x: np.swapaxes(x, -1, 0))
moves("t", lambda m, x: m.t(x), [(3, 5), (4,), ()], np.transpose)
moves("T", lambda m, x: x.T, [(3, 5)])
moves("mT", lambda m, x: x.mT, [(2, 3, 5)], lambda x: np.swapaxes(x, -1, -2))
moves("permute", lambda m, x: m.permute(x, (2, 0, 1)), [(2, 3, 4), (5, 1, 7), (0, 2, 3)],
      lambda x: np.transpose(x, (2, 0, 1)))  # fmt: skip
moves("contiguous of permuted", lambda m, x: x.permute(2, -2, 0).contiguous(), [(2, 3, 4), (17, 9, 33)],
      lambda x: np.transpose(x, (2, 1, 0)))  # fmt: skip
moves("expand", lambda m, x: x.expand(4, 3, 5), [(3, 5), (3, 1), (1, 1), (1, 3, 5), (5,), ()],
      lambda x: np.broadcast_to(x, (4, 3, 5)))  # fmt: skip
moves("expand -1", lambda m, x: x.expand(4, -1), [(1, 3), (3,)], lambda x: np.broadcast_to(x, (4, 3)))
moves("broadcast_to", lambda m, x: m.broadcast_to(x, (2, 3)), [(3,), (2, 1), ()])
moves("squeeze", lambda m, x: m.squeeze(x), [(1, 3, 1), (3,), (1,), ()])
moves("squeeze 1", lambda m, x: m.squeeze(x, 1), [(2, 1, 3), (2, 3)], lambda x: x.reshape(x.shape[0], -1)
      if x.ndim == 3 else x)  # fmt: skip
moves("unsqueeze 0", lambda m, x: m.unsqueeze(x, 0), [(3,), (2, 3), ()], lambda x: x[None])
moves("unsqueeze -1", lambda m, x: m.unsqueeze(x, -1), [(3,), (2, 3), ()], lambda x: x[..., None])
moves("cat", lambda m, *x: m.cat(x), [((2,), (3,)), ((2, 3), (1, 3), (4, 3)), ((2, 3), (0, 3)), ((5,),)],
      lambda *x: np.concatenate(x))  # fmt: skip
moves("cat 1", lambda m, *x: m.cat(list(x), dim=-1), [((2, 3), (2, 1)), ((33, 31), (33, 2), (33, 65))],
      lambda *x: np.concatenate(x, -1))  # fmt: skip
moves("stack", lambda m, *x: m.stack(x), [((2, 3), (2, 3)), ((), (), ()), ((0,), (0,))])
moves("stack -1", lambda m, *x: m.stack(x, -1), [((2, 3), (2, 3)), ((5,), (5,))])
moves("split", lambda m, x: m.split(x, 3), [(7,), (6, 2), (2,)], lambda x: tuple(np.split(x, range(3, len(x), 3))))
moves("split sections", lambda m, x: m.split(x, [1, 4], dim=1), [(2, 5)], lambda x: (x[:, :1], x[:, 1:]))
moves("chunk", lambda m, x: m.chunk(x, 3), [(7,), (6, 2)], lambda x: tuple(np.split(x, range(-(-len(x) // 3), len(x),
      -(-len(x) // 3)))))  # fmt: skip
moves("unbind", lambda m, x: m.unbind(x, 1), [(2, 3)], lambda x: tuple(x.T))
moves("narrow", lambda m, x: m.narrow(x, 1, 1, 2), [(2, 4), (3, 3)], lambda x: x[:, 1:3])

_I = ((-9, 9), (-3, 2, INTEGER))
for _name, _index in {
    "[1]": 1, "[-1]": -1, "[1, 2]": (1, 2), "[1:]": slice(1, None), "[-2:]": slice(-2, None),
    "[:, ::2]": (slice(None), slice(None, None, 2)), "[::3, 1:4:2]": (slice(None, None, 3), slice(1, 4, 2)),
    "[5:2]": slice(5, 2), "[:100]": slice(100), "[None]": None, "[:, None]": (slice(None), None), "[...]": ...,
    "[..., 0]": (..., 0), "[1, ..., 2]": (1, ..., 2), "[..., None, 1:]": (..., None, slice(1, None)), "[()]": (),
}.items():  # fmt: skip
    moves(_name, lambda m, *x, i=_index: x[0][i], [(4, 5), (3, 4, 5)])
moves("[int tensor]", lambda m, x, i: x[i], [((3,), (7,)), ((5, 4), (3,)), ((3, 2, 4), (2, 5)), ((3,), ()), ((3, 2), (0,))],
      ranges=_I)  # fmt: skip
moves("[:, int tensor]", lambda m, x, i: x[:, i], [((2, 3), (7,)), ((4, 5, 3), (2, 2))], ranges=_I)
moves("[int tensor, int tensor]", lambda m, x, i, j: x[i, j],
      [((3, 4), (7,), (7,)), ((5, 3), (2, 1), (3,)), ((3, 4, 2), (5,), (5,))], ranges=_I)  # fmt: skip
moves("[int tensor, :, int tensor]", lambda m, x, i, j: x[i, :, j], [((3, 4, 5), (6,), (6,))], ranges=_I)
moves("[1:, int tensor]", lambda m, x, i: x[1:, i], [((4, 3), (5,))], ranges=_I)
moves("[list]", lambda m, x: x[[2, 0, -1, 2]], [(3,), (4, 5)])
moves("[mask] read", lambda m, x, c: x[c], [((7,), (7,)), ((3, 4), (3, 4)), ((3, 4), (3,)), ((2, 3, 4), (2, 3)), ((0,), (0,))],
      ranges=((-9, 9), (0, 1, "bool")))  # fmt: skip
moves("index_select", lambda m, x, i: m.index_select(x, 1, i), [((2, 3), (5,)), ((4, 3, 2), (1,))],
      lambda x, i: np.take(x, i, 1), ranges=((-9, 9), (0, 2, INTEGER)))  # fmt: skip

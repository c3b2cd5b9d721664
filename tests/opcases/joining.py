"""Rows of joining tensors, and of shapes that fit each other."""

from __future__ import annotations

import numpy as np

from opcases.table import moves

moves("cat of many", lambda m, *x: m.cat(x, 1), [((2, 3),) * 11, ((3, 1, 2), (3, 0, 2), (3, 65, 2))],
      lambda *x: np.concatenate(x, 1))  # fmt: skip
moves("cat of strided", lambda m, x, y: m.cat([x.t(), y]), [((3, 4), (2, 3))], lambda x, y: np.concatenate([x.T, y]))
moves("concat", lambda m, *x: m.concat(x, -1), [((2, 3), (2, 1))], lambda *x: np.concatenate(x, -1))
moves("stack of many", lambda m, *x: m.stack(x, 1), [((2, 3),) * 9], lambda *x: np.stack(x, 1))
moves("hstack", lambda m, *x: m.hstack(x), [((2,), (3,)), ((2, 3), (2, 1)), ((), ())], lambda *x: np.hstack(x))
moves("vstack", lambda m, *x: m.vstack(x), [((2,), (2,)), ((2, 3), (1, 3)), ((), ())], lambda *x: np.vstack(x))
moves("dstack", lambda m, *x: m.dstack(x), [((2,), (2,)), ((2, 3), (2, 3)), ((), ())], lambda *x: np.dstack(x))
moves("column_stack", lambda m, *x: m.column_stack(x), [((2,), (2, 3)), ((2,), (2,))], lambda *x: np.column_stack(x))
moves("block_diag", lambda m, *x: m.block_diag(*x), [((2, 3), (1, 2)), ((), (2,))],
      lambda a, b: np.block([[a, np.zeros((np.atleast_2d(a).shape[0], np.atleast_2d(b).shape[1]), a.dtype)],
                             [np.zeros((np.atleast_2d(b).shape[0], np.atleast_2d(a).shape[1]), a.dtype), b]]),
      )  # fmt: skip
for _n in (1, 2, 3):
    moves(f"atleast_{_n}d", lambda m, x, n=_n: getattr(m, f"atleast_{n}d")(x), [(), (3,), (2, 3), (2, 3, 4)])
moves("meshgrid", lambda m, x, y: m.meshgrid(x, y, indexing="ij"), [((3,), (2,)), ((), (2,))],
      lambda x, y: np.meshgrid(x, y, indexing="ij"))  # fmt: skip
moves("meshgrid xy", lambda m, x, y: m.meshgrid([x, y], indexing="xy"), [((3,), (2,))], lambda x, y: np.meshgrid(x, y))
moves("cartesian_prod", lambda m, x, y: m.cartesian_prod(x, y), [((3,), (2,))],
      lambda x, y: np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2))  # fmt: skip
moves("combinations", lambda m, x: m.combinations(x), [(4,)], lambda x: x[np.stack(np.triu_indices(4, 1), 1)])
moves("broadcast_tensors", lambda m, x, y: m.broadcast_tensors(x, y), [((3, 1), (2,))], lambda x, y: np.broadcast_arrays(
      x, y))  # fmt: skip
moves("cat", lambda m, *x: m.cat(x), [((2,), (3,)), ((2, 3), (1, 3), (4, 3)), ((2, 3), (0, 3)), ((5,),)],
      lambda *x: np.concatenate(x))  # fmt: skip
moves("cat 1", lambda m, *x: m.cat(list(x), dim=-1), [((2, 3), (2, 1)), ((33, 31), (33, 2), (33, 65))],
      lambda *x: np.concatenate(x, -1))  # fmt: skip
moves("stack", lambda m, *x: m.stack(x), [((2, 3), (2, 3)), ((), (), ()), ((0,), (0,))])
moves("stack -1", lambda m, *x: m.stack(x, -1), [((2, 3), (2, 3)), ((5,), (5,))])

"""Rows of diagonals, triangles and strides."""

from __future__ import annotations

import numpy as np

from opcases.table import moves, row

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
row(
    "linalg.diagonal",
    lambda m, x: m.linalg.diagonal(x, offset=1),
    lambda x: np.diagonal(x, 1, -2, -1),
    ((3, 4), (2, 3, 3)),
)

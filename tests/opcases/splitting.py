"""Rows of splitting."""

from __future__ import annotations

import numpy as np

from opcases.table import moves

moves("split", lambda m, x: m.split(x, 3), [(7,), (6, 2), (2,)], lambda x: tuple(np.split(x, range(3, len(x), 3))))
moves("split sections", lambda m, x: m.split(x, [1, 4], dim=1), [(2, 5)], lambda x: (x[:, :1], x[:, 1:]))
moves("chunk", lambda m, x: m.chunk(x, 3), [(7,), (6, 2)], lambda x: tuple(np.split(x, range(-(-len(x) // 3), len(x),
      -(-len(x) // 3)))))  # fmt: skip
moves("unbind", lambda m, x: m.unbind(x, 1), [(2, 3)], lambda x: tuple(x.T))
moves("narrow", lambda m, x: m.narrow(x, 1, 1, 2), [(2, 4), (3, 3)], lambda x: x[:, 1:3])
moves("select", lambda m, x: m.select(x, 1, -1), [(2, 3), (2, 3, 4)], lambda x: x[:, -1])
moves("narrow negative", lambda m, x: m.narrow(x, 0, -2, 2), [(4, 3)], lambda x: x[-2:])
moves("split_with_sizes", lambda m, x: x.split_with_sizes([1, 2], 1), [(2, 3)], lambda x: (x[:, :1], x[:, 1:]))
moves("tensor_split", lambda m, x: m.tensor_split(x, 3), [(7, 2), (2,)], lambda x: np.array_split(x, 3))
moves("tensor_split places", lambda m, x: m.tensor_split(x, (1, 5), dim=1), [(2, 4)], lambda x: np.split(x, (1, 5), 1))
moves("hsplit", lambda m, x: m.hsplit(x, 2), [(4,), (3, 4)], lambda x: np.hsplit(x, 2))
moves("vsplit", lambda m, x: m.vsplit(x, [1]), [(4, 2)], lambda x: np.vsplit(x, [1]))
moves("dsplit", lambda m, x: m.dsplit(x, 2), [(2, 3, 4)], lambda x: np.dsplit(x, 2))
moves("unsafe_chunk", lambda m, x: m.unsafe_chunk(x, 3), [(7,), (6, 2)], lambda x: tuple(np.split(x, range(-(-len(x) // 3), len(x),
      -(-len(x) // 3)))))  # fmt: skip
moves(
    "unsafe_split", lambda m, x: m.unsafe_split(x, 3), [(7,), (6, 2)], lambda x: tuple(np.split(x, range(3, len(x), 3)))
)
moves(
    "unsafe_split_with_sizes",
    lambda m, x: x.unsafe_split_with_sizes([1, 2], 1),
    [(2, 3)],
    lambda x: (x[:, :1], x[:, 1:]),
)

"""Rows of views: other shapes and orders of the same memory."""

from __future__ import annotations

import numpy as np

from opcases.table import FLOATS, moves

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
moves("expand", lambda m, x: x.expand(4, 3, 5), [(3, 5), (3, 1), (1, 1), (1, 3, 5), (5,), ()],
      lambda x: np.broadcast_to(x, (4, 3, 5)))  # fmt: skip
moves("expand -1", lambda m, x: x.expand(4, -1), [(1, 3), (3,)], lambda x: np.broadcast_to(x, (4, 3)))
moves("broadcast_to", lambda m, x: m.broadcast_to(x, (2, 3)), [(3,), (2, 1), ()])
moves("squeeze", lambda m, x: m.squeeze(x), [(1, 3, 1), (3,), (1,), ()])
moves("squeeze 1", lambda m, x: m.squeeze(x, 1), [(2, 1, 3), (2, 3)], lambda x: x.reshape(x.shape[0], -1)
      if x.ndim == 3 else x)  # fmt: skip
moves("unsqueeze 0", lambda m, x: m.unsqueeze(x, 0), [(3,), (2, 3), ()], lambda x: x[None])
moves("unsqueeze -1", lambda m, x: m.unsqueeze(x, -1), [(3,), (2, 3), ()], lambda x: x[..., None])
moves("squeeze several", lambda m, x: m.squeeze(x, (0, 2)), [(1, 3, 1), (2, 3, 1)],
      lambda x: x.reshape([n for n in x.shape if n > 1]))  # fmt: skip
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

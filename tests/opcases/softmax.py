"""Rows of softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import dims_size, row


def np_log_softmax(x: Any, axis: int = -1) -> Any:
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


ROWS_OF = ((1, 1), (1, 7), (3, 5), (31, 33), (5, 127), (3, 1000), (2, 4097), (2, 3, 4), (0, 5))
for _name, _reference in (("softmax", lambda x, d: np.exp(np_log_softmax(x, d))), ("log_softmax", np_log_softmax)):
    for _dim, _cases in ((-1, (*ROWS_OF, (7,))), (0, (*ROWS_OF[:5], (5, 0))), (1, ROWS_OF[:8])):
        row(
            f"{_name} {_dim}",
            lambda m, x, n=_name, d=_dim: getattr(m, n)(x, d),
            lambda x, f=_reference, d=_dim: f(x, d) if x.size else x,
            _cases, ranges=((-9, 9),), terms=dims_size(_dim),
        )  # fmt: skip
row("softmax dtype", lambda m, x: m.softmax(x, 1, dtype=m.float64), lambda x: np.exp(np_log_softmax(x, 1)),
    [(3, 5)], result="float64")  # fmt: skip

"""Rows of eigenvalues of matrices that need not be symmetric, which are made to be real and apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import row

SHAPES = ((1, 1), (3, 3), (2, 2, 2))


def _apart(m: Any, x: Any) -> Any:
    n = x.shape[-1]
    return 0.1 * x + m.arange(1, n + 1, device=x.device).to(x.dtype) * m.eye(n, dtype=x.dtype, device=x.device)


def _np_apart(x: Any) -> Any:
    n = x.shape[-1]
    return 0.1 * x + np.arange(1, n + 1) * np.eye(n)


def _terms(x: Any) -> int:
    return 400 * (x[-1] + 1)


row("linalg.eig",
    lambda m, x: (lambda values, vectors: ((vectors * values.unsqueeze(-2) ** 3) @ m.linalg.inv(vectors)).real)(
        *m.linalg.eig(_apart(m, x))),
    lambda x: np.linalg.matrix_power(_np_apart(x), 3), SHAPES, terms=_terms)  # fmt: skip
row("linalg.eigvals", lambda m, x: (m.linalg.eigvals(_apart(m, x)) ** 2).sum(-1).real,
    lambda x: np.trace(np.linalg.matrix_power(_np_apart(x), 2), axis1=-2, axis2=-1), SHAPES, terms=_terms)  # fmt: skip

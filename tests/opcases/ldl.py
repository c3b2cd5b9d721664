"""Rows of the factors of symmetric matrices that need not be definite."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.linalg import SQUARES, swapped, terms
from opcases.table import row


def _indefinite(m: Any, x: Any) -> Any:
    """Return symmetric matrices with 0 on the diagonal, so that blocks of two rows are needed, and far from singular."""
    n = x.shape[-1]
    unit = m.eye(n, dtype=x.dtype, device=x.device)
    return 0.05 * (x + x.mT) * (1 - unit) + unit.flip(-1) * 2


def _np_indefinite(x: Any) -> Any:
    unit = np.eye(x.shape[-1])
    return 0.05 * (x + swapped(x)) * (1 - unit) + np.flip(unit, -1) * 2


CASES = [
    ((2, 2), (2, 1)),
    ((4, 4), (4, 3)),
    ((2, 3, 3), (2, 3, 1)),
    ((5, 5), (2, 5, 1)),
    ((2, 4, 4), (4, 2)),
    ((33, 33), (33, 2)),
]
row("linalg.ldl_solve", lambda m, a, b: m.linalg.ldl_solve(*m.linalg.ldl_factor(_indefinite(m, a.detach())), b),
    lambda a, b: np.linalg.solve(_np_indefinite(a), b), CASES, terms=terms, differentiable=False)  # fmt: skip
row("linalg.ldl_factor", lambda m, a: m.linalg.ldl_solve(*m.linalg.ldl_factor(_indefinite(m, a)), _indefinite(m, a)),
    lambda a: np.linalg.solve(_np_indefinite(a), _np_indefinite(a)), SQUARES[1:4], terms=terms, differentiable=False)  # fmt: skip

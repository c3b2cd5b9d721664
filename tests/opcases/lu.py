"""Rows of triangular factors and of systems solved by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.linalg import SQUARES, near_one, np_near_one, quietly, swapped, terms
from opcases.table import row

SHAPES = (*SQUARES, (2, 4), (4, 2), (2, 3, 2), (2, 2, 3), (33, 35), (35, 33))


def _apart(m: Any, x: Any) -> Any:
    """Return matrices whose rows are swapped, by far, whatever x is."""
    rows, columns = x.shape[-2:]
    steps = m.arange(1, columns + 1, device=x.device).to(x.dtype) * m.eye(rows, columns, dtype=x.dtype, device=x.device)
    return (0.1 / max(rows, 1) * x + steps).flip(-2)


def _np_apart(x: Any) -> Any:
    rows, columns = x.shape[-2:]
    return np.flip(0.1 / max(rows, 1) * x + np.arange(1, columns + 1) * np.eye(rows, columns), -2)


def _np_lu(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Factor matrices one by one, column by column."""
    rows, columns = a.shape[-2:]
    k = min(rows, columns)
    batch = a.shape[:-2]
    p, low, up = np.zeros((*batch, rows, rows)), np.zeros((*batch, rows, k)), np.zeros((*batch, k, columns))
    for i in np.ndindex(*batch):
        x, order = a[i].copy(), np.arange(rows)
        for j in range(k):
            best = j + int(np.abs(x[j:, j]).argmax())
            x[[j, best]], order[[j, best]] = x[[best, j]], order[[best, j]]
            x[j + 1 :, j] /= x[j, j]
            x[j + 1 :, j + 1 :] -= np.outer(x[j + 1 :, j], x[j, j + 1 :])
        p[i][order, np.arange(rows)] = 1
        low[i], up[i] = np.tril(x[:, :k], -1) + np.eye(rows, k), np.triu(x[:k])
    return p, low, up


def _packed(a: np.ndarray) -> np.ndarray:
    _, low, up = _np_lu(a)
    _rows, _columns = a.shape[-2:]
    out = np.zeros(a.shape)
    out[..., :, : low.shape[-1]] += np.tril(low, -1)
    out[..., : up.shape[-2], :] += up
    return out


row("linalg.lu", lambda m, x: tuple(m.linalg.lu(_apart(m, x))), lambda x: _np_lu(_np_apart(x)), SHAPES, terms=terms)
row(
    "linalg.lu_factor",
    lambda m, x: m.linalg.lu_factor(_apart(m, x)).LU,
    lambda x: _packed(_np_apart(x)),
    SHAPES,
    terms=terms,
)
row("linalg.lu_factor_ex", lambda m, x: m.linalg.lu_factor_ex(_apart(m, x)).LU, lambda x: _packed(_np_apart(x)), SHAPES[1:2],
    terms=terms)  # fmt: skip
row("Tensor.lu", lambda m, x: quietly(_apart(m, x).lu)[0], lambda x: _packed(_np_apart(x)), SHAPES[1:2], terms=terms)
row("lu_unpack", lambda m, x: tuple(m.lu_unpack(*m.linalg.lu_factor(_apart(m, x)))), lambda x: _np_lu(_np_apart(x)), SHAPES[1:3],
    terms=terms)  # fmt: skip
SYSTEMS = [((3, 3), (3, 2)), ((2, 2, 2), (2, 2, 1)), ((2, 2, 2), (2, 1)), ((2, 2), (3, 2, 1)), ((33, 33), (33, 2))]
row("linalg.lu_solve", lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(near_one(m, a).flip(-2)), b),
    lambda a, b: np.linalg.solve(np.flip(np_near_one(a), -2), b), SYSTEMS, terms=terms)  # fmt: skip
row("linalg.lu_solve adjoint", lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(near_one(m, a).flip(-2)), b, adjoint=True),
    lambda a, b: np.linalg.solve(swapped(np.flip(np_near_one(a), -2)), b), SYSTEMS[:2], terms=terms)  # fmt: skip
row("linalg.lu_solve right", lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(near_one(m, a).flip(-2)), b.mT, left=False),
    lambda a, b: swapped(np.linalg.solve(swapped(np.flip(np_near_one(a), -2)), b)), SYSTEMS[:2], terms=terms)  # fmt: skip
row("linalg.lu_solve right adjoint",
    lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(near_one(m, a).flip(-2)), b.mT, left=False, adjoint=True),
    lambda a, b: swapped(np.linalg.solve(np.flip(np_near_one(a), -2), b)), SYSTEMS[:2], terms=terms)  # fmt: skip
row("lu_solve", lambda m, a, b: quietly(b.lu_solve, *m.linalg.lu_factor(near_one(m, a))), lambda a, b: np.linalg.solve(np_near_one(a), b),
    SYSTEMS[:1], terms=terms)  # fmt: skip

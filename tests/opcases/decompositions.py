"""Rows of decompositions, whose matrices are made to be well-conditioned."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.linalg import SQUARES, np_symmetric, quietly, swapped, symmetric, terms
from opcases.table import row

TALL = ((4, 2), (3, 3), (2, 3, 2))
WIDE = ((2, 4), (2, 2, 3))


def _apart(m: Any, x: Any) -> Any:
    """Return matrices whose singular values are apart, of any shape."""
    rows, columns = x.shape[-2:]
    steps = m.arange(1, columns + 1, device=x.device).to(x.dtype) * m.eye(rows, columns, dtype=x.dtype, device=x.device)
    return 0.1 * x + steps


def _np_apart(x: Any) -> Any:
    rows, columns = x.shape[-2:]
    return 0.1 * x + np.arange(1, columns + 1) * np.eye(rows, columns)


def _apart_row(name: str, call: Any, reference: Any, cases: Any, **options: Any) -> None:
    row(name, lambda m, x: call(m, _apart(m, x)), lambda x: reference(_np_apart(x)), cases, terms=terms, **options)


_apart_row("linalg.qr", lambda m, x: tuple(m.linalg.qr(x)), lambda x: tuple(np.linalg.qr(x)), (*TALL, *WIDE))
_apart_row("linalg.qr complete", lambda m, x: tuple(m.linalg.qr(x, "complete")), lambda x: tuple(np.linalg.qr(x, "complete")),
           ((4, 2), (2, 3)), differentiable=False)  # fmt: skip
_apart_row(
    "linalg.qr r", lambda m, x: m.linalg.qr(x, "r").R, lambda x: np.linalg.qr(x, "r"), TALL[:1], differentiable=False
)
_apart_row("qr", lambda m, x: tuple(quietly(m.qr, x)), lambda x: tuple(np.linalg.qr(x)), TALL[:1])


def _of_svd(u: Any, s: Any, vh: Any) -> tuple[Any, ...]:
    """Return what does not depend on the signs of singular vectors."""
    return s, u * u, vh * vh, (u[..., : s.shape[-1]] * s[..., None, :] ** 2) @ vh[..., : s.shape[-1], :]


_apart_row("linalg.svd", lambda m, x: _of_svd(*m.linalg.svd(x, full_matrices=False)),
           lambda x: _of_svd(*np.linalg.svd(x, full_matrices=False)), (*TALL, *WIDE))  # fmt: skip
_apart_row("linalg.svd full", lambda m, x: _of_svd(*m.linalg.svd(x)), lambda x: _of_svd(*np.linalg.svd(x)), ((4, 3), (3, 3)),
           differentiable=False)  # fmt: skip
_apart_row("svd", lambda m, x: quietly(m.svd, x).S, lambda x: np.linalg.svd(x)[1], ((3, 2),))
_apart_row(
    "linalg.svdvals", lambda m, x: m.linalg.svdvals(x), lambda x: np.linalg.svd(x)[1], ((4, 2), (2, 2, 3), (0, 3))
)
row("linalg.matrix_rank", lambda m, x: m.linalg.matrix_rank(m.cat([x, 2 * x])),
    lambda x: np.linalg.matrix_rank(np.concatenate([x, 2 * x])), [(2, 3), (3, 2), (1, 4), (2, 2, 2)], result="int64",
    differentiable=False)  # fmt: skip


def _of_eigh(values: Any, vectors: Any) -> tuple[Any, ...]:
    """Return what does not depend on the signs of eigenvectors."""
    swap = swapped(vectors) if isinstance(vectors, np.ndarray) else vectors.mT
    return values, vectors * vectors, (vectors * values[..., None, :] ** 2) @ swap


row("linalg.eigh", lambda m, x: _of_eigh(*m.linalg.eigh(symmetric(m, x))), lambda x: _of_eigh(*np.linalg.eigh(np_symmetric(x))),
    SQUARES, terms=lambda x: 400 * (x[-1] + 1))  # fmt: skip
row("linalg.eigvalsh", lambda m, x: m.linalg.eigvalsh(symmetric(m, x), UPLO="U"), lambda x: np.linalg.eigvalsh(np_symmetric(x)),
    SQUARES[1:3], terms=terms)  # fmt: skip
_apart_row("linalg.pinv", lambda m, x: m.linalg.pinv(x), np.linalg.pinv, (*TALL, *WIDE))
_apart_row("linalg.pinv atol", lambda m, x: m.linalg.pinv(x, atol=1e-3), np.linalg.pinv, TALL[:1])
_apart_row("pinverse", lambda m, x: x.pinverse(), np.linalg.pinv, TALL[:1])
row("linalg.lstsq", lambda m, a, b: m.linalg.lstsq(_apart(m, a), b).solution, lambda a, b: np.linalg.pinv(_np_apart(a)) @ b,
    [((4, 2), (4, 3)), ((3, 3), (3, 1)), ((2, 3, 2), (2, 3, 1))], terms=terms)  # fmt: skip

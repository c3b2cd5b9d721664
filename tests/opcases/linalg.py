"""Rows of linear systems and decompositions, whose matrices are made to be well-conditioned."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from opcases.table import Shape, row

SQUARES = ((1, 1), (3, 3), (2, 2, 2), (9, 9), (0, 0), (0, 2, 2))
TALL = ((4, 2), (3, 3), (2, 3, 2))
WIDE = ((2, 4), (2, 2, 3))


def _swap(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _terms(*shapes: Shape) -> int:
    return 40 * (shapes[0][-1] + 1)


def _near_one(m: Any, x: Any) -> Any:
    """Return matrices that are far from singular, for each module."""
    return 0.25 * x + 2 * m.eye(x.shape[-1], dtype=x.dtype, device=x.device)


def _np_near_one(x: Any) -> Any:
    return 0.25 * x + 2 * np.eye(x.shape[-1])


def _symmetric(m: Any, x: Any) -> Any:
    """Return symmetric matrices whose eigenvalues are positive and apart."""
    n = x.shape[-1]
    steps = m.arange(n, dtype=x.dtype, device=x.device) * m.eye(n, dtype=x.dtype, device=x.device)
    return 0.1 * (x + x.mT) + m.eye(n, dtype=x.dtype, device=x.device) + steps


def _np_symmetric(x: Any) -> Any:
    n = x.shape[-1]
    return 0.1 * (x + _swap(x)) + np.eye(n) + np.diag(np.arange(n, dtype=float))


def _apart(m: Any, x: Any) -> Any:
    """Return matrices whose singular values are apart, of any shape."""
    rows, columns = x.shape[-2:]
    steps = m.arange(1, columns + 1, dtype=x.dtype, device=x.device) * m.eye(
        rows, columns, dtype=x.dtype, device=x.device
    )
    return 0.1 * x + steps


def _np_apart(x: Any) -> Any:
    rows, columns = x.shape[-2:]
    return 0.1 * x + np.arange(1, columns + 1) * np.eye(rows, columns)


def _quietly(function: Any, *args: Any) -> Any:
    """Call a function that torch would rather have called by its name in linalg."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args)


def _apart_row(name: str, call: Any, reference: Any, cases: Any, **options: Any) -> None:
    row(name, lambda m, x: call(m, _apart(m, x)), lambda x: reference(_np_apart(x)), cases, terms=_terms, **options)


row("linalg.inv", lambda m, x: m.linalg.inv(_near_one(m, x)), lambda x: np.linalg.inv(_np_near_one(x)), SQUARES,
    terms=_terms)  # fmt: skip
row("inverse", lambda m, x: _near_one(m, x).inverse(), lambda x: np.linalg.inv(_np_near_one(x)), SQUARES[1:2],
    terms=_terms)  # fmt: skip
row("linalg.det", lambda m, x: m.linalg.det(x), np.linalg.det, [(1, 1), (3, 3), (2, 2, 2), (0, 2, 2)], terms=_terms)
row("det", lambda m, x: x.det(), np.linalg.det, [(2, 2)], terms=_terms)
row("linalg.slogdet", lambda m, x: tuple(m.linalg.slogdet(_near_one(m, x))), lambda x: tuple(np.linalg.slogdet(_np_near_one(x))),
    SQUARES[:3], terms=_terms)  # fmt: skip
row("logdet", lambda m, x: m.logdet(_near_one(m, x)), lambda x: np.log(np.linalg.det(_np_near_one(x))), SQUARES[1:3],
    terms=_terms)  # fmt: skip
SYSTEMS = (((3, 3), (3, 2)), ((2, 2, 2), (2, 3)), ((2, 2), (3, 2, 1)), ((9, 9), (9, 4)), ((0, 0), (0, 2)))
row("linalg.solve", lambda m, a, b: m.linalg.solve(_near_one(m, a), b), lambda a, b: np.linalg.inv(_np_near_one(a)) @ b,
    SYSTEMS, terms=_terms)  # fmt: skip
row("linalg.solve right", lambda m, a, b: m.linalg.solve(_near_one(m, a), b, left=False),
    lambda a, b: b @ np.linalg.inv(_np_near_one(a)), [((3, 3), (2, 3)), ((2, 2, 2), (3, 2))], terms=_terms)  # fmt: skip
row("linalg.solve vectors", lambda m, a, b: m.linalg.solve(_near_one(m, a), b),
    lambda a, b: (np.linalg.inv(_np_near_one(a)) @ b[..., None])[..., 0], [((3, 3), (3,)), ((2, 3, 3), (2, 3))],
    terms=_terms)  # fmt: skip
row("linalg.solve_triangular", lambda m, a, b: m.linalg.solve_triangular(_near_one(m, a), b, upper=True),
    lambda a, b: np.linalg.inv(np.triu(_np_near_one(a))) @ b, SYSTEMS, terms=_terms)  # fmt: skip
row("linalg.solve_triangular lower right",
    lambda m, a, b: m.linalg.solve_triangular(0.25 * a, b, upper=False, left=False, unitriangular=True),
    lambda a, b: b @ np.linalg.inv(np.tril(0.25 * a, -1) + np.eye(a.shape[-1])), [((3, 3), (2, 3)), ((2, 2, 2), (3, 2))],
    terms=_terms)  # fmt: skip
row("linalg.cholesky", lambda m, x: m.linalg.cholesky(_symmetric(m, x)), lambda x: np.linalg.cholesky(_np_symmetric(x)),
    SQUARES, terms=_terms)  # fmt: skip
row("linalg.cholesky upper", lambda m, x: m.linalg.cholesky(_symmetric(m, x), upper=True),
    lambda x: _swap(np.linalg.cholesky(_np_symmetric(x))), SQUARES[1:3], terms=_terms)  # fmt: skip
row("cholesky", lambda m, x: _quietly(_symmetric(m, x).cholesky), lambda x: np.linalg.cholesky(_np_symmetric(x)), SQUARES[1:2],
    terms=_terms)  # fmt: skip
row("matrix_power", lambda m, x: m.matrix_power(x, 3), lambda x: np.linalg.matrix_power(x, 3), SQUARES[:3],
    terms=lambda x: 40 * x[-1] ** 2)  # fmt: skip
row("matrix_power of integers", lambda m, x: m.matrix_power(x, 2), lambda x: np.linalg.matrix_power(x, 2), [(3, 3)],
    dtypes=("int64",))  # fmt: skip
row("linalg.matrix_power -2", lambda m, x: m.linalg.matrix_power(_near_one(m, x), -2),
    lambda x: np.linalg.matrix_power(_np_near_one(x), -2), SQUARES[:3], terms=_terms)  # fmt: skip
row("linalg.matrix_power 0", lambda m, x: m.linalg.matrix_power(x, 0), lambda x: np.linalg.matrix_power(x, 0), SQUARES[:3],
    differentiable=False)  # fmt: skip

_apart_row("linalg.qr", lambda m, x: tuple(m.linalg.qr(x)), lambda x: tuple(np.linalg.qr(x)), (*TALL, *WIDE))
_apart_row("linalg.qr complete", lambda m, x: tuple(m.linalg.qr(x, "complete")), lambda x: tuple(np.linalg.qr(x, "complete")),
           ((4, 2), (2, 3)), differentiable=False)  # fmt: skip
_apart_row(
    "linalg.qr r", lambda m, x: m.linalg.qr(x, "r").R, lambda x: np.linalg.qr(x, "r"), TALL[:1], differentiable=False
)
_apart_row("qr", lambda m, x: tuple(_quietly(m.qr, x)), lambda x: tuple(np.linalg.qr(x)), TALL[:1])


def _of_svd(u: Any, s: Any, vh: Any) -> tuple[Any, ...]:
    """Return what does not depend on the signs of singular vectors."""
    return s, u * u, vh * vh, (u[..., : s.shape[-1]] * s[..., None, :] ** 2) @ vh[..., : s.shape[-1], :]


_apart_row("linalg.svd", lambda m, x: _of_svd(*m.linalg.svd(x, full_matrices=False)),
           lambda x: _of_svd(*np.linalg.svd(x, full_matrices=False)), (*TALL, *WIDE))  # fmt: skip
_apart_row("linalg.svd full", lambda m, x: _of_svd(*m.linalg.svd(x)), lambda x: _of_svd(*np.linalg.svd(x)), ((4, 3), (3, 3)),
           differentiable=False)  # fmt: skip
_apart_row("svd", lambda m, x: _quietly(m.svd, x).S, lambda x: np.linalg.svd(x)[1], ((3, 2),))
_apart_row(
    "linalg.svdvals", lambda m, x: m.linalg.svdvals(x), lambda x: np.linalg.svd(x)[1], ((4, 2), (2, 2, 3), (0, 3))
)
row("linalg.matrix_rank", lambda m, x: m.linalg.matrix_rank(m.cat([x, 2 * x])),
    lambda x: np.linalg.matrix_rank(np.concatenate([x, 2 * x])), [(2, 3), (3, 2), (1, 4), (2, 2, 2)], result="int64",
    differentiable=False)  # fmt: skip


def _of_eigh(values: Any, vectors: Any) -> tuple[Any, ...]:
    """Return what does not depend on the signs of eigenvectors."""
    swap = _swap(vectors) if isinstance(vectors, np.ndarray) else vectors.mT
    return values, vectors * vectors, (vectors * values[..., None, :] ** 2) @ swap


row("linalg.eigh", lambda m, x: _of_eigh(*m.linalg.eigh(_symmetric(m, x))), lambda x: _of_eigh(*np.linalg.eigh(_np_symmetric(x))),
    SQUARES, terms=lambda x: 400 * (x[-1] + 1))  # fmt: skip
row("linalg.eigvalsh", lambda m, x: m.linalg.eigvalsh(_symmetric(m, x), UPLO="U"), lambda x: np.linalg.eigvalsh(_np_symmetric(x)),
    SQUARES[1:3], terms=_terms)  # fmt: skip
_apart_row("linalg.pinv", lambda m, x: m.linalg.pinv(x), np.linalg.pinv, (*TALL, *WIDE))
_apart_row("linalg.pinv atol", lambda m, x: m.linalg.pinv(x, atol=1e-3), np.linalg.pinv, TALL[:1])
_apart_row("pinverse", lambda m, x: x.pinverse(), np.linalg.pinv, TALL[:1])
row("linalg.lstsq", lambda m, a, b: m.linalg.lstsq(_apart(m, a), b).solution, lambda a, b: np.linalg.pinv(_np_apart(a)) @ b,
    [((4, 2), (4, 3)), ((3, 3), (3, 1)), ((2, 3, 2), (2, 3, 1))], terms=_terms)  # fmt: skip

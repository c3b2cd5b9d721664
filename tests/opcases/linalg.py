"""Rows of linear systems, whose matrices are made to be well-conditioned."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from opcases.table import Shape, elsewhere, row

SQUARES = ((1, 1), (3, 3), (2, 2, 2), (9, 9), (0, 0), (0, 2, 2))


def swapped(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def terms(*shapes: Shape) -> int:
    return 40 * (shapes[0][-1] + 1)


def near_one(m: Any, x: Any) -> Any:
    """Return matrices that are far from singular, for each module."""
    return 0.25 * x + 2 * m.eye(x.shape[-1], dtype=x.dtype, device=x.device)


def np_near_one(x: Any) -> Any:
    return 0.25 * x + 2 * np.eye(x.shape[-1])


def symmetric(m: Any, x: Any) -> Any:
    """Return symmetric matrices whose eigenvalues are positive and apart."""
    n = x.shape[-1]
    steps = m.arange(n, device=x.device).to(x.dtype) * m.eye(n, dtype=x.dtype, device=x.device)
    return 0.1 * (x + x.mH) + m.eye(n, dtype=x.dtype, device=x.device) + steps


def np_symmetric(x: Any) -> Any:
    n = x.shape[-1]
    return 0.1 * (x + swapped(x)) + np.eye(n) + np.diag(np.arange(n, dtype=float))


def quietly(function: Any, *args: Any) -> Any:
    """Call a function that torch would rather have called by its name in linalg."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args)


row("linalg.inv", lambda m, x: m.linalg.inv(near_one(m, x)), lambda x: np.linalg.inv(np_near_one(x)), SQUARES,
    terms=terms)  # fmt: skip
row("inverse", lambda m, x: near_one(m, x).inverse(), lambda x: np.linalg.inv(np_near_one(x)), SQUARES[1:2],
    terms=terms)  # fmt: skip
row("linalg.det", lambda m, x: m.linalg.det(x), np.linalg.det, [(1, 1), (3, 3), (2, 2, 2), (0, 2, 2)], terms=terms)
row("det", lambda m, x: x.det(), np.linalg.det, [(2, 2)], terms=terms)
row("linalg.slogdet", lambda m, x: tuple(m.linalg.slogdet(near_one(m, x))), lambda x: tuple(np.linalg.slogdet(np_near_one(x))),
    SQUARES[:3], terms=terms)  # fmt: skip
row("logdet", lambda m, x: m.logdet(near_one(m, x)), lambda x: np.log(np.linalg.det(np_near_one(x))), SQUARES[1:3],
    terms=terms)  # fmt: skip
SYSTEMS = (((3, 3), (3, 2)), ((2, 2, 2), (2, 3)), ((2, 2), (3, 2, 1)), ((9, 9), (9, 4)), ((0, 0), (0, 2)))
row("linalg.solve", lambda m, a, b: m.linalg.solve(near_one(m, a), b), lambda a, b: np.linalg.inv(np_near_one(a)) @ b,
    SYSTEMS, terms=terms)  # fmt: skip
row("linalg.solve right", lambda m, a, b: m.linalg.solve(near_one(m, a), b, left=False),
    lambda a, b: b @ np.linalg.inv(np_near_one(a)), [((3, 3), (2, 3)), ((2, 2, 2), (3, 2))], terms=terms)  # fmt: skip
row("linalg.solve vectors", lambda m, a, b: m.linalg.solve(near_one(m, a), b),
    lambda a, b: (np.linalg.inv(np_near_one(a)) @ b[..., None])[..., 0], [((3, 3), (3,)), ((2, 3, 3), (2, 3))],
    terms=terms)  # fmt: skip
row("linalg.solve_triangular", lambda m, a, b: m.linalg.solve_triangular(near_one(m, a), b, upper=True),
    lambda a, b: np.linalg.inv(np.triu(np_near_one(a))) @ b, SYSTEMS, terms=terms)  # fmt: skip
row("linalg.solve_triangular lower right",
    lambda m, a, b: m.linalg.solve_triangular(0.25 * a, b, upper=False, left=False, unitriangular=True),
    lambda a, b: b @ np.linalg.inv(np.tril(0.25 * a, -1) + np.eye(a.shape[-1])), [((3, 3), (2, 3)), ((2, 2, 2), (3, 2))],
    terms=terms)  # fmt: skip
row("linalg.cholesky", lambda m, x: m.linalg.cholesky(symmetric(m, x)), lambda x: np.linalg.cholesky(np_symmetric(x)),
    SQUARES, terms=terms)  # fmt: skip
row("linalg.cholesky upper", lambda m, x: m.linalg.cholesky(symmetric(m, x), upper=True),
    lambda x: swapped(np.linalg.cholesky(np_symmetric(x))), SQUARES[1:3], terms=terms)  # fmt: skip
row("cholesky", lambda m, x: quietly(symmetric(m, x).cholesky), lambda x: np.linalg.cholesky(np_symmetric(x)), SQUARES[1:2],
    terms=terms)  # fmt: skip
row("matrix_power", lambda m, x: m.matrix_power(x, 3), lambda x: np.linalg.matrix_power(x, 3), SQUARES[:3],
    terms=lambda x: 40 * x[-1] ** 2)  # fmt: skip
row("matrix_power of integers", lambda m, x: m.matrix_power(x, 2), lambda x: np.linalg.matrix_power(x, 2), [(3, 3)],
    dtypes=("int64",))  # fmt: skip
row("linalg.matrix_power -2", lambda m, x: m.linalg.matrix_power(near_one(m, x), -2),
    lambda x: np.linalg.matrix_power(np_near_one(x), -2), SQUARES[:3], terms=terms)  # fmt: skip
row("linalg.matrix_power 0", lambda m, x: m.linalg.matrix_power(x, 0), lambda x: np.linalg.matrix_power(x, 0), SQUARES[:3],
    differentiable=False)  # fmt: skip
SMALL = ((3, 3), (2, 2, 2))


def solved(*shapes: Any) -> int:
    return 200 * (shapes[0][-1] + 1)


def exponential(x: Any) -> Any:
    values, vectors = np.linalg.eig(x)
    return ((vectors * np.exp(values)[..., None, :]) @ np.linalg.inv(vectors)).real


row("matrix_exp", lambda m, x: m.matrix_exp(x), exponential, (*SMALL, (0, 0)), ranges=((-0.3, 0.3),), terms=solved)
row(
    "linalg.matrix_exp of large ones",
    lambda m, x: m.linalg.matrix_exp(x),
    exponential,
    SMALL,
    ranges=((-2, 2),),
    terms=solved,
)
row("cholesky_solve", lambda m, b, x: m.cholesky_solve(b, m.tril(near_one(m, x))),
    lambda b, x: np.linalg.solve(np.tril(np_near_one(x)) @ np.swapaxes(np.tril(np_near_one(x)), -1, -2), b),
    (((3, 2), (3, 3)), ((2, 2, 1), (2, 2, 2))), terms=solved)  # fmt: skip
row("cholesky_solve upper", lambda m, b, x: m.cholesky_solve(b, m.triu(near_one(m, x)), True),
    lambda b, x: np.linalg.solve(np.swapaxes(np.triu(np_near_one(x)), -1, -2) @ np.triu(np_near_one(x)), b),
    (((3, 2), (3, 3)),), terms=solved)  # fmt: skip
row("cholesky_inverse", lambda m, x: m.cholesky_inverse(m.tril(near_one(m, x))),
    lambda x: np.linalg.inv(np.tril(np_near_one(x)) @ np.swapaxes(np.tril(np_near_one(x)), -1, -2)), SMALL, terms=solved)  # fmt: skip
row("linalg.vecdot", lambda m, x, y: m.linalg.vecdot(x, y, dim=0), lambda x, y: (x * y).sum(0), (((3, 5), (3, 5)), ((3, 2), (3, 1))),
    terms=lambda *s: 3)  # fmt: skip
row("linalg.tensorinv", lambda m, x: m.linalg.tensorinv(near_one(m, x).reshape(2, 2, 4)),
    lambda x: np.linalg.tensorinv(np_near_one(x).reshape(2, 2, 4)), ((4, 4),), terms=solved)  # fmt: skip
row("linalg.tensorsolve", lambda m, x, b: m.linalg.tensorsolve(near_one(m, x).reshape(2, 2, 4), b),
    lambda x, b: np.linalg.tensorsolve(np_near_one(x).reshape(2, 2, 4), b), (((4, 4), (2, 2)),), terms=solved)  # fmt: skip
row("linalg.tensorsolve dims", lambda m, x, b: m.linalg.tensorsolve(near_one(m, x).reshape(4, 2, 2), b, dims=(0,)),
    lambda x, b: np.linalg.tensorsolve(np_near_one(x).reshape(4, 2, 2), b, axes=(0,)), (((4, 4), (2, 2)),), terms=solved)  # fmt: skip

elsewhere("linalg.det, det", "s", "torch divides by singular values of 0", only_nan=True)
row("triangular_solve", lambda m, b, a: tuple(quietly(m.triangular_solve, b, near_one(m, a))),
    lambda b, a: (np.linalg.solve(np.triu(np_near_one(a)), b), np_near_one(a)), [((3, 2), (3, 3)), ((2, 2, 1), (2, 2, 2))],
    terms=terms)  # fmt: skip
row("triangular_solve transpose", lambda m, b, a: quietly(b.triangular_solve, near_one(m, a), False, True)[0],
    lambda b, a: np.linalg.solve(swapped(np.tril(np_near_one(a))), b), [((3, 2), (3, 3))], terms=terms)  # fmt: skip

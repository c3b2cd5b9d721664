"""Rows of what is composed of matrix products and solutions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from opcases.table import row

SQUARES = ((3, 3), (2, 2, 2))


def near_one(m: Any, x: Any) -> Any:
    """Return matrices far from singular ones."""
    return 0.25 * x + 2 * m.eye(x.shape[-1], dtype=x.dtype, device=x.device)


def np_near_one(x: Any) -> Any:
    return 0.25 * x + 2 * np.eye(x.shape[-1])


def terms(*shapes: Any) -> int:
    return 200 * (shapes[0][-1] + 1)


def exponential(x: Any) -> Any:
    values, vectors = np.linalg.eig(x)
    return ((vectors * np.exp(values)[..., None, :]) @ np.linalg.inv(vectors)).real


row("matrix_exp", lambda m, x: m.matrix_exp(x), exponential, (*SQUARES, (0, 0)), ranges=((-0.3, 0.3),), terms=terms)
row(
    "linalg.matrix_exp of large ones",
    lambda m, x: m.linalg.matrix_exp(x),
    exponential,
    SQUARES,
    ranges=((-2, 2),),
    terms=terms,
)
row("cholesky_solve", lambda m, b, x: m.cholesky_solve(b, m.tril(near_one(m, x))),
    lambda b, x: np.linalg.solve(np.tril(np_near_one(x)) @ np.swapaxes(np.tril(np_near_one(x)), -1, -2), b),
    (((3, 2), (3, 3)), ((2, 2, 1), (2, 2, 2))), terms=terms)  # fmt: skip
row("cholesky_solve upper", lambda m, b, x: m.cholesky_solve(b, m.triu(near_one(m, x)), True),
    lambda b, x: np.linalg.solve(np.swapaxes(np.triu(np_near_one(x)), -1, -2) @ np.triu(np_near_one(x)), b),
    (((3, 2), (3, 3)),), terms=terms)  # fmt: skip
row("cholesky_inverse", lambda m, x: m.cholesky_inverse(m.tril(near_one(m, x))),
    lambda x: np.linalg.inv(np.tril(np_near_one(x)) @ np.swapaxes(np.tril(np_near_one(x)), -1, -2)), SQUARES, terms=terms)  # fmt: skip
for _p in (None, -2, 1, "fro", float("inf")):  # torch cannot differentiate those of an inverse
    row(f"linalg.cond {_p}", lambda m, x, p=_p: m.linalg.cond(near_one(m, x), p), lambda x, p=_p: np.linalg.cond(np_near_one(x), p),
        SQUARES, terms=terms, differentiable=_p in (None, -2))  # fmt: skip
row(
    "linalg.diagonal",
    lambda m, x: m.linalg.diagonal(x, offset=1),
    lambda x: np.diagonal(x, 1, -2, -1),
    ((3, 4), (2, 3, 3)),
)
row("linalg.vecdot", lambda m, x, y: m.linalg.vecdot(x, y, dim=0), lambda x, y: (x * y).sum(0), (((3, 5), (3, 5)), ((3, 2), (3, 1))),
    terms=lambda *s: 3)  # fmt: skip
row("linalg.tensorinv", lambda m, x: m.linalg.tensorinv(near_one(m, x).reshape(2, 2, 4)),
    lambda x: np.linalg.tensorinv(np_near_one(x).reshape(2, 2, 4)), ((4, 4),), terms=terms)  # fmt: skip
row("linalg.tensorsolve", lambda m, x, b: m.linalg.tensorsolve(near_one(m, x).reshape(2, 2, 4), b),
    lambda x, b: np.linalg.tensorsolve(np_near_one(x).reshape(2, 2, 4), b), (((4, 4), (2, 2)),), terms=terms)  # fmt: skip
row("linalg.tensorsolve dims", lambda m, x, b: m.linalg.tensorsolve(near_one(m, x).reshape(4, 2, 2), b, dims=(0,)),
    lambda x, b: np.linalg.tensorsolve(np_near_one(x).reshape(4, 2, 2), b, axes=(0,)), (((4, 4), (2, 2)),), terms=terms)  # fmt: skip


def quietly(call: Any) -> Any:
    """Torch warns of transposing what has no dimensions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


row("mH", lambda m, x: x.mH * 2, lambda x: np.swapaxes(x, -1, -2) * 2, ((3, 5), (2, 3, 4)))
row("H", lambda m, x: quietly(lambda: x.H) * 2, lambda x: x.T * 2, ((3, 5), ()))
row("apply_", lambda m, x: x.detach().cpu().clone().apply_(lambda v: v + 1).to(x.device), lambda x: x + 1, ((3, 5), ()),
    ("float64", "int64"), differentiable=False)  # fmt: skip

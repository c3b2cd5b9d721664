"""Rows of products of Householder reflections."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.linalg import swapped, terms
from opcases.table import elsewhere, row

TALL = ((4, 2), (3, 3), (2, 3, 2), (35, 33))


def _geqrf(m: Any, x: Any) -> tuple[Any, Any]:
    a, tau = m.geqrf(x.detach())
    return a, tau


def _np_q(x: Any, tau: Any, complete: bool) -> Any:
    """Multiply the reflections out, as matrices."""
    rows, columns = x.shape[-2:]
    q = np.broadcast_to(np.eye(rows), (*x.shape[:-2], rows, rows))
    for i in range(tau.shape[-1]):
        v = np.where(np.arange(rows) > i, x[..., i], np.arange(rows) == i)
        q = q @ (np.eye(rows) - tau[..., i, None, None] * v[..., :, None] * v[..., None, :])
    return q if complete else q[..., :columns]


CASES = [((4, 2), (2,)), ((3, 3), (3,)), ((3, 3), (1,)), ((2, 3, 2), (2, 2)), ((35, 33), (33,))]
row("linalg.householder_product", lambda m, x, t: m.linalg.householder_product(0.3 * x, 0.5 * t),
    lambda x, t: _np_q(0.3 * x, 0.5 * t, False), CASES, terms=terms)  # fmt: skip
row("linalg.householder_product empty", lambda m, x, t: m.linalg.householder_product(x, t), lambda x, t: x, [((4, 0), (0,)), ((2, 0, 0), (2, 0))],
    differentiable=False)  # fmt: skip
row(
    "orgqr",
    lambda m, x, t: m.orgqr(0.3 * x, 0.5 * t),
    lambda x, t: _np_q(0.3 * x, 0.5 * t, False),
    CASES[:1],
    terms=terms,
)
PRODUCTS = [((4, 2), (2,), (4, 3)), ((3, 3), (3,), (3, 1)), ((2, 3, 2), (2, 2), (2, 3, 3)), ((2, 3), (2,), (2, 2))]
row("ormqr", lambda m, x, t, y: m.ormqr(0.3 * x, 0.5 * t, y), lambda x, t, y: _np_q(0.3 * x, 0.5 * t, True) @ y, PRODUCTS,
    terms=terms)  # fmt: skip
row("ormqr transpose", lambda m, x, t, y: m.ormqr(0.3 * x, 0.5 * t, y, True, True),
    lambda x, t, y: swapped(_np_q(0.3 * x, 0.5 * t, True)) @ y, PRODUCTS, terms=terms)  # fmt: skip
row("ormqr right", lambda m, x, t, y: m.ormqr(0.3 * x, 0.5 * t, y.mT, False),
    lambda x, t, y: swapped(y) @ _np_q(0.3 * x, 0.5 * t, True), PRODUCTS, terms=terms)  # fmt: skip
row("ormqr right transpose", lambda m, x, t, y: m.ormqr(0.3 * x, 0.5 * t, y.mT, False, True),
    lambda x, t, y: swapped(y) @ swapped(_np_q(0.3 * x, 0.5 * t, True)), PRODUCTS[:1], terms=terms)  # fmt: skip
row("geqrf", lambda m, x: m.linalg.householder_product(*_geqrf(m, x)) @ _geqrf(m, x)[0][..., : x.shape[-1], :].triu(),
    lambda x: x, TALL, terms=terms, differentiable=False)  # fmt: skip
elsewhere("linalg.householder_product", "gs", "torch's differ from finite differences by 1e-14 of the terms")
elsewhere(
    "ormqr, ormqr transpose, ormqr right, ormqr right transpose",
    "s",
    "torch's differ from finite differences by 1e-14 of the terms",
    here_and_there=True,
)

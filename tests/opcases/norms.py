"""Rows of norms and condition numbers."""

from __future__ import annotations

import math

import numpy as np

from opcases.linalg import SMALL, near_one, np_near_one, solved
from opcases.table import CUBES, dims_size, elsewhere, row


def shrunk(norms):
    return np.where(norms > 1.5, 1.5 / (norms + 1e-7), 1)


for _p in (1, 2, 3.5, float("inf")):
    row(f"renorm {_p}", lambda m, x, p=_p: m.renorm(x, p, 1, 1.5),
        lambda x, p=_p: x * shrunk(np.linalg.norm(np.moveaxis(x, 1, 0).reshape(x.shape[1], -1), p, axis=1)).reshape(
            -1, *(1,) * (x.ndim - 2)), ((3, 5), (2, 3, 4)), terms=lambda s: 8)  # fmt: skip
for _p in (0, 1, 2, 2.5, -1.5, math.inf, -math.inf):
    for _dim in (None, 1):
        row(
            f"norm p={_p}{'' if _dim is None else ' dim'}",
            lambda m, x, p=_p, d=_dim: m.norm(x, p, d),
            lambda x, p=_p, d=_dim: np.linalg.norm(x.reshape(-1) if d is None else x, p, None if d is None else d),
            [(3, 5), (4, 129)], away=0.1, terms=dims_size(_dim), differentiable=_p != 0,
        )  # fmt: skip
row("linalg.vector_norm", lambda m, x: m.linalg.vector_norm(x, dim=(0, 2), keepdim=True),
    lambda x: np.sqrt((x * x).sum((0, 2), keepdims=True)), CUBES[:2], away=0.1, terms=dims_size((0, 2)))  # fmt: skip
for _p in ("fro", 1, -1, math.inf, -math.inf):
    row(f"linalg.matrix_norm {_p}", lambda m, x, p=_p: m.linalg.matrix_norm(x, p), lambda x, p=_p: np.linalg.norm(x, p, (-2, -1)),
        [(3, 5), (2, 3, 4)], away=0.1, terms=math.prod)  # fmt: skip
row(
    "linalg.norm",
    lambda m, x: m.linalg.norm(x),
    lambda x: np.sqrt((x * x).sum()),
    [(7,), (2, 3, 4)],
    away=0.1,
    terms=math.prod,
)
row("dist", lambda m, x, y: m.dist(x, y, 3), lambda x, y: (np.abs(x - y) ** 3).sum() ** (1 / 3), [((3, 5), (3, 5)), ((7,), (1,))],
    ranges=((-2, -1), (1, 2)), terms=lambda a, b: math.prod(a))  # fmt: skip


def apart(m, x):
    """Return matrices far from singular, whose singular values are apart also where all elements of x are equal."""
    return near_one(m, x) + m.diag(m.arange(x.shape[-1], device=x.device).to(x.dtype))


def np_apart(x):
    return np_near_one(x) + np.diag(np.arange(float(x.shape[-1])))


for _p in (None, -2, 1, "fro", float("inf")):  # torch cannot differentiate those of an inverse
    row(f"linalg.cond {_p}", lambda m, x, p=_p: m.linalg.cond(apart(m, x), p), lambda x, p=_p: np.linalg.cond(np_apart(x), p),
        SMALL, terms=solved, differentiable=_p in (None, -2))  # fmt: skip

elsewhere(
    "norm p=2, norm p=2 dim, norm p=2.5, norm p=2.5 dim, norm p=-1.5, norm p=-1.5 dim, linalg.vector_norm",
    "s",
    "torch's second derivative of the root is nan at 0",
    only_nan=True,
)
elsewhere(
    "linalg.matrix_norm fro, linalg.norm, dist, renorm 2, renorm 3.5",
    "s",
    "torch's second derivative of the root is nan at 0",
    only_nan=True,
)

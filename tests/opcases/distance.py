"""Rows of distances and similarity."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from opcases.table import elsewhere, row

VECTORS = (((3, 5), (3, 5)), ((2, 9), (2, 9)), ((7,), (7,)))
_FAR = ((-3, 3), (4, 9))
_RECTANGLES = (((1, 1), (1, 1)), ((3, 2), (4, 2)), ((2, 3, 9), (2, 2, 9)), ((5, 33), (2, 33)), ((2, 3), (0, 3)))


def np_norm(x: Any, p: float, axis: int = -1) -> Any:
    return (x != 0).sum(axis) if p == 0 else np.linalg.norm(x, p, axis)


for _p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, math.inf):
    row(f"cdist {_p}", lambda m, a, b, p=_p: m.cdist(a, b, p),
        lambda a, b, p=_p: np_norm(a[..., :, None, :] - b[..., None, :, :], p) * 1.0,
        _RECTANGLES, ranges=_FAR, smooth=_p != 0, terms=lambda a, b: a[-1])  # fmt: skip
row("cdist broadcast", lambda m, a, b: m.cdist(a, b), lambda a, b: np_norm(a[..., :, None, :] - b[..., None, :, :], 2),
    [((2, 1, 3, 5), (4, 2, 5))], ranges=_FAR, terms=lambda a, b: a[-1])  # fmt: skip
for _p in (1.0, 2.0):
    row(f"pdist {_p}", lambda m, x, p=_p: m.nn.functional.pdist(x, p),
        lambda x, p=_p: np.array([np_norm(a - b, p) for a, b in itertools.combinations(x, 2)], x.dtype),
        [(2, 3), (4, 3)], ranges=((-9, 9),), terms=lambda x: x[1])  # fmt: skip


def np_cosine(a: Any, b: Any, axis: int = -1, more: float = 0.0) -> Any:
    a, b = np.broadcast_arrays(a, b)
    return (a * b).sum(axis) / np.sqrt(((a * a).sum(axis) + more) * ((b * b).sum(axis) + more))


row(
    "cosine_similarity", lambda m, a, b: m.cosine_similarity(a, b, dim=-1), np_cosine, VECTORS, terms=lambda a, b: a[-1]
)
row("cosine_similarity dim", lambda m, a, b: m.cosine_similarity(a, b, 0), lambda a, b: np_cosine(a, b, 0),
    [((3, 5), (3, 5)), ((3, 1, 2), (5, 2))], terms=lambda a, b: a[0])  # fmt: skip
row("cosine_similarity eps", lambda m, a, b: m.cosine_similarity(a, b, -1, 100.0),
    lambda a, b: (a * b).sum(-1) / 1e4, VECTORS, smooth=False, terms=lambda a, b: a[-1])  # fmt: skip
for _p in (1.0, 2.0, 3.0):
    row(f"pairwise_distance {_p}", lambda m, a, b, p=_p: m.nn.functional.pairwise_distance(a, b, p, keepdim=True),
        lambda a, b, p=_p: np_norm(a - b + 1e-6, p)[..., None], VECTORS, ranges=_FAR, terms=lambda a, b: a[-1])  # fmt: skip
    row(f"normalize {_p}", lambda m, x, p=_p: m.nn.functional.normalize(x, p, -1),
        lambda x, p=_p: x / np_norm(x, p)[..., None], [(3, 5), (2, 33), (7,)], away=0.1, terms=lambda x: x[-1])  # fmt: skip
row("normalize eps", lambda m, x: m.nn.functional.normalize(x, eps=100.0), lambda x: x / 100, [(3, 5)])

elsewhere("normalize eps", "s", "torch's second derivative of the root is nan at 0", only_nan=True)
elsewhere(
    "cosine_similarity, cosine_similarity dim, cosine_similarity eps",
    "s",
    "torch's second derivative of the root is nan at 0",
    only_nan=True,
)
elsewhere("cosine_similarity dim, pairwise_distance 3.0", "s", "what cancels is 1e8 times as large as the result")

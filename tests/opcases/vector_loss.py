"""Rows of distances, of losses of vectors, scores and likelihoods, and of label sequences."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from opcases.table import INTEGER, row

_PAIRS = (((3, 5), (3, 5)), ((2, 9), (2, 9)), ((7,), (7,)))
_SCORES = (((3, 5), (3,)), ((4, 9), (4,)))
_FAR = ((-3, 3), (4, 9))
_RECTANGLES = (((1, 1), (1, 1)), ((3, 2), (4, 2)), ((2, 3, 9), (2, 2, 9)), ((5, 33), (2, 33)), ((2, 3), (0, 3)))


def _norm(x: Any, p: float, axis: int = -1) -> Any:
    return (x != 0).sum(axis) if p == 0 else np.linalg.norm(x, p, axis)


for _p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, math.inf):
    row(f"cdist {_p}", lambda m, a, b, p=_p: m.cdist(a, b, p),
        lambda a, b, p=_p: _norm(a[..., :, None, :] - b[..., None, :, :], p) * 1.0,
        _RECTANGLES, ranges=_FAR, smooth=_p != 0, terms=lambda a, b: a[-1])  # fmt: skip
row("cdist broadcast", lambda m, a, b: m.cdist(a, b), lambda a, b: _norm(a[..., :, None, :] - b[..., None, :, :], 2),
    [((2, 1, 3, 5), (4, 2, 5))], ranges=_FAR, terms=lambda a, b: a[-1])  # fmt: skip
for _p in (1.0, 2.0):
    row(f"pdist {_p}", lambda m, x, p=_p: m.nn.functional.pdist(x, p),
        lambda x, p=_p: np.array([_norm(a - b, p) for a, b in itertools.combinations(x, 2)], x.dtype),
        [(2, 3), (4, 3)], ranges=((-9, 9),), terms=lambda x: x[1])  # fmt: skip


def _cosine(a: Any, b: Any, axis: int = -1, more: float = 0.0) -> Any:
    a, b = np.broadcast_arrays(a, b)
    return (a * b).sum(axis) / np.sqrt(((a * a).sum(axis) + more) * ((b * b).sum(axis) + more))


row("cosine_similarity", lambda m, a, b: m.cosine_similarity(a, b, dim=-1), _cosine, _PAIRS, terms=lambda a, b: a[-1])
row("cosine_similarity dim", lambda m, a, b: m.cosine_similarity(a, b, 0), lambda a, b: _cosine(a, b, 0),
    [((3, 5), (3, 5)), ((3, 1, 2), (5, 2))], terms=lambda a, b: a[0])  # fmt: skip
row("cosine_similarity eps", lambda m, a, b: m.cosine_similarity(a, b, -1, 100.0),
    lambda a, b: (a * b).sum(-1) / 1e4, _PAIRS, smooth=False, terms=lambda a, b: a[-1])  # fmt: skip
for _p in (1.0, 2.0, 3.0):
    row(f"pairwise_distance {_p}", lambda m, a, b, p=_p: m.nn.functional.pairwise_distance(a, b, p, keepdim=True),
        lambda a, b, p=_p: _norm(a - b + 1e-6, p)[..., None], _PAIRS, ranges=_FAR, terms=lambda a, b: a[-1])  # fmt: skip
    row(f"normalize {_p}", lambda m, x, p=_p: m.nn.functional.normalize(x, p, -1),
        lambda x, p=_p: x / _norm(x, p)[..., None], [(3, 5), (2, 33), (7,)], away=0.1, terms=lambda x: x[-1])  # fmt: skip
row("normalize eps", lambda m, x: m.nn.functional.normalize(x, eps=100.0), lambda x: x / 100, [(3, 5)])


def _reduced(losses: Any, reduction: str) -> Any:
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _triplet(a: Any, b: Any, c: Any, swap: bool) -> Any:
    near, far = _norm(a - b + 1e-6, 2), _norm(a - c + 1e-6, 2)
    return np.maximum(9 + near - (np.minimum(far, _norm(b - c + 1e-6, 2)) if swap else far), 0)


def _multi_margin(x: Any, t: Any, p: int) -> Any:
    terms = np.maximum(0.7 - np.take_along_axis(x, t[:, None], 1) + x, 0) ** p
    return (terms * (t[:, None] != np.arange(x.shape[1]))).sum(1) / x.shape[1]


def _multilabel(x: Any, t: Any) -> Any:
    losses = []
    for scores, labels in zip(x, t):
        own = list(itertools.takewhile(lambda label: label >= 0, labels))
        others = [c for c in range(len(scores)) if c not in own]
        losses.append(sum(max(0.0, 1 - scores[j] + scores[c]) for j in own for c in others) / len(scores))
    return np.array(losses)


def _log_sigmoid(x: Any) -> Any:
    return -np.log1p(np.exp(-x))


_LOSSES: dict[str, tuple[Any, dict[str, Any], Any, tuple[Any, ...]]] = {
    "triplet_margin_loss": (lambda a, b, c: _triplet(a, b, c, False), {"margin": 9.0}, [((3, 5),) * 3], ((-3, 3),)),
    "triplet_margin_loss swap": (
        lambda a, b, c: _triplet(a, b, c, True), {"margin": 9.0, "swap": True}, [((3, 5),) * 3], ((-3, 3),)),
    "cosine_embedding_loss": (
        lambda a, b, t: 1 - _cosine(a, b, -1, 1e-12), {"margin": -2.0},
        [((4, 5), (4, 5), (4,)), ((5,), (5,), ())], ((-3, 3), (-3, 3), (1, 1, INTEGER))),
    "cosine_embedding_loss apart": (
        lambda a, b, t: _cosine(a, b, -1, 1e-12) + 2, {"margin": -2.0}, [((4, 5), (4, 5), (4,))],
        ((-3, 3), (-3, 3), (-1, -1, INTEGER))),
    "multi_margin_loss": (
        lambda x, t: _multi_margin(x, t, 1), {"margin": 0.7}, _SCORES, ((-9, 9), (0, 4, INTEGER))),
    "multi_margin_loss square": (
        lambda x, t: _multi_margin(x, t, 2), {"margin": 0.7, "p": 2}, _SCORES, ((-9, 9), (0, 4, INTEGER))),
    "multilabel_margin_loss": (
        _multilabel, {}, [((3, 5), (3, 5)), ((7, 9), (7, 9))], ((-9, 9), (-1, 4, INTEGER))),
    "multilabel_soft_margin_loss": (
        lambda x, t: -(t * _log_sigmoid(x) + (1 - t) * _log_sigmoid(-x)).mean(-1), {}, _PAIRS, ((-4, 4), (0.1, 0.9))),
    "gaussian_nll_loss": (
        lambda x, t, v: 0.5 * (np.log(v) + (x - t) ** 2 / v), {}, [((3, 5),) * 3, ((129,),) * 3, ((3, 5), (3, 5), (3, 1))],
        ((-3, 3), (-3, 3), (0.5, 2.0))),
    "gaussian_nll_loss full": (
        lambda x, t, v: 0.5 * (np.log(v) + (x - t) ** 2 / v + math.log(2 * math.pi)), {"full": True}, [((3, 5),) * 3],
        ((-3, 3), (-3, 3), (0.5, 2.0))),
    "poisson_nll_loss": (lambda x, t: np.exp(x) - t * x, {}, _PAIRS, ((-2, 2), (0.5, 4.0))),
    "poisson_nll_loss full": (
        lambda x, t: x - t * np.log(x + 1e-8) + t * np.log(t) - t + 0.5 * np.log(2 * math.pi * t),
        {"full": True, "log_input": False}, _PAIRS, ((0.5, 3), (1.5, 4.0))),
}  # fmt: skip
for _name, (_reference, _options, _cases, _ranges) in _LOSSES.items():
    _function = _name.split()[0]
    for _reduction in ("none", "mean"):
        row(f"{_name} {_reduction}",
            lambda m, *x, n=_function, o=_options, r=_reduction: getattr(m.nn.functional, n)(*x, reduction=r, **o),
            lambda *x, f=_reference, r=_reduction: _reduced(f(*x), r),
            _cases, ranges=_ranges, smooth="margin" not in _name or "soft" in _name,
            terms=lambda *x: math.prod(x[0]) * (x[0][-1] if len(x) == 2 else 1))  # fmt: skip


def _ctc(x: Any, targets: Any, steps: Any, lengths: Any, blank: int = 0) -> Any:
    """Add up all alignments."""
    logs = x - np.log(np.exp(x).sum(-1, keepdims=True))
    losses = []
    for n in range(x.shape[1]):
        wanted, total = list(targets[n][: lengths[n]]), 0.0
        for path in itertools.product(range(x.shape[2]), repeat=int(steps[n])):
            if [label for label, _ in itertools.groupby(path) if label != blank] == wanted:
                total += math.exp(sum(logs[t, n, label] for t, label in enumerate(path)))
        losses.append(-math.log(total))
    return np.array(losses)


for _blank, _reduction in ((0, "none"), (2, "none"), (0, "mean"), (0, "sum")):
    row(f"ctc_loss {_blank} {_reduction}",
        lambda m, x, b=_blank, r=_reduction: m.nn.functional.ctc_loss(
            m.log_softmax(x, 2), m.tensor([[1, 1], [3, 1]], device=x.device), (4, 3), (2, 1), b, r),
        lambda x, b=_blank, r=_reduction: _reduced(
            _ctc(x, [[1, 1], [3, 1]], (4, 3), (2, 1), b) / (np.array([2, 1]) if r == "mean" else 1), r),
        [(4, 2, 4), (5, 2, 4)], smooth=False, terms=lambda x: 4)  # fmt: skip

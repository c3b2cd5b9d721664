"""Rows of losses."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from opcases.distance import VECTORS, np_cosine, np_norm
from opcases.softmax import np_log_softmax
from opcases.table import FLOATS, INTEGER, LARGE, WIDE, elsewhere, row

_ELEMENTS = (((7,), (7,)), ((3, 5), (3, 5)), ((129,), (129,)))


def _huber(x: Any, y: Any, d: float) -> Any:
    a = np.abs(x - y)
    return np.where(a <= d, a * a / 2, d * (a - d / 2))


def _bce(p: Any, t: Any) -> Any:
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


LOSSES = {
    "l1_loss": (lambda x, y: np.abs(x - y), {}, ((-3, 3), (4, 9))),
    "huber_loss": (lambda x, y: _huber(x, y, 1.5), {"delta": 1.5}, ((-3, 3), (-3, 3))),
    "smooth_l1_loss": (lambda x, y: _huber(x, y, 0.5) / 0.5, {"beta": 0.5}, ((-3, 3), (-3, 3))),
    "binary_cross_entropy": (_bce, {}, ((0.1, 0.9), (0.1, 0.9))),
    "binary_cross_entropy_with_logits": (lambda x, t: _bce(1 / (1 + np.exp(-x)), t), {}, ((-4, 4), (0.1, 0.9))),
    "kl_div": (lambda x, y: y * (np.log(y) - x), {}, ((-4, 0), (0.1, 0.9))),
    "kl_div log_target": (lambda x, y: np.exp(y) * (y - x), {"log_target": True}, ((-4, 0), (-4, 0))),
}
for _name, (_reference, _options, _ranges) in LOSSES.items():
    _function = _name.split()[0]
    for _reduction in ("none", "sum"):
        row(f"{_name} {_reduction}",
            lambda m, x, y, n=_function, o=_options, r=_reduction: getattr(m.nn.functional, n)(x, y, reduction=r, **o),
            lambda x, y, f=_reference, r=_reduction: f(x, y) if r == "none" else f(x, y).sum(),
            _ELEMENTS, dtypes=FLOATS, ranges=_ranges, smooth=not _name.startswith(("huber", "smooth")),
            terms=lambda x, y: math.prod(x))  # fmt: skip


def _linear_cross_entropy(x: Any, w: Any, b: Any, t: Any) -> Any:
    logits = x @ w.T + b
    logits = logits - logits.max(1, keepdims=True)
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(t)), t]
    return losses.mean()


row("linear_cross_entropy", lambda m, x, w, b, t: m.nn.functional.linear_cross_entropy(x, w, t, linear_bias=b),
    _linear_cross_entropy, [((2, 3), (4, 3), (4,), (2,)), ((7, 5), (4, 5), (4,), (7,))],
    ranges=((-2.0, 2.0), (-2.0, 2.0), (-2.0, 2.0), (0, 3, "int64")), result="float", terms=lambda *shapes: 32)  # fmt: skip


def _reduce(losses: Any, weights: Any, reduction: str) -> Any:
    return losses if reduction == "none" else losses.sum() / (weights.sum() if reduction == "mean" else 1)


def _nll(x: Any, y: Any, reduction: str = "mean", ignore_index: int = -100) -> Any:
    weights = (y != ignore_index) * 1.0
    safe = np.where(y == ignore_index, 0, y)
    return _reduce(-np.take_along_axis(x, safe[:, None], 1)[:, 0] * weights, weights, reduction)


def _cross_entropy(
    x: Any, y: Any, reduction: str = "mean", ignore_index: int = -100, label_smoothing: float = 0.0
) -> Any:
    logs, weights = np_log_softmax(x, 1), (y != ignore_index) * 1.0
    losses = _nll(logs, y, "none", ignore_index) * (1 - label_smoothing)
    return _reduce(losses - label_smoothing * logs.mean(1) * weights, weights, reduction)


SCORES = (((3, 5), (3,)), ((2, 7), (2,)), ((32, 10), (32,)), ((7, 129), (7,)), ((5, 1000), (5,)))
CLASSES = ((-9, 9), (0, 4, INTEGER))
for _name, _reference in (("nll_loss", _nll), ("cross_entropy", _cross_entropy)):
    for _options in (
        {}, {"reduction": "sum"}, {"reduction": "none"}, {"ignore_index": 2}, {"ignore_index": 2, "reduction": "none"},
        {"label_smoothing": 0.1}, {"label_smoothing": 0.3, "reduction": "none", "ignore_index": 2},
    ):  # fmt: skip
        if _name == "cross_entropy" or "label_smoothing" not in _options:
            row(
                " ".join([_name, *(f"{k}={v}" for k, v in _options.items())]),
                lambda m, x, y, n=_name, o=_options: getattr(m.nn.functional, n)(x, y, **o),
                lambda x, y, f=_reference, o=_options: f(x, y, **o),
                SCORES, ranges=CLASSES, terms=lambda x, y: x[0] + x[1],
            )  # fmt: skip
row("cross_entropy one class", lambda m, x, y: m.nn.functional.cross_entropy(x, y), _cross_entropy,
    [((1, 1), (1,)), ((3, 1), (3,))], ranges=((-9, 9), (0, 0, INTEGER)))  # fmt: skip
row("cross_entropy images", lambda m, x, y: m.nn.functional.cross_entropy(x, y),
    lambda x, y: _cross_entropy(np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), y.reshape(-1)),
    [((2, 5, 3, 4), (2, 3, 4))], ranges=CLASSES)  # fmt: skip
row("cross_entropy of one", lambda m, x, y: m.nn.functional.cross_entropy(x, y),
    lambda x, y: _cross_entropy(x[None], y[None]), [((5,), ())], ranges=CLASSES)  # fmt: skip


def _weights(x: Any) -> Any:
    return np.arange(1, x.shape[1] + 1) / 2


def _weighted(x: Any, y: Any, reduction: str, ignore_index: int, smoothing: float, logs: bool) -> Any:
    logs, weights = (np_log_softmax(x, 1) if logs else x), _weights(x)
    mine = (y != ignore_index) * weights[np.where(y == ignore_index, 0, y)]
    losses = -np.take_along_axis(logs, np.where(y == ignore_index, 0, y)[:, None], 1)[:, 0] * mine
    spread = -(logs * weights).sum(1) * (y != ignore_index) / x.shape[1]
    return _reduce((1 - smoothing) * losses + smoothing * spread, mine, reduction)


def _weight_of(m: Any, x: Any) -> Any:
    return m.arange(1, x.shape[1] + 1, dtype=x.dtype, device=x.device) / 2


for _reduction in ("none", "mean", "sum"):
    for _ignored in (-100, 2):
        row(f"nll_loss weight {_reduction} {_ignored}",
            lambda m, x, y, r=_reduction, i=_ignored: m.nn.functional.nll_loss(
                x, y, _weight_of(m, x), reduction=r, ignore_index=i),
            lambda x, y, r=_reduction, i=_ignored: _weighted(x, y, r, i, 0.0, False),
            (SCORES[0], *SCORES[2:4]), ranges=CLASSES, terms=lambda x, y: x[0] + x[1])  # fmt: skip
for _reduction, _smoothing in (("mean", 0.0), ("none", 0.1), ("mean", 0.1)):
    row(f"cross_entropy weight {_reduction} {_smoothing}",
        lambda m, x, y, r=_reduction, e=_smoothing: m.nn.functional.cross_entropy(
            x, y, _weight_of(m, x), reduction=r, ignore_index=3, label_smoothing=e),
        lambda x, y, r=_reduction, e=_smoothing: _weighted(x, y, r, 3, e, True),
        (SCORES[0], SCORES[2]), ranges=CLASSES, terms=lambda x, y: x[0] * x[1])  # fmt: skip
for _reduction in ("none", "mean"):
    row(f"cross_entropy probabilities {_reduction}",
        lambda m, x, y, r=_reduction: m.nn.functional.cross_entropy(
            x, y, _weight_of(m, x), reduction=r, label_smoothing=0.1),
        lambda x, y, r=_reduction: _reduce(
            -(np_log_softmax(x, 1) * (0.9 * y + 0.1 / x.shape[1]) * _weights(x)).sum(1), np.ones(x.shape[0]), r),
        [((3, 5), (3, 5)), ((7, 33), (7, 33))], ranges=((-9, 9), (0.0, 1.0)), terms=lambda x, y: x[0] * x[1])  # fmt: skip
row("mse_loss", lambda m, a, b: m.nn.functional.mse_loss(a, b), lambda a, b: ((a - b) ** 2).mean(),
    [((7,), (7,)), ((3, 5), (3, 5)), ((LARGE,), (LARGE,))], terms=lambda a, b: math.prod(a), ranges=WIDE)  # fmt: skip
row("kl_div at top level", lambda m, x, t: m.kl_div(x, t, 2), lambda x, t: (t * (np.log(t) - x)).sum(), (((3, 4), (3, 4)),), FLOATS,
    ranges=((-2, 2), (0.1, 2)), terms=lambda *s: 12)  # fmt: skip
_SCORES = (((3, 5), (3,)), ((4, 9), (4,)))


def _reduced(losses: Any, reduction: str) -> Any:
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _triplet(a: Any, b: Any, c: Any, swap: bool) -> Any:
    near, far = np_norm(a - b + 1e-6, 2), np_norm(a - c + 1e-6, 2)
    return np.maximum(9 + near - (np.minimum(far, np_norm(b - c + 1e-6, 2)) if swap else far), 0)


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
        lambda a, b, t: 1 - np_cosine(a, b, -1, 1e-12), {"margin": -2.0},
        [((4, 5), (4, 5), (4,)), ((5,), (5,), ())], ((-3, 3), (-3, 3), (1, 1, INTEGER))),
    "cosine_embedding_loss apart": (
        lambda a, b, t: np_cosine(a, b, -1, 1e-12) + 2, {"margin": -2.0}, [((4, 5), (4, 5), (4,))],
        ((-3, 3), (-3, 3), (-1, -1, INTEGER))),
    "multi_margin_loss": (
        lambda x, t: _multi_margin(x, t, 1), {"margin": 0.7}, _SCORES, ((-9, 9), (0, 4, INTEGER))),
    "multi_margin_loss square": (
        lambda x, t: _multi_margin(x, t, 2), {"margin": 0.7, "p": 2}, _SCORES, ((-9, 9), (0, 4, INTEGER))),
    "multilabel_margin_loss": (
        _multilabel, {}, [((3, 5), (3, 5)), ((7, 9), (7, 9))], ((-9, 9), (-1, 4, INTEGER))),
    "multilabel_soft_margin_loss": (
        lambda x, t: -(t * _log_sigmoid(x) + (1 - t) * _log_sigmoid(-x)).mean(-1), {}, VECTORS, ((-4, 4), (0.1, 0.9))),
    "gaussian_nll_loss": (
        lambda x, t, v: 0.5 * (np.log(v) + (x - t) ** 2 / v), {}, [((3, 5),) * 3, ((129,),) * 3, ((3, 5), (3, 5), (3, 1))],
        ((-3, 3), (-3, 3), (0.5, 2.0))),
    "gaussian_nll_loss full": (
        lambda x, t, v: 0.5 * (np.log(v) + (x - t) ** 2 / v + math.log(2 * math.pi)), {"full": True}, [((3, 5),) * 3],
        ((-3, 3), (-3, 3), (0.5, 2.0))),
    "poisson_nll_loss": (lambda x, t: np.exp(x) - t * x, {}, VECTORS, ((-2, 2), (0.5, 4.0))),
    "poisson_nll_loss full": (
        lambda x, t: x - t * np.log(x + 1e-8) + t * np.log(t) - t + 0.5 * np.log(2 * math.pi * t),
        {"full": True, "log_input": False}, VECTORS, ((0.5, 3), (1.5, 4.0))),
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

elsewhere("huber_loss none", "s", "the slope has a kink where the parabola ends", lambda x, y: np.abs(x - y) == 1.5)
elsewhere("smooth_l1_loss none", "s", "the slope has a kink where the parabola ends", lambda x, y: np.abs(x - y) == 0.5)
elsewhere("binary_cross_entropy none, binary_cross_entropy sum", "gs", "torch's least divisor is 1e-12 in float32")
elsewhere("cosine_embedding_loss none, cosine_embedding_loss mean", "gs", "torch's least divisor is 1e-12 in float32")

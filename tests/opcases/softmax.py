"""Rows of softmax and of the losses built on it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from opcases.table import INTEGER, LARGE, WIDE, dims_size, row


def _log_softmax(x: Any, axis: int = -1) -> Any:
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


ROWS_OF = ((1, 1), (1, 7), (3, 5), (31, 33), (5, 127), (3, 1000), (2, 4097), (2, 3, 4), (0, 5))
for _name, _reference in (("softmax", lambda x, d: np.exp(_log_softmax(x, d))), ("log_softmax", _log_softmax)):
    for _dim, _cases in ((-1, (*ROWS_OF, (7,))), (0, (*ROWS_OF[:5], (5, 0))), (1, ROWS_OF[:8])):
        row(
            f"{_name} {_dim}",
            lambda m, x, n=_name, d=_dim: getattr(m, n)(x, d),
            lambda x, f=_reference, d=_dim: f(x, d) if x.size else x,
            _cases, ranges=((-9, 9),), terms=dims_size(_dim),
        )  # fmt: skip
row("softmax dtype", lambda m, x: m.softmax(x, 1, dtype=m.float64), lambda x: np.exp(_log_softmax(x, 1)),
    [(3, 5)], result="float64")  # fmt: skip


def _reduce(losses: Any, weights: Any, reduction: str) -> Any:
    return losses if reduction == "none" else losses.sum() / (weights.sum() if reduction == "mean" else 1)


def _nll(x: Any, y: Any, reduction: str = "mean", ignore_index: int = -100) -> Any:
    weights = (y != ignore_index) * 1.0
    safe = np.where(y == ignore_index, 0, y)
    return _reduce(-np.take_along_axis(x, safe[:, None], 1)[:, 0] * weights, weights, reduction)


def _cross_entropy(
    x: Any, y: Any, reduction: str = "mean", ignore_index: int = -100, label_smoothing: float = 0.0
) -> Any:
    logs, weights = _log_softmax(x, 1), (y != ignore_index) * 1.0
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
    logs, weights = (_log_softmax(x, 1) if logs else x), _weights(x)
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
            -(_log_softmax(x, 1) * (0.9 * y + 0.1 / x.shape[1]) * _weights(x)).sum(1), np.ones(x.shape[0]), r),
        [((3, 5), (3, 5)), ((7, 33), (7, 33))], ranges=((-9, 9), (0.0, 1.0)), terms=lambda x, y: x[0] * x[1])  # fmt: skip
row("mse_loss", lambda m, a, b: m.nn.functional.mse_loss(a, b), lambda a, b: ((a - b) ** 2).mean(),
    [((7,), (7,)), ((3, 5), (3, 5)), ((LARGE,), (LARGE,))], terms=lambda a, b: math.prod(a), ranges=WIDE)  # fmt: skip

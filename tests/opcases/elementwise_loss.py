"""Rows of the losses of pairs of elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from opcases.table import FLOATS, row

_PAIRS = (((7,), (7,)), ((3, 5), (3, 5)), ((129,), (129,)))


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
            _PAIRS, dtypes=FLOATS, ranges=_ranges, smooth=not _name.startswith(("huber", "smooth")),
            terms=lambda x, y: math.prod(x))  # fmt: skip

"""Rows of dropout: what each element may become, and what dropping everything leaves."""

from __future__ import annotations

import numpy as np

from opcases.table import FLOATS, row

CASES = (((2, 3, 4, 5),), ((1, 2, 3, 1),), ((2, 0, 1, 1),))
SATURATION = 1.7580993408473766
SCALE = (0.5 * (1 + 0.5 * SATURATION**2)) ** -0.5
DROPS = {
    "dropout": 0.0,
    "dropout1d": 0.0,
    "dropout2d": 0.0,
    "dropout3d": 0.0,
    "alpha_dropout": -SATURATION,
    "feature_alpha_dropout": -SATURATION,
}


def one_of_two(m, x, name):
    y = getattr(m.nn.functional, name)(x, 0.5, training=True)
    low = DROPS[name]
    scale = SCALE if low else 2.0
    shift = -scale * low * 0.5
    dropped, kept = (y - (scale * low + shift)).abs() < 1e-5, (y - (x * scale + shift)).abs() < 1e-5
    return dropped | kept


for _name in DROPS:
    _cases = CASES if _name != "dropout1d" else tuple(((s[0], s[1], s[2] * s[3]),) for (s,) in CASES)
    row(f"nn.functional.{_name}", lambda m, x, n=_name: one_of_two(m, x, n), lambda x: np.ones_like(x, bool), _cases, FLOATS,
        result="bool", differentiable=False)  # fmt: skip
    row(f"nn.functional.{_name} of everything", lambda m, x, n=_name: getattr(m.nn.functional, n)(x, 1.0, True), lambda x: x * 0.0,
        _cases, FLOATS)  # fmt: skip
row("dropout at top level", lambda m, x: m.dropout(x, 1.0, True), lambda x: x * 0, ((3, 4),), FLOATS)

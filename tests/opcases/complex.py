"""Rows of what numbers keep of complex ones."""

from __future__ import annotations

import math

import numpy as np

from opcases.table import NUMBERS, elsewhere, row

SHAPES = ((), (7,), (33,), (1000,), (3, 5), (0,))
row("sgn", lambda m, x: m.sgn(x) * x, np.abs, SHAPES, NUMBERS, away=0.01)
row("angle", lambda m, x: m.angle(x), lambda x: np.where(x < 0, math.pi, 0), SHAPES, NUMBERS, away=0.01, result="float")
for _name in ("real", "conj", "conj_physical", "resolve_conj", "resolve_neg"):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x) * 2, lambda x: x * 2, ((7,), ()), NUMBERS)
row("isreal", lambda m, x: m.isreal(x), np.isreal, SHAPES, NUMBERS, result="bool", differentiable=False)

elsewhere("sgn", "s", "the row multiplies by its operand", lambda x: ~np.isfinite(x))

"""Rows of what top level has of nn.functional in another order of arguments."""

from __future__ import annotations

import numpy as np

from opcases.table import FLOATS, row

CASES = (((2, 3, 5), (3,), (3,)), ((3, 2, 1), (2,), (2,)))


def normalised(x, weight, bias, axes):
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-2) * weight[:, None] + bias[:, None]


row("batch_norm at top level", lambda m, x, w, b: m.batch_norm(x, w, b, None, None, True, 0.1, 1e-2, True),
    lambda x, w, b: normalised(x, w, b, (0, 2)), CASES, FLOATS, terms=lambda *s: s[0][0] * s[0][2])  # fmt: skip
row("instance_norm at top level", lambda m, x, w, b: m.instance_norm(x, w, b, None, None, True, 0.1, 1e-2, True),
    lambda x, w, b: normalised(x, w, b, 2), CASES[:1], FLOATS, terms=lambda *s: s[0][2])  # fmt: skip
row("embedding at top level", lambda m, w: m.embedding(w, m.tensor([[1, 0], [1, 1]], device=w.device)),
    lambda w: w[np.array([[1, 0], [1, 1]])], ((3, 4), (2, 1)), FLOATS)  # fmt: skip
row("dropout at top level", lambda m, x: m.dropout(x, 1.0, True), lambda x: x * 0, ((3, 4),), FLOATS)
row("fill", lambda m, x: m.fill(x, 2), lambda x: np.full_like(x, 2), ((3, 4), (), (0,)), FLOATS)
row("kl_div at top level", lambda m, x, t: m.kl_div(x, t, 2), lambda x, t: (t * (np.log(t) - x)).sum(), (((3, 4), (3, 4)),), FLOATS,
    ranges=((-2, 2), (0.1, 2)), terms=lambda *s: 12)  # fmt: skip
row("masked_fill of bools", lambda m, x: m.zeros_like(x, dtype=m.bool).masked_fill(x > 0, 2), lambda x: x > 0, ((3, 4), ()), FLOATS,
    result="bool", differentiable=False)  # fmt: skip

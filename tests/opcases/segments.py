"""Rows of reductions of segments."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import elsewhere, row

NUMPYS = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod}


def _each(x: Any, reduce: str, ends: Any, axis: int = 0) -> Any:
    parts = np.split(x, ends, axis)
    return np.stack([NUMPYS[reduce](part, axis) for part in parts], axis)


for _reduce in NUMPYS:
    row(f"segment_reduce {_reduce}",
        lambda m, x, r=_reduce: m.segment_reduce(x, r, lengths=m.tensor([2, 1, 4], device=x.device)),
        lambda x, r=_reduce: _each(x, r, (2, 3)), [(7,), (7, 3), (7, 2, 33)], terms=lambda x: 4)  # fmt: skip
    row(f"segment_reduce offsets {_reduce}",
        lambda m, x, r=_reduce: m.segment_reduce(x, r, offsets=m.tensor([[0, 2, 5], [0, 4, 5]], device=x.device), axis=1),
        lambda x, r=_reduce: np.stack([_each(x[0], r, (2,)), _each(x[1], r, (4,))]), [(2, 5), (2, 5, 3)], terms=lambda x: 4)  # fmt: skip
row("segment_reduce initial",
    lambda m, x: m.segment_reduce(x, "max", lengths=m.tensor([2, 0, 5], device=x.device), initial=0.5),
    lambda x: np.maximum(np.stack([x[:2].max(0), np.full(x.shape[1:], 0.5), x[2:].max(0)]), 0.5), [(7, 3), (7,)],
    away=0.6)  # fmt: skip
elsewhere(
    "segment_reduce max, segment_reduce offsets max, segment_reduce min, segment_reduce offsets min, "
    "segment_reduce initial", "g", "torch divides gradients among equal elements only where they are positive",
)  # fmt: skip

"""Rows of embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import FLOATS, INTEGER, elsewhere, row

TABLES = (((7,), (5, 3)), ((2, 3), (5, 17)), ((0,), (5, 3)), ((40,), (5, 33)))
RANGES = ((0, 4, INTEGER), (-2, 2))
for _options in ({}, {"scale_grad_by_freq": True}):
    row(
        " ".join(["embedding", *_options]),
        lambda m, i, w, o=_options: m.nn.functional.embedding(i, w, **o),
        lambda i, w: w[i],
        TABLES, ranges=RANGES, smooth=not _options,
    )  # fmt: skip
row("embedding padding_idx", lambda m, i, w: m.nn.functional.embedding(i, w, padding_idx=1), lambda i, w: w[i],
    TABLES, ranges=RANGES, smooth=False)  # fmt: skip
BAGS = (((3, 4), (5, 3)), ((1, 1), (5, 17)), ((2, 9), (5, 33)))
for _mode in ("sum", "mean", "max"):
    row(
        f"embedding_bag {_mode}",
        lambda m, i, w, o=_mode: m.nn.functional.embedding_bag(i, w, mode=o),
        lambda i, w, o=_mode: getattr(np, o)(w[i], axis=1),
        BAGS, ranges=RANGES, terms=lambda i, w: i[1],
    )  # fmt: skip


def _weighted(i: Any, w: Any, s: Any) -> Any:
    return (w[i] * s[:, :, None]).sum(1)


row("embedding_bag weighted", lambda m, i, w, s: m.nn.functional.embedding_bag(i, w, mode="sum", per_sample_weights=s),
    _weighted, [(i, w, i) for i, w in BAGS], ranges=(*RANGES, (-2, 2)), terms=lambda i, w, s: i[1])  # fmt: skip
for _number, _mode in enumerate(("sum", "mean", "max")):
    row(f"embedding_bag {_mode} at top level",
        lambda m, w, o=_number: m.embedding_bag(
            w, m.tensor([1, 0, 1, 2], device=w.device), m.tensor([0, 1], device=w.device), mode=o)[0],
        lambda w, o=_mode: np.stack([w[1], getattr(np, o)(w[np.array([0, 1, 2])], axis=0)]), [(3, 4), (5, 17)],
        terms=lambda w: 3)  # fmt: skip
row("embedding at top level", lambda m, w: m.embedding(w, m.tensor([[1, 0], [1, 1]], device=w.device)),
    lambda w: w[np.array([[1, 0], [1, 1]])], ((3, 4), (2, 1)), FLOATS)  # fmt: skip

elsewhere("embedding scale_grad_by_freq", "s", "torch's second derivative forgets the scale")

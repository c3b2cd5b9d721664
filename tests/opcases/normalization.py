"""Rows of normalization."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from opcases.table import FLOATS, Shape, elsewhere, row


def _normalised(x: Any, over: tuple[int, ...], eps: float = 1e-5, centred: bool = True) -> Any:
    centre = x - x.mean(over, keepdims=True) if centred and x.size else x
    return centre / np.sqrt((centre**2).mean(over, keepdims=True) + eps) if x.size else x


def _per_channel(x: Any, p: Any) -> Any:
    return p.reshape(-1, *[1] * (x.ndim - 2))


def _layer(x: Any, w: Any = 1.0, b: Any = 0.0, ndim: int = 1) -> Any:
    return _normalised(x, tuple(range(-ndim, 0))) * w + b


def _group(x: Any, w: Any, b: Any, groups: int) -> Any:
    split = x.reshape(len(x), groups, -1)
    return _normalised(split, (2,)).reshape(x.shape) * _per_channel(x, w) + _per_channel(x, b)


def _batch(x: Any, w: Any, b: Any) -> Any:
    return _normalised(x, (0, *range(2, x.ndim))) * _per_channel(x, w) + _per_channel(x, b)


def _running(x: Any, w: Any, b: Any) -> Any:
    mean, var = np.arange(x.shape[1]) * 0.5, np.arange(x.shape[1]) + 0.5
    return (x - _per_channel(x, mean)) / np.sqrt(_per_channel(x, var) + 1e-5) * _per_channel(x, w) + _per_channel(x, b)


def _apply_running(m: Any, x: Any, w: Any, b: Any) -> Any:
    channels = m.arange(x.shape[1], dtype=x.dtype, device=x.device)
    return m.nn.functional.batch_norm(x, channels * 0.5, channels + 0.5, w, b)


def _terms(x: Shape, *rest: Shape) -> int:
    return math.prod(x)


def _with(*shapes: Shape) -> tuple[tuple[Shape, ...], ...]:
    """Return cases with a weight and a bias per channel."""
    return tuple((s, s[1:2], s[1:2]) for s in shapes)


OPTIONS: dict[str, Any] = {"terms": _terms}
row("layer_norm", lambda m, x, w, b: m.nn.functional.layer_norm(x, w.shape, w, b), _layer,
    [((2, 3), (3,), (3,)), ((5, 2, 17), (17,), (17,)), ((65, 33), (33,), (33,)), ((1000, 4), (4,), (4,)), ((0, 3), (3,), (3,))],
    **OPTIONS)  # fmt: skip
row("layer_norm of two dimensions", lambda m, x, w: m.nn.functional.layer_norm(x, w.shape, w),
    lambda x, w: _layer(x, w, 0.0, 2), [((2, 2, 2), (2, 2)), ((3, 7, 9), (7, 9))], **OPTIONS)  # fmt: skip
row(
    "layer_norm plain",
    lambda m, x: m.nn.functional.layer_norm(x, (x.shape[-1],)),
    _layer,
    [(3, 5), (2, 100)],
    **OPTIONS,
)
row("rms_norm", lambda m, x, w: m.nn.functional.rms_norm(x, w.shape, w, 1e-5),
    lambda x, w: _normalised(x, (-1,), 1e-5, False) * w, [((3, 4), (4,)), ((9, 33), (33,))], **OPTIONS)  # fmt: skip
row("group_norm", lambda m, x, w, b: m.nn.functional.group_norm(x, 2, w, b), lambda x, w, b: _group(x, w, b, 2),
    _with((1, 2, 3), (3, 4, 5, 7), (2, 34, 1), (2, 8)), **OPTIONS)  # fmt: skip
row("instance_norm", lambda m, x, w, b: m.nn.functional.instance_norm(x, weight=w, bias=b),
    lambda x, w, b: _group(x, w, b, x.shape[1]), _with((1, 2, 4), (3, 2, 5, 7)), **OPTIONS)  # fmt: skip
row("batch_norm", lambda m, x, w, b: m.nn.functional.batch_norm(x, None, None, w, b, True), _batch,
    _with((2, 2, 3), (3, 4, 5, 7), (9, 2), (7, 33), (3, 17, 2)), **OPTIONS)  # fmt: skip
row("batch_norm running", _apply_running, _running, _with((2, 2, 3), (3, 4, 5, 7), (4, 33), (0, 3, 2)), **OPTIONS)
row("local_response_norm", lambda m, x: m.nn.functional.local_response_norm(x, 3, 0.5, 0.75, 2.0),
    lambda x: x / (2 + 0.5 * sum(
        np.pad(x**2, [(0, 0), (1, 1)] + [(0, 0)] * (x.ndim - 2))[:, i : i + x.shape[1]] for i in range(3)) / 3) ** 0.75,
    [(1, 3, 4), (2, 5, 3, 4)], **OPTIONS)  # fmt: skip
CASES = (((2, 3, 5), (3,), (3,)), ((3, 2, 1), (2,), (2,)))


def normalised(x, weight, bias, axes):
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-2) * weight[:, None] + bias[:, None]


row("batch_norm at top level", lambda m, x, w, b: m.batch_norm(x, w, b, None, None, True, 0.1, 1e-2, True),
    lambda x, w, b: normalised(x, w, b, (0, 2)), CASES, FLOATS, terms=lambda *s: s[0][0] * s[0][2])  # fmt: skip
row("instance_norm at top level", lambda m, x, w, b: m.instance_norm(x, w, b, None, None, True, 0.1, 1e-2, True),
    lambda x, w, b: normalised(x, w, b, 2), CASES[:1], FLOATS, terms=lambda *s: s[0][2])  # fmt: skip

elsewhere(
    "batch_norm, group_norm", "gs", "where all elements are equal, 1 over the root of eps multiplies rounding errors"
)

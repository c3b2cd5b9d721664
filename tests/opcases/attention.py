"""Rows of attention."""

from __future__ import annotations

from typing import Any

import mocrograd as mg
import numpy as np

from opcases.table import FLOATS, row

DROPPED = 0.4


def _attention(
    q: Any, k: Any, v: Any, mask: Any = None, causal: bool = False, scale: float | None = None, factors: Any = 1.0
) -> Any:
    share = q.shape[-3] // k.shape[-3] if q.ndim > 3 else 1
    if share > 1:
        k, v = (np.repeat(t, share, -3) for t in (k, v))
    scores = q @ np.swapaxes(k, -1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    top = scores.max(-1, keepdims=True, initial=-np.inf)
    powers = np.exp(scores - np.where(np.isinf(top), 0, top))
    sums = powers.sum(-1, keepdims=True)
    return powers / np.where(sums == 0, 1, sums) * factors @ v


def _factors(q: Any, k: Any, dtype: str) -> Any:
    """Return what dropout makes of ones in the place of all weights."""
    ones = mg.ones(*q.shape[:3], k.shape[2], dtype=getattr(mg, dtype))
    mg.manual_seed(5)
    return mg.nn.functional.dropout(ones, DROPPED).numpy()


def _dropped(m: Any, q: Any, k: Any, v: Any, mask: Any, causal: bool, dtype: str) -> Any:
    """Return attention with dropout of weights; other modules than mocrograd drop the same ones."""
    if m is mg:
        m.manual_seed(5)
        return m.nn.functional.scaled_dot_product_attention(q, k, v, mask, DROPPED, causal, enable_gqa=True)
    share = q.shape[1] // k.shape[1]
    factors = m.tensor(_factors(q, k, dtype), dtype=q.dtype)
    scores = q @ k.repeat_interleave(share, 1).mT * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores + mask
    if causal:
        scores = scores.masked_fill(m.ones(*scores.shape[-2:]).triu(1) != 0, float("-inf"))
    return m.softmax(scores, -1) * factors @ v.repeat_interleave(share, 1)


def _case(*sizes: int) -> Any:
    batch, heads, groups, rows, keys, width, columns = sizes
    return (batch, heads, rows, width), (batch, groups, keys, width), (batch, groups, keys, columns)


PLAIN = (_case(1, 1, 1, 1, 1, 1, 1), _case(1, 2, 2, 2, 2, 1, 1), _case(2, 3, 3, 5, 7, 4, 3), _case(1, 2, 2, 66, 130, 17, 9),
         _case(2, 2, 2, 3, 140, 8, 8), _case(1, 1, 1, 3, 5, 131, 129))  # fmt: skip
MASKED = (*PLAIN[1:4], _case(1, 1, 1, 3, 2, 2, 1))
for _name, _options, _cases in (
    ("", {}, PLAIN), (" causal", {"is_causal": True}, (*MASKED, _case(1, 1, 1, 140, 140, 4, 4))),
    (" scale", {"scale": 0.25}, PLAIN[1:3]),
    (" grouped", {"enable_gqa": True}, (_case(1, 2, 1, 2, 2, 1, 2), _case(2, 6, 2, 5, 3, 4, 4), _case(1, 2, 1, 70, 140, 4, 3))),
):  # fmt: skip
    row(
        f"scaled_dot_product_attention{_name}",
        lambda m, q, k, v, o=_options: m.nn.functional.scaled_dot_product_attention(q, k, v, **o),
        lambda q, k, v, o=_options: _attention(q, k, v, None, o.get("is_causal", False), o.get("scale")),
        _cases, terms=lambda q, k, v: 4 * (k[2] + q[3]),
    )  # fmt: skip
for _kind in ("bool", "float"):
    row(
        f"scaled_dot_product_attention {_kind} mask",
        lambda m, q, k, v, mask: m.nn.functional.scaled_dot_product_attention(q, k, v, mask),
        _attention,
        [(*case, (case[0][2], case[1][2])) for case in MASKED] + [(*PLAIN[2], (2, 1, 1, 7))],
        ranges=((-2, 2), (-2, 2), (-2, 2), (0, 1, "bool") if _kind == "bool" else (-2, 2)),
        terms=lambda q, k, v, m: 4 * (k[2] + q[3]),
    )  # fmt: skip
row("scaled_dot_product_attention without heads",
    lambda m, q, k, v: m.nn.functional.scaled_dot_product_attention(q, k, v), _attention,
    [((5, 4), (3, 4), (3, 2)), ((2, 5, 4), (2, 3, 4), (2, 3, 2)), ((1, 2, 2, 3, 4), (2, 1, 2, 5, 4), (2, 1, 2, 5, 4))],
    terms=lambda q, k, v: 8 * k[-2])  # fmt: skip
for _dtype in FLOATS:
    _cases = (
        _case(1, 2, 1, 2, 2, 1, 2), _case(2, 6, 2, 5, 7, 4, 3), _case(1, 1, 1, 66, 140, 4, 3), _case(1, 2, 2, 0, 3, 2, 2)
    )  # fmt: skip
    row(f"scaled_dot_product_attention dropout {_dtype}",
        lambda m, q, k, v, d=_dtype: _dropped(m, q, k, v, None, False, d),
        lambda q, k, v, d=_dtype: _attention(q, k, v, factors=_factors(q, k, d)), _cases, (_dtype,),
        terms=lambda q, k, v: 8 * (k[2] + q[3]))  # fmt: skip
    row(f"scaled_dot_product_attention dropout causal mask {_dtype}",
        lambda m, q, k, v, mask, d=_dtype: _dropped(m, q, k, v, mask, True, d),
        lambda q, k, v, mask, d=_dtype: _attention(q, k, v, mask, True, factors=_factors(q, k, d)),
        [(*case, (case[0][2], case[1][2])) for case in (_cases[0], _cases[1], _case(1, 1, 1, 131, 131, 4, 3))], (_dtype,),
        terms=lambda q, k, v, mask: 8 * (k[2] + q[3]))  # fmt: skip
row("scaled_dot_product_attention dropout of everything",
    lambda m, q, k, v: m.nn.functional.scaled_dot_product_attention(q, k, v, dropout_p=1.0),
    lambda q, k, v: np.zeros((*q.shape[:-1], v.shape[-1])), PLAIN[:3])  # fmt: skip

"""Attention with several heads as a function: projections, masks, weights."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.dtypes import bool_
from mocrograd.nn.functional.dropout import dropout
from mocrograd.ops._arguments import checked
from mocrograd.ops.attention import Attention, SelfAttention, weight_dropout
from mocrograd.tensor import Tensor

__all__ = [
    "multi_head_attention_forward",
]


def _added(name: str, mask: Tensor | None, like: Tensor) -> Tensor | None:
    """Return a mask as numbers to add: of bools, true hides a key."""
    if mask is None:
        return None
    if mask.dtype is bool_:
        return ops.where(mask, -math.inf, 0.0).to(like.dtype)
    if not mask.dtype.is_floating_point:
        raise AssertionError(f"only bool and floating types of {name} are supported, got {mask.dtype}")
    return mask.to(like.dtype)


def _masks(
    attn_mask: Tensor | None,
    key_padding_mask: Tensor | None,
    batch: int,
    heads: int,
    rows: int,
    keys: int,
    like: Tensor,
) -> Tensor | None:
    """Return both masks as one of four dimensions that broadcasts to (batch, heads, rows, keys)."""
    mask = _added("attn_mask", attn_mask, like)
    if mask is not None:
        if mask.ndim not in (2, 3):
            raise AssertionError(f"expected `attn_mask` to be None, 2-D or 3-D but found a {mask.ndim}-D tensor")
        wanted = (rows, keys) if mask.ndim == 2 else (batch * heads, rows, keys)
        if mask.shape != wanted:
            raise RuntimeError(
                f"The shape of the {mask.ndim}D attn_mask is {tuple(mask.shape)}, but should be {wanted}."
            )
        mask = mask.reshape(1, 1, rows, keys) if mask.ndim == 2 else mask.reshape(batch, heads, rows, keys)
    padding = _added("key_padding_mask", key_padding_mask, like)
    if padding is None:
        return mask
    if padding.shape != (batch, keys):
        raise AssertionError(f"expecting key_padding_mask shape of {(batch, keys)}, but got {tuple(padding.shape)}")
    padding = padding.reshape(batch, 1, 1, keys)
    return padding if mask is None else mask + padding


def _check_shapes(query: Tensor, key: Tensor, value: Tensor, width: int, separate: bool) -> None:
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor"
        )
    if not query.ndim == key.ndim == value.ndim:
        raise AssertionError(
            f"For {'batched' if query.ndim == 3 else 'unbatched'} `query`, expected `key` and `value` to be "
            f"{query.ndim}-D but found {key.ndim}-D and {value.ndim}-D tensors respectively"
        )
    if query.ndim == 3 and query.shape[1] != key.shape[1]:
        raise RuntimeError(f"expected keys of {query.shape[1]} sequences, as the query, got {key.shape[1]}")
    if query.shape[-1] != width:
        raise AssertionError(f"was expecting embedding dimension of {width}, but got {query.shape[-1]}")
    ours, theirs = (key.shape[:-1], value.shape[:-1]) if separate else (key.shape, value.shape)
    if ours != theirs:
        raise AssertionError(f"key shape {tuple(key.shape)} does not match value shape {tuple(value.shape)}")


def _heads(x: Tensor, heads: int) -> Tensor:
    """Return (rows, batch, heads * columns) as (batch, heads, rows, columns)."""
    return x.reshape(x.shape[0], x.shape[1], heads, -1).permute(1, 2, 0, 3)


@checked
def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None,
    add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor, out_proj_bias: Tensor | None,
    training: bool = True, key_padding_mask: Tensor | None = None, need_weights: bool = True,
    attn_mask: Tensor | None = None, use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None, static_k: Tensor | None = None,
    static_v: Tensor | None = None, average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """Attend with several heads.

    Args:
        query: (rows, batch, width), or without the batch.
        key: (keys, batch, width of keys).
        value: (keys, batch, width of values).
        embed_dim_to_check: The width.
        num_heads: Heads, which divide the width.
        in_proj_weight: The three projections, one below the other, (3 width, width).
        in_proj_bias: Their biases, (3 width), or None.
        bias_k: A further key for all, (1, 1, width), or None.
        bias_v: Its value.
        add_zero_attn: Whether there is a further key and value of zeros.
        dropout_p: Probability that a weight is zeroed, in training.
        out_proj_weight: The projection of the result, (width, width).
        out_proj_bias: Its bias, or None.
        training: Whether this is training.
        key_padding_mask: Which keys do not count, (batch, keys), of bool or what is added to scores.
        need_weights: Whether the weights are returned; without them they are never held.
        attn_mask: Which keys a row does not see, (rows, keys) or (batch * heads, rows, keys), of bool or what is
            added to scores.
        use_separate_proj_weight: Whether the projections are three matrices.
        q_proj_weight: The projection of the query then, (width, width).
        k_proj_weight: The projection of the key then, (width, width of keys).
        v_proj_weight: The projection of the value then, (width, width of values).
        static_k: Projected keys, (batch * heads, keys, columns), instead of those of `key`.
        static_v: Projected values, likewise.
        average_attn_weights: Whether weights are averaged over the heads.
        is_causal: Says that `attn_mask` is the causal one, which then need not be looked at.

    Returns:
        (rows, batch, width), and the weights, (batch, rows, keys) or (batch, heads, rows, keys), or None.

    Raises:
        AssertionError: Shapes do not fit, or the mask has another number of dimensions.
        RuntimeError: A mask does not fit.

    Example:
        >>> import mocrograd as mg
        >>> attention, x = mg.nn.MultiheadAttention(4, 2), mg.randn(3, 1, 4)  # 3 positions, 1 sample
        >>> weights = attention.in_proj_weight, attention.in_proj_bias, None, None, False, 0.0
        >>> out = attention.out_proj.weight, attention.out_proj.bias
        >>> found = mg.nn.functional.multi_head_attention_forward(x, x, x, 4, 2, *weights, *out)
        >>> [part.shape for part in found]
        [mocrograd.Size([3, 1, 4]), mocrograd.Size([1, 3, 3])]
    """
    _check_shapes(query, key, value, embed_dim_to_check, use_separate_proj_weight)
    if num_heads <= 0 or embed_dim_to_check % num_heads:
        raise AssertionError(f"embed_dim {embed_dim_to_check} not divisible by num_heads {num_heads}")
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    is_batched = query.ndim == 3
    same = query is key and key is value
    if not is_batched:
        query, key, value = (t.unsqueeze(1) for t in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    rows, batch, width = query.shape
    causal = is_causal and key_padding_mask is None and not need_weights
    rate = dropout_p if training else 0.0
    scale = 1 / math.sqrt(width // num_heads)
    weights: Tensor | None = None
    together = in_proj_weight is not None and not use_separate_proj_weight
    plain = same and together and bias_k is None and static_k is None and static_v is None and not add_zero_attn
    if plain and not need_weights and in_proj_weight is not None:
        mask = None if causal else _masks(attn_mask, key_padding_mask, batch, num_heads, rows, rows, query)
        if mask is None or not mask.requires_grad:
            # Whether rows of one sequence lie one behind the other; of a single row, sequences of one width do.
            near, far = query.stride(0), query.stride(1)
            first = near < far or (near == far and rows == 1)
            x = query.transpose(0, 1) if first else query
            x = ops.linear(x, in_proj_weight, in_proj_bias)
            out = SelfAttention.run(x, num_heads, first, mask, causal, scale, rate)
            out = ops.linear(out, out_proj_weight, out_proj_bias)
            out = out.transpose(0, 1) if first else out
            return (out if is_batched else out.squeeze(1)), None
    if together:
        parts: Any = in_proj_weight.chunk(3)  # type: ignore[union-attr]
    else:
        parts = (q_proj_weight, k_proj_weight, v_proj_weight)
    biases: Any = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
    q, k, v = (ops.linear(t, w, b) for t, w, b in zip((query, key, value), parts, biases))
    keys = k.shape[0]
    mask = None if causal else _masks(attn_mask, key_padding_mask, batch, num_heads, rows, keys, query)
    further = 0
    if bias_k is not None and bias_v is not None:
        k, v = (ops.cat([t, bias.expand(1, batch, width)]) for t, bias in ((k, bias_k), (v, bias_v)))
        further += 1
    q, k, v = (_heads(t, num_heads) for t in (q, k, v))
    if static_k is not None:
        k = static_k.reshape(batch, num_heads, *static_k.shape[1:])
    if static_v is not None:
        v = static_v.reshape(batch, num_heads, *static_v.shape[1:])
    if add_zero_attn:
        k, v = (ops.cat([t, t.new_zeros(batch, num_heads, 1, t.shape[-1])], 2) for t in (k, v))
        further += 1
    if further and mask is not None:
        mask = ops.cat([mask, mask.new_zeros(*mask.shape[:-1], further)], -1)
    if need_weights:
        scores = ops.matmul(q * scale, k.mT)
        weights = ops.softmax(scores if mask is None else scores + mask, -1)
        weights = dropout(weights, rate) if rate else weights
        out = ops.matmul(weights, v)
        weights = weights.mean(1) if average_attn_weights else weights
    else:
        out = Attention.run(q, k, v, mask, causal, scale, weight_dropout(rate, q, k))
    out = ops.linear(out.permute(2, 0, 1, 3).reshape(rows, batch, width), out_proj_weight, out_proj_bias)
    if is_batched:
        return out, weights
    return out.squeeze(1), None if weights is None else weights.squeeze(0)

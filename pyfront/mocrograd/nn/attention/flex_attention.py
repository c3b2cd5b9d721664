"""Attention whose scores a function changes, and whose mask another function tells."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from mocrograd import ops
from mocrograd.nn.attention._masks import DEFAULT_BLOCK_SIZE as _DEFAULT_SPARSE_BLOCK_SIZE  # noqa: F401
from mocrograd.nn.attention._masks import BlockMask as BlockMask
from mocrograd.nn.attention._masks import and_masks as and_masks
from mocrograd.nn.attention._masks import create_block_mask as create_block_mask
from mocrograd.nn.attention._masks import create_mask as create_mask
from mocrograd.nn.attention._masks import noop_mask as noop_mask
from mocrograd.nn.attention._masks import or_masks as or_masks
from mocrograd.nn.attention._masks import positions
from mocrograd.nn.functional import scaled_dot_product_attention
from mocrograd.tensor import Tensor


class AuxRequest(NamedTuple):
    """What `flex_attention` returns besides its result."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for by an `AuxRequest`: logarithms of the sums of exponentials of scores, and greatest scores."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


def flex_attention(
    query: Tensor, key: Tensor, value: Tensor, score_mod: Callable[..., Tensor] | None = None,
    block_mask: BlockMask | None = None, scale: float | None = None, enable_gqa: bool = False,
    return_lse: bool = False, kernel_options: Any = None, *, return_aux: AuxRequest | None = None,
) -> Any:  # fmt: skip
    """Return attention with changed scores.

    Without a function that changes scores, nor anything else to return, it is `scaled_dot_product_attention` with a
    mask, and the matrix of scores is never stored.

    Args:
        query: (batch, heads, queries, features).
        key: (batch, heads, keys, features).
        value: (batch, heads, keys, features of values).
        score_mod: A function of scores and of the indices of batch, head, query and key. It gets all of them at once,
            as tensors that broadcast.
        block_mask: Which query sees which key; all by default.
        scale: What products are multiplied by; 1 / sqrt(features) by default.
        enable_gqa: Whether there may be fewer heads of keys than of queries.
        return_lse: Whether to return the logarithms of sums too.
        kernel_options: Accepted.
        return_aux: What to return besides.

    Returns:
        (batch, heads, queries, features of values); with `return_lse` also (batch, heads, queries); with `return_aux`
        also an `AuxOutput`.

    Raises:
        NotImplementedError: A tensor has not four dimensions.
        ValueError: Sizes do not fit together.
    """
    _check(query, key, enable_gqa, block_mask)
    if return_lse and return_aux is not None:
        raise ValueError("Cannot specify both return_lse and return_aux; please use return_aux=AuxRequest(lse=True)")
    if return_lse:
        warnings.warn("return_lse is deprecated. Please use return_aux=AuxRequest(lse=True) instead.",
                      FutureWarning, stacklevel=2)  # fmt: skip
    mask = None if block_mask is None else block_mask.elements()
    if score_mod is None and not return_lse and return_aux is None:
        return scaled_dot_product_attention(query, key, value, mask, scale=scale, enable_gqa=enable_gqa)
    groups = query._shape[1] // key._shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scores = query @ key.mT * (1 / math.sqrt(query._shape[-1]) if scale is None else scale)
    if score_mod is not None:
        scores = score_mod(scores, *positions(scores._shape, scores.device)).to(query.dtype)
    if mask is not None:
        scores = ops.where(mask, scores, -math.inf)
    sums = scores.logsumexp(-1)
    weights = (scores - ops.where(sums == -math.inf, 0.0, sums).unsqueeze(-1)).exp()  # 0 where nothing is seen
    result = weights @ value
    if return_lse:
        return result, sums
    if return_aux is None:
        return result
    greatest = scores.amax(-1) if return_aux.max_scores else None
    return result, AuxOutput(sums if return_aux.lse else None, greatest)


def _check(query: Tensor, key: Tensor, enable_gqa: bool, block_mask: BlockMask | None) -> None:
    if query.ndim != 4 or key.ndim != 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    heads, of_keys = query._shape[1], key._shape[1]
    if heads != of_keys and not enable_gqa:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={heads} and Hkv={of_keys}. "
            "Try setting enable_gqa=True for GQA."
        )
    if heads % of_keys:
        raise ValueError(
            f"Expect number of query heads to be a multiple of kv heads for GQA but got Hq={heads} and Hkv={of_keys}."
        )
    lengths = query._shape[2], key._shape[2]
    if block_mask is not None and block_mask.seq_lengths != lengths:
        raise ValueError(
            f"block_mask was created for block_mask.shape={block_mask.shape} but got q_len={lengths[0]} and "
            f"kv_len={lengths[1]}; create one of these lengths."
        )

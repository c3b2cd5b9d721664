"""Masks that let a query see the keys up to its own place."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from mocrograd import ops
from mocrograd.dtypes import bool_
from mocrograd.overriding import disabled_torch_function
from mocrograd.tensor import Tensor


class CausalVariant(IntEnum):
    """Which corner of the matrix of scores the edge of the mask starts in."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A mask for `scaled_dot_product_attention`: bools, (queries, keys).

    Args:
        variant: The corner.
        seq_len_q: The number of queries.
        seq_len_kv: The number of keys.
    """

    __torch_function__ = staticmethod(disabled_torch_function)

    variant: CausalVariant
    seq_len_q: int
    seq_len_kv: int

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> CausalBias:
        """Make the mask."""
        offset = seq_len_kv - seq_len_q if variant is CausalVariant.LOWER_RIGHT else 0
        new: CausalBias = Tensor._make_subclass(cls, ops.ones(seq_len_q, seq_len_kv, dtype=bool_).tril(offset))
        new.variant, new.seq_len_q, new.seq_len_kv = variant, seq_len_q, seq_len_kv
        return new


def causal_upper_left(*size: Any) -> CausalBias:
    """Return a mask whose edge starts in the upper left corner: the first query sees the first key.

    Args:
        size: Queries and keys.
    """
    return CausalBias(CausalVariant.UPPER_LEFT, *_sizes(size))


def causal_lower_right(*size: Any) -> CausalBias:
    """Return a mask whose edge ends in the lower right corner: the last query sees all keys.

    Args:
        size: Queries and keys.
    """
    return CausalBias(CausalVariant.LOWER_RIGHT, *_sizes(size))


def _sizes(size: Any) -> tuple[int, int]:
    if len(size) != 2:
        raise AssertionError("a causal bias is of two sizes: queries and keys")
    return size[0], size[1]

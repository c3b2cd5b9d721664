"""Attention with several heads; and torch's choice among implementations, of which there is one here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from mocrograd import ops
from mocrograd.nn import init
from mocrograd.nn.functional import multi_head_attention_forward
from mocrograd.nn.linear import NonDynamicallyQuantizableLinear
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "MultiheadAttention",
]


class SDPBackend(IntEnum):
    """torch's implementations of scaled dot-product attention."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[None]:
    """Run the body of a `with`: attention has one implementation, which never stores the matrix of scores.

    Args:
        backends: An SDPBackend or a list of them.
        set_priority: Accepted.

    Raises:
        TypeError: There is something else among them.
    """
    for backend in backends if isinstance(backends, (list, tuple)) else [backends]:
        if not isinstance(backend, SDPBackend):
            raise TypeError(
                f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {backend!r}"
            )
    yield


class MultiheadAttention(Module):
    """Several heads of attention, each over a part of the features, and a projection of what they found.

    Args:
        embed_dim: Features, a multiple of the number of heads.
        num_heads: Heads.
        dropout: Probability that a weight of the attention is zeroed, in training.
        bias: Whether projections have biases.
        add_bias_kv: Whether there is a further key and value, which are parameters.
        add_zero_attn: Whether there is a further key and value of zeros.
        kdim: Features of keys; `embed_dim` by default.
        vdim: Features of values; `embed_dim` by default.
        batch_first: Whether inputs are (batch, rows, features) instead of (rows, batch, features).
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Raises:
        ValueError: A size is not positive.
        AssertionError: The number of heads does not divide the features.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(5, 3, 8)
        >>> out, weights = mg.nn.MultiheadAttention(8, 2)(x, x, x)
        >>> out.shape, weights.shape
        (mocrograd.Size([5, 3, 8]), mocrograd.Size([3, 5, 5]))
    """

    in_proj_weight: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
    in_proj_bias: Any
    bias_k: Any
    bias_v: Any

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads}"
            )
        if embed_dim % num_heads:
            raise AssertionError(f"embed_dim must be divisible by num_heads, got {embed_dim} and {num_heads}")
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        shapes: dict[str, Any] = {
            "q_proj_weight": (embed_dim, embed_dim), "k_proj_weight": (embed_dim, self.kdim),
            "v_proj_weight": (embed_dim, self.vdim), "in_proj_weight": None,
        }  # fmt: skip
        if self._qkv_same_embed_dim:
            shapes = {**dict.fromkeys(shapes), "in_proj_weight": (3 * embed_dim, embed_dim)}
        shapes["in_proj_bias"] = (3 * embed_dim,) if bias else None

        def make(name: str, shape: Any) -> None:
            empty = None if shape is None else Parameter(ops.empty(*shape, device=device, dtype=dtype))
            self.register_parameter(name, empty)

        for name, shape in shapes.items():
            make(name, shape)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype)
        for name in ("bias_k", "bias_v"):
            make(name, (1, 1, embed_dim) if add_bias_kv else None)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for name in ("bias_k", "bias_v"):
            if getattr(self, name) is not None:
                init.xavier_normal_(getattr(self, name))

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """Attend.

        Args:
            query: (rows, batch, embed_dim), (batch, rows, embed_dim) with `batch_first`, or without the batch.
            key: (keys, batch, kdim), likewise.
            value: (keys, batch, vdim), likewise.
            key_padding_mask: Which keys do not count, (batch, keys), of bool or what is added to scores.
            need_weights: Whether the weights are returned; without them they are never held, which is faster.
            attn_mask: Which keys a row does not see, (rows, keys) or (batch * heads, rows, keys), of bool or what is
                added to scores.
            average_attn_weights: Whether weights are averaged over the heads.
            is_causal: Says that `attn_mask` is the causal one, which then need not be looked at.

        Returns:
            The result, like the query, and the weights, (batch, rows, keys) or (batch, heads, rows, keys), or None.
        """
        turned = self.batch_first and query.ndim == 3
        if turned:
            if query is key and key is value:
                query = key = value = query.transpose(0, 1)
            else:
                query, key, value = (t.transpose(0, 1) if t.ndim == 3 else t for t in (query, key, value))
        out, weights = multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias, self.training,
            key_padding_mask, need_weights, attn_mask, not self._qkv_same_embed_dim, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return (out.transpose(0, 1) if turned else out), weights

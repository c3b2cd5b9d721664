"""Transformers: layers of attention and of two linear layers, encoders and decoders made of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from mocrograd import ops
from mocrograd.nn import functional, init
from mocrograd.nn.attention import MultiheadAttention
from mocrograd.nn.container import ModuleList
from mocrograd.nn.dropout import Dropout
from mocrograd.nn.linear import Linear
from mocrograd.nn.module import Module
from mocrograd.nn.normalization import LayerNorm
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Activation = str | Callable[[Tensor], Tensor]


def _activation(activation: Activation) -> Callable[[Tensor], Tensor]:
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    function: Callable[[Tensor], Tensor] = getattr(functional, activation)
    return function


def _copies(module: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(module) for _ in range(count)])


class _Layer(Module):
    """What layers of encoders and decoders have in common."""

    _attentions: tuple[str, ...]
    dropout: Dropout
    linear1: Linear
    linear2: Linear

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int, dropout: float, activation: Activation,
        layer_norm_eps: float, batch_first: bool, norm_first: bool, bias: bool, device: Device, dtype: Dtype,
    ) -> None:  # fmt: skip
        super().__init__()
        for name in self._attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first,
                                                   device=device, dtype=dtype))  # fmt: skip
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        numbers = range(1, len(self._attentions) + 2)
        for number in numbers:
            setattr(self, f"norm{number}", LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype))
        for number in numbers:
            setattr(self, f"dropout{number}", Dropout(dropout))
        self.activation = _activation(activation)

    def _add(self, number: int, x: Tensor, block: Callable[[Tensor], Tensor]) -> Tensor:
        """Add to x what a block makes of it; normalise before or after."""
        norm, drop = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + drop(block(norm(x)))
        return norm(x + drop(block(x)))

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention and two linear layers, each added to its input and normalised.

    Args:
        d_model: Features.
        nhead: Heads of the attention.
        dim_feedforward: Features between the two linear layers.
        dropout: Probability of all dropout, in training.
        activation: "relu", "gelu" or a function, between the two linear layers.
        layer_norm_eps: What is added to variances.
        batch_first: Whether inputs are (batch, rows, features) instead of (rows, batch, features).
        norm_first: Whether to normalise inputs instead of sums.
        bias: Whether linear layers and normalisations have biases.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.TransformerEncoderLayer(8, 2)(mg.ones(5, 3, 8)).shape
        mocrograd.Size([5, 3, 8])
    """

    _attentions = ("self_attn",)
    self_attn: MultiheadAttention

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = functional.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        super().__init__(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first,
                         bias, device, dtype)  # fmt: skip

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Run the layer.

        Args:
            src: (rows, batch, d_model), (batch, rows, d_model) with `batch_first`, or without the batch.
            src_mask: Which rows a row does not see, as in MultiheadAttention.
            src_key_padding_mask: Which rows do not count, (batch, rows).
            is_causal: Says that the mask is the causal one.

        Returns:
            The shape of the input.
        """

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, True, is_causal)[0]

        return self._add(2, self._add(1, src, attend), self._feed_forward)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to an encoder's output and two linear layers, each added to its input and normalised.

    Args:
        d_model: Features.
        nhead: Heads of the attentions.
        dim_feedforward: Features between the two linear layers.
        dropout: Probability of all dropout, in training.
        activation: "relu", "gelu" or a function, between the two linear layers.
        layer_norm_eps: What is added to variances.
        batch_first: Whether inputs are (batch, rows, features) instead of (rows, batch, features).
        norm_first: Whether to normalise inputs instead of sums.
        bias: Whether linear layers and normalisations have biases.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
        >>> layer(mg.ones(4, 3, 8), mg.ones(4, 5, 8)).shape
        mocrograd.Size([4, 3, 8])
    """

    _attentions = ("self_attn", "multihead_attn")
    self_attn: MultiheadAttention
    multihead_attn: MultiheadAttention

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = functional.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        super().__init__(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first,
                         bias, device, dtype)  # fmt: skip

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Run the layer.

        Args:
            tgt: (rows, batch, d_model), (batch, rows, d_model) with `batch_first`, or without the batch.
            memory: The encoder's output, likewise.
            tgt_mask: Which rows of `tgt` a row does not see.
            memory_mask: Which rows of `memory` a row does not see.
            tgt_key_padding_mask: Which rows of `tgt` do not count.
            memory_key_padding_mask: Which rows of `memory` do not count.
            tgt_is_causal: Says that `tgt_mask` is the causal one.
            memory_is_causal: Says that `memory_mask` is the causal one.

        Returns:
            The shape of `tgt`.
        """

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, True, tgt_is_causal)[0]

        def look(x: Tensor) -> Tensor:
            return self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask, True, memory_is_causal
            )[0]

        return self._add(3, self._add(2, self._add(1, tgt, attend), look), self._feed_forward)


class TransformerEncoder(Module):
    """Several encoder layers, one after the other.

    Args:
        encoder_layer: The layer, of which copies are made.
        num_layers: How many.
        norm: What the last one's output goes through, or None.
        enable_nested_tensor: Has no effect.
        mask_check: Has no effect.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        >>> mg.nn.TransformerEncoder(layer, 2)(mg.ones(4, 5, 8)).shape
        mocrograd.Size([4, 5, 8])
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.layers = _copies(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:  # fmt: skip
        """Run the layers, each with the same masks; see TransformerEncoderLayer."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """Several decoder layers, one after the other.

    Args:
        decoder_layer: The layer, of which copies are made.
        num_layers: How many.
        norm: What the last one's output goes through, or None.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
        >>> mg.nn.TransformerDecoder(layer, 2)(mg.ones(4, 3, 8), mg.ones(4, 5, 8)).shape
        mocrograd.Size([4, 3, 8])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _copies(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Run the layers, each with the same masks; see TransformerDecoderLayer."""
        for layer in self.layers:
            tgt = layer(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
                        bool(tgt_is_causal), memory_is_causal)  # fmt: skip
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder and a decoder that looks at the encoder's output.

    Args:
        d_model: Features.
        nhead: Heads of the attentions.
        num_encoder_layers: Layers of the encoder.
        num_decoder_layers: Layers of the decoder.
        dim_feedforward: Features between the two linear layers of a layer.
        dropout: Probability of all dropout, in training.
        activation: "relu", "gelu" or a function, between the two linear layers.
        custom_encoder: An encoder to take instead.
        custom_decoder: A decoder to take instead.
        layer_norm_eps: What is added to variances.
        batch_first: Whether inputs are (batch, rows, features) instead of (rows, batch, features).
        norm_first: Whether to normalise inputs instead of sums.
        bias: Whether linear layers and normalisations have biases.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> net = mg.nn.Transformer(8, 2, 1, 1, 16)
        >>> net(mg.ones(5, 3, 8), mg.ones(4, 3, 8)).shape
        mocrograd.Size([4, 3, 8])
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = functional.relu,
        custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        super().__init__()
        options = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)

        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            layer: Module = TransformerEncoderLayer(*options, device=device, dtype=dtype)
            self.encoder = TransformerEncoder(layer, num_encoder_layers, norm())
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            layer = TransformerDecoderLayer(*options, device=device, dtype=dtype)
            self.decoder = TransformerDecoder(layer, num_decoder_layers, norm())
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Encode, and decode.

        Args:
            src: The encoder's input, (rows, batch, d_model), (batch, rows, d_model) with `batch_first`, or
                without the batch.
            tgt: The decoder's input, likewise.
            src_mask: Which rows of `src` a row of it does not see, as in MultiheadAttention.
            tgt_mask: Which rows of `tgt` a row of it does not see.
            memory_mask: Which rows of `src` a row of `tgt` does not see.
            src_key_padding_mask: Which rows of `src` do not count, (batch, rows).
            tgt_key_padding_mask: Which rows of `tgt` do not count.
            memory_key_padding_mask: Which rows of the encoder's output do not count.
            src_is_causal: Says that `src_mask` is the causal one.
            tgt_is_causal: Says that `tgt_mask` is the causal one.
            memory_is_causal: Says that `memory_mask` is the causal one.

        Returns:
            The shape of `tgt`.

        Raises:
            RuntimeError: Batches or features do not fit.
        """
        axis = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[axis] != tgt.shape[axis]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal, got {src.shape[axis]} and {tgt.shape[axis]}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model, {self.d_model}, "
                f"got {src.shape[-1]} and {tgt.shape[-1]}"
            )
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        out: Tensor = self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )  # fmt: skip
        return out

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Device = None, dtype: Dtype = None) -> Tensor:
        """Return the causal mask: -inf behind a row's own position, else 0.

        Args:
            sz: Rows.
            device: Where it lives.
            dtype: Its dtype, float32 by default.

        Returns:
            (sz, sz).
        """
        positions = ops.arange(sz, device=device)
        zeros = ops.zeros(sz, sz, device=device, dtype=dtype)
        return ops.masked_fill(zeros, positions > positions.unsqueeze(1), float("-inf"))

"""Embeddings: a vector for each of a number of things, and sums of such vectors."""

from __future__ import annotations

from typing import Any, TypeVar

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.nn import init
from mocrograd.nn.functional import embedding, embedding_bag
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "Embedding",
    "EmbeddingBag",
]

_E = TypeVar("_E", bound="_Table")


class _Table(Module):
    """What Embedding and EmbeddingBag have in common: the table and what norms and gradients of its rows obey."""

    weight: Parameter

    def _set_up(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None, max_norm: float | None,
        norm_type: float, scale_grad_by_freq: bool, weight: Tensor | None, freeze: bool, device: Any, dtype: Any,
    ) -> None:  # fmt: skip
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError(f"padding_idx must be within num_embeddings, {num_embeddings}, got {padding_idx}")
            padding_idx %= num_embeddings
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        if weight is None:
            empty = ops.empty(num_embeddings, embedding_dim, device=device, dtype=dtype)
            self.weight = Parameter(empty, requires_grad=not freeze)
            self.reset_parameters()
        else:
            if list(weight.shape) != [num_embeddings, embedding_dim]:
                raise AssertionError(
                    f"expected a weight of shape {[num_embeddings, embedding_dim]}, got {list(weight.shape)}"
                )
            self.weight = Parameter(weight, requires_grad=not freeze)

    def reset_parameters(self) -> None:
        """Draw the table anew, normally distributed, the padding's row 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight.detach()[self.padding_idx] = 0.0

    @classmethod
    def _from(cls: type[_E], embeddings: Tensor, freeze: bool, **options: Any) -> _E:
        if embeddings.ndim != 2:
            raise AssertionError(f"Embeddings parameter is expected to be 2-dimensional, got {embeddings.ndim}")
        make: Any = cls
        made: _E = make(*embeddings.shape, _weight=embeddings, _freeze=freeze, **options)
        return made

    def _options(self) -> str:
        """Return the sizes, and the options that are not at their defaults, as torch writes them."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, default in (("padding_idx", None), ("max_norm", None), ("norm_type", 2.0)):
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text + f", scale_grad_by_freq={self.scale_grad_by_freq}" * self.scale_grad_by_freq


class Embedding(_Table):
    """A table of vectors, looked up by index.

    Args:
        num_embeddings: Rows of the table.
        embedding_dim: Length of a row.
        padding_idx: A row that starts as 0 and whose gradient stays 0.
        max_norm: The greatest norm of a row; rows that are looked up and exceed it are scaled down, in place.
        norm_type: Which norm that is.
        scale_grad_by_freq: Whether the gradient of a row is divided by how often it is looked up.
        sparse: Whether the gradient of the table is sparse: a row for each index.
        _weight: The table, if it exists.
        _freeze: Whether the table is not trained.
        device: Where the table lives.
        dtype: Type of the table; float32 by default.

    Shape:
        - input: (*), int64 or int32
        - output: (*, embedding_dim)

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Embedding(10, 3)(mg.tensor([[1, 2], [4, 9]])).shape
        mocrograd.Size([2, 2, 3])
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False, _weight: Tensor | None = None,
        _freeze: bool = False, device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.sparse = sparse
        self._set_up(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, _weight,
                     _freeze, device, dtype)  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        return self._options() + ", sparse=True" * self.sparse

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
    ) -> Embedding:  # fmt: skip
        """Make an embedding of a table.

        Args:
            embeddings: The table, (rows, columns).
            freeze: Whether it is not trained.
            padding_idx: A row whose gradient stays 0.
            max_norm: The greatest norm of a row.
            norm_type: Which norm that is.
            scale_grad_by_freq: Whether the gradient of a row is divided by how often it is looked up.
            sparse: Whether the gradient of the table is sparse: a row for each index.

        Returns:
            The layer.
        """
        return cls._from(
            embeddings, freeze, padding_idx=padding_idx, max_norm=max_norm, norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq, sparse=sparse,
        )  # fmt: skip


class EmbeddingBag(_Table):
    """A table of vectors, of which sums, means or maxima are computed without keeping the vectors.

    Args:
        num_embeddings: Rows of the table.
        embedding_dim: Length of a row.
        max_norm: The greatest norm of a row; rows that are looked up and exceed it are scaled down, in place.
        norm_type: Which norm that is.
        scale_grad_by_freq: Whether the gradient of a row is divided by how often it is looked up; not with "max".
        mode: "sum", "mean" or "max".
        sparse: Whether the gradient of the table is sparse: a row for each index.
        _weight: The table, if it exists.
        include_last_offset: Whether the last offset is where the last bag ends.
        padding_idx: A row that does not count.
        device: Where the table lives.
        dtype: Type of the table; float32 by default.

    Shape:
        - input: (bags, length), or (length) with offsets (bags), int64 or int32
        - output: (bags, embedding_dim)

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.EmbeddingBag(10, 3, mode="sum")(mg.tensor([1, 2, 4, 9]), mg.tensor([0, 3])).shape
        mocrograd.Size([2, 3])
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, _weight: Tensor | None = None,
        include_last_offset: bool = False, padding_idx: int | None = None, device: Device = None, dtype: Dtype = None,
        _freeze: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self._set_up(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, _weight,
                     _freeze, device, dtype)  # fmt: skip

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        """Look up and combine.

        Args:
            input: Indices, (bags, length), or all bags one behind the other.
            offsets: Where each bag starts, for an input of one dimension.
            per_sample_weights: A factor for each index, with "sum".

        Returns:
            (bags, embedding_dim).
        """
        return embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, default in (("max_norm", None), ("norm_type", 2.0), ("scale_grad_by_freq", False)):
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        text += f", mode={self.mode!r}"
        return text if self.padding_idx is None else f"{text}, padding_idx={self.padding_idx}"

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:  # fmt: skip
        """Make an embedding bag of a table.

        Args:
            embeddings: The table, (rows, columns).
            freeze: Whether it is not trained.
            max_norm: The greatest norm of a row.
            norm_type: Which norm that is.
            scale_grad_by_freq: Whether the gradient of a row is divided by how often it is looked up.
            mode: "sum", "mean" or "max".
            sparse: Whether the gradient of the table is sparse: a row for each index.
            include_last_offset: Whether the last offset is where the last bag ends.
            padding_idx: A row that does not count.

        Returns:
            The layer.
        """
        return cls._from(
            embeddings, freeze, max_norm=max_norm, norm_type=norm_type, scale_grad_by_freq=scale_grad_by_freq,
            mode=mode, sparse=sparse, include_last_offset=include_last_offset, padding_idx=padding_idx,
        )  # fmt: skip

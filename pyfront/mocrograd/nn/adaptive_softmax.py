"""A loss over very many classes, the rare ones in clusters: Grave et al. 2016."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mocrograd import ops
from mocrograd.dtypes import int64
from mocrograd.nn import functional as F
from mocrograd.nn.container import ModuleList, Sequential
from mocrograd.nn.linear import Linear
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "AdaptiveLogSoftmaxWithLoss",
]


class ASMoutput(NamedTuple):
    """The log-probability of each sample's class, and the mean of their negatives."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Computes log-probabilities of classes sorted by how frequent they are; clusters of rare ones cost less.

    Args:
        in_features: Length of an input vector.
        n_classes: How many classes there are.
        cutoffs: Where clusters begin: the classes before the first stand in the head.
        div_value: The factor by which the vectors of each further cluster are shorter.
        head_bias: Whether the head adds a bias.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Shape:
        - input: (N, in_features) or (in_features)
        - target: int64 in [0, n_classes): (N) or ()
        - output: (N) or (); loss: a scalar

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.AdaptiveLogSoftmaxWithLoss(32, 100, [10, 50])
        >>> output, loss = layer(mg.ones(4, 32), mg.tensor([0, 5, 20, 99]))
        >>> output.shape, loss.shape
        (mocrograd.Size([4]), mocrograd.Size([]))
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0, head_bias: bool = False,
        device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            any(int(c) != c or not 0 < c < n_classes for c in cutoffs)
            or sorted(set(cutoffs)) != cutoffs
        ):  # fmt: skip
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                f"value is between 1 and n_classes-1 = {n_classes - 1}, got {cutoffs}"
            )
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size = cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        options: dict[str, Any] = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, width, bias=False, **options),
                    Linear(width, self.cutoffs[i + 1] - self.cutoffs[i], bias=False, **options),
                )
            )

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> ASMoutput:
        """Return the log-probability of each sample's class, and the loss.

        Raises:
            RuntimeError: Shapes do not fit, or a class is out of range.
        """
        if target_.ndim > 1:
            raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported: got {target_.ndim}D")
        if input_.ndim != target_.ndim + 1:
            raise RuntimeError(
                f"{target_.ndim}D target tensor expects {target_.ndim + 1}D input tensors, but found inputs with size "
                f"{list(input_.shape)}"
            )
        single = target_.ndim == 0
        input, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if single else (input_, target_)
        if input.shape[0] != target.shape[0]:
            raise RuntimeError(
                "Input and target should have the same size in the batch dimension, "
                f"got {input.shape[0]} and {target.shape[0]}."
            )
        if target.numel() and not 0 <= int(target.min().item()) <= int(target.max().item()) < self.n_classes:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found."
            )
        cluster: Any = sum((target >= first).to(int64) for first in self.cutoffs[:-1])
        column = ops.where(cluster == 0, target, self.shortlist_size - 1 + cluster)
        output = F.log_softmax(self.head(input), 1).gather(1, column.unsqueeze(1)).squeeze(1)
        for i, first in enumerate(self.cutoffs[:-1]):
            rows = (cluster == i + 1).nonzero().reshape(-1)
            if rows.numel():
                inner = F.log_softmax(self.tail[i](input.index_select(0, rows)), 1)
                own = target.index_select(0, rows) - first
                output = output.index_add(0, rows, inner.gather(1, own.unsqueeze(1)).squeeze(1))
        loss = (-output).mean()
        return ASMoutput(output.squeeze(0) if single else output, loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """Return the log-probabilities of all classes, (N, n_classes).

        Args:
            input: (N, in_features).
        """
        head = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            parts.append(F.log_softmax(tail(input), 1) + head[:, self.shortlist_size + i].unsqueeze(1))
        return ops.cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """Return the likeliest class of each sample, (N).

        Args:
            input: (N, in_features).
        """
        return self.log_prob(input).argmax(1)

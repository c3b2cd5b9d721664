"""Losses: modules that compare an output with its target."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class CrossEntropyLoss(Module):
    """Computes the cross-entropy between logits and class indices, log-softmax included.

    Args:
        weight: None; class weights are not supported.
        size_average: None; deprecated in torch, not supported.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: None; deprecated in torch, not supported.
        reduction: "mean", "sum" or "none".
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].

    Shape:
        - input: (N, C); target: (N), int64 in [0, C)
        - output: scalar, or (N) with reduction "none"
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        """Remember the options."""
        super().__init__()
        F.refuse("CrossEntropyLoss", weight=weight, size_average=size_average, reduce=reduce)
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return ops.cross_entropy(
            input,
            target,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(Module):
    """Computes the negative log-likelihood of class indices from log-probabilities.

    Args:
        weight: None; class weights are not supported.
        size_average: None; deprecated in torch, not supported.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: None; deprecated in torch, not supported.
        reduction: "mean", "sum" or "none".

    Shape:
        - input: (N, C); target: (N), int64 in [0, C)
        - output: scalar, or (N) with reduction "none"
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        """Remember the options."""
        super().__init__()
        F.refuse("NLLLoss", weight=weight, size_average=size_average, reduce=reduce)
        self.ignore_index = ignore_index
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return ops.nll_loss(input, target, reduction=self.reduction, ignore_index=self.ignore_index)

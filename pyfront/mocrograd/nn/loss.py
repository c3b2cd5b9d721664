"""Losses over classes, as modules."""

from __future__ import annotations

from mocrograd.nn import functional as F
from mocrograd.nn.reduction import WeightedLoss
from mocrograd.tensor import Tensor


class CrossEntropyLoss(WeightedLoss):
    """Computes the cross-entropy between logits and classes, log-softmax included.

    Args:
        weight: A factor for each class, (C); a mean is weighted by those of the targets.
        size_average: Torch's old name of a reduction.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].

    Shape:
        - input: (C), (N, C) or (N, C, ...)
        - target: int64 in [0, C): (), (N) or (N, ...); or probabilities of the input's shape
        - output: scalar; with reduction "none" the input's shape without the classes
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
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(WeightedLoss):
    """Computes the negative log-likelihood of class indices from log-probabilities.

    Args:
        weight: A factor for each class, (C); a mean is weighted by those of the targets.
        size_average: Torch's old name of a reduction.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - input: (C), (N, C) or (N, C, ...)
        - target: int64 in [0, C): (), (N) or (N, ...)
        - output: scalar; with reduction "none" the input's shape without the classes
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
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)

"""Losses that keep the scores of classes apart by a margin, as modules."""

from __future__ import annotations

from mocrograd.nn import functional as F
from mocrograd.nn.reduction import Loss, WeightedLoss
from mocrograd.tensor import Tensor


class MultiMarginLoss(WeightedLoss):
    """Computes the mean over other classes c of max(0, margin - input[target] + input[c])^p.

    Args:
        p: 1 or 2.
        margin: By how much the target's score should be larger.
        weight: A factor for each class, (C).
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - input: (N, C) or (C); target: int64 in [0, C), (N) or ()
        - output: scalar; with reduction "none" as the target
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        """Remember the options.

        Raises:
            ValueError: `p` is neither 1 nor 2, or the weight has not one dimension.
        """
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"only p == 1 and p == 2 supported, got {p}")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(Loss):
    """Computes the sum over labels j and other classes c of max(0, 1 - input[j] + input[c]), by the number of classes.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - input: (N, C) or (C); target: int64 of the same shape, whose labels end before the first -1
        - output: scalar; with reduction "none" (N) or ()
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(WeightedLoss):
    """Computes the mean over classes of -(target log sigmoid(input) + (1 - target) log sigmoid(-input)).

    Args:
        weight: A factor for each class, (C).
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - input, target: (N, C) or (C)
        - output: scalar; with reduction "none" (N) or ()
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)

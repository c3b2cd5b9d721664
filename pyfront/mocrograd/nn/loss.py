"""Losses over classes, as modules."""

from __future__ import annotations

import math
import warnings
from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.linear import Linear
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


class NLLLoss2d(NLLLoss):
    """Is `NLLLoss`, under torch's old name for images; deprecated."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Remember the options."""
        warnings.warn("NLLLoss2d has been deprecated. Please use NLLLoss instead.", FutureWarning, stacklevel=2)
        super().__init__(*args, **kwargs)


class LinearCrossEntropyLoss(WeightedLoss):
    """Computes the cross-entropy between a learned linear map of vectors and classes.

    Args:
        in_features: Length of an input vector.
        num_classes: How many classes there are.
        out_features: The sizes of the places, for a loss at each of several.
        bias: Whether the map adds a bias.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.
        reduction: "mean", "sum" or "none".
        weight: A factor for each class, (C); a mean is weighted by those of the targets.
        ignore_index: Target value whose samples count neither in the sum nor in the mean; -100 by default.
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].

    Shape:
        - input: (in_features) or (N, in_features)
        - target: int64 in [0, C): (), (N) or (N, *out_features); or probabilities (C) or (N, C, *out_features)
        - output: scalar; with reduction "none" (), (N) or (N, *out_features)
    """

    def __init__(
        self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False,
        device: Any = None, dtype: Any = None, reduction: str = "mean", weight: Tensor | None = None,
        ignore_index: int | None = None, label_smoothing: float = 0.0,
    ) -> None:  # fmt: skip
        """Make and initialise the map."""
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, reduction=reduction)
        self.num_classes, self.out_features = num_classes, out_features
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias, device, dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        inner = self.num_classes, *self.out_features
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*inner, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(*inner),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        """Show the options."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
            f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}"
        )

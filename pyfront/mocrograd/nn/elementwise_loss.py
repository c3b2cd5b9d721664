"""Losses of pairs of elements, as modules."""

from __future__ import annotations

from mocrograd.nn import functional as F
from mocrograd.nn.reduction import Loss, WeightedLoss
from mocrograd.tensor import Tensor


class L1Loss(Loss):
    """Computes |input - target|.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(Loss):
    """Computes (input - target)^2.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(Loss):
    """Computes d^2 / (2 beta) where d = |input - target| is below beta, d - beta / 2 elsewhere.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
        beta: Where the parabola becomes a line.

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        """Remember the options."""
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.smooth_l1_loss(input, target, beta=self.beta, reduction=self.reduction)


class HuberLoss(Loss):
    """Computes d^2 / 2 where d = |input - target| is below delta, delta (d - delta / 2) elsewhere.

    Args:
        reduction: "mean", "sum" or "none".
        delta: Where the parabola becomes a line.

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        """Remember the options.

        Raises:
            TypeError: `delta` is no number.
        """
        if not isinstance(delta, (float, int)):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.huber_loss(input, target, delta=self.delta, reduction=self.reduction)


class BCELoss(WeightedLoss):
    """Computes the cross-entropy between probabilities and targets of two classes.

    Args:
        weight: Factors of the losses, which broadcast.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(Loss):
    """Computes `BCELoss` of sigmoid(input), without overflow.

    Args:
        weight: Factors of the losses, which broadcast.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
        pos_weight: Factors of the losses of targets 1, which broadcast.

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        """Remember the options."""
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.binary_cross_entropy_with_logits(
            input, target, weight=self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class KLDivLoss(Loss):
    """Computes target (log(target) - input), the divergence of distributions given as log-probabilities.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none", or "batchmean".
        log_target: Whether the target is given as logarithms.

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        """Remember the options."""
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.kl_div(input, target, log_target=self.log_target, reduction=self.reduction)


class SoftMarginLoss(Loss):
    """Computes log(1 + exp(-target input)), with targets 1 and -1.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MarginRankingLoss(Loss):
    """Computes max(0, margin - target (input1 - input2)), with targets 1 and -1.

    Args:
        margin: By how much one should be larger.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        """Remember the options."""
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(Loss):
    """Computes the input where the target is 1, max(0, margin - input) where it is -1.

    Args:
        margin: How far apart pairs of target -1 should be.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def __init__(
        self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        """Remember the options."""
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)

"""Losses as modules."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.functional._reduction import reduction_of
from mocrograd.nn.functional.chunked import LinearCrossEntropyOptions
from mocrograd.nn.linear import Linear
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LinearCrossEntropyLoss",
    "LinearCrossEntropyOptions",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "NLLLoss2d",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
]


class Loss(Module):
    """A loss with a reduction.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none"; the first call tells whether it is known.
    """

    reduction: str

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        old = size_average is not None or reduce is not None
        self.reduction = reduction_of("mean", size_average, reduce) if old else reduction


class WeightedLoss(Loss):
    """A loss with a reduction and factors.

    Args:
        weight: The factors.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


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

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        >>> classes = mg.tensor([0, 1])
        >>> mg.nn.CrossEntropyLoss()(scores, classes)
        tensor(0.4795)
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
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        >>> classes = mg.tensor([0, 1])
        >>> mg.nn.NLLLoss()(scores.log_softmax(1), classes)
        tensor(0.4795)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class NLLLoss2d(NLLLoss):
    """Is `NLLLoss`, under torch's old name for images; deprecated."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn("NLLLoss2d has been deprecated. Please use NLLLoss instead.", FutureWarning, stacklevel=2)
        super().__init__(*args, **kwargs)


class LinearCrossEntropyLoss(WeightedLoss):
    """Computes the cross-entropy between a learned linear map of vectors and classes.

    Args:
        in_features: Length of an input vector.
        num_classes: How many classes there are.
        out_features: The sizes of the positions, for a loss at each of several.
        bias: Whether the map adds a bias.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.
        reduction: "mean", "sum" or "none".
        weight: A factor for each class, (C); a mean is weighted by those of the targets.
        ignore_index: Target value whose samples count neither in the sum nor in the mean; -100 by default.
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].
        options: How the batch is divided into chunks whose logits alone are in memory.

    Shape:
        - input: (in_features) or (N, in_features)
        - target: int64 in [0, C): (), (N) or (N, *out_features); or probabilities (C) or (N, C, *out_features)
        - output: scalar; with reduction "none" (), (N) or (N, *out_features)

    Example:
        >>> import mocrograd as mg
        >>> loss = mg.nn.LinearCrossEntropyLoss(8, 10)
        >>> loss(mg.randn(4, 8), mg.tensor([1, 0, 9, 3])).shape
        mocrograd.Size([])
    """

    options: LinearCrossEntropyOptions | None = None  # pickles that know none of it load

    def __init__(
        self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False,
        device: Device = None, dtype: Dtype = None, reduction: str = "mean", weight: Tensor | None = None,
        ignore_index: int | None = None, label_smoothing: float = 0.0,
        options: LinearCrossEntropyOptions | None = None,
    ) -> None:  # fmt: skip
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, reduction=reduction)
        self.num_classes, self.out_features = num_classes, out_features
        self.ignore_index, self.label_smoothing, self.options = ignore_index, label_smoothing, options
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias, device, dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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
            options=self.options,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
            f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )


class L1Loss(Loss):
    """Computes |input - target|.

    Args:
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.L1Loss()(output, target)
        tensor(0.8333)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.MSELoss()(output, target)
        tensor(1.4167)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.SmoothL1Loss()(output, target)
        tensor(0.5417)
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, beta=self.beta, reduction=self.reduction)


class HuberLoss(Loss):
    """Computes d^2 / 2 where d = |input - target| is below delta, delta (d - delta / 2) elsewhere.

    Args:
        reduction: "mean", "sum" or "none".
        delta: Where the parabola becomes a line.

    Shape:
        - inputs, target: any, the same
        - output: scalar, or the same with reduction "none"

    Raises:
        TypeError: `delta` is no number.

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.HuberLoss()(output, target)
        tensor(0.5417)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if not isinstance(delta, (float, int)):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> shares, target = mg.tensor([0.9, 0.2]), mg.tensor([1.0, 0.0])
        >>> mg.nn.BCELoss()(shares, target)
        tensor(0.1643)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> scores, target = mg.tensor([2.0, -1.0]), mg.tensor([1.0, 0.0])
        >>> mg.nn.BCEWithLogitsLoss()(scores, target)
        tensor(0.2201)
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
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([[0.5, 0.5]]).log(), mg.tensor([[0.9, 0.1]])
        >>> mg.nn.KLDivLoss(reduction="batchmean")(output, target)
        tensor(0.3681)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> scores, target = mg.tensor([2.0, -1.0]), mg.tensor([1.0, -1.0])
        >>> mg.nn.SoftMarginLoss()(scores, target)
        tensor(0.2201)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> first, second, target = mg.tensor([1.0, 0.2]), mg.tensor([0.5, 0.4]), mg.tensor([1.0, 1.0])
        >>> mg.nn.MarginRankingLoss(margin=0.1)(first, second, target)
        tensor(0.1500)
    """

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> distances, target = mg.tensor([0.5, 0.3]), mg.tensor([1.0, -1.0])
        >>> mg.nn.HingeEmbeddingLoss()(distances, target)
        tensor(0.6000)
    """

    def __init__(
        self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class PoissonNLLLoss(Loss):
    """Computes exp(input) - target input, or input - target log(input + eps).

    Args:
        log_input: Whether the input is the logarithm of the mean.
        full: Whether Stirling's approximation of log(target!) is added where the target is above 1.
        size_average: Torch's old name of a reduction.
        eps: Added to the input before its logarithm is taken.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - log_input, target: any, the same
        - output: scalar, or the same with reduction "none"

    Example:
        >>> import mocrograd as mg
        >>> logs, counts = mg.tensor([0.0, 1.0]), mg.tensor([1.0, 3.0])
        >>> mg.nn.PoissonNLLLoss()(logs, counts)
        tensor(0.3591)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(Loss):
    """Computes (log(var) + (input - target)^2 / var) / 2, with a variance of at least `eps`.

    Args:
        full: Whether log(2 pi) / 2 is added.
        eps: The least variance.
        reduction: "mean", "sum" or "none".

    Shape:
        - input, target: any, the same
        - var: the same, with a last dimension less or of size 1, or a number
        - output: scalar, or the same with reduction "none"

    Example:
        >>> import mocrograd as mg
        >>> mean, target, variance = mg.tensor([1.0, 2.0]), mg.tensor([1.0, 3.0]), mg.tensor([1.0, 0.5])
        >>> mg.nn.GaussianNLLLoss()(mean, target, variance)
        tensor(0.3267)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class CTCLoss(Loss):
    """Computes minus the logarithm of the probability of label sequences, over all their alignments to the steps.

    Args:
        blank: The class of blanks.
        reduction: "mean" over samples of the losses by target length, "sum" or "none".
        zero_infinity: Whether infinite losses, of targets too long for their input, and their gradients become 0.

    Shape:
        - log_probs: (T, N, C) or (T, C); targets: (N, S), or those of all samples one behind the other, or (S)
        - input_lengths, target_lengths: (N) or (), tensors or tuples
        - output: scalar; with reduction "none" (N) or ()

    Example:
        >>> import mocrograd as mg
        >>> shares = mg.zeros(5, 1, 3).log_softmax(2)
        >>> lengths = mg.tensor([5]), mg.tensor([2])
        >>> mg.nn.CTCLoss()(shares, mg.tensor([[1, 2]]), *lengths)
        tensor(0.9689)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor | Sequence[int],
        target_lengths: Tensor | Sequence[int],
    ) -> Tensor:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )


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

    Raises:
        ValueError: `p` is neither 1 nor 2, or the weight has not one dimension.

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        >>> classes = mg.tensor([0, 1])
        >>> mg.nn.MultiMarginLoss(margin=2.0)(scores, classes)
        tensor(0.5000)
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
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"only p == 1 and p == 2 supported, got {p}")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[0.1, 0.2, 0.4, 0.8]])
        >>> classes = mg.tensor([[3, 0, -1, 1]])
        >>> mg.nn.MultiLabelMarginLoss()(scores, classes)
        tensor(0.8500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> scores, target = mg.tensor([[2.0, -1.0]]), mg.tensor([[1.0, 0.0]])
        >>> mg.nn.MultiLabelSoftMarginLoss()(scores, target)
        tensor(0.2201)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)

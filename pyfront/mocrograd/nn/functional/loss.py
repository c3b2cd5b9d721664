"""Losses as functions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

from mocrograd import dtypes, ops
from mocrograd.autograd.function import called
from mocrograd.nn.functional._reduction import (
    cannot_hold,
    check_fits,
    expanded,
    floating_pair,
    reduced,
    reduction_of,
    warn_of_sizes,
)
from mocrograd.nn.functional.chunked import LinearCrossEntropyOptions, chunked
from mocrograd.ops._arguments import checked
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.loss import BinaryCrossEntropy, Variance
from mocrograd.ops.loss import ctc_loss as _ctc_loss
from mocrograd.ops.ternary import Huber
from mocrograd.tensor import Tensor

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "ctc_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "linear_cross_entropy",
    "margin_ranking_loss",
    "mse_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
]


@checked
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute the cross-entropy between logits and classes, log-softmax included.

    Args:
        input: Logits: (C), (N, C) or (N, C, ...).
        target: Class indices, int64 or uint8: (), (N) or (N, ...); or probabilities of the input's shape.
        weight: A factor for each class, (C).
        size_average: Torch's old name of a reduction.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].

    Returns:
        A scalar; with reduction "none" the input's shape without the classes.

    Raises:
        IndexError: A class is out of range.
        ValueError: The sizes of the batch differ, or the reduction is unknown.
        RuntimeError: Another size or dtype does not fit.

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        >>> classes = mg.tensor([0, 1])
        >>> mg.nn.functional.cross_entropy(scores, classes)
        tensor(0.4795)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    return ops.cross_entropy(
        input, target, weight, reduction=reduction, ignore_index=ignore_index, label_smoothing=label_smoothing
    )


@checked
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the negative log-likelihood of class indices from log-probabilities.

    Args:
        input: Log-probabilities: (C), (N, C) or (N, C, ...).
        target: Class indices, int64 or uint8: (), (N) or (N, ...).
        weight: A factor for each class, (C).
        size_average: Torch's old name of a reduction.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar; with reduction "none" the input's shape without the classes.

    Raises:
        IndexError: A class is out of range.
        ValueError: The sizes of the batch differ, or the reduction is unknown.
        RuntimeError: Another size or dtype does not fit.

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        >>> classes = mg.tensor([0, 1])
        >>> mg.nn.functional.nll_loss(scores.log_softmax(1), classes)
        tensor(0.4795)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    return ops.nll_loss(input, target, weight, reduction=reduction, ignore_index=ignore_index)


@checked
def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: LinearCrossEntropyOptions | None = None,
) -> Tensor:
    """Compute the cross-entropy between a linear map of vectors and classes.

    Args:
        input: Vectors: (features) or (N, features).
        linear_weight: The map: (C, features), or (C, ..., features) for a loss at each of several positions.
        target: Class indices: (), (N) or (N, ...); or probabilities of the logits' shape.
        linear_bias: Added to the logits: (C) or (C, ...).
        weight: A factor for each class, (C).
        reduction: "mean", "sum" or "none".
        ignore_index: Target value whose samples count neither in the sum nor in the mean; -100 by default.
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].
        options: How the batch is divided into chunks whose logits alone are in memory, for class indices.

    Returns:
        A scalar; with reduction "none" the logits' shape without the classes.

    Raises:
        RuntimeError: Sizes do not fit, or an index is ignored among probabilities.
        ValueError: The options contradict each other.

    Warns:
        UserWarning: There is no way by chunks for the arguments, and `options` has no effect.

    Example:
        >>> import mocrograd as mg
        >>> F = mg.nn.functional
        >>> vectors, weight, target = mg.randn(4, 8), mg.randn(10, 8), mg.tensor([1, 0, 9, 3])
        >>> loss = F.linear_cross_entropy(vectors, weight, target)
        >>> mg.allclose(loss, F.cross_entropy(vectors @ weight.T, target), atol=1e-5)
        True
    """
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    features = linear_weight.shape[-1]
    if input.shape[-1] != features:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), "
            f"got {input.shape[-1]} and {features}, respectively"
        )
    inner = tuple(linear_weight.shape[:-1])
    if linear_bias is not None and tuple(linear_bias.shape) != inner:
        raise RuntimeError(f"expected linear_bias shape {inner}, got {tuple(linear_bias.shape)}")
    if len(inner) > 1 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    if options is not None:
        if len(inner) == 1 and not label_smoothing and target.dtype is dtypes.int64:
            reduction_of(reduction)
            x, t = (input, target) if input.ndim == 2 else (input.unsqueeze(0), target.unsqueeze(0))
            ignored = -100 if ignore_index is None else ignore_index
            loss = chunked(x, linear_weight, linear_bias, t, weight, reduction, ignored, options)
            return loss if loss.ndim == target.ndim or reduction != "none" else loss.squeeze(0)
        warnings.warn(
            "linear_cross_entropy: options have no effect: chunks need one class index per vector, of int64, and no "
            f"label smoothing; got label_smoothing={label_smoothing}, target.dtype={target.dtype}, out_features="
            f"{inner[1:]}",
            stacklevel=3,
        )
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    rows = linear_weight.reshape(math.prod(inner), features)
    logits = ops.linear(input, rows, bias).reshape(*input.shape[:-1], *inner)
    if target.shape == logits.shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    ignored = -100 if ignore_index is None else ignore_index
    return ops.cross_entropy(
        logits, target, weight, reduction=reduction, ignore_index=ignored, label_smoothing=label_smoothing
    )


def _weighted(losses: Tensor, weight: Tensor, input: Tensor, reduction: str) -> Tensor:
    """Return losses times factors; their mean is a weighted one.

    Raises:
        ValueError: The factors have another size than the input.
    """
    _check_weight(weight, input)
    losses = losses * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


def _check_weight(weight: Tensor, input: Tensor) -> None:
    if weight.shape != input.shape:
        raise ValueError(f"Weights and input must have the same size: got {list(weight.shape)} and {list(input.shape)}")


@checked
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Compute |input - target|.

    Args:
        input: Any shape.
        target: The same shape; another that broadcasts gives a warning.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
        weight: Factors of the losses, of the input's size; the mean is then the weighted one.

    Raises:
        ValueError: The weight has another size, or the reduction is unknown.

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.functional.l1_loss(output, target)
        tensor(0.8333)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    warn_of_sizes(input, target)
    input, target = expanded(input, target)
    losses = ops.abs(input - target)
    return reduced(losses, reduction) if weight is None else _weighted(losses, weight, input, reduction)


@checked
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Compute the squared difference; arguments as `l1_loss`.

    Raises:
        ValueError: The weight has another size, or the reduction is unknown.
        NotImplementedError: Both tensors are integers.

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.functional.mse_loss(output, target)
        tensor(1.4167)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    warn_of_sizes(input, target)
    input, target = expanded(input, target)
    if weight is not None:
        return _weighted((input - target).square(), weight, input, reduction)
    return ops.mse_loss(*floating_pair("mse_loss", input, target), reduction=reduction)


@checked
@computed_wide
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Compute d^2 / 2 where d = |input - target| is below delta, delta (d - delta / 2) elsewhere.

    Args:
        input: Any shape.
        target: The same shape; another that broadcasts gives a warning.
        reduction: "mean", "sum" or "none".
        delta: Where the parabola becomes a line, above 0.
        weight: Factors of the losses, of the input's size.

    Raises:
        RuntimeError: `delta` is not above 0, or only the target is floating.
        ValueError: The weight has another size, or the reduction is unknown.
        NotImplementedError: Both tensors are integers.

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.functional.huber_loss(output, target)
        tensor(0.5417)
    """
    reduction = reduction_of(reduction)
    warn_of_sizes(input, target)
    if not delta > 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, but got {delta}")
    x, y = floating_pair("huber_loss", input, target)
    if not input.dtype.is_floating_point:
        raise cannot_hold("huber_loss", x.dtype, input.dtype)
    losses = to_dtype(Huber.run(x, y, float(delta), 1.0), input.dtype)
    if weight is not None:
        _check_weight(weight, input)
        losses = losses * weight
    return called("HuberLoss", reduced(losses, reduction))


@checked
@computed_wide
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Compute d^2 / (2 beta) where d = |input - target| is below beta, d - beta / 2 elsewhere.

    Args:
        input: Any shape.
        target: The same shape; another that broadcasts gives a warning.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
        beta: Where the parabola becomes a line, at least 0.

    Raises:
        RuntimeError: `beta` is negative.
        NotImplementedError: Both tensors are integers, and `beta` is not 0.

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.5, 5.0])
        >>> mg.nn.functional.smooth_l1_loss(output, target)
        tensor(0.5417)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    warn_of_sizes(input, target)
    input, target = expanded(input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, but got {beta}")
    if beta == 0:
        return reduced(ops.abs(input - target), reduction)
    input, target = floating_pair("smooth_l1_loss", input, target)
    return called("SmoothL1Loss", reduced(Huber.run(input, target, float(beta), float(beta)), reduction))


@checked
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the cross-entropy between probabilities and targets of two classes; no logarithm is below -100.

    Args:
        input: Probabilities, any shape.
        target: The same shape, from 0 to 1.
        weight: Factors of the losses, which broadcast.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The shapes differ.
        RuntimeError: An input is not in [0, 1], or the dtypes differ.
        NotImplementedError: The tensors are not floating.

    Example:
        >>> import mocrograd as mg
        >>> shares, target = mg.tensor([0.9, 0.2]), mg.tensor([1.0, 0.0])
        >>> mg.nn.functional.binary_cross_entropy(shares, target)
        tensor(0.1643)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if target.dtype is not input.dtype:
        raise RuntimeError(
            f"binary_cross_entropy: Found dtype {target.dtype.name} of the target but expected {input.dtype.name}"
        )
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"binary_cross_entropy" not implemented for {input.dtype.name}')
    if weight is not None:
        check_fits("binary_cross_entropy", "weight", weight, input._shape)
    losses = BinaryCrossEntropy.run(input.contiguous(), target.contiguous())
    if weight is not None:
        losses = to_dtype(losses * weight, losses.dtype)
    return called("BinaryCrossEntropy", reduced(losses, reduction))


@checked
@computed_wide
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Compute `binary_cross_entropy` of sigmoid(input), without overflow.

    Args:
        input: Logits, any shape.
        target: The same shape, from 0 to 1.
        weight: Factors of the losses, which broadcast.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".
        pos_weight: Factors of the losses of targets 1, which broadcast.

    Raises:
        ValueError: The shapes differ.
        RuntimeError: The target is not floating, or a weight does not broadcast to it.
        NotImplementedError: The input is not floating.

    Example:
        >>> import mocrograd as mg
        >>> scores, target = mg.tensor([2.0, -1.0]), mg.tensor([1.0, 0.0])
        >>> mg.nn.functional.binary_cross_entropy_with_logits(scores, target)
        tensor(0.2201)
    """
    name = "binary_cross_entropy_with_logits"
    reduction = reduction_of(reduction, size_average, reduce)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for an input of {input.dtype.name}')
    if not target.dtype.is_floating_point:
        raise cannot_hold(name, input.dtype, target.dtype)
    negative = -ops.activation.log_sigmoid(input)
    if pos_weight is not None:
        check_fits(name, "pos_weight", pos_weight, input._shape)
        negative = ((pos_weight - 1) * target + 1) * negative
    losses = (1 - target) * input + negative
    if weight is not None:
        check_fits(name, "weight", weight, input._shape)
        losses = losses * weight
    return called("BinaryCrossEntropyWithLogits", reduced(to_dtype(losses, target.dtype), reduction))


@checked
@computed_wide
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Compute target (log(target) - input), the divergence of distributions given as log-probabilities.

    Args:
        input: Log-probabilities, any shape.
        target: Probabilities of the same shape, or their logarithms.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum", "batchmean" (the sum by the size of the first axis) or "none".
        log_target: Whether the target is given as logarithms.

    Raises:
        RuntimeError: A tensor is not floating.
        ValueError: The reduction is unknown.

    Example:
        >>> import mocrograd as mg
        >>> output, target = mg.tensor([[0.5, 0.5]]).log(), mg.tensor([[0.9, 0.1]])
        >>> mg.nn.functional.kl_div(output, target, reduction="batchmean")
        tensor(0.3681)
    """
    batchmean = reduction == "batchmean" and size_average is None and reduce is None
    reduction = reduction_of("sum" if batchmean else reduction, size_average, reduce)
    for x in (input, target):
        if not x.dtype.is_floating_point:
            raise RuntimeError(f"kl_div: Integral inputs not supported: expected floating point, got {x.dtype.name}")
    losses = ops.exp(target) * (target - input) if log_target else ops.xlogy(target, target) - target * input
    if batchmean:
        return losses.sum() / input.shape[0] if input.ndim else losses.sum()
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition.",
            stacklevel=3,
        )
    return reduced(losses, reduction)


@checked
def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute log(1 + exp(-target input)), with targets 1 and -1; arguments as `l1_loss`.

    Raises:
        RuntimeError: The input is neither floating nor complex.

    Example:
        >>> import mocrograd as mg
        >>> scores, target = mg.tensor([2.0, -1.0]), mg.tensor([1.0, -1.0])
        >>> mg.nn.functional.soft_margin_loss(scores, target)
        tensor(0.2201)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if input.dtype.kind < 2:
        raise cannot_hold("soft_margin_loss", dtypes.promote(dtypes.get_default_dtype(), input.dtype), input.dtype)
    check_fits("soft_margin_loss", "target", target, input._shape)
    sign = to_dtype(target, input.dtype) if target.dtype is dtypes.bool_ else target
    return reduced(to_dtype(ops.log1p(ops.exp(-sign * input)), input.dtype), reduction)


@checked
def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute max(0, margin - target (input1 - input2)), with targets 1 where input1 should be larger, else -1.

    Args:
        input1: Any shape.
        input2: The same shape.
        target: The same shape.
        margin: By how much one should be larger.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: The numbers of dimensions differ.

    Example:
        >>> import mocrograd as mg
        >>> first, second, target = mg.tensor([1.0, 0.2]), mg.tensor([0.5, 0.4]), mg.tensor([1.0, 1.0])
        >>> mg.nn.functional.margin_ranking_loss(first, second, target, margin=0.1)
        tensor(0.1500)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape}"
        )
    return reduced((-target * (input1 - input2) + float(margin)).clamp(min=0), reduction)


@checked
def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the input where the target is 1, max(0, margin - input) where it is -1.

    Args:
        input: Distances, any shape.
        target: 1 or -1, the same shape.
        margin: How far apart pairs of target -1 should be.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: The input holds bools, or is unsigned and the margin negative.

    Example:
        >>> import mocrograd as mg
        >>> distances, target = mg.tensor([0.5, 0.3]), mg.tensor([1.0, -1.0])
        >>> mg.nn.functional.hinge_embedding_loss(distances, target)
        tensor(0.6000)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    apart = margin if input.dtype.is_floating_point else int(margin)  # torch's margin has the dtype of the input
    if input.dtype.limits[0] == 0 and apart < 0 and input.dtype.kind == 1:
        raise RuntimeError(f"hinge_embedding_loss: margin {margin} cannot be converted to type {input.dtype.name}")
    far = ops.where(target != 1, ops.clamp(ops.sub(apart, input), min=0), 0)
    return reduced(far + ops.where(target != -1, input, 0), reduction)


@checked
@computed_wide
def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Compute (log(var) + (input - target)^2 / var) / 2, with a variance of at least `eps`.

    Args:
        input: Means, any shape.
        target: Samples of the same shape.
        var: Variances: of the same shape, with a last dimension less or of size 1, or a number for all.
        full: Whether log(2 pi) / 2 is added.
        eps: The least variance.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: A variance is negative or their shape does not fit, or the reduction is unknown.
        RuntimeError: The variances are no floating numbers.

    Example:
        >>> import mocrograd as mg
        >>> mean, target, variance = mg.tensor([1.0, 2.0]), mg.tensor([1.0, 3.0]), mg.tensor([1.0, 0.5])
        >>> mg.nn.functional.gaussian_nll_loss(mean, target, variance)
        tensor(0.3267)
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError(f"var has negative entry/entries: got {var}")
        return gaussian_nll_loss(input, target, ops.full_like(input, var), full, eps, reduction)
    if not isinstance(var, Tensor):
        raise TypeError(f"gaussian_nll_loss(): argument 'var' must be Tensor or float, not {type(var).__name__}")
    spread: Tensor = var
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            spread = var.unsqueeze(-1)
        elif input.ndim != var.ndim or sum(b for a, b in zip(input.shape, var.shape) if a != b) != 1:
            raise ValueError(f"var is of incorrect size: got {list(var.shape)} for an input of {list(input.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid: expected 'none', 'mean' or 'sum'")
    if not spread.dtype.is_floating_point:
        raise RuntimeError(f"gaussian_nll_loss: expected a var of floating point but got {spread.dtype.name}")
    floor = Variance.run(spread.contiguous(), float(eps))
    losses = 0.5 * (ops.log(floor) + ops.square(input - target) / floor)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


@checked
@computed_wide
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute exp(input) - target input, or input - target log(input + eps).

    Args:
        input: The distribution's mean or its logarithm, any shape.
        target: Counts of the same shape.
        log_input: Whether the input is the logarithm.
        full: Whether Stirling's approximation of log(target!) is added where the target is above 1.
        size_average: Torch's old name of a reduction.
        eps: Added to the input before its logarithm is taken.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The reduction is unknown.

    Example:
        >>> import mocrograd as mg
        >>> logs, counts = mg.tensor([0.0, 1.0]), mg.tensor([1.0, 3.0])
        >>> mg.nn.functional.poisson_nll_loss(logs, counts)
        tensor(0.3591)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    losses = ops.exp(input) - target * input if log_input else input - target * ops.log(input + eps)
    if full:
        rest = target * ops.log(target) - target + 0.5 * ops.log(2 * math.pi * target)
        losses = losses + rest.masked_fill(target <= 1, 0.0)
    return reduced(losses, reduction)


@checked
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Compute minus the logarithm of the probability of label sequences, over all their alignments to the steps.

    Args:
        log_probs: Results of `log_softmax`, (T, N, C) or (T, C).
        targets: Labels, (N, S), or those of all samples one behind the other; (S) where there is one sample.
        input_lengths: How many of the T steps of each sample count, (N).
        target_lengths: How many labels each sample has, (N).
        blank: The class of blanks.
        reduction: "mean" over samples of the losses by target length, "sum" or "none".
        zero_infinity: Whether infinite losses, of targets too long for their input, and their gradients become 0.

    Returns:
        A scalar; with reduction "none" (N), or () where there is one sample without a dimension.

    Raises:
        RuntimeError: Shapes, dtypes or lengths do not fit.
        IndexError: A label is out of range.
        ValueError: The reduction is unknown.
        TypeError: One of the lengths is a tensor and the other is not.

    Example:
        >>> import mocrograd as mg
        >>> shares = mg.zeros(5, 1, 3).log_softmax(2)
        >>> lengths = mg.tensor([5]), mg.tensor([2])
        >>> mg.nn.functional.ctc_loss(shares, mg.tensor([[1, 2]]), *lengths)
        tensor(0.9689)
    """
    reduction = reduction_of(reduction)
    single = log_probs.ndim == 2
    losses = _ctc_loss(
        log_probs.unsqueeze(1) if single else log_probs,
        targets.unsqueeze(0) if single and targets.ndim == 1 else targets,
        input_lengths, target_lengths, blank, zero_infinity,
    )  # fmt: skip
    if zero_infinity:
        losses = ops.where(losses == float("inf"), 0.0, losses)
    if reduction == "mean":
        given = target_lengths if isinstance(target_lengths, Tensor) else ops.tensor(list(target_lengths))
        given = to_dtype(given.reshape(-1), dtypes.int64).to(losses.device)
        losses = losses / to_dtype(given.clamp(min=1), losses.dtype)
    return losses.squeeze(0) if single and reduction == "none" else reduced(losses, reduction)

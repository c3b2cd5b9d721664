"""Losses of pairs of elements, composed of operations."""

from __future__ import annotations

import warnings

from mocrograd import dtypes, ops
from mocrograd.nn.functional.reduction import (
    cannot_hold,
    check_fits,
    floating_pair,
    reduced,
    reduction_of,
    warn_of_sizes,
)
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.loss import BinaryCrossEntropy, Huber
from mocrograd.tensor import Tensor


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
    """
    reduction = reduction_of(reduction, size_average, reduce)
    warn_of_sizes(input, target)
    losses = ops.abs(input - target)
    return reduced(losses, reduction) if weight is None else _weighted(losses, weight, input, reduction)


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
    """
    reduction = reduction_of(reduction, size_average, reduce)
    warn_of_sizes(input, target)
    if weight is not None:
        return _weighted((input - target).square(), weight, input, reduction)
    return ops.mse_loss(*floating_pair("mse_loss", input, target), reduction=reduction)


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
    """
    reduction = reduction_of(reduction)
    warn_of_sizes(input, target)
    if not delta > 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, but got {delta}")
    x, y = floating_pair("huber_loss", input, target)
    if not input.dtype.is_floating_point:
        raise cannot_hold("huber_loss", x.dtype, input.dtype)
    losses = to_dtype(Huber.run(x - y, float(delta)), input.dtype)
    if weight is not None:
        _check_weight(weight, input)
        losses = losses * weight
    return reduced(losses, reduction)


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
    """
    reduction = reduction_of(reduction, size_average, reduce)
    warn_of_sizes(input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, but got {beta}")
    if beta == 0:
        return reduced(ops.abs(input - target), reduction)
    input, target = floating_pair("smooth_l1_loss", input, target)
    return reduced(Huber.run(input - target, float(beta)) / beta, reduction)


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
    return reduced(losses, reduction)


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
    return reduced(to_dtype(losses, target.dtype), reduction)


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


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute log(1 + exp(-target input)), with targets 1 and -1; arguments as `l1_loss`.

    Raises:
        RuntimeError: The input is not floating.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if not input.dtype.is_floating_point:
        raise cannot_hold("soft_margin_loss", dtypes.promote(dtypes.get_default_dtype(), input.dtype), input.dtype)
    check_fits("soft_margin_loss", "target", target, input._shape)
    sign = to_dtype(target, input.dtype) if target.dtype is dtypes.bool_ else target
    return reduced(to_dtype(ops.log1p(ops.exp(-sign * input)), input.dtype), reduction)


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
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape}"
        )
    return reduced((-target * (input1 - input2) + float(margin)).clamp(min=0), reduction)


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
    """
    reduction = reduction_of(reduction, size_average, reduce)
    apart = margin if input.dtype.is_floating_point else int(margin)  # torch's margin has the dtype of the input
    if input.dtype.limits[0] == 0 and apart < 0 and input.dtype.kind == 1:
        raise RuntimeError(f"hinge_embedding_loss: margin {margin} cannot be converted to type {input.dtype.name}")
    far = ops.where(target != 1, ops.clamp(ops.sub(apart, input), min=0), 0)
    return reduced(far + ops.where(target != -1, input, 0), reduction)

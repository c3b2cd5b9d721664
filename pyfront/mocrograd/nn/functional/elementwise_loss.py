"""Losses of pairs of elements or vectors, and the distances that they are made of, composed of operations."""

from __future__ import annotations

import math
import warnings

from mocrograd import ops
from mocrograd.nn.functional.options import refuse
from mocrograd.ops.loss import REDUCTIONS
from mocrograd.tensor import Tensor

_TINY = math.exp(-100)


def _reduced(losses: Tensor, reduction: str) -> Tensor:
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _log(p: Tensor) -> Tensor:
    """Return log(p), and -100 with a gradient of 0 where it would be less."""
    tiny = p <= _TINY
    return p.masked_fill(tiny, 1.0).log().masked_fill(tiny, -100.0)


def _warn_of_sizes(input: Tensor, target: Tensor) -> None:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )


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
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".
        weight: Not supported.
    """
    refuse("l1_loss", size_average=size_average, reduce=reduce, weight=weight)
    _warn_of_sizes(input, target)
    return _reduced(ops.abs(input - target), reduction)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Compute d^2 / 2 where d = |input - target| is below delta, delta (d - delta / 2) elsewhere.

    Args:
        input: Any shape.
        target: The same shape; another that broadcasts gives a warning.
        reduction: "mean", "sum" or "none".
        delta: Where the parabola becomes a line, above 0.
        weight: Not supported.

    Raises:
        RuntimeError: `delta` is not above 0.
    """
    refuse("huber_loss", weight=weight)
    _warn_of_sizes(input, target)
    if not delta > 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, but got {delta}")
    distance = ops.abs(input - target)
    near = distance * distance * 0.5
    return _reduced(ops.where(distance <= delta, near, (distance - 0.5 * delta) * delta), reduction)


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
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".
        beta: Where the parabola becomes a line, at least 0.

    Raises:
        RuntimeError: `beta` is negative.
    """
    refuse("smooth_l1_loss", size_average=size_average, reduce=reduce)
    _warn_of_sizes(input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, but got {beta}")
    distance = ops.abs(input - target)
    if beta == 0:
        return _reduced(distance, reduction)
    near = distance * distance * (0.5 / beta)
    return _reduced(ops.where(distance < beta, near, distance - 0.5 * beta), reduction)


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
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The shapes differ.
        RuntimeError: An input is not in [0, 1].
    """
    refuse("binary_cross_entropy", size_average=size_average, reduce=reduce)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if target.dtype is not input.dtype or not input.dtype.is_floating_point:
        raise RuntimeError(
            f"binary_cross_entropy: expected target of dtype {input.dtype.name} but got {target.dtype.name}"
        )
    if not bool(((input >= 0) & (input <= 1)).all().item()):
        raise RuntimeError("all elements of input should be between 0 and 1")
    yes, no = _log(input), _log(-input + 1)
    losses = -(target * yes + (1 - target) * no)
    return _reduced(losses if weight is None else losses * weight, reduction)


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
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".
        pos_weight: Factors of the losses of targets 1, which broadcast.

    Raises:
        ValueError: The shapes differ.
    """
    refuse("binary_cross_entropy_with_logits", size_average=size_average, reduce=reduce)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if not (input.dtype.is_floating_point and target.dtype.is_floating_point):
        raise RuntimeError(
            "binary_cross_entropy_with_logits: expected floating point input and target but got "
            f"{input.dtype.name} and {target.dtype.name}"
        )
    negative = -ops.activation.log_sigmoid(input)
    losses = (1 - target) * input
    losses = losses + (negative if pos_weight is None else ((pos_weight - 1) * target + 1) * negative)
    return _reduced(losses if weight is None else losses * weight, reduction)


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
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum", "batchmean" (the sum by the size of the first axis) or "none".
        log_target: Whether the target is given as logarithms.
    """
    refuse("kl_div", size_average=size_average, reduce=reduce)
    if not (input.dtype.is_floating_point and target.dtype.is_floating_point):
        raise RuntimeError(f"kl_div: Integral inputs not supported, got {input.dtype.name} and {target.dtype.name}")
    losses = ops.exp(target) * (target - input) if log_target else ops.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return losses.sum() / input.shape[0] if input.ndim else losses
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition.",
            stacklevel=2,
        )
    return _reduced(losses, reduction)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute log(1 + exp(-target input)), with targets 1 and -1; arguments as `l1_loss`."""
    refuse("soft_margin_loss", size_average=size_average, reduce=reduce)
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"soft_margin_loss: expected floating point input but got {input.dtype.name}")
    return _reduced(-ops.activation.log_sigmoid(target * input), reduction)


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
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: The numbers of dimensions differ.
    """
    refuse("margin_ranking_loss", size_average=size_average, reduce=reduce)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape}"
        )
    return _reduced((target * (input2 - input1) + margin).clamp(min=0), reduction)


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
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".
    """
    refuse("hinge_embedding_loss", size_average=size_average, reduce=reduce)
    far = (-input + margin).clamp(min=0).masked_fill(target == 1, 0.0)
    return _reduced(far + input.masked_fill(target == -1, 0.0), reduction)

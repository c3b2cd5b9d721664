"""Losses as functions."""

from __future__ import annotations

import math

from mocrograd import ops
from mocrograd.nn.functional.reduction import reduction_of
from mocrograd.tensor import Tensor


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
    """
    reduction = reduction_of(reduction, size_average, reduce)
    return ops.cross_entropy(
        input, target, weight, reduction=reduction, ignore_index=ignore_index, label_smoothing=label_smoothing
    )


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
    """
    reduction = reduction_of(reduction, size_average, reduce)
    return ops.nll_loss(input, target, weight, reduction=reduction, ignore_index=ignore_index)


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
) -> Tensor:
    """Compute the cross-entropy between a linear map of vectors and classes.

    Args:
        input: Vectors: (features) or (N, features).
        linear_weight: The map: (C, features), or (C, ..., features) for a loss at each of several places.
        target: Class indices: (), (N) or (N, ...); or probabilities of the logits' shape.
        linear_bias: Added to the logits: (C) or (C, ...).
        weight: A factor for each class, (C).
        reduction: "mean", "sum" or "none".
        ignore_index: Target value whose samples count neither in the sum nor in the mean; -100 by default.
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].

    Returns:
        A scalar; with reduction "none" the logits' shape without the classes.

    Raises:
        RuntimeError: Sizes do not fit, or an index is ignored among probabilities.
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
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    rows = linear_weight.reshape(math.prod(inner), features)
    logits = ops.linear(input, rows, bias).reshape(*input.shape[:-1], *inner)
    if target.shape == logits.shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    ignored = -100 if ignore_index is None else ignore_index
    return ops.cross_entropy(
        logits, target, weight, reduction=reduction, ignore_index=ignored, label_smoothing=label_smoothing
    )

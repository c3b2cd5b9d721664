"""Losses as functions."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.nn.functional.options import refuse
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
    """Compute the cross-entropy between logits and class indices, log-softmax included.

    Args:
        input: Logits, (N, C).
        target: Class indices, (N), int64 or uint8.
        weight: Not supported.
        size_average: Not supported.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].

    Returns:
        A scalar, or (N) with reduction "none".
    """
    refuse("cross_entropy", weight=weight, size_average=size_average, reduce=reduce)
    return ops.cross_entropy(
        input, target, reduction=reduction, ignore_index=ignore_index, label_smoothing=label_smoothing
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
        input: Log-probabilities, (N, C).
        target: Class indices, (N), int64 or uint8.
        weight: Not supported.
        size_average: Not supported.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar, or (N) with reduction "none".
    """
    refuse("nll_loss", weight=weight, size_average=size_average, reduce=reduce)
    return ops.nll_loss(input, target, reduction=reduction, ignore_index=ignore_index)

"""Losses as functions."""

from __future__ import annotations

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

"""Losses that keep the scores of classes apart by a margin, as functions."""

from __future__ import annotations

from mocrograd import dtypes, ops
from mocrograd.backend import asked_by
from mocrograd.nn.functional._reduction import reduced, reduction_of
from mocrograd.ops._arguments import checked
from mocrograd.ops._narrow import computed_wide
from mocrograd.tensor import Tensor

__all__ = ["multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss"]


@checked
@computed_wide
@asked_by("multi_margin_loss")
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the mean over classes c of max(0, margin - input[target] + input[c])^p, the target's class left out.

    Args:
        input: Scores, (N, C) or (C).
        target: Classes, (N) or (), int64.
        p: 1 or 2.
        margin: By how much the target's score should be larger.
        weight: A factor for each class, (C).
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: `p`, the weight's dimensions or the reduction is wrong.
        RuntimeError: Sizes or dtypes do not fit, or a class is out of range.

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        >>> classes = mg.tensor([0, 1])
        >>> mg.nn.functional.multi_margin_loss(scores, classes, margin=2.0)
        tensor(0.5000)
    """
    name = "multi_margin_loss"
    reduction = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError(f"only p == 1 and p == 2 supported, got {p}")
    if weight is not None and weight.ndim != 1:
        raise ValueError(f"weight must be one-dimensional, got {weight.ndim}D")
    rows, classes = _check_matrix(input)
    if target.shape != (rows,) and not (rows == 1 and target.ndim == 0):
        raise RuntimeError(
            f"{name}: target tensor should be 1-D with size equal to the number of input samples. Expected target "
            f"size [{rows}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    _check_labels(name, input, target)
    if weight is not None and (weight.shape != (classes,) or weight.dtype is not input.dtype):
        raise RuntimeError(
            f"{name}: inconsistent weight: expected size [{classes}] of {input.dtype.name} but got "
            f"{list(weight.shape)} of {weight.dtype.name}"
        )
    x, targets = input.reshape(rows, classes), target.reshape(rows, 1)
    chosen = _taken(name, x, targets)
    terms = (margin - chosen + x).relu()
    terms = terms if p == 1 else terms * terms
    others = targets != ops.arange(classes, device=x.device)
    losses = (terms * others).sum(1) / classes
    if weight is not None:
        losses = losses * ops.index_select(weight, 0, targets.reshape(rows))
    return losses.reshape(target.shape) if reduction == "none" else reduced(losses, reduction)


@checked
@computed_wide
@asked_by("multilabel_margin_loss")
def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the sum over labels j and other classes c of max(0, 1 - input[j] + input[c]), over the number of classes.

    Args:
        input: Scores, (N, C) or (C).
        target: Labels of the same shape, int64: those of a row end before its first -1.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: Sizes or dtypes do not fit, or a label is out of range.
        ValueError: The reduction is unknown.

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[0.1, 0.2, 0.4, 0.8]])
        >>> classes = mg.tensor([[3, 0, -1, 1]])
        >>> mg.nn.functional.multilabel_margin_loss(scores, classes)
        tensor(0.8500)
    """
    name = "multilabel_margin_loss"
    reduction = reduction_of(reduction, size_average, reduce)
    rows, classes = _check_matrix(input)
    few = input.ndim < 2 and target.ndim < 2 and target.numel() == classes
    if target.shape != input.shape and not few:
        raise RuntimeError(
            f"{name}: inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    _check_labels(name, input, target)
    x, labels = input.reshape(rows, classes), target.reshape(rows, classes)
    given = (labels >= 0).to(labels.dtype).cumprod(1)  # 1 before the first -1
    chosen = _taken(name, x, ops.where(labels == -1, 0, labels))
    counts = ops.zeros(rows, classes, dtype=labels.dtype, device=x.device).scatter_add(1, labels * given, given)
    others = (counts == 0).to(x.dtype)
    terms = (1 - chosen.unsqueeze(2) + x.unsqueeze(1)).relu() * others.unsqueeze(1)
    losses = (terms * given.to(x.dtype).unsqueeze(2)).sum((1, 2)) / classes
    return losses.reshape(input.shape[:-1]) if reduction == "none" else reduced(losses, reduction)


def _check_matrix(input: Tensor) -> tuple[int, int]:
    """Return the numbers of rows and classes of scores."""
    if input.ndim > 2 or 0 in input.shape[-1:]:
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    return (input.shape[0] if input.ndim == 2 else 1), (input.shape[-1] if input.ndim else 1)


def _check_labels(name: str, input: Tensor, target: Tensor) -> None:
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    if target.dtype is not dtypes.int64:
        raise RuntimeError(f"{name}: expected a target of int64 but found {target.dtype.name}")


def _taken(name: str, x: Tensor, targets: Tensor) -> Tensor:
    """Return the scores at the targets.

    Raises:
        RuntimeError: A target is out of range.
    """
    try:
        return ops.gather(x, 1, targets)
    except RuntimeError as error:
        raise RuntimeError(f"{name}: target is out of range: expected classes below {x.shape[1]}: {error}") from None


@checked
@computed_wide
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the mean over classes of -(target log sigmoid(input) + (1 - target) log sigmoid(-input)).

    Args:
        input: Scores, (N, C) or (C).
        target: Labels from 0 to 1, the same shape.
        weight: Factors, which broadcast: one for each class, (C).
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The reduction is unknown.
        NotImplementedError: The input is not floating.

    Example:
        >>> import mocrograd as mg
        >>> scores, target = mg.tensor([[2.0, -1.0]]), mg.tensor([[1.0, 0.0]])
        >>> mg.nn.functional.multilabel_soft_margin_loss(scores, target)
        tensor(0.2201)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"multilabel_soft_margin_loss" not implemented for {input.dtype.name}')
    log_sigmoid = ops.activation.log_sigmoid
    losses = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        losses = losses * weight
    if not input.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions: expected (classes,) or more, got []")
    return reduced(losses.sum(input.ndim - 1) / float(input.shape[-1]), reduction)

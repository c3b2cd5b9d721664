"""Losses of vectors and their distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import ops
from mocrograd.nn.functional._reduction import reduced, reduction_of
from mocrograd.ops._arguments import checked
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops.distance import pairwise_distance as _pairwise_distance
from mocrograd.tensor import Tensor

__all__ = [
    "cosine_embedding_loss",
    "normalize",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]

_EPSILON = 1e-12


@checked
@computed_wide
def normalize(input: Tensor, p: Any = 2.0, dim: Any = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """Return input / max(|input|, eps), the norm being that of vectors along dimensions.

    Args:
        input: A floating tensor.
        p: The order of the norm.
        dim: A dimension, a tuple of them, or None for all.
        eps: The least norm to divide by.
        out: The tensor to write to.

    Raises:
        RuntimeError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[3.0, 4.0]])
        >>> mg.nn.functional.normalize(x)
        tensor([[0.6000, 0.8000]])
    """
    length = ops.norm(input, p, dim, True).clamp(min=eps)
    return ops.div(input, length, out=out)


def _one_rank(anchor: Tensor, positive: Tensor, negative: Tensor) -> None:
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )


def _check_margin(margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")


@checked
@computed_wide
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute max(0, margin + distance(anchor, positive) - distance(anchor, negative)).

    Args:
        anchor: (N, D) or (D).
        positive: What should be near, the same shape.
        negative: What should be far, the same shape.
        margin: By how much one should be farther, above 0.
        p: The order of the norm of distances.
        eps: Added to differences.
        swap: Whether the negative is compared with the positive where that is nearer than the anchor.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The margin is not above 0, or the reduction is unknown.
        RuntimeError: The numbers of dimensions differ.

    Example:
        >>> import mocrograd as mg
        >>> anchor, near, far = mg.zeros(1, 2), mg.tensor([[1.0, 0.0]]), mg.tensor([[0.0, 1.5]])
        >>> mg.nn.functional.triplet_margin_loss(anchor, near, far)
        tensor(0.5000)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    _check_margin(margin)
    _one_rank(anchor, positive, negative)

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return _pairwise_distance(a, b, p, eps)

    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


def _triplet(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = ops.minimum(far, distance(positive, negative))
    return reduced((near - far + margin).clamp(min=0), reduction)


@checked
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Compute `triplet_margin_loss` with a distance of one's own.

    Args:
        anchor: Any shape.
        positive: What should be near.
        negative: What should be far.
        distance_function: Two tensors to their distances, `pairwise_distance` by default.
        margin: By how much one should be farther, above 0.
        swap: Whether the negative is compared with the positive where that is nearer than the anchor.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The margin is not above 0, or the reduction is unknown.
        RuntimeError: The numbers of dimensions differ.

    Example:
        >>> import mocrograd as mg
        >>> anchor, near, far = mg.zeros(1, 2), mg.tensor([[1.0, 0.0]]), mg.tensor([[0.0, 1.5]])
        >>> def distance(a, b):
        ...     return (a - b).abs().sum(1)
        >>> mg.nn.functional.triplet_margin_with_distance_loss(anchor, near, far, distance_function=distance)
        tensor(0.5000)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: expected 'none', 'mean' or 'sum'")
    _check_margin(margin)
    _one_rank(anchor, positive, negative)
    distance = distance_function if distance_function is not None else _pairwise_distance
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


@checked
@computed_wide
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute 1 - cos where the target is 1, max(0, cos - margin) where it is -1, cos being that of the angle.

    Args:
        input1: (N, D) or (D).
        input2: The same shape.
        target: 1 or -1, (N) or ().
        margin: How small the cosine of pairs of target -1 should be.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: The numbers of dimensions do not fit.
        ValueError: The reduction is unknown.

    Example:
        >>> import mocrograd as mg
        >>> first, second = mg.tensor([[1.0, 0.0], [1.0, 0.0]]), mg.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> mg.nn.functional.cosine_embedding_loss(first, second, mg.tensor([1, 1]))
        tensor(0.5000)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if target.ndim > 1:
        raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported: got {list(target.shape)}")
    if input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    product = (input1 * input2).sum(-1)
    squares = [(x * x).sum(-1) + _EPSILON for x in (input1, input2)]
    cosine = product / (squares[0] * squares[1]).sqrt()
    near = ops.where(target == 1, 1 - cosine, 0)
    return reduced(near + ops.where(target == -1, (cosine - margin).clamp(min=0), 0), reduction)

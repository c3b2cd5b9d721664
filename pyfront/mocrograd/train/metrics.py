"""Numbers that tell how good a model is, and the term that keeps its parameters small."""

from __future__ import annotations

from collections.abc import Iterable

from mocrograd.tensor import Tensor


def accuracy(output: Tensor, target: Tensor) -> float:
    """Return the share of rows whose greatest output stands at the target class.

    Args:
        output: Scores, (N, C).
        target: Class indices, (N), int64.

    Returns:
        A number in [0, 1]; nan for no rows.
    """
    rows = len(target)
    return int((output.argmax(-1) == target).sum().item()) / rows if rows else float("nan")


def l2_penalty(parameters: Iterable[Tensor], factor: float) -> Tensor:
    """Compute factor * sum(p^2) over all elements of all parameters.

    Args:
        parameters: At least one tensor.
        factor: Weight of the term in the loss.

    Returns:
        A scalar that backward goes through: the gradient of p is 2 * factor * p.
    """
    # The dot product of p with itself needs no memory for the squares, which for a wide layer is a hundred
    # megabytes.
    flat = [param.reshape(-1) for param in parameters]
    total = flat[0] @ flat[0]
    for values in flat[1:]:
        total = total + values @ values
    return total * factor

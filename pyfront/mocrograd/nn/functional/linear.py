"""Linear maps as functions."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.ops import contractions
from mocrograd.ops._arguments import checked
from mocrograd.tensor import Tensor

__all__ = [
    "bilinear",
    "linear",
]


@checked
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Compute `x W^T + b`.

    Args:
        input: (*, in_features).
        weight: (out_features, in_features).
        bias: (out_features), or None.

    Returns:
        (*, out_features).

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.tensor([[1.0, 2.0]]), mg.tensor([[1.0, 1.0], [0.0, -1.0]])
        >>> mg.nn.functional.linear(x, weight)
        tensor([[ 3., -2.]])
    """
    return ops.linear(input, weight, bias)


@checked
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Compute input1 weight[o] input2 (+ bias[o]) for each output o.

    Args:
        input1: (*, in1_features).
        input2: (*, in2_features).
        weight: (out_features, in1_features, in2_features).
        bias: (out_features), or None.

    Returns:
        (*, out_features).

    Example:
        >>> import mocrograd as mg
        >>> first, second, weight = mg.ones(4, 2), mg.ones(4, 3), mg.ones(5, 2, 3)
        >>> mg.nn.functional.bilinear(first, second, weight).shape
        mocrograd.Size([4, 5])
    """
    return contractions.bilinear(input1, input2, weight, bias)

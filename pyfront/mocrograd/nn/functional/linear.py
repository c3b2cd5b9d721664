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
    """
    return contractions.bilinear(input1, input2, weight, bias)

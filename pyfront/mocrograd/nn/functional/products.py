"""Linear maps as functions."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.tensor import Tensor


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

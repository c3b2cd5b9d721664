"""Activations as functions."""

from __future__ import annotations

import warnings
from typing import Any

from mocrograd import ops
from mocrograd.nn.functional.options import refuse
from mocrograd.tensor import Tensor


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute max(x, 0); `inplace` is not supported."""
    refuse("relu", inplace=inplace)
    return ops.relu(input)


def tanh(input: Tensor) -> Tensor:
    """Compute the hyperbolic tangent of each element."""
    return ops.tanh(input)


def sigmoid(input: Tensor) -> Tensor:
    """Compute 1 / (1 + exp(-x))."""
    return ops.sigmoid(input)


def _axis(name: str, dim: int | None, ndim: int, stacklevel: int) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Compute exp(x) / sum(exp(x)) along an axis.

    Args:
        input: Any shape.
        dim: The axis; without it axis 0 of one- and three-dimensional input, else axis 1, and a warning.
        dtype: Type to convert the input to first.

    Returns:
        The shape of the input.
    """
    input = input if dtype is None else input.to(dtype)
    return ops.softmax(input, _axis("softmax", dim, input.ndim, _stacklevel))


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Compute x - log(sum(exp(x))) along an axis, without overflow.

    Args:
        input: Any shape.
        dim: The axis; without it axis 0 of one- and three-dimensional input, else axis 1, and a warning.
        dtype: Type to convert the input to first.

    Returns:
        The shape of the input.
    """
    input = input if dtype is None else input.to(dtype)
    return ops.log_softmax(input, _axis("log_softmax", dim, input.ndim, _stacklevel))

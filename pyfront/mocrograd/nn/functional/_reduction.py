"""What losses share: their reductions, and what their operands must be."""

from __future__ import annotations

import warnings
from typing import Any

from mocrograd.layout import broadcast_shapes
from mocrograd.ops.cast import common_dtype, to_dtype
from mocrograd.ops.joining import broadcast_tensors
from mocrograd.ops.loss import REDUCTIONS
from mocrograd.tensor import Tensor


def reduction_of(reduction: Any, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """Return the name of a reduction.

    Args:
        reduction: "none", "mean" or "sum".
        size_average: Torch's old name of "mean" (True) and "sum" (False); given, it overrides `reduction`.
        reduce: Torch's old option to reduce at all; given, it overrides `reduction`.

    Raises:
        ValueError: The name is unknown.
    """
    if size_average is not None or reduce is not None:
        mean = size_average is None or bool(size_average)
        reduction = "none" if reduce is not None and not reduce else "mean" if mean else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=4,
        )
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=4)
        return "mean"
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction: expected 'none', 'mean' or 'sum'")
    return reduction


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Return losses, their mean or their sum."""
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def warn_of_sizes(input: Tensor, target: Tensor) -> None:
    """Warn where the sizes of an input and its target differ, as torch does."""
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=4,
        )


def expanded(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return an input and its target with all their dimensions, so that each of them decides on the dtype."""
    if input.dtype is target.dtype or input._shape == target._shape:
        return input, target
    input, target = broadcast_tensors(input, target)
    return input, target


def floating_pair(name: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return an input and its target in the floating dtype where they meet.

    Raises:
        NotImplementedError: Both are integers or bools.
    """
    if input.dtype is target.dtype and input.dtype.is_floating_point:
        return input, target
    common = common_dtype(input, target)
    if not common.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {common.name}: expected floating point tensors')
    return to_dtype(input, common), to_dtype(target, common)


def cannot_hold(name: str, came: Any, result: Any) -> RuntimeError:
    """Return the error of a result whose dtype is not that of its numbers."""
    return RuntimeError(f"{name}: result type {came.name} can't be cast to the desired output type {result.name}")


def check_fits(name: str, what: str, factor: Tensor, shape: Any) -> None:
    """Check that a factor broadcasts to losses without making them more.

    Raises:
        RuntimeError: It does not.
    """
    if factor._shape and tuple(broadcast_shapes(factor._shape, shape)) != tuple(shape):
        raise RuntimeError(
            f"{name}: output with shape {list(shape)} doesn't match the broadcast shape of {what} {list(factor._shape)}"
        )

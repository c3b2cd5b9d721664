"""Negative logarithms of likelihoods of Gaussian and Poisson distributions."""

from __future__ import annotations

import math

from mocrograd import ops
from mocrograd.nn.functional.reduction import reduced, reduction_of
from mocrograd.ops.loss import Variance
from mocrograd.tensor import Tensor


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Compute (log(var) + (input - target)^2 / var) / 2, with a variance of at least `eps`.

    Args:
        input: Means, any shape.
        target: Samples of the same shape.
        var: Variances: of the same shape, with a last dimension less or of size 1, or a number for all.
        full: Whether log(2 pi) / 2 is added.
        eps: The least variance.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: A variance is negative or their shape does not fit, or the reduction is unknown.
        RuntimeError: The variances are no floating numbers.
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError(f"var has negative entry/entries: got {var}")
        return gaussian_nll_loss(input, target, ops.full_like(input, var), full, eps, reduction)
    if not isinstance(var, Tensor):
        raise TypeError(f"gaussian_nll_loss(): argument 'var' must be Tensor or float, not {type(var).__name__}")
    spread: Tensor = var
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            spread = var.unsqueeze(-1)
        elif input.ndim != var.ndim or sum(b for a, b in zip(input.shape, var.shape) if a != b) != 1:
            raise ValueError(f"var is of incorrect size: got {list(var.shape)} for an input of {list(input.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid: expected 'none', 'mean' or 'sum'")
    if not spread.dtype.is_floating_point:
        raise RuntimeError(f"gaussian_nll_loss: expected a var of floating point but got {spread.dtype.name}")
    floor = Variance.run(spread.contiguous(), float(eps))
    losses = 0.5 * (ops.log(floor) + ops.square(input - target) / floor)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute exp(input) - target input, or input - target log(input + eps).

    Args:
        input: The distribution's mean or its logarithm, any shape.
        target: Counts of the same shape.
        log_input: Whether the input is the logarithm.
        full: Whether Stirling's approximation of log(target!) is added where the target is above 1.
        size_average: Torch's old name of a reduction.
        eps: Added to the input before its logarithm is taken.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The reduction is unknown.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    losses = ops.exp(input) - target * input if log_input else input - target * ops.log(input + eps)
    if full:
        rest = target * ops.log(target) - target + 0.5 * ops.log(2 * math.pi * target)
        losses = losses + rest.masked_fill(target <= 1, 0.0)
    return reduced(losses, reduction)

"""Losses of elements, and functions of numbers that must lie in a range, which their kernels check first."""

from __future__ import annotations

from typing import Any

from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.ops.elementwise import log
from mocrograd.ops.transcendental import log1p
from mocrograd.tensor import Tensor, fresh

LEAST_PRODUCT = 1e-12
"""No divisor in the gradient of a binary cross-entropy is less."""


class _CrossEntropySlope(Function):
    """(p - t) / (p (1 - p)), by no divisor less than the least one, which is a constant to derivatives."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, target: Tensor) -> Tensor:
        """Divide."""
        ctx.save_for_backward(p, target)
        return (p - target) / (p * (1 - p)).clamp(min=LEAST_PRODUCT)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Compute dy (p^2 - 2 p t + t) / (p (1 - p))^2, and -dy / (p (1 - p))."""
        p, target = ctx.saved_tensors
        scaled = grad / (p * (1 - p)).clamp(min=LEAST_PRODUCT)
        return scaled * (p * p - p * target * 2 + target) / (p * (1 - p)).clamp(min=LEAST_PRODUCT), -scaled


class BinaryCrossEntropy(Function):
    """-(t log p + (1 - t) log(1 - p)) per element, of contiguous tensors of one shape."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, target: Tensor) -> Tensor:
        """Compute the losses.

        Raises:
            RuntimeError: A probability is not between 0 and 1.
        """
        device = p.device
        out = fresh(p._shape, p._size, p.dtype, device)
        ctx.save_for_backward(p, target)
        if not p._size:
            return out
        wrong = "all elements of input should be between 0 and 1"
        if device.handle and not bool(((p >= 0) & (p <= 1)).all().item()):
            raise RuntimeError(wrong)
        try:
            call(
                device.table[f"binary_cross_entropy.forward.{p.dtype.name}"], 8 * p._size, out.address, p.address,
                target.address, p._size, device.context,
            )  # fmt: skip
        except RuntimeError:
            raise RuntimeError(wrong) from None
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Compute dp = dy (p - t) / (p (1 - p)), and dt = dy (log(1 - p) - log p)."""
        p, target = ctx.saved_tensors
        dp = dt = None
        if ctx.edges[1]:
            dt = grad * (log1p(-p) - log(p))
        if ctx.edges[0] and mode.grad:
            dp = grad * _CrossEntropySlope.run(p, target)
        elif ctx.edges[0]:
            grad = grad.contiguous()
            dp = fresh(p._shape, p._size, p.dtype, p.device)
            if p._size:
                call(
                    p.device.table[f"binary_cross_entropy.backward.{p.dtype.name}"], 4 * p._size, dp.address, p.address,
                    target.address, grad.address, p._size, p.device.context,
                )  # fmt: skip
        return dp, dt


class Huber(Function):
    """d^2 / 2 up to a bound, and a line beyond, whose slope is the bound."""

    bound: float

    @staticmethod
    def forward(ctx: Any, difference: Tensor, bound: float) -> Tensor:
        """Compute both by one formula: n (d - n / 2), where n is d brought between minus the bound and the bound."""
        ctx.bound = bound
        ctx.save_for_backward(difference)
        near = difference.detach().clamp(-bound, bound)
        return near * (difference.detach() - near * 0.5)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Multiply with n."""
        (difference,) = ctx.saved_tensors
        return grad * difference.clamp(-ctx.bound, ctx.bound), None


class Variance(Function):
    """max(v, least) of a contiguous tensor; the gradient is that of v."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, least: float) -> Tensor:
        """Compute the maxima.

        Raises:
            ValueError: An element is negative.
        """
        device = v.device
        out = fresh(v._shape, v._size, v.dtype, device)
        if not v._size:
            return out
        wrong = "var has negative entry/entries: expected 0 or more"
        if device.handle and bool((v < 0).any().item()):
            raise ValueError(wrong)
        try:
            call(
                device.table[f"variance.forward.{v.dtype.name}"], v._size, out.address, v.address, v._size, least,
                device.context,
            )  # fmt: skip
        except RuntimeError:
            raise ValueError(wrong) from None
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Pass the gradient on."""
        return grad, None

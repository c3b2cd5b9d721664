"""Activations with kernels of their own (mojo_kernels/elementwise/activation.mojo), as operations on tensors."""

from __future__ import annotations

import functools
import math
from typing import Any

from mocrograd.ops import _pointwise
from mocrograd.ops._arguments import number, takes_out
from mocrograd.ops.arithmetic import abs as _abs
from mocrograd.ops.arithmetic import as_tensor_like, exp, nothing, sigmoid, tanh
from mocrograd.ops.compare import where
from mocrograd.tensor import Tensor, method

__all__ = ["celu", "hardshrink", "prelu", "selu"]

# As in torch these are functions alone; those that are methods too say so below.
unary = functools.partial(_pointwise.unary, methods=())
binary = functools.partial(_pointwise.binary, methods=())

_BELL = 1 / math.sqrt(2 * math.pi)
_ROOT_2_BY_PI = math.sqrt(2 / math.pi)
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _density(x: Tensor) -> Tensor:
    return exp(x * x * -0.5) * _BELL


def _d_gelu_tanh(g: Tensor, x: Tensor, y: Any) -> Tensor:
    t = tanh((x + x * x * x * 0.044715) * _ROOT_2_BY_PI)
    return g * ((1 + t) * 0.5 + x * 0.5 * (1 - t * t) * ((1 + x * x * 0.134145) * _ROOT_2_BY_PI))


def _d_silu(g: Tensor, x: Tensor, y: Any) -> Tensor:
    s = sigmoid(x)
    return g * s * (1 + x * (1 - s))


def _d_mish(g: Tensor, x: Tensor, y: Any) -> Tensor:
    t = tanh(softplus(x, 1.0))
    return g * (t + x * sigmoid(x) * (1 - t * t))


def _below(x: Tensor) -> Tensor:
    """Return min(x, 0), so that no exponential overflows where it is not used; its own derivative is 0 at 0."""
    return x.masked_fill(x >= 0, 0.0)


ndtr: Any = unary(
    "ndtr", "Return the share of the normal distribution below input.", "x", lambda g, x, y: g * _density(x)
)
gelu = unary("gelu", "Return input * ndtr(input).", "x", lambda g, x, y: g * (ndtr(x) + x * _density(x)))
gelu_tanh = unary("gelu_tanh", "Return gelu(input), approximated by a tanh.", "x", _d_gelu_tanh)
silu = unary("silu", "Return input * sigmoid(input).", "x", _d_silu)
mish = unary("mish", "Return input * tanh(softplus(input)).", "x", _d_mish)
hardswish = unary(
    "hardswish", "Return input * relu6(input + 3) / 6.", "x",
    lambda g, x, y: g * where(x <= -3, 0.0, where(x >= 3, 1.0, x / 3 + 0.5)),
)  # fmt: skip
hardsigmoid = unary(
    "hardsigmoid", "Return relu6(input + 3) / 6.", "x", lambda g, x, y: (g / 6).masked_fill(~(_abs(x) < 3), 0.0)
)
relu6 = unary("relu6", "Return min(max(input, 0), 6).", "x", lambda g, x, y: g.masked_fill(~((x > 0) & (x < 6)), 0.0))
log_sigmoid = unary("log_sigmoid", "Return log(sigmoid(input)).", "x", lambda g, x, y: g * sigmoid(-x))
selu = unary(
    "selu", "Return scale * (input where it is positive, alpha * (e^input - 1) elsewhere).", "x",
    lambda g, x, y: g * where(x > 0, _SELU_SCALE, exp(_below(x)) * (_SELU_SCALE * _SELU_ALPHA)),
    example="selu([-1.0, 0.0, 1.0]) -> [-1.1113,  0.0000,  1.0507]",
)  # fmt: skip
plain_prelu: Any = binary(
    "prelu", "Return input where it is positive, weight * input elsewhere.",
    lambda g, a, b: g * where(a > 0, 1.0, as_tensor_like(b, g)), lambda g, a, b: g * a.masked_fill(a > 0, 0.0),
    a_needs="ab", b_needs="a", integral=False,
)  # fmt: skip


def _of_number(name: str, doc: str, da: Any) -> Any:
    """Make a function of a tensor and a number, which has no gradient."""
    return binary(name, doc, da, lambda g, a, b: nothing(g), a_needs="ab", integral=False)


elu: Any = _of_number(
    "elu", "Return input where it is positive, other * (e^input - 1) elsewhere.",
    lambda g, a, b: g * where(a > 0, 1.0, exp(_below(a)) * b),
)  # fmt: skip
plain_celu: Any = _of_number(
    "celu", "Return input where it is positive, other * (e^(input / other) - 1) elsewhere.",
    lambda g, a, b: g * where(a > 0, 1.0, exp(_below(a) / b)),
)  # fmt: skip
softplus: Any = _of_number("softplus", "Return log(1 + e^(input * other)) / other.", lambda g, a, b: g * sigmoid(a * b))
plain_hardshrink: Any = _of_number(
    "hardshrink", "Return input, and 0 where |input| <= other.", lambda g, a, b: g.masked_fill(~(_abs(a) > b), 0.0)
)
softshrink: Any = _of_number(
    "softshrink", "Return input moved towards 0 by other, but not beyond.",
    lambda g, a, b: g.masked_fill(~(_abs(a) > b), 0.0),
)  # fmt: skip


def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Return input where it is positive, alpha * (e^(input / alpha) - 1) elsewhere.

    Args:
        input: A tensor of any shape.
        alpha: Minus the limit for very negative elements.

    Raises:
        RuntimeError: `alpha` is 0.

    Example:
        >>> import mocrograd as mg
        >>> mg.celu(mg.tensor([-1.0, 0.0, 2.0]), alpha=0.5)
        tensor([-0.4323,  0.0000,  2.0000])
    """
    if number("celu", "alpha", alpha) == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    out: Tensor = plain_celu(input, float(alpha))
    return out


@method
@takes_out()
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return input, and 0 where |input| <= lambd.

    Args:
        input: A tensor of any shape.
        lambd: The bound.

    Example:
        >>> import mocrograd as mg
        >>> mg.hardshrink(mg.tensor([-2.0, 0.3, 0.6]))
        tensor([-2.0000,  0.0000,  0.6000])
    """
    out: Tensor = plain_hardshrink(input, number("hardshrink", "lambd", lambd))
    return out


@method
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Return input where it is positive, weight * input elsewhere.

    Args:
        input: (N, C, *), or any shape with a single weight.
        weight: One slope, or one for each of the C channels.

    Raises:
        RuntimeError: The number of slopes is neither 1 nor that of the channels, or the dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.prelu(mg.tensor([-4.0, 4.0]), mg.tensor([0.25]))
        tensor([-1.,  4.])
    """
    if weight.dtype is not input.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype.name} and {weight.dtype.name}")
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.ndim == 1 and input.ndim > 0:
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.shape[0] not in (1, channels):
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.shape[0]} "
                f"and channel size = {channels}."
            )
        weight = weight.reshape(1, -1, *(1,) * (input.ndim - 2)) if input.ndim > 1 else weight
    elif weight.ndim == 1:
        if weight.shape[0] != 1:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.shape[0]} "
                "and channel size = 1."
            )
        weight = weight.reshape(())
    out: Tensor = plain_prelu(input, weight)
    return out

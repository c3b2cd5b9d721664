"""Gradients of convolutions, for functions that compute their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import autograd, ops
from mocrograd.autograd import enable_grad, is_grad_enabled
from mocrograd.nn import functional as F
from mocrograd.tensor import Tensor

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _gradient(of_input: bool, convolve: Any, shape: Any, other: Tensor, grad: Tensor, options: Any) -> Tensor:
    """Differentiate a convolution by one operand, whose values do not count."""
    recorded = is_grad_enabled()
    with enable_grad():
        operand = ops.zeros(tuple(shape), dtype=other.dtype, device=other.device, requires_grad=True)
        out = convolve(operand, other, None, *options) if of_input else convolve(other, operand, None, *options)
        if out._shape != grad._shape:
            raise RuntimeError(f"Expected grad_output of shape {list(out._shape)}, got {list(grad._shape)}")
        found: Tensor = autograd.grad(out, operand, grad, create_graph=recorded)[0]
    return found if recorded else found.detach()


def _of_input(dims: int) -> Callable[..., Tensor]:
    convolve = getattr(F, f"conv{dims}d")

    def function(
        input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:  # fmt: skip
        return _gradient(True, convolve, input_size, weight, grad_output, (stride, padding, dilation, groups))

    sizes = ", ".join(["1", "1", *["3"] * dims])
    return _named(function, f"conv{dims}d_input", "input", "input_size: The shape of the input.\n        weight: The "
                  "filters.", f"(1, 1, {', '.join(['3'] * dims)}), mg.ones({sizes}), "
                  f"mg.ones({', '.join(['1'] * (dims + 2))})", f"[{sizes}]")  # fmt: skip


def _of_weight(dims: int) -> Callable[..., Tensor]:
    convolve = getattr(F, f"conv{dims}d")

    def function(
        input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:  # fmt: skip
        return _gradient(False, convolve, weight_size, input, grad_output, (stride, padding, dilation, groups))

    sizes = ", ".join(["1", "1", *["3"] * dims])
    return _named(function, f"conv{dims}d_weight", "filters", "input: The input.\n        weight_size: The shape of "
                  "the filters.", f"mg.ones({sizes}), ({sizes}), mg.ones({', '.join(['1'] * (dims + 2))})",
                  f"[{sizes}]")  # fmt: skip


def _named(function: Any, name: str, what: str, first: str, example: str, shape: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Return the gradient of `{name.partition("_")[0]}` by its {what}.

    Args:
        {first}
        grad_output: The gradient of the result.
        stride: As the convolution's, as are the others.
        padding: As the convolution's.
        dilation: As the convolution's.
        groups: As the convolution's.

    Raises:
        RuntimeError: The shapes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.grad.{name}({example}).shape
        mocrograd.Size({shape})
    """
    return function


conv1d_input, conv2d_input, conv3d_input = [_of_input(dims) for dims in (1, 2, 3)]
conv1d_weight, conv2d_weight, conv3d_weight = [_of_weight(dims) for dims in (1, 2, 3)]

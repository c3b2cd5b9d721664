"""Construction of modules without initial values, and clipping of gradients."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from typing import Any, TypeVar

from mocrograd.nn import init
from mocrograd.nn.module import Module
from mocrograd.ops import tensor
from mocrograd.tensor import Tensor

M = TypeVar("M", bound=Module)


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """Construct a module without filling its parameters, for values that are loaded next.

    Args:
        module_cls: The class; its constructor takes `device` and fills parameters by `nn.init`.
        args: Positional arguments of the constructor.
        kwargs: Named arguments of the constructor.

    Returns:
        The module; its parameters hold arbitrary values.

    Raises:
        RuntimeError: The class is no Module, or its constructor takes no `device`.
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with init.skipped():
        return module_cls(*args, **kwargs)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scale gradients in place so that the norm of all of them together is at most `max_norm`.

    Args:
        parameters: A tensor or tensors; those without a gradient are passed over.
        max_norm: The greatest norm that stays as it is.
        norm_type: 2, 1 or infinity.
        error_if_nonfinite: Whether a norm of nan or infinity is an error.

    Returns:
        The norm before scaling, a scalar.

    Raises:
        NotImplementedError: `norm_type` is another one.
        RuntimeError: The norm is not finite, if that is an error.
    """
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    grads = [param.grad.detach() for param in tensors if param.grad is not None]
    if norm_type == math.inf:
        norm = max((float(grad.abs().max().item()) for grad in grads), default=0.0)
    elif norm_type == 1.0:
        norm = sum(float(grad.abs().sum().item()) for grad in grads)
    elif norm_type == 2.0:
        norm = math.sqrt(sum(float((grad * grad).sum().item()) for grad in grads))
    else:
        raise NotImplementedError(f"clip_grad_norm_: norm_type must be 1, 2 or inf, got {norm_type}")
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, "
            "so it cannot be clipped."
        )
    scale = max_norm / (norm + 1e-6)
    # Not `scale < 1`: a norm of nan must reach the gradients, as in torch.
    if not scale >= 1.0:
        for grad in grads:
            grad.mul_(scale)
    return tensor(norm)

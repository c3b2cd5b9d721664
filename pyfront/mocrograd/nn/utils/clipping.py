"""The norm of gradients, and clipping of gradients by norm or by value.

Norms stay tensors, so that nothing waits for them and a compiled step can hold the clipping.
"""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Iterable
from typing import Any

from mocrograd.autograd import no_grad
from mocrograd.ops import promote_types, stack, tensor
from mocrograd.ops.norms import vector_norm
from mocrograd.tensor import Tensor


def _list(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _grads(parameters: Iterable[Tensor]) -> list[Tensor]:
    return [param.grad for param in parameters if param.grad is not None]


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Return the norm of tensors taken together as one vector.

    Args:
        tensors: A tensor or tensors.
        norm_type: The order of the norm, or infinity.
        error_if_nonfinite: Whether a norm of nan or infinity is an error.
        foreach: Has no effect.

    Returns:
        A scalar; 0 where there are no tensors.

    Raises:
        RuntimeError: The norm is not finite, if that is an error.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.utils.get_total_norm([mg.tensor([3.0]), mg.tensor([4.0])])
        tensor(5.)
    """
    given, order = _list(tensors), float(norm_type)
    if not given:
        return tensor(0.0)
    with no_grad():
        norms = [vector_norm(each.detach(), order) for each in given]
        total = norms[0]
        if len(norms) > 1:
            wide = functools.reduce(promote_types, [n.dtype for n in norms])
            total = vector_norm(stack([n.to(device=total.device, dtype=wide) for n in norms]), order)
        if error_if_nonfinite and not total.isfinite():
            raise RuntimeError(
                f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be "
                "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
                "`error_if_nonfinite=False`"
            )
    return total


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale gradients in place by `max_norm / total_norm` where that is less than 1.

    Args:
        parameters: A tensor or tensors; those without a gradient are passed over.
        max_norm: The greatest norm that stays as it is.
        total_norm: The norm of the gradients, from `get_total_norm`.
        foreach: Has no effect.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.zeros(2, requires_grad=True)
        >>> p.grad = mg.tensor([3.0, 4.0])
        >>> mg.nn.utils.clip_grads_with_norm_([p], 1.0, mg.nn.utils.get_total_norm([p.grad]))
        >>> p.grad
        tensor([0.6000, 0.8000])
    """
    grads = _grads(_list(parameters))
    if not grads:
        return
    with no_grad():
        ratio: Any = float(max_norm) / (total_norm + 1e-6)
        scale = ratio.clamp(max=1.0)
        for grad in grads:
            grad.mul_(scale.to(device=grad.device, dtype=grad.dtype))


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale gradients in place so that the norm of all of them together is at most `max_norm`.

    Args:
        parameters: A tensor or tensors; those without a gradient are passed over.
        max_norm: The greatest norm that stays as it is.
        norm_type: The order of the norm, or infinity.
        error_if_nonfinite: Whether a norm of nan or infinity is an error.
        foreach: Has no effect.

    Returns:
        The norm before scaling, a scalar.

    Raises:
        RuntimeError: The norm is not finite, if that is an error.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([3.0, 4.0]))
        >>> (0.5 * w.square()).sum().backward()
        >>> mg.nn.utils.clip_grad_norm_([w], 1.0)
        tensor(5.)
        >>> w.grad
        tensor([0.6000, 0.8000])
    """
    given, max_norm = _list(parameters), float(max_norm)
    if not given and isinstance(parameters, types.GeneratorType):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total = get_total_norm(_grads(given), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, total)
    return total


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clamp the elements of gradients to [-clip_value, clip_value] in place.

    Args:
        parameters: A tensor or tensors; those without a gradient are passed over.
        clip_value: The greatest magnitude.
        foreach: Has no effect.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([3.0, 4.0]))
        >>> (0.5 * w.square()).sum().backward()
        >>> mg.nn.utils.clip_grad_value_([w], 3.5)
        >>> w.grad
        tensor([3.0000, 3.5000])
    """
    bound = float(clip_value)
    with no_grad():
        for grad in _grads(_list(parameters)):
            grad.clamp_(-bound, bound)

"""`Variable`, as scripts from before torch 0.4 wrap their tensors."""

from __future__ import annotations

from typing import Any

from mocrograd import backend


class _OfTensors(type):
    """A class whose instances are the tensors."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, backend.TensorBase)


class Variable(metaclass=_OfTensors):
    """A tensor that shares memory with its data and has no history.

    Args:
        data: A tensor.
        requires_grad: Whether operations on it are recorded.

    Raises:
        TypeError: The data is no tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.autograd.Variable(mg.ones(2), requires_grad=True).requires_grad
        True
    """

    def __new__(cls, data: Any, requires_grad: bool = False) -> Any:
        """Return the tensor."""
        if not isinstance(data, backend.TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        alone: Any = data.detach()
        return alone.requires_grad_() if requires_grad else alone

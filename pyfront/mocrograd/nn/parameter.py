"""Parameter: a tensor that a module owns and an optimizer moves."""

from __future__ import annotations

from typing import Any

from mocrograd.ops import empty
from mocrograd.ops._copying import preserved
from mocrograd.tensor import Tensor

__all__ = [
    "Buffer",
    "Parameter",
]


class Parameter(Tensor):
    """A Tensor that a Module registers when it is assigned as an attribute.

    Args:
        data: The values; the parameter shares their storage. An empty tensor by default.
        requires_grad: Whether backward fills `grad`.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Module()
        >>> layer.scale = mg.nn.Parameter(mg.ones(3))
        >>> [name for name, _ in layer.named_parameters()]
        ['scale']
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        """Make a parameter that shares the storage of `data`."""
        new: Parameter = Tensor._make_subclass(cls, empty(0) if data is None else data, requires_grad)
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """Copy values and `requires_grad`; a second copy of the same parameter is the same object."""
        copy: Parameter | None = memo.get(id(self))
        if copy is None:
            copy = memo[id(self)] = type(self)(preserved(self), self.requires_grad)
        return copy

    def __repr__(self) -> str:
        """Show the values under torch's heading."""
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A Tensor that a Module registers as a buffer when it is assigned as an attribute.

    Args:
        data: The values; the buffer shares their storage. An empty tensor by default.
        persistent: Whether `state_dict` contains it.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Module()
        >>> layer.mean = mg.nn.Buffer(mg.zeros(3))
        >>> list(layer.state_dict())
        ['mean']
    """

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        """Make a buffer that shares the storage of `data`."""
        data = empty(0) if data is None else data
        new: Buffer = Tensor._make_subclass(cls, data, data.requires_grad)
        new.persistent = persistent
        return new

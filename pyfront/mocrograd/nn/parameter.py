"""Parameter: a tensor that a module owns and an optimizer moves."""

from __future__ import annotations

from typing import Any

from mocrograd import notebook
from mocrograd.ops import empty
from mocrograd.ops._copying import preserved
from mocrograd.overriding import disabled_torch_function
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
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

    __torch_function__ = staticmethod(disabled_torch_function)

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

    __torch_function__ = staticmethod(disabled_torch_function)

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        """Make a buffer that shares the storage of `data`."""
        data = empty(0) if data is None else data
        new: Buffer = Tensor._make_subclass(cls, data, data.requires_grad)
        new.persistent = persistent
        return new


class Uninitialized(Tensor):
    """A tensor without a shape; it gets one where it stands."""

    __torch_function__ = staticmethod(disabled_torch_function)

    _settled: type[Tensor]
    _requires_grad = False

    def __new__(cls, requires_grad: bool | None = None, device: Any = None, dtype: Any = None) -> Any:
        """Make one without elements."""
        requires_grad = cls._requires_grad if requires_grad is None else requires_grad
        return Tensor._make_subclass(cls, empty(0, device=device, dtype=dtype), requires_grad)

    @property
    def shape(self) -> Any:
        """Refuse: there is none yet.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. Call the module once, or "
            "`initialize_parameters`, before."
        )

    def materialize(self, shape: Any, device: Device = None, dtype: Dtype = None) -> None:
        """Become a tensor of a shape, whose values are not set.

        Args:
            shape: The shape.
            device: Where it lives; where this one does by default.
            dtype: Its type; this one's by default.
        """
        self.data = empty(*shape, device=self.device if device is None else device, dtype=dtype or self.dtype)
        self.__class__ = self._settled  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return another one; a second copy of the same tensor is the same object."""
        if id(self) not in memo:
            make: Any = type(self)
            memo[id(self)] = make(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]

    def __repr__(self) -> str:
        """Show the class alone."""
        return f"<{type(self).__name__}>"

    def _repr_html_(self) -> str:
        """Show the class alone."""
        return notebook.escape(repr(self))


class UninitializedParameter(Uninitialized, Parameter):
    """A parameter without a shape, in a layer that has not seen an input yet.

    Args:
        requires_grad: Whether backward will fill its gradient.
        device: Where it will live.
        dtype: Its type; float32 by default.
    """

    _settled = Parameter
    _requires_grad = True


class UninitializedBuffer(Uninitialized):
    """A buffer without a shape, in a layer that has not seen an input yet.

    Args:
        requires_grad: Whether backward will fill its gradient.
        device: Where it will live.
        dtype: Its type; float32 by default.
    """

    _settled = Tensor

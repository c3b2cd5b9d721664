"""Containers of parameters: a list and a dict whose tensors the module that holds them owns."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, KeysView
from operator import index as as_index
from typing import Any, TypeVar, overload

from mocrograd.nn.container import pairs
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor

List = TypeVar("List", bound="ParameterList")
Dict = TypeVar("Dict", bound="ParameterDict")


def _owned(value: Any) -> Any:
    """Return what a container keeps: tensors become parameters, other objects stay."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _line(key: Any, value: Any, kind: Any) -> str:
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    size = "x".join(map(str, value.shape))
    where = "" if value.device.type == "cpu" else f" ({value.device})"
    return f"  ({key}): Parameter containing: [{kind} of size {size}{where}]"


class ParameterList(Module):
    """A list whose tensors are parameters; other objects may stand in it too.

    Args:
        values: What it holds at first; nothing by default.

    Example:
        >>> import mocrograd as mg
        >>> params = mg.nn.ParameterList([mg.ones(2), mg.ones(3)])
        >>> [name for name, _ in params.named_parameters()]
        ['0', '1']
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        """Register the values under their positions."""
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name(self, position: int) -> str:
        number = as_index(position)
        if not -self._size <= number < self._size:
            raise IndexError(f"index {position} is out of range for {self._size} values")
        return str(number % self._size)

    @overload
    def __getitem__(self, position: int) -> Any: ...
    @overload
    def __getitem__(self: List, position: slice) -> List: ...
    def __getitem__(self, position: int | slice) -> Any:
        """Return one value, or a list of those of a slice."""
        if isinstance(position, slice):
            return type(self)(list(self)[position])
        return self.__dict__[self._name(position)]

    def __setitem__(self, position: int, param: Any) -> None:
        """Replace one value."""
        setattr(self, self._name(position), _owned(param))

    def __len__(self) -> int:
        """Count the values."""
        return self._size

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the values."""
        return iter([self.__dict__[str(position)] for position in range(self._size)])

    def __iadd__(self: List, values: Iterable[Any]) -> List:
        """Add values at the end."""
        return self.extend(values)

    def append(self: List, value: Any) -> List:
        """Add one value at the end; return the list."""
        setattr(self, str(self._size), _owned(value))
        self._size += 1
        return self

    def extend(self: List, values: Iterable[Any]) -> List:
        """Add values at the end; return the list.

        Raises:
            TypeError: `values` cannot be iterated over, or is one tensor.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"ParameterList.extend expected an iterable, but got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """Show a line for each value."""
        return "\n".join(_line(k, p, getattr(p, "dtype", None)) for k, p in enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a list of parameters computes nothing."""
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(Module):
    """A dict whose tensors are parameters; other objects may stand in it too.

    Args:
        parameters: A mapping of names to values, or an iterable of pairs; a plain dict is taken in the order of its
            sorted names, as in torch.

    Example:
        >>> import mocrograd as mg
        >>> params = mg.nn.ParameterDict({"left": mg.ones(2), "right": mg.ones(3)})
        >>> [name for name, _ in params.named_parameters()]
        ['left', 'right']
    """

    def __init__(self, parameters: Any = None) -> None:
        """Register the values under their names."""
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        """Return the value of that name.

        Raises:
            AttributeError: There is none.
        """
        return getattr(self, _text(key))

    def __setitem__(self, key: str, value: Any) -> None:
        """Set the value of that name.

        Raises:
            KeyError: The name is empty, has a dot, or is taken by an attribute.
            TypeError: The name is no string.
        """
        value = _owned(value)
        if isinstance(value, Parameter):
            if key in self._keys and key not in self._parameter_names:
                delattr(self, key)
            self.register_parameter(_text(key), value)
        else:
            setattr(self, _text(key), value)
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        """Remove the value of that name."""
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        """Count the values."""
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        """Iterate over the names, last first."""
        return reversed(list(self._keys))

    def __contains__(self, key: str) -> bool:
        """Whether there is a value of that name."""
        return key in self._keys

    def copy(self) -> ParameterDict:
        """Return a dict of the same parameters."""
        return ParameterDict(OrderedDict(self.items()))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of that name; where there is none, set it first."""
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Remove all values."""
        for key in list(self._keys):
            del self[key]

    def pop(self, key: str) -> Any:
        """Remove the value of that name and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the value that came last and return it with its name."""
        if not self._keys:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(self))
        return key, self.pop(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of that name, or else the default."""
        return self[key] if key in self._keys else default

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Return a dict with these names and one value for all."""
        return ParameterDict((key, default) for key in keys)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._keys.keys()

    def items(self) -> list[tuple[str, Any]]:
        """Return names and values."""
        return [(key, self[key]) for key in self._keys]

    def values(self) -> list[Any]:
        """Return the values."""
        return [self[key] for key in self._keys]

    def update(self, parameters: Any) -> None:
        """Set values from a mapping, or from an iterable of pairs.

        Raises:
            TypeError: It is neither.
            ValueError: A pair has another length.
        """
        named = pairs("ParameterDict.update", parameters)
        for key, value in sorted(named, key=lambda pair: pair[0]) if type(parameters) is dict else named:
            self[key] = value

    def __or__(self, other: Any) -> ParameterDict:
        """Return a dict of the values of both; those of `other` win."""
        copy = self.copy()
        copy.update(other)
        return copy

    def __ror__(self, other: Any) -> Any:
        """Return a copy of `other` with these values."""
        copy = other.copy()
        copy.update(self)
        return copy

    def __ior__(self: Dict, other: Any) -> Dict:
        """Set the values of another mapping."""
        self.update(other)
        return self

    def extra_repr(self) -> str:
        """Show a line for each value."""
        return "\n".join(_line(k, p, p.type() if isinstance(p, Tensor) else None) for k, p in self.items())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a dict of parameters computes nothing."""
        raise RuntimeError("ParameterDict should not be called.")


def _text(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"Index given to ParameterDict must be a string, got {type(key).__name__}")
    return key

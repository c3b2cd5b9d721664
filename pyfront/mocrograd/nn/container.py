"""Containers of modules and of parameters: a chain, lists and dicts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from operator import index as as_index
from typing import Any, TypeVar, overload

from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor

__all__ = [
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "Sequential",
]

Self = TypeVar("Self", bound="_Sequence")


class _Sequence(Module):
    """List behaviour over submodules; those without names of their own are called "0", "1", ..."""

    def _name(self, position: int) -> str:
        size = len(self)
        if not -size <= as_index(position) < size:
            raise IndexError(f"index {position} is out of range for {size} modules")
        return self._module_names[position]

    def _refill(self, modules: Iterable[Module]) -> None:
        for name in self._module_names:
            delattr(self, name)
        for position, module in enumerate(modules):
            self.add_module(str(position), module)

    @overload
    def __getitem__(self, position: int) -> Module: ...
    @overload
    def __getitem__(self: Self, position: slice) -> Self: ...
    def __getitem__(self, position: int | slice) -> Any:
        """Return one module, or a container of the same kind with the modules of a slice."""
        if isinstance(position, slice):
            kind: Any = type(self)
            return kind(OrderedDict((name, self.__dict__[name]) for name in self._module_names[position]))
        module: Module = self.__dict__[self._name(position)]
        return module

    def __setitem__(self, position: int, module: Module) -> None:
        """Replace one module."""
        setattr(self, self._name(position), module)

    def __delitem__(self, position: int | slice) -> None:
        """Remove modules; the others are renumbered."""
        names = self._module_names[position] if isinstance(position, slice) else (self._name(position),)
        kept = [self.__dict__[name] for name in self._module_names if name not in names]
        self._refill(kept)

    def __len__(self) -> int:
        """Count the modules."""
        return len(self._module_names)

    def __iter__(self) -> Iterator[Module]:
        """Iterate over the modules in order."""
        return iter([self.__dict__[name] for name in self._module_names])

    def append(self: Self, module: Module) -> Self:
        """Add one module at the end; return the container."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: Self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; return the container.

        Raises:
            TypeError: `modules` cannot be iterated over, or holds something else.
        """
        if not isinstance(modules, Iterable):
            raise TypeError(f"{type(self).__name__}.extend expected an iterable, but got {type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def pop(self, key: int | slice) -> Module:
        """Remove one module, or those of a slice, and return it, or a container of them."""
        module: Module = self[key]
        del self[key]
        return module

    def insert(self: Self, index: int, module: Module) -> Self:
        """Put a module before position `index`; return the container."""
        modules = list(self)
        modules.insert(index, module)
        self._refill(modules)
        return self


class Sequential(_Sequence):
    """Calls its modules one after the other, each with the output of the one before.

    Args:
        args: Modules, or one mapping of names to modules.

    Example:
        >>> import mocrograd as mg
        >>> net = mg.nn.Sequential(mg.nn.Linear(2, 16), mg.nn.ReLU(), mg.nn.Linear(16, 1))
        >>> net(mg.ones(5, 2)).shape
        mocrograd.Size([5, 1])
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        by_name = len(args) == 1 and isinstance(args[0], Mapping)
        for name, module in args[0].items() if by_name else enumerate(args):
            self.add_module(str(name), module)

    def insert(self, index: int, module: Module) -> Sequential:
        """Put a module before position `index`; return the container.

        Raises:
            AssertionError: `module` is no Module.
            IndexError: There is no such position.
        """
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}, got {type(module).__name__}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index} for {len(self)} modules")
        return super().insert(index, module)

    def __add__(self, other: Sequential) -> Sequential:
        """Return a container of the modules of both; they are shared, not copied."""
        return Sequential(*self, *_sequential(other))

    def __iadd__(self, other: Sequential) -> Sequential:
        """Add the modules of another container at the end."""
        return self.extend(_sequential(other))

    def __mul__(self, other: int) -> Sequential:
        """Return a container that calls the modules `other` times over; they are shared, not copied."""
        return Sequential(*(list(self) * self._times(other)))

    __rmul__ = __mul__

    def __imul__(self, other: int) -> Sequential:
        """Call the modules `other` times over."""
        return self.extend(list(self) * (self._times(other) - 1))

    def _times(self, factor: int) -> int:
        if not isinstance(factor, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(factor)}")
        if factor <= 0:
            raise ValueError(f"Non-positive multiplication factor {factor} for {type(self)}")
        return factor

    def forward(self, input: Any) -> Any:
        """Return the output of the last module; the input itself when there are no modules."""
        members = self.__dict__
        for name in self._module_names:
            input = members[name](input)
        return input


def _sequential(other: Any) -> Sequential:
    if not isinstance(other, Sequential):
        raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
    return other


class ModuleList(_Sequence):
    """A list of modules whose parameters belong to the module that holds the list; it has no forward.

    Args:
        modules: The modules; none by default.

    Example:
        >>> import mocrograd as mg
        >>> layers = mg.nn.ModuleList([mg.nn.Linear(2, 2) for _ in range(3)])
        >>> len(layers), sum(p.numel() for p in layers.parameters())
        (3, 18)
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)

    def __getitem__(self, position: Any) -> Any:
        """Return one module, or a ModuleList of the modules of a slice."""
        if isinstance(position, slice):
            return type(self)(list(self)[position])
        return super().__getitem__(position)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        """Return a list of these modules and others; they are shared, not copied."""
        return ModuleList([*self, *other])

    def __iadd__(self, modules: Iterable[Module]) -> ModuleList:
        """Add modules at the end."""
        return self.extend(modules)

    def __repr__(self) -> str:
        """Show the modules, neighbours of one text together."""
        runs: list[tuple[int, int, str]] = []
        for position, text in enumerate(map(repr, self)):
            if runs and runs[-1][2] == text:
                runs[-1] = (runs[-1][0], position, text)
            else:
                runs.append((position, position, text))
        lines = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        inner = "".join("\n  " + line.replace("\n", "\n  ") for line in lines)
        return f"{type(self).__name__}({inner}" + ("\n)" if lines else ")")


def pairs(name: str, values: Any) -> Iterator[tuple[str, Any]]:
    """Iterate over the keys and values of a mapping or of an iterable of pairs.

    Args:
        name: Who asks, for messages.
        values: The mapping, or the pairs.

    Raises:
        TypeError: It, or one of the pairs, cannot be iterated over.
        ValueError: A pair has another length.
    """
    if not isinstance(values, Iterable):
        raise TypeError(f"{name} expected an iterable of key/value pairs, but got {type(values).__name__}")
    if hasattr(values, "items"):
        yield from list(values.items())
        return
    for number, pair in enumerate(values):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{name}: element #{number} should be Iterable; is {type(pair).__name__}")
        both: Any = pair
        if len(both) != 2:
            raise ValueError(f"{name}: element #{number} has length {len(both)}; 2 is required")
        yield both[0], both[1]


class ModuleDict(Module):
    """Modules by name, whose parameters belong to the module that holds the dict; it has no forward.

    Args:
        modules: A mapping of names to modules, or an iterable of pairs; none by default.

    Example:
        >>> import mocrograd as mg
        >>> choices = mg.nn.ModuleDict({"relu": mg.nn.ReLU(), "line": mg.nn.Linear(2, 2)})
        >>> list(choices.state_dict())
        ['line.weight', 'line.bias']
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        """Return the module of that name."""
        module: Module = self._modules[key]
        return module

    def __setitem__(self, key: str, module: Module) -> None:
        """Set the module of that name."""
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        """Remove the module of that name."""
        del self._modules[key]

    def __len__(self) -> int:
        """Count the modules."""
        return len(self._module_names)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._module_names)

    def __contains__(self, key: str) -> bool:
        """Whether there is a module of that name."""
        return key in self._module_names

    def clear(self) -> None:
        """Remove all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Remove the module of that name and return it."""
        module = self[key]
        del self[key]
        return module

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Module]:
        """Return names and modules."""
        return self._modules.items()

    def values(self) -> ValuesView[Module]:
        """Return the modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Set modules from a mapping, or from an iterable of pairs.

        Raises:
            TypeError: It is neither, or a value is no module.
            ValueError: A pair has another length.
        """
        for key, module in pairs("ModuleDict.update", modules):
            self[key] = module


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
        return "\n".join(_line(k, p, p.type() if isinstance(p, Tensor) else None) for k, p in self.items())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a dict of parameters computes nothing."""
        raise RuntimeError("ParameterDict should not be called.")


def _text(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"Index given to ParameterDict must be a string, got {type(key).__name__}")
    return key

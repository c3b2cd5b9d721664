"""Containers: modules that hold modules in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import index as as_index
from typing import Any, TypeVar, overload

from mocrograd.nn.module import Module

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
    def __getitem__(self, position: int | slice) -> Module:
        """Return one module, or a container of the same kind with the modules of a slice."""
        if isinstance(position, slice):
            part = type(self)()
            for name in self._module_names[position]:
                part.add_module(name, self.__dict__[name])
            return part
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
        """Add modules at the end; return the container."""
        for module in list(modules):
            self.append(module)
        return self

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
        """Register the modules under their names or positions."""
        super().__init__()
        by_name = len(args) == 1 and isinstance(args[0], Mapping)
        for name, module in args[0].items() if by_name else enumerate(args):
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """Return the output of the last module; the input itself when there are no modules."""
        members = self.__dict__
        for name in self._module_names:
            input = members[name](input)
        return input


class ModuleList(_Sequence):
    """A list of modules whose parameters belong to the module that holds the list; it has no forward.

    Args:
        modules: The modules; none by default.
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        """Register the modules under their positions."""
        super().__init__()
        self.extend(() if modules is None else modules)

    def __getitem__(self, position: Any) -> Any:
        """Return one module, or a ModuleList of the modules of a slice."""
        if isinstance(position, slice):
            return type(self)(list(self)[position])
        return super().__getitem__(position)

"""Views of a Module's members, which are its attributes."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mocrograd.nn.module import Module


class Members(MutableMapping[str, Any]):
    """The members of one kind of one module, name to value, in the order of registration."""

    __slots__ = ("_kind", "_module")

    def __init__(self, module: Module, kind: str) -> None:
        """View the members of one kind of a module."""
        self._module, self._kind = module, kind

    def _names(self) -> tuple[str, ...]:
        names: tuple[str, ...] = self._module.__dict__[self._kind]
        return names

    def __getitem__(self, name: str) -> Any:
        """Return the member of that name."""
        if name not in self._names():
            raise KeyError(name)
        return self._module.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Set the member; a new name is registered."""
        self._module._set_member(self._kind, name, value)

    def __delitem__(self, name: str) -> None:
        """Remove the member from the module."""
        if name not in self._names():
            raise KeyError(name)
        delattr(self._module, name)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names())

    def __len__(self) -> int:
        """Count the names."""
        return len(self._names())

    def __repr__(self) -> str:
        """Show the members as a dict."""
        return repr(dict(self))

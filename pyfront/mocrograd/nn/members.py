"""What a Module keeps beside its attributes: views of its members, hooks, and the report of a load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

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


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class IncompatibleKeys(_Keys):
    """What `load_state_dict` did not find in the state, and what it had no use for."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Say in words when every key matched."""
        return super().__repr__() if self.missing_keys or self.unexpected_keys else "<All keys matched successfully>"


class Hooks:
    """The hooks of one module, in the order of registration."""

    def __init__(self) -> None:
        """Start with none."""
        self.before: dict[int, Callable[..., Any]] = {}
        self.after: dict[int, Callable[..., Any]] = {}
        self.registered = 0


class RemovableHandle:
    """Removes its hook again; usable as a context manager."""

    def __init__(self, module: Module, hooks: dict[int, Callable[..., Any]], key: int) -> None:
        """Remember which hook of which module to remove."""
        self._module, self._hooks, self._key = module, hooks, key

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        self._hooks.pop(self._key, None)
        hooks = self._module._hooks
        if hooks is not None and not hooks.before and not hooks.after:
            self._module._hooks = None

    def __enter__(self) -> RemovableHandle:
        """Return the handle."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the hook."""
        self.remove()

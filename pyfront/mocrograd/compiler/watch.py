"""Watched containers: the contents of a list, dict, object, class or function, and whether they have changed."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from mocrograd import backend

# The kinds of mojo_kernels/python/watch.mojo, which compares contents by identity.
LIST, DICT, ITEMS, TRUTH, CELL, INSTANCE, CLASS, FUNCTION = (
    backend.WATCH_KINDS.index(name)
    for name in ("LIST", "DICT", "ITEMS", "TRUTH", "CELL", "INSTANCE", "CLASS", "FUNCTION")
)
PLAIN = (int, float, complex, str, bytes, bool, type(None))
MISSING = object()


def same(a: Any, b: Any) -> bool:
    """Return whether two watched values are the same: one object, or equal plain values of one type."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, (float, complex)):
        return repr(a) == repr(b)  # tells 0.0 from -0.0, and nan is nan
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return isinstance(a, PLAIN) and bool(a == b)


def flat(items: Iterable[tuple[Any, Any]]) -> tuple[Any, ...]:
    """Return keys and values, alternating."""
    return tuple([x for item in items for x in item])


@dataclass(eq=False)
class Watch:
    """A container and its contents when it was last looked at.

    Attributes:
        kind: What it is.
        container: The container itself.
        name: Its name, for explanations.
        keys: The keys that count, of `ITEMS` and `TRUTH`.
        contents: What it held, as mojo_kernels/python/watch.mojo has it.
    """

    kind: int
    container: Any
    name: str
    keys: tuple[Any, ...] = ()
    contents: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Look for the first time."""
        self.contents = self.look()

    def look(self) -> tuple[Any, ...]:
        """Return the present contents of the container."""
        return _LOOK[self.kind](self.container, self.keys)

    def difference(self) -> str | None:
        """Return the name of a content that has changed, or None."""
        now, before = self.look(), self.contents
        if self.kind == LIST:
            return None if len(now) == len(before) and all(map(same, now, before)) else self.name
        if self.kind in (CELL, FUNCTION):
            return None if same(now, before) else self.name
        first = 1 if self.kind == INSTANCE else 0
        if now[:first] != before[:first]:
            return f"the class of {self.name}"
        old, new = (dict(zip(c[first::2], c[first + 1 :: 2])) for c in (before, now))
        for key in (*old, *new):
            if not same(old.get(key, MISSING), new.get(key, MISSING)):
                return self._name_of(key)
        return f"the order of {self.name}" if self.kind == DICT and list(old) != list(new) else None

    def _name_of(self, key: Any) -> str:
        if self.kind == ITEMS and not self.name:
            return str(key)
        if isinstance(key, str) and self.kind != TRUTH:
            return f"{self.name}.{key}" if self.name else key
        return f"{self.name}[{key!r}]"


def _cell(cell: Any, _: Any) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:  # not assigned yet
        return ()


_LOOK: tuple[Callable[[Any, tuple[Any, ...]], tuple[Any, ...]], ...] = (
    lambda items, _: tuple(items),
    lambda items, _: flat(dict.items(items)),
    lambda items, keys: flat((key, items[key]) for key in keys if key in items),
    lambda items, keys: flat((key, bool(items[key])) for key in keys if key in items),
    _cell,
    lambda instance, _: (type(instance), *flat(vars(instance).items())),
    lambda cls, _: flat(vars(cls).items()),
    lambda f, _: (f.__code__, f.__defaults__, f.__kwdefaults__),
)


@dataclass(eq=False)
class Copy:
    """A value without Python items, such as an array, and a copy of its content."""

    take: Callable[[], tuple[Any, ...]]
    name: str
    contents: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Look for the first time."""
        self.contents = self.take()

    def difference(self) -> str | None:
        """Return the name of the value where it has changed, else None."""
        return None if same(self.take(), self.contents) else self.name


def is_class_of_python(cls: type, extensions: Callable[[str], bool]) -> bool:
    """Return whether a class was made by a class statement, so that all its objects' state is in Python's hands."""
    heap_type = 1 << 9
    return bool(cls.__flags__ & heap_type) and not extensions(cls.__module__)


DESCRIPTORS = (
    types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType, types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
)  # fmt: skip

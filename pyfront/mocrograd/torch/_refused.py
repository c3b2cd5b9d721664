"""What stands for machinery of torch that is not here: names for imports and `isinstance`, errors for calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


def refused(name: str, instead: str) -> Callable[..., Any]:
    """Return a function that raises NotImplementedError.

    Args:
        name: What torch calls it, with its module.
        instead: Why there is none, and what to use.
    """

    def function(*args: Any, **options: Any) -> NoReturn:
        raise NotImplementedError(f"{name} is not available: {instead}")

    function.__name__ = function.__qualname__ = name.rpartition(".")[2]
    function.__doc__ = f"Raise NotImplementedError: {instead}"
    return function


class Absent:
    """A base of classes that nothing is an instance of; making one raises NotImplementedError."""

    _instead = "it has no counterpart here"

    def __init__(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} is not available: {self._instead}")

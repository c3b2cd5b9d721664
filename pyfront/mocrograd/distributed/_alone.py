"""A base of what needs several processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

_WHY = "tensors and modules are not cut among processes; nn.parallel.DistributedDataParallel trains copies"


class NeedsProcesses:
    """A base of classes that nothing is an instance of: they need several processes, of which there is one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise RuntimeError(f"{type(self).__name__}: {_WHY}")


def needs_processes(name: str) -> Callable[..., Any]:
    """Return a function that raises RuntimeError."""

    def function(*args: Any, **options: Any) -> NoReturn:
        raise RuntimeError(f"{name}: {_WHY}")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raise RuntimeError: {_WHY}."
    return function

"""`torch.ops`: the operations of `torch.library` by namespace, and the library's own functions as `torch.ops.aten`."""

from __future__ import annotations

from typing import Any

import mocrograd
from mocrograd.torch import library
from mocrograd.torch._refused import refused

loaded_libraries: set[str] = set()
load_library = refused("torch.ops.load_library", "compiled extensions of torch cannot run without torch")


class _Overloads:
    """A function of the library under the names that torch gives its forms."""

    def __init__(self, name: str, function: Any) -> None:
        self.__name__ = name
        self._function = function

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._function(*args, **options)

    def overloads(self) -> list[str]:
        """Return the names of its forms, all of which are the function."""
        return ["default", "Tensor", "Scalar"]

    def __getattr__(self, form: str) -> Any:
        if form.startswith("__"):
            raise AttributeError(form)
        return self._function


class _Namespace:
    """The operations of a namespace as attributes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        found = library.find(f"{self.name}::{name}")
        if found is not None:
            return found
        for home in (mocrograd, mocrograd.nn.functional) if self.name == "aten" else ():
            if not name.startswith("__") and callable(function := getattr(home, name, None)):
                return _Overloads(name, function)
        raise AttributeError(
            f"'_OpNamespace' '{self.name}' object has no attribute '{name}': torch.library defines none, and "
            "extensions compiled against torch cannot run without it"
        )


def __getattr__(name: str) -> Any:
    """Give a namespace."""
    if name.startswith("__"):
        raise AttributeError(name)
    found = globals()[name] = _Namespace(name)
    return found

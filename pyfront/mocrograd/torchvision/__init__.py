"""`torchvision` as programs import it: the library's data sets and transforms, pictures from tensors, some models.

What torchvision compiles against torch (most of `torchvision.ops`, `torchvision.io`) is not here: its import says so.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.29.1"
"""The version of torchvision whose names and behaviour the modules follow."""

_MODULES = {
    "datasets": "mocrograd.datasets",
    "models": "mocrograd.torchvision.models",
    "transforms": "mocrograd.transforms",
    "utils": "mocrograd.torchvision.utils",
}
_COMPILED = ("io", "ops")


def __getattr__(name: str) -> Any:
    """Import a module at its first use.

    Raises:
        AttributeError: There is no such module here.
    """
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _COMPILED:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'torchvision' has no attribute {name!r}; mocrograd's has {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})

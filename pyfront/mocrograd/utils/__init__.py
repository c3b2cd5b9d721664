"""Utilities beside the layers: loading data, checkpoints of activations, trees, and what scripts ask torch for."""

import typing
from importlib import import_module

if typing.TYPE_CHECKING:
    from mocrograd.utils import checkpoint as checkpoint
    from mocrograd.utils import data as data

_MODULES = {"_pytree", "checkpoint", "data", "hooks"}


def __getattr__(name: str) -> typing.Any:
    """Import a module at its first use: the loader needs much of Python's library."""
    if name in _MODULES:
        return import_module(f"mocrograd.utils.{name}")
    raise AttributeError(f"module 'mocrograd.utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})

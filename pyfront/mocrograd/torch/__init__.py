"""`torch` as programs written for it import it: mocrograd, and what only they need.

A name is looked up here first, then in `mocrograd`. Modules of this package (`torch.jit`, `torch.fx`, ...) stand for
machinery of torch that has no counterpart in the library itself: each one does what a program on one machine needs of
it, or raises an error that says what to use instead.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import mocrograd
from mocrograd.torch._C import PyTorchFileReader as PyTorchFileReader

__version__ = "2.13.0"
"""The version of torch whose names, arguments and behaviour the library follows."""


def __getattr__(name: str) -> Any:
    """Import a module of this package, or give what `mocrograd` has under the name."""
    if not name.startswith("__") and find_spec(f"{__name__}.{name}") is not None:
        return import_module(f"{__name__}.{name}")
    try:
        return getattr(mocrograd, name)
    except AttributeError as error:
        raise AttributeError(str(error).replace("module 'mocrograd'", "module 'torch'"), name=name) from None


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(mocrograd)})

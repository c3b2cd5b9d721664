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
from mocrograd.torch.torch_version import __version__ as __version__


def __getattr__(name: str) -> Any:
    """Import a module of this package, or give what `mocrograd` has under the name; keep it for the next time."""
    if not name.startswith("__") and find_spec(f"{__name__}.{name}") is not None:
        return import_module(f"{__name__}.{name}")
    try:
        found = globals()[name] = getattr(mocrograd, name)
    except AttributeError as error:
        raise AttributeError(str(error).replace("module 'mocrograd'", "module 'torch'"), name=name) from None
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(mocrograd)})

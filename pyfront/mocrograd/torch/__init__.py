"""`torch` as programs written for it import it: mocrograd, and what only they need.

A name is looked up here first, then in `mocrograd`. Modules of this package (`torch.jit`, `torch.fx`, ...) stand for
machinery of torch that has no counterpart in the library itself: each one does what a program on one machine needs of
it, or raises an error that says what to use instead.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import mocrograd
from mocrograd.torch import _foreach, missing
from mocrograd.torch._C import DisableTorchFunction as DisableTorchFunction
from mocrograd.torch._C import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass
from mocrograd.torch._C import PyTorchFileReader as PyTorchFileReader
from mocrograd.torch._C import ScriptModule as ScriptModule
from mocrograd.torch._toplevel import *  # noqa: F403
from mocrograd.torch.torch_version import __version__ as __version__


def __getattr__(name: str) -> Any:
    """Import a module of this package, or give what `mocrograd` has under the name; keep it for the next time."""
    found: Any
    if not name.startswith("__") and find_spec(f"{__name__}.{name}") is not None:
        found = import_module(f"{__name__}.{name}")
    elif hasattr(mocrograd, name):
        found = globals()[name] = getattr(mocrograd, name)
    elif name.startswith(_foreach.PREFIX) and (each := _foreach.function(name)) is not None:
        found = globals()[name] = each
    else:
        raise AttributeError(name) if name.startswith("__") else missing.error(name, sys._getframe(1))
    if isinstance(found, ModuleType):
        missing.attach(found, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(mocrograd)})

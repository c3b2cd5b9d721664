"""Finds what a recorded run asks of the outside world: clocks, files, the environment, randomness, printing.

No guard can watch these, so a function that uses them runs eagerly. While a run is recorded, every call of a C function
is checked. It must be known to depend on its arguments alone, or to change only values that guards watch
(reachable.py). The package reports its own calls through `recording` and is trusted otherwise, except with clocks. The
use of random numbers shows afterwards, in a changed state of their generator.
"""

from __future__ import annotations

import random
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mocrograd.compiler.reachable import stream_state

_TRUSTED = {
    "builtins", "math", "cmath", "operator", "_operator", "itertools", "functools", "_functools", "collections",
    "_collections", "_collections_abc", "array", "struct", "_struct", "bisect", "_bisect", "heapq", "_heapq", "re",
    "_sre", "_abc", "abc", "weakref", "_weakref", "_weakrefset", "warnings", "_warnings", "sys", "_string",
    "string", "json", "_json", "_statistics", "statistics", "unicodedata", "zlib", "binascii", "hashlib",
    "_hashlib", "_codecs", "decimal", "_decimal", "fractions", "datetime", "_datetime", "types", "_types", "typing",
    "_typing", "enum", "copy", "copyreg", "_copyreg", "dataclasses", "inspect", "random", "_random", "numpy",
    "mocrograd",
}  # fmt: skip
"""The modules whose functions and types of C depend on their arguments alone, but for those of `_ASKING`."""
_ASKING = {
    "builtins": {"input", "open", "print", "exec", "eval", "compile", "globals", "locals", "breakpoint", "__import__"},
    "datetime": {"now", "today", "utcnow"},
    "numpy": {"fromfile"},
    "sys": {"exit", "setprofile", "settrace", "set_asyncgen_hooks", "setrecursionlimit"},
}
_ENVIRONMENT = {"__getitem__", "__setitem__", "__delitem__", "__iter__", "__len__", "getenv", "putenv", "unsetenv"}
_CLOCKS = {"time", "posix"}


class Outside:
    """Watches the calls of C functions while it is entered.

    Args:
        give_up: Takes what was found, the first time as a reason.
        streams: Generators of random numbers: a name, and what tells their state.
    """

    def __init__(self, give_up: Callable[[str], None], streams: Iterable[tuple[str, Callable[[], Any]]]) -> None:
        self._give_up = give_up
        self._streams = [
            ("Python's random module", lambda: stream_state(random._inst)),
            ("numpy.random", lambda: stream_state(np.random.mtrand._rand)),
            *streams,
        ]

    def __enter__(self) -> None:
        self._before = [state() for _, state in self._streams]
        self._other = sys.getprofile()
        sys.setprofile(self._look)

    def __exit__(self, *error: object) -> None:
        """Stop, and see which generators moved."""
        if self._other is None or callable(self._other):
            sys.setprofile(self._other)
        else:  # before Python 3.12 it is cProfile's object
            sys.setprofile(None)
            self._other.enable()
        for (name, state), before in zip(self._streams, self._before):
            if state() != before:
                self._give_up(f"it draws from {name}")

    def _look(self, frame: types.FrameType, event: str, function: Any) -> None:
        if event == "c_call":
            reason = _asks(function, _root(frame.f_globals.get("__name__")))
            if reason:
                self._give_up(reason)
        elif event == "call":
            code, module = frame.f_code, frame.f_globals.get("__name__")
            if module == "os" and code.co_name in _ENVIRONMENT:
                self._give_up("it reads or changes the environment")
            elif module == "random" and code.co_name == "seed" and frame.f_locals.get("a") is None:
                self._give_up("it seeds a generator of random numbers from the system")
            elif module == "logging":
                self._give_up("it writes to a log")


def _root(module: Any) -> str:
    return str(module or "").partition(".")[0]


def _asks(function: Any, caller: str) -> str:
    """Return why a call of a function of C cannot be replayed, "" where it can."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "?")
    if owner is None or isinstance(owner, types.ModuleType):
        module = _root(getattr(function, "__module__", None) or getattr(owner, "__name__", None))
        shown = name if module == "builtins" else f"{module}.{name}"
    else:
        cls = owner if isinstance(owner, type) else type(owner)
        module = _root(cls.__module__)
        shown = f"{cls.__name__}.{name}"
    if caller == "mocrograd" and module not in _CLOCKS:
        return ""
    if module in _TRUSTED and name not in _ASKING.get(module, ()):
        return ""
    if name == "print":
        return "it prints"
    if module == "time":
        return f"it reads the clock ({shown}())"
    return f"it calls {shown}(), whose result may differ from call to call"

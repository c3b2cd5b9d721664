"""What torch's names are that are not here, whether they are planned, and what to use instead.

`missing.txt` is the table; `names.txt` lists torch's public names, so that those of a newer torch are told apart. The
texts are made when somebody reads the error, because programs ask for many names only to see whether they are there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from opcode import opmap
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from mocrograd.compat.imports import NAMES, VERSION
from mocrograd.tensor import Tensor


class Subject(NamedTuple):
    """What some names have in common: a record of `missing.txt`.

    Attributes:
        text: What they are.
        planned: "planned" or "not planned".
        instead: What to use.
        names: Patterns of paths without "torch.".
    """

    text: str
    planned: str
    instead: str
    names: list[str]


@cache
def _subjects() -> list[Subject]:
    _, *records = (Path(__file__).parent / "missing.txt").read_text(encoding="utf-8").split("\n\n")
    found = []
    for text, use, *names in (record.strip().split("\n") for record in records):
        planned, _, instead = use.strip().partition("; ")
        found.append(Subject(text, planned, instead, " ".join(names).split()))
    return found


def explain(path: str) -> str:
    """Return why a name is not here: what it is, whether it is planned, and what to use instead.

    Args:
        path: Its dotted name without "torch.".

    Returns:
        A sentence without its subject. It says so of what is no name of torch.
    """
    if not _is_of_torch(path):
        return f"torch {VERSION}, whose names mocrograd has, has no such name either"
    for text, planned, instead, names in _subjects():
        if any(fnmatchcase(path, name) for name in names):
            return f"{text}, {planned}; use {instead}"
    return "a private part of torch; use what torch documents"


@cache
def _names() -> dict[str, set[str]]:
    """Return the public names of torch's modules by the modules' paths."""
    lines = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8").splitlines()
    return {path: set(found.split()) for path, _, found in (line.partition(":") for line in lines)}


def _is_of_torch(path: str) -> bool:
    """Tell whether a path is one of torch's, or in a module whose names are not listed; private names are."""
    module, rest = "", path.split(".")
    while len(rest) > 1 and f"{module}.{rest[0]}".lstrip(".") in _names():
        module = f"{module}.{rest.pop(0)}".lstrip(".")
    return rest[0].startswith("_") or rest[0] in _names()[module]


class MissingName(AttributeError):
    """A name of torch that is not here; its text is made when it is read.

    Args:
        path: The dotted name without "torch.".
        asker: The module that asked for it.
    """

    def __init__(self, path: str, asker: str = "") -> None:
        super().__init__(path, asker)
        self._path, self._asker = path, asker
        self.name = path.rpartition(".")[2]

    def __str__(self) -> str:
        """Return what the name is, and who asked for it where that is a package."""
        module, _, name = f"torch.{self._path}".rpartition(".")
        what = "class" if module.endswith((".Tensor", ".Module")) else "module"
        return f"{what} '{module}' has no attribute {name!r}: {explain(self._path)}{_asked_by(self._asker)}"


class MissingImport(ImportError):
    """A name of torch that `from torch import` does not find; its text is made when it is read.

    Args:
        path: The dotted name without "torch.".
        asker: The module that asked for it.
    """

    def __init__(self, path: str, asker: str = "") -> None:
        super().__init__(path, asker, name=path.rpartition(".")[2])
        self._path, self._asker = path, asker

    def __str__(self) -> str:
        """Return what the name is, and who asked for it where that is a package."""
        module, _, name = f"torch.{self._path}".rpartition(".")
        return f"cannot import name {name!r} from '{module}': {explain(self._path)}{_asked_by(self._asker)}"


def _asked_by(asker: str) -> str:
    """Return the package of a module with its version, in brackets, and nothing where there is none."""
    package = asker.partition(".")[0]
    found = metadata.packages_distributions().get(package) if package not in ("", "__main__", "mocrograd") else None
    return f" (asked for by {found[0]} {metadata.version(found[0])})" if found else ""


def error(path: str, frame: FrameType) -> Exception:
    """Return the error for a name that is not here.

    Args:
        path: The dotted name without "torch.".
        frame: Where it is asked for: `from torch import` raises ImportError, all else AttributeError.
    """
    asker = str(frame.f_globals.get("__name__", ""))
    imports = frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]
    return (MissingImport if imports else MissingName)(path, asker)


def attach(module: ModuleType, path: str) -> None:
    """Make a module explain the names that it lacks.

    Args:
        module: One of mocrograd's.
        path: What it stands for, without "torch.".
    """
    own: Callable[[str], Any] | None = module.__dict__.get("__getattr__")
    if (path not in _names() and path != "_C") or isinstance(own, _Explaining):
        return
    module.__dict__["__getattr__"] = _Explaining(own, module.__name__, path)


class _Explaining:
    """What modules answer with where they lack a name.

    Args:
        own: The module's own answer, where it has one.
        module: Its name.
        path: What it stands for, without "torch.".
    """

    def __init__(self, own: Callable[[str], Any] | None, module: str, path: str) -> None:
        self._own, self._module, self._path = own, module, path

    def __call__(self, name: str) -> Any:
        if self._own is not None:
            try:
                return self._own(name)
            except AttributeError:
                pass
        if name.startswith("__"):
            raise AttributeError(name)
        package = hasattr(sys.modules[self._module], "__path__")
        if package and find_spec(f"{self._module}.{name}") is not None:  # torch imports it at once
            return import_module(f"{self._module}.{name}")
        raise error(f"{self._path}.{name}", sys._getframe(1)) from None


class _Member:
    """A member of torch's tensors that ours lack; asking for it raises."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise MissingName(f"Tensor.{self._name}")


def explain_all() -> None:
    """Make tensors, and the modules that have been imported, explain what they lack."""
    for name in _names()["Tensor"]:
        if not hasattr(Tensor, name):
            setattr(Tensor, name, _Member(name))
    for name, module in list(sys.modules.items()):
        package, _, path = name.partition(".")
        if package == "mocrograd" and path:
            attach(module, path.removeprefix("torch."))


NAMES.explain = explain

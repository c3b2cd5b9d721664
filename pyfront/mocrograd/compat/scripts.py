"""Scripts written for torch, run as they are: `import torch` gives mocrograd."""

from __future__ import annotations

import importlib
import runpy
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any


class _Names(MetaPathFinder, Loader):
    """Finds `torch` and what is in it under the names that mocrograd's modules have."""

    def __init__(self) -> None:
        self._specs: dict[str, ModuleSpec | None] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "torch":
            return None
        ours = _ours(fullname)
        try:
            found = find_spec(ours)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise ModuleNotFoundError(f"No module named {fullname!r}: mocrograd has no {ours}", name=fullname)
        return spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(_ours(spec.name))
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            module.__spec__ = self._specs.pop(spec.name)  # importing has set the other name's


def _ours(name: str) -> str:
    """Return the name that a module of torch has here, where layers lie in `nn` itself."""
    name = "mocrograd" + name[len("torch") :]
    layers = "mocrograd.nn.modules"
    return name.replace(layers, "mocrograd.nn", 1) if name == layers or name.startswith(layers + ".") else name


def install() -> None:
    """Make `import torch` give mocrograd from here on, in the whole process.

    Raises:
        RuntimeError: torch itself has been imported already.
    """
    if any(isinstance(finder, _Names) for finder in sys.meta_path):
        return
    if "torch" in sys.modules:
        raise RuntimeError("torch has been imported already: its name is taken")
    sys.meta_path.insert(0, _Names())


def run(script: str, arguments: Sequence[str]) -> None:
    """Run a script written for torch, with mocrograd behind torch's name.

    Args:
        script: Its path.
        arguments: What it finds in `sys.argv`.

    Raises:
        FileNotFoundError: There is no such file.
    """
    path = Path(script)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {script}")
    install()
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    runpy.run_path(script, run_name="__main__")

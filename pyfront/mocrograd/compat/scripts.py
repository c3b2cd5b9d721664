"""Runs scripts written for torch, torchvision, micrograd or safetensors unchanged: their imports give mocrograd."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mocrograd.renamed import Aliases

_PACKAGES = {
    "torch": "mocrograd.torch",
    "torchvision": "mocrograd.torchvision",
    "micrograd": "mocrograd.scalar",
    "safetensors": "mocrograd.safetensors",
}
"""The packages that scripts import, and what stands for them."""


def _ours(name: str) -> str | None:
    """Return the name that a module of those packages has here, layers of torch in `nn` itself; None for others.

    Raises:
        ModuleNotFoundError: It is one that there is none of here.
    """
    package, _, rest = name.partition(".")
    if package not in _PACKAGES:
        return None
    ours = f"{_PACKAGES[package]}.{rest}" if rest else _PACKAGES[package]
    if _exists(ours):
        return ours
    ours = ours.replace(_PACKAGES[package], "mocrograd", 1)
    layers = "mocrograd.nn.modules"
    if ours == layers or ours.startswith(layers + "."):
        ours = ours.replace(layers, "mocrograd.nn", 1)
    if not _exists(ours):
        raise ModuleNotFoundError(f"No module named {name!r}: mocrograd has no {ours}", name=name)
    return ours


def _exists(module: str) -> bool:
    """Tell whether there is a module of a dotted name."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


class _Names(Aliases):
    """Finds these packages; who asks by `importlib.util.find_spec` whether torchvision is there hears no.

    Packages ask so before they use parts of torchvision that there are none of here, and have other ways without it.
    """

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return a spec where the name is one of these packages'."""
        if fullname == "torchvision" and sys._getframe(2).f_globals["__name__"] == "importlib.util":
            return None
        return super().find_spec(fullname, path, target)


_NAMES = _Names(_ours)
"""Finds these packages and what is in them under the names that mocrograd's modules have."""


def install() -> None:
    """Make `import torch`, torchvision, micrograd and safetensors give mocrograd from here on, in the whole process.

    Raises:
        RuntimeError: One of them has been imported already.
    """
    if _NAMES in sys.meta_path:
        return
    for package in _PACKAGES:
        if package in sys.modules:
            raise RuntimeError(f"{package} has been imported already: its name is taken")
    sys.meta_path.insert(0, _NAMES)


def run(script: str, arguments: Sequence[str]) -> None:
    """Run a script written for torch or micrograd, with mocrograd behind their names.

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

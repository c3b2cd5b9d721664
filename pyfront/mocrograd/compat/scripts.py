"""Runs scripts written for torch unchanged: `import torch` gives them mocrograd."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from mocrograd.serialization.renamed import Aliases


def _ours(name: str) -> str | None:
    """Return the name that a module of torch has here, where layers lie in `nn` itself; None for other modules.

    Raises:
        ModuleNotFoundError: It is a module of torch that there is none of here.
    """
    package, _, rest = name.partition(".")
    if package != "torch":
        return None
    ours = f"mocrograd.{rest}" if rest else "mocrograd"
    layers = "mocrograd.nn.modules"
    if ours == layers or ours.startswith(layers + "."):
        ours = ours.replace(layers, "mocrograd.nn", 1)
    try:
        found = find_spec(ours)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ModuleNotFoundError(f"No module named {name!r}: mocrograd has no {ours}", name=name)
    return ours


_NAMES = Aliases(_ours)
"""Finds `torch` and what is in it under the names that mocrograd's modules have."""


def install() -> None:
    """Make `import torch` give mocrograd from here on, in the whole process.

    Raises:
        RuntimeError: torch itself has been imported already.
    """
    if _NAMES in sys.meta_path:
        return
    if "torch" in sys.modules:
        raise RuntimeError("torch has been imported already: its name is taken")
    sys.meta_path.insert(0, _NAMES)


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

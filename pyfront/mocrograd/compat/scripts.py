"""Runs programs written for torch, torchvision, micrograd or safetensors unchanged: their imports give mocrograd."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from mocrograd.compat.imports import install


def run(script: str, arguments: Sequence[str]) -> None:
    """Run a script with mocrograd behind torch's name.

    Args:
        script: Its path.
        arguments: What it finds in `sys.argv`.

    Raises:
        FileNotFoundError: There is no such file.
    """
    path = Path(script)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {script}")
    install()
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    runpy.run_path(script, run_name="__main__")


def run_module(name: str, arguments: Sequence[str]) -> None:
    """Run a module as `python -m` does, with mocrograd behind torch's name.

    Args:
        name: Its dotted name.
        arguments: What it finds in `sys.argv`.
    """
    install()
    sys.argv = [name, *arguments]
    sys.path.insert(0, str(Path.cwd()))
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def run_code(code: str, arguments: Sequence[str]) -> None:
    """Run lines of Python as `python -c` does, with mocrograd behind torch's name.

    Args:
        code: The lines.
        arguments: What they find in `sys.argv`.
    """
    install()
    sys.argv = ["-c", *arguments]
    sys.path.insert(0, "")
    main = sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(code, "<string>", "exec"), main.__dict__)

"""Loads files of the package that need nothing of it: importing the package itself would need built kernels."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent


def load_file(inside: str) -> ModuleType:
    """Returns the module in a file of pyfront/mocrograd; always the same one."""
    path = ROOT / "pyfront" / "mocrograd" / inside
    name = "_package_" + path.stem
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses look for their module there
        spec.loader.exec_module(module)
    return sys.modules[name]

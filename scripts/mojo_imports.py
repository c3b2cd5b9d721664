"""Reads the imports of Mojo files: the package's own reader, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from package_files import load_file

if TYPE_CHECKING:
    from mocrograd.build.imports import closure, imported_files
else:
    _imports = load_file("build/imports.py")
    closure, imported_files = _imports.closure, _imports.imported_files

__all__ = ["closure", "imported_files"]

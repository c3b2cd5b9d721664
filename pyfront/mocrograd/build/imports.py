"""Reads the imports of Mojo files, so that a build knows the sources of an extension."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

Find = Callable[[tuple[Path, ...], str, bool], set[Path]]

_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+([^\n]*)", re.MULTILINE)
_COMMENT = re.compile(r"#[^\n]*")


def imported_names(text: str) -> list[tuple[str, list[str]]]:
    """List what a Mojo source imports.

    Returns:
        Pairs of a module as written, leading dots kept, and the names taken from it (none by `import a.b`).
    """
    text = _COMMENT.sub("", text.replace("\\\n", " "))
    found = []
    for module, names in _FROM.findall(text):
        found.append((module, [n.split()[0] for n in names.strip("() \t").split(",") if n.split()]))
    for modules in _IMPORT.findall(text):
        found += [(part.split()[0], []) for part in modules.split(",") if part.split()]
    return found


def imported_files(path: Path, root: Path, find: Find | None = None) -> set[Path]:
    """Find the files under `root` that the Mojo file `path` imports, the packages on their way included.

    Args:
        path: The file.
        root: The folder.
        find: Finds the files behind a dotted name, for callers that keep what it found.
    """
    find = find or _files_of
    found: set[Path] = set()
    for module, names in imported_names(path.read_text(encoding="utf-8", errors="replace")):
        dotted = module.lstrip(".")
        dots = len(module) - len(dotted)
        folders = (path.parents[dots - 1],) if dots else (root, path.parent)
        # A name taken from a package may itself be a module: `from mojo_kernels.runtime import loops`.
        for name in ("", *names):
            found |= find(folders, f"{dotted}.{name}".strip("."), bool(dots))
    return found - {path}


def closure(entry: Path, root: Path, *others: Path) -> list[Path]:
    """List, sorted, one or more files and every file under `root` or beside them that they import, directly or not."""
    find = cache(_files_of)
    seen: set[Path] = set()
    waiting = [entry, *others]
    for path in (entry, *others):
        # The packages that hold an entry are part of its name, so their __init__ is part of the build.
        inside = path.parent.relative_to(root).parts if path.is_relative_to(root) else ()
        waiting += _below(root, inside)
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting += [p for p in imported_files(path, root, find) if p not in seen]
    return sorted(seen)


def _files_of(folders: tuple[Path, ...], dotted: str, relative: bool) -> set[Path]:
    """Find the files behind a dotted name, looked for in folders one after the other: packages and the module."""
    parts = [part for part in dotted.split(".") if part]
    for folder in folders:
        if relative or (parts and ((folder / parts[0]).is_dir() or (folder / f"{parts[0]}.mojo").is_file())):
            return _below(folder, parts)
    return set()


def _below(base: Path, parts: Sequence[str]) -> set[Path]:
    """Find the files behind the parts of a name below `base`: each package's __init__, then the module."""
    found, folder = {base / "__init__.mojo"}, base
    for part in parts:
        found.add(folder / f"{part}.mojo")
        folder = folder / part
        found.add(folder / "__init__.mojo")
    return {p for p in found if p.is_file()}

"""Reads the imports of Mojo files, so that a build knows the sources of an extension."""

from __future__ import annotations

import re
from pathlib import Path

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


def imported_files(path: Path, root: Path) -> set[Path]:
    """Find the files under `root` that the Mojo file `path` imports, the packages on their way included."""
    found: set[Path] = set()
    for module, names in imported_names(path.read_text(encoding="utf-8")):
        base, dotted = _start(module, path, root)
        if base is None:
            continue
        parts = [p for p in dotted.split(".") if p]
        # A name taken from a package may itself be a module: `from mojo_kernels.runtime import loops`.
        for tail in [[], *([n] for n in names)]:
            found |= _files_of(base, [*parts, *tail])
    return found - {path}


def closure(entry: Path, root: Path) -> list[Path]:
    """List, sorted, the entry file and every file under `root` or beside it that it imports, directly or not."""
    seen = {entry}
    # The packages that hold the entry are part of its name, so their __init__ is part of the build.
    inside = entry.parent.relative_to(root).parts if entry.is_relative_to(root) else ()
    waiting = [entry, *_files_of(root, list(inside))]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting += [p for p in imported_files(path, root) if p not in seen]
    return sorted(seen)


def _start(module: str, path: Path, root: Path) -> tuple[Path | None, str]:
    """Split a module name into the folder that its lookup starts in and the rest of the name."""
    dotted = module.lstrip(".")
    dots = len(module) - len(dotted)
    if dots:
        return path.parents[dots - 1], dotted
    top = dotted.split(".")[0]
    for folder in (root, path.parent):
        if (folder / top).is_dir() or (folder / f"{top}.mojo").is_file():
            return folder, dotted
    return None, dotted


def _files_of(base: Path, parts: list[str]) -> set[Path]:
    """Find the files behind a dotted name below `base`: each package's __init__, then the module."""
    found, folder = {base / "__init__.mojo"}, base
    for part in parts:
        found.add(folder / f"{part}.mojo")
        folder = folder / part
        found.add(folder / "__init__.mojo")
    return {p for p in found if p.is_file()}

"""Fails where a Python or Mojo file is not formatted; with --write formats it."""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOJO = ["mojo", "format", "--quiet", "--line-length", "110"]


def mojo_files(root: Path) -> list[Path]:
    """Lists the Mojo files of the repository."""
    folders = (root / "mojo_kernels", root / "tests", root / "examples", root / "scripts")
    return sorted(p for folder in folders for p in folder.rglob("*.mojo"))


def mojo_differences(root: Path) -> list[str]:
    """Formats copies, since `mojo format` has no check mode, and returns how they differ from the files."""
    found: list[str] = []
    files = mojo_files(root)
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder, path.relative_to(root)) for path in files]
        for path, copy in zip(files, copies, strict=True):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        if files:
            subprocess.run([*MOJO, *map(str, copies)], check=True)
        for path, copy in zip(files, copies, strict=True):
            old, new = path.read_text("utf-8").splitlines(), copy.read_text("utf-8").splitlines()
            name = str(path.relative_to(root))
            found += difflib.unified_diff(old, new, name, f"{name} (formatted)", lineterm="", n=1)
    return found


def main(arguments: list[str]) -> int:
    """Checks the format, or repairs it with --write; returns 1 where a file is not formatted."""
    if "--write" in arguments:
        subprocess.run(["ruff", "format", "."], cwd=ROOT, check=True)
        files = mojo_files(ROOT)
        return subprocess.call([*MOJO, *map(str, files)]) if files else 0
    ruff = subprocess.call(["ruff", "format", "--diff", "--quiet", "."], cwd=ROOT)
    found = mojo_differences(ROOT)
    print("\n".join(found) if found else "the Mojo files are formatted")
    return 1 if ruff or found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

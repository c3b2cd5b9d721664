"""Fails on a source file that is longer than anyone wants to read."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("examples", "mojo_kernels", "pyfront", "scripts", "tests")
MOST_LINES = 500


def too_long(root: Path = ROOT) -> list[str]:
    """Lists the Python and Mojo files above the limit, with their lengths."""
    found = []
    for path in sorted(p for folder in FOLDERS for p in (root / folder).rglob("*")):
        if path.suffix in (".py", ".mojo"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > MOST_LINES:
                found.append(f"{path.relative_to(root)}: {lines} lines, at most {MOST_LINES}")
    return found


if __name__ == "__main__":
    long = too_long()
    print("\n".join(long) if long else "no file is too long")
    sys.exit(1 if long else 0)

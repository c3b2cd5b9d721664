"""Fails on a source file that is too long to read: in lines of code, or in all its lines."""

from __future__ import annotations

import io
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("examples", "mojo_kernels", "pyfront", "scripts", "tests")
MOST_CODE = 500
MOST_LINES = 800


def too_long(root: Path = ROOT) -> list[str]:
    """Lists the Python and Mojo files above a limit, with their lengths."""
    found = []
    for path in sorted(p for folder in FOLDERS for p in (root / folder).rglob("*")):
        if path.suffix in (".py", ".mojo"):
            text = path.read_text(encoding="utf-8")
            code, lines = lines_of_code(text), len(text.splitlines())
            if code > MOST_CODE:
                found.append(f"{path.relative_to(root)}: {code} lines of code, at most {MOST_CODE}")
            elif lines > MOST_LINES:
                found.append(f"{path.relative_to(root)}: {lines} lines, at most {MOST_LINES}")
    return found


def lines_of_code(text: str) -> int:
    """Counts the lines of a Python or Mojo file that hold code: no docstring, no comment, no blank line.

    Mojo's words are Python's as far as Python's tokens go, so one scanner reads both.
    """
    code: set[int] = set()
    statement: list[tokenize.TokenInfo] = []
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            if [t.type for t in statement] != [tokenize.STRING]:  # a docstring is a statement of one string
                code.update(line for t in statement for line in range(t.start[0], t.end[0] + 1))
            statement = []
        elif token.type not in skipped:
            statement.append(token)
    return len(code)


if __name__ == "__main__":
    long = too_long()
    print("\n".join(long) if long else "no file is too long")
    sys.exit(1 if long else 0)

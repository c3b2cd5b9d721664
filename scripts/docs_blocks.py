"""Runs the code blocks of pages, and writes what they print below them: docs_blocks.py [--write] PAGE...

A page is run from its top to its end, as one program:

- A block of `python` is executed. A block of `text` right behind it is what it prints; where it ends with an exception,
  the last line is its type and message. `...` in the text stands for anything.
  A comment that begins with a number behind a `print` says what that prints.
- A block of `sh` is executed line by line, where `mocrograd` is the command of this checkout.
- A block behind a paragraph that ends with the path of a file of the repository and a colon is a part of that file.
- A block of `mojo` behind a paragraph that starts with a bare file name is written to a file of that name.
- `<!-- not run: reason -->` above a block leaves it alone.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCE = re.compile(r"`([\w./]+\.(?:mojo|py))`(?:(?!\n\n)[^`])*:\s*\Z")
FILE = re.compile(r"`(\w+\.mojo)`[^`]*:\s*\Z")
NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]?\d+)?|-?\d+(?:e[-+]?\d+)?")


@dataclass
class Block:
    """A code block: its language, its text, what stands between it and the block before, and where its text is."""

    language: str
    text: str
    before: str
    start: int
    end: int


def blocks(page: str) -> list[Block]:
    """Lists the code blocks of a page."""
    found, behind = [], 0
    for match in BLOCK.finditer(page):
        found.append(Block(match[1], match[2], page[behind : match.start()], match.start(2), match.end(2)))
        behind = match.end()
    return found


def run(page: str, name: str, names: dict[str, Any] | None = None) -> str:
    """Runs the blocks of a page in the current folder, and returns the page with what they print."""
    names = {"__name__": "page"} if names is None else names
    printed, done, copied = "", [], 0
    for block in blocks(page):
        follows = block.language == "text" and not block.before.strip()
        done.append(page[copied : block.start])
        done.append(printed if follows and not same(block.text, printed) else block.text)
        copied = block.end
        printed = "" if "<!-- not run:" in block.before.rpartition("\n\n")[2] else execute(block, name, names, page)
    return "".join(done) + page[copied:]


def execute(block: Block, name: str, names: dict[str, Any], page: str) -> str:
    """Executes a block, and returns what it prints."""
    source = SOURCE.search(block.before)
    if source and (ROOT / source[1]).is_file():
        check_part(block.text, ROOT / source[1])
    elif block.language == "mojo":
        file = FILE.search(block.before)
        if file is None:
            raise ValueError(f"{name}: a block of Mojo has no file above it:\n{block.text}")
        Path(file[1]).write_text(block.text, encoding="utf-8")
    elif block.language == "sh":
        return "".join(shell(line) for line in block.text.splitlines())
    elif block.language == "python":
        return execute_python(block, name, names, raises=shows_an_error(page, block))
    return ""


def shows_an_error(page: str, block: Block) -> bool:
    """Tells whether the text behind a block ends with an exception."""
    following = re.match(r"```\n\n```text\n(.*?)^```$", page[block.end :], re.MULTILINE | re.DOTALL)
    return following is not None and bool(
        re.search(r"^[A-Z]\w*(?:Error|Iteration): .*\Z|^\?\n\Z", following[1], re.MULTILINE | re.DOTALL)
    )


def execute_python(block: Block, name: str, names: dict[str, Any], raises: bool) -> str:
    """Executes a block of Python, which may raise where it shows an error."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        try:
            exec(compile(block.text, name, "exec"), names)
        except Exception as error:
            if not raises:
                raise
            print(f"{type(error).__name__}: {error}")
    for number in re.findall(r"print\(.*\)  # (-?[\d.]+)", block.text):
        if number.rstrip(".") not in written.getvalue().split():
            raise ValueError(f"{name}: {number} is not printed, but\n{written.getvalue()}")
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def shell(line: str) -> str:
    """Runs a line of a shell, where `mocrograd` and `python` are this checkout's; returns what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "pyfront"), "PYTHONWARNINGS": "ignore"}
    program = (
        f'mocrograd() {{ "{sys.executable}" -m mocrograd "$@"; }}; python() {{ "{sys.executable}" "$@"; }}; {line}'
    )
    return subprocess.run(["bash", "-ec", program], env=environment, check=True, capture_output=True, text=True).stdout


def check_part(text: str, path: Path) -> None:
    """Raises where a text is no part of a file; `# ...` in it leaves lines out."""
    whole = path.read_text(encoding="utf-8")
    unindented = "\n".join(line.strip() for line in whole.splitlines())
    for part in re.split(r"^ *# \.\.\.\n", text, flags=re.MULTILINE):
        wanted = "\n".join(line.strip() for line in textwrap.dedent(part).strip("\n").splitlines())
        if wanted not in unindented:
            raise ValueError(f"{path.relative_to(ROOT)} does not have these lines any more:\n{part}")


def same(shown: str, printed: str) -> bool:
    """Tells whether a text is what was printed: decimals may differ by one in the last digit, `...` is anything."""
    pattern, numbers = "", []
    for piece in re.split(rf"(\.\.\.|{NUMBER.pattern})", shown.strip("\n")):
        if piece == "...":
            pattern += ".*?"
        elif NUMBER.fullmatch(piece):
            pattern += f"({NUMBER.pattern})"
            numbers.append(piece)
        else:
            pattern += re.escape(piece)
    match = re.fullmatch(pattern, printed.strip("\n"), re.DOTALL)
    return match is not None and all(near(a, b) for a, b in zip(numbers, match.groups()))


def near(shown: str, printed: str) -> bool:
    """Tells whether two numbers are equal, but for one in the last digit of decimals that is shown."""
    if "." not in shown and "e" not in shown:
        return shown == printed
    mantissa, _, exponent = shown.partition("e")
    digits = len(mantissa.partition(".")[2])
    return abs(float(shown) - float(printed)) <= 1.001 * 10.0 ** (int(exponent or 0) - digits)


def main(arguments: list[str]) -> int:
    """Runs pages; returns 1 where one shows something else than it prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true", help="write what the blocks print into the pages")
    options = parser.parse_args(arguments)
    status = 0
    for page in options.pages:
        path = page.resolve()
        text = path.read_text(encoding="utf-8")
        here = Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            new = run(text, str(page))
            os.chdir(here)
        if new != text and options.write:
            path.write_text(new, encoding="utf-8")
            print(f"{page}: written")
        elif new != text:
            print(f"{page}: does not show what it prints; --write changes it")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

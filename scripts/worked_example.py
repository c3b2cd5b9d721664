"""Proves the worked example of CONTRIBUTING.md: writes its blocks into a copy of the tree, builds, tests, counts files.

    python scripts/worked_example.py                    # every section
    python scripts/worked_example.py "A composed op"    # one of them

A block stands under a line that names its file and where it goes: "`path`, before `line`:" or "`path`, at the end:". A
line of its own says "`path`, into the list `line`: `item`". The line in a file is found by how it begins, and must be
the only one that begins so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = "CONTRIBUTING.md"
KERNELS = Path("pyfront/mocrograd/_kernels")
GENERATED = ("docs/operators.md", ".pyi")
"""How the files end that scripts write: they are not counted."""
LIMITS = {"A pointwise op": 3, "A composed op": 2, "A layer": 3, "An optimizer": 4}
"""The sections of the page, and how many files each may touch."""
ROWS = ("tests/ops/test_opcases.py", "tests/ops/test_operators.py", "tests/ops/test_degenerate.py")
TESTS: dict[str, tuple[tuple[str, ...], str]] = {
    "A pointwise op": (ROWS, "bell"),
    "A composed op": (ROWS, "root_mean_square"),
    "A layer": (ROWS, "UnitRMS"),
    "An optimizer": (("tests/optim/test_optimizers.py",), "Lion"),
}
"""The tests of each section, which its rows drive: files, and what their names contain."""

_PLACE = re.compile(
    r"^`(?P<path>[^`]+)`, (?:(?P<where>before) `(?P<before>[^`]+)`|at the end):\n\n```\w*\n(?P<block>.*?)^```$"
    r"|^`(?P<file>[^`]+)`, into the list `(?P<list>[^`]+)`: `(?P<item>[^`]+)`$",
    re.MULTILINE | re.DOTALL,
)
_CLOSING = {"[": "]", "(": ")", "{": "}"}


@dataclass(frozen=True)
class Change:
    """Text for a file.

    Attributes:
        path: The file.
        where: "before" the anchor, "into" the list that it begins, or at the "end".
        anchor: How the one line begins beside which the text goes.
        text: The lines, or the item.
    """

    path: str
    where: str
    anchor: str
    text: str

    def apply(self, root: Path) -> None:
        """Writes the text into a file of a tree.

        Raises:
            ValueError: Not one line begins like the anchor.
        """
        path = root / self.path
        old = path.read_text(encoding="utf-8")
        at = len(old)
        if self.where != "end":
            found = [m.start() for m in re.finditer(rf"^{re.escape(self.anchor)}", old, re.MULTILINE)]
            if len(found) != 1:
                raise ValueError(f"{self.path}: {len(found)} lines begin with {self.anchor!r}, expected one")
            at = found[0] if self.where == "before" else end_of_list(old, found[0])
        text = self.text
        if self.where == "into":
            inside = old[:at].rstrip()
            at = len(inside)
            text = f"{'' if inside.endswith(',') else ','} {text}"
        path.write_text(old[:at] + text + old[at:], encoding="utf-8")


def end_of_list(text: str, start: int) -> int:
    """Returns where the list closes that a line begins; the end of the line where it has no brackets."""
    line_end = text.index("\n", start)
    open_at = re.compile(r"[=t] *(?:[\w.]+)?([\[({])").search(text, start, line_end)
    if open_at is None:
        return line_end
    waiting: list[str] = []
    for at in range(open_at.start(1), len(text)):
        if text[at] in _CLOSING:
            waiting.append(_CLOSING[text[at]])
        elif waiting and text[at] == waiting[-1]:
            waiting.pop()
            if not waiting:
                return at
    raise ValueError(f"a list does not end: {text[start : start + 40]!r}")


def sections(page: str) -> dict[str, list[Change]]:
    """Reads the changes of each section of a page.

    Raises:
        ValueError: A section is missing, or a block has no line above it that says where it goes.
    """
    found = {}
    for title in LIMITS:
        body = re.search(rf"^### {re.escape(title)}$(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
        if body is None:
            raise ValueError(f"{PAGE}: there is no section {title!r}")
        found[title] = [_change(place) for place in _PLACE.finditer(body.group(1))]
        if len(re.findall("^```", body.group(1), re.MULTILINE)) != 2 * sum(c.where != "into" for c in found[title]):
            raise ValueError(f"{PAGE}: a block of {title!r} has no line above it that says where it goes")
    return found


def _change(place: re.Match[str]) -> Change:
    if place["item"]:
        return Change(place["file"], "into", place["list"], place["item"])
    return Change(place["path"], place["where"] or "end", place["before"] or "", place["block"])


def copy(target: Path) -> dict[str, bytes]:
    """Copies the tracked files and the built kernels to a folder; returns what was in the former."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    paths = [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)
    shutil.copytree(ROOT / KERNELS, target / KERNELS, dirs_exist_ok=True)
    return {path: (target / path).read_bytes() for path in paths}


def changed(root: Path, before: dict[str, bytes]) -> set[str]:
    """Lists the files that differ from what was in them, without generated ones."""
    differ = {path for path, content in before.items() if (root / path).read_bytes() != content}
    return {path for path in differ if not path.endswith(GENERATED)}


def run(root: Path, *command: str) -> None:
    """Runs Python with arguments in a tree, whose package it imports."""
    print(f"$ python {' '.join(command)}", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(root / "pyfront")}
    subprocess.run([sys.executable, *command], cwd=root, env=environment, check=True)


def prove(titles: Sequence[str]) -> int:
    """Writes sections into a copy, builds it and runs their tests; returns the number of faults in the counts."""
    found = sections((ROOT / PAGE).read_text(encoding="utf-8"))
    files = {title: {change.path for change in found[title]} for title in titles}
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        before = copy(root)
        for title in titles:
            for change in found[title]:
                change.apply(root)
        run(root, "-m", "ruff", "check", "--quiet", "--fix", ".")
        run(root, "scripts/check_format.py", "--write")
        run(root, "scripts/build_kernels.py", "--strict")
        for script in ("stubs", "operators", "check_size", "check_layers", "check_families"):
            run(root, f"scripts/{script}.py")
        tests = sorted({file for title in titles for file in TESTS[title][0]})
        names = " or ".join(TESTS[title][1] for title in titles)
        run(root, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", names)
        more = changed(root, before) - set().union(*files.values())
    for title in titles:
        count, limit = len(files[title]), LIMITS[title]
        faults += count > limit
        print(f"{title}: {count} files, {'at most' if count <= limit else 'MORE THAN'} {limit}")
    if more:
        print(f"changed besides: {', '.join(sorted(more))}")
    return faults + len(more)


def main() -> int:
    """Proves the sections that are asked for, all by default; returns 1 where one touches too many files."""
    titles = sys.argv[1:] or list(LIMITS)
    unknown = set(titles) - set(LIMITS)
    if unknown:
        print(f"no such sections: {', '.join(sorted(unknown))}; there are {', '.join(LIMITS)}")
        return 2
    return 1 if prove(titles) else 0


if __name__ == "__main__":
    sys.exit(main())

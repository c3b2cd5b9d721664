"""Fails on names and terms that the glossary replaces by others, and on prose wider than 100 columns.

docs/design.md has the glossary. A word that once stood for several things is not a name any more; `RETIRED` lists the
words, each with the names to choose from. `TERMS` lists what pages say otherwise or leave out.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = Path("pyfront/mocrograd")
KERNELS = ("mojo_kernels", "tests/mojo")
WIDTH = 100
RETIRED = {
    "place": "index, position, address, offset or device",
    "places": "indices, positions, addresses or devices",
    "walk": "engine (backward), reachable (guards) or layout_words (kernels)",
    "Walk": "Engine or Reachable",
}
RETIRED_IN_MOJO = {**RETIRED, "put": "store"}
"""Names that had several meanings, and those that have one."""
TERMS = {
    r"back-?prop\w*": "backward pass",
    r"datasets?": "data set",
    r"hyper-?parameters?": "option",
    r"mini-?batch(?:es)?": "batch",
    r"normaliz\w*": "normalise, normalisation",
    r"thread-? ?pools?": "team",
    r"utili[sz]\w*|leverag\w*": "use",
    r"blazing\w*|easily|obviously|of course|powerful|seamless\w*|simply|trivially": "a figure, or nothing",
}
"""Words of pages, as patterns, and what a page says instead."""
KNOWN = {("os", "walk"), ("ast", "walk")}
"""Attributes of others, as the name before the dot and the name behind it."""


def retired_names(root: Path = ROOT) -> Iterator[str]:
    """Yields where code has a name that was replaced, and what to choose from."""
    for path in sorted((root / CODE).rglob("*.py")):
        before = ("", "")
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            name = token.string.lstrip("_")
            if token.type == tokenize.NAME and name in RETIRED and (before[0], name) not in KNOWN:
                yield f"{path.relative_to(root)}:{token.start[0]}: {name} has several meanings, choose {RETIRED[name]}"
            before = (before[1], token.string)


def retired_mojo_names(root: Path = ROOT) -> Iterator[str]:
    """Yields where Mojo code has a name that was replaced, and what to choose from."""
    for path in sorted(p for folder in KERNELS for p in (root / folder).rglob("*.mojo")):
        text = re.sub(
            r'"""[\s\S]*?"""|"[^"\n]*"|#[^\n]*', lambda prose: "\n" * prose[0].count("\n"), path.read_text("utf-8")
        )
        for number, line in enumerate(text.splitlines(), 1):
            for name in re.findall(r"\w+", line):
                bare = name.lstrip("_")
                if bare in RETIRED_IN_MOJO:
                    where = f"{path.relative_to(root)}:{number}"
                    yield f"{where}: {bare} has several meanings, choose {RETIRED_IN_MOJO[bare]}"


def pages(root: Path) -> list[Path]:
    """Lists the pages that people write."""
    folders = ("docs", "tests", "pyfront")
    return sorted([*root.glob("*.md"), *(p for folder in folders for p in (root / folder).rglob("*.md"))])


def retired_terms(root: Path = ROOT) -> Iterator[str]:
    """Yields where a page has a term that another one replaces; code and addresses of links are left alone."""
    code = re.compile(r"^```.*?^```$|`[^`]*`|\]\([^)]*\)|^    [^\n]*$", re.MULTILINE | re.DOTALL)
    for path in pages(root):
        text = code.sub(lambda part: "\n" * part[0].count("\n"), path.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, instead in TERMS.items():
                for found in re.finditer(rf"\b(?:{pattern})\b", line, re.IGNORECASE):
                    yield f"{path.relative_to(root)}:{number}: {found[0]}: say {instead}"


def wide_prose(root: Path = ROOT) -> Iterator[str]:
    """Yields the lines of Markdown prose that are too wide; code, tables, headings and links may be wider."""
    for path in pages(root):
        fenced = False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            fenced ^= line.startswith("```")
            prose = not fenced and not re.match(r"    |\||#|>", line)
            if prose and len(line) > WIDTH and "](http" not in line:
                yield f"{path.relative_to(root)}:{number}: {len(line)} columns, at most {WIDTH}"


if __name__ == "__main__":
    faults = [*retired_names(), *retired_mojo_names(), *retired_terms(), *wide_prose()]
    print("\n".join(faults) if faults else "words keep to the glossary")
    sys.exit(1 if faults else 0)

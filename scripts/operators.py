"""Writes docs/operators.md: what each operation does, found by trying the rows of tests/opcases.

    python scripts/operators.py           # writes the table
    python scripts/operators.py --check   # fails where it is out of date

The operations are those of tests/opcases/catalogue.py, and all others that have rows. A row's name begins with the
operation's. The catalogue lists what is missing, with reasons; tests compare that list with the rows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import mocrograd as mg
from opcases import ROWS, Row, outputs, size
from opcases.catalogue import FAMILIES, HOLES
from opcases.table import ALL, FLOATS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operators.md"
MOST = 600
"""Elements of the inputs that an operation is tried on."""
HEAD = """# Operators

What each operation does, found by trying it (`scripts/run operators` writes this page; the tests
compare it). Names, arguments and semantics are torch's. *Forms*: f function, m method, i in place.
*Dtypes*: f4 f8 i8 i4 u1 b1 are float32, float64, int64, int32, uint8 and bool. *Gradient* and
*second* are first and second derivatives (\N{EN DASH}: there is none). *GPU*: kernels of its own, or
composed of such. *Compiled*: recorded and replayed by `mg.compile`.
"""
SHORT = dict(zip(ALL, ("f4", "f8", "i8", "i4", "u1", "b1"), strict=True))


@dataclass
class Found:
    """What an operation was seen to do."""

    forms: str = ""
    dtypes: set[str] = field(default_factory=set)
    gradient: bool | None = None
    second: bool | None = None
    compiled: bool | None = None


def lookup(path: str, module: Any = mg) -> Any:
    """Returns the function of a dotted name, None where there is none."""
    for part in path.split("."):
        module = getattr(module, part, None)
    return module


def forms(name: str, module: Any = mg) -> str:
    """Returns which forms an operation has: f, m, i."""
    last = name.rpartition(".")[2]
    methods = module.Tensor if "linalg" not in name else None
    return (
        ("f" if callable(lookup(name, module)) else "")
        + ("m" if hasattr(methods, last) else "")
        + ("i" if hasattr(methods, last.removesuffix("_") + "_") else "")
    )


def rows_of(name: str) -> list[Row]:
    """Returns the rows of an operation, by the first word of their names."""
    return [row for row in ROWS if row.name.split()[0] in (name, name.rpartition(".")[2])]


def case_of(row: Row) -> tuple[tuple[int, ...], ...]:
    """Returns the largest case worth a quick try."""
    fitting = [case for case in row.cases if size(case) <= MOST]
    return max(fitting or row.cases, key=size)


def leaves(row: Row, dtype: str, requires_grad: bool, module: Any = mg) -> list[Any]:
    """Returns a case's inputs in a dtype."""
    arrays = row.arrays(case_of(row), dtype)
    return [
        module.tensor(a, requires_grad=True) if requires_grad and a.dtype.kind == "f" else module.tensor(a)
        for a in arrays
    ]


def works(row: Row, dtype: str, module: Any = mg) -> bool:
    """Whether a row runs on inputs of a dtype."""
    try:
        row.call(module, *leaves(row, dtype, False, module))
    except Exception:  # whatever the reason, it does not work
        return False
    return True


def differentiates(row: Row, module: Any = mg) -> tuple[bool, bool]:
    """Whether a row has first and second derivatives."""
    inputs = leaves(row, "float64", True, module)
    floats = [x for x in inputs if x.requires_grad]
    try:
        results = [r for r in outputs(row.call(module, *inputs)) if r.requires_grad]
        if not results:
            return False, False
        totals = sum((r * r).sum() for r in results)
        found = module.autograd.grad(totals, floats, create_graph=True, allow_unused=True)
    except (NotImplementedError, RuntimeError):
        return False, False
    try:
        sum((g * g).sum() for g in found if g is not None).backward()
    except (NotImplementedError, RuntimeError):
        return True, False
    return True, True


def records(row: Row) -> bool:
    """Whether `mg.compile` replays a row."""
    inputs = leaves(row, row.dtypes[0], False)
    compiled = mg.compile(lambda *a: row.call(mg, *a), fullgraph=True)
    try:
        for _ in range(3):
            compiled(*inputs)
    except RuntimeError:
        return False
    return True


def find(name: str) -> Found:
    """Tries an operation."""
    rows = rows_of(name)
    found = Found(forms(name))
    if rows:
        found.dtypes = {d for d in ALL if any(works(row, d) for row in rows)}
        found.compiled = all(records(row) for row in rows)
        smooth = [row for row in rows if row.differentiable and not set(FLOATS).isdisjoint(row.dtypes)]
        if smooth:
            pairs = [differentiates(row) for row in smooth]
            found.gradient, found.second = all(p[0] for p in pairs), all(p[1] for p in pairs)
    return found


def names() -> Iterator[tuple[str, list[str]]]:
    """Yields families with the names of their operations; those outside of the catalogue come last."""
    known: set[str] = set()
    for family, words in FAMILIES.items():
        yield family, words.split()
        known |= {w for word in words.split() for w in (word, word.rpartition(".")[2])}
    others = {row.name.split()[0] for row in ROWS} - known
    yield "More", sorted(name for name in others if name.isidentifier() and forms(path_of(name)))


def path_of(name: str) -> str:
    """Returns where a function lives: in the package, in nn.functional or in linalg."""
    for path in (name, f"nn.functional.{name}", f"linalg.{name}"):
        if lookup(path) is not None:
            return path
    return name


def page() -> str:
    """Returns the page's text."""
    mark = {True: "yes", False: "no", None: "\N{EN DASH}"}
    lines = [HEAD]
    for family, members in names():
        lines += [f"\n## {family}\n", "| operation | forms | dtypes | gradient | second | GPU | compiled |"]
        lines.append("| --- | --- | --- | --- | --- | --- | --- |")
        for name in members:
            found = find(path_of(name))
            dtypes = " ".join(SHORT[d] for d in ALL if d in found.dtypes)
            gpu = mark[(name, "gpu") not in HOLES]
            cells = (found.forms, dtypes, mark[found.gradient], mark[found.second], gpu, mark[found.compiled])
            lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    lines.append("\n## Holes\n\nWhat torch does and mocrograd does not, with the reason.\n")
    lines += [f"- `{name}`, {what}: {reason}" for (name, what), reason in HOLES.items()]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Writes or checks the page; returns 1 where it is out of date."""
    parser = argparse.ArgumentParser(description="Write docs/operators.md.")
    parser.add_argument("--check", action="store_true", help="only compare")
    text = page()
    if parser.parse_args().check:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print(
            "docs/operators.md is up to date"
            if current
            else "docs/operators.md is out of date: run scripts/run operators"
        )
        return 0 if current else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Tail calls in Mojo's LLVM that get memory of the caller's stack, which a tail call gives back before it runs.

Mojo marks a call `tail` where no argument is a pointer of any origin, and does not follow an address through an integer:
a function that gets the address of a `stack_allocation` as an Int, or as a pointer of untracked origin, may read memory
that its own frame has overwritten. Such a call passes a pointer of any origin, or is inlined.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

VALUE = re.compile(r"%[\w.]+")
STORE = re.compile(r"store (?P<value>.*), ptr (?P<slot>%[\w.]+)(?:, align.*)?$")
FLOWS = (
    "ptrtoint",
    "inttoptr",
    "getelementptr",
    "add",
    "sub",
    "phi",
    "select",
    "insertvalue",
    "extractvalue",
    "freeze",
)
"""Instructions whose result is, or holds, an address where an operand is one."""


def find(llvm: Path) -> list[str]:
    """Lists such calls as "EXTENSION: CALLER calls CALLEE".

    Args:
        llvm: Where `build_kernels.py --emit llvm` wrote.

    Returns:
        The calls, in order of their text.
    """
    sources = (path for path in llvm.glob("*/*.ll") if path.stem == path.parent.name)
    return sorted({f"{source.stem}: {call}" for source in sources for call in _calls(source)})


def _calls(source: Path) -> Iterator[str]:
    """Yields the calls of one module."""
    lines: list[str] = []
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("define"):
            lines = []
        lines.append(line.strip())
        if line == "}" and any("tail call" in each for each in lines):
            yield from _calls_of(lines)


def _calls_of(lines: list[str]) -> Iterator[str]:
    """Yields the calls of one function."""
    addresses = _addresses(lines)
    for line in lines:
        called = re.search(r'tail call [^@]*@(?P<name>"[^"]*"|[\w.]+)\((?P<arguments>.*)\)', line)
        if called and addresses.intersection(VALUE.findall(called["arguments"])):
            yield f"{_short(lines[0])} calls {_short(called[0])}"


def _addresses(lines: list[str]) -> set[str]:
    """Returns the values that hold addresses of a function's stack, followed through integers and stores."""
    made = [(line.split(" = ", 1)) for line in lines if line.startswith("%")]
    stores = [match for line in lines if (match := STORE.match(line))]
    addresses = {name for name, code in made if code.startswith("alloca")}
    slots: set[str] = set()  # stack memory that holds such an address
    while True:
        before = len(addresses), len(slots)
        for match in stores:
            if addresses.intersection(VALUE.findall(match["value"])):
                slots.add(match["slot"])
        for name, code in made:
            operands = VALUE.findall(code)
            loaded = code.startswith("load") and operands[-1] in slots
            if loaded or (code.startswith(FLOWS) and addresses.intersection(operands)):
                addresses.add(name)
            if code.startswith("getelementptr") and operands[0] in slots:
                slots.add(name)
        if before == (len(addresses), len(slots)):
            return addresses


def _short(text: str) -> str:
    """Returns the name in a definition or a call, without its parameters."""
    return re.sub(r"[(\[].*", "", text.split("@", 1)[1]).strip('"')


if __name__ == "__main__":
    calls = find(Path(sys.argv[1]))
    print(*(f"tail call with memory of the caller's stack: {call}" for call in calls), sep="\n")
    sys.exit(1 if calls else 0)

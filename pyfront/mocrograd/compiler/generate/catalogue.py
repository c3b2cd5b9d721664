"""The structs of the kernels' sources: which one implements a kernel, and which module has it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mocrograd.build import sources

_STRUCT = re.compile(
    r'^struct (\w+)\((\w+)\):\n(?:(?!^struct )(?:.*\n))*?    comptime NAME: StaticString = "(\w+)"', re.MULTILINE
)


class Struct(NamedTuple):
    """A struct that says what a kernel computes.

    Attributes:
        name: Its name.
        trait: What it implements.
        module: The module that has it, below mojo_kernels.
    """

    name: str
    trait: str
    module: str


@cache
def _found(folder: str) -> dict[tuple[str, str], Struct]:
    root = Path(sources(), "mojo_kernels")
    found = {}
    for path in sorted((root / folder).rglob("*.mojo")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for name, trait, op in _STRUCT.findall(path.read_text(encoding="utf-8")):
            found[op, trait] = Struct(name, trait, module)
    return found


def struct_of(op: str, folder: str, *traits: str) -> Struct | None:
    """Return the struct of an operation that implements one of some traits, None where a folder's sources have none."""
    found = _found(folder)
    return next((found[op, trait] for trait in traits if (op, trait) in found), None)

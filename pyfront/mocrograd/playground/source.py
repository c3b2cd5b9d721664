"""The Mojo source of each kernel, found in the files that the package ships."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from mocrograd.build.toolchain import sources
from mocrograd.playground.highlight import lines
from mocrograd.playground.settings import text
from mocrograd.train.server import Refused

_START = re.compile(r"^(?:(?:struct|trait|def|comptime)\s+(\w+)|@|from |import )", re.MULTILINE)
_NAME = re.compile(r'comptime NAME: StaticString = "(\w+)"')
_RETURN = re.compile(r"def name\(\) -> String:\s+return (.*?\n)\n", re.DOTALL)
_REGISTERED = re.compile(
    r'String\("([\w.]+)\.", dtype_name\(dt\)\)[\s\S]*?register_forms\[name\]\(\s*\w+,\s*\w+,\s*(\w+)'
)
_IMPORT = re.compile(r"^from (mojo_kernels[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
_BASES = re.compile(r"(?:struct|trait)\s+\w+\s*(?:\[[^(]*\])?\(([^)]*)\)")
_OF_OPERATION = re.compile(r"struct \w+\[(?:\w+: \w+, )*Op: (\w+)")

_COMMON = "mojo_kernels/runtime/"
"""What all kernels use: names in it lead there, but are not listed."""


class Definition(NamedTuple):
    """A struct, a function or a constant at the top level of a file.

    Attributes:
        file: The file, relative to the folder of all sources.
        name: What is defined; "" for the whole file.
        first: The number of its first line, from 1.
        last: The number of its last line.
        text: Its text.
    """

    file: str
    name: str
    first: int
    last: int
    text: str

    @property
    def address(self) -> str:
        """What the page calls it: "file:name"."""
        return f"{self.file}:{self.name}"


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the source that a browser asks for, by the name of a "kernel" or by an "address".

    Raises:
        Refused: There is no such kernel or definition.
    """
    if "kernel" in request:
        kernel = text(request, "kernel", "the kernel")
        found = definition_of(kernel)
        if found is None:
            raise Refused(f"no source of {kernel[:60]!r} is found", 404)
        return _shown(found, _loop_of(found, kernel))
    file, _, name = text(request, "address", "the address").partition(":")
    wanted = _definitions(file).get(name) if file in _texts() else None
    if wanted is None:
        raise Refused("there is no such definition", 404)
    return _shown(wanted, None)


def definition_of(kernel: str) -> Definition | None:
    """Return where a kernel is defined: its struct, or for a pointwise operation the struct with its formulas.

    Args:
        kernel: "op.direction.dtype".
    """
    parts = kernel.split(".")
    kind = next((kind for kind in ("complex", "int") if kind in parts[-1]), "")
    names = [(kind, ".".join(parts[:count])) for kind in (kind, "") for count in range(len(parts), 0, -1)]
    return next((_kernels()[name] for name in names if name in _kernels()), None)


def _shown(found: Definition, loop: Definition | None) -> dict[str, Any]:
    """Return a file as HTML, with the lines of the definition and what else it leads to."""
    links = _links(found.file)
    words = dict.fromkeys(re.findall(r"\w+", found.text))
    used = {word: links[word] for word in words if word in links and word != found.name}
    used = {word: to for word, to in used.items() if not word.isupper() and not to.startswith(_COMMON)}
    return {
        "file": found.file,
        "name": found.name,
        "first": found.first,
        "last": found.last,
        "lines": lines(_texts()[found.file], links),
        "used": [{"name": name, "address": address} for name, address in used.items()],
        "loop": None if loop is None else {"name": loop.name, "address": loop.address},
    }


@functools.lru_cache(maxsize=1)
def _texts() -> dict[str, str]:
    """Return all files by their names."""
    root = sources()
    files = sorted(Path(root, "mojo_kernels").rglob("*.mojo"))
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}


@functools.lru_cache(maxsize=512)
def _definitions(file: str) -> dict[str, Definition]:
    """Return what a file defines."""
    text = _texts()[file]
    ends = [match.start() for match in _START.finditer(text)] + [len(text)]
    found = {"": Definition(file, "", 1, text.count("\n"), text)}
    start = None
    for begin, end in pairwise(ends):
        start = begin if start is None else start
        match = _START.match(text, begin)
        if match is not None and match[1] is None and match[0] == "@":
            continue  # it belongs to what follows
        if match is not None and match[1] is not None:
            body = text[start:end].rstrip()
            first = text.count("\n", 0, start) + 1
            found[match[1]] = Definition(file, match[1], first, first + body.count("\n"), body)
        start = None
    return found


@functools.lru_cache(maxsize=512)
def _links(file: str) -> dict[str, str]:
    """Return the addresses of the definitions that a file's names lead to: its own, and what it imports."""
    found = {name: each.address for name, each in _definitions(file).items() if name}
    for module, names in _IMPORT.findall(_texts()[file]):
        for name in re.findall(r"\w+", names):
            target = _imported(module, name)
            if target is not None:
                found[name] = target.address
    return found


def _imported(module: str, name: str, depth: int = 3) -> Definition | None:
    """Return what a name of a module stands for, where the module itself imports it too."""
    path = module.replace(".", "/")
    file = next((file for file in (f"{path}.mojo", f"{path}/__init__.mojo") if file in _texts()), None)
    if file is None or not depth:
        return None
    if name in _definitions(file):
        return _definitions(file)[name]
    for further, names in _IMPORT.findall(_texts()[file]):
        if name in re.findall(r"\w+", names):
            return _imported(further, name, depth - 1)
    return None


@functools.lru_cache(maxsize=1)
def _kernels() -> dict[tuple[str, str], Definition]:
    """Return the definition of each kernel or operation by the kind of its numbers and the beginning of its name.

    The kind is "complex" or "int" for those that have an operation of their own beside that of all others, "".
    """
    found: dict[tuple[str, str], Definition] = {}
    for file in _texts():
        for each in _definitions(file).values():
            if each.name:
                kind = "complex" if "/complex/" in file else "int" if "IntegerOp" in _traits(each) else ""
                for name in _names(each):
                    found.setdefault((kind, name), each)
        for name, function in _REGISTERED.findall(_texts()[file]):
            target = _links(file).get(function, "").partition(":")[0]
            if target:
                found["", name] = _definitions(target)[""]
    return found


def _names(struct: Definition) -> Iterator[str]:
    """Iterate over the names that a struct gives to kernels, without their dtypes."""
    yield from _NAME.findall(struct.text)
    for expression in _RETURN.findall(struct.text):
        literals = re.findall(r'"([\w.]+)"', expression)
        suffix = next((literal for literal in literals if literal.startswith(".")), "")
        for literal in literals:
            if not literal.startswith("."):
                yield f"{literal}{suffix}".rstrip(".")


def _loop_of(found: Definition, kernel: str) -> Definition | None:
    """Return the kernel that runs the formulas of an operation over its elements; None for what is a kernel itself."""
    traits = set(_traits(found))
    suffix = next((way for way in (".forward.", ".backward.") if way in kernel), "")
    for file in _texts():
        for each in _definitions(file).values():
            operation = _OF_OPERATION.search(each.text) if each.name else None
            if operation and operation[1] in traits and f'Self.Op.NAME, "{suffix or "."}"' in each.text:
                return each
    return None


def _traits(struct: Definition) -> Iterator[str]:
    """Iterate over the traits that a struct or trait implements, and over theirs."""
    bases = _BASES.search(struct.text)
    for name in re.findall(r"\w+", bases[1]) if bases else ():
        yield name
        file, _, inside = _links(struct.file).get(name, "").partition(":")
        if file and inside != struct.name:
            yield from _traits(_definitions(file)[inside])

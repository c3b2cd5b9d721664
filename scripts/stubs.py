"""Writes the stubs that tell editors and type checkers what the package binds when it is imported.

    python scripts/stubs.py           # writes them
    python scripts/stubs.py --check   # fails where one is out of date

Names, arguments, types and the first lines of docstrings are those of the functions themselves. Where the type of a
result depends on the arguments, `overloads.pyi` beside this file says how.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import importlib
import inspect
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import mocrograd as mg

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pyfront" / "mocrograd"
OVERLOADS = Path(__file__).with_name("overloads.pyi")
METHODS = "tensor_methods.pyi"
MODULES = {
    "__init__.pyi": "mocrograd",
    "fft.pyi": "mocrograd.fft",
    "linalg.pyi": "mocrograd.linalg",
    "nn/functional/__init__.pyi": "mocrograd.nn.functional",
    "special.pyi": "mocrograd.special",
}
"""Stubs of modules that only gather names: what they hold is made or wrapped when they are imported."""
LATE = {
    "mocrograd": [
        "distributions", "export", "fft", "kernel_library", "pca_lowrank", "scalar", "signal", "summary", "svd_lowrank",
    ]
}  # fmt: skip
"""Submodules and functions that a module imports when they are first used."""
NOTE = "Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`."
PYTHON = {"__module__", "__doc__", "__dict__", "__weakref__", "__annotations__"}
"""What Python gives to every class."""

# --------------------------------------------------------------------------- what names stand for


class Origin(NamedTuple):
    """Where a name is defined; the name is "" for a module."""

    module: str
    name: str


class Source:
    """A file of Python, and what its names stand for."""

    def __init__(self, module: str, path: Path) -> None:
        self.module, self.tree = module, ast.parse(path.read_text(encoding="utf-8"))
        self.functions = {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        self.own = set(assigned(self.tree.body))
        self.imports: dict[str, Origin] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = Origin(node.module, alias.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.name if alias.asname else alias.name.split(".")[0]
                    self.imports[alias.asname or name] = Origin(name, "")

    @classmethod
    @cache
    def of(cls, module: str) -> Source:
        """Returns the source of a module that is imported."""
        path = sys.modules[module].__file__
        assert path is not None
        return cls(module, Path(path))

    def origin(self, name: str) -> Origin:
        """Returns where what a dotted name stands for is defined; modules that pass it on do not count."""
        first, _, rest = name.partition(".")
        if first in self.imports:
            module, inner = self.imports[first]
            if f"{module}.{inner}" in sys.modules:
                module, inner = f"{module}.{inner}", ""
            if not inner:
                module, inner, rest = module, *(rest.partition(".")[::2])
            found = Origin(module, f"{inner}.{rest}" if rest else inner)
            passed_on = module.split(".")[0] == mg.__name__ and inner in Source.of(module).imports
            return Source.of(module).origin(found.name) if passed_on else found
        if first in self.own:
            return Origin(self.module, name)
        if hasattr(builtins, first):
            return Origin("builtins", name)
        raise LookupError(f"{self.module}: nothing says what {name} is")


def assigned(body: list[ast.stmt]) -> Iterator[str]:
    """Yields the names that statements define."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


# ----------------------------------------------------------------------------------- a stub's text


@dataclass
class Stub:
    """A stub in the making: its definitions, and the imports that they turn out to need."""

    taken: Mapping[str, Origin | None]
    """The names that the stub defines, and where those that it only passes on come from."""
    lines: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)

    def name(self, origin: Origin) -> str:
        """Returns the stub's name of a type: with an underscore where another one, or a module, has its name."""
        if origin.module == "numpy":
            self.imports.add("import numpy as np")
            return f"np.{origin.name}"
        if origin.module == _OVERLOADS[0]:
            return self._variable(origin.name)
        first, dot, rest = origin.name.partition(".")
        defined = self.taken.get(first, Origin("builtins", first) if first not in self.taken else None)
        if defined != (origin.module, first):
            own = f"_{first}" if first in self.taken or f"{mg.__name__}.{first}" in sys.modules else first
            self.imports.add(f"from {origin.module} import {first} as {own}".removesuffix(f" as {first}"))
            first = own
        return first + dot + rest

    def _variable(self, name: str) -> str:
        """Returns the name of a type variable of the overloads, defined in this stub as there."""
        source = Source(*_OVERLOADS)
        made = next(node for node in source.tree.body if name in assigned([node]) and isinstance(node, ast.Assign))
        self.variables.add(f"{name} = {self.annotation(ast.unparse(made.value), source)}")
        return name

    def annotation(self, text: Any, source: Source) -> str:
        """Returns an annotation of a source file in this stub's names; Any where there is none."""
        text = "Any" if text is inspect.Parameter.empty else text
        tree = ast.parse(text if isinstance(text, str) else inspect.formatannotation(text), mode="eval")
        if text == "Any":
            source = Source.of(__name__)
        return ast.unparse(_Renaming(self, source).visit(tree))

    def function(self, name: str, function: Any, method: bool = False) -> None:
        """Adds a function, or a method, under a name."""
        doc = first_line(function)
        names = list(inspect.signature(function).parameters)
        for overload in overloads().get(name, []):
            self.lines.append("@overload")
            self.imports.add("from typing import overload")
            self._define(name, _signature(overload, names), Source(*_OVERLOADS), doc, method)
        if name not in overloads():
            source = Source.of(_home(function))
            self._define(name, inspect.signature(function), source, doc, method)

    def _define(self, name: str, signature: inspect.Signature, source: Source, doc: str, method: bool) -> None:
        operator = method and name.startswith("__")
        in_place = name.endswith("_") and not name.startswith("_")
        kept = [
            p.replace(
                annotation=_Raw(self.annotation(p.annotation, source)),
                default=p.default if p.default is p.empty else _Raw(written(p.default)),
            )
            for p in signature.parameters.values()
            if not (p.kind is p.KEYWORD_ONLY and operator) and not (p.name == "out" and in_place)
        ]
        if method:
            kept[0] = inspect.Parameter("cls" if name == "__new__" else "self", kept[0].kind)
        result = _Raw(self.annotation(signature.return_annotation, source))
        shown = inspect.Signature(kept, return_annotation=result)
        ignored = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
        self.lines += [f"def {name}{shown}:{ignored}", f'    """{doc}"""' if doc else "    ..."]

    def text(self, doc: str, heading: str = "") -> str:
        """Returns the stub, formatted."""
        indent = "    " if heading else ""
        head = [f'"""{doc}\n\n{NOTE}\n"""\n', *sorted(self.imports), *sorted(self.variables), heading]
        text = "\n".join([*head, *(indent + line for line in self.lines), ""])
        for command in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
            file = ["--stdin-filename", str(PACKAGE / METHODS), "-"]
            done = subprocess.run(["ruff", *command, *file], input=text, text=True, check=True, stdout=subprocess.PIPE)
            text = done.stdout
        return text


class _Raw(str):
    """Text that a signature shows as it is."""

    def __repr__(self) -> str:
        return str(self)


class _Renaming(ast.NodeTransformer):
    """Replaces the names of a source file by those of a stub."""

    def __init__(self, stub: Stub, source: Source) -> None:
        self.stub, self.source = stub, source

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.stub.name(self.source.origin(node.id)))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name(self.stub.name(self.source.origin(ast.unparse(node))))


def written(default: Any) -> str:
    """Returns a default as it is written, "..." for what has no short form."""
    plain = default is None or isinstance(default, bool | int | str)
    return repr(default) if plain or (isinstance(default, float) and math.isfinite(default)) else "..."


def first_line(thing: Any) -> str:
    """Returns the first line of a docstring."""
    return (inspect.getdoc(thing) or "").split("\n")[0].replace("\\", "\\\\")


# --------------------------------------------------------------------------------------- overloads

_OVERLOADS = ("overloads", OVERLOADS)


@cache
def overloads() -> dict[str, list[ast.FunctionDef]]:
    """Returns the overloads of each function that has some."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in Source(*_OVERLOADS).tree.body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def _signature(node: ast.FunctionDef, names: list[str]) -> inspect.Signature:
    """Returns an overload's signature, without an `out` that this form of the function does not have.

    Raises:
        LookupError: It has another argument that the function does not have.
    """
    space: dict[str, Any] = {}
    copy = ast.FunctionDef(node.name, node.args, [ast.Pass()], [], node.returns, lineno=1, col_offset=0)
    future = ast.parse("from __future__ import annotations").body
    exec(compile(ast.fix_missing_locations(ast.Module([*future, copy], [])), str(OVERLOADS), "exec"), space)
    signature = inspect.signature(space[node.name])
    kept = [p for p in signature.parameters.values() if p.name in names or p.name != "out"]
    for p in kept:
        if p.name not in names and p.kind is not p.POSITIONAL_ONLY and p.kind is not p.VAR_POSITIONAL:
            raise LookupError(f"{OVERLOADS.name}: {node.name} has no argument {p.name}")
    return signature.replace(parameters=kept)


# ----------------------------------------------------------------------------------- what is there


def methods() -> str:
    """Returns the stub of the methods that ops adds to Tensor."""
    classes = (node for node in Source.of("mocrograd.tensor").tree.body if isinstance(node, ast.ClassDef))
    own = {*PYTHON, *assigned(next(node for node in classes if node.name == "Tensor").body)}
    added = {name: thing for name, thing in sorted(vars(mg.Tensor).items()) if name not in own}
    stub = Stub(dict.fromkeys(added))
    for name, thing in added.items():
        if isinstance(thing, property):
            stub.lines.append("@property")
            stub.function(name, thing.fget, method=True)
        elif isinstance(thing, staticmethod):
            stub.function(name, thing.__func__, method=True)
        elif inspect.isfunction(thing):
            stub.function(name, thing, method=True)
        else:
            stub.lines.append(f"{name}: {stub.name(Origin('builtins', type(thing).__name__))}")
    doc = "The methods of Tensor that ops adds to it, as a base class: only for type checkers."
    return stub.text(doc, "class TensorMethods:")


def module_stub(module_name: str) -> str:
    """Returns the stub of a module that gathers names."""
    module = importlib.import_module(module_name)
    public = (name for name, thing in vars(module).items() if not name.startswith("_") and callable(thing))
    names = sorted({*getattr(module, "__all__", public), *LATE.get(module_name, [])})
    things = {name: getattr(module, name) for name in names}
    stub = Stub({name: passed_on(module_name, name, thing) for name, thing in things.items()})
    for name, origin in stub.taken.items():
        if origin is not None and origin.name == name:
            stub.imports.add(f"from {origin.module} import {name} as {name}")
        elif origin is not None:  # imported under another name it would be private
            stub.lines.append(f"{name} = {stub.name(origin)}")
        elif inspect.isfunction(things[name]):
            stub.function(name, things[name])
        else:
            kind = type(things[name])
            shown = "None" if things[name] is None else stub.name(Origin(kind.__module__, kind.__name__))
            stub.lines.append(f"{name}: {shown}")
    if hasattr(module, "__version__"):
        stub.lines.append("__version__: str")
    return stub.text(first_line(module))


def passed_on(module: str, name: str, thing: Any) -> Origin | None:
    """Returns where a module takes a thing from whose definition says all about it, None where none does."""
    if inspect.ismodule(thing):
        return Origin(*thing.__name__.rpartition(".")[::2])
    if inspect.isclass(thing):
        if thing.__module__ == module:
            return Source.of(module).origin(name)
        return Origin(thing.__module__, thing.__name__)
    if not inspect.isfunction(thing) or name in overloads():
        return None
    origin = Origin(_home(thing), thing.__name__)
    node = Source.of(origin.module).functions.get(origin.name)
    if node is None:
        return None
    a = node.args
    defined = [*a.posonlyargs, *a.args, *filter(None, [a.vararg]), *a.kwonlyargs, *filter(None, [a.kwarg])]
    same = [p.arg for p in defined] == list(inspect.signature(thing).parameters)
    return origin if same and getattr(sys.modules[origin.module], origin.name, None) is not None else None


def _home(function: Any) -> str:
    """Returns the module whose names a function's annotations are: where its code is, whoever gives it out."""
    home: str = inspect.unwrap(function).__globals__["__name__"]
    return home


def stubs() -> dict[Path, str]:
    """Returns all stubs, by their paths."""
    made = {PACKAGE / METHODS: methods()}
    return made | {PACKAGE / path: module_stub(module) for path, module in MODULES.items()}


def main(arguments: list[str]) -> int:
    """Writes the stubs, or with --check compares them; returns 1 where one is out of date."""
    stale = 0
    for path, text in stubs().items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif text != old:
            stale = 1
            name = str(path.relative_to(ROOT))
            new = text.splitlines()
            print("\n".join(difflib.unified_diff(old.splitlines(), new, name, f"{name} (now)", lineterm="", n=1)))
    if "--check" in arguments:
        print("run `scripts/run stubs`" if stale else "the stubs agree with the package")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Holds the words that Python packs against the names that kernels declare, by what the calls look like and what they do.

`Packing` stands in for `backend.call`. It finds the expression behind each word in the source of the caller, and what that is
called must be what the kernel calls the word, or one of its other names (`ALSO`). So two words that change places show, though
both are addresses or both are integers. `directions` reads a log of calls: a word declared to be read must point to memory that
holds something, and one that is written not to an input.
"""

from __future__ import annotations

import ast
import inspect
import sys
from array import array
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import mocrograd
from mocrograd import backend

ROOT = Path(mocrograd.__file__).parent
ALSO = {
    "y": "out result target flat at dense inputs[0]",
    "x": "source values part[0] part inputs[0] z",
    "embedding: x": "weight",
    "a": "address_a",
    "b": "address_b",
    "dx": "out results[0]",
    "dy": "grad inputs[1]",
    "da": "grad_a results[1]",
    "db": "grad_b results[2]",
    "xs": "part[0]",
    "index": "offsets whole",
    "places": "indices",
    "lists": "room",
    "x_step": "step",
    "value": "number parts",
    "scale": "factor",
    "variance": "out",
    "dw": "out",
    "dbias": "db sums[1]",
    "dweight": "dw out sums[0]",
    "w": "weight",
    "size": "rows",
    "inner": "columns",
    "result": "sizes",
    "right": "behind",
    "offset": "start",
    "table": "entries",
    "plan": "numbers",
    "h": "start[0]",
    "c": "start[1]",
    "weight": "turned w_hh",
    "bias": "recurrent",
    "dq": "grads[0]",
    "dk": "grads[1]",
    "dv": "grads[2]",
    "dq_strides": "grads[0]_strides",
    "dk_strides": "grads[1]_strides",
    "dv_strides": "grads[2]_strides",
    "douts": "upstream[0]",
    "dhn": "upstream[1]",
    "dcn": "upstream[2]",
    "running_mean": "running[0]",
    "running_var": "running[1]",
    "counter": "running[2]",
}
"""What else the words of a name are called in Python, of every kernel or of one operation."""
ADDRESSES = "wruWR"
NAMES = {entry: name for form in ("original", "tiled", "gpu") for name, entry in backend.FORMS[form].items()}


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Name) and node.func.id == "call")
        or (isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "backend.call")
    )


def sites() -> set[tuple[str, int]]:
    """Return where the package calls kernels by words in their order: file and line. A user's kernels go by names."""
    found = set()
    for path in [path for path in ROOT.rglob("*.py") if path.parent != ROOT / "build"]:
        text = path.read_text(encoding="utf-8")
        if "import" in text and "call" in text and ("mocrograd.backend import" in text or "backend.call" in text):
            tree = _tree(str(path))
            names = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mocrograd.backend")
                for alias in node.names
            }
            for node in ast.walk(tree):
                if _is_call(node) and ("call" in names or not isinstance(node.func, ast.Name)):
                    found.add((str(path), node.lineno))
    return found


class _Scope:
    """A running function and its source."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame
        code = frame.f_code
        functions = [
            node
            for node in ast.walk(_tree(code.co_filename))
            if isinstance(node, (ast.FunctionDef, ast.Lambda))
            and node.lineno <= frame.f_lineno <= (node.end_lineno or 0)
            and (isinstance(node, ast.Lambda) or node.name == code.co_name)
        ]
        self.function = functions[-1]

    def node(self, wanted: Any) -> ast.Call:
        """Return the call that is running, of those that `wanted` accepts."""
        at = self.frame.f_lineno
        found = [n for n in ast.walk(self.function) if wanted(n) and n.lineno <= at <= n.end_lineno]
        return min(found, key=lambda n: (n.end_lineno - n.lineno, -n.lineno))

    def evaluate(self, expression: ast.expr) -> Any:
        code = compile(ast.Expression(expression), "<word>", "eval")
        return eval(code, {**self.frame.f_globals, **self.frame.f_locals})

    def assigned(self, name: str) -> ast.expr | None:
        """Return the expression that a name was last given in front of the running line, None where that is not plain."""
        given = [
            node
            for node in ast.walk(self.function)
            if isinstance(node, ast.Assign) and node.lineno < self.frame.f_lineno and len(node.targets) == 1
            if isinstance(node.targets[0], ast.Name) and node.targets[0].id == name
        ]
        return max(given, key=lambda node: node.lineno).value if given else None

    def argument(self, name: str) -> tuple[_Scope, ast.expr] | None:
        """Return what the caller gave for a parameter."""
        caller = self.frame.f_back
        while caller.f_code.co_filename.endswith("_narrow.py"):  # what decorates a function is no caller
            caller = caller.f_back
        if caller is None or not caller.f_code.co_filename.startswith(str(ROOT)):
            return None
        scope = _Scope(caller)
        own = self.frame.f_code.co_name
        node = scope.node(lambda n: isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] == own)
        arguments = self.function.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        given = {k.arg: k.value for k in node.keywords} | dict(zip(names, node.args))
        return (scope, given[name]) if name in given else None


def _called(expression: ast.expr | None) -> str | None:
    """Return what an expression is called: `x` for x, x.address, int(x), 0 if x is None else x.address; None for others."""
    match expression:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr="address"):
            return _called(value)
        case ast.Attribute(attr=name):
            return name.lstrip("_") if name not in ("_size", "_shape", "_strides") else None
        case ast.IfExp(body=ast.Constant(), orelse=other) | ast.IfExp(body=other, orelse=ast.Constant()):
            return _called(other)
        case ast.Call(func=ast.Name(id=function), args=[one, *rest]) if len(rest) < 2:
            name = _called(one)
            if name is not None and function == "_strides":
                return f"{name}_strides"
            return name if function in ("_address", "float", "int", "three") else None
        case ast.Call(args=[], func=ast.Attribute(value=value, attr="contiguous" | "detach")):
            return _called(value)
        case ast.BinOp(left=ast.Attribute(attr="address") as value, op=ast.Add()):
            return _called(value)
    return None


class _Several(NamedTuple):
    """What a tuple is called whose elements have no names."""

    name: str
    length: int


Called = str | _Several | None


def _elements(scope: _Scope, expression: ast.expr) -> list[Called]:
    """Return what each element of a sequence is called."""
    match expression:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            names: list[Called] = []
            for part in parts:
                names += _elements(scope, part.value) if isinstance(part, ast.Starred) else _words_of(scope, part)
            return names
        case ast.ListComp(elt=element, generators=[ast.comprehension(target=ast.Name(id=name), iter=source)]):
            called = _called(element)
            if called in (name, f"{name}_strides"):
                suffix = "" if called == name else "_strides"
                return [f"{own}{suffix}" if isinstance(own, str) else None for own in _elements(scope, source)]
        case ast.Name(id=name):
            value = scope.assigned(name)
            where = (scope, value) if value is not None else scope.argument(name)
            names = [] if where is None else _elements(*where)
            if len(names) == len(scope.evaluate(expression)):  # else it was made of what it held before
                return names
    return [None] * len(scope.evaluate(expression))


def _words_of(scope: _Scope, expression: ast.expr) -> list[Called]:
    """Return what the words are called that one argument gives."""
    value = scope.evaluate(expression)
    if not isinstance(value, tuple):
        return [_called(expression)]
    names = _elements(scope, expression)
    return names if any(names) else _spread(_called(expression), value)


def _spread(name: Called, value: Any) -> list[Called]:
    """Return what the words are called that an object of a name gives."""
    if not isinstance(value, tuple):
        return [name]
    if not isinstance(name, str) or not value:
        return [None] * len(value)
    return [_Several(name, len(value)), *[None] * (len(value) - 1)]


def _holders(frame: FrameType | None, address: int) -> set[str]:
    """Return which variables of the package's running functions hold a tensor at an address."""
    held: set[str] = set()
    while frame is not None and frame.f_code.co_filename.startswith(str(ROOT)) and not held:
        for name, value in frame.f_locals.items():
            if isinstance(value, mocrograd.Tensor):
                held |= {name} if value.address == address else set()
            elif isinstance(value, (tuple, list)):
                tensors = [(k, v) for k, v in enumerate(value) if isinstance(v, mocrograd.Tensor)]
                held |= {f"{name}[{k}]" for k, v in tensors if v.address == address}
        frame = frame.f_back
    return held


def _letters_of(name: str, word: str) -> str:
    declared = backend.WORDS[name]
    start = declared.names[word]
    stop = min((i for i in declared.names.values() if i > start), default=len(declared.letters))
    return declared.letters[start:stop]


def _kind(name: str, word: str) -> str:
    letter = _letters_of(name, word)[0]
    return "written" if letter in "wuW" else "read" if letter in "rR" else "number"


def _places(name: str, words: list[Any]) -> Iterator[tuple[str, str, int]]:
    """Yield for each word the name, the letter, and how many words of that name stand before it."""
    declared = backend.WORDS[name]
    at = 0
    for word in declared.names:
        for k, letter in enumerate(_letters_of(name, word)):
            count = 1 + words[at] * (1 + int(letter)) if letter.isdigit() else 1
            for _ in range(count):
                yield word, letter, k
            at += count


class Packing:
    """Stands in for `backend.call`: calls it, and notes what words are not where the kernel declares them.

    Attributes:
        seen: Where calls came from: file and line.
        faults: What is wrong, a line each.
    """

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self.faults: set[str] = set()
        self._checked: set[Any] = set()

    def __enter__(self) -> Packing:
        self._modules = [
            module
            for name, module in list(sys.modules.items())
            if name.startswith("mocrograd.")
            and getattr(module, "call", None) is backend.call
            and module is not backend
            and not name.startswith("mocrograd.backend")
        ]
        for module in self._modules:
            module.call = self.call
        return self

    def __exit__(self, *_: object) -> None:
        for module in self._modules:
            module.call = backend.call

    def call(self, kernel: int, work: int, *objects: Any) -> None:
        frame = inspect.currentframe().f_back
        name = NAMES[kernel]
        key = frame.f_code, frame.f_lineno, name.rpartition(".")[0], tuple([type(o) for o in objects])
        if key not in self._checked:
            self._checked.add(key)
            self.check(name, frame, objects)
        backend.call(kernel, work, *objects)

    def check(self, name: str, frame: FrameType, objects: tuple[Any, ...]) -> None:
        """Hold one call against the names."""
        scope = _Scope(frame)
        node = scope.node(_is_call)
        self.seen.add((frame.f_code.co_filename, node.lineno))
        called: list[Called] = []
        for argument in node.args[2:]:
            if isinstance(argument, ast.Starred):
                objects_of = scope.evaluate(argument.value)
                for own, name_of in zip(objects_of, _elements(scope, argument.value), strict=True):
                    called += _spread(name_of, own)
            else:
                called += _words_of(scope, argument)
        words = [word for o in objects for word in (o if isinstance(o, tuple) else (o,))]
        where = f"{Path(frame.f_code.co_filename).relative_to(ROOT)}:{node.lineno}: {name}"
        if len(called) != len(words):
            self.faults.add(f"{where}: cannot tell what its words are called: {called}")
            return
        for given, word, (own, letter, k) in zip(called, words, _places(name, words), strict=False):
            if isinstance(given, _Several):
                if k or given.length == len(_letters_of(name, own)):
                    self._hold(where, name, own, {given.name}) if not k else self.faults.add(
                        f"{where}: {given.name} is cut"
                    )
            elif letter in ADDRESSES and word and given is None:
                self._hold(
                    where, name, own, {held.replace(f"[{k}]", "[0]") if k else held for held in _holders(frame, word)}
                )
            elif given is not None and not letter.isdigit() and not k:
                self._hold(where, name, own, {given})

    def _hold(self, where: str, name: str, own: str, called: set[str]) -> None:
        """Note a fault unless one of the names that a word has in Python means that word, and no other one of the kernel."""
        kind = _kind(name, own)
        op = name.partition(".")[0]
        for given in called:
            means = {
                n
                for n in backend.WORDS[name].names
                if given in (n, *ALSO.get(n, "").split(), *ALSO.get(f"{op}: {n}", "").split())
                and _kind(name, n) == kind
            }
            if given == own or means == {own}:
                return
        self.faults.add(f"{where}: {' or '.join(sorted(called)) or 'something'} stands at the place of {own}")


_CALL, _TAKE, _GIVE = backend.TAPE_CALL, backend.TAPE_TAKE, backend.TAPE_GIVE


def directions(log: bytes, inputs: dict[int, int], filled: set[int]) -> list[str]:
    """Return what calls of a log read that nothing was written to, and what they write though it is an input.

    Args:
        log: The log of `backend.tape_stop`.
        inputs: The addresses of the inputs and their bytes.
        filled: The addresses that Python wrote to without a kernel.
    """
    words = array("q")
    words.frombytes(log)
    fresh: dict[int, tuple[int, bool]] = {}
    faults: list[str] = []
    at = 0
    while at < len(words):
        kind, length, _ = words[at : at + 3]
        event = words[at + 3 : at + length]
        at += length
        if kind == _TAKE:
            fresh[event[0]] = (event[2], event[1] == 0)  # of nothing, nothing is read
        elif kind == _GIVE:
            fresh.pop(event[0], None)
        elif kind == _CALL and event[2] in NAMES:
            name = NAMES[event[2]]
            values = list(event[4:-1])
            for word, (own, letter, _) in zip(values, _places(name, values)):
                if letter not in ADDRESSES or not word:
                    continue
                base = next((b for b, (size, _) in fresh.items() if b <= word < b + max(size, 1)), None)
                if letter in "ruR" and base is not None and not fresh[base][1] and base not in filled:
                    faults.append(f"{name} reads {own}, to which nothing was written")
            for word, (own, letter, _) in zip(values, _places(name, values)):
                if letter not in "wuW" or not word:
                    continue
                base = next((b for b, (size, _) in fresh.items() if b <= word < b + max(size, 1)), None)
                if base is not None:
                    fresh[base] = (fresh[base][0], True)
                elif any(b <= word < b + size for b, size in inputs.items()):
                    faults.append(f"{name} writes {own}, which is an input")
    return faults

"""Prints as JSON what `import torch` gives under each public name of torch: torch's own, or mocrograd's.

    python scripts/torch_describe.py > FILE                    # torch's
    python -m mocrograd run scripts/torch_describe.py FILE     # mocrograd's, tried with the parameters of torch's

A name is looked up as programs do it. What never returns is called, to see whether it raises NotImplementedError, and a
parameter that a signature does not show is passed, to see whether the function knows it.
"""

from __future__ import annotations

import ast
import dis
import importlib
import inspect
import json
import re
import sys
import warnings
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NoReturn

LIST = Path(__file__).resolve().parent.parent / "pyfront" / "mocrograd" / "torch" / "names.txt"
CLASSES = ("Tensor", "nn.Module")
"""The classes whose members the list has."""
STUBS = {"Tensor": ("__init__.pyi", "TensorBase"), "": ("_VariableFunctions.pyi", ""), "nn.functional": ("_nn.pyi", "")}
"""Where torch writes down the arguments of functions of C++: a file beside `torch._C`, and a class in it."""


def names() -> dict[str, list[str]]:
    """Returns the public names of torch by the path of their module, without "torch."."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {path: found.split() for path, _, found in (line.partition(":") for line in lines)}


def describe(tried: dict[str, dict[str, Any]] | None) -> dict[str, dict[str, Any]]:
    """Returns what each name is, by its dotted path; of one that is not there, what the error says.

    Args:
        tried: The same for torch, whose parameters are tried.
    """
    found: dict[str, Any] = {}
    for path, members in names().items():
        home, fault = _home(path)
        for name in members:
            whole = f"{path}.{name}".lstrip(".")
            try:
                found[whole] = fault or _Described(home, path, name)
            except (AttributeError, ImportError) as error:
                found[whole] = error
    bases = {one.value for one in found.values() if isinstance(one, _Described) and isinstance(one.value, type)}
    return {
        whole: one.entry(bases, tried.get(whole, {}).get("takes", []) if tried is not None else None)
        if isinstance(one, _Described)
        else {"kind": "absent", "refuses": str(one)}
        for whole, one in found.items()
    }


def _home(path: str) -> tuple[Any, ImportError | None]:
    """Returns the module or class of a path, and what its import raises."""
    parent, _, name = f"torch.{path}".rstrip(".").rpartition(".")
    try:
        if path in CLASSES:
            return getattr(importlib.import_module(parent), name), None
        return importlib.import_module(f"{parent}.{name}".lstrip(".")), None
    except ImportError as error:
        return None, error


class _Described:
    """What one name is.

    Args:
        home: The module or class that has it.
        path: Its path without "torch.".
        name: The name.

    Raises:
        AttributeError: It is not there.
    """

    def __init__(self, home: Any, path: str, name: str) -> None:
        self.value = _resolved(home, name)
        self._path, self._name = path, name
        self._static = inspect.getattr_static(home, name) if path in CLASSES else self.value

    def entry(self, bases: set[type], tried: list[str] | None) -> dict[str, Any]:
        """Return it as words.

        Args:
            bases: Classes that are described themselves, so that what others inherit from them need not be.
            tried: The parameters that are tried; those that it is said to have by default.
        """
        kind = self._kind()
        found: dict[str, Any] = {"kind": kind}
        if kind in ("class", "function"):
            found["refuses"] = refusal(self.value)
            known = tried if tried is not None else self._parameters()
            found["takes"] = [name for name in known if found["refuses"] or self._takes(name, tried is None)]
        if type(self.value).__name__ == "dtype":
            found["made"] = _is_made(self.value)
        if kind == "class":
            found["members"] = sorted(_members(self.value, bases))
            found["has"] = sorted({*dir(self.value), *_stored(self.value)})
        return found

    def _kind(self) -> str:
        if self._path in CLASSES and inspect.isdatadescriptor(self._static):
            return "value"
        for kind, of in (("module", ModuleType), ("class", type)):
            if isinstance(self.value, of):
                return kind
        return "function" if callable(self.value) else "value"

    def _parameters(self) -> list[str]:
        """Return the names of the parameters, as the signature or torch's stubs have them."""
        found = _signature(self.value)
        if found is None:
            return _written(self.value, self._path, self._name)
        return found[1:] if self._path in CLASSES and isinstance(self._static, FunctionType) else found

    def _takes(self, parameter: str, doubtful: bool) -> bool:
        """Return whether a function knows a parameter by name: by its signature, or where it does not refuse it.

        Args:
            parameter: The name.
            doubtful: Whether one refusal is enough; else it may follow from what else is missing.
        """
        if parameter in (_signature(self.value) or ()):
            return True
        import torch

        results = [_accepts(self.value, arguments, parameter) for arguments in ((), (torch.ones(2, 2),))]
        return all(results) if doubtful else any(results)


def _signature(value: Any) -> list[str] | None:
    """Returns the names of the parameters that may be given by name; None where there is no signature."""
    try:
        found = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    return [one.name for one in found if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]


def _accepts(value: Any, arguments: tuple[Any, ...], parameter: str) -> bool:
    """Returns whether a call does not say that it knows no such parameter; it may fail for other reasons."""
    try:
        value(*arguments, **{parameter: None})
    except TypeError as error:
        return not re.search(r"unexpected keyword|takes no (keyword )?arg|invalid keyword|takes \d+ posi", str(error))
    except Exception:  # it asks for something else
        return True
    return True


def _resolved(home: Any, name: str) -> Any:
    """Returns an attribute, which may be a module that nothing has imported yet."""
    try:
        return getattr(home, name)
    except AttributeError as error:
        if not hasattr(home, "__path__"):
            raise
        try:
            return importlib.import_module(f"{home.__name__}.{name}")
        except ImportError:
            raise error from None


def refusal(value: Any) -> str:
    """Returns what a function or class says that raises NotImplementedError whatever it is given; else nothing."""
    function = inspect.unwrap(value)
    if isinstance(value, type):
        function = value.__init__ if value.__init__ is not object.__init__ else value.__new__  # type: ignore[misc]
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    returns = any(step.opname.startswith("RETURN") for step in dis.get_instructions(code))
    if returns and getattr(function, "__annotations__", {}).get("return") not in ("NoReturn", NoReturn):
        return ""
    needed = [
        one for one in inspect.signature(value).parameters.values()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]  # fmt: skip
    by_name = {one.name: "" for one in needed if one.kind is one.KEYWORD_ONLY}
    try:
        value(*[""] * (len(needed) - len(by_name)), **by_name)
    except NotImplementedError as error:
        return str(error) or "NotImplementedError"
    except Exception:  # it never returns, for another reason
        return ""
    return ""


def _is_made(dtype: Any) -> bool:
    """Returns whether there are tensors of a dtype."""
    import torch

    try:
        torch.empty(1, dtype=dtype)
    except (RuntimeError, TypeError):
        return False
    return True


def _members(kind: type, bases: set[type]) -> set[str]:
    """Returns the public members of a class that neither another described class gives it nor a foreign one."""
    given = (base for base in kind.__mro__[1:] if base in bases or base.__module__.partition(".")[0] != "torch")
    others = {member for base in given for member in dir(base)}
    return {member for member in dir(kind) if not member.startswith("_")} - others


def _stored(kind: type) -> set[str]:
    """Returns the attributes that the methods of a class store, in whatever object."""
    methods = (member for base in kind.__mro__ for member in vars(base).values() if isinstance(member, FunctionType))
    steps = (step for method in methods for step in dis.get_instructions(method.__code__))
    stored = {str(step.argval) for step in steps if step.opname == "STORE_ATTR"}
    return stored.union(*(getattr(base, "__annotations__", ()) for base in kind.__mro__))


def _written(value: Any, path: str, name: str) -> list[str]:
    """Returns the parameters of a function of C++, as torch writes them down: nothing where it does not."""
    if name in _stub(path):
        return list(_stub(path)[name])
    import torch

    schemas = getattr(torch._C, "_jit_get_schemas_for_operator", lambda name: ())(f"aten::{path}_{name}")
    if schemas:
        given = (argument for schema in schemas for argument in schema.arguments)
        found = dict.fromkeys(each.name for each in given if not each.is_out or each.name == "out")
        return ["input" if each == "self" else each for each in found]
    calls = re.findall(rf"(?:^|[\s.]){re.escape(name)}\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*->", str(value.__doc__))
    words = [re.match(r"\w+", part.strip()) for call in calls for part in re.sub(r"[\[(].*?[\])]", "", call).split(",")]
    return list(dict.fromkeys(word[0] for word in words if word and word[0] not in ("self", "None")))


@cache
def _stub(path: str) -> dict[str, dict[str, None]]:
    """Returns the parameters of functions by a stub of torch's, of all their forms together."""
    name, kind = STUBS.get(path, ("", ""))
    file = Path(importlib.import_module("torch").__file__ or "").parent / "_C" / name
    if not file.is_file():
        return {}
    body = ast.parse(file.read_text(encoding="utf-8")).body
    if kind:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == kind)
    found: dict[str, dict[str, None]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            arguments = [each.arg for each in (*node.args.args, *node.args.kwonlyargs) if each.arg != "self"]
            found.setdefault(node.name, {}).update(dict.fromkeys(arguments))
    return found


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")) if len(sys.argv) > 1 else None
        json.dump(describe(known), sys.stdout)

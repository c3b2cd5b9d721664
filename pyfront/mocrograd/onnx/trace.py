"""What a model does, as a tree of operations: a run of its Python code, watched from outside.

Python's profiling hook sees each call of a function. Those of operations become steps, inside of the steps that
call them. So an operation that the format has is one node, and one that it lacks is taken apart into those it calls.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mocrograd.nn import Module
from mocrograd.onnx.names import READS, key_of, operations
from mocrograd.tensor import Tensor

_PACKAGE = str(Path(__file__).parent.parent)
_CALLS = {Module.__call__.__code__}


@dataclass
class Step:
    """A call of an operation.

    Attributes:
        name: The operation.
        arguments: Its arguments by name.
        layer: The path and the class of the layer that calls it.
        line: The file and the line of the user's code.
        result: What it returned.
        shapes: The shapes of the tensors that it returned, which operations in place may change later.
        made: The numbers that it returned, where no tensor went in.
        changed: The tensors among the arguments whose numbers it changed.
        steps: The operations that it called.
    """

    name: str
    arguments: dict[str, Any]
    layer: str
    line: str
    result: Any = None
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    made: np.ndarray[Any, Any] | None = None
    changed: list[Tensor] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors among the arguments."""
        return tensors_of(list(self.arguments.values()))

    def __str__(self) -> str:
        return f"{self.name} in {self.layer}, {self.line}"


class Trace:
    """Records the operations that are called while it is entered.

    Args:
        model: The model, whose layers' paths are told.
        preferred: The names that count, where an operation has several.
    """

    def __init__(self, model: Any, preferred: Container[str]) -> None:
        self.steps: list[Step] = []
        self._paths = {id(m): name for name, m in model.named_modules()} if isinstance(model, Module) else {}
        self._names = {key: next((n for n in names if n in preferred), names[0]) for key, names in operations().items()}
        self._open: list[tuple[types.FrameType, Step, list[int]]] = []
        self._layers: list[tuple[types.FrameType, str]] = []

    def __enter__(self) -> Trace:
        self._other = sys.getprofile()
        sys.setprofile(self._look)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(self._other)

    def _look(self, frame: types.FrameType, event: str, value: Any) -> None:
        if event == "call":
            if frame.f_code in _CALLS:
                self._enter_layer(frame)
                return
            values = frame.f_locals
            name = self._names.get(key_of(frame.f_code, values))
            if name is not None:
                step = Step(name, _arguments(frame.f_code, values), self._layer(), _line(frame))
                self._open.append((frame, step, [t._version for t in step.tensors]))
        elif event == "return":
            if self._open and self._open[-1][0] is frame:
                self._close(value)
            elif self._layers and self._layers[-1][0] is frame:
                self._layers.pop()

    def _enter_layer(self, frame: types.FrameType) -> None:
        layer = frame.f_locals["self"]
        path = self._paths.get(id(layer))
        parts = ["model", path] if path else ["model"]
        self._layers.append((frame, f"{'.'.join(parts)} ({type(layer).__name__})"))

    def _layer(self) -> str:
        return self._layers[-1][1] if self._layers else "the function"

    def _close(self, result: Any) -> None:
        _, step, versions = self._open.pop()
        step.result = step.arguments["input"] if step.name == "__setitem__" else result
        given, made = step.tensors, tensors_of(step.result)
        told = _told(step)
        step.changed = [t for t, version in zip(given, versions) if t._version != version or t is told]
        step.shapes = [tuple(t.shape) for t in made]
        if made and not given:
            step.made = made[0].detach().numpy().copy()
        steps = self._open[-1][1].steps if self._open else self.steps
        if step.name in READS or made:
            steps.append(step)
        else:
            steps += step.steps


def _told(step: Step) -> Tensor | None:
    """Return the tensor that an operation changes by its name; some note that only behind their return."""
    out = step.arguments.get("out")
    if isinstance(out, Tensor):
        return out
    named = step.name.endswith("_") and not step.name.endswith("__")
    if named or step.name == "__setitem__" or step.arguments.get("inplace") is True:
        first = next(iter(step.arguments.values()), None)
        return first if isinstance(first, Tensor) else None
    return None


def run(
    model: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any], preferred: Container[str]
) -> tuple[list[Step], Any]:
    """Run a model and return its operations and what it returned."""
    trace = Trace(model, preferred)
    with trace:
        result = model(*args, **options)
    return trace.steps, result


def _arguments(code: types.CodeType, values: dict[str, Any]) -> dict[str, Any]:
    count = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:count])
    if code.co_flags & 4:
        names.append("*" + code.co_varnames[count])
    # Lists may be changed by the operation, such as one that is emptied.
    given = {name: values[name.lstrip("*")] for name in names}
    return {name: list(value) if isinstance(value, list) else value for name, value in given.items()}


def _line(frame: types.FrameType) -> str:
    at: types.FrameType | None = frame
    while at is not None:
        file = at.f_code.co_filename
        if not file.startswith(_PACKAGE) and not file.startswith("<"):
            return f"{file}:{at.f_lineno}"
        at = at.f_back
    return "an unknown line"


def tensors_of(thing: Any) -> list[Tensor]:
    """Return the tensors in something: itself, or those in tuples, lists and dicts."""
    if isinstance(thing, Tensor):
        return [thing]
    if isinstance(thing, dict):
        thing = list(thing.values())
    if isinstance(thing, (tuple, list)):
        return [t for part in thing for t in tensors_of(part)]
    return []

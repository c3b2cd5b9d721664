"""From the operations of several runs to a graph.

Runs differ in the sizes of the dynamic axes and in the numbers of the inputs. So what is equal in all of them is
constant, sizes that differ become formulas (sizes.py), and anything else that differs is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.errors import OnnxExporterError, UnsupportedOperatorError
from mocrograd.onnx.graph import TYPES, Dim, Graph, Value
from mocrograd.onnx.names import READS
from mocrograd.onnx.sizes import Size, fitted
from mocrograd.onnx.trace import Step, tensors_of
from mocrograd.tensor import Tensor

_OTHER_DTYPE = {"eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "logical_not"}
"""Operations whose result has another dtype when they do not work in place."""
Form = Callable[[Graph, "Arguments"], Any]
FORMS: dict[str, Form] = {}
"""How each operation is written: (graph, arguments) -> the names of its results."""


class Decline(Exception):
    """Raised by a form that cannot express a call; the call is taken apart instead."""


class _HiddenTensor(OnnxExporterError):
    """A tensor depends on the inputs in a way that the trace does not show."""


def form(*names: str) -> Callable[[Form], Form]:
    """Say which operations a function writes; a decorator. "F." stands before those of nn.functional."""

    def keep(function: Form) -> Form:
        for name in names:
            FORMS[name] = function
        return function

    return keep


class Arguments:
    """The arguments of an operation, converted when they are asked for: tensors to values, sizes to formulas.

    Attributes:
        steps: The call in each run.
        result: What it returned in the first run.
    """

    def __init__(self, writer: Writer, steps: Sequence[Step], name: str = "") -> None:
        self.steps = steps
        self.name = name or steps[0].name
        self.result = steps[0].result
        self._writer = writer

    def __getitem__(self, name: str) -> Any:
        """Return an argument by its name."""
        return self._writer.converted([step.arguments[name] for step in self.steps])

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument by its name, or something else where the operation has none of that name."""
        return self[name] if name in self.steps[0].arguments else default

    @property
    def first(self) -> Any:
        """The first argument, whatever its name."""
        return self[next(iter(self.steps[0].arguments))]

    def shape(self, number: int = 0) -> tuple[Dim, ...]:
        """Return the shape of a result."""
        return self._writer.shape([step.shapes[number] for step in self.steps])

    def dtype(self, number: int = 0) -> dtypes.dtype:
        """Return the dtype of a result."""
        return tensors_of(self.result)[number].dtype


class Writer:
    """Writes the operations of aligned runs into a graph.

    Args:
        graph: The graph.
        axes: The sizes of the dynamic axes in each run.
        names: The names of parameters and buffers, by the identity of the tensor.
    """

    def __init__(self, graph: Graph, axes: Sequence[dict[str, int]], names: dict[int, str]) -> None:
        self.graph = graph
        self._axes = axes
        self._names = names
        self._depth = 0
        self._values: dict[int, Value] = {}
        self._stale: dict[int, str] = {}
        self._kept: list[Any] = []
        self._outside: list[Tensor] = []
        """Tensors that no operation of the model made."""
        self._views: dict[int, tuple[Sequence[Step], int]] = {}
        """The operation that made a view of its first argument, and which of its results it is."""

    # ------------------------------------------------------------------------------- operations

    def write(self, runs: Sequence[Sequence[Step]]) -> None:
        """Write operations.

        Args:
            runs: Those of each run.

        Raises:
            OnnxExporterError: The runs differ, or a number of a tensor is read.
            UnsupportedOperatorError: An operation has no form.
        """
        self._compare(runs)
        for steps in zip(*runs):
            self._write_one(steps)

    def _compare(self, runs: Sequence[Sequence[Step]]) -> None:
        first = [step.name for step in runs[0]]
        for run in runs[1:]:
            other = [step.name for step in run]
            if other != first:
                at = next((i for i, pair in enumerate(zip(first, other)) if pair[0] != pair[1]), None)
                at = min(len(first), len(other)) if at is None else at
                step = (runs[0] if at < len(first) else run)[at]
                reads = [s for s in runs[0][:at] if s.name in READS]
                if reads:
                    raise OnnxExporterError(f"{reads[-1]}: Python reads the numbers of a tensor and decides by them")
                raise OnnxExporterError(
                    f"the operations of the model depend on the numbers or sizes of its inputs, from {step} on; "
                    "a graph holds one sequence of operations"
                )

    def _write_one(self, steps: Sequence[Step]) -> None:
        step = steps[0]
        self.graph.step = str(step)
        if step.name in READS:
            if self._depends(step):
                raise OnnxExporterError(
                    f"{step}: Python reads the numbers of a tensor that depends on the inputs; what it decides by them "
                    "would be frozen in the graph"
                )
            return
        changed = {id(t) for t in step.changed}
        if self.graph.training and changed and changed | {id(t) for t in tensors_of(step.result)} <= self._names.keys():
            return  # running statistics
        names = self._written(steps)
        if names is not None:
            self._bind(steps, names)
            return
        if step.made is not None and self._same([s.made for s in steps]):
            self._keep_constant([s.result for s in steps], step.made)
            return
        before = [self._values.get(id(t)) for t in step.changed]
        self._depth += 1
        try:
            self.write([s.steps for s in steps])
        except _HiddenTensor as error:
            if self._depth > 1:
                raise
            raise UnsupportedOperatorError(f"{step}: there is no ONNX form of this operation ({error})") from error
        except UnsupportedOperatorError as error:
            if error.__cause__ is not None:
                raise
            raise UnsupportedOperatorError(f"{step}: there is no ONNX form of this operation: {error}") from error
        finally:
            self._depth -= 1
        unknown = not all(self._known(t) for t in tensors_of(step.result))
        missed = any(self._values.get(id(t)) is was for t, was in zip(step.changed, before) if id(t) not in self._stale)
        if missed or (unknown and (self._depends(step) or self._differ(steps))):
            raise UnsupportedOperatorError(f"{step}: there is no ONNX form of this operation")

    def _written(self, steps: Sequence[Step]) -> Any:
        """Return the names of what a form made of an operation; None where there is none or it declines."""
        name = steps[0].name
        base = name.removesuffix("_")
        if name not in FORMS and base != name and base not in _OTHER_DTYPE:
            name = base
        if name not in FORMS:
            return None
        try:
            return FORMS[name](self.graph, Arguments(self, steps, name))
        except Decline:
            return None

    def _differ(self, steps: Sequence[Step]) -> bool:
        return any(self._unequal(tensors) for tensors in zip(*(tensors_of(s.result) for s in steps)))

    def _bind(self, steps: Sequence[Step], names: Any) -> None:
        results = [tensors_of(step.result) for step in steps]
        given = [names] if isinstance(names, str) else list(names)
        step = steps[0]
        changed = {id(t) for t in step.changed}
        source = step.tensors[0] if step.tensors else None
        for i, (name, tensors) in enumerate(zip(given, zip(*results), strict=True)):
            if not name or (id(tensors[0]) not in changed and any(tensors[0] is t for t in step.tensors)):
                continue  # not asked for, or an argument as it is
            self.bind(tensors, name, [s.shapes[i] for s in steps])
            if id(tensors[0]) in changed:
                self._spread(step, tensors)
            elif source is not None and tensors[0] is not source and tensors[0].storage is source.storage:
                self._views[id(tensors[0])] = steps, i
        told = {id(t) for t in results[0]} | self._stale.keys() | (self._names.keys() if self.graph.training else set())
        if not changed <= told:
            raise UnsupportedOperatorError(f"{step}: there is no ONNX form of what this operation changes in place")

    def bind(self, tensors: Sequence[Tensor], name: str, shapes: Sequence[Sequence[int]]) -> None:
        """Give the tensors of all runs a name in the graph."""
        tensor = tensors[0]
        self._kept.append(tensors)
        self._stale.pop(id(tensor), None)
        self._values[id(tensor)] = Value(name, tensor.dtype, self.shape(shapes))

    # ---------------------------------------------------------------------------------- in place

    def _spread(self, step: Step, tensors: Sequence[Tensor]) -> None:
        """Bring the change of a tensor in place to what it is a view of; other views are made again when used."""
        target = tensors[0]
        if any(t.storage is target.storage for t in self._outside):
            raise OnnxExporterError(
                f"{step}: a tensor that the model keeps is changed, as running statistics are in training mode, "
                "which a graph cannot do"
            )
        roots = self._write_back(tensors)
        for kept in self._kept:
            other = kept[0]
            if other is not target and other is not roots[0] and other.storage is target.storage:
                self._stale[id(other)] = str(step)

    def _chain(self, tensor: Tensor) -> list[tuple[Sequence[Step], int]]:
        """Return the operations that made a view, from the tensor that is none on."""
        chain: list[tuple[Sequence[Step], int]] = []
        while id(tensor) in self._views:
            chain.insert(0, self._views[id(tensor)])
            tensor = chain[0][0][0].tensors[0]
        return chain

    def _again(self, chain: Sequence[tuple[Sequence[Step], int]]) -> None:
        """Make a view again, from what its root stands for now."""
        for steps, number in chain:
            names = self._written(steps)
            name = names if isinstance(names, str) else names[number]
            self.bind([tensors_of(s.result)[number] for s in steps], name, [s.shapes[number] for s in steps])

    def _write_back(self, tensors: Sequence[Tensor]) -> Sequence[Tensor]:
        """Write a view that was changed into its root, at the positions that the view shows; return the root."""
        chain = self._chain(tensors[0])
        if not chain:
            return tensors
        roots = [step.tensors[0] for step in chain[0][0]]
        g, root, view = self.graph, self.value(roots), self._values[id(tensors[0])]
        before, shape = dict(self._values), g.add("Shape", root)
        count = [g.operand(0, dtypes.int64), g.add("Size", root), g.operand(1, dtypes.int64)]
        positions = g.add("Reshape", g.add("Range", *count), shape)
        self._values[id(roots[0])] = Value(positions, root.dtype, root.shape)
        self._again(chain)
        shown = self._values[id(tensors[0])]
        self._values = before
        flat = [g.add("Reshape", part, g.constant([-1], np.int64)) for part in (root, shown, view)]
        written = g.add("Reshape", g.add("ScatterElements", *flat, axis=0), shape)
        self._values[id(roots[0])] = Value(written, root.dtype, root.shape)
        return roots

    # ------------------------------------------------------------------------------ conversions

    def _known(self, tensor: Tensor) -> bool:
        return id(tensor) in self._values

    def _depends(self, step: Step) -> bool:
        return any(self._known(t) and self._values[id(t)].constant is None for t in step.tensors)

    def shape(self, shapes: Sequence[Sequence[int]]) -> tuple[Dim, ...]:
        """Return the shape of the same tensor of all runs."""
        if len({len(shape) for shape in shapes}) > 1:
            raise OnnxExporterError(f"{self.graph.step}: the number of dimensions depends on a dynamic axis")
        return tuple(self._integer(sizes, "a size") for sizes in zip(*shapes))

    def converted(self, seen: Sequence[Any]) -> Any:
        """Return what an argument is in the graph, from what it was in each run."""
        first = seen[0]
        if any(type(other) is not type(first) for other in seen):
            raise OnnxExporterError(
                f"{self.graph.step}: an argument depends on the inputs or on a dynamic axis and would be frozen: "
                f"{', '.join(map(str, seen[:3]))}"
            )
        if isinstance(first, Tensor):
            return self.value(seen)
        if type(first) is int:
            return self._integer(seen, "an argument")
        if isinstance(first, (tuple, list)):
            if len({len(s) for s in seen}) > 1:
                raise OnnxExporterError(f"{self.graph.step}: the number of arguments depends on a dynamic axis")
            return [self.converted(parts) for parts in zip(*seen)]
        if isinstance(first, slice):
            return slice(*(self.converted([getattr(s, end) for s in seen]) for end in ("start", "stop", "step")))
        if isinstance(first, (np.ndarray, float, bool, str)):
            if not self._same(seen):
                raise OnnxExporterError(
                    f"{self.graph.step}: a number depends on the inputs or on a dynamic axis and would be frozen: "
                    f"{', '.join(map(str, seen[:3]))}"
                )
            return first
        return first

    def _integer(self, seen: Sequence[int], what: str) -> Dim:
        found = fitted(seen, self._axes)
        if found is None:
            raise OnnxExporterError(
                f"{self.graph.step}: {what} depends on the inputs in a way that is no formula of the dynamic axes: "
                f"{', '.join(map(str, seen))} where they are {', '.join(map(str, self._axes))}"
            )
        return found

    def value(self, tensors: Sequence[Tensor]) -> Value:
        """Return what stands for a tensor; a constant for one that no operation of the graph made.

        Raises:
            OnnxExporterError: It was changed through another tensor, or its numbers differ between the runs.
        """
        tensor = tensors[0]
        if id(tensor) in self._stale and id(tensor) in self._views:
            self._again(self._chain(tensor))
        if id(tensor) in self._stale:
            raise OnnxExporterError(
                f"{self.graph.step}: a tensor is used whose memory was changed in place through another one, by "
                f"{self._stale[id(tensor)]}"
            )
        if id(tensor) not in self._values:
            if self._unequal(tensors):
                raise _HiddenTensor(
                    f"{self.graph.step}: a tensor depends on the inputs or on a dynamic axis, but not through "
                    "operations that the exporter sees"
                )
            self._outside.append(tensor)
            self._keep_constant(tensors, tensor.detach().numpy().copy())
        return self._values[id(tensor)]

    def _keep_constant(self, tensors: Sequence[Tensor], array: np.ndarray[Any, Any]) -> None:
        tensor = tensors[0]
        self._kept.append(tensors)
        name = self.graph.constant(array, name=self._names.get(id(tensor), "constant"))
        self._values[id(tensor)] = Value(name, tensor.dtype, tuple(array.shape), array)

    def _unequal(self, tensors: Sequence[Tensor]) -> bool:
        first = tensors[0]
        return not all(t is first for t in tensors) and not self._same([t.detach().numpy() for t in tensors])

    @staticmethod
    def _same(seen: Sequence[Any]) -> bool:
        """Return whether numbers are the same in all runs."""
        arrays = [np.asarray(numbers) for numbers in seen]
        return all(np.array_equal(a, arrays[0], equal_nan=a.dtype.kind == "f") for a in arrays)


__all__ = ["TYPES", "Arguments", "Decline", "Size", "Value", "Writer", "form"]

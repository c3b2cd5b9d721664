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

    def __init__(self, writer: Writer, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.name = steps[0].name
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
        return self._writer.shape([tensors_of(step.result)[number] for step in self.steps])

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
        if step.in_place and self.graph.training and id(next(iter(step.arguments.values()))) in self._names:
            return
        write = FORMS.get(step.name)
        if write is not None:
            try:
                names = write(self.graph, Arguments(self, steps))
            except Decline:
                names = None
            if names is not None:
                self._bind(steps, names)
                return
        self._depth += 1
        try:
            self.write([s.steps for s in steps])
        except _HiddenTensor as error:
            if self._depth > 1:
                raise
            raise UnsupportedOperatorError(f"{step}: there is no ONNX form of this operation ({error})") from error
        finally:
            self._depth -= 1
        unknown = not all(self._known(t) for t in tensors_of(step.result))
        if unknown and (self._depends(step) or self._differ(steps)):
            raise UnsupportedOperatorError(f"{step}: there is no ONNX form of this operation")

    def _differ(self, steps: Sequence[Step]) -> bool:
        return any(self._unequal(tensors) for tensors in zip(*(tensors_of(s.result) for s in steps)))

    def _bind(self, steps: Sequence[Step], names: Any) -> None:
        results = [tensors_of(step.result) for step in steps]
        given = [names] if isinstance(names, str) else list(names)
        if steps[0].in_place:
            self._changed(steps[0])
        for name, tensors in zip(given, zip(*results), strict=True):
            if name:
                self.bind(tensors, name)

    def bind(self, tensors: Sequence[Tensor], name: str) -> None:
        """Give the tensors of all runs a name in the graph."""
        tensor = tensors[0]
        self._kept.append(tensors)
        self._stale.pop(id(tensor), None)
        self._values[id(tensor)] = Value(name, tensor.dtype, self.shape(tensors))

    def _changed(self, step: Step) -> None:
        """Forget the values of other tensors in the memory of one that an operation changes in place."""
        target = next(iter(step.arguments.values()))
        if not isinstance(target, Tensor):
            return
        if id(target) in self._names:
            raise OnnxExporterError(f"{step}: a parameter or a buffer is changed, which a graph cannot do")
        for tensors in self._kept:
            other = tensors[0]
            if other is not target and other.storage is target.storage:
                self._stale[id(other)] = str(step)

    # ------------------------------------------------------------------------------ conversions

    def _known(self, tensor: Tensor) -> bool:
        return id(tensor) in self._values

    def _depends(self, step: Step) -> bool:
        given = tensors_of(list(step.arguments.values()))
        return any(self._known(t) and self._values[id(t)].constant is None for t in given)

    def shape(self, tensors: Sequence[Tensor]) -> tuple[Dim, ...]:
        """Return the shape of the same tensor of all runs."""
        ranks = {t.ndim for t in tensors}
        if len(ranks) > 1:
            raise OnnxExporterError(f"{self.graph.step}: the number of dimensions depends on a dynamic axis")
        return tuple(self._integer(sizes, "a size") for sizes in zip(*(tuple(t.shape) for t in tensors)))

    def converted(self, seen: Sequence[Any]) -> Any:
        """Return what an argument is in the graph, from what it was in each run."""
        first = seen[0]
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
        if isinstance(first, (np.ndarray, float)):
            if not all(np.array_equal(first, other, equal_nan=True) for other in seen):
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
            self._kept.append(tensors)
            array = tensor.detach().numpy().copy()
            name = self.graph.constant(array, name=self._names.get(id(tensor), "constant"))
            self._values[id(tensor)] = Value(name, tensor.dtype, tuple(tensor.shape), array)
        return self._values[id(tensor)]

    def _unequal(self, tensors: Sequence[Tensor]) -> bool:
        first = tensors[0]
        if all(t is first for t in tensors):
            return False
        numbers = [t.detach().numpy() for t in tensors]
        return any(
            n.shape != numbers[0].shape or not np.array_equal(n, numbers[0], equal_nan=n.dtype.kind == "f")
            for n in numbers
        )


__all__ = ["TYPES", "Arguments", "Decline", "Size", "Value", "Writer", "form"]

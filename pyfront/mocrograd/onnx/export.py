"""`export`: a model as an ONNX file."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import helper

import mocrograd
from mocrograd.autograd import no_grad
from mocrograd.nn import Module
from mocrograd.onnx import operations  # noqa: F401  (the forms of the operations)
from mocrograd.onnx.errors import OnnxExporterError
from mocrograd.onnx.graph import TYPES, Dim, Graph
from mocrograd.onnx.sizes import Size
from mocrograd.onnx.trace import Step, run, tensors_of
from mocrograd.onnx.writer import FORMS, Writer
from mocrograd.ops.creation import tensor
from mocrograd.serialization.files import replacement
from mocrograd.tensor import Tensor

__all__ = ["TrainingMode", "export"]

OPSETS = range(18, 22)
_IR_VERSION = 10
_WITHOUT_EFFECT = {
    "autograd_inlining", "artifacts_dir", "do_constant_folding", "dump_exported_program", "dynamo", "external_data",
    "fallback", "operator_export_type", "optimize", "profile", "report", "verify",
}  # fmt: skip
_MORE = (1, 2, 3)
"""By how much each dynamic axis grows in further runs: enough to tell formulas with halves and quarters apart."""
_MUCH_MORE = 61
"""By how much it grows in one more run, so that what a limit cuts off (`x[:8]`, `min(n, 32)`) does not look dynamic."""
_MOST_ELEMENTS = 2**18
"""How many elements the inputs of that run may have."""


class TrainingMode(enum.Enum):
    """Which mode a model is exported in."""

    EVAL = 0
    PRESERVE = 1
    TRAINING = 2


def export(
    model: Callable[..., Any],
    args: Any = (),
    f: Any = None,
    *,
    kwargs: Mapping[str, Any] | None = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    opset_version: int | None = None,
    dynamic_axes: Mapping[str, Any] | None = None,
    dynamic_shapes: Any = None,
    training: TrainingMode = TrainingMode.EVAL,
    export_params: bool = True,
    keep_initializers_as_inputs: bool = False,
    verbose: bool | None = None,
    **others: Any,
) -> Any:
    """Write a model as an ONNX file.

    The model runs a few times, with the example and with inputs of other numbers and sizes, and what it computes is
    written as operators. What differs between the runs, other than by the sizes of dynamic axes, cannot be a graph: it
    is an error that names operation, layer and line.

    Args:
        model: A module in evaluation mode, or a function of tensors.
        args: The example: a tensor, or a tuple of arguments.
        f: A path, or a file that is open for writing bytes; None writes nothing.
        kwargs: Further arguments by name.
        input_names: The names of the inputs, of all tensors in the arguments in order; "input" by default.
        output_names: The names of the outputs; "output" by default.
        opset_version: The version of ONNX's set of operators, 18 to 21; 18 by default.
        dynamic_axes: For names of inputs and outputs the dynamic dimensions: {dimension: name} or [dimension].
        dynamic_shapes: The same for arguments, by their names or in their order: {dimension: name}, None for none.
        training: `EVAL` refuses a model in training mode; `PRESERVE` and `TRAINING` export it as it is and in training.
        export_params: Whether parameters are in the file; they are inputs otherwise.
        keep_initializers_as_inputs: Whether parameters are inputs with the file's numbers as defaults.
        verbose: Whether to print the graph.
        **others: Options of torch's exporter that change nothing here, such as `dynamo` and `do_constant_folding`.

    Returns:
        The model, as an `onnx.ModelProto`.

    Raises:
        OnnxExporterError: The model is in training mode, reads numbers of tensors, or depends on sizes in no known way.
        UnsupportedOperatorError: An operation has no ONNX form.
        TypeError: An argument is of a wrong type.
        ValueError: A name, an axis or the version is not one.
    """
    wrong = others.keys() - _WITHOUT_EFFECT
    if wrong:
        raise TypeError(f"export() got an unexpected keyword argument {sorted(wrong)[0]!r}")
    version = OPSETS.start if opset_version is None else opset_version
    if version not in OPSETS:
        raise ValueError(f"opset_version: expected {OPSETS.start} to {OPSETS.stop - 1}, got {opset_version}")
    args = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    example = _Example(model, args, dict(kwargs or {}), input_names, dynamic_axes, dynamic_shapes)
    graph = Graph(version, training is not TrainingMode.EVAL)
    with no_grad(), _mode(model, training):
        outputs = _write(model, example, graph)
    names = _output_names(output_names, len(outputs))
    unknown = set(dynamic_axes or {}) - {*example.names, *names}
    if unknown:
        known = ", ".join((*example.names, *names))
        raise ValueError(f"dynamic_axes: expected names of inputs and outputs ({known}), got {sorted(unknown)}")
    made = _finished(model, example, graph, outputs, names, dynamic_axes or {})
    if not export_params or keep_initializers_as_inputs:
        _parameters_as_inputs(made, model, export_params)
    onnx.checker.check_model(made, full_check=True)
    if verbose:
        print(helper.printable_graph(made.graph))
    if f is not None:
        _save(made, f)
    return made


@dataclass
class _Run:
    """The sizes of the dynamic axes and the arguments of a run, which an `optional` one may fail with."""

    sizes: dict[str, int]
    args: tuple[Any, ...]
    options: dict[str, Any]
    optional: bool = False


class _Example:
    """The example's tensors, their names and their dynamic axes."""

    def __init__(
        self,
        model: Callable[..., Any],
        args: tuple[Any, ...],
        options: dict[str, Any],
        names: Sequence[str] | None,
        dynamic_axes: Mapping[str, Any] | None,
        dynamic_shapes: Any,
    ) -> None:
        # Each tensor is an input of its own, also where one stands for several arguments.
        # The model may change them in place.
        self.args, self.options = (_replaced(x, lambda t: t.detach().clone()) for x in (args, options))
        self.tensors = tensors_of([*self.args, *self.options.values()])
        if not self.tensors:
            raise TypeError("export(): expected at least one tensor among the arguments")
        self.names = _input_names(names, len(self.tensors))
        self.axes: dict[str, list[tuple[int, int]]] = {}
        """For each dynamic axis the inputs and dimensions that have it."""
        shapes = _by_argument(dynamic_shapes, self.args, self.options)
        for number, (name, t) in enumerate(zip(self.names, self.tensors)):
            given = (dynamic_axes or {}).get(name) or shapes.get(id(t)) or {}
            for dim, axis in _axes_of(name, given, t).items():
                self.axes.setdefault(axis, []).append((number, dim))
        for axis, where in self.axes.items():
            sizes = {self.tensors[n].shape[d] for n, d in where}
            if len(sizes) > 1:
                raise ValueError(f"the dynamic axis {axis!r} has several sizes in the example: {sorted(sizes)}")

    def runs(self) -> Iterator[_Run]:
        """Yield the runs: first the example, then others."""
        base = {axis: int(self.tensors[w[0][0]].shape[w[0][1]]) for axis, w in self.axes.items()}
        sizes = [{**base, axis: base[axis] + more} for axis in base for more in _MORE]
        if len(base) > 1:
            sizes.append({axis: n + 4 + i for i, (axis, n) in enumerate(base.items())})
        far = [{**base, axis: 1} for axis in base if base[axis] > 1]
        far += [{**base, axis: base[axis] + self._much_more(axis)} for axis in base]
        # The model may change its arguments in place, so those of other runs are made before.
        others = [self._run(n, s, optional=n >= len(sizes)) for n, s in enumerate([*sizes, *far] or [base])]
        yield _Run(base, self.args, self.options)
        yield from others

    def _much_more(self, axis: str) -> int:
        """Return by how much an axis grows in its longest run."""
        where = dict(self.axes[axis])
        rest = sum(t.numel() // max(t.shape[where[n]], 1) for n, t in enumerate(self.tensors) if n in where)
        return max(_MORE[-1], min(_MUCH_MORE, _MOST_ELEMENTS // max(rest, 1)))

    def _run(self, number: int, sizes: dict[str, int], optional: bool) -> _Run:
        others = {id(t): self._other(i, t, sizes, number) for i, t in enumerate(self.tensors)}
        args, options = _replaced((self.args, self.options), lambda t: others[id(t)])
        return _Run(sizes, args, options, optional)

    def _other(self, number: int, t: Tensor, sizes: Mapping[str, int], run: int) -> Tensor:
        """Return a tensor of the sizes of a run, with the example's numbers in another order and scaled."""
        array = t.detach().cpu().numpy()
        for axis, where in self.axes.items():
            for n, dim in where:
                if n == number:
                    array = np.take(array, (np.arange(sizes[axis]) + 1) % max(array.shape[dim], 1), axis=dim)
        if array.dtype.kind == "f":
            rng = np.random.default_rng(run)
            scaled = array * rng.uniform(0.5, 1.0, array.shape)
            array = np.where(array == 0, rng.uniform(0, 1e-3, array.shape), scaled).astype(array.dtype)
        return tensor(array, device=t.device)


def _write(model: Callable[..., Any], example: _Example, graph: Graph) -> list[tuple[str, tuple[Dim, ...], Any]]:
    """Write the graph; return name, shape and dtype of each output."""
    runs: list[list[Step]] = []
    axes, given, results = [], [], []
    for example_run in example.runs():
        try:
            steps, result = run(model, example_run.args, example_run.options, FORMS)
        except Exception as error:
            if example_run.optional:
                continue
            if not runs or isinstance(error, OnnxExporterError):
                raise
            raise OnnxExporterError(
                f"the model runs with the example, but not where the dynamic axes are {example_run.sizes}: {error}"
            ) from error
        runs.append(steps)
        axes.append(example_run.sizes)
        given.append(tensors_of([*example_run.args, *example_run.options.values()]))
        results.append(tensors_of(result))
    names = _state_names(model)
    writer = Writer(graph, axes, names)
    for axis, where in example.axes.items():
        graph.axes[axis] = (example.names[where[0][0]], where[0][1])
    for name, tensors in zip(example.names, zip(*given)):
        graph.name(name)
        writer.bind(tensors, name)
    writer.write(runs)
    if not results[0] or len({len(r) for r in results}) > 1:
        raise OnnxExporterError("the model must return tensors, equally many in each run")
    graph.step = "an output"
    return [(v.name, v.shape, v.dtype) for v in (writer.value(tensors) for tensors in zip(*results))]


def _finished(
    model: Any, example: _Example, graph: Graph, outputs: Sequence[tuple[str, tuple[Dim, ...], Any]],
    names: Sequence[str], dynamic_axes: Mapping[str, Any],
) -> Any:  # fmt: skip
    """Return the whole model: what the outputs need of the graph, with their names."""
    for (name, _, _), wanted in zip(outputs, names):
        graph.add("Identity", name, outputs=[wanted])
    nodes = _needed(graph.nodes, names)
    used = {name for node in nodes for name in node.input}
    inputs = []
    for number, (name, t) in enumerate(zip(example.names, example.tensors)):
        shape: list[Any] = [int(n) for n in t.shape]
        for axis, where in example.axes.items():
            for n, dim in where:
                if n == number:
                    shape[dim] = axis
        inputs.append(helper.make_tensor_value_info(name, TYPES[t.dtype], shape))
    infos = [
        helper.make_tensor_value_info(
            name, TYPES[dtype], [_shown(n, f"{name}_{d}", dynamic_axes.get(name), d) for d, n in enumerate(shape)]
        )
        for name, (_, shape, dtype) in zip(names, outputs)
    ]
    initializers = [made for name, made in graph.initializers.items() if name in used]
    title = type(model).__name__ if isinstance(model, Module) else getattr(model, "__name__", "model")
    made = helper.make_graph(nodes, title, inputs, infos, initializers)
    return helper.make_model(
        made, opset_imports=[helper.make_opsetid("", graph.opset)], ir_version=_IR_VERSION,
        producer_name="mocrograd", producer_version=mocrograd.__version__,
    )  # fmt: skip


def _needed(nodes: Sequence[Any], outputs: Sequence[str]) -> list[Any]:
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    return kept[::-1]


def _shown(size: Dim, otherwise: str, axes: Any, dim: int) -> int | str:
    """Return a size of an output as ONNX has it: a number, or a name."""
    if isinstance(size, int):
        return size
    if isinstance(axes, Mapping) and dim in axes:
        return str(axes[dim])
    plain = isinstance(size, Size) and len(size.axes) == 1 and size.factor == 1 and size.constant == 0
    return size.axes[0] if plain else otherwise


def _parameters_as_inputs(made: Any, model: Any, keep: bool) -> None:
    names = set(_state_names(model).values())
    for initializer in list(made.graph.initializer):
        if initializer.name in names:
            made.graph.input.append(
                helper.make_tensor_value_info(initializer.name, initializer.data_type, list(initializer.dims))
            )
            if not keep:
                made.graph.initializer.remove(initializer)


def _save(made: Any, f: Any) -> None:
    data = made.SerializeToString()
    if hasattr(f, "write"):
        f.write(data)
        return
    with replacement(f) as file:
        file.write(data)


# ----------------------------------------------------------------------------------- names and modes


def _state_names(model: Any) -> dict[int, str]:
    if not isinstance(model, Module):
        return {}
    named = [*model.named_parameters(), *model.named_buffers()]
    return {id(t): name for name, t in reversed(named)}


def _input_names(names: Sequence[str] | None, count: int) -> list[str]:
    default = ["input"] if count == 1 else [f"input_{i}" for i in range(count)]
    return _names("input_names", names, default)


def _output_names(names: Sequence[str] | None, count: int) -> list[str]:
    default = ["output"] if count == 1 else [f"output_{i}" for i in range(count)]
    return _names("output_names", names, default)


def _names(what: str, names: Sequence[str] | None, default: list[str]) -> list[str]:
    if isinstance(names, str):
        raise TypeError(f"{what}: expected a list of str, got the str {names!r}")
    if names is None:
        return default
    if len(names) > len(default):
        raise ValueError(f"{what}: expected at most {len(default)} names, got {len(names)}: {list(names)}")
    if len(set(names)) < len(names):
        raise ValueError(f"{what}: expected names that differ, got {list(names)}")
    return [*names, *default[len(names) :]]


def _by_argument(shapes: Any, args: Sequence[Any], options: Mapping[str, Any]) -> dict[int, Any]:
    """Return the dynamic dimensions by the identity of the tensor."""
    if shapes is None:
        return {}
    arguments = [*args, *options.values()]
    entries = list(shapes.values()) if isinstance(shapes, Mapping) else list(shapes)
    if len(entries) != len(arguments):
        raise ValueError(
            f"dynamic_shapes: expected an entry for each of {len(arguments)} arguments, got {len(entries)}"
        )
    return {id(t): e for t, e in zip(arguments, entries) if e is not None}


def _axes_of(name: str, given: Any, t: Tensor) -> dict[int, str]:
    """Return the names of the dynamic dimensions of an input."""
    if not isinstance(given, Mapping):
        given = {dim: axis for dim, axis in enumerate(given) if axis is not None} if _names_in(given) else {
            dim: f"{name}_dim_{dim}" for dim in given
        }  # fmt: skip
    axes = {}
    for dim, axis in given.items():
        if axis is None:
            continue
        if not isinstance(dim, int) or not -t.ndim <= dim < t.ndim:
            raise ValueError(f"dynamic axes of {name!r}: expected a dimension of {t.ndim}, got {dim!r}")
        axes[dim % t.ndim] = axis if isinstance(axis, str) else getattr(axis, "__name__", f"{name}_dim_{dim}")
    return axes


def _names_in(given: Sequence[Any]) -> bool:
    return any(not isinstance(x, int) for x in given)


def _replaced(thing: Any, other: Callable[[Tensor], Tensor]) -> Any:
    """Return something with other tensors in place of its own."""
    if isinstance(thing, Tensor):
        return other(thing)
    if isinstance(thing, dict):
        return {name: _replaced(part, other) for name, part in thing.items()}
    if isinstance(thing, (tuple, list)):
        parts = [_replaced(part, other) for part in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    return thing


@contextmanager
def _mode(model: Any, training: TrainingMode) -> Iterator[None]:
    """Put a model into the mode that is asked for, and then back, buffers included."""
    if not isinstance(model, Module):
        yield
        return
    modules = list(model.modules())
    modes = [m.training for m in modules]
    if training is TrainingMode.EVAL and any(modes):
        raise OnnxExporterError(
            "the model is in training mode, in which dropout and batch normalisation compute otherwise: "
            "call model.eval(), or pass training=TrainingMode.PRESERVE"
        )
    buffers = [(b, b.detach().clone()) for b in model.buffers()]
    if training is TrainingMode.TRAINING:
        model.train()
    try:
        yield
    finally:
        for module, mode in zip(modules, modes):
            module.training = mode
        for buffer, before in buffers:
            buffer.copy_(before)

"""`export`: a model as an ONNX file."""

from __future__ import annotations

import enum
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import onnx
from onnx import helper

import mocrograd
from mocrograd.autograd import no_grad
from mocrograd.nn import Module
from mocrograd.onnx import operations  # noqa: F401  (the forms of the operations)
from mocrograd.onnx.errors import OnnxExporterError, UnsupportedOperatorError
from mocrograd.onnx.example import Example, chosen_names
from mocrograd.onnx.graph import PARAMETERS, TYPES, Dim, Graph
from mocrograd.onnx.sizes import Size
from mocrograd.onnx.trace import Step, run, tensors_of
from mocrograd.onnx.writer import FORMS, Writer
from mocrograd.serialization.files import replacement
from mocrograd.tensor import Tensor

__all__ = ["TrainingMode", "export"]

OPSETS = range(18, 22)
_IR_VERSION = 10
_WITHOUT_EFFECT = {
    "autograd_inlining", "artifacts_dir", "do_constant_folding", "dump_exported_program", "dynamo", "external_data",
    "fallback", "operator_export_type", "optimize", "profile", "report", "verify",
}  # fmt: skip


class TrainingMode(enum.Enum):
    """Which mode a model is exported in.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.Sequential(mg.nn.Linear(2, 2), mg.nn.Dropout())
        >>> kept = mg.onnx.export(model, (mg.ones(1, 2),), training=mg.onnx.TrainingMode.PRESERVE)
        >>> "Dropout" in [node.op_type for node in kept.graph.node]
        True
    """

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

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.Linear(3, 2).eval()
        >>> exported = mg.onnx.export(model, (mg.ones(1, 3),), "linear.onnx", input_names=["x"], output_names=["y"])
        >>> loaded = mg.onnx.load("linear.onnx")
        >>> mg.allclose(loaded(mg.ones(1, 3)), model(mg.ones(1, 3)))
        True
    """
    wrong = others.keys() - _WITHOUT_EFFECT
    if wrong:
        raise TypeError(f"export() got an unexpected keyword argument {sorted(wrong)[0]!r}")
    version = OPSETS.start if opset_version is None else opset_version
    if version not in OPSETS:
        raise ValueError(f"opset_version: expected {OPSETS.start} to {OPSETS.stop - 1}, got {opset_version}")
    args = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    example = Example(model, args, dict(kwargs or {}), input_names, dynamic_axes, dynamic_shapes)
    graph = Graph(version, training is not TrainingMode.EVAL)
    for name in output_names or ():
        graph.name(name)
    with no_grad(), _mode(model, training), _unchecked():
        outputs = _write(model, example, graph)
    names = chosen_names("output_names", output_names, _default_names(len(outputs)))
    if set(names) & set(example.names):
        raise ValueError(f"output_names: expected names that no input has, got {names}")
    unknown = set(dynamic_axes or {}) - {*example.names, *names}
    if unknown:
        known = ", ".join((*example.names, *names))
        raise ValueError(f"dynamic_axes: expected names of inputs and outputs ({known}), got {sorted(unknown)}")
    made = _finished(model, example, graph, outputs, names, dynamic_axes or {})
    if not export_params or keep_initializers_as_inputs:
        _parameters_as_inputs(made, model, export_params)
    try:
        onnx.checker.check_model(made, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        steps = [graph.steps[name] for name in re.findall(r"node name: (\w+)", str(error)) if name in graph.steps]
        raise UnsupportedOperatorError(f"{(steps or ['the model'])[0]}: ONNX does not take it: {error}") from error
    if verbose:
        print(helper.printable_graph(made.graph))
    if f is not None:
        _save(made, f)
    return made


def _write(model: Callable[..., Any], example: Example, graph: Graph) -> list[tuple[str, tuple[Dim, ...], Any]]:
    """Write the graph; return name, shape and dtype of each output."""
    runs: list[list[Step]] = []
    axes, given, results = [], [], []
    for given_run in example.runs():
        try:
            steps, result = run(model, given_run.args, given_run.options, FORMS)
        except Exception as error:
            if given_run.optional:
                continue
            if not runs or isinstance(error, OnnxExporterError):
                raise
            raise OnnxExporterError(
                f"the model runs with the example, but not where the dynamic axes are {given_run.sizes}: {error}"
            ) from error
        runs.append(steps)
        axes.append(given_run.sizes)
        given.append(tensors_of([*given_run.args, *given_run.options.values()]))
        results.append(_outputs(result))
    names = _state_names(model)
    writer = Writer(graph, axes, names)
    for axis, where in example.axes.items():
        graph.axes[axis] = (example.names[where[0][0]], where[0][1])
    for name, tensors in zip(example.names, zip(*given)):
        graph.name(name)
        writer.bind(tensors, name, [tuple(t.shape) for t in tensors])
    writer.write(runs)
    if not results[0] or len({len(r) for r in results}) > 1:
        raise OnnxExporterError("the model must return tensors, equally many in each run")
    graph.step = "an output"
    return [(v.name, v.shape, v.dtype) for v in (writer.value(tensors) for tensors in zip(*results))]


def _outputs(result: Any) -> list[Tensor]:
    """Return the tensors that a model returned."""
    if result is None or isinstance(result, Tensor):
        return tensors_of(result)
    if not isinstance(result, (tuple, list, dict)):
        raise OnnxExporterError(f"the model returns a {type(result).__name__}, which is no output of a graph")
    return [t for part in (result.values() if isinstance(result, dict) else result) for t in _outputs(part)]


def _finished(
    model: Any, example: Example, graph: Graph, outputs: Sequence[tuple[str, tuple[Dim, ...], Any]],
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
    finished = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", graph.opset)], ir_version=_IR_VERSION,
        producer_name="mocrograd", producer_version=mocrograd.__version__,
    )  # fmt: skip
    if isinstance(model, Module):
        helper.set_model_props(finished, {PARAMETERS: json.dumps([name for name, _ in model.named_parameters()])})
    return finished


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


def _default_names(count: int) -> list[str]:
    return ["output"] if count == 1 else [f"output_{i}" for i in range(count)]


@contextmanager
def _unchecked() -> Iterator[None]:
    """Let distributions believe their parameters: a graph cannot raise an error, and checks read numbers."""
    loaded = sys.modules.get("mocrograd.distributions")
    if loaded is None:
        yield
        return
    before = loaded.Distribution._validate_args
    loaded.Distribution.set_default_validate_args(False)
    try:
        yield
    finally:
        loaded.Distribution.set_default_validate_args(before)


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

"""The runs of a model that are exported: one plan for each batch size, with its inputs and outputs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocrograd import backend
from mocrograd.autograd import no_grad
from mocrograd.compiler.compiled import recording_lock
from mocrograd.compiler.guards import Surroundings
from mocrograd.compiler.plan import Plan
from mocrograd.compiler.record import record
from mocrograd.compiler.trace import CAPTURED
from mocrograd.compiler.tree import map_tensors, signature, tensors_of, with_tensors
from mocrograd.dtypes import dtype
from mocrograd.nn import Module
from mocrograd.ops import arange, index_select
from mocrograd.tensor import Tensor

C_TYPES = {
    "float32": "float", "float64": "double", "int64": "int64_t", "int32": "int32_t", "uint8": "uint8_t",
    "bool": "uint8_t", "int8": "int8_t", "int16": "int16_t", "float16": "uint16_t", "bfloat16": "uint16_t",
}  # fmt: skip
"""The type in C of elements of each dtype; a bool is a byte of 0 or 1, a float of 16 bits the number that these are."""
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*", re.IGNORECASE)
_KEYWORDS = {
    "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "const",
    "continue", "default", "delete", "do", "double", "else", "enum", "explicit", "export", "extern", "false",
    "final", "float", "for", "friend", "goto", "if", "import", "inline", "int", "long", "mutable", "namespace",
    "new", "not", "operator", "or", "override", "private", "protected", "public", "register", "restrict",
    "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw", "true",
    "try", "typedef", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
}  # fmt: skip
_TAKEN = {"batch", "model"}
_LIBRARIES = {"c", "dl", "gcc_s", "m", "pthread", "rt"}
"""What libNAME.so of the system is called, which the linker would not find any more."""


@dataclass(frozen=True)
class Port:
    """An input or an output of a model: its name in C, and its shape for each batch size."""

    name: str
    dtype: dtype
    shapes: tuple[tuple[int, ...], ...]

    def nbytes(self, number: int) -> int:
        """Return its size in bytes in a plan."""
        size = self.dtype.itemsize
        for dim in self.shapes[number]:
            size *= dim
        return size

    def dims(self, batches: Sequence[int]) -> list[tuple[int, bool]]:
        """Return for each dimension a number, and whether it is to be multiplied by the batch size.

        Args:
            batches: The batch size of each plan.

        Raises:
            ValueError: The shapes are no function of the batch size that a header can say.
        """
        if len(batches) == 1:
            return [(size, False) for size in self.shapes[0]]
        dims = [_factor(sizes, batches) for sizes in zip(*self.shapes)]
        if len({len(shape) for shape in self.shapes}) > 1 or None in dims:
            shapes = ", ".join(f"{shape} for {batch}" for shape, batch in zip(self.shapes, batches))
            raise ValueError(f"native(): the shape of {self.name} is no multiple of the batch size: {shapes}")
        return [dim for dim in dims if dim is not None]


def _factor(sizes: Sequence[int], batches: Sequence[int]) -> tuple[int, bool] | None:
    """Return what all sizes of a dimension are, or are times the batch size; None where they are neither."""
    if len(set(sizes)) == 1:
        return sizes[0], False
    factor = sizes[0] // batches[0]
    return (factor, True) if all(size == factor * batch for size, batch in zip(sizes, batches)) else None


@dataclass(frozen=True)
class Recording:
    """What is exported.

    Attributes:
        batches: The batch sizes.
        plans: A plan for each.
        inputs: What a run reads.
        outputs: What it writes.
    """

    batches: tuple[int, ...]
    plans: tuple[Plan, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def sizes(self) -> str:
        """Return the batch sizes as text, such as "1 to 8, 64"."""
        runs: list[list[int]] = []
        for batch in self.batches:
            if runs and batch == runs[-1][-1] + 1:
                runs[-1].append(batch)
            else:
                runs.append([batch])
        return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def check_name(name: object, what: str) -> str:
    """Return a name that C and C++ take.

    Raises:
        TypeError: It is no text.
        ValueError: They do not take it.
    """
    if not isinstance(name, str):
        raise TypeError(f"native(): expected {what} as a str, got {type(name).__name__}")
    if not _is_name(name) or name in _LIBRARIES:
        raise ValueError(f"native(): {what} must be a name in C of letters, digits and underscores, got {name!r}")
    return name


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(
        _IDENTIFIER.fullmatch(name) and name not in _KEYWORDS | _TAKEN and "__" not in name
    )


def _distinct(names: Sequence[str], others: Sequence[str] = ()) -> list[str]:
    """Return names that differ from each other and from others, also in capitals, of which macros are made."""
    seen = {name.upper() for name in others}
    result = []
    for name in names:
        while name.upper() in seen:
            name += "_"
        seen.add(name.upper())
        result.append(name)
    return result


def record_all(
    model: Callable[..., Any],
    example: Sequence[Any],
    batch_sizes: Sequence[int] | None,
    batch_dims: Mapping[str, int | None],
    output_names: Sequence[str] | None,
) -> Recording:
    """Record a model for each batch size.

    Args:
        model: The model.
        example: Its arguments.
        batch_sizes: The batch sizes; None for the example's alone.
        batch_dims: The dimension that is the batch, of inputs by name; it is 0 in others, none for None.
        output_names: Names for the outputs in C.

    Returns:
        The plans, and what goes in and out.

    Raises:
        TypeError: An argument is of a wrong type.
        ValueError: The batch sizes do not fit the model.
        RuntimeError: A run cannot be recorded.
        NotImplementedError: An input or an output is of a dtype without a type in C.
    """
    tensors: list[Tensor] = []
    signature(tuple(example), tensors, [])
    names = _input_names(model, example)
    _check_inputs(tensors, names)
    unknown = set(batch_dims) - set(names)
    if unknown:
        raise ValueError(f"native(): batch_dims names {', '.join(sorted(unknown))}; the inputs are {', '.join(names)}")
    dims = [batch_dims.get(name, 0 if tensor.ndim else None) for name, tensor in zip(names, tensors)]
    own = _batch_of(tensors, names, dims, batch_sizes is not None)
    batches = (own,) if batch_sizes is None else _checked_batches(batch_sizes)
    plans, given, made = [], [], []
    for batch in batches:
        resized = [_resized(tensor, dim, own, batch) for tensor, dim in zip(tensors, dims)]
        plan, result = _record(model, example, resized)
        plans.append(plan)
        given.append(resized)
        made.append(tensors_of(result))
    outputs = _output_names(output_names, result, names)
    recording = Recording(batches, tuple(plans), _ports(names, given), _ports(outputs, made))
    for port in (*recording.inputs, *recording.outputs):
        port.dims(batches)
    return recording


def _input_names(model: Callable[..., Any], example: Sequence[Any]) -> list[str]:
    """Return a name for each tensor among the arguments: that of the parameter, with numbers inside of tuples."""
    target = model.forward if isinstance(model, Module) else model
    try:
        bound = inspect.signature(target).bind(*example).arguments
    except (TypeError, ValueError):
        bound = {}
    names: list[str] = []
    for name, value in bound.items() if bound else ((f"input_{i}", value) for i, value in enumerate(example)):
        count = len(tensors_of(value))
        clean = name if _is_name(name) else f"input_{len(names)}"
        names += [clean] if isinstance(value, Tensor) else [f"{clean}_{i}" for i in range(count)]
    return _distinct(names)


def _check_inputs(tensors: Sequence[Tensor], names: Sequence[str]) -> None:
    if not tensors:
        raise TypeError("native(): expected a tensor or a tuple of arguments with tensors as the example, got none")
    for tensor, name in zip(tensors, names):
        if tensor.device is not backend.cpu:
            raise RuntimeError(f"native(): {name} is on {tensor.device}; only models on the cpu can be exported")
        if tensor._size == 0:
            raise ValueError(f"native(): {name} has no elements")


def _batch_of(tensors: Sequence[Tensor], names: Sequence[str], dims: Sequence[int | None], alike: bool) -> int:
    """Return the batch size of the example; `alike` requires the same of all inputs that have a batch."""
    sizes = {}
    for tensor, name, dim in zip(tensors, names, dims):
        if dim is not None and not -tensor.ndim <= dim < tensor.ndim:
            raise ValueError(f"native(): {name} has {tensor.ndim} dimensions, batch_dims says {dim}")
        if dim is not None:
            sizes[name] = tensor.shape[dim]
    first = next(iter(sizes.values()), 1)
    if alike and set(sizes.values()) - {first}:
        listed = ", ".join(f"{name}: {size}" for name, size in sizes.items())
        raise ValueError(
            f"native(): the inputs have different batch sizes ({listed}); say their dimensions in batch_dims"
        )
    return first


def _checked_batches(batch_sizes: Sequence[int]) -> tuple[int, ...]:
    if not isinstance(batch_sizes, Sequence):
        raise TypeError(f"native(): expected batch_sizes as a sequence, got {type(batch_sizes).__name__}")
    batches = tuple(batch_sizes)
    for batch in batches:
        if isinstance(batch, bool) or not isinstance(batch, int):
            raise TypeError(f"native(): batch_sizes must be integers, got {type(batch).__name__}")
        if batch < 1:
            raise ValueError(f"native(): batch_sizes must be positive, got {batch}")
    if not batches:
        raise ValueError("native(): batch_sizes is empty")
    return tuple(sorted(set(batches)))


def _resized(tensor: Tensor, dim: int | None, own: int, batch: int) -> Tensor:
    """Return an example of another batch size, whose samples are those of the example over and over."""
    with no_grad():
        if dim is not None and batch != own:
            tensor = index_select(tensor, dim, arange(batch) % own)
        copy = tensor.detach().contiguous()
    return copy.clone() if copy.storage is tensor.storage else copy


def _record(model: Callable[..., Any], example: Sequence[Any], tensors: Sequence[Tensor]) -> tuple[Plan, Any]:
    """Record one run; return its plan, and a result of whose tensors each has a block of its own."""
    with backend.kernels("dynamic"), no_grad(), recording_lock:
        model(*with_tensors(tuple(example), iter(tensors)))  # what it creates once, it creates now
        plan, result = _recorded_once(model, example, tensors, copied=False)
        if not _stand_alone(plan, tensors_of(result)):
            plan, result = _recorded_once(model, example, tensors, copied=True)
    _check_plan(plan)
    return plan, result


def _recorded_once(
    model: Callable[..., Any], example: Sequence[Any], tensors: Sequence[Tensor], *, copied: bool
) -> tuple[Plan, Any]:
    def call() -> Any:
        result = model(*with_tensors(tuple(example), iter(tensors)))
        return map_tensors(lambda tensor: tensor.contiguous().clone(), result) if copied else result

    recorded = record(tensors, call, Surroundings(model), False)
    if recorded.plan is None:
        raise RuntimeError(f"native(): a run of the model cannot be recorded: {recorded.reason}")
    if not tensors_of(recorded.result):
        raise RuntimeError("native(): the model returns no tensors")
    return recorded.plan, recorded.result


def _stand_alone(plan: Plan, results: Sequence[Tensor]) -> bool:
    """Return whether each result fills an output block of its own."""
    spans = [(block.address, block.nbytes) for block in plan.outputs]
    wanted = [(tensor.address, tensor._size * tensor.dtype.itemsize) for tensor in results]
    return wanted == spans and all(tensor.is_contiguous() for tensor in results)


def _check_plan(plan: Plan) -> None:
    """Look for calls that C cannot repeat."""
    if plan.device is not backend.cpu:
        raise RuntimeError(
            f"native(): the model runs on {plan.device}, and its library on the CPU: move it there first"
        )
    for call in (*plan.once, *plan.calls):
        if any(step.varying for step in (call, *call.steps)):
            raise RuntimeError(f"native(): the model draws random numbers ({call.name}), which C cannot")
        for operand in call.operands:
            if operand.writes and (operand.block.kind == CAPTURED or operand.block.role == "data"):
                raise RuntimeError(f"native(): a run of the model changes {operand.block.name}")
    if plan.changed_arguments:
        raise RuntimeError("native(): a run of the model changes its input")


def _output_names(names: Sequence[str] | None, result: Any, inputs: Sequence[str]) -> list[str]:
    """Return the names that were given, those that the result itself has, or numbers."""
    results = tensors_of(result)
    if names is None:
        keys = list(result) if isinstance(result, dict) else list(getattr(result, "_fields", ()))
        if len(keys) != len(results) or not all(map(_is_name, keys)):
            keys = ["output"] if len(results) == 1 else [f"output_{i}" for i in range(len(results))]
        return _distinct(keys, inputs)
    if len(names) != len(results):
        raise ValueError(f"native(): the model has {len(results)} outputs, output_names has {len(names)}")
    checked = [check_name(name, "an output") for name in names]
    if _distinct(checked, inputs) != checked:
        raise ValueError(f"native(): output_names must differ from each other and from {', '.join(inputs)}")
    return checked


def _ports(names: Sequence[str], runs: Sequence[Sequence[Tensor]]) -> tuple[Port, ...]:
    def ports() -> Iterator[Port]:
        for i, name in enumerate(names):
            tensors = [run[i] for run in runs]
            if tensors[0].dtype.name not in C_TYPES:
                raise NotImplementedError(f"native(): {name} is {tensors[0].dtype.name}, for which C has no type here")
            yield Port(name, tensors[0].dtype, tuple([tuple(tensor.shape) for tensor in tensors]))

    return tuple(ports())

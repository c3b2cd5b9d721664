"""A model's layers as a table: shapes, parameters, operations and memory.

print(mg.summary(model, (32, 3, 28, 28), verbose=0))
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mocrograd import notebook, ops
from mocrograd.autograd import no_grad
from mocrograd.backend import cpu
from mocrograd.dtypes import get_default_dtype
from mocrograd.nn import Module
from mocrograd.nn.lazy import UninitializedBuffer, UninitializedParameter
from mocrograd.ops.random import Generator, get_rng_state, set_rng_state
from mocrograd.profiler import Operations
from mocrograd.tensor import Tensor

COLUMNS = {
    "input_size": "Input shape", "output_size": "Output shape", "num_params": "Parameters",
    "params_percent": "Share", "kernel_size": "Kernel shape", "mult_adds": "Mult-adds", "operations": "Operations",
    "output_bytes": "Output bytes", "trainable": "Trainable",
}  # fmt: skip
"""The columns by the names that `col_names` takes."""
_SHAPES = ("input_size", "output_size", "kernel_size")
_NONE = "--"
Shape = tuple[int, ...]


@dataclass
class Layer:
    """A layer, or a container of layers; numbers are those of everything below it too.

    Attributes:
        name: Its name in the module that it belongs to.
        path: Its dotted name in the model.
        kind: The name of its class.
        depth: How many modules are above it.
        parameters: Elements of its parameters, each parameter once.
        trainable: How many of them require a gradient.
        shared: Whether the same module was listed before; its numbers are in that row.
        calls: How often it was called.
        inputs: Shapes of the first call's inputs.
        outputs: Shapes of the first call's outputs.
        operations: Arithmetic operations of its calls, as kernels report them.
        output_bytes: Bytes of the outputs of its calls that are memory of their own.
        kernel: The shape of its kernel, if it has one.
        weights: Its own parameters: name and shape.
    """

    name: str
    path: str
    kind: str
    depth: int
    parameters: int
    trainable: int
    shared: bool = False
    calls: int = 0
    inputs: list[Shape] = field(default_factory=list)
    outputs: list[Shape] = field(default_factory=list)
    operations: float = 0.0
    output_bytes: int = 0
    kernel: Shape | None = None
    weights: list[tuple[str, Shape]] = field(default_factory=list)

    def cell(self, column: str, total: int) -> str:
        """Return what stands in a column.

        Args:
            column: One of `COLUMNS`.
            total: The model's number of parameters.
        """
        if column in ("num_params", "params_percent", "trainable"):
            if self.shared:
                return "(shared)"
            if not self.parameters:
                return _NONE
            if column == "trainable":
                return {0: "no", self.parameters: "yes"}.get(self.trainable, "partly")
            return f"{self.parameters:,}" if column == "num_params" else f"{self.parameters / total:.1%}"
        if column == "kernel_size":
            return _NONE if self.kernel is None else str(list(self.kernel))
        if self.shared or not self.calls:
            return _NONE
        if column in _SHAPES:
            return _shown(self.inputs if column == "input_size" else self.outputs)
        number = {"mult_adds": self.operations / 2, "operations": self.operations, "output_bytes": self.output_bytes}
        return f"{number[column]:,.0f}"


@dataclass
class Summary:
    """What `summary` found; `print` shows it as a table, and a notebook as HTML.

    Attributes:
        layers: A row for the model and for each module in it.
        total_params: Elements of all parameters, each parameter once.
        trainable_params: How many of them require a gradient.
        total_operations: Arithmetic operations of a forward pass; None without an input.
        input_bytes: Bytes of the inputs.
        output_bytes: Bytes that the outputs of layers without layers below them take.
        param_bytes: Bytes of the parameters.
        buffer_bytes: Bytes of the buffers.
        columns: The columns that are shown.
        depth: How many levels of modules are shown.
        weights: Whether the shapes of parameters are shown.
    """

    layers: list[Layer]
    total_params: int
    trainable_params: int
    total_operations: float | None
    input_bytes: int
    output_bytes: int
    param_bytes: int
    buffer_bytes: int
    columns: Sequence[str]
    depth: int
    weights: bool

    @property
    def total_mult_adds(self) -> float | None:
        """Half the operations: a product and the sum that it goes into."""
        return None if self.total_operations is None else self.total_operations / 2

    def _rows(self) -> list[tuple[str, list[str]]]:
        """Return the name, as a branch of a tree, and the cells of each row that is shown."""
        shown = [layer for layer in self.layers if layer.depth <= self.depth]
        rows = []
        open_above: list[bool] = []
        for i, layer in enumerate(shown):
            later = next((other.depth for other in shown[i + 1 :] if other.depth <= layer.depth), -1)
            open_above[layer.depth :] = [later == layer.depth]
            stem = "".join("│  " if more else "   " for more in open_above[1 : layer.depth])
            branch = stem + ("├─ " if open_above[layer.depth] else "└─ ") if layer.depth else ""
            label = f"{layer.name}: {layer.kind}" if layer.name else layer.kind
            if layer.calls > 1 and not layer.shared:
                label += f" ({layer.calls} calls)"
            rows.append((branch + label, [layer.cell(column, self.total_params) for column in self.columns]))
            if self.weights and not layer.shared:
                stem += ("│  " if open_above[layer.depth] else "   ") if layer.depth else ""
                nothing = [""] * len(self.columns)
                rows += [(f"{stem}· {name} {list(shape)}", nothing) for name, shape in layer.weights]
        return rows

    def _totals(self) -> list[tuple[str, str]]:
        held = self.param_bytes + self.buffer_bytes
        lines = [
            ("Parameters", f"{self.total_params:,} ({self.trainable_params:,} trainable), {_bytes(self.param_bytes)}"),
        ]
        if self.buffer_bytes:
            lines.append(("Buffers", _bytes(self.buffer_bytes)))
        if self.total_operations is not None:
            held += self.input_bytes + self.output_bytes
            lines += [
                ("Operations", f"{_short(self.total_operations)} ({_short(self.total_operations / 2)} mult-adds)"),
                ("Inputs", _bytes(self.input_bytes)),
                ("Outputs of layers", _bytes(self.output_bytes)),
            ]
        return [*lines, ("Together", _bytes(held))]

    def __str__(self) -> str:
        """Return the table as text."""
        heads = ["Layer", *(COLUMNS[column] for column in self.columns)]
        rows = [[label, *cells] for label, cells in self._rows()]
        widths = [max(map(len, column)) for column in zip(heads, *rows)]
        left = [True, *(column in _SHAPES for column in self.columns)]

        def line(cells: Sequence[str]) -> str:
            padded = (c.ljust(w) if side else c.rjust(w) for c, w, side in zip(cells, widths, left))
            return "  ".join(padded).rstrip()

        rule = "=" * (sum(widths) + 2 * (len(widths) - 1))
        totals = [f"{name + ':':19}{value}" for name, value in self._totals()]
        return "\n".join([rule, line(heads), rule, *map(line, rows), rule, *totals, rule])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        heads = ["Layer", *(COLUMNS[column] for column in self.columns)]
        texts = 1
        while texts <= len(self.columns) and self.columns[texts - 1] in _SHAPES:
            texts += 1
        body = notebook.table(([label, *cells] for label, cells in self._rows()), heads, texts)
        return notebook.frame(body, notebook.table(self._totals(), texts=2))


def summary(
    model: Module,
    input_size: Any = None,
    input_data: Any = None,
    batch_dim: int | None = None,
    *,
    dtypes: Sequence[Any] | None = None,
    depth: int = 3,
    col_names: Sequence[str] = ("input_size", "output_size", "num_params", "operations"),
    verbose: int | None = None,
) -> Summary:
    """Run a model once in evaluation mode, and return its layers with shapes, parameters, operations and memory.

    The model stays as it was, buffers and modes included; so do the states of random numbers.

    Args:
        model: The model.
        input_size: The shape of the input, or a sequence of shapes. Without it and `input_data` nothing is run.
        input_data: The input instead: a tensor, a sequence of arguments, or a dict of arguments by name.
        batch_dim: Where a dimension of size 1 is put into each shape of `input_size`.
        dtypes: The dtypes of the inputs of `input_size`; the default dtype otherwise. Integers are zeros.
        depth: How many levels of modules are shown.
        col_names: The columns: names from "input_size", "output_size", "num_params", "params_percent", "kernel_size",
            "mult_adds", "operations", "output_bytes", "trainable".
        verbose: 0 returns the table, 1 prints it too, 2 with the shapes of parameters. By default 0 in an interactive
            session, which shows what is returned, else 1.

    Raises:
        TypeError: The model is no Module, or an argument is of another type.
        ValueError: A column, a depth or a level of `verbose` does not exist, or inputs are given twice.
        RuntimeError: A layer failed; the message names it and the shapes of its inputs.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.Sequential(mg.nn.Linear(8, 4), mg.nn.ReLU())
        >>> mg.summary(model, (16, 8), verbose=0).total_params
        36
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary(): model must be a Module, got {type(model).__name__}")
    if verbose is None:
        verbose = 0 if hasattr(sys, "ps1") or hasattr(builtins, "__IPYTHON__") else 1
    if verbose not in (0, 1, 2):
        raise ValueError(f"summary(): verbose must be 0, 1 or 2, got {verbose!r}")
    if not isinstance(depth, int) or depth < 0:
        raise ValueError(f"summary(): depth must be an integer of at least 0, got {depth!r}")
    for column in col_names:
        if column not in COLUMNS:
            raise ValueError(f"summary(): column {column!r} is none of {', '.join(COLUMNS)}")
    if input_size is not None and input_data is not None:
        raise ValueError("summary(): expected input_size or input_data, got both")
    device = next((parameter.device for parameter in model.parameters()), cpu)
    if input_size is not None:
        args: tuple[Any, ...] = _made(_sizes(input_size, batch_dim), dtypes, device)
        kwargs: dict[str, Any] = {}
    else:
        args, kwargs = _arguments(input_data, device)
    calls = {}
    if args or kwargs:
        if any(
            isinstance(x, UninitializedParameter | UninitializedBuffer) for x in (*model.parameters(), *model.buffers())
        ):
            model = copy.deepcopy(model)
            _measured(model, args, kwargs)  # the first call gives parameters their shapes
        calls = _measured(model, args, kwargs)
    found = _result(model, calls, _tensors((args, kwargs)), col_names, depth, verbose == 2)
    if verbose:
        print(found)
    return found


@dataclass
class _Calls:
    """What the calls of a module did; the attributes are those of `Layer`."""

    count: int = 0
    inputs: list[Shape] = field(default_factory=list)
    outputs: list[Shape] = field(default_factory=list)
    operations: float = 0.0
    output_bytes: int = 0


def _measured(model: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[Module, _Calls]:
    """Run the model, and return what the calls of each module did.

    Raises:
        RuntimeError: A layer failed.
    """
    calls = {module: _Calls() for module in model.modules()}
    paths = {module: path for path, module in model.named_modules()}
    stack: list[tuple[Module, int, list[Tensor]]] = []

    def before(module: Module, args: Any, kwargs: Any) -> None:
        stack.append((module, operations.start(), _tensors((args, kwargs))))

    def after(module: Module, args: Any, kwargs: Any, output: Any) -> None:
        _, position, inputs = stack.pop()
        made, outputs = calls[module], _tensors(output)
        made.operations += operations.stop(position)
        if not made.count:
            made.inputs, made.outputs = _shapes(inputs), _shapes(outputs)
        made.count += 1
        if not any(True for _ in module.children()):
            memory = {id(tensor.storage) for tensor in inputs}
            made.output_bytes += sum(tensor.nbytes for tensor in outputs if id(tensor.storage) not in memory)

    with _unchanged(model), Operations() as operations, contextlib.ExitStack() as handles, no_grad():
        for module in calls:
            handles.enter_context(module.register_forward_pre_hook(before, prepend=True, with_kwargs=True))
            handles.enter_context(module.register_forward_hook(after, with_kwargs=True))
        model.eval()
        try:
            model(*args, **kwargs)
        except Exception as error:
            module, _, inputs = stack[-1]
            name = f"layer {paths[module]!r}" if paths[module] else "the model"
            where = f"{name} ({type(module).__name__})"
            raise RuntimeError(f"summary(): {where} failed on inputs of {_described(inputs)}: {error}") from error
        finally:
            for _, position, _ in stack:
                operations.stop(position)
    return calls


@contextlib.contextmanager
def _unchanged(model: Module) -> Iterator[None]:
    """Give modules their attributes, with copies of buffers, for the body alone; keep the states of random numbers."""
    kept = {module: dict(vars(module)) for module in model.modules()}
    states = get_rng_state(), random.getstate(), np.random.get_state()
    copies: dict[int, Tensor] = {}
    try:
        for module in kept:
            for name, buffer in module._buffers.items():
                if buffer is not None and not isinstance(buffer, UninitializedBuffer):
                    vars(module)[name] = copies.setdefault(id(buffer), buffer.clone())
        yield
    finally:
        for module, attributes in kept.items():
            vars(module).clear()
            vars(module).update(attributes)
        set_rng_state(states[0])
        random.setstate(states[1])
        np.random.set_state(states[2])


def _result(
    model: Module,
    calls: Mapping[Module, _Calls],
    inputs: list[Tensor],
    columns: Sequence[str],
    depth: int,
    weights: bool,
) -> Summary:
    layers = list(_layers(model, calls, "", "", 0, set()))
    parameters = [p for p in model.parameters() if not isinstance(p, UninitializedParameter)]
    return Summary(
        layers,
        layers[0].parameters,
        layers[0].trainable,
        calls[model].operations if calls else None,
        sum(tensor.nbytes for tensor in inputs),
        sum(made.output_bytes for made in calls.values()),
        sum(p.nbytes for p in parameters),
        sum(b.nbytes for b in model.buffers() if not isinstance(b, UninitializedBuffer)),
        tuple(columns),
        depth,
        weights,
    )


def _layers(
    module: Module, calls: Mapping[Module, _Calls], name: str, path: str, depth: int, seen: set[Module]
) -> Iterator[Layer]:
    """Iterate over a module and everything below it; a module that was there before comes without what is below it."""
    parameters = [p for p in module.parameters() if not isinstance(p, UninitializedParameter)]
    own = [(key, p) for key, p in module._parameters.items() if p is not None]
    kernel = getattr(module, "kernel_size", None)
    made = calls.get(module, _Calls())
    yield Layer(
        name,
        path,
        type(module).__name__,
        depth,
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
        module in seen,
        made.count,
        made.inputs,
        made.outputs,
        made.operations,
        made.output_bytes,
        (kernel,) if isinstance(kernel, int) else kernel,
        [(key, tuple(p.shape)) for key, p in own if not isinstance(p, UninitializedParameter)],
    )
    if module not in seen:
        seen.add(module)
        for key, child in module._modules.items():
            if child is not None:
                yield from _layers(child, calls, key, f"{path}.{key}" if path else key, depth + 1, seen)


def _sizes(input_size: Any, batch_dim: int | None) -> list[Shape]:
    """Return the shapes of inputs.

    Raises:
        TypeError: They are no sequences of integers.
    """
    one = isinstance(input_size, Sequence) and all(isinstance(n, int) for n in input_size)
    sizes = []
    for size in [input_size] if one or not isinstance(input_size, Sequence) else input_size:
        if not isinstance(size, Sequence) or not all(isinstance(n, int) and n >= 0 for n in size):
            raise TypeError(f"summary(): expected a shape, or a sequence of shapes, as input_size, got {input_size!r}")
        shape = list(size)
        if batch_dim is not None:
            shape.insert(batch_dim, 1)
        sizes.append(tuple(shape))
    return sizes


def _made(sizes: list[Shape], dtypes: Sequence[Any] | None, device: Any) -> tuple[Tensor, ...]:
    """Return inputs of some shapes.

    Raises:
        ValueError: There are more shapes than dtypes, or fewer.
    """
    chosen = [get_default_dtype()] * len(sizes) if dtypes is None else list(dtypes)
    if len(chosen) != len(sizes):
        raise ValueError(f"summary(): expected a dtype for each of {len(sizes)} inputs, got {len(chosen)}")
    generator = Generator().manual_seed(0)
    made = []
    for size, dtype in zip(sizes, chosen):
        if dtype.is_floating_point:
            made.append(ops.rand(*size, generator=generator, dtype=dtype).to(device))
        else:
            made.append(ops.zeros(*size, dtype=dtype, device=device))
    return tuple(made)


def _arguments(data: Any, device: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments and the arguments by name that data stand for, on a device."""

    def moved(value: Any) -> Any:
        return value.to(device) if isinstance(value, Tensor) else value

    if data is None:
        return (), {}
    if isinstance(data, Mapping):
        return (), {name: moved(value) for name, value in data.items()}
    if isinstance(data, (tuple, list)):
        return tuple(moved(value) for value in data), {}
    return (moved(data),), {}


def _tensors(value: Any) -> list[Tensor]:
    """Return the tensors in nested tuples, lists and dicts."""
    if isinstance(value, Tensor):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, (tuple, list)) else ()
    return [tensor for part in inner for tensor in _tensors(part)]


def _shapes(tensors: list[Tensor]) -> list[Shape]:
    return [tuple(tensor.shape) for tensor in tensors]


def _shown(shapes: Sequence[Shape]) -> str:
    """Return shapes as text, of many the first two."""
    text = ", ".join(str(list(shape)) for shape in shapes[:2])
    return text + ", …" * (len(shapes) > 2) if shapes else _NONE


def _described(tensors: list[Tensor]) -> str:
    """Return shapes and dtypes as text."""
    return " and ".join(f"shape {list(tensor.shape)} ({tensor.dtype.name})" for tensor in tensors) or "no tensors"


def _bytes(count: float) -> str:
    """Return a number of bytes with a unit."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count /= 1024
    return f"{count:,.2f} GiB"


def _short(count: float) -> str:
    """Return a number with a letter for its thousands."""
    for letter in ("", " K", " M"):
        if count < 1000:
            return f"{count:.4g}{letter}"
        count /= 1000
    return f"{count:,.2f} G"

"""The module that an ONNX model becomes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import onnx

from mocrograd.nn import Module, Parameter
from mocrograd.onnx.errors import InvalidModelError, UnsupportedNodeError
from mocrograd.onnx.graph import PARAMETERS
from mocrograd.onnx.load_graph import HOST_NUMBERS, Mode, Program, array_of, dtype_of
from mocrograd.ops.creation import tensor
from mocrograd.tensor import Tensor

__all__ = ["LoadedModel"]

_NOT_TRAINED = {
    "BatchNormalization": (3, 4), "Resize": (1, 2), "Upsample": (1,), "Clip": (1, 2), "Dropout": (1,), "Pad": (2,),
    "Pow": (1,),
}  # fmt: skip
"""The inputs of operators that are no weights: running statistics, factors, bounds and exponents."""


class LoadedModel(Module):
    """What an ONNX model computes; made by `mocrograd.onnx.load`.

    Shapes and dtypes of inputs and outputs are those that the model names; more than one output is a tuple.

    Attributes:
        input_names: The names of the inputs, in order.
        output_names: The names of the outputs, in order.

    Example:
        >>> import mocrograd as mg
        >>> exported = mg.onnx.export(mg.nn.Linear(3, 2).eval(), (mg.ones(1, 3),), "linear.onnx")
        >>> loaded = mg.onnx.load("linear.onnx")
        >>> sorted(p.shape for p in loaded.parameters())
        [mocrograd.Size([2]), mocrograd.Size([2, 3])]
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        graph = model.graph
        self._members: dict[str, str] = {}
        """The name of the parameter or buffer of each initializer."""
        lifted = _lift_constants(graph)
        weights, statistics = _uses(graph)
        known = _known_parameters(model)
        for proto in list(graph.initializer):
            array = array_of(proto, f"the initializer {proto.name!r}")
            if known is not None:
                trained = array.dtype.kind == "f" and proto.name in known
            else:
                trained = array.dtype.kind == "f" and array.ndim > 0 and proto.name in weights - lifted
                trained = trained and bool(np.isfinite(array).all())
            on_host = array.ndim <= 1 and array.size <= HOST_NUMBERS
            if not trained and on_host and proto.name not in statistics | _outputs(graph):
                continue  # numbers of the graph, such as sizes, axes and factors
            self._add(proto.name, array, trained)
            proto.Clear()
        kept = [proto for proto in graph.initializer if proto.name]
        del graph.initializer[:]
        graph.initializer.extend(kept)
        self._proto = model.SerializeToString()
        self.input_names = [i.name for i in graph.input if i.name not in {*self._members, *(p.name for p in kept)}]
        self.output_names = [o.name for o in graph.output]
        self._build()
        self.eval()

    def _add(self, name: str, array: np.ndarray[Any, Any], trained: bool) -> None:
        """Add a parameter or a buffer, in submodules where its name has dots."""
        parts = [re.sub(r"\W", "_", part) or "_" for part in name.split(".")]
        holder: Module = self
        while len(parts) > 1:
            inner = holder._modules.get(parts[0])
            if inner is None:
                if hasattr(holder, parts[0]):
                    break
                inner = _Part()
                holder.add_module(parts[0], inner)
            holder, parts = inner, parts[1:]
        leaf = "_".join(parts)
        while hasattr(holder, leaf):
            leaf += "_"
        if trained:
            holder.register_parameter(leaf, Parameter(tensor(array)))
        else:
            holder.register_buffer(leaf, tensor(array))
        path = next((path for path, module in self.named_modules() if module is holder), "")
        self._members[name] = f"{path}.{leaf}" if path else leaf

    def _build(self) -> None:
        """Make the functions of the graph, which are not pickled."""
        model = onnx.ModelProto.FromString(self._proto)
        opset = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 1)
        self._mode = Mode()
        declared = {i.name: i for i in model.graph.input}
        self._signature = [(name, *_declared(declared[name])) for name in self.input_names]
        self._program = Program(model.graph, opset, self._mode, {}, tuple(self._members))
        self._holders = []
        for name, path in self._members.items():
            owner, _, leaf = path.rpartition(".")
            self._holders.append((name, self.get_submodule(owner), leaf))

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled and copied: all but the functions."""
        return {k: v for k, v in self.__dict__.items() if k not in ("_program", "_mode", "_holders", "_signature")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a state, and make the functions again."""
        self.__dict__.update(state)
        self._build()

    def forward(self, *args: Tensor, **kwargs: Tensor) -> Any:
        """Run the model.

        Args:
            args: The inputs in order.
            kwargs: Inputs by name.

        Returns:
            The output, or a tuple of several.

        Raises:
            TypeError: There are too few or too many inputs, or one is no tensor or of another dtype.
            ValueError: An input has another rank or another fixed size.
        """
        values: dict[str, Any] = {name: getattr(holder, leaf) for name, holder, leaf in self._holders}
        given = self._bound(args, kwargs)
        self._mode.training = self.training
        self._mode.device = next((t.device for t in [*given.values(), *values.values()]), None)
        values.update(given)
        results = tuple([self._mode.tensor(r) for r in self._program.run(values)])
        return results if len(results) > 1 else results[0]

    def _bound(self, args: tuple[Tensor, ...], kwargs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the inputs by name."""
        if len(args) > len(self.input_names):
            raise TypeError(f"expected the inputs {self.input_names}, got {len(args)} arguments")
        given = dict(zip(self.input_names, args))
        for name, value in kwargs.items():
            if name in given or name not in self.input_names:
                raise TypeError(
                    f"expected the inputs {self.input_names}, got {name!r} {'twice' if name in given else ''}"
                )
            given[name] = value
        missing = [name for name in self.input_names if name not in given]
        if missing:
            raise TypeError(f"expected the inputs {self.input_names}; {missing} are missing")
        for name, dtype, sizes in self._signature:
            self._check(name, given[name], dtype, sizes)
        return given

    def _check(self, name: str, value: Any, dtype: Any, sizes: list[int | str] | None) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"the input {name!r}: expected a Tensor, got {type(value).__name__}")
        if value.dtype is not dtype and not (dtype.is_floating_point and value.dtype is self._float_dtype()):
            raise TypeError(f"the input {name!r}: expected a tensor of {dtype.name}, got {value.dtype.name}")
        if sizes is None:
            return
        if value.ndim != len(sizes) or any(isinstance(n, int) and n != m for n, m in zip(sizes, value.shape)):
            wanted = ", ".join(map(str, sizes))
            raise ValueError(f"the input {name!r}: expected the shape ({wanted}), got {tuple(value.shape)}")

    def _float_dtype(self) -> Any:
        """Return the dtype that the module has been converted to."""
        return next((p.dtype for p in self.parameters() if p.dtype.is_floating_point), None)

    def extra_repr(self) -> str:
        """Return the names of inputs and outputs."""
        return f"input_names={self.input_names}, output_names={self.output_names}"


class _Part(Module):
    """Parameters and buffers whose names have the same beginning."""


def _declared(info: onnx.ValueInfoProto) -> tuple[Any, list[int | str] | None]:
    """Return dtype and sizes of an input; a size that is free has a name or is "?"."""
    if not info.type.HasField("tensor_type"):
        raise UnsupportedNodeError(f"the input {info.name!r}: only tensors are supported")
    kind = info.type.tensor_type
    dtype = dtype_of(kind.elem_type, f"the input {info.name!r}")
    if not kind.HasField("shape"):
        return dtype, None
    return dtype, [d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in kind.shape.dim]


def _known_parameters(model: onnx.ModelProto) -> set[str] | None:
    """Return which initializers are parameters, where the exporter was this library's; else None."""
    found = next((p.value for p in model.metadata_props if p.key == PARAMETERS), None)
    if found is None:
        return None
    try:
        return {str(name) for name in json.loads(found)}
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidModelError(f"the entry {PARAMETERS} of the metadata is no list of names: {error}") from error


def _lift_constants(graph: onnx.GraphProto) -> set[str]:
    """Make initializers of the nodes that hold large constants, so that they become buffers; return their names."""
    kept, lifted = [], set()
    for node in graph.node:
        value = node.attribute[0] if node.op_type == "Constant" and len(node.attribute) == 1 else None
        if value is not None and value.name == "value" and np.prod(value.t.dims) > HOST_NUMBERS:
            proto = graph.initializer.add()
            proto.CopyFrom(value.t)
            proto.name = node.output[0]
            lifted.add(proto.name)
        else:
            kept.append(node)
    if len(kept) < len(graph.node):
        copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in kept]
        del graph.node[:]
        graph.node.extend(copies)
    return lifted


def _outputs(graph: onnx.GraphProto) -> set[str]:
    return {o.name for o in graph.output}


def _uses(graph: onnx.GraphProto) -> tuple[set[str], set[str]]:
    """Return the names of values that nodes use as weights may be used, and of running statistics."""
    weights: set[str] = set()
    other: set[str] = set()
    statistics: set[str] = set()
    for node in _all_nodes(graph):
        for i, name in enumerate(node.input):
            (other if i in _NOT_TRAINED.get(node.op_type, ()) else weights).add(name)
        if node.op_type == "BatchNormalization":
            statistics.update(node.input[3:])
    return weights - other, statistics


def _all_nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                yield from _all_nodes(inner)

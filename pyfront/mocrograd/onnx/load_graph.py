"""A graph of ONNX as a program: its nodes as Python functions of tensors and of host numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from mocrograd import dtypes, ops
from mocrograd.onnx.errors import InvalidModelError, UnsupportedNodeError
from mocrograd.onnx.operators.registry import HOST, OPERATORS, Operator
from mocrograd.ops.creation import tensor
from mocrograd.tensor import Tensor

HOST_NUMBERS = 64
"""Constants of at most this many numbers, in a list, are kept in host memory, as sizes and axes are."""
_PLAIN_ERRORS = (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError)
_REQUIRED = object()
_TYPES: dict[int, dtypes.dtype] = {
    onnx.TensorProto.FLOAT: dtypes.float32,
    onnx.TensorProto.DOUBLE: dtypes.float64,
    onnx.TensorProto.INT64: dtypes.int64,
    onnx.TensorProto.INT32: dtypes.int32,
    onnx.TensorProto.UINT8: dtypes.uint8,
    onnx.TensorProto.BOOL: dtypes.bool_,
    onnx.TensorProto.FLOAT16: dtypes.float16,
    onnx.TensorProto.BFLOAT16: dtypes.bfloat16,
    onnx.TensorProto.INT16: dtypes.int16,
    onnx.TensorProto.INT8: dtypes.int8,
}
_WIDER_INTEGERS = {onnx.TensorProto.UINT16, onnx.TensorProto.UINT32, onnx.TensorProto.UINT64}
"""What initializers may be of; what computes with such numbers could differ where they overflow."""


class Mode:
    """What nodes ask of the module that runs them.

    Attributes:
        training: Whether the module trains.
        device: The device of its inputs.
    """

    def __init__(self) -> None:
        self.training = False
        self.device: Any = None

    def tensor(self, value: Any) -> Any:
        """Return a value as a tensor; None stays."""
        if value is None or isinstance(value, Tensor):
            return value
        if isinstance(value, list):
            return [self.tensor(v) for v in value]
        # A recorded step takes Python's numbers as constants, but not an array, which may change.
        made = tensor(value.tolist(), dtype=dtypes.from_numpy(value.dtype), device=self.device)
        return made if value.size else ops.reshape(made, value.shape)


def dtype_of(code: int, what: str) -> dtypes.dtype:
    """Return the dtype of ONNX's code of a type.

    Raises:
        UnsupportedNodeError: There is none.
    """
    if code in _TYPES:
        return _TYPES[code]
    known = onnx.TensorProto.DataType.values()
    name = onnx.TensorProto.DataType.Name(code).lower() if code in known else str(code)
    raise UnsupportedNodeError(f"{what}: there are no tensors of {name}")


def array_of(proto: onnx.TensorProto, what: str) -> np.ndarray[Any, Any]:
    """Return the numbers of a tensor, in a dtype that tensors have.

    Raises:
        InvalidModelError: Its shape does not fit its data.
        UnsupportedNodeError: Tensors have no such numbers.

    Warns:
        UserWarning: They become wider ones.
    """
    code = proto.data_type
    if code not in _TYPES and code not in _WIDER_INTEGERS:
        dtype_of(code, what)
    try:
        array = numpy_helper.to_array(proto)
        wider = dtypes.representable(array)
    except (ValueError, TypeError, OverflowError, MemoryError, RuntimeError) as error:
        raise InvalidModelError(f"{what}: {error}") from error
    if wider.dtype != array.dtype:
        warnings.warn(f"tensors of {array.dtype} do not exist: {what} is of {wider.dtype}", UserWarning, stacklevel=2)
    return np.array(wider)


class Node:
    """A node that is being built: what the function of its operator asks.

    Attributes:
        kind: The operator.
        name: The node's own name, "" if it has none.
        opset: The version of the set of operators.
        mode: What the module is doing when the node runs.
        inputs: The names of its inputs, "" for one that is absent.
        outputs: The names of its outputs, "" for one that nobody wants.
        constants: Constants of the graph in host memory, by name.
        nested: Builds a graph in an attribute, as a program.
    """

    def __init__(
        self, proto: onnx.NodeProto, opset: int, mode: Mode, constants: Mapping[str, Any], nested: Any
    ) -> None:
        self.opset, self.mode, self.constants, self.nested = opset, mode, constants, nested
        self.kind, self.name = proto.op_type, proto.name
        self.inputs, self.outputs = list(proto.input), list(proto.output)
        self._attributes = {a.name: a for a in proto.attribute}
        self._asked: set[str] = set()

    def __str__(self) -> str:
        """Return operator, name and output."""
        name = f" {self.name!r}" if self.name else ""
        return f"{self.kind}{name} (output {next((o for o in self.outputs if o), '')!r})"

    def attribute(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return an attribute: int, float, str, list, `TensorProto` or `GraphProto`.

        Raises:
            InvalidModelError: It is absent and has no default.
        """
        self._asked.add(name)
        if name not in self._attributes:
            if default is _REQUIRED:
                raise InvalidModelError(f"{self}: the attribute {name} is missing")
            return default
        attribute = self._attributes[name]
        if attribute.ref_attr_name:
            raise InvalidModelError(
                f"{self}: the attribute {name} refers to a function's argument outside of a function"
            )
        value = helper.get_attribute_value(attribute)
        return value.decode() if isinstance(value, bytes) else value

    def choice(self, name: str, default: str, *choices: str) -> str:
        """Return an attribute that is one of some texts.

        Raises:
            UnsupportedNodeError: It is another one.
        """
        value = self.attribute(name, default)
        if value not in choices:
            raise self.unsupported(f"the attribute {name} is {value!r}; supported are {', '.join(map(repr, choices))}")
        return str(value)

    def dtype(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return an attribute that names a dtype."""
        code = self.attribute(name, default)
        return dtype_of(code, str(self)) if isinstance(code, int) else code

    def tensor_attribute(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return the numbers of an attribute that is a tensor."""
        value = self.attribute(name, default)
        return array_of(value, str(self)) if isinstance(value, onnx.TensorProto) else value

    def constant(self) -> np.ndarray[Any, Any]:
        """Return the numbers of a node `Constant`."""
        (name,) = self._attributes or ("value",)
        if name == "value":
            return np.asarray(self.tensor_attribute("value"))
        kinds = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
        if name not in kinds:
            raise self.unsupported(f"the attribute {name} is not supported")
        return np.array(self.attribute(name), kinds[name])

    def given(self, index: int) -> bool:
        """Return whether an input is there."""
        return index < len(self.inputs) and bool(self.inputs[index])

    def wanted(self, index: int) -> bool:
        """Return whether an output is."""
        return index < len(self.outputs) and bool(self.outputs[index])

    def unsupported(self, text: str) -> UnsupportedNodeError:
        """Return an error that names the node."""
        return UnsupportedNodeError(f"{self}, opset {self.opset}: {text}")

    def finish(self) -> None:
        """Refuse attributes that nobody asked for, and forget what the node was built of.

        What is left is plain: a recorded step watches all that its function can reach.
        """
        ignored = sorted(set(self._attributes) - self._asked)
        if ignored:
            raise self.unsupported(f"the attributes {ignored} are not supported")
        self._attributes, self.constants, self.nested = {}, {}, None


@dataclass
class Step:
    """A node that can run.

    Attributes:
        node: What it was built of.
        run: Its function: of tensors, None for absent ones, and of host arrays for the inputs in `numbers`.
        host: Its function of host arrays, where it has one.
        operator: Which inputs it takes how.
        needs: The names of values that it reads.
        frees: The names of values that nobody reads after it.
    """

    node: Node
    run: Callable[..., Any]
    host: Callable[..., Any] | None
    operator: Operator
    needs: set[str]
    frees: Sequence[str] = ()

    def __call__(self, values: dict[str, Any]) -> None:
        """Run, and put the outputs among the values."""
        inputs = [values[name] if name else None for name in self.node.inputs]
        try:
            results = self._results(inputs, values)
        except _PLAIN_ERRORS as error:
            if type(error) not in _PLAIN_ERRORS:
                raise
            raise type(error)(f"{self.node}: {error}") from error
        if not isinstance(results, tuple):
            results = (results,)
        if len(results) < len(self.node.outputs):
            raise self.node.unsupported(f"it has {len(self.node.outputs)} outputs; supported are {len(results)}")
        for name, result in zip(self.node.outputs, results):
            if name:
                values[name] = result
        for name in self.frees:
            del values[name]

    def _results(self, inputs: list[Any], values: dict[str, Any]) -> Any:
        if self.operator.raw:
            return self.run(values, *inputs)
        if self.host is not None and all(not isinstance(x, (Tensor, list)) for x in inputs):
            result = self.host(*inputs)
            if result is not NotImplemented:
                return result
        numbers, tensor_of = self.operator.numbers, self.node.mode.tensor
        if self.operator.scalars and any(isinstance(x, Tensor) for x in inputs):
            return self.run(*[x.item() if isinstance(x, np.ndarray) and not x.ndim else tensor_of(x) for x in inputs])
        return self.run(*[host(x) if i in numbers else tensor_of(x) for i, x in enumerate(inputs)])


def host(value: Any) -> Any:
    """Return a value as an array in host memory; None stays."""
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else value


class Program:
    """A graph that can run.

    Args:
        graph: The graph.
        opset: The version of the set of operators.
        mode: What the module is doing.
        outer: Constants of graphs around this one, by name.
        members: Names of initializers whose numbers are elsewhere.

    Attributes:
        inputs: The names of the graph's inputs.
        outputs: Those of its outputs.
        constants: Its constants, by name.
        free: The names that it reads of graphs around it.
    """

    def __init__(
        self, graph: onnx.GraphProto, opset: int, mode: Mode, outer: Mapping[str, Any], members: Sequence[str] = ()
    ) -> None:
        if graph.sparse_initializer:
            raise InvalidModelError("sparse initializers are not supported")
        self.opset, self.mode = opset, mode
        self.inputs = [i.name for i in graph.input]
        self.outputs = [o.name for o in graph.output]
        self.constants: dict[str, Any] = {}
        for proto in graph.initializer:
            if proto.name not in members:
                self.constants[proto.name] = array_of(proto, f"the initializer {proto.name!r}")
        known = {**outer, **self.constants}
        for name in self.inputs:
            known.pop(name, None)
        self.steps = [self._step(proto, known) for proto in graph.node]
        made = {*self.inputs, *self.constants, *members, *(o for s in self.steps for o in s.node.outputs)}
        self.free = {name for s in self.steps for name in s.needs} | set(self.outputs)
        self.free -= made
        self._free_early(set(members))

    def _step(self, proto: onnx.NodeProto, known: dict[str, Any]) -> Step:
        nested: list[Program] = []

        def build(graph: onnx.GraphProto) -> Program:
            nested.append(Program(graph, self.opset, self.mode, known))
            return nested[-1]

        node = Node(proto, self.opset, self.mode, known, build)
        if proto.domain not in ("", "ai.onnx"):
            raise node.unsupported(f"operators of the domain {proto.domain!r} are not supported")
        operator = OPERATORS.get(proto.op_type)
        if operator is None:
            raise node.unsupported("the operator is not supported")
        try:
            run = operator.build(node)
            form = HOST.get(proto.op_type)
            host_form = form(node) if form else None
            node.finish()
        except (ValueError, TypeError, IndexError) as error:
            if isinstance(error, InvalidModelError):
                raise
            raise InvalidModelError(f"{node}: {error}") from error
        if proto.op_type == "Constant":
            known[proto.output[0]] = run()
        needs = {name for name in proto.input if name} | {name for p in nested for name in p.free}
        return Step(node, run, host_form, operator, needs)

    def _free_early(self, members: set[str]) -> None:
        """Note after which step each value is of no use any more."""
        kept, made = set(self.outputs), set(self.constants) | self.free | set(self.inputs) | members
        for step in reversed(self.steps):
            last = [n for n in {*step.needs, *filter(None, step.node.outputs)} if n not in kept and n not in made]
            step.frees = last
            kept.update(last)

    def run(self, values: dict[str, Any]) -> list[Any]:
        """Return the outputs.

        Args:
            values: Those of the inputs and of graphs around this one, by name; it becomes those of the outputs too.
        """
        values.update(self.constants)
        for step in self.steps:
            step(values)
        return [values[name] for name in self.outputs]

"""`max_graph`: a model as a graph of MAX, which compiles it for its own engine.

The model becomes ONNX operators first (mocrograd.onnx), and each operator becomes operations of MAX. MAX keeps images
with the channels last and filters as (height, width, channels, filters), so convolutions and pooling are transposed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mocrograd.onnx import UnsupportedOperatorError
from mocrograd.onnx import export as onnx_export

__all__ = ["max_graph"]

try:
    from max.dtype import DType
    from max.graph import DeviceRef, Graph, TensorType, ops
except ImportError as error:
    raise ImportError(f'max_graph needs MAX: pip install "mocrograd[kernels]" ({error})') from error

_DTYPES = {1: DType.float32, 6: DType.int32, 7: DType.int64, 9: DType.bool, 11: DType.float64}
"""MAX's dtypes by ONNX's numbers."""
_SAME: dict[str, Callable[..., Any]] = {
    "Abs": ops.abs, "Add": ops.add, "Div": ops.div, "Equal": ops.equal, "Erf": ops.erf, "Exp": ops.exp,
    "Floor": ops.floor, "Greater": ops.greater, "GreaterOrEqual": ops.greater_equal, "Log": ops.log,
    "MatMul": ops.matmul, "Max": ops.max, "Min": ops.min, "Mul": ops.mul, "Neg": ops.negate, "Not": ops.logical_not,
    "Pow": ops.pow, "Relu": ops.relu, "Sigmoid": ops.sigmoid, "Sqrt": ops.sqrt, "Sub": ops.sub, "Tanh": ops.tanh,
    "Where": ops.where,
}  # fmt: skip
"""Operators that MAX has as they are."""


def max_graph(
    model: Callable[..., Any],
    args: Any,
    *,
    input_names: Sequence[str] | None = None,
    dynamic_axes: Mapping[str, Any] | None = None,
) -> Any:
    """Return a model as a graph of MAX: linear layers, convolutions, pooling, activations, normalisation, attention.

    Args:
        model: A module in evaluation mode, or a function of tensors.
        args: The example, as for `mocrograd.onnx.export`.
        input_names: The names of the inputs.
        dynamic_axes: The dynamic dimensions of inputs by their names: {"input": {0: "batch"}}.

    Returns:
        A `max.graph.Graph` on the CPU with the weights as constants. `InferenceSession(devices=[CPU()]).load(graph)` of
        `max.engine` compiles it.

    Raises:
        ImportError: MAX or onnx is not installed.
        UnsupportedOperatorError: An operator has no form here.
        OnnxExporterError: The model cannot be written as operators.
    """
    made = onnx_export(model, args, input_names=input_names, dynamic_axes=dynamic_axes)
    converter = _Converter(made.graph)
    types = [_type(info) for info in made.graph.input]
    return Graph(made.graph.name, forward=converter.run, input_types=types)


def _type(info: Any) -> Any:
    tensor = info.type.tensor_type
    shape = [d.dim_param or d.dim_value for d in tensor.shape.dim]
    return TensorType(_DTYPES[tensor.elem_type], shape, device=DeviceRef.CPU())


class _Converter:
    """Writes the nodes of an ONNX graph into MAX's graph that is open."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self.graph = graph
        self.constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self.values: dict[str, Any] = {}

    def run(self, *inputs: Any) -> Any:
        """Return the outputs for the inputs."""
        self.values = dict(zip((info.name for info in self.graph.input), inputs))
        for node in self.graph.node:
            results = self._node(node)
            results = results if isinstance(results, (tuple, list)) else [results]
            self.values.update(zip(node.output, results))
        outputs = [self.value(info.name) for info in self.graph.output]
        return outputs[0] if len(outputs) == 1 else outputs

    def value(self, name: str) -> Any:
        """Return a value by its name; constants are made where they are used."""
        if name not in self.values:
            self.values[name] = ops.constant(np.ascontiguousarray(self.constants[name]), device=DeviceRef.CPU())
        return self.values[name]

    def _node(self, node: Any) -> Any:
        from onnx import helper

        options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type in _SAME:
            return _SAME[node.op_type](*(self.value(name) for name in node.input))
        write = getattr(self, f"_{node.op_type.lower()}", None)
        if write is None:
            raise UnsupportedOperatorError(
                f"max_graph: the operator {node.op_type} ({node.name}) has no form in MAX here"
            )
        return write(node.input, options)

    def _numbers(self, name: str) -> list[int]:
        """Return the numbers of a constant operand, such as a shape."""
        if name not in self.constants:
            raise UnsupportedOperatorError("max_graph: a shape that is computed in the graph has no form in MAX here")
        return [int(n) for n in np.ravel(self.constants[name])]

    # -------------------------------------------------------------------------------- products

    def _gemm(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x, weight = self.value(names[0]), self.value(names[1])
        out = ops.matmul(x, ops.transpose(weight, 0, 1) if options.get("transB") else weight)
        return out if len(names) < 3 else ops.add(out, self.value(names[2]))

    def _conv(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x, weight = self.value(names[0]), self.value(names[1])
        if len(weight.shape) != 4:
            raise UnsupportedOperatorError("max_graph: convolutions of other than two dimensions have no form here")
        bias = self.value(names[2]) if len(names) > 2 else None
        top, left, bottom, right = options["pads"]
        out = ops.conv2d(
            ops.permute(x, [0, 2, 3, 1]), ops.permute(weight, [2, 3, 1, 0]), tuple(options["strides"]),
            tuple(options["dilations"]), (top, bottom, left, right), options["group"], bias,
        )  # fmt: skip
        return ops.permute(out, [0, 3, 1, 2])

    # --------------------------------------------------------------------------------- pooling

    def _pool(self, pool: Callable[..., Any], names: Sequence[str], options: Mapping[str, Any], **more: Any) -> Any:
        kernel, pads = tuple(options["kernel_shape"]), options.get("pads", [0, 0, 0, 0])
        if len(kernel) != 2:
            raise UnsupportedOperatorError("max_graph: pooling of other than two dimensions has no form here")
        x = ops.permute(self.value(names[0]), [0, 2, 3, 1])
        steps, dilation = tuple(options["strides"]), tuple(options.get("dilations", (1, 1)))
        out = pool(x, kernel, steps, dilation, tuple(pads[:2]), bool(options.get("ceil_mode")), **more)
        return ops.permute(out, [0, 3, 1, 2])

    def _maxpool(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return self._pool(ops.max_pool2d, names, options)

    def _averagepool(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return self._pool(ops.avg_pool2d, names, options, count_boundary=bool(options.get("count_include_pad")))

    def _globalaveragepool(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x = self.value(names[0])
        for dim in range(2, len(x.shape)):
            x = ops.mean(x, dim)
        return x

    # --------------------------------------------------------------------------- normalisation

    def _batchnormalization(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        weight, bias, mean, variance = (self.constants[name] for name in names[1:])
        scale = weight / np.sqrt(variance + options["epsilon"])
        x = self.value(names[0])
        shape = (-1, *[1] * (len(x.shape) - 2))
        factor, shift = (self._constant(c.reshape(shape)) for c in (scale, bias - mean * scale))
        return ops.add(ops.mul(x, factor), shift)

    def _layernormalization(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        if options["axis"] != -1:
            raise UnsupportedOperatorError("max_graph: layer normalisation over several dimensions has no form here")
        weight = self.constants[names[1]]
        bias = self.constants[names[2]] if len(names) > 2 else np.zeros_like(weight)
        return ops.layer_norm(self.value(names[0]), self._constant(weight), self._constant(bias), options["epsilon"])

    # ----------------------------------------------------------------------------- activations

    def _softmax(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.softmax(self.value(names[0]), options["axis"])

    def _logsoftmax(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.logsoftmax(self.value(names[0]), options["axis"])

    def _leakyrelu(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x = self.value(names[0])
        return ops.where(ops.greater(x, 0), x, ops.mul(x, options["alpha"]))

    def _elu(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x = self.value(names[0])
        return ops.where(ops.greater(x, 0), x, ops.mul(ops.sub(ops.exp(ops.min(x, 0)), 1), options["alpha"]))

    def _softplus(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x = self.value(names[0])
        return ops.add(ops.relu(x), ops.log1p(ops.exp(ops.negate(ops.abs(x)))))

    def _clip(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.min(ops.max(self.value(names[0]), self.value(names[1])), self.value(names[2]))

    def _hardsigmoid(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        linear = ops.add(ops.mul(self.value(names[0]), options["alpha"]), options["beta"])
        return ops.min(ops.max(linear, 0.0), 1.0)

    def _reciprocal(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.div(1.0, self.value(names[0]))

    # ---------------------------------------------------------------------------------- shapes

    def _identity(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return self.value(names[0])

    def _cast(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.cast(self.value(names[0]), _DTYPES[options["to"]])

    def _transpose(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.permute(self.value(names[0]), list(options["perm"]))

    def _concat(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.concat([self.value(name) for name in names], options["axis"])

    def _gather(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x, axis = self.value(names[0]), options.get("axis", 0)
        index = self.constants.get(names[1])
        if index is None or index.ndim:
            return ops.gather(x, self.value(names[1]), axis)
        return ops.squeeze(ops.gather(x, ops.constant(index.reshape(1), device=DeviceRef.CPU()), axis), axis)

    def _unsqueeze(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return ops.unsqueeze(self.value(names[0]), self._numbers(names[1])[0])

    def _reducemean(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return self._reduced(ops.mean, names, options)

    def _reducesum(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return self._reduced(ops.sum, names, options)

    def _reduced(self, reduce: Callable[..., Any], names: Sequence[str], options: Mapping[str, Any]) -> Any:
        x = self.value(names[0])
        rank = len(x.shape)
        dims = sorted(d % rank for d in (self._numbers(names[1]) if len(names) > 1 else range(rank)))
        for dim in dims:
            x = reduce(x, dim)
        for dim in reversed(dims if not options.get("keepdims", 1) else []):
            x = ops.squeeze(x, dim)
        return x

    def _reshape(self, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        """Reshape; where a size is inferred, it is the symbolic one of the operand, or a number."""
        x, shape = self.value(names[0]), self._numbers(names[1])
        if -1 not in shape:
            return ops.reshape(x, shape)
        symbolic = [d for d in x.shape if not hasattr(d, "dim")]
        fixed = math.prod(d.dim for d in x.shape if hasattr(d, "dim"))
        rest = math.prod(n for n in shape if n != -1)
        if len(symbolic) > 1 or fixed % rest:
            raise UnsupportedOperatorError(
                f"max_graph: the shape {list(x.shape)} becomes {shape}, which has no form here"
            )
        inferred = fixed // rest if not symbolic else symbolic[0] if fixed == rest else symbolic[0] * (fixed // rest)
        return ops.reshape(x, [inferred if n == -1 else n for n in shape])

    def _constant(self, array: Any) -> Any:
        return ops.constant(np.ascontiguousarray(array, dtype=np.float32), device=DeviceRef.CPU())

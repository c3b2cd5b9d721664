"""An ONNX graph that is being written: nodes, initializers, and the values that stand for tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.errors import OnnxExporterError
from mocrograd.onnx.sizes import Size

try:
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise ImportError(f'mocrograd.onnx needs the package onnx: pip install "mocrograd[onnx]" ({error})') from error

TYPES = {
    dtypes.float32: TensorProto.FLOAT,
    dtypes.float64: TensorProto.DOUBLE,
    dtypes.int64: TensorProto.INT64,
    dtypes.int32: TensorProto.INT32,
    dtypes.uint8: TensorProto.UINT8,
    dtypes.bool_: TensorProto.BOOL,
    dtypes.float16: TensorProto.FLOAT16,
    dtypes.bfloat16: TensorProto.BFLOAT16,
    dtypes.int16: TensorProto.INT16,
    dtypes.int8: TensorProto.INT8,
}
PARAMETERS = "mocrograd.parameters"
"""The entry in a model's metadata that lists, as JSON, which initializers are parameters."""
Dim = int | Size


@dataclass(frozen=True)
class Value:
    """What stands for a tensor.

    Attributes:
        name: Its name in the graph.
        dtype: Its dtype.
        shape: Its sizes.
        constant: Its numbers, where they never change.
    """

    name: str
    dtype: dtypes.dtype
    shape: tuple[Dim, ...]
    constant: np.ndarray[Any, Any] | None = None

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)


class Graph:
    """The nodes and initializers of a graph, in order.

    Args:
        opset: The version of the set of operators.
        training: Whether the model is exported as it trains: with dropout, and without changes of running statistics.
    """

    def __init__(self, opset: int, training: bool = False) -> None:
        self.opset = opset
        self.training = training
        self.nodes: list[Any] = []
        self.initializers: dict[str, Any] = {}
        self.axes: dict[str, tuple[str, int]] = {}
        """The input and the dimension of each dynamic axis."""
        self.step = ""
        """The operation that is being written, for messages."""
        self.steps: dict[str, str] = {}
        """The operation that each node is of."""
        self._names: set[str] = set()
        self._sizes: dict[Any, str] = {}

    def name(self, wanted: str) -> str:
        """Return a name that is not taken yet, and take it."""
        name, count = wanted, 0
        while name in self._names:
            count += 1
            name = f"{wanted}_{count}"
        self._names.add(name)
        return name

    def add(self, operator: str, *inputs: Value | str, outputs: int | Sequence[str] = 1, **attributes: Any) -> Any:
        """Add a node.

        Args:
            operator: The operator.
            inputs: Values or names of values, "" for a missing one.
            outputs: How many outputs there are, or their names, "" for one that is not wanted.
            attributes: The attributes; those of None are left out.

        Returns:
            The name of the output, or a tuple of several.
        """
        names = [x.name if isinstance(x, Value) else x for x in inputs]
        made = (
            [self.name(f"{operator}_{len(self.nodes)}") for _ in range(outputs)]
            if isinstance(outputs, int)
            else list(outputs)
        )
        given = {name: value for name, value in attributes.items() if value is not None}
        title = f"{len(self.nodes)}_{operator}"
        self.steps[title] = self.step
        self.nodes.append(helper.make_node(operator, names, made, name=title, **given))
        return made[0] if len(made) == 1 else tuple(made)

    # --------------------------------------------------------------------------------- constants

    def constant(self, value: Any, dtype: Any = None, name: str = "constant") -> str:
        """Return the name of an initializer of numbers.

        Args:
            value: Numbers.
            dtype: Their dtype, of this library or NumPy; that of `value` by default.
            name: The name, if it is not taken.
        """
        kind = dtype.numpy if isinstance(dtype, dtypes.dtype) else dtype
        array = np.ascontiguousarray(np.asarray(value, dtype=kind)).reshape(np.shape(value))
        key = (array.dtype.str, array.shape, array.tobytes()) if array.size <= 64 and name == "constant" else None
        if key in self._sizes:
            return self._sizes[key]
        made = self.name(name)
        self.initializers[made] = numpy_helper.from_array(array, made)
        if key is not None:
            self._sizes[key] = made
        return made

    def integers(self, values: Sequence[Dim]) -> str:
        """Return the name of a list of int64, some of which may be dynamic sizes."""
        if all(isinstance(v, int) for v in values):
            return self.constant(list(values), np.int64)
        parts = [self.size(v) if isinstance(v, Size) else self.constant([v], np.int64) for v in values]
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=0)

    def size(self, size: Size) -> str:
        """Return the name of a dynamic size, as one int64 in a list."""
        key = (size.axes, size.factor, size.constant)
        if key not in self._sizes:
            product = ""
            for axis in size.axes:
                length = self._axis(axis)
                product = self.add("Mul", product, length) if product else length
            denominator = size.factor.denominator
            scaled = self._times(product, size.factor.numerator)
            moved = int(size.constant * denominator)
            if moved:
                scaled = self.add("Add", scaled, self.constant([moved], np.int64))
            self._sizes[key] = (
                self.add("Div", scaled, self.constant([denominator], np.int64)) if denominator > 1 else scaled
            )
        return self._sizes[key]

    def _times(self, name: str, factor: int) -> str:
        return name if factor == 1 else self.add("Mul", name, self.constant([factor], np.int64))

    def _axis(self, axis: str) -> str:
        if axis not in self._sizes:
            name, dim = self.axes[axis]
            self._sizes[axis] = self.add("Shape", name, start=dim, end=dim + 1)
        return self._sizes[axis]

    # --------------------------------------------------------------------------------- operands

    def cast(self, value: Value | str, dtype: dtypes.dtype, of: dtypes.dtype | None = None) -> str:
        """Return a value in a dtype; a name of the dtype `of` is cast too."""
        have = value.dtype if isinstance(value, Value) else of
        name = value.name if isinstance(value, Value) else value
        return name if have is dtype else self.add("Cast", name, to=TYPES[dtype])

    def operand(self, x: Any, dtype: dtypes.dtype) -> str:
        """Return a value or a number in a dtype."""
        if isinstance(x, Value):
            return self.cast(x, dtype)
        if isinstance(x, Size):
            scalar = self.add("Squeeze", self.size(x), self.constant([0], np.int64))
            return self.cast(scalar, dtype, dtypes.int64)
        return self.constant(x, dtype)

    def reshape(self, value: Value | str, shape: Sequence[Dim]) -> str:
        """Return a value in another shape; one dynamic size is inferred."""
        name = value.name if isinstance(value, Value) else value
        if all(isinstance(n, int) and n > 0 for n in shape):
            return self.add("Reshape", name, self.constant(list(shape), np.int64))
        dynamic = [n for n in shape if isinstance(n, Size)]
        if len(dynamic) == 1 and all(isinstance(n, Size) or n > 0 for n in shape):
            sizes = [-1 if isinstance(n, Size) else n for n in shape]
            return self.add("Reshape", name, self.constant(sizes, np.int64))
        return self.add("Reshape", name, self.integers(shape), allowzero=1 if 0 in shape else None)

    def fixed(self, size: Dim, what: str) -> int:
        """Return a size that must not be dynamic.

        Raises:
            OnnxExporterError: It is.
        """
        if isinstance(size, Size):
            raise OnnxExporterError(
                f"{self.step}: {what} depends on a dynamic axis ({size}), which ONNX cannot express"
            )
        return size

"""Branches, loops, and sequences of tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes, ops
from mocrograd.onnx.errors import InvalidModelError
from mocrograd.onnx.operators.registry import Form, operator, plain
from mocrograd.tensor import Tensor

Values = dict[str, Any]


def _truth(value: Any) -> bool:
    """Return a condition, which is a single number."""
    if value is None:
        return True
    return bool(value.item())


@operator("If", raw=True)
def _if(node: Any) -> Form:
    branches = [node.nested(node.attribute(name)) for name in ("else_branch", "then_branch")]
    if any(len(b.outputs) != len(node.outputs) for b in branches):
        raise InvalidModelError(f"{node}: the branches do not have {len(node.outputs)} outputs")
    return lambda values, condition: tuple(branches[_truth(condition)].run(dict(values)))


@operator("Loop", raw=True)
def _loop(node: Any) -> Form:
    body = node.nested(node.attribute("body"))
    carried = len(node.inputs) - 2
    if len(body.inputs) != carried + 2 or len(body.outputs) != len(node.outputs) + 1:
        raise InvalidModelError(f"{node}: the body's inputs and outputs do not fit those of the node")

    def loop(values: Values, limit: Any, condition: Any, *states: Any) -> Any:
        most = None if limit is None else int(limit.item())
        goes_on, step = _truth(condition), 0
        made: list[list[Any]] = [[] for _ in body.outputs[1 + carried :]]
        if limit is None and condition is None:
            raise ValueError("the loop has no end: neither a number of steps nor a condition")
        while goes_on and (most is None or step < most):
            given = [np.array(step, np.int64), np.array(True), *states]
            results = body.run({**values, **dict(zip(body.inputs, given))})
            goes_on, states = _truth(results[0]), tuple(results[1 : 1 + carried])
            for rows, result in zip(made, results[1 + carried :]):
                rows.append(node.mode.tensor(result))
            step += 1
        return (*states, *[_stacked(rows, node) for rows in made])

    return loop


def _stacked(rows: list[Any], node: Any, axis: int = 0) -> Tensor:
    if not rows:
        raise node.unsupported("the loop made no step, so that the shape of what it stacks is not known")
    return ops.stack(rows, axis)


@operator("Scan", raw=True)
def _scan(node: Any) -> Form:
    if node.opset < 9:
        raise node.unsupported("Scan is supported from opset 9 on")
    body, count = node.nested(node.attribute("body")), node.attribute("num_scan_inputs")
    carried = len(node.inputs) - count
    axes = node.attribute("scan_input_axes", None) or [0] * count
    turned = node.attribute("scan_input_directions", None) or [0] * count
    outputs = len(node.outputs) - carried
    axes_out = node.attribute("scan_output_axes", None) or [0] * outputs
    turned_out = node.attribute("scan_output_directions", None) or [0] * outputs
    if carried < 0 or len(body.inputs) != len(node.inputs) or len(body.outputs) != len(node.outputs):
        raise InvalidModelError(f"{node}: the body's inputs and outputs do not fit those of the node")

    def scan(values: Values, *inputs: Any) -> Any:
        states, scanned = inputs[:carried], [node.mode.tensor(x) for x in inputs[carried:]]
        columns = []
        for x, axis, turn in zip(scanned, axes, turned):
            parts = ops.unbind(x, axis)
            columns.append(parts[::-1] if turn else parts)
        made: list[list[Any]] = [[] for _ in range(outputs)]
        for row in zip(*columns):
            results = body.run({**values, **dict(zip(body.inputs, (*states, *row)))})
            states = tuple(results[:carried])
            for rows, result in zip(made, results[carried:]):
                rows.append(node.mode.tensor(result))
        made = [rows[::-1] if turn else rows for rows, turn in zip(made, turned_out)]
        return (*states, *[_stacked(rows, node, axis) for rows, axis in zip(made, axes_out)])

    return scan


# ----------------------------------------------------------------------------------- sequences


plain("SequenceConstruct", lambda *x: list(x))


@operator("SequenceEmpty")
def _sequence_empty(node: Any) -> Form:
    node.dtype("dtype", dtypes.float32)
    return list


@operator("SequenceLength")
def _sequence_length(node: Any) -> Form:
    return lambda rows: np.array(len(rows), np.int64)


@operator("SequenceAt", numbers=(1,))
def _sequence_at(node: Any) -> Form:
    return lambda rows, index: rows[int(index.item())]


@operator("SequenceErase", numbers=(1,))
def _sequence_erase(node: Any) -> Form:
    def erase(rows: list[Any], index: Any = None) -> list[Any]:
        which = range(len(rows))[-1 if index is None else int(index.item())]
        return [row for i, row in enumerate(rows) if i != which]

    return erase


@operator("SequenceInsert", numbers=(2,))
def _sequence_insert(node: Any) -> Form:
    def insert(rows: list[Any], new: Tensor, index: Any = None) -> list[Any]:
        where = len(rows) if index is None else int(index.item())
        if not -len(rows) <= where <= len(rows):
            raise IndexError(f"expected an index in [{-len(rows)}, {len(rows)}], got {where}")
        where = where + len(rows) if where < 0 else where
        return [*rows[:where], new, *rows[where:]]

    return insert


@operator("ConcatFromSequence")
def _concat_from_sequence(node: Any) -> Form:
    axis, new = node.attribute("axis"), node.attribute("new_axis", 0)
    return lambda rows: ops.stack(rows, axis) if new else ops.cat(rows, axis)


@operator("SplitToSequence", numbers=(1,))
def _split_to_sequence(node: Any) -> Form:
    axis, keep = node.attribute("axis", 0), node.attribute("keepdims", 1)

    def split(x: Tensor, sizes: Any = None) -> list[Tensor]:
        if sizes is None:
            return list(ops.split(x, 1, axis) if keep else ops.unbind(x, axis))
        return list(ops.split(x, int(sizes) if sizes.ndim == 0 else sizes.tolist(), axis))

    return split

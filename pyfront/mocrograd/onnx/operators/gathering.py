"""Operators that read and write elements at indices, and sort."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes, ops
from mocrograd.onnx.operators.registry import Form, host, operator
from mocrograd.tensor import Tensor


def _wrapped(index: Tensor, size: int) -> Tensor:
    """Return indices that count from the start, of negative ones that count from the end."""
    index = index.to(dtypes.int64)
    return ops.where(index < 0, index + size, index)


@operator("Gather")
def _gather(node: Any) -> Form:
    axis = node.attribute("axis", 0)
    constant = node.constants.get(node.inputs[1])
    if constant is not None and constant.ndim == 0:
        return lambda x, index: ops.select(x, axis, int(constant))

    def gather(x: Tensor, index: Tensor) -> Tensor:
        flat = ops.reshape(_wrapped(index, x.shape[axis]), [-1])
        found = ops.index_select(x, axis, flat)
        dim = axis % x.ndim
        return ops.reshape(found, [*x.shape[:dim], *index.shape, *x.shape[dim + 1 :]])

    return gather


@host("Gather")
def _gather_host(node: Any) -> Form:
    axis = node.attribute("axis", 0)
    return lambda x, index: np.asarray(np.take(x, index, axis))


@operator("GatherElements")
def _gather_elements(node: Any) -> Form:
    axis = node.attribute("axis", 0)
    return lambda x, index: ops.gather(x, axis, _wrapped(index, x.shape[axis]))


@operator("GatherND")
def _gather_nd(node: Any) -> Form:
    batch = node.attribute("batch_dims", 0)

    def gather(x: Tensor, index: Tensor) -> Tensor:
        depth = index.shape[-1]
        sizes = x.shape[batch : batch + depth]
        lead, rest = x.shape[:batch], x.shape[batch + depth :]
        rows = _flat_index(index, sizes)
        count, each = math.prod(lead), math.prod(sizes)
        if batch:
            offsets = ops.arange(0, count, device=x.device) * each
            rows = ops.reshape(rows, [count, -1]) + ops.unsqueeze(offsets, 1)
        flat = ops.reshape(x, [count * each, *rest])
        return ops.reshape(ops.index_select(flat, 0, ops.reshape(rows, [-1])), [*index.shape[:-1], *rest])

    return gather


def _flat_index(index: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Return the index into flattened dimensions, of indices in the last dimension."""
    rows = None
    for part, size in zip(ops.unbind(index, -1), sizes):
        part = _wrapped(part, size)
        rows = part if rows is None else rows * size + part
    return ops.zeros(index.shape[:-1], dtype=dtypes.int64, device=index.device) if rows is None else rows


_REDUCTIONS = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


def _reduction(node: Any) -> str:
    return node.choice("reduction", "none", "none", *_REDUCTIONS) if node.opset >= 16 else "none"


@operator("Scatter", "ScatterElements")
def _scatter_elements(node: Any) -> Form:
    axis, reduction = node.attribute("axis", 0), _reduction(node)

    def scatter(x: Tensor, index: Tensor, updates: Tensor) -> Tensor:
        index = _wrapped(index, x.shape[axis])
        if reduction == "none":
            return ops.scatter(x, axis, index, updates)
        return ops.scatter_reduce(x, axis, index, updates, _REDUCTIONS[reduction])

    return scatter


@operator("ScatterND")
def _scatter_nd(node: Any) -> Form:
    reduction = _reduction(node)

    def scatter(x: Tensor, index: Tensor, updates: Tensor) -> Tensor:
        depth = index.shape[-1]
        sizes, rest = x.shape[:depth], x.shape[depth:]
        rows = ops.reshape(_flat_index(index, sizes), [-1])
        width = math.prod(rest)
        flat, new = ops.reshape(x, [math.prod(sizes), width]), ops.reshape(updates, [rows.shape[0], width])
        spread = ops.broadcast_to(ops.unsqueeze(rows, 1), new.shape)
        if reduction == "none":
            made = ops.scatter(flat, 0, spread, new)
        else:
            made = ops.scatter_reduce(flat, 0, spread, new, _REDUCTIONS[reduction])
        return ops.reshape(made, x.shape)

    return scatter


@operator("TopK", numbers=(1,))
def _top_k(node: Any) -> Form:
    axis = node.attribute("axis", -1)
    fixed: Any = node.attribute("k") if node.opset < 10 else None
    largest = bool(node.attribute("largest", 1)) if node.opset >= 11 else True
    if node.opset >= 11:
        node.attribute("sorted", 1)  # sorted results serve both

    def top(x: Tensor, k: Any = None) -> Any:
        count = int(fixed if k is None else k.item())
        values, found = ops.sort(x, axis, largest, stable=True)
        return ops.narrow(values, axis, 0, count), ops.narrow(found, axis, 0, count)

    return top


@operator("Unique")
def _unique(node: Any) -> Form:
    axis, ordered = node.attribute("axis", None), node.attribute("sorted", 1)

    def unique(x: Tensor) -> Any:
        values, back, counts = ops.unique(x, True, True, True, dim=axis)
        back = ops.reshape(back, [-1])
        positions = ops.arange(0, back.shape[0], device=x.device)
        first = ops.full((counts.shape[0],), back.shape[0], dtype=dtypes.int64, device=x.device)
        first = ops.scatter_reduce(first, 0, back, positions, "amin")
        if not ordered:
            order = ops.argsort(first)
            values = ops.index_select(values, 0 if axis is None else axis, order)
            back = ops.index_select(ops.argsort(order), 0, back)
            first, counts = ops.index_select(first, 0, order), ops.index_select(counts, 0, order)
        return values, first, back, counts

    return unique


@operator("Compress")
def _compress(node: Any) -> Form:
    axis = node.attribute("axis", None)

    def compress(x: Tensor, condition: Tensor) -> Tensor:
        chosen = ops.reshape(ops.nonzero(condition), [-1])
        return ops.index_select(ops.reshape(x, [-1]) if axis is None else x, axis or 0, chosen)

    return compress


@operator("ReverseSequence")
def _reverse_sequence(node: Any) -> Form:
    time, batch = node.attribute("time_axis", 0), node.attribute("batch_axis", 1)
    if {time, batch} != {0, 1}:
        raise node.unsupported(f"time_axis is {time} and batch_axis {batch}; supported are 0 and 1")

    def reverse(x: Tensor, lengths: Tensor) -> Tensor:
        steps = ops.unsqueeze(ops.arange(0, x.shape[time], device=x.device), batch)
        lengths = ops.unsqueeze(lengths, time)
        index = ops.where(steps < lengths, lengths - 1 - steps, steps)
        index = ops.reshape(index, [*index.shape, *[1] * (x.ndim - 2)])
        return ops.gather(x, time, ops.broadcast_to(index, x.shape))

    return reverse

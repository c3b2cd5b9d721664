"""Tensors that operations make of sizes: constants, unless a size is dynamic."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import Graph, Value
from mocrograd.onnx.sizes import Size
from mocrograd.onnx.writer import Arguments, Decline, form
from mocrograd.tensor import Tensor


def _dynamic(a: Arguments) -> bool:
    return any(isinstance(n, Size) for n in a.shape())


def _filled(g: Graph, a: Arguments, value: Any) -> str:
    """Return a tensor of one number, in the shape of the result."""
    number = g.operand(value, a.dtype())
    out: str = g.add("Expand", number, g.integers(a.shape()))
    return out


@form("zeros", "ones", "zeros_like", "ones_like", "new_zeros", "new_ones", "empty", "empty_like", "_ones", "new_empty")
def _constant(g: Graph, a: Arguments) -> str:
    return _filled(g, a, 1 if "ones" in a.name else 0)


@form("full", "full_like", "new_full")
def _full(g: Graph, a: Arguments) -> str:
    return _filled(g, a, a["fill_value"])


@form("fill_", "zero_")
def _fill(g: Graph, a: Arguments) -> str:
    return _filled(g, a, 0 if a.name == "zero_" else a["value"])


@form("arange")
def _arange(g: Graph, a: Arguments) -> str:
    start, end, step = a["start"], a["end"], a["step"]
    if end is None:
        start, end = 0, start
    if not _dynamic(a) or a.dtype().kind == 2:
        raise Decline
    start = 0 if start is None else start
    made = g.add("Range", *(g.operand(x, dtypes.int64) for x in (start, end, step)))
    return g.cast(made, a.dtype(), dtypes.int64)


@form("tensor", "as_tensor", "scalar_tensor", "new_tensor", "from_numpy", "asarray")
def _tensor(g: Graph, a: Arguments) -> str:
    data = next(iter(a.steps[0].arguments.values()))
    if isinstance(data, Tensor):
        raise Decline
    numbers = [step.made for step in a.steps]
    first = numbers[0]
    if first is None:
        raise Decline
    if all(n is not None and np.array_equal(n, first, equal_nan=first.dtype.kind == "f") for n in numbers):
        return g.constant(first, first.dtype)
    name = next(iter(a.steps[0].arguments))
    converted = a[name]
    if isinstance(converted, Size):
        return g.operand(converted, a.dtype())
    if isinstance(converted, list) and all(isinstance(n, (int, Size)) for n in converted):
        return g.cast(g.integers(converted), a.dtype(), dtypes.int64)
    raise Decline


@form("copy_")
def _copy(g: Graph, a: Arguments) -> str:
    source: Value = a["src"] if "src" in a.steps[0].arguments else a["other"]
    out: str = g.add("Expand", g.operand(source, a.dtype()), g.integers(a.shape()))
    return out

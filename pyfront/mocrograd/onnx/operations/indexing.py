"""Indexing, gathering, embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import TYPES, Dim, Graph, Value
from mocrograd.onnx.operations.shapes import transposed
from mocrograd.onnx.sizes import Size
from mocrograd.onnx.writer import Arguments, Decline, form

_END = np.iinfo(np.int64).max


@form("__getitem__")
def _getitem(g: Graph, a: Arguments) -> str:
    x = a["input"]
    out, new = _indexed(g, x, _parts(g, a, x.ndim))
    if new:
        return g.reshape(out, a.shape())
    return out if out != x.name else g.add("Identity", out)


@form("__setitem__")
def _setitem(g: Graph, a: Arguments) -> str:
    """Find the flat positions that the index names by indexing a tensor of all positions, and scatter there."""
    names = list(a.steps[0].arguments)
    x, source = a[names[0]], a[names[2]]
    shape = g.add("Shape", x)
    count = [g.operand(0, dtypes.int64), g.add("Size", x), g.operand(1, dtypes.int64)]
    positions = g.add("Reshape", g.add("Range", *count), shape)
    named, new = _indexed(g, Value(positions, dtypes.int64, x.shape), _parts(g, a, x.ndim))
    if new and isinstance(source, Value) and source.ndim:
        raise Decline
    updates = g.add("Expand", g.operand(source, x.dtype), g.add("Shape", named))
    flat = [g.add("Reshape", part, g.constant([-1], np.int64)) for part in (x, named, updates)]
    out: str = g.add("Reshape", g.add("ScatterElements", *flat, axis=0), shape)
    return out


def _parts(g: Graph, a: Arguments, ndim: int) -> list[Any]:
    """Return what an index says of each dimension, in order: slices, integers, None, tensors."""
    index = a["index"]
    several = isinstance(a.steps[0].arguments["index"], tuple)
    parts = [_part(g, part) for part in (index if several else [index])]
    if any(part is Ellipsis for part in parts):
        at = next(i for i, part in enumerate(parts) if part is Ellipsis)
        spare = ndim - sum(part is not None and part is not Ellipsis for part in parts)
        parts = [*parts[:at], *[slice(None)] * spare, *parts[at + 1 :]]
    return parts


def _part(g: Graph, part: Any) -> Any:
    if isinstance(part, (list, np.ndarray)):
        array = np.asarray(part)
        if array.dtype.kind not in "iu":
            raise Decline
        return Value(g.constant(array, np.int64), dtypes.int64, array.shape, array)
    if isinstance(part, bool) or (isinstance(part, Value) and part.dtype in (dtypes.bool_, dtypes.uint8)):
        raise Decline  # the size of the result depends on numbers
    return part


def _of_several(g: Graph, x: Value, parts: list[Any]) -> tuple[str, bool]:
    """Return what several tensors of indices name together, after integers and slices."""
    dims: list[int] = []
    rest: list[int] = []
    out, dim = x.name, 0
    for part in parts:
        if part is None:
            continue
        if isinstance(part, (int, Size)):
            out = g.add("Gather", out, g.operand(part, dtypes.int64), axis=dim)
            continue
        if isinstance(part, slice):
            out = _slice(g, out, dim, part)
        (rest if isinstance(part, slice) else dims).append(dim)
        dim += 1
    rest += range(dim, x.ndim - sum(isinstance(p, (int, Size)) for p in parts))
    parts = [p for p in parts if not isinstance(p, (int, Size))]
    tensors_at = [i for i, p in enumerate(parts) if isinstance(p, Value)]
    indices = [parts[i] for i in tensors_at]
    shape = _broadcast([p.shape for p in indices])
    last = g.constant([-1], np.int64)
    wide = [g.add("Expand", g.operand(p, dtypes.int64), g.integers(shape)) for p in indices]
    stacked = g.add("Concat", *(g.add("Unsqueeze", index, last) for index in wide), axis=-1)
    out = g.add("GatherND", transposed(g, out, [*dims, *rest]), stacked)
    # The dimensions of the indices stand first, or where they were if they were neighbours.
    if tensors_at[-1] - tensors_at[0] + 1 == len(tensors_at) and dims[0] > 0:
        count, before = len(shape), dims[0]
        order = [*range(count, count + before), *range(count), *range(count + before, count + len(rest))]
        out = transposed(g, out, order)
    return out, None in [p for p in parts if not isinstance(p, Value)]


def _broadcast(shapes: Sequence[tuple[Dim, ...]]) -> list[Dim]:
    """Return the shape in which shapes meet."""
    count = max(map(len, shapes))
    wide = [(*[1] * (count - len(shape)), *shape) for shape in shapes]
    return [next((n for n in sizes if n != 1), 1) for sizes in zip(*wide)]


def _indexed(g: Graph, x: Value, parts: list[Any]) -> tuple[str, bool]:
    """Return what slices, integers and at most one tensor of indices name, and whether None adds dimensions."""
    tensors = [p for p in parts if isinstance(p, Value) and p.ndim > 0]
    if len(tensors) > 1:
        return _of_several(g, x, parts)
    out, dim, new = x.name, 0, False
    for part in parts:
        if part is None:
            new = True
            continue
        if isinstance(part, slice):
            out = _slice(g, out, dim, part)
        elif isinstance(part, Value):
            out = g.add("Gather", out, part, axis=dim)
            if part.ndim == 0:
                dim -= 1
            else:
                dim += part.ndim - 1
        else:
            where = g.constant(part, np.int64) if isinstance(part, int) else g.operand(part, dtypes.int64)
            out = g.add("Gather", out, where, axis=dim)
            dim -= 1
        dim += 1
    return out, new


def _slice(g: Graph, x: str, dim: int, part: slice) -> str:
    step = 1 if part.step is None else part.step
    if part == slice(None):
        return x
    ends = [
        g.integers([0 if part.start is None else part.start]),
        g.integers([_END if part.stop is None else part.stop]),
    ]
    out: str = g.add("Slice", x, *ends, g.constant([dim], np.int64), g.integers([step]))
    return out


@form("gather", "take_along_dim")
def _gather(g: Graph, a: Arguments) -> str:
    index = a["index"] if "index" in a.steps[0].arguments else a["indices"]
    if a["dim"] is None:
        raise Decline
    if a.name == "take_along_dim" and index.shape[: a["dim"]] != a["input"].shape[: a["dim"]]:
        raise Decline
    out: str = g.add("GatherElements", a["input"], index, axis=a["dim"])
    return out


@form("index_select")
def _index_select(g: Graph, a: Arguments) -> str:
    out: str = g.add("Gather", a["input"], a["index"], axis=a["dim"])
    return out


@form("index_fill", "index_copy", "index_add")
def _index_write(g: Graph, a: Arguments) -> str:
    arguments = list(a.steps[0].arguments)
    x, index, source = a.first, a["index"], a[arguments[3]]
    dim = a["dim"] % max(x.ndim, 1)
    if x.ndim == 0 or index.ndim != 1:
        raise Decline
    shape = [*x.shape[:dim], index.shape[0], *x.shape[dim + 1 :]]
    updates = g.operand(source, a.dtype())
    if a.get("alpha", 1) != 1:
        updates = g.add("Mul", updates, g.constant(a["alpha"], a.dtype()))
    column = g.reshape(index, [index.shape[0], *[1] * (x.ndim - dim - 1)])
    wide, updates = (g.add("Expand", part, g.integers(shape)) for part in (column, updates))
    reduction = "add" if a.name == "index_add" else None
    out: str = g.add("ScatterElements", x, wide, updates, axis=dim, reduction=reduction)
    return out


@form("scatter", "scatter_add", "scatter_", "scatter_add_")
def _scatter(g: Graph, a: Arguments) -> str:
    index, reduce = a["index"], "add" if "add" in a.name else a.get("reduce")
    src = a["src"] if a["src"] is not None else a.get("value")
    if isinstance(src, Value):
        if src.shape != index.shape:
            raise Decline  # torch takes the first elements of a larger source
        updates = g.operand(src, a.dtype())
    else:
        updates = g.add("Expand", g.constant(src, a.dtype()), g.integers(index.shape))
    kinds = {None: None, "add": "add", "multiply": "mul"}
    out: str = g.add("ScatterElements", a["input"], index, updates, axis=a["dim"], reduction=kinds[reduce])
    return out


@form("embedding", "F.embedding")
def _embedding(g: Graph, a: Arguments) -> str:
    if a["max_norm"] is not None:
        raise Decline
    first = a["input"]
    out: str = g.add("Gather", a["weight"], first)
    return out


@form("embedding_bag", "F.embedding_bag")
def _embedding_bag(g: Graph, a: Arguments) -> str:
    index, mode, padding, dtype = a["input"], a["mode"], a.get("padding_idx"), a.dtype()
    if index.ndim != 2 or a.get("offsets") is not None or a.get("max_norm") is not None:
        raise Decline
    operators = {"sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax"}
    rows, bag, last = g.add("Gather", a["weight"], index), g.constant([1], np.int64), g.constant([2], np.int64)
    out: str
    if a.get("per_sample_weights") is not None:
        rows = g.add("Mul", rows, g.add("Unsqueeze", a["per_sample_weights"], last))
    if padding is None:
        out = g.add(operators[mode], rows, bag, keepdims=0)
        return out
    padding %= g.fixed(a["weight"].shape[0], "the number of embeddings")
    padded = g.add("Unsqueeze", g.add("Equal", index, g.constant(padding, index.dtype)), last)
    rows = g.add("Where", padded, g.constant(-np.inf if mode == "max" else 0, dtype), rows)
    out = g.add("ReduceMax" if mode == "max" else "ReduceSum", rows, bag, keepdims=0)
    count = g.add("ReduceSum", g.add("Cast", g.add("Not", padded), to=TYPES[dtype]), bag, keepdims=0)
    if mode == "mean":
        out = g.add("Div", out, g.add("Max", count, g.constant(1, dtype)))
    # A bag of padding alone is 0.
    return g.add("Where", g.add("Equal", count, g.constant(0, dtype)), g.constant(0, dtype), out)


@form("F.one_hot")
def _one_hot(g: Graph, a: Arguments) -> str:
    if a["num_classes"] < 0:
        raise Decline
    out: str = g.add("OneHot", a["tensor"], g.constant(a["num_classes"], np.int64), g.constant([0, 1], np.int64))
    return out


@form("diagonal")
def _diagonal(g: Graph, a: Arguments) -> str:
    x, first, second = a["input"], a["dim1"] % a["input"].ndim, a["dim2"] % a["input"].ndim
    rows, columns = x.shape[first], x.shape[second]
    if a["offset"] != 0 or isinstance(rows, Size) or isinstance(columns, Size):
        raise Decline
    order = [d for d in range(x.ndim) if d not in (first, second)] + [first, second]
    count = min(rows, columns)
    flat = g.reshape(transposed(g, x, order), [*(x.shape[d] for d in order[:-2]), rows * columns])
    out: str = g.add("Gather", flat, g.constant([i * columns + i for i in range(count)], np.int64), axis=-1)
    return out


@form("trace")
def _trace(g: Graph, a: Arguments) -> str:
    x = a["input"]
    rows, columns = x.shape
    if not x.dtype.is_floating_point or isinstance(rows, Size) or isinstance(columns, Size):
        raise Decline
    flat = g.reshape(transposed(g, x, [0, 1]), [rows * columns])
    picked = g.constant([i * columns + i for i in range(min(rows, columns))], np.int64)
    out: str = g.add("ReduceSum", g.add("Gather", flat, picked, axis=0), keepdims=0)
    return out

"""Reductions, running sums, sorting."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import Graph, Value
from mocrograd.onnx.operations.shapes import transposed
from mocrograd.onnx.writer import Arguments, Decline, form

_REDUCE = {
    "sum": "ReduceSum", "mean": "ReduceMean", "amax": "ReduceMax", "amin": "ReduceMin", "prod": "ReduceProd",
    "logsumexp": "ReduceLogSumExp",
}  # fmt: skip


def _dims(a: Arguments, x: Value) -> list[int] | None:
    """Return the dimensions that are reduced, None for all."""
    dim = a.get("dim")
    if dim is None or dim == []:
        return None
    return [dim] if isinstance(dim, int) else list(dim)


def _reduced(g: Graph, operator: str, x: str, dims: list[int] | None, keepdim: bool) -> str:
    axes = [] if dims is None else [g.constant(dims, np.int64)]
    out: str = g.add(operator, x, *axes, keepdims=int(keepdim))
    return out


@form(*_REDUCE)
def _reduce(g: Graph, a: Arguments) -> str:
    x, dtype = a["input"], a.dtype()
    if dtype is dtypes.bool_ or dtype is dtypes.uint8:
        raise Decline
    return _reduced(g, _REDUCE[a.name], g.operand(x, dtype), _dims(a, x), bool(a.get("keepdim")))


@form("max", "min")
def _extreme(g: Graph, a: Arguments) -> Any:
    x, dim, operator = a["input"], a["dim"], "Max" if a.name == "max" else "Min"
    if isinstance(dim, Value):
        return g.add(operator, g.operand(x, a.dtype()), g.operand(dim, a.dtype()))
    if x.dtype in (dtypes.bool_, dtypes.uint8):
        raise Decline
    if dim is None:
        return _reduced(g, f"Reduce{operator}", x.name, None, False)
    keep = bool(a["keepdim"])
    return _reduced(g, f"Reduce{operator}", x.name, [dim], keep), g.add(
        f"Arg{operator}", x, axis=dim, keepdims=int(keep)
    )


@form("argmax", "argmin")
def _argument(g: Graph, a: Arguments) -> str:
    x, dim, operator = a["input"], a["dim"], "ArgMax" if a.name == "argmax" else "ArgMin"
    out: str
    if dim is None:
        if a["keepdim"]:
            raise Decline
        out = g.add(operator, g.add("Reshape", x, g.constant([-1], np.int64)), axis=0, keepdims=0)
    else:
        out = g.add(operator, x, axis=dim, keepdims=int(bool(a["keepdim"])))
    return out


@form("all", "any")
def _truth(g: Graph, a: Arguments) -> str:
    x = a["input"]
    number = g.cast(g.cast(x, dtypes.bool_), dtypes.int32, dtypes.bool_)
    operator = "ReduceMin" if a.name == "all" else "ReduceMax"
    return g.cast(_reduced(g, operator, number, _dims(a, x), bool(a["keepdim"])), dtypes.bool_, dtypes.int32)


@form("var", "std")
def _variance(g: Graph, a: Arguments) -> str:
    x, dims, dtype = a["input"], _dims(a, a["input"]), a.dtype()
    correction = a["correction"]
    if correction is None:
        correction = 1 if a["unbiased"] is None else int(a["unbiased"])
    over = range(x.ndim) if dims is None else dims
    sizes = [x.shape[d] for d in over]
    centred = g.add("Sub", x, _reduced(g, "ReduceMean", x.name, dims, True))
    total = _reduced(g, "ReduceSum", g.add("Mul", centred, centred), dims, bool(a["keepdim"]))
    count = g.constant(1, dtype)
    if sizes:
        count = g.add("ReduceProd", g.cast(g.integers(sizes), dtype, dtypes.int64), keepdims=0)
    spare = g.add("Max", g.add("Sub", count, g.constant(correction, dtype)), g.constant(0, dtype))
    out: str = g.add("Div", total, spare)
    return out if a.name == "var" else g.add("Sqrt", out)


@form("norm", "vector_norm", "linalg.norm", "linalg.vector_norm")
def _norm(g: Graph, a: Arguments) -> str:
    arguments = list(a.steps[0].arguments)
    x, order = a[arguments[0]], a[arguments[1]]
    dims = _dims(a, x)
    order = 2 if order in ("fro", None) else order
    if order not in (1, 2) or (a.name == "linalg.norm" and dims is not None and len(dims) > 1 and order != 2):
        raise Decline
    return _reduced(g, f"ReduceL{int(order)}", g.operand(x, a.dtype()), dims, bool(a["keepdim"]))


@form("count_nonzero")
def _count(g: Graph, a: Arguments) -> str:
    x = a["input"]
    return _reduced(g, "ReduceSum", g.cast(g.cast(x, dtypes.bool_), dtypes.int64, dtypes.bool_), _dims(a, x), False)


@form("cumsum")
def _cumsum(g: Graph, a: Arguments) -> str:
    out: str = g.add("CumSum", g.operand(a["input"], a.dtype()), g.constant(a["dim"], np.int64))
    return out


@form("cumprod", "logcumsumexp")
def _running(g: Graph, a: Arguments) -> str:
    """Return what is reduced of the elements up to each one: a row of a matrix for each, cut off by a triangle."""
    x, dim, dtype = a["input"], a["dim"], a.dtype()
    if x.ndim == 0:
        raise Decline
    order = list(range(x.ndim))
    order[dim], order[-1] = order[-1], order[dim]
    last = transposed(g, g.operand(x, dtype), order)
    count = x.shape[dim]
    ones = g.add("Expand", g.constant(True, np.bool_), g.integers([count, count]))
    rows = g.add("Unsqueeze", last, g.constant([-2], np.int64))
    neutral = g.constant(1 if a.name == "cumprod" else -np.inf, dtype)
    cut = g.add("Where", g.add("Trilu", ones, upper=0), rows, neutral)
    operator = "ReduceProd" if a.name == "cumprod" else "ReduceLogSumExp"
    return transposed(g, _reduced(g, operator, cut, [-1], False), order)


@form("topk")
def _topk(g: Graph, a: Arguments) -> Any:
    outputs = [g.name("TopK") for _ in range(2)]
    g.add("TopK", a["input"], g.integers([a["k"]]), outputs=outputs, axis=a["dim"], largest=int(a["largest"]))
    return tuple(outputs)


@form("sort", "argsort")
def _sort(g: Graph, a: Arguments) -> Any:
    x, dim = a["input"], a["dim"]
    outputs = [g.name("TopK") for _ in range(2)]
    g.add("TopK", x, g.integers([x.shape[dim]]), outputs=outputs, axis=dim, largest=int(bool(a["descending"])))
    return tuple(outputs) if a.name == "sort" else outputs[1]


@form("BinaryCrossEntropy")
def _binary_cross_entropy(g: Graph, a: Arguments) -> str:
    """-(t log p + (1 - t) log(1 - p)), with logarithms of at least -100."""
    p, t = (a[name] for name in list(a.steps[0].arguments)[1:3])
    one, least = g.constant(1, a.dtype()), g.constant(-100, a.dtype())
    first = g.add("Mul", t, g.add("Max", g.add("Log", p), least))
    second = g.add("Mul", g.add("Sub", one, t), g.add("Max", g.add("Log", g.add("Sub", one, p)), least))
    out: str = g.add("Neg", g.add("Add", first, second))
    return out


@form("cross_entropy", "nll_loss")
def _class_loss(g: Graph, a: Arguments) -> str:
    x, target, weight = a["input"], a["target"], a["weight"]
    if target.dtype.kind == 2 or a.get("label_smoothing") or x.ndim < 2:
        raise Decline
    operator = "SoftmaxCrossEntropyLoss" if a.name == "cross_entropy" else "NegativeLogLikelihoodLoss"
    out: str = g.add(
        operator, x, target, *([weight] if weight is not None else []), ignore_index=a["ignore_index"],
        reduction=a["reduction"],
    )  # fmt: skip
    return out

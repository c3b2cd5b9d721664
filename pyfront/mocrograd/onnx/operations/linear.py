"""Matrix products, linear layers and attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import Graph, Value
from mocrograd.onnx.operations.shapes import transposed
from mocrograd.onnx.writer import Arguments, Decline, form


@form("matmul", "mm", "bmm", "mv", "dot", "inner")
def _matmul(g: Graph, a: Arguments) -> str:
    names = list(a.steps[0].arguments)[:2]
    first, second = a[names[0]], a[names[1]]
    if a.dtype() is dtypes.bool_ or (a.name == "inner" and min(first.ndim, second.ndim) != 1):
        raise Decline
    out: str = g.add("MatMul", g.operand(first, a.dtype()), g.operand(second, a.dtype()))
    return out


@form("linear", "F.linear")
def _linear(g: Graph, a: Arguments) -> str:
    x, weight, bias = a["input"], a["weight"], a["bias"]
    if weight.ndim != 2:
        raise Decline
    out: str
    if x.ndim == 2:
        out = g.add("Gemm", x, weight, *([bias] if bias is not None else []), transB=1)
        return out
    out = g.add("MatMul", x, transposed(g, weight, [1, 0]))
    return out if bias is None else g.add("Add", out, bias)


@form("addmm", "baddbmm", "addmv", "addbmm")
def _addmm(g: Graph, a: Arguments) -> str:
    names = list(a.steps[0].arguments)
    if a.name == "addbmm":
        raise Decline
    dtype, beta, alpha = a.dtype(), a["beta"], a["alpha"]
    product: str = g.add("MatMul", a[names[1]], a[names[2]])
    if alpha != 1:
        product = g.add("Mul", product, g.constant(alpha, dtype))
    if beta == 0:
        return product
    added = a["input"].name if beta == 1 else g.add("Mul", a["input"], g.constant(beta, dtype))
    out: str = g.add("Add", added, product)
    return out


@form("einsum")
def _einsum(g: Graph, a: Arguments) -> str:
    equation, *operands = a["*args"]
    if not isinstance(equation, str):
        raise Decline
    operands = operands[0] if len(operands) == 1 and isinstance(operands[0], list) else operands
    out: str = g.add("Einsum", *(g.operand(x, a.dtype()) for x in operands), equation=equation.replace(" ", ""))
    return out


@form("scaled_dot_product_attention")
def _attention(g: Graph, a: Arguments) -> str:
    if a["dropout_p"]:
        raise Decline
    query, key, value = a["query"], a["key"], a["value"]
    scale = a["scale"] if a["scale"] is not None else 1 / math.sqrt(g.fixed(query.shape[-1], "the width of a head"))
    return _attend(g, a, (query, key, value), a["attn_mask"], a["is_causal"], scale)


@form("Attention")
def _attention_of_heads(g: Graph, a: Arguments) -> str:
    arguments = list(a.steps[0].arguments)
    query, key, value, mask, causal, scale, drop = (a[n] for n in arguments[1:8])
    if drop is not None:
        raise Decline
    return _attend(g, a, (query, key, value), mask, causal, scale)


@form("SelfAttention")
def _self_attention(g: Graph, a: Arguments) -> str:
    """Attention of queries, keys and values that stand side by side in x, (rows, batch, 3 width) or batch first."""
    x, heads, batch_first, mask, causal, scale, rate = (a[n] for n in list(a.steps[0].arguments)[1:8])
    if rate:
        raise Decline
    width = g.fixed(x.shape[-1], "the width") // 3
    split = g.reshape(x, [*x.shape[:2], 3, heads, width // heads])
    order = [2, 0, 3, 1, 4] if batch_first else [2, 1, 3, 0, 4]
    together = transposed(g, split, order)  # (3, batch, heads, rows, width of a head)
    parts = [g.add("Gather", together, g.constant(i, np.int64), axis=0) for i in range(3)]
    rows, batch = (x.shape[1], x.shape[0]) if batch_first else x.shape[:2]
    shape = (batch, heads, rows, width // heads)
    query, key, value = (Value(name, x.dtype, shape) for name in parts)
    out = _attend(g, a, (query, key, value), mask, causal, scale)
    return g.reshape(transposed(g, out, [0, 2, 1, 3] if batch_first else [2, 0, 1, 3]), a.shape())


def _repeated_heads(g: Graph, x: Value, times: int) -> Value:
    """Return keys or values with each head several times in a row, for as many heads of queries."""
    *before, heads, rows, width = x.shape
    apart = g.add("Unsqueeze", x, g.constant([-3], np.int64))
    several = g.add("Expand", apart, g.integers([*before, heads, times, rows, width]))
    shape = (*before, g.fixed(heads, "the number of heads") * times, rows, width)
    return Value(g.reshape(several, shape), x.dtype, shape)


def _attend(g: Graph, a: Arguments, operands: tuple[Value, Value, Value], mask: Any, causal: bool, scale: float) -> str:
    """Return softmax(scale q k^T + mask) v."""
    query, key, value = operands
    if key.ndim > 3 and key.shape[-3] != query.shape[-3]:
        times = g.fixed(query.shape[-3], "the number of heads") // g.fixed(key.shape[-3], "the number of heads")
        key, value = (_repeated_heads(g, part, times) for part in (key, value))
    dtype, order = query.dtype, list(range(key.ndim))
    order[-1], order[-2] = order[-2], order[-1]
    scores = g.add("MatMul", g.add("Mul", query, g.constant(scale, dtype)), transposed(g, key, order))
    hidden = g.constant(-np.inf, dtype)
    if causal:
        ones = g.add("Expand", g.constant(True, np.bool_), g.integers([query.shape[-2], key.shape[-2]]))
        scores = g.add("Where", g.add("Trilu", ones, upper=0), scores, hidden)
    if mask is not None and mask.dtype is dtypes.bool_:
        scores = g.add("Where", mask, scores, hidden)
    elif mask is not None:
        scores = g.add("Add", scores, g.operand(mask, dtype))
    weights = g.add("Softmax", scores, axis=-1)
    if mask is not None or causal:
        # A row that may look at nothing is 0, where a softmax of -inf is nan.
        weights = g.add("Where", g.add("IsNaN", weights), g.constant(0, dtype), weights)
    out: str = g.add("MatMul", weights, value)
    return out

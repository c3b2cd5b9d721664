"""Pointwise operations: arithmetic, comparisons, activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import Graph, Value
from mocrograd.onnx.writer import Arguments, Decline, form

_SAME = {
    "abs": "Abs", "acos": "Acos", "acosh": "Acosh", "asin": "Asin", "asinh": "Asinh", "atan": "Atan", "atanh": "Atanh",
    "ceil": "Ceil", "cos": "Cos", "cosh": "Cosh", "erf": "Erf",
    "exp": "Exp", "floor": "Floor", "log": "Log", "neg": "Neg", "reciprocal": "Reciprocal",
    "relu": "Relu", "sigmoid": "Sigmoid", "sign": "Sign", "sin": "Sin", "sinh": "Sinh", "sqrt": "Sqrt", "tan": "Tan",
    "tanh": "Tanh",
}  # fmt: skip
_TWO = {"mul": "Mul", "maximum": "Max", "minimum": "Min"}
_COMPARE = {"eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater", "ge": "GreaterOrEqual"}
_LOGICAL = {"logical_and": "And", "logical_or": "Or", "logical_xor": "Xor"}


def _operands(g: Graph, a: Arguments) -> tuple[str, str]:
    dtype = a.dtype()
    return g.operand(a["input"], dtype), g.operand(a["other"], dtype)


def _common(x: Any, y: Any) -> dtypes.dtype:
    """Return the dtype in which two operands meet."""
    if isinstance(x, Value) and isinstance(y, Value):
        return dtypes.promote(x.dtype, y.dtype)
    value, number = (x, y) if isinstance(x, Value) else (y, x)
    kind = 0 if isinstance(number, bool) else 2 if isinstance(number, float) else 1
    return value.dtype if value.dtype.kind >= kind else (dtypes.float32 if kind == 2 else dtypes.int64)


@form(*_SAME, *(name + "_" for name in _SAME))
def _same(g: Graph, a: Arguments) -> str:
    name = a.name.rstrip("_")
    if name in ("ceil", "floor") and a.dtype().kind != 2:
        return g.add("Identity", a["input"])
    out: str = g.add(_SAME[name], g.operand(a["input"], a.dtype()))
    return out


@form(*_TWO, *(name + "_" for name in _TWO))
def _two(g: Graph, a: Arguments) -> str:
    if a.dtype() is dtypes.bool_:
        raise Decline
    out: str = g.add(_TWO[a.name.rstrip("_")], *_operands(g, a))
    return out


@form("add", "sub", "add_", "sub_")
def _sum(g: Graph, a: Arguments) -> str:
    if a.dtype() is dtypes.bool_:
        raise Decline
    x, y = _operands(g, a)
    alpha = a.get("alpha", 1)
    if alpha != 1:
        y = g.add("Mul", y, g.constant(alpha, a.dtype()))
    out: str = g.add("Add" if a.name.startswith("add") else "Sub", x, y)
    return out


@form("div", "div_", "true_divide", "divide")
def _div(g: Graph, a: Arguments) -> str:
    mode = a.get("rounding_mode")
    if mode is None:
        out: str = g.add("Div", *_operands(g, a))
        return out
    dtype = a.dtype() if a.dtype().kind == 2 else dtypes.float64
    quotient = g.add("Div", g.operand(a["input"], dtype), g.operand(a["other"], dtype))
    rounded = g.add("Floor", quotient) if mode == "floor" else _truncate(g, quotient)
    return g.cast(rounded, a.dtype(), dtype)


def _truncate(g: Graph, x: str) -> str:
    out: str = g.add("Mul", g.add("Sign", x), g.add("Floor", g.add("Abs", x)))
    return out


@form("floor_divide")
def _floor_divide(g: Graph, a: Arguments) -> str:
    if a.dtype().kind == 2:
        out: str = g.add("Floor", g.add("Div", *_operands(g, a)))
        return out
    x, y = (g.operand(a[n], dtypes.float64) for n in ("input", "other"))
    return g.cast(g.add("Floor", g.add("Div", x, y)), a.dtype(), dtypes.float64)


@form("remainder", "fmod")
def _remainder(g: Graph, a: Arguments) -> str:
    x, y = _operands(g, a)
    out: str
    if a.name == "remainder" and a.dtype().kind == 2:
        out = g.add("Sub", x, g.add("Mul", g.add("Floor", g.add("Div", x, y)), y))
    else:
        out = g.add("Mod", x, y, fmod=1 if a.name == "fmod" or a.dtype().kind == 2 else 0)
    return out


@form("pow", "pow_")
def _pow(g: Graph, a: Arguments) -> str:
    x = g.operand(a["input"], a.dtype())
    exponent = a["exponent"] if "exponent" in a.steps[0].arguments else a["other"]
    if isinstance(exponent, (int, float)) and exponent == 2:
        out: str = g.add("Mul", x, x)
    else:
        out = g.add("Pow", x, g.operand(exponent, a.dtype()))
    return out


@form("square")
def _square(g: Graph, a: Arguments) -> str:
    x = g.operand(a["input"], a.dtype())
    out: str = g.add("Mul", x, x)
    return out


@form("rsqrt")
def _rsqrt(g: Graph, a: Arguments) -> str:
    out: str = g.add("Reciprocal", g.add("Sqrt", g.operand(a["input"], a.dtype())))
    return out


@form("log1p", "expm1", "exp2", "log2", "log10", "erfc")
def _of_others(g: Graph, a: Arguments) -> str:
    dtype = a.dtype()
    x, one = g.operand(a["input"], dtype), g.constant(1, dtype)
    out: str
    if a.name == "log1p":
        out = g.add("Log", g.add("Add", x, one))
    elif a.name == "expm1":
        out = g.add("Sub", g.add("Exp", x), one)
    elif a.name == "exp2":
        out = g.add("Exp", g.add("Mul", x, g.constant(math.log(2), dtype)))
    elif a.name == "erfc":
        out = g.add("Sub", one, g.add("Erf", x))
    else:
        base = 2.0 if a.name == "log2" else 10.0
        out = g.add("Mul", g.add("Log", x), g.constant(1 / math.log(base), dtype))
    return out


@form("atan2", "arctan2")
def _atan2(g: Graph, a: Arguments) -> str:
    """Return the angle of (x, y): the arc tangent of a quotient, half a turn further where x is negative."""
    y, x = _operands(g, a)
    dtype = a.dtype()
    zero, half = g.constant(0, dtype), g.constant(math.pi, dtype)
    left = g.add("Less", x, zero)
    down = g.add("Or", g.add("Less", y, zero), g.add("Less", g.add("Reciprocal", y), zero))  # also below is -0
    turn = g.add("Where", left, g.add("Where", down, g.constant(-math.pi, dtype), half), zero)
    angle = g.add("Add", g.add("Atan", g.add("Div", y, x)), turn)
    level = g.add("Equal", y, zero)
    out: str = g.add("Where", level, turn, angle)
    return out


@form("hypot", "logaddexp", "logaddexp2")
def _of_two(g: Graph, a: Arguments) -> str:
    x, y = _operands(g, a)
    dtype = a.dtype()
    if a.name == "hypot":
        out: str = g.add("Sqrt", g.add("Add", g.add("Mul", x, x), g.add("Mul", y, y)))
        return out
    unit = g.constant(1.0 if a.name == "logaddexp" else math.log(2), dtype)
    far = g.add("Neg", g.add("Mul", g.add("Abs", g.add("Sub", x, y)), unit))
    rest = g.add("Div", g.add("Log", g.add("Add", g.constant(1, dtype), g.add("Exp", far))), unit)
    return g.add("Add", g.add("Max", x, y), rest)


@form("frac", "logit", "sinc")
def _of_one(g: Graph, a: Arguments) -> str:
    x, dtype = g.operand(a["input"], a.dtype()), a.dtype()
    one, out = g.constant(1, dtype), ""
    if a.name == "frac":
        out = g.add("Sub", x, _truncate(g, x))
    elif a.name == "logit":
        eps = a.get("eps")
        if eps is not None:
            x = g.add("Clip", x, g.constant(eps, dtype), g.constant(1 - eps, dtype))
        out = g.add("Log", g.add("Div", x, g.add("Sub", one, x)))
    else:
        turns = g.add("Mul", x, g.constant(math.pi, dtype))
        quotient = g.add("Div", g.add("Sin", turns), turns)
        out = g.add("Where", g.add("Equal", x, g.constant(0, dtype)), one, quotient)
    return out


@form("nan_to_num")
def _nan_to_num(g: Graph, a: Arguments) -> str:
    x, dtype = a["input"], a.dtype()
    if dtype.kind != 2:
        raise Decline
    most = float(np.finfo(dtype.numpy).max)
    limits = [(a["posinf"], most, 1, 0), (a["neginf"], -most, 0, 1)]
    out: str = g.add("Where", g.add("IsNaN", x), g.constant(a["nan"] or 0.0, dtype), x)
    for number, otherwise, above, below in limits:
        infinite = g.add("IsInf", x, detect_positive=above, detect_negative=below)
        out = g.add("Where", infinite, g.constant(otherwise if number is None else number, dtype), out)
    return out


@form("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not")
def _bitwise(g: Graph, a: Arguments) -> str:
    dtype = a.dtype()
    operator = {"and": "And", "or": "Or", "xor": "Xor", "not": "Not"}[a.name.removeprefix("bitwise_")]
    names = ("input",) if operator == "Not" else ("input", "other")
    prefix = "" if dtype is dtypes.bool_ else "Bitwise"
    out: str = g.add(prefix + operator, *(g.operand(a[name], dtype) for name in names))
    return out


@form("round")
def _round(g: Graph, a: Arguments) -> str:
    if a.get("decimals", 0) != 0:
        raise Decline
    out: str = g.add("Round", a["input"])
    return out


@form("trunc", "fix")
def _trunc(g: Graph, a: Arguments) -> str:
    return _truncate(g, a["input"].name)


@form(*_COMPARE, "ne")
def _compare(g: Graph, a: Arguments) -> str:
    x, y = a["input"], a["other"]
    dtype = _common(x, y)
    if dtype is dtypes.bool_ and a.name not in ("eq", "ne"):
        raise Decline
    out: str
    operands = (g.operand(x, dtype), g.operand(y, dtype))
    out = g.add("Not", g.add("Equal", *operands)) if a.name == "ne" else g.add(_COMPARE[a.name], *operands)
    return out


@form(*_LOGICAL)
def _logical(g: Graph, a: Arguments) -> str:
    if a.dtype() is not dtypes.bool_:
        raise Decline
    out: str = g.add(_LOGICAL[a.name], *(g.operand(a[n], dtypes.bool_) for n in ("input", "other")))
    return out


@form("logical_not")
def _not(g: Graph, a: Arguments) -> str:
    if a.dtype() is not dtypes.bool_:
        raise Decline
    out: str = g.add("Not", g.operand(a["input"], dtypes.bool_))
    return out


@form("isnan", "isinf")
def _is(g: Graph, a: Arguments) -> str:
    out: str = g.add("IsNaN" if a.name == "isnan" else "IsInf", a["input"])
    return out


@form("where")
def _where(g: Graph, a: Arguments) -> str:
    arguments = a.steps[0].arguments
    first, second = ("input", "other") if "input" in arguments else ("self", "other")
    if not {"condition", first, second} <= arguments.keys() or arguments[first] is None:
        raise Decline
    dtype = a.dtype()
    out: str = g.add("Where", a["condition"], g.operand(a[first], dtype), g.operand(a[second], dtype))
    return out


@form("masked_fill", "masked_fill_")
def _masked_fill(g: Graph, a: Arguments) -> str:
    dtype = a.dtype()
    out: str = g.add("Where", a["mask"], g.operand(a["value"], dtype), a["input"])
    return out


@form("clamp", "clip", "clamp_", "clip_", "clamp_min", "clamp_max")
def _clamp(g: Graph, a: Arguments) -> str:
    dtype, x = a.dtype(), g.operand(a["input"], a.dtype())
    out: str = x
    for name, operator in (("min", "Max"), ("max", "Min")):
        limit = a.get(name)
        if limit is not None:
            out = g.add(operator, out, g.operand(limit, dtype))
    return out


@form("mse_loss", "F.mse_loss")
def _squared_error(g: Graph, a: Arguments) -> str:
    d = _difference(g, a)
    return _reduced(g, a, g.add("Mul", d, d))


@form("F.huber_loss", "F.smooth_l1_loss")
def _huber(g: Graph, a: Arguments) -> str:
    """N (d - n / 2), where n is d brought between minus the bound and the bound; a smooth loss is divided by it."""
    smooth, dtype = a.name == "F.smooth_l1_loss", a.dtype()
    bound = float(a["beta" if smooth else "delta"])
    if bound == 0:
        raise Decline
    d = _difference(g, a)
    near = g.add("Min", g.add("Max", d, g.constant(-bound, dtype)), g.constant(bound, dtype))
    out = g.add("Mul", near, g.add("Sub", d, g.add("Mul", near, g.constant(0.5, dtype))))
    return _reduced(g, a, g.add("Div", out, g.constant(bound, dtype)) if smooth else out)


def _difference(g: Graph, a: Arguments) -> str:
    """Return input - target of a loss without weights."""
    if any(a.get(name) is not None for name in ("weight", "size_average", "reduce")):
        raise Decline
    out: str = g.add("Sub", g.operand(a["input"], a.dtype()), g.operand(a["target"], a.dtype()))
    return out


def _reduced(g: Graph, a: Arguments, losses: str) -> str:
    """Return losses as `reduction` says."""
    operator = {"mean": "ReduceMean", "sum": "ReduceSum"}.get(a["reduction"])
    out: str = losses if operator is None else g.add(operator, losses, keepdims=0)
    return out


@form("Variance")
def _variance(g: Graph, a: Arguments) -> str:
    x, least = (a[name] for name in list(a.steps[0].arguments)[1:3])
    out: str = g.add("Max", x, g.constant(least, a.dtype()))
    return out


@form("xlogy")
def _xlogy(g: Graph, a: Arguments) -> str:
    x, y = _operands(g, a)
    zero = g.constant(0, a.dtype())
    out: str = g.add("Where", g.add("Equal", x, zero), zero, g.add("Mul", x, g.add("Log", y)))
    return out


@form("lerp")
def _lerp(g: Graph, a: Arguments) -> str:
    dtype = a.dtype()
    start, end = g.operand(a["input"], dtype), g.operand(a["end"], dtype)
    out: str = g.add("Add", start, g.add("Mul", g.operand(a["weight"], dtype), g.add("Sub", end, start)))
    return out


@form("addcmul", "addcdiv")
def _addc(g: Graph, a: Arguments) -> str:
    dtype = a.dtype()
    part = g.add("Mul" if a.name == "addcmul" else "Div", *(g.operand(a[n], dtype) for n in ("tensor1", "tensor2")))
    value = a.get("value", 1)
    if value != 1:
        part = g.add("Mul", part, g.constant(value, dtype))
    out: str = g.add("Add", g.operand(a["input"], dtype), part)
    return out


# ------------------------------------------------------------------------------------ activations


@form("F.leaky_relu", "F.elu", "F.celu", "F.selu", "celu")
def _with_alpha(g: Graph, a: Arguments) -> str:
    name = a.name.removeprefix("F.")
    out: str
    if name == "leaky_relu":
        out = g.add("LeakyRelu", a["input"], alpha=float(a["negative_slope"]))
    elif name == "selu":
        out = g.add("Selu", a["input"])
    else:
        out = g.add("Elu" if name == "elu" else "Celu", a["input"], alpha=float(a["alpha"]))
    return out


@form("F.rrelu")
def _rrelu(g: Graph, a: Arguments) -> str:
    if a["training"]:
        raise Decline
    out: str = g.add("LeakyRelu", a["input"], alpha=(a["lower"] + a["upper"]) / 2)
    return out


@form("F.gelu")
def _gelu(g: Graph, a: Arguments) -> str:
    x, dtype = a["input"], a.dtype()
    half = g.constant(0.5, dtype)
    if a["approximate"] == "none":
        inner = g.add("Erf", g.add("Mul", x, g.constant(math.sqrt(0.5), dtype)))
    else:
        cube = g.add("Mul", g.add("Mul", x, x), g.add("Mul", x, g.constant(0.044715, dtype)))
        inner = g.add("Tanh", g.add("Mul", g.add("Add", x, cube), g.constant(math.sqrt(2 / math.pi), dtype)))
    out: str = g.add("Mul", g.add("Mul", x, half), g.add("Add", inner, g.constant(1, dtype)))
    return out


@form("F.silu", "F.mish")
def _gated(g: Graph, a: Arguments) -> str:
    x = a["input"]
    gate = g.add("Sigmoid", x) if a.name == "F.silu" else g.add("Tanh", g.add("Softplus", x))
    out: str = g.add("Mul", x, gate)
    return out


@form("F.softplus")
def _softplus(g: Graph, a: Arguments) -> str:
    beta, x, dtype, threshold = a["beta"], a["input"], a.dtype(), a["threshold"]
    scaled: str = x.name if beta == 1 else g.add("Mul", x, g.constant(beta, dtype))
    out: str = g.add("Softplus", scaled)
    out = out if beta == 1 else g.add("Div", out, g.constant(beta, dtype))
    if threshold < 20:  # above it the function is taken for its argument, within the precision of float32 from 17 on
        out = g.add("Where", g.add("Greater", scaled, g.constant(threshold, dtype)), x, out)
    return out


@form("F.hardsigmoid", "F.hardswish")
def _hard(g: Graph, a: Arguments) -> str:
    gate: str = g.add("HardSigmoid", a["input"], alpha=1 / 6, beta=0.5)
    return gate if a.name == "F.hardsigmoid" else g.add("Mul", a["input"], gate)


@form("F.hardtanh", "F.relu6")
def _limits(g: Graph, a: Arguments) -> str:
    low, high = (0.0, 6.0) if a.name == "F.relu6" else (a["min_val"], a["max_val"])
    out: str = g.add("Clip", a["input"], g.constant(low, a.dtype()), g.constant(high, a.dtype()))
    return out


@form("F.hardshrink", "hardshrink", "F.softshrink")
def _shrink(g: Graph, a: Arguments) -> str:
    limit = float(a["lambd"])
    out: str = g.add("Shrink", a["input"], lambd=limit, bias=limit if a.name == "F.softshrink" else 0.0)
    return out


@form("F.softsign")
def _softsign(g: Graph, a: Arguments) -> str:
    out: str = g.add("Softsign", a["input"])
    return out


@form("F.logsigmoid")
def _logsigmoid(g: Graph, a: Arguments) -> str:
    out: str = g.add("Neg", g.add("Softplus", g.add("Neg", a["input"])))
    return out


@form("F.tanhshrink")
def _tanhshrink(g: Graph, a: Arguments) -> str:
    out: str = g.add("Sub", a["input"], g.add("Tanh", a["input"]))
    return out


@form("F.threshold")
def _threshold(g: Graph, a: Arguments) -> str:
    x, dtype = a["input"], a.dtype()
    above = g.add("Greater", x, g.constant(a["threshold"], dtype))
    out: str = g.add("Where", above, x, g.constant(a["value"], dtype))
    return out


@form("F.prelu", "prelu")
def _prelu(g: Graph, a: Arguments) -> str:
    x, weight = a["input"], a["weight"]
    slope = weight.name if weight.shape in ((), (1,)) else g.reshape(weight, [*weight.shape, *[1] * (x.ndim - 2)])
    out: str = g.add("PRelu", x, slope)
    return out


@form("softmax", "F.softmax", "log_softmax", "F.log_softmax", "F.softmin")
def _softmax(g: Graph, a: Arguments) -> str:
    dim, x = a["dim"], g.operand(a["input"], a.dtype())
    if dim is None:
        raise Decline
    if a.name == "F.softmin":
        x = g.add("Neg", x)
    out: str = g.add("LogSoftmax" if "log" in a.name else "Softmax", x, axis=dim)
    return out

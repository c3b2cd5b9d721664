"""Operators of single elements."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from mocrograd import ops
from mocrograd.nn import functional
from mocrograd.onnx.operators.registry import Form, host, operator, plain
from mocrograd.tensor import Tensor

_SAME = {
    "Abs": ops.abs, "Acos": ops.acos, "Acosh": ops.acosh, "And": ops.logical_and, "Asin": ops.asin, "Asinh": ops.asinh,
    "Atan": ops.atan, "Atanh": ops.atanh, "BitwiseAnd": ops.bitwise_and, "BitwiseNot": ops.bitwise_not,
    "BitwiseOr": ops.bitwise_or, "BitwiseXor": ops.bitwise_xor, "Ceil": ops.ceil, "Cos": ops.cos, "Cosh": ops.cosh,
    "Equal": ops.eq, "Erf": ops.erf, "Exp": ops.exp, "Floor": ops.floor, "Greater": ops.gt, "GreaterOrEqual": ops.ge,
    "HardSwish": functional.hardswish, "IsNaN": ops.isnan, "Less": ops.lt, "LessOrEqual": ops.le, "Log": ops.log,
    "Mish": functional.mish, "Neg": ops.neg, "Not": ops.logical_not, "Or": ops.logical_or, "Reciprocal": ops.reciprocal,
    "Relu": ops.relu, "Round": ops.round, "Sigmoid": ops.sigmoid, "Sign": ops.sign, "Sin": ops.sin, "Sinh": ops.sinh,
    "Softplus": functional.softplus, "Softsign": functional.softsign, "Sqrt": ops.sqrt, "Tan": ops.tan,
    "Tanh": ops.tanh, "Xor": ops.logical_xor,
}  # fmt: skip
_HOST = {
    "Abs": np.abs, "And": np.logical_and, "Ceil": np.ceil, "Equal": np.equal, "Floor": np.floor, "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal, "Less": np.less, "LessOrEqual": np.less_equal, "Neg": np.negative,
    "Not": np.logical_not, "Or": np.logical_or, "Sign": np.sign, "Sqrt": np.sqrt, "Xor": np.logical_xor,
}  # fmt: skip


def _array(function: Callable[..., Any]) -> Form:
    """Return a NumPy function whose results are arrays, single numbers too."""
    return lambda *x: np.asarray(function(*x))


_SCALARS = {"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"}
for _name, _function in _SAME.items():
    plain(_name, _function, _array(_HOST[_name]) if _name in _HOST else None, _name in _SCALARS)


def _divided(x: Any, y: Any) -> Tensor:
    """Return a quotient; that of integers is rounded towards 0."""
    of_floats = (x if isinstance(x, Tensor) else y).dtype.is_floating_point
    return ops.div(x, y) if of_floats else ops.div(x, y, rounding_mode="trunc")


def _divided_host(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if x.dtype.kind == "f":
        return np.asarray(x / y)
    if not y.all():
        raise ValueError("a division by zero")
    return np.asarray(np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y)), x.dtype)


def _power(x: Tensor, y: Tensor) -> Tensor:
    """Return a power, of the base's dtype; the exponent may have another one."""
    return _to(ops.pow(x, y), x.dtype)


for _name, _function, _form in (
    ("Add", ops.add, np.add),
    ("Sub", ops.sub, np.subtract),
    ("Mul", ops.mul, np.multiply),
    ("Div", _divided, _divided_host),
):
    plain(_name, _function, _array(_form), scalars=True)
plain("Pow", _power, lambda x, y: np.asarray(np.power(x, y), x.dtype))


def _folded(function: Callable[[Any, Any], Any]) -> Form:
    return lambda *x: reduce(function, x)


plain("Max", _folded(ops.maximum), _array(_folded(np.maximum)))
plain("Min", _folded(ops.minimum), _array(_folded(np.minimum)))
plain("Sum", _folded(ops.add), _array(_folded(np.add)))
plain("Mean", lambda *x: reduce(ops.add, x) / len(x))
plain("Identity", lambda x: x, lambda x: x)
plain("Where", ops.where, _array(np.where))


@operator("Mod")
def _mod(node: Any) -> Form:
    return ops.fmod if node.attribute("fmod", 0) else ops.remainder


@host("Mod")
def _mod_host(node: Any) -> Form:
    return _array(np.fmod if node.attribute("fmod", 0) else np.mod)


@operator("BitShift")
def _bit_shift(node: Any) -> Form:
    left = node.choice("direction", "", "LEFT", "RIGHT") == "LEFT"
    return ops.bitwise_left_shift if left else ops.bitwise_right_shift


@operator("Cast")
def _cast(node: Any) -> Form:
    dtype = node.dtype("to")
    node.attribute("saturate", 1)  # says something of 8-bit floats alone
    node.choice("round_mode", "up", "up")
    return lambda x: _to(x, dtype)


@host("Cast")
def _cast_host(node: Any) -> Form:
    dtype = node.dtype("to").numpy
    return lambda x: x.astype(dtype)


@operator("CastLike")
def _cast_like(node: Any) -> Form:
    node.attribute("saturate", 1)
    node.choice("round_mode", "up", "up")
    return lambda x, like: _to(x, like.dtype)


def _to(x: Tensor, dtype: Any) -> Tensor:
    return x if x.dtype is dtype else x.to(dtype)


@operator("Clip", scalars=True)
def _clip(node: Any) -> Form:
    if node.opset < 11:
        low, high = node.attribute("min", None), node.attribute("max", None)
        return lambda x: x if low is None and high is None else ops.clamp(x, low, high)

    return lambda x, low=None, high=None: x if low is None and high is None else ops.clamp(x, low, high)


@operator("Elu")
def _elu(node: Any) -> Form:
    alpha = node.attribute("alpha", 1.0)
    return lambda x: functional.elu(x, alpha)


@operator("Celu")
def _celu(node: Any) -> Form:
    alpha = node.attribute("alpha", 1.0)
    return lambda x: functional.celu(x, alpha)


@operator("Selu")
def _selu(node: Any) -> Form:
    alpha = node.attribute("alpha", 1.67326319217681884765625)
    gamma = node.attribute("gamma", 1.05070102214813232421875)
    return lambda x: functional.elu(x, alpha) * gamma


@operator("LeakyRelu")
def _leaky_relu(node: Any) -> Form:
    alpha = node.attribute("alpha", 0.01)
    return lambda x: functional.leaky_relu(x, alpha)


@operator("HardSigmoid")
def _hard_sigmoid(node: Any) -> Form:
    alpha, beta = node.attribute("alpha", 0.2), node.attribute("beta", 0.5)
    return lambda x: ops.clamp(x * alpha + beta, 0, 1)


@operator("ThresholdedRelu")
def _thresholded_relu(node: Any) -> Form:
    alpha = node.attribute("alpha", 1.0)
    return lambda x: functional.threshold(x, alpha, 0.0)


@operator("Shrink")
def _shrink(node: Any) -> Form:
    bias, limit = node.attribute("bias", 0.0), node.attribute("lambd", 0.5)
    return lambda x: ops.where(x > limit, x - bias, ops.where(x < -limit, x + bias, ops.zeros_like(x)))


@operator("Gelu")
def _gelu(node: Any) -> Form:
    approximate = node.choice("approximate", "none", "none", "tanh")
    return lambda x: functional.gelu(x, approximate)


@operator("Swish")
def _swish(node: Any) -> Form:
    alpha = node.attribute("alpha", 1.0)
    return lambda x: functional.silu(x) if alpha == 1 else x * ops.sigmoid(x * alpha)


@operator("PRelu")
def _prelu(node: Any) -> Form:
    return lambda x, slope: ops.where(x < 0, x * slope, x)


@operator("IsInf")
def _is_inf(node: Any) -> Form:
    negative, positive = node.attribute("detect_negative", 1), node.attribute("detect_positive", 1)
    if negative and positive:
        return ops.isinf
    if not negative and not positive:
        return lambda x: ops.zeros_like(x, dtype=ops.isinf(x).dtype)
    return ops.isneginf if negative else ops.isposinf


@operator("CumSum", "CumProd", numbers=(1,))
def _cumulative(node: Any) -> Form:
    exclusive, reverse = node.attribute("exclusive", 0), node.attribute("reverse", 0)
    summed = node.kind == "CumSum"

    def cumulate(x: Tensor, axis: Any) -> Tensor:
        dim = int(axis.item())
        x = ops.flip(x, dim) if reverse else x
        if exclusive and x.shape[dim]:
            first = ops.narrow(x, dim, 0, 1)
            first = ops.zeros_like(first) if summed else ops.ones_like(first)
            x = ops.cat([first, ops.narrow(x, dim, 0, x.shape[dim] - 1)], dim)
        made = (ops.cumsum if summed else ops.cumprod)(x, dim, dtype=x.dtype)
        return ops.flip(made, dim) if reverse else made

    return cumulate

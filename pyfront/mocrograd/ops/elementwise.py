"""The pointwise operations of arithmetic: each line says what its backward saves, and its derivative as operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.ops.cast import common_dtype, operand, promoted, to_dtype
from mocrograd.ops.outputs import deliver
from mocrograd.ops.pointwise import binary, in_place_of, unary
from mocrograd.tensor import Tensor, method

__all__ = [
    "abs",
    "absolute",
    "add",
    "copysign",
    "exp",
    "fmax",
    "fmin",
    "log",
    "maximum",
    "minimum",
    "mul",
    "multiply",
    "neg",
    "negative",
    "positive",
    "pow",
    "reciprocal",
    "relu",
    "sigmoid",
    "sign",
    "sqrt",
    "square",
    "sub",
    "subtract",
    "tanh",
]

neg = unary("neg", "Return -input.", "", lambda g, x, y: -g, integral=True)
exp = unary("exp", "Return e^input.", "y", lambda g, x, y: g * y)
log = unary("log", "Return the natural logarithm.", "x", lambda g, x, y: g / x)
sqrt = unary("sqrt", "Return the square root.", "y", lambda g, x, y: g / (y + y))
abs = unary("abs", "Return |input|.", "x", lambda g, x, y: g * sign(x), integral=True)
sign: Any = unary("sign", "Return -1, 0 or 1.", "", lambda g, x, y: nothing(g), integral=True)
relu = unary("relu", "Return max(input, 0).", "y", lambda g, x, y: g.masked_fill(y <= 0, 0.0), integral=True)
sigmoid = unary("sigmoid", "Return 1 / (1 + e^-input).", "y", lambda g, x, y: g * y * (1 - y))
tanh = unary("tanh", "Return the hyperbolic tangent.", "y", lambda g, x, y: g * (1 - y * y))
reciprocal = unary("reciprocal", "Return 1 / input.", "y", lambda g, x, y: -g * y * y)

plain_add: Any = binary("add", "Return input + other.", lambda g, a, b: g, lambda g, a, b: g)
plain_sub: Any = binary("sub", "Return input - other.", lambda g, a, b: g, lambda g, a, b: -g)
mul = binary("mul", "Return input * other.", lambda g, a, b: g * b, lambda g, a, b: g * a, a_needs="b", b_needs="a")
plain_div: Any = binary(
    "div", "Return input / other.",
    lambda g, a, b: g / b, lambda g, a, b: -g * (a / b / b), a_needs="b", b_needs="ab", integral=False,
)  # fmt: skip
_pow: Any = binary(
    "pow", "Return input to the power of other.",
    lambda g, a, b: _d_pow_a(g, a, b), lambda g, a, b: _d_pow_b(g, a, b),
    a_needs="ab", b_needs="ab", integral=False,
)  # fmt: skip
maximum = binary(
    "maximum", "Return the larger of two elements; nan wins.",
    lambda g, a, b: to_winner(g, a, b, a < b), lambda g, a, b: to_winner(g, a, b, b < a), a_needs="ab", b_needs="ab",
)  # fmt: skip
minimum = binary(
    "minimum", "Return the smaller of two elements; nan wins.",
    lambda g, a, b: to_winner(g, a, b, b < a), lambda g, a, b: to_winner(g, a, b, a < b), a_needs="ab", b_needs="ab",
)  # fmt: skip
fmax = binary(
    "fmax", "Return the larger of two elements; a number wins over nan.",
    lambda g, a, b: g.masked_fill(~((a >= b) | (b != b)), 0.0), lambda g, a, b: g.masked_fill((a >= b) | (b != b), 0.0),
    a_needs="ab", b_needs="ab",
)  # fmt: skip
fmin = binary(
    "fmin", "Return the smaller of two elements; a number wins over nan.",
    lambda g, a, b: g.masked_fill(~((a <= b) | (b != b)), 0.0), lambda g, a, b: g.masked_fill((a <= b) | (b != b), 0.0),
    a_needs="ab", b_needs="ab",
)  # fmt: skip
copysign = binary(
    "copysign", "Return the magnitude of input with the sign of other.",
    lambda g, a, b: g * _signs(a, b), lambda g, a, b: nothing(g), a_needs="ab", b_needs="", integral=False,
)  # fmt: skip


for _name in ("fmax_", "fmin_"):
    delattr(Tensor, _name)  # torch has none


def _signs(a: Any, b: Any) -> Any:
    """Return 1 where the signs of two operands agree, -1 where they do not, 0 where the first is 0."""
    one = (a if isinstance(a, Tensor) else b).new_ones(())
    return copysign(one, a) * copysign(one, b) * (as_tensor_like(a, one) != 0)


def to_winner(g: Tensor, a: Any, b: Any, lost: Tensor) -> Tensor:
    """Return the gradient, half of it in a tie, 0 where an operand lost: all of it where one is nan."""
    return (g * (1 - to_dtype(a == b, g.dtype) * 0.5)).masked_fill(lost, 0.0)


def _d_pow_a(g: Tensor, a: Any, b: Any) -> Tensor:
    """Return g b a^(b - 1), 0 where b = 0, whose derivatives are 0 there too."""
    nothing = b == 0
    return masked(g * (b * _pow(a, (masked(b, nothing, 1.0) if isinstance(b, Tensor) else b or 1.0) - 1)), nothing)


def _d_pow_b(g: Tensor, a: Any, b: Any) -> Tensor:
    """Return g a^b log(a), 0 where a = 0 and b >= 0, whose derivatives are 0 there too."""
    nothing = (a == 0) & (b >= 0)
    base = masked(as_tensor_like(a, g), nothing, 1.0)
    return masked(g * (_pow(base, b) * log(base)), nothing)


def as_tensor_like(value: Any, like: Tensor) -> Tensor:
    """Return a tensor as it is, and a number as a tensor of no dimensions."""
    return value if isinstance(value, Tensor) else like.new_full((), value)


def masked(g: Tensor, condition: Any, value: float = 0.0) -> Tensor:
    """Return a value, 0, where a condition holds, which may be one Python bool for all."""
    if condition is False:
        return g
    everywhere = g.new_full((), True, dtype=dtypes.bool_)
    return g.masked_fill(condition if isinstance(condition, Tensor) else everywhere, value)


def nothing(g: Tensor) -> Tensor:
    """Return zeros, whatever the gradient is: 0 times it would be nan where it is infinite."""
    return masked(g, True)


ONE = 1
"""The factor by default, which is told by being the same object: True and 1.0 are factors to look at."""


@method
def add(input: Any, other: Any, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Return input + alpha * other; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        alpha: A number.
        out: Where the result is written.
    """
    return plain_add(input, other if alpha is ONE else _times("add", input, other, alpha), out=out)


@method
def sub(input: Any, other: Any, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Return input - alpha * other; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        alpha: A number.
        out: Where the result is written.
    """
    return plain_sub(input, other if alpha is ONE else _times("sub", input, other, alpha), out=out)


def _with_alpha(name: str) -> Any:
    plain = getattr(Tensor, name + "_")

    def in_place(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
        return plain(input, other if alpha is ONE else _times(name, input, other, alpha))

    in_place.__name__ = in_place.__qualname__ = name + "_"
    in_place.__doc__ = f"Replace the elements by what `{name}` returns, and return the tensor itself."
    return method(in_place)


_with_alpha("add")
_with_alpha("sub")


def _times(name: str, input: Any, other: Any, alpha: Any) -> Any:
    """Return alpha * other, where both are such that a kernel may do it.

    Raises:
        TypeError: alpha is no number.
        RuntimeError: alpha is a float for integers, a bool for anything but bools, or does not fit the dtype; or an
            operand of a subtraction is of bools.
    """
    factor = alpha.item() if isinstance(alpha, Tensor) and not alpha._shape and not alpha.requires_grad else alpha
    kind = dtypes.scalar_kind(factor)
    if kind < 0:
        raise TypeError(f"{name}(): argument 'alpha' must be Number, not {type(alpha).__name__}")
    if name == "sub" or min(kind_of(input), kind_of(other)) < 0 or not isinstance(other, Tensor):
        promoted(name, input, other, True)  # refuses bools, and what is no tensor or number
    dtype = common_dtype(input, other)
    if kind == 0 < dtype.kind:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if kind == 2 > dtype.kind:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return other & bool(factor) if dtype.kind == 0 else other * dtypes.number(factor, dtype)


def kind_of(x: Any) -> int:
    """Return whether a tensor or a number is of bools (0), integers (1) or floats (2)."""
    return x.dtype.kind if isinstance(x, Tensor) else dtypes.scalar_kind(x)


_integer_pow: Any = binary(
    "pow", "Return input to the power of other, of integers.", lambda g, a, b: nothing(g), lambda g, a, b: nothing(g)
)


@method
def pow(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """Return input to the power of exponent; the operands broadcast.

    Args:
        input: A tensor or a number.
        exponent: A tensor or a number.
        out: Where the result is written.

    Raises:
        RuntimeError: An integer tensor is raised to an integer number that is negative, or does not fit its dtype.
    """
    if isinstance(input, Tensor) and type(exponent) in (int, float):
        if exponent == 2 and (type(exponent) is int or input.dtype.kind == 2):
            return square(input) if out is None else deliver("pow", out, square(input))
        if exponent == 0.5 and input.dtype.kind == 2:
            return sqrt(input, out=out)
    if isinstance(exponent, np.ndarray):
        exponent = operand("pow", exponent)
    if kind_of(input) < 2 and kind_of(exponent) < 2:
        if not isinstance(exponent, Tensor) and exponent < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        if not isinstance(exponent, Tensor) and input.dtype.kind == 1:
            exponent = dtypes.number(exponent, input.dtype)  # refuses what does not fit
        elif exponent is True or exponent is False:
            return maximum(input, not exponent, out=out)
        return _integer_pow(input, exponent, out=out)
    return _pow(input, exponent, out=out)


@method
def square(input: Tensor) -> Tensor:
    """Return input * input."""
    if not isinstance(input, Tensor):
        raise TypeError(f"square(): argument 'input' must be Tensor, not {type(input).__name__}")
    return mul(input, input) if input.dtype.kind else to_dtype(input, dtypes.int64)


@method
def positive(input: Tensor) -> Tensor:
    """Return the tensor itself.

    Raises:
        RuntimeError: It is of bools.
    """
    if input.dtype.kind == 0:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


square_ = in_place_of(square)
pow_ = in_place_of(pow)
absolute, negative, multiply, subtract = abs, neg, mul, sub
for _alias, _name in (("absolute", "abs"), ("negative", "neg"), ("multiply", "mul"), ("subtract", "sub")):
    for _form in ("", "_"):
        setattr(Tensor, _alias + _form, getattr(Tensor, _name + _form))

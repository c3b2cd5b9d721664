"""Pointwise arithmetic: sums, products, powers, extremes, rounding, division, bits, divisors.

Each line says what its backward saves, and its derivative as operations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, no_grad
from mocrograd.autograd.function import shows
from mocrograd.backend import into
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._inplace import check_writable
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import compute_into, deliver, in_place_of
from mocrograd.ops._pointwise import Signed, binary, bind, unary
from mocrograd.ops._reduction import sum_to
from mocrograd.ops.cast import common_dtype, operand, promoted, to_dtype
from mocrograd.tensor import Tensor, alias, method
from mocrograd.types import Operand

__all__ = [
    "abs",
    "absolute",
    "add",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "copysign",
    "div",
    "divide",
    "exp",
    "fix",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frac",
    "gcd",
    "lcm",
    "log",
    "maximum",
    "minimum",
    "mul",
    "multiply",
    "neg",
    "negative",
    "nextafter",
    "positive",
    "pow",
    "reciprocal",
    "relu",
    "remainder",
    "round",
    "rsub",
    "sigmoid",
    "sign",
    "sqrt",
    "square",
    "sub",
    "subtract",
    "tanh",
    "true_divide",
    "trunc",
]

neg = unary(
    "neg", "Return -input.", "", lambda g, x, y: -g, integral=True,
    example="neg([1.0, -2.0]) -> [-1.,  2.]",
)  # fmt: skip
exp = unary(
    "exp", "Return e^input.", "y", lambda g, x, y: g * y,
    example="exp([0.0, 1.0, -mg.inf]) -> [1.0000, 2.7183, 0.0000]",
)  # fmt: skip
log = unary(
    "log", "Return the natural logarithm.", "x", lambda g, x, y: g / x,
    example="log([1.0, 0.0, -1.0]) -> [0., -inf, nan]",
)  # fmt: skip
sqrt = unary(
    "sqrt", "Return the square root.", "y", lambda g, x, y: g / (y + y),
    example="sqrt([4.0, 2.0, -1.0]) -> [2.0000, 1.4142,    nan]",
)  # fmt: skip
abs = unary(
    "abs", "Return |input|.", "x", lambda g, x, y: g * sign(x), integral=True,
    example="abs([-1.5, 2.0]) -> [1.5000, 2.0000]",
)  # fmt: skip
sign: Any = unary(
    "sign", "Return -1, 0 or 1.", "", lambda g, x, y: nothing(g), integral=True,
    example="sign([-3.0, 0.0, 0.5]) -> [-1.,  0.,  1.]",
)  # fmt: skip
relu = unary(
    "relu", "Return max(input, 0).", "y", lambda g, x, y: g.masked_fill(y <= 0, 0.0), integral=True,
    example="relu([-1.0, 0.0, 2.0]) -> [0., 0., 2.]",
)  # fmt: skip
sigmoid = unary(
    "sigmoid", "Return 1 / (1 + e^-input).", "y", lambda g, x, y: g * y * (1 - y),
    example="sigmoid([0.0, 2.0, -2.0]) -> [0.5000, 0.8808, 0.1192]",
)  # fmt: skip
tanh = unary(
    "tanh", "Return the hyperbolic tangent.", "y", lambda g, x, y: g * (1 - y * y),
    example="tanh([0.0, 1.0, -20.0]) -> [ 0.0000,  0.7616, -1.0000]",
)  # fmt: skip
reciprocal = unary(
    "reciprocal", "Return 1 / input.", "y", lambda g, x, y: -g * y * y,
    example="reciprocal([2.0, -4.0, 0.0]) -> [ 0.5000, -0.2500,     inf]",
)  # fmt: skip

plain_add: Any = binary("add", "Return input + other.", lambda g, a, b: g, lambda g, a, b: g, methods=(), passes="+")
plain_sub: Any = binary("sub", "Return input - other.", lambda g, a, b: g, lambda g, a, b: -g, methods=(), passes="-")
mul = binary(
    "mul", "Return input * other.", lambda g, a, b: g * b, lambda g, a, b: g * a, a_needs="b", b_needs="a",
    example="mul([1.0, 2.0], 10) -> [10., 20.]",
)  # fmt: skip
plain_div: Any = binary(
    "div", "Return input / other.",
    lambda g, a, b: g / b, lambda g, a, b: -g * (a / b / b), a_needs="b", b_needs="ab", integral=False, methods=(),
)  # fmt: skip
_POWERS: dict[Any, Any] = {
    3: unary("cube", "Return input^3.", "x", lambda g, x, y: g * (x * x * 3), methods=()),
    0.5: unary("pow_half", "Return input^0.5.", "x", lambda g, x, y: g / (sqrt(x) * 2), methods=()),
    -1: unary("pow_minus_one", "Return input^-1.", "x", lambda g, x, y: -g * _pow(x, -2), methods=()),
}
squared_difference: Any = binary(
    "squared_difference", "Return (input - other)^2.",
    lambda g, a, b: g * 2 * (a - b), lambda g, a, b: g * -2 * (a - b), a_needs="ab", b_needs="ab", integral=False,
    methods=(),
)  # fmt: skip
_pow: Any = binary(
    "pow", "Return input to the power of other.",
    lambda g, a, b: _d_pow_a(g, a, b), lambda g, a, b: _d_pow_b(g, a, b),
    a_needs="ab", b_needs="ab", integral=False, methods=(),
)  # fmt: skip
maximum = binary(
    "maximum", "Return the larger of two elements; nan wins.",
    lambda g, a, b: to_winner(g, a, b, a < b), lambda g, a, b: to_winner(g, a, b, b < a), a_needs="ab", b_needs="ab",
    example="maximum([1.0, mg.nan], [2.0, 2.0]) -> [2., nan]",
)  # fmt: skip
minimum = binary(
    "minimum", "Return the smaller of two elements; nan wins.",
    lambda g, a, b: to_winner(g, a, b, b < a), lambda g, a, b: to_winner(g, a, b, a < b), a_needs="ab", b_needs="ab",
    example="minimum([1.0, mg.nan], [2.0, 2.0]) -> [1., nan]",
)  # fmt: skip
fmax = binary(
    "fmax", "Return the larger of two elements; a number wins over nan.",
    lambda g, a, b: g.masked_fill(~((a >= b) | (b != b)), 0.0), lambda g, a, b: g.masked_fill((a >= b) | (b != b), 0.0),
    a_needs="ab", b_needs="ab", methods=("",),
    example="fmax([1.0, mg.nan], [2.0, 2.0]) -> [2., 2.]",
)  # fmt: skip
fmin = binary(
    "fmin", "Return the smaller of two elements; a number wins over nan.",
    lambda g, a, b: g.masked_fill(~((a <= b) | (b != b)), 0.0), lambda g, a, b: g.masked_fill((a <= b) | (b != b), 0.0),
    a_needs="ab", b_needs="ab", methods=("",),
    example="fmin([1.0, mg.nan], [2.0, 2.0]) -> [1., 2.]",
)  # fmt: skip
copysign = binary(
    "copysign", "Return the magnitude of input with the sign of other.",
    lambda g, a, b: g * _signs(a, b), lambda g, a, b: nothing(g), a_needs="ab", b_needs="", integral=False,
    kind=Signed,
    example="copysign([3.0, -3.0], [-0.0, 1.0]) -> [-3.,  3.]",
)  # fmt: skip


def _signs(a: Any, b: Any) -> Any:
    """Return 1 where the signs of two operands agree, -1 where they do not, 0 where the first is 0."""
    one = (a if isinstance(a, Tensor) else b).new_ones(())
    return copysign(one, a) * copysign(one, b) * (as_tensor_like(a, one) != 0)


def to_winner(g: Tensor, a: Any, b: Any, lost: Tensor) -> Tensor:
    """Return the gradient of the operand that won, half of it in a tie, 0 where it lost; all of it where one is nan."""
    return (g * (1 - to_dtype(a == b, g.dtype) * 0.5)).masked_fill(lost, 0.0)


def _d_pow_a(g: Tensor, a: Any, b: Any) -> Tensor:
    """Return g b a^(b - 1), 0 where b = 0, whose derivatives are 0 there too."""
    nothing = b == 0
    return masked(g * (b * _pow(a, (masked(b, nothing, 1.0) if isinstance(b, Tensor) else b or 1.0) - 1)), nothing)


def _d_pow_b(g: Tensor, a: Any, b: Any) -> Tensor:
    """Return g a^b log(a), 0 where a = 0 and b >= 0, whose derivatives are 0 there too."""
    if isinstance(b, Tensor) and b.dtype.is_complex:
        nothing: Any = (a == 0) & (b.imag == 0) & (b.real >= 0)
    else:
        nothing = (a == 0) & (b >= 0)
    base = masked(as_tensor_like(a, g), nothing, 1.0)
    return masked(g * (_pow(base, b) * log(base)), nothing)


def as_tensor_like(value: Operand, like: Tensor) -> Tensor:
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
_SCALED = {d: f"addcmul.forward.{d.name}" for d in (dtypes.float32, dtypes.float64)}
"""The kernels that add a multiple to a tensor, whose sums are those of a product and a sum to the bit."""


@method
def add(input: Operand, other: Operand, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Return input + alpha * other; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        alpha: A number.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.add(mg.tensor([1, 2]), mg.tensor([3, 4]), alpha=10)
        tensor([31, 42])
    """
    if alpha is not ONE:
        if out is not None and _add_scaled(out, input, other, alpha) is not None:
            return out
        return _sum_of_scaled("add", plain_add, input, other, alpha, out=out)
    return plain_add(input, other) if out is None else compute_into(plain_add.node, out, (input, other))


@method
def sub(input: Operand, other: Operand, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Return input - alpha * other; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        alpha: A number.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.sub(mg.tensor([1, 2]), 1)
        tensor([0, 1])
    """
    if alpha is not ONE:
        return _sum_of_scaled("sub", plain_sub, input, other, alpha, out=out)
    return plain_sub(input, other) if out is None else compute_into(plain_sub.node, out, (input, other))


@method
def add_(input: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
    """Replace the elements by what `add` returns, and return the tensor itself."""
    if alpha is not ONE and _add_scaled(input, input, other, alpha) is not None:
        return input
    if isinstance(other, Tensor) and other._sparse:
        other = other.to_dense()
    result: Tensor = plain_add.in_place(input, other if alpha is ONE else _times("add", input, other, alpha))
    return result


@method
def sub_(input: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
    """Replace the elements by what `sub` returns, and return the tensor itself."""
    if type(alpha) in (int, float) and alpha is not ONE and _add_scaled(input, input, other, -alpha) is not None:
        return input
    if isinstance(other, Tensor) and other._sparse:
        other = other.to_dense()
    result: Tensor = plain_sub.in_place(input, other if alpha is ONE else _times("sub", input, other, alpha))
    return result


def _add_scaled(out: Any, input: Any, other: Any, alpha: Any) -> Tensor | None:
    """Write input + alpha * other into a tensor and return it; None where the general way must do it."""
    result: Tensor | None = into(_SCALED, out, input, other, 1, alpha) if isinstance(other, Tensor) else None
    return result


@computed_wide
def _sum_of_scaled(name: str, function: Any, input: Operand, other: Operand, alpha: Any, out: Any = None) -> Tensor:
    result: Tensor = function(input, _times(name, input, other, alpha), out=out)
    return result


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
    "pow", "Return input to the power of other, of integers.",
    lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), methods=(),
)  # fmt: skip


@method
def pow(input: Operand, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input to the power of exponent; the operands broadcast.

    Args:
        input: A tensor or a number.
        exponent: A tensor or a number.
        out: Where the result is written.

    Raises:
        RuntimeError: An integer tensor is raised to an integer number that is negative, or does not fit its dtype.

    Example:
        >>> import mocrograd as mg
        >>> mg.pow(mg.tensor([1.0, 2.0, 3.0]), 2)
        tensor([1., 4., 9.])
    """
    if isinstance(input, Tensor) and type(exponent) in (int, float):
        if exponent == 2 and (type(exponent) is int or input.dtype.kind == 2):
            return square(input) if out is None else deliver("pow", out, square(input))
        has_bits = exponent != 3 or input.dtype.wide is None  # torch's bits
        if exponent in _POWERS and input.dtype.kind == 2 and has_bits:
            power: Tensor = _POWERS[exponent](input, out=out)
            return power
    if isinstance(exponent, np.ndarray):
        exponent = operand("pow", exponent)
    if kind_of(input) < 2 and kind_of(exponent) < 2:
        if not isinstance(exponent, Tensor) and exponent < 0:  # type: ignore[operator]
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        if not isinstance(exponent, Tensor) and input.dtype.kind == 1:  # type: ignore[union-attr]
            exponent = dtypes.number(exponent, input.dtype)  # type: ignore  # refuses what does not fit
        elif exponent is True or exponent is False:
            return maximum(input, not exponent, out=out)
        return _integer_pow(input, exponent, out=out)
    return _pow(input, exponent, out=out)


@method
@takes_out(cast=True)
@shows("Pow")
def square(input: Tensor) -> Tensor:
    """Return input * input.

    Example:
        >>> import mocrograd as mg
        >>> mg.square(mg.tensor([-3, 2]))
        tensor([9, 4])
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"square(): argument 'input' must be Tensor, not {type(input).__name__}")
    return mul(input, input) if input.dtype.kind else to_dtype(input, dtypes.int64)


@method
def positive(input: Tensor) -> Tensor:
    """Return the tensor itself.

    Raises:
        RuntimeError: It is of bools.

    Example:
        >>> import mocrograd as mg
        >>> mg.positive(mg.tensor([-1.0, 2.0]))
        tensor([-1.,  2.])
    """
    if input.dtype.kind == 0:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


_square_in_place, _pow_in_place = in_place_of(square), in_place_of(pow)
_PRODUCTS = {d: name for d, name in mul.node.forwards.items() if d.kind}


@method
def square_(input: Tensor) -> Tensor:
    """Replace the elements by what `square` returns, and return the tensor itself."""
    if into(_PRODUCTS, input, input, input) is not None:
        return input
    squared: Tensor = _square_in_place(input)
    return squared


@method
def pow_(input: Tensor, exponent: Operand) -> Tensor:
    """Replace the elements by what `pow` returns, and return the tensor itself."""
    if type(exponent) is int and exponent == 2 and into(_PRODUCTS, input, input, input) is not None:
        return input
    power: Tensor = _pow_in_place(input, exponent)
    return power


absolute, negative, multiply, subtract = abs, neg, mul, sub
for _alias, _name in (("absolute", "abs"), ("negative", "neg"), ("multiply", "mul"), ("subtract", "sub")):
    for _form in ("", "_"):
        setattr(Tensor, _alias + _form, getattr(Tensor, _name + _form))


# -------------------------------------------------------------------------- rounding and division


def _rounding(name: str, doc: str, example: str) -> Any:
    """Make a function that rounds floats and leaves integers as they are."""
    floats = unary(name, doc, "", lambda g, x, y: nothing(g), methods=(), example=example)

    def is_whole(input: Operand) -> bool:
        if isinstance(input, Tensor) and input.dtype.kind == 0:
            raise NotImplementedError(f'"{name}" not implemented for bool')
        return isinstance(input, Tensor) and input.dtype.kind == 1

    def function(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        if is_whole(input):
            return input.clone() if out is None else deliver(name, out, input)
        return floats(input, out=out)

    def in_place(input: Tensor) -> Tensor:
        if not is_whole(input):
            return floats.in_place(input)
        check_writable(name + "_", input)
        return input

    return bind(name, function, in_place, floats.__doc__)


floor = _rounding(
    "floor", "Return the greatest integers that are at most input.",
    example="floor([1.2, -1.2]) -> [ 1., -2.]",
)  # fmt: skip
ceil = _rounding(
    "ceil", "Return the least integers that are at least input.",
    example="ceil([1.2, -1.2]) -> [ 2., -1.]",
)  # fmt: skip
trunc = _rounding("trunc", "Return input without its fractions.", example="trunc([1.2, -1.2]) -> [ 1., -1.]")
_round = _rounding(
    "round", "Return the nearest integers, the even ones in ties.",
    example="round([0.5, 1.5]) -> [0., 2.]",
)  # fmt: skip
frac = unary(
    "frac", "Return the fractions of input, with its signs.", "", lambda g, x, y: g,
    example="frac([2.75, -2.75]) -> [ 0.7500, -0.7500]",
)  # fmt: skip
fix = trunc
alias("fix", trunc)
alias("fix_", Tensor.trunc_)


@method
def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Return the nearest numbers with `decimals` digits behind the point, the even ones in ties.

    Args:
        input: A tensor.
        decimals: How many digits; negative ones round to tens and hundreds.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.round(mg.tensor([0.5, 1.5, 2.6]))
        tensor([0., 2., 3.])
    """
    if decimals == 0:
        return _round(input, out=out)
    scale = 10.0 ** (decimals if decimals > 0 else -decimals)
    if decimals > 0:
        rounded: Tensor = plain_div(_round(input * scale), scale, out=out)
    else:
        rounded = _round(input / scale).mul(scale, out=out)
    if rounded.grad_fn is not None:
        rounded.grad_fn.torch_name, rounded.grad_fn.torch_number = "Round", 1
    return rounded


round_ = in_place_of(round)

_div_floor: Any = binary(
    "div_floor", "Return floor(input / other).", lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), methods=()
)
_div_trunc: Any = binary(
    "div_trunc", "Return trunc(input / other).", lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), methods=()
)
_by_mode = {"floor": _div_floor, "trunc": _div_trunc}
remainder = binary(
    "remainder", "Return input - other * floor(input / other), with the signs of other.",
    lambda g, a, b: g, lambda g, a, b: -g * _div_floor(a, b), b_needs="ab",
    example="remainder([5.0, -5.0], 3) -> [2., 1.]",
)  # fmt: skip
fmod = binary(
    "fmod", "Return input - other * trunc(input / other), with the signs of input.",
    lambda g, a, b: g, lambda g, a, b: -g * _div_trunc(a, b), b_needs="ab",
    example="fmod([5.0, -5.0], 3) -> [ 2., -2.]",
)  # fmt: skip


@method
def div(input: Operand, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Return input / other, rounded or not; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        rounding_mode: None, "trunc" (towards zero) or "floor" (down).
        out: Where the result is written.

    Raises:
        RuntimeError: The mode is another one, or integers are divided by 0 with rounding.

    Example:
        >>> import mocrograd as mg
        >>> mg.div(mg.tensor([7.0]), 2, rounding_mode="floor")
        tensor([3.])
    """
    if rounding_mode is None:
        return plain_div(input, other, out=out)
    _check_mode(rounding_mode)
    rounded: Tensor = _by_mode[rounding_mode](input, other, out=out)
    return rounded


def _check_mode(rounding_mode: str) -> None:
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )


@method
def div_(input: Tensor, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """Replace the elements by what `div` returns, and return the tensor itself."""
    if rounding_mode is None:
        return plain_div.in_place(input, other)
    _check_mode(rounding_mode)
    return _by_mode[rounding_mode].in_place(input, other)


@method
def floor_divide(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return floor(input / other); the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        out: Where the result is written.

    Raises:
        RuntimeError: Integers are divided by 0.

    Example:
        >>> import mocrograd as mg
        >>> mg.floor_divide(mg.tensor([7, -7]), 2)
        tensor([ 3, -4])
    """
    return _div_floor(input, other, out=out)


@method
def floor_divide_(input: Tensor, other: Operand) -> Tensor:
    """Replace the elements by what `floor_divide` returns, and return the tensor itself."""
    return _div_floor.in_place(input, other)


divide = true_divide = div
for _alias in ("divide", "true_divide"):
    setattr(Tensor, _alias, div)
    setattr(Tensor, _alias + "_", div_)


# ------------------------------------------------------------------------------------------- bits


def _check_bits(name: str, *operands: Operand) -> None:
    if max([kind_of(x) for x in operands]) > 1:
        raise NotImplementedError(f'"{name}" is implemented for integers and bools only')


def _bitwise(name: str, doc: str, example: str) -> Any:
    """Make a function of two operands that are no floats."""
    whole: Any = binary(name, doc, lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), methods=(), example=example)

    def function(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
        _check_bits(name, input, other)
        return whole(input, other, out=out)

    def in_place(input: Tensor, other: Operand) -> Tensor:
        _check_bits(name, input, other)
        return whole.in_place(input, other)

    return bind(name, function, in_place, whole.__doc__)


bitwise_and = _bitwise(
    "bitwise_and", "Return input & other, of integers or bools.",
    example="bitwise_and([12, 10], 6) -> [4, 2]",
)  # fmt: skip
bitwise_or = _bitwise(
    "bitwise_or", "Return input | other, of integers or bools.",
    example="bitwise_or([12, 10], 3) -> [15, 11]",
)  # fmt: skip
bitwise_xor = _bitwise(
    "bitwise_xor", "Return input ^ other, of integers or bools.",
    example="bitwise_xor([12, 10], 6) -> [10, 12]",
)  # fmt: skip
bitwise_left_shift = _bitwise(
    "bitwise_left_shift", "Return input * 2^other, of integers.",
    example="bitwise_left_shift([1, 3], [4, 2]) -> [16, 12]",
)  # fmt: skip
bitwise_right_shift = _bitwise(
    "bitwise_right_shift", "Return floor(input / 2^other), of integers.",
    example="bitwise_right_shift([16, -3], 1) -> [ 8, -2]",
)  # fmt: skip


def _all_bits(dtype: dtypes.dtype) -> int | bool:
    return int(dtypes.number(-1, dtype)) if dtype.kind else True


@method
def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverted bits of integers, the negation of bools.

    Args:
        input: A tensor of integers or bools.
        out: Where the result is written.

    Raises:
        NotImplementedError: It is of floats.

    Example:
        >>> import mocrograd as mg
        >>> mg.bitwise_not(mg.tensor([0, 5, -1]))
        tensor([-1, -6,  0])
        >>> mg.bitwise_not(mg.tensor([True, False]))
        tensor([False,  True])
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"bitwise_not(): argument 'input' must be Tensor, not {type(input).__name__}")
    _check_bits("bitwise_not", input)
    return bitwise_xor(input, _all_bits(input.dtype), out=out)


@method
def bitwise_not_(input: Tensor) -> Tensor:
    """Replace the elements by what `bitwise_not` returns, and return the tensor itself."""
    _check_bits("bitwise_not", input)
    return input.bitwise_xor_(_all_bits(input.dtype))


# ------------------------------------------------------------------------ divisors and neighbours


def _of_tensors(name: str, kinds: str, function: Any, of_16_bits: Any = None) -> Any:
    """Return a function of two tensors of integers or of floats.

    Args:
        name: Its name.
        kinds: "integers" or "floats".
        function: Computes it.
        of_16_bits: The node that computes it of floats of 16 bits, where these have a form of their own.
    """
    wanted = 1 if kinds == "integers" else 2

    def checked(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        for argument, x in (("input", input), ("other", other)):
            if not isinstance(x, Tensor):
                raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(x).__name__}")
        if max(input.dtype.kind, other.dtype.kind) != wanted:
            raise NotImplementedError(
                f'"{name}" is implemented for {kinds} only, got {input.dtype.name} and {other.dtype.name}'
            )
        result: Tensor
        if of_16_bits is not None and input.dtype is other.dtype and input.dtype.wide is not None:
            result = of_16_bits.run(input, other)
            return result if out is None else out.copy_(result)
        result = function(input, other, out=out)
        return result

    checked.__name__ = checked.__qualname__ = name
    checked.__doc__ = function.__doc__.replace(" or a number", "")
    checked.checks_arguments = True  # type: ignore[attr-defined]
    in_place_of(checked)
    return method(checked)


gcd = _of_tensors(
    "gcd", "integers",
    binary(
        "gcd", "Return the greatest common divisor, of integers.",
        lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), methods=(),
        example="gcd([12, 10], [18, 15]) -> [6, 5]",
    ),
)  # fmt: skip
lcm = _of_tensors(
    "lcm", "integers",
    binary(
        "lcm", "Return the least common multiple, of integers.",
        lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), methods=(),
        example="lcm([4, 6], [6, 15]) -> [12, 30]",
    ),
)  # fmt: skip


class NextAfter(Function):
    """The next of the numbers of 16 bits, found by their order, which is that of their bits but for the sign."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, other: Tensor) -> Tensor:
        """Take a step of the bits."""
        ctx.kept = x._shape, other._shape
        kind = x.dtype
        with no_grad():
            a, b = to_dtype(x, dtypes.float32), to_dtype(other, dtypes.float32)
            shape = (a + b)._shape
            whole: Any = x.expand(shape).contiguous()
            bits = to_dtype(whole.view(dtypes.int16), dtypes.int32)
            negative = bits < 0
            order = (bits & 0x7FFF) * (1 - 2 * to_dtype(negative, dtypes.int32))
            new = order + to_dtype(b > a, dtypes.int32) - to_dtype(b < a, dtypes.int32)
            below = (new < 0) | ((new == 0) & negative)
            found: Any = to_dtype(abs(new) - 0x8000 * to_dtype(below, dtypes.int32), dtypes.int16)
            found = found.view(kind).where(a != b, other)
            result: Tensor = found.masked_fill((a != a) | (b != b), math.nan)
            return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Pass the gradient to the first operand; the second one has none."""
        of_input, of_other = ctx.kept
        return sum_to(grad, of_input), sum_to(nothing(grad), of_other)


nextafter = _of_tensors(
    "nextafter", "floats",
    binary(
        "nextafter", "Return the number next to input on the way to other, of floats.",
        lambda g, a, b: g, lambda g, a, b: nothing(g), integral=False, methods=(),
        example="nextafter([0.0], [1.0]) -> [1.4013e-45]",
    ),
    NextAfter,
)  # fmt: skip


@shows("Rsub")
def rsub(input: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
    """Return other - alpha * input.

    Args:
        input: A tensor.
        other: A tensor or a number.
        alpha: A number.

    Example:
        >>> import mocrograd as mg
        >>> mg.rsub(mg.tensor([1.0, 2.0]), 10)
        tensor([9., 8.])
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"rsub(): argument 'input' must be Tensor, not {type(input).__name__}")
    return sub(other, input, alpha=alpha)

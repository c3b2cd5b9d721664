"""Rounding, and division with its remainders."""

from __future__ import annotations

from typing import Any

from mocrograd.ops.elementwise import nothing, plain_div
from mocrograd.ops.inplace import check_writable
from mocrograd.ops.outputs import deliver
from mocrograd.ops.pointwise import binary, in_place_of, unary
from mocrograd.tensor import Tensor, method

__all__ = [
    "ceil",
    "div",
    "divide",
    "fix",
    "floor",
    "floor_divide",
    "fmod",
    "frac",
    "remainder",
    "round",
    "true_divide",
    "trunc",
]


def _rounding(name: str, doc: str) -> Any:
    """Make a function that rounds floats and leaves integers as they are."""
    floats = unary(name, doc, "", lambda g, x, y: nothing(g))
    floats_in_place = getattr(Tensor, name + "_")

    def is_whole(input: Any) -> bool:
        if isinstance(input, Tensor) and input.dtype.kind == 0:
            raise NotImplementedError(f'"{name}" not implemented for bool')
        return isinstance(input, Tensor) and input.dtype.kind == 1

    def function(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        if is_whole(input):
            return input.clone() if out is None else deliver(name, out, input)
        return floats(input, out=out)

    def in_place(input: Tensor) -> Tensor:
        if not is_whole(input):
            return floats_in_place(input)
        check_writable(name + "_", input)
        return input

    in_place.__name__ = in_place.__qualname__ = name + "_"
    in_place.__doc__ = floats_in_place.__doc__
    method(in_place)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = floats.__doc__
    function.checks_arguments = True  # type: ignore[attr-defined]
    return method(function)


floor = _rounding("floor", "Return the greatest integers that are at most input.")
ceil = _rounding("ceil", "Return the least integers that are at least input.")
trunc = _rounding("trunc", "Return input without its fractions.")
_round = _rounding("round", "Return the nearest integers, the even ones in ties.")
frac = unary("frac", "Return the fractions of input, with its signs.", "", lambda g, x, y: g)
fix = trunc
Tensor.fix = trunc
Tensor.fix_ = Tensor.trunc_


@method
def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Return the nearest numbers with `decimals` digits behind the point, the even ones in ties.

    Args:
        input: A tensor.
        decimals: How many digits; negative ones round to tens and hundreds.
        out: Where the result is written.
    """
    if decimals == 0:
        return _round(input, out=out)
    scale = 10.0 ** (decimals if decimals > 0 else -decimals)
    if decimals > 0:
        return plain_div(_round(input * scale), scale, out=out)
    return _round(input / scale).mul(scale, out=out)


round_ = in_place_of(round)

_div_floor: Any = binary(
    "div_floor", "Return floor(input / other).", lambda g, a, b: nothing(g), lambda g, a, b: nothing(g)
)
_div_trunc: Any = binary(
    "div_trunc", "Return trunc(input / other).", lambda g, a, b: nothing(g), lambda g, a, b: nothing(g)
)
_in_place_by_mode = {"floor": Tensor.div_floor_, "trunc": Tensor.div_trunc_}
for _name in ("div_floor", "div_floor_", "div_trunc", "div_trunc_"):
    delattr(Tensor, _name)  # torch has them under div
remainder = binary(
    "remainder", "Return input - other * floor(input / other), with the signs of other.",
    lambda g, a, b: g, lambda g, a, b: -g * _div_floor(a, b), b_needs="ab",
)  # fmt: skip
fmod = binary(
    "fmod", "Return input - other * trunc(input / other), with the signs of input.",
    lambda g, a, b: g, lambda g, a, b: -g * _div_trunc(a, b), b_needs="ab",
)  # fmt: skip


@method
def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Return input / other, rounded or not; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        rounding_mode: None, "trunc" (towards zero) or "floor" (down).
        out: Where the result is written.

    Raises:
        RuntimeError: The mode is another one, or integers are divided by 0 with rounding.
    """
    if rounding_mode is None:
        return plain_div(input, other, out=out)
    _check_mode(rounding_mode)
    return (_div_trunc if rounding_mode == "trunc" else _div_floor)(input, other, out=out)


def _check_mode(rounding_mode: str) -> None:
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )


_div_in_place = Tensor.div_


@method
def div_(input: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Replace the elements by what `div` returns, and return the tensor itself."""
    if rounding_mode is None:
        return _div_in_place(input, other)
    _check_mode(rounding_mode)
    return _in_place_by_mode[rounding_mode](input, other)


@method
def floor_divide(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
    """Return floor(input / other); the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        out: Where the result is written.

    Raises:
        RuntimeError: Integers are divided by 0.
    """
    return _div_floor(input, other, out=out)


@method
def floor_divide_(input: Tensor, other: Any) -> Tensor:
    """Replace the elements by what `floor_divide` returns, and return the tensor itself."""
    return _in_place_by_mode["floor"](input, other)


divide = true_divide = div
for _alias in ("divide", "true_divide"):
    setattr(Tensor, _alias, div)
    setattr(Tensor, _alias + "_", div_)

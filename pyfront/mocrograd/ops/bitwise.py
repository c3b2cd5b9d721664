"""Operations on the bits of integers, and on bools."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes
from mocrograd.ops.elementwise import kind_of, nothing
from mocrograd.ops.pointwise import binary
from mocrograd.tensor import Tensor, method

__all__ = ["bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor"]


def _bitwise(name: str, doc: str) -> Any:
    """Make a function of two operands that are no floats."""
    whole: Any = binary(name, doc, lambda g, a, b: nothing(g), lambda g, a, b: nothing(g))
    whole_in_place = getattr(Tensor, name + "_")

    def function(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
        check(input, other)
        return whole(input, other, out=out)

    def in_place(input: Tensor, other: Any) -> Tensor:
        check(input, other)
        return whole_in_place(input, other)

    def check(input: Any, other: Any) -> None:
        if max(kind_of(input), kind_of(other)) == 2:
            raise NotImplementedError(f'"{name}" is implemented for integers and bools only')

    function.__name__ = function.__qualname__ = name
    function.__doc__ = whole.__doc__
    function.checks_arguments = True  # type: ignore[attr-defined]
    in_place.__name__ = in_place.__qualname__ = name + "_"
    in_place.__doc__ = whole_in_place.__doc__
    method(in_place)
    return method(function)


bitwise_and = _bitwise("bitwise_and", "Return input & other, of integers or bools.")
bitwise_or = _bitwise("bitwise_or", "Return input | other, of integers or bools.")
bitwise_xor = _bitwise("bitwise_xor", "Return input ^ other, of integers or bools.")
bitwise_left_shift = _bitwise("bitwise_left_shift", "Return input * 2^other, of integers.")
bitwise_right_shift = _bitwise("bitwise_right_shift", "Return floor(input / 2^other), of integers.")


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
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"bitwise_not(): argument 'input' must be Tensor, not {type(input).__name__}")
    return bitwise_xor(input, _all_bits(input.dtype), out=out)


@method
def bitwise_not_(input: Tensor) -> Tensor:
    """Replace the elements by what `bitwise_not` returns, and return the tensor itself."""
    return input.bitwise_xor_(_all_bits(input.dtype))

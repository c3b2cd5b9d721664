"""Operations on the bits of integers, and on bools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.ops.compare import logical_and, logical_not, logical_or, ne
from mocrograd.ops.creation import full
from mocrograd.ops.elementwise import kind_of, nothing
from mocrograd.ops.outputs import deliver
from mocrograd.ops.pointwise import binary, in_place_of
from mocrograd.tensor import Tensor, method

__all__ = ["bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor"]


def _bitwise(name: str, doc: str, of_bools: Callable[..., Tensor] | None) -> Any:
    """Make a function of two integers, which is a logical one where both are bools."""
    integers: Any = binary(name, doc, lambda g, a, b: nothing(g), lambda g, a, b: nothing(g))

    def function(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
        kinds = (kind_of(input), kind_of(other))
        if max(kinds) == 2:
            raise NotImplementedError(f'"{name}" is implemented for integers and bools only')
        if kinds != (0, 0) or of_bools is None or (not isinstance(input, Tensor) and not isinstance(other, Tensor)):
            return integers(input, other, out=out)
        device = (input if isinstance(input, Tensor) else other).device
        a, b = [x if isinstance(x, Tensor) else full((), x, device=device) for x in (input, other)]
        result = of_bools(a, b)
        return result if out is None else deliver(name, out, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = integers.__doc__
    function.checks_arguments = True  # type: ignore[attr-defined]
    in_place_of(function)
    return method(function)


bitwise_and = _bitwise("bitwise_and", "Return input & other, of integers or bools.", logical_and)
bitwise_or = _bitwise("bitwise_or", "Return input | other, of integers or bools.", logical_or)
bitwise_xor = _bitwise("bitwise_xor", "Return input ^ other, of integers or bools.", lambda a, b: ne(a, b))
bitwise_left_shift = _bitwise("bitwise_left_shift", "Return input * 2^other, of integers.", None)
bitwise_right_shift = _bitwise("bitwise_right_shift", "Return floor(input / 2^other), of integers.", None)


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
    if input.dtype.kind == 0:
        result = logical_not(input)
        return result if out is None else deliver("bitwise_not", out, result)
    return bitwise_xor(input, dtypes.number(-1, input.dtype), out=out)


in_place_of(bitwise_not)

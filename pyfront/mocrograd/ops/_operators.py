"""Python's operators on tensors: the method that each one calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import mode
from mocrograd.ops import arithmetic
from mocrograd.ops.creation import tensor
from mocrograd.ops.matmul import matmul
from mocrograd.tensor import Tensor
from mocrograd.types import Operand

_TWO_SIDED = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "pow": "pow",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
}
_IN_PLACE = {
    "add": "add_",
    "sub": "sub_",
    "mul": "mul_",
    "truediv": "div_",
    "pow": "pow_",
    "floordiv": "floor_divide_",
    "mod": "remainder_",
    "lshift": "bitwise_left_shift_",
    "rshift": "bitwise_right_shift_",
    "and": "bitwise_and_",
    "or": "bitwise_or_",
    "xor": "bitwise_xor_",
}
_OTHERS = {
    "eq": "eq",
    "ne": "ne",
    "lt": "lt",
    "le": "le",
    "gt": "gt",
    "ge": "ge",
    "neg": "neg",
    "pos": "positive",
    "abs": "abs",
}


def _reflected(function: Any) -> Any:
    def operator(input: Tensor, other: Operand) -> Tensor:
        return function(other, input)

    return operator


def _divided(input: Tensor, other: Operand) -> Tensor:
    """Return other / input; as in torch, both input and the result of 1 / input may change before backward."""
    if type(other) in (int, float) and other == 1 and input.requires_grad and mode.grad and input.dtype.kind == 2:
        return arithmetic.mul(arithmetic.reciprocal(input), 1)
    return arithmetic.plain_div(other, input)


def _equality(function: Any) -> Any:
    def operator(input: Tensor, other: object) -> Tensor:
        if other is None or isinstance(other, (str, list, tuple, dict)):
            return NotImplemented  # Python compares identities then
        return function(input, other)

    return operator


def _inverted(input: Tensor) -> Tensor:
    """Return the inverted bits of integers, the negation of bools."""
    if input.dtype.kind > 1:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return arithmetic.bitwise_not(input)


def _product(input: Tensor | np.ndarray[Any, Any], other: Tensor | np.ndarray[Any, Any]) -> Tensor:
    """Multiply matrices, one of which may be a NumPy array; both get the dtype in which they meet."""
    if isinstance(input, np.ndarray) or isinstance(other, np.ndarray):
        input, other = (tensor(x, device="cpu") if isinstance(x, np.ndarray) else x for x in (input, other))
        dtype = dtypes.promote(input.dtype, other.dtype)
        input, other = input.to(dtype), other.to(dtype)
    return matmul(input, other)


_FUNCTIONS = {name: getattr(Tensor, method) for name, method in _TWO_SIDED.items()}
# without a look at alpha and rounding modes
_FUNCTIONS |= {"add": arithmetic.plain_add, "sub": arithmetic.plain_sub, "truediv": arithmetic.plain_div}
_FUNCTIONS["matmul"] = _product
for _name, _function in _FUNCTIONS.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", _function if _name in ("add", "mul") else _reflected(_function))
setattr(Tensor, "__rtruediv__", _divided)  # noqa: B010 - as the others
for _name, _method in _OTHERS.items():
    setattr(Tensor, f"__{_name}__", getattr(Tensor, _method))
setattr(Tensor, "__invert__", _inverted)  # noqa: B010 - as the others
for _name, _method in _IN_PLACE.items():
    setattr(Tensor, f"__i{_name}__", getattr(Tensor, _method))
for _name in ("eq", "ne"):
    setattr(Tensor, f"__{_name}__", _equality(getattr(Tensor, _name)))

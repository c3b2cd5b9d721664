"""Python's operators on tensors: which method each one is."""

from __future__ import annotations

from typing import Any

from mocrograd.ops import elementwise
from mocrograd.tensor import Tensor

_TWO_SIDED = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "pow": "pow",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
}
_IN_PLACE = {"add": "add_", "sub": "sub_", "mul": "mul_", "truediv": "div_", "pow": "pow_"}
_OTHERS = {
    "eq": "eq",
    "ne": "ne",
    "lt": "lt",
    "le": "le",
    "gt": "gt",
    "ge": "ge",
    "neg": "neg",
    "abs": "abs",
    "invert": "bitwise_not",
}
_MISSING = ("floordiv", "rfloordiv", "mod", "rmod")


def _reflected(function: Any) -> Any:
    def operator(input: Tensor, other: Any) -> Any:
        return function(other, input)

    return operator


def _equality(function: Any) -> Any:
    def operator(input: Tensor, other: Any) -> Any:
        if other is None or isinstance(other, (str, list, tuple, dict)):
            return NotImplemented  # Python compares identities then
        return function(input, other)

    return operator


def _missing(name: str) -> Any:
    def operator(input: Tensor, other: Any) -> Any:
        raise NotImplementedError(f"the operator __{name}__ is not implemented for tensors")

    return operator


_FUNCTIONS = {name: getattr(Tensor, method) for name, method in _TWO_SIDED.items()}
_FUNCTIONS |= {"add": elementwise.plain_add, "sub": elementwise.plain_sub}  # without a look at alpha
for _name, _function in _FUNCTIONS.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", _reflected(_function))
for _name, _method in _OTHERS.items():
    setattr(Tensor, f"__{_name}__", getattr(Tensor, _method))
for _name, _method in _IN_PLACE.items():
    setattr(Tensor, f"__i{_name}__", getattr(Tensor, _method))
for _name in ("eq", "ne"):
    setattr(Tensor, f"__{_name}__", _equality(getattr(Tensor, _name)))
for _name in _MISSING:
    setattr(Tensor, f"__{_name}__", _missing(_name))

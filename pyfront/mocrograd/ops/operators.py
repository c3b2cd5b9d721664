"""Python's operators on tensors: which function each one is."""

from __future__ import annotations

from typing import Any

from mocrograd.ops import compare, elementwise
from mocrograd.tensor import Tensor


def _reflected(function: Any) -> Any:
    def operator(input: Tensor, other: Any) -> Any:
        return function(other, input)

    return operator


def _floor_divide(input: Any, other: Any) -> Any:
    raise NotImplementedError('"floor_divide" is not implemented')


def _remainder(input: Any, other: Any) -> Any:
    raise NotImplementedError('"remainder" is not implemented')


_TWO_SIDED = {
    "add": elementwise.add,
    "sub": elementwise.sub,
    "mul": elementwise.mul,
    "truediv": elementwise.div,
    "pow": elementwise.pow,
    "floordiv": _floor_divide,
    "mod": _remainder,
    "and": compare.bitwise_and,
    "or": compare.bitwise_or,
    "xor": compare.bitwise_xor,
}
_IN_PLACE = {"add": "add_", "sub": "sub_", "mul": "mul_", "truediv": "div_", "pow": "pow_"}
_ONE_SIDED = {
    "eq": compare.eq,
    "ne": compare.ne,
    "lt": compare.lt,
    "le": compare.le,
    "gt": compare.gt,
    "ge": compare.ge,
    "neg": elementwise.neg,
    "abs": elementwise.abs,
    "invert": compare.bitwise_not,
}

for _name, _function in _TWO_SIDED.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", _reflected(_function))
for _name, _method in _IN_PLACE.items():
    setattr(Tensor, f"__i{_name}__", getattr(Tensor, _method))
for _name, _function in _ONE_SIDED.items():
    setattr(Tensor, f"__{_name}__", _function)

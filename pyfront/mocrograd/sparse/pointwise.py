"""Arithmetic of sparse tensors: what keeps zeros, and sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.sorting import search
from mocrograd.sparse.graph import (
    as_coo,
    build,
    coalesced,
    dense_of,
    distinct,
    entries,
    keys_of,
    like,
    linear,
)
from mocrograd.sparse.layouts import like_layout
from mocrograd.sparse.tensor import SparseTensor, become, refusal, way
from mocrograd.tensor import Tensor

UNARY = (
    "abs", "absolute", "asin", "asinh", "atan", "atanh", "ceil", "deg2rad", "erf", "erfinv", "expm1", "floor", "frac",
    "isinf", "isnan", "isneginf", "isposinf", "log1p", "neg", "negative", "positive", "rad2deg", "relu", "round", "sgn",
    "sign", "signbit", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc",
)  # fmt: skip
"""Functions of one number that are 0 at 0."""
LINEAR = ("neg", "negative", "positive", "deg2rad", "rad2deg")


def mapped(name: str, x: SparseTensor) -> SparseTensor:
    """Return a function of each value."""
    x = linear(x) if name in LINEAR else distinct(x)
    return like(x, getattr(ops, name)(entries(x)))


def _unary(name: str) -> None:
    def function(self: SparseTensor) -> SparseTensor:
        return mapped(name, self)

    def in_place(self: SparseTensor) -> SparseTensor:
        return become(self, mapped(name, self))

    for made, own in ((function, name), (in_place, name + "_")):
        made.__name__, made.__doc__ = own, f"Return `{name}` of each value{', in place' * (made is in_place)}."
        way(made)


for _name in UNARY:
    _unary(_name)


@way
def nan_to_num(self: SparseTensor, nan: Any = None, posinf: Any = None, neginf: Any = None) -> SparseTensor:
    """Return the entries with numbers in the place of nan and of infinities."""
    x = distinct(self)
    return like(x, ops.nan_to_num(entries(x), nan, posinf, neginf))


def _number(name: str, other: Any) -> Any:
    """Return a number or a dense tensor of one element without dimensions; None for anything else."""
    if isinstance(other, Tensor):
        return other if not other._shape and not isinstance(other, SparseTensor) else None
    if dtypes.scalar_kind(other) < 0:
        raise TypeError(f"{name}(): expected Tensor or Number, got {type(other).__name__}")
    return other


def add(a: Any, b: Any, alpha: Any = 1) -> Any:
    """Return a + alpha b, of which at least one is sparse; beside a dense tensor the result is dense.

    Raises:
        RuntimeError: The shapes differ, or one is a number.
    """
    if not isinstance(a, SparseTensor):
        if not isinstance(a, Tensor):
            raise RuntimeError(f"add: expected a dense tensor before a sparse one, got {type(a).__name__}")
        _same_shape("add", a, b)
        return ops.add(a, dense_of(b), alpha=alpha)
    if not isinstance(b, SparseTensor):
        if not isinstance(b, Tensor):
            raise RuntimeError(f"add: expected a tensor beside a sparse one, got {type(b).__name__}")
        _same_shape("add", a, b)
        return ops.add(dense_of(a), b, alpha=alpha)
    _same_shape("add", a, b)
    if _same_pattern(a, b):
        return like(a, entries(a) + (entries(b) if alpha == 1 and alpha is not True else entries(b) * alpha))
    first = a
    if a.sparse_dim() != b.sparse_dim():
        raise RuntimeError(
            f"add: expected both tensors to have {a.sparse_dim()} sparse dimensions, got {b.sparse_dim()}"
        )
    dtype = dtypes.promote(a.dtype, b.dtype)
    a, b = linear(as_coo(a)), linear(as_coo(b))
    second = entries(b) if alpha == 1 and alpha is not True else entries(b) * alpha
    if a._index[0] is b._index[0]:
        return build(entries(a).to(dtype) + second.to(dtype), a.layout, a._index, a._shape, a._merged)
    values = ops.cat([entries(a).to(dtype), second.to(dtype)])
    index = ops.cat([a._index[0], b._index[0]], 1)
    total = build(values, layout.sparse_coo, (index,), a._shape, False)
    return like_layout(coalesced(total) if a._merged and b._merged else total, first)


def _same_pattern(a: SparseTensor, b: SparseTensor) -> bool:
    """Return whether two compressed tensors share their indices."""
    return (
        not a.is_sparse and a.layout is b.layout and a._elements._shape == b._elements._shape
        and all(x is y for x, y in zip(a._index, b._index))
    )  # fmt: skip


def _same_shape(name: str, a: Tensor, b: Tensor) -> None:
    if a._shape != b._shape:
        raise RuntimeError(
            f"{name}: expected sizes of 'self' and 'other' to match, but {list(a._shape)} != {list(b._shape)}"
        )


def sub(a: Any, b: Any, alpha: Any = 1) -> Any:
    """Return a - alpha b; the errors are those of `add`."""
    return add(a, b, -alpha)


def mul(a: Any, b: Any) -> Any:
    """Return a b: sparse, with the positions that both have. A dense tensor broadcasts.

    Raises:
        RuntimeError: The shapes do not fit.
    """
    if not isinstance(a, SparseTensor):
        a, b = b, a
    number = _number("mul", b)
    if number is not None:
        x = linear(a)
        return like(x, entries(x) * number)
    if not isinstance(b, SparseTensor):
        return _times_dense(a, b)
    _same_shape("mul", a, b)
    if _same_pattern(a, b):
        return like(a, entries(a) * entries(b))
    first = a
    a, b = coalesced(as_coo(a)), coalesced(as_coo(b))
    if a.sparse_dim() != b.sparse_dim():
        raise RuntimeError(
            f"mul: expected both tensors to have {a.sparse_dim()} sparse dimensions, got {b.sparse_dim()}"
        )
    if a._index[0] is b._index[0]:
        return like(a, entries(a) * entries(b))
    common, positions = _common(a, b)
    values = entries(a).index_select(0, common) * entries(b).index_select(0, positions)
    index = a._index[0].index_select(1, common)
    return like_layout(build(values, layout.sparse_coo, (index,), a._shape, True), first)


def _common(a: SparseTensor, b: SparseTensor) -> tuple[Tensor, Tensor]:
    """Return the entries of the positions that two coalesced lists of coordinates have: of the first, of the second."""
    dims = a._shape[: a.sparse_dim()]
    keys, known = keys_of(a._index[0], dims), keys_of(b._index[0], dims)
    if not known._size:
        return keys[:0], keys[:0]
    positions = search(known, keys, False).clamp(max=known._size - 1)
    common = (known.index_select(0, positions) == keys).nonzero().reshape(-1)
    return common, positions.index_select(0, common)


def _times_dense(a: SparseTensor, b: Tensor) -> SparseTensor:
    if broadcast_shapes(a._shape, b._shape) != a._shape:
        raise RuntimeError(
            f"mul: expected a dense tensor that broadcasts to {list(a._shape)}, got one of shape {list(b._shape)}"
        )
    a = distinct(a)
    coo = as_coo(a)
    wide = b.expand(a._shape)
    factors = wide[tuple(coo._index[0])] if coo._index[0]._shape[0] else wide.unsqueeze(0)
    return like(a, entries(a) * factors.reshape(a._elements._shape))


def div(a: Any, b: Any, *, rounding_mode: str | None = None) -> SparseTensor:
    """Return a / b, of a sparse tensor and a number.

    Raises:
        RuntimeError: The divisor is no number.
        NotImplementedError: It is sparse, and divides something else.
    """
    if not isinstance(a, SparseTensor):
        raise NotImplementedError(refusal("reciprocal", b))
    number = _number("div", b)
    if number is None:
        raise RuntimeError(
            f"Sparse division requires a scalar or zero-dim dense tensor divisor (got shape {list(b._shape)} for "
            "divisor)"
        )
    if rounding_mode is None:
        x = linear(a)
        return like(x, entries(x) / number)
    x = distinct(a)
    return like(x, ops.div(entries(x), number, rounding_mode=rounding_mode))


def floor_div(a: Any, b: Any) -> SparseTensor:
    """Return a / b rounded down, of a sparse tensor and a number; the errors are those of `div`."""
    return div(a, b, rounding_mode="floor")


def power(a: Any, b: Any) -> SparseTensor:
    """Return a to the power of a number above 0.

    Raises:
        NotImplementedError: The exponent is another one.
    """
    if not isinstance(a, SparseTensor) or isinstance(b, Tensor) or dtypes.scalar_kind(b) not in (1, 2) or not b > 0:
        raise NotImplementedError(refusal("pow", a if isinstance(a, SparseTensor) else b))
    x = distinct(a)
    return like(x, entries(x) ** b)


_TWO: dict[str, Callable[..., Any]] = {
    "add": add, "sub": sub, "mul": mul, "div": div, "pow": power, "floor_divide": floor_div,
}  # fmt: skip


def _methods(name: str, function: Callable[..., Any]) -> None:
    def method(self: SparseTensor, other: Any, **options: Any) -> Any:
        return function(self, other, **options)

    def in_place(self: SparseTensor, other: Any, **options: Any) -> SparseTensor:
        return become(self, function(self, other, **options))

    def operator(self: SparseTensor, other: Any) -> Any:
        return function(self, other)

    def reflected(self: SparseTensor, other: Any) -> Any:
        return function(other, self)

    own = {"div": "truediv", "floor_divide": "floordiv"}.get(name, name)
    for made, called in (
        (method, name), (in_place, name + "_"), (operator, f"__{own}__"), (reflected, f"__r{own}__"),
        (in_place, f"__i{own}__"),
    ):  # fmt: skip
        made.__name__, made.__doc__ = called, function.__doc__
        setattr(SparseTensor, called, made)


for _name, _function in _TWO.items():
    _methods(_name, _function)
for _own, _other in {"multiply": "mul", "true_divide": "div", "divide": "div", "subtract": "sub"}.items():
    for _end in ("", "_"):
        setattr(SparseTensor, _own + _end, getattr(SparseTensor, _other + _end))
for _operator, _name in (("__neg__", "neg"), ("__abs__", "abs"), ("__pos__", "positive")):
    setattr(SparseTensor, _operator, getattr(SparseTensor, _name))

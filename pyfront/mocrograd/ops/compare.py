"""Comparisons, logic and selection. Comparisons have no gradient; `where` passes it to the selected operand."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import shows
from mocrograd.backend import call
from mocrograd.backend import compare as direct_compare
from mocrograd.layout import Shape, Zipped
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._inplace import before
from mocrograd.ops._narrow import retried_wide
from mocrograd.ops._outputs import deliver, in_place_of
from mocrograd.ops._parts import imaginary_part, real_part
from mocrograd.ops._pointwise import shown
from mocrograd.ops._reduction import sum_to
from mocrograd.ops.arithmetic import abs, add, copysign, mul, sub
from mocrograd.ops.cast import in_rows, on_one_device, promoted, to_dtype
from mocrograd.strides import zip_kept
from mocrograd.tensor import Tensor, alias, fresh_with, method
from mocrograd.types import Operand

__all__ = [
    "allclose",
    "eq",
    "equal",
    "ge",
    "greater",
    "greater_equal",
    "gt",
    "heaviside",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "le",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "masked_fill",
    "ne",
    "not_equal",
    "signbit",
    "where",
]


@lru_cache(maxsize=8192)
def _zip_swapped(*layouts: Shape) -> Zipped:
    """Zip the layouts of two operands whose second one, the function's first, orders the dimensions."""
    shape, strides, size, words = zip_kept(*layouts[2:], *layouts[:2])
    first, second = 1 + 2 * words[0], 1 + 3 * words[0]
    return shape, strides, size, (*words[:first], *words[second:], *words[first:second])


def _compare(name: str, doc: str, kernel: str, example: str, swapped: bool = False) -> Any:
    real = {d: f"{kernel}.forward.{d.kernels}" for d in dtypes.ALL}  # what the direct call takes
    keys = {**real, **{d: f"{kernel}.forward.{d.kernels}" for d in dtypes.COMPLEX}}

    def function(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
        if out is not None:
            return deliver(name, out, compare(input, other))
        result = direct_compare(real, other, input) if swapped else direct_compare(real, input, other)
        return compare(input, other) if result is None else result

    def compare(input: Operand, other: Operand) -> Tensor:
        a, b = promoted(name, input, other, True)
        if swapped:
            a, b = b, a
        if mode.vmap is not None and (found := mode.vmap.run("compare", of_one_dtype, (a, b))) is not None:
            return found
        return of_one_dtype(a, b)

    @retried_wide
    def of_one_dtype(a: Any, b: Any) -> Tensor:
        layouts: list[Any] = []
        words: list[Any] = []
        like = a if isinstance(a, Tensor) else b
        kernel = like.device.table[keys[like.dtype]]
        scalar: Any = 0
        for x in (a, b):
            layouts += (x._shape, x._strides) if isinstance(x, Tensor) else ((), ())
            words.append(x.address if isinstance(x, Tensor) else 0)
            scalar = scalar if isinstance(x, Tensor) else x
        shape, strides, size, layout_words = _zip_swapped(*layouts) if swapped else zip_kept(*layouts)
        result = fresh_with(shape, strides, size, dtypes.bool_, like.device)
        if size:
            call(kernel, size, result.address, *words, scalar, layout_words, like.device.context)
        return result

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Return whether {doc}, element by element.\n\n    Args:\n        input: A tensor or a number.\n"
        "        other: A tensor or a number; the two broadcast.\n\n    Returns:\n"
        f"        A bool tensor.{shown(example)}"
    )
    function.checks_arguments = True  # type: ignore[attr-defined]
    in_place_of(function)
    return method(function)


eq = _compare("eq", "input equals other", "eq", example="eq([1, 2, 3], 2) -> [False,  True, False]")
ne = _compare("ne", "input differs from other", "ne", example="ne([1, 2, 3], 2) -> [ True, False,  True]")
lt = _compare("lt", "input is less than other", "lt", example="lt([1, 2, 3], 2) -> [ True, False, False]")
le = _compare("le", "input is at most other", "le", example="le([1, 2, 3], 2) -> [ True,  True, False]")
gt = _compare("gt", "input is greater than other", "lt", swapped=True, example="gt([1.0, mg.nan], 0) -> [ True, False]")
ge = _compare(
    "ge", "input is at least other", "le", swapped=True,
    example="ge([1, 2, 3], [3, 2, 1]) -> [False,  True,  True]",
)  # fmt: skip


@method
@takes_out(cast=True)
def logical_not(input: Tensor) -> Tensor:
    """Return whether each element is zero.

    Example:
        >>> import mocrograd as mg
        >>> mg.logical_not(mg.tensor([0.0, -2.0, mg.nan]))
        tensor([ True, False, False])
    """
    return eq(input, False if input.dtype is dtypes.bool_ else 0)


def _truth(x: Tensor) -> Tensor:
    return x if x.dtype is dtypes.bool_ else ne(x, 0)


@method
@takes_out(cast=True)
def logical_and(input: Tensor, other: Tensor) -> Tensor:
    """Return whether both elements are nonzero.

    Example:
        >>> import mocrograd as mg
        >>> mg.logical_and(mg.tensor([0, 1, 2]), mg.tensor([1, 0, 3]))
        tensor([False, False,  True])
    """
    truth = _truth(input)
    return where(truth, _truth(other), truth)  # bools are selected as they are, but compared as integers


@method
@takes_out(cast=True)
def logical_or(input: Tensor, other: Tensor) -> Tensor:
    """Return whether one of the elements is nonzero.

    Example:
        >>> import mocrograd as mg
        >>> mg.logical_or(mg.tensor([0, 1, 0]), mg.tensor([1, 0, 0]))
        tensor([ True,  True, False])
    """
    truth = _truth(input)
    return where(truth, truth, _truth(other))


@method
@takes_out(cast=True)
def logical_xor(input: Tensor, other: Tensor) -> Tensor:
    """Return whether one of the elements is nonzero, but not both.

    Example:
        >>> import mocrograd as mg
        >>> mg.logical_xor(mg.tensor([0, 1, 2]), mg.tensor([1, 0, 3]))
        tensor([ True,  True, False])
    """
    return ne(_truth(input), _truth(other))


class Where(Function):
    """y = a where the condition holds, else b."""

    shapes: tuple[Any, Any]

    @staticmethod
    def forward(ctx: Any, condition: Tensor, a: Any, b: Any) -> Tensor:
        """Select by the condition."""
        layouts: list[Any] = [condition._shape, condition._strides]
        addresses = []
        scalars: list[Any] = []
        for x in (a, b):
            tensor = isinstance(x, Tensor)
            layouts += (x._shape, x._strides) if tensor else ((), ())
            addresses.append(x.address if tensor else 0)
            scalars.append(0 if tensor else x)
        like = a if isinstance(a, Tensor) else b
        shape, strides, size, words = zip_kept(*layouts)
        out = fresh_with(shape, strides, size, like.dtype, condition.device)
        if size:
            device = condition.device
            kernel = device.table[f"where.forward.{like.dtype.name}"]
            call(kernel, size, out.address, condition.address, *addresses, *scalars, words, device.context)
        ctx.save_for_backward(condition)
        ctx.shapes = layouts[2], layouts[4]
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Pass the gradient to the selected operand."""
        (condition,) = ctx.saved_tensors
        _, wants_a, wants_b = ctx.wanted
        return (
            None,
            sum_to(Where.run(condition, grad, 0.0), ctx.shapes[0]) if wants_a else None,
            sum_to(Where.run(condition, 0.0, grad), ctx.shapes[1]) if wants_b else None,
        )


@takes_out()
def where(condition: Tensor, input: Operand | None = None, other: Operand | None = None) -> Any:
    """Return input where the condition holds, and other elsewhere; all three broadcast.

    Args:
        condition: A bool tensor.
        input: A tensor or a number. Without it and `other` the result is a tuple of the indices of what is not zero.
        other: A tensor or a number.

    Raises:
        TypeError: Only one of input and other is given.
        RuntimeError: The condition is not of dtype bool, the shapes do not broadcast, or a number does not fit into
            the dtype of the tensor beside it.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.where(x > 1.5, x, 0.0)
        tensor([3., 0., 2.])
    """
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): argument 'condition' must be Tensor, not {type(condition).__name__}")
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if input is None or other is None:
        raise TypeError("where(): expected a condition, or a condition with input and other")
    if condition.dtype is not dtypes.bool_:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}"
        )
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        kinds = max(dtypes.scalar_kind(input), dtypes.scalar_kind(other))
        default = (dtypes.bool_, dtypes.int64, dtypes.float32, dtypes.complex64)[kinds]
        input = condition.new_full((), input, dtype=default)
    like: Any = input if isinstance(input, Tensor) else other
    if (
        not isinstance(other, Tensor)
        or other.dtype is not like.dtype
        or like is other
        or other.device is not like.device
    ):
        input, other = promoted("where", input, other, True)
        like = input if isinstance(input, Tensor) else other
    condition, like = on_one_device("where", condition, like)
    return Where.run(condition, input, other)


def _where_method(input: Tensor, condition: Tensor, other: Operand) -> Tensor:
    """Return the tensor where the condition holds, and other elsewhere; see `where`.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([1.0, -2.0]).where(mg.tensor([True, False]), 0.0)
        tensor([1., 0.])
    """
    return where(condition, input, other)


alias("where", _where_method)


@method
@shows("MaskedFill")
def masked_fill(input: Tensor, mask: Tensor, value: Operand) -> Tensor:
    """Return input with `value` where the mask holds.

    Args:
        input: A tensor.
        mask: A bool tensor that broadcasts to it.
        value: A number or a tensor without dimensions, which becomes one of the input's dtype.

    Raises:
        RuntimeError: The mask is not of dtype bool, or the value does not fit into the dtype.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.masked_fill(x, x > 1.5, 0.0)
        tensor([0., 1., 0.])
    """
    if isinstance(value, Tensor):
        if value._shape:
            raise RuntimeError(
                "masked_fill only supports a 0-dimensional value tensor, but got tensor with "
                f"{len(value._shape)} dimension(s)."
            )
        value = to_dtype(value, input.dtype)
    elif dtypes.scalar_kind(value) >= 0:
        value = dtypes.number(value, input.dtype) if input.dtype.kind else value != 0
    return in_rows(where(mask, value, input))


@method
def isnan(input: Tensor) -> Tensor:
    """Return whether each element is nan.

    Example:
        >>> import mocrograd as mg
        >>> mg.isnan(mg.tensor([1.0, float("nan")]))
        tensor([False,  True])
    """
    return ne(input, input)


@method
def isinf(input: Tensor) -> Tensor:
    """Return whether each element is infinite.

    Example:
        >>> import mocrograd as mg
        >>> mg.isinf(mg.tensor([1.0, float("inf")]))
        tensor([False,  True])
    """
    if input.dtype.is_complex:
        return logical_or(isinf(real_part(input)), isinf(imaginary_part(input)))
    return eq(abs(input), math.inf) if input.dtype.kind == 2 else ne(input, input)


@method
def isfinite(input: Tensor) -> Tensor:
    """Return whether each element is neither infinite nor nan.

    Example:
        >>> import mocrograd as mg
        >>> mg.isfinite(mg.tensor([1.0, float("inf")]))
        tensor([ True, False])
    """
    if input.dtype.is_complex:
        return logical_and(isfinite(real_part(input)), isfinite(imaginary_part(input)))
    return lt(abs(input), math.inf) if input.dtype.kind == 2 else eq(input, input)


@method
@takes_out()
def isposinf(input: Tensor) -> Tensor:
    """Return whether each element is inf.

    Raises:
        RuntimeError: The elements are complex.

    Example:
        >>> import mocrograd as mg
        >>> mg.isposinf(mg.tensor([-mg.inf, mg.inf, mg.nan]))
        tensor([False,  True, False])
    """
    if input.dtype.is_complex:
        raise RuntimeError("isposinf does not support complex inputs.")
    return eq(input, math.inf) if input.dtype.kind == 2 else ne(input, input)


@method
@takes_out()
def isneginf(input: Tensor) -> Tensor:
    """Return whether each element is -inf.

    Raises:
        RuntimeError: The elements are complex.

    Example:
        >>> import mocrograd as mg
        >>> mg.isneginf(mg.tensor([-mg.inf, mg.inf, mg.nan]))
        tensor([ True, False, False])
    """
    if input.dtype.is_complex:
        raise RuntimeError("isneginf does not support complex inputs.")
    return eq(input, -math.inf) if input.dtype.kind == 2 else ne(input, input)


@method
@takes_out()
def signbit(input: Tensor) -> Tensor:
    """Return whether each element has its sign bit set, as -0.0 has.

    Example:
        >>> import mocrograd as mg
        >>> mg.signbit(mg.tensor([-0.0, 0.0, -1.0]))
        tensor([ True, False,  True])
    """
    return lt(copysign(1.0, input), 0) if input.dtype.kind == 2 else lt(input, 0)


@method
def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Return whether |input - other| <= atol + rtol * |other|, element by element.

    Args:
        input: A tensor.
        other: A tensor of the same dtype; the two broadcast.
        rtol: The relative tolerance.
        atol: The absolute tolerance.
        equal_nan: Whether nan is close to nan.

    Raises:
        RuntimeError: The dtypes differ, or a tolerance is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.isclose(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 2.1]))
        tensor([ True, False])
    """
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype.name} did not match {other.dtype.name}")
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"rtol and atol must be greater than or equal to zero, but got {rtol} and {atol}")
    close = eq(input, other)
    if equal_nan and input.dtype.kind >= 2:
        close = logical_or(close, logical_and(isnan(input), isnan(other)))
    if rtol == 0 and atol == 0:
        return close
    a, b = (input, other) if input.dtype.kind >= 2 else (input.double(), other.double())
    distance = abs(sub(a.detach(), b.detach()))
    near = logical_and(isfinite(distance), le(distance, add(mul(abs(b.detach()), rtol), atol)))
    return logical_or(close, near)


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Return whether all elements are close; see `isclose`.

    Example:
        >>> import mocrograd as mg
        >>> mg.allclose(mg.tensor([1.0]), mg.tensor([1.0 + 1e-7]))
        True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


@method
def equal(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have the same shape and equal elements; nan equals nothing.

    Example:
        >>> import mocrograd as mg
        >>> mg.equal(mg.tensor([1, 2]), mg.tensor([1, 2]))
        True
    """
    if not isinstance(other, Tensor):
        raise TypeError(f"equal(): argument 'other' must be Tensor, not {type(other).__name__}")
    return input._shape == other._shape and bool(eq(input, other).all())


method(allclose)


@method
@takes_out()
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """Return 0 where input is negative, 1 where it is positive, and `values` where it is 0.

    Args:
        input: A tensor.
        values: A tensor of the same dtype; the two broadcast.

    Raises:
        RuntimeError: The dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.heaviside(mg.tensor([-1.0, 0.0, 2.0]), mg.tensor(0.5))
        tensor([0.0000, 0.5000, 1.0000])
    """
    if input.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    step = to_dtype(gt(input.detach(), 0), input.dtype)
    return where(eq(input.detach(), 0), values.detach(), step)


for _function in (logical_not, logical_and, logical_or, logical_xor, heaviside):
    in_place_of(_function)
greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne
for _alias, _name in (
    ("greater", "gt"), ("greater_equal", "ge"), ("less", "lt"), ("less_equal", "le"), ("not_equal", "ne"),
):  # fmt: skip
    for _form in ("", "_"):
        setattr(Tensor, _alias + _form, getattr(Tensor, _name + _form))


@method
def masked_fill_(input: Tensor, mask: Tensor, value: Operand) -> Tensor:
    """Set the elements where the mask holds to a value, and return the tensor itself.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([1.0, 2.0]).masked_fill_(mg.tensor([True, False]), 9.0)
        tensor([9., 2.])
    """
    filled = masked_fill(*before(input, mask, value))
    if filled._shape != input._shape:
        raise RuntimeError(
            f"masked_fill_: the mask's shape {list(mask.shape)} does not broadcast to {list(input._shape)}"
        )
    return input.copy_(filled)

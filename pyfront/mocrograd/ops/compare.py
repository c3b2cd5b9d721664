"""Comparisons, logic and selection. Comparisons have no gradient; `where` sends it to the side that was taken."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.backend import call
from mocrograd.layout import zip_layouts
from mocrograd.ops.cast import on_one_device, promoted, to_dtype
from mocrograd.ops.creation import full
from mocrograd.ops.elementwise import add, mul
from mocrograd.ops.reduce import sum_to
from mocrograd.tensor import Tensor, fresh, method


def _compare(name: str, doc: str, kernel: str, swapped: bool = False) -> Any:
    keys = {d: f"{kernel}.forward.{d.name}" for d in dtypes.ALL}

    def function(input: Any, other: Any) -> Tensor:
        a, b, _ = promoted(name, input, other, True)
        if swapped:
            a, b = b, a
        layouts: list[Any] = []
        words: list[Any] = []
        scalar: Any = 0
        for x in (a, b):
            layouts += (x._shape, x._strides) if isinstance(x, Tensor) else ((), ())
            words.append(x.address if isinstance(x, Tensor) else 0)
            scalar = scalar if isinstance(x, Tensor) else x
        like = a if isinstance(a, Tensor) else b
        shape, _, size, walk = zip_layouts(*layouts)
        out = fresh(shape, size, dtypes.bool_, like.device)
        if size:
            place = like.device
            call(place.table[keys[like.dtype]], size, out.address, *words, scalar, walk, place.context)
        return out

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Return whether {doc}, element by element.\\n\\n    Args:\\n        input: A tensor or a number.\\n"
        "        other: A tensor or a number; the two broadcast.\\n\\n    Returns:\\n        A bool tensor."
    ).replace("\\n", "\n")
    return method(function)


eq = _compare("eq", "input equals other", "eq")
ne = _compare("ne", "input differs from other", "ne")
lt = _compare("lt", "input is less than other", "lt")
le = _compare("le", "input is at most other", "le")
gt = _compare("gt", "input is greater than other", "lt", swapped=True)
ge = _compare("ge", "input is at least other", "le", swapped=True)


@method
def logical_not(input: Tensor) -> Tensor:
    """Return whether each element is zero."""
    return eq(input, 0)


@method
def logical_and(input: Tensor, other: Tensor) -> Tensor:
    """Return whether both elements are nonzero."""
    return mul(ne(input, 0), ne(other, 0))


@method
def logical_or(input: Tensor, other: Tensor) -> Tensor:
    """Return whether one of the elements is nonzero."""
    return add(ne(input, 0), ne(other, 0))


@method
def logical_xor(input: Tensor, other: Tensor) -> Tensor:
    """Return whether one of the elements is nonzero, but not both."""
    return ne(ne(input, 0), ne(other, 0))


def _bitwise(name: str, logical: Any) -> Any:
    def function(input: Tensor, other: Any) -> Tensor:
        kinds = [x.dtype.kind if isinstance(x, Tensor) else dtypes.scalar_kind(x) for x in (input, other)]
        if kinds != [0, 0]:
            raise NotImplementedError(f'"{name}" is implemented for bool tensors only')
        device = (input if isinstance(input, Tensor) else other).device
        return logical(*[x if isinstance(x, Tensor) else full((), x, device=device) for x in (input, other)])

    function.__name__ = name
    function.__doc__ = f"Return {name.replace('_', ' ')} of two bool tensors."
    return method(function)


bitwise_and = _bitwise("bitwise_and", logical_and)
bitwise_or = _bitwise("bitwise_or", logical_or)
bitwise_xor = _bitwise("bitwise_xor", logical_xor)


@method
def bitwise_not(input: Tensor) -> Tensor:
    """Return the negation of a bool tensor."""
    if input.dtype is not dtypes.bool_:
        raise NotImplementedError('"bitwise_not" is implemented for bool tensors only')
    return eq(input, 0)


class Where(Function):
    """y = a where the condition holds, else b."""

    shapes: tuple[Any, Any]

    @staticmethod
    def forward(ctx: Any, condition: Tensor, a: Any, b: Any) -> Tensor:
        """Select."""
        layouts: list[Any] = [condition._shape, condition._strides]
        addresses = []
        scalars: list[Any] = []
        for x in (a, b):
            tensor = isinstance(x, Tensor)
            layouts += (x._shape, x._strides) if tensor else ((), ())
            addresses.append(x.address if tensor else 0)
            scalars.append(0 if tensor else x)
        like = a if isinstance(a, Tensor) else b
        shape, _, size, words = zip_layouts(*layouts)
        out = fresh(shape, size, like.dtype, condition.device)
        if size:
            device = condition.device
            kernel = device.table[f"where.forward.{like.dtype.name}"]
            call(kernel, size, out.address, condition.address, *addresses, *scalars, words, device.context)
        ctx.save_for_backward(condition)
        ctx.shapes = layouts[2], layouts[4]
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Send the gradient to the side that was taken."""
        (condition,) = ctx.saved_tensors
        _, wants_a, wants_b = ctx.needs_input_grad
        return (
            None,
            sum_to(Where.run(condition, grad, 0.0), ctx.shapes[0]) if wants_a else None,
            sum_to(Where.run(condition, 0.0, grad), ctx.shapes[1]) if wants_b else None,
        )


def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """Return input where the condition holds, and other elsewhere; all three broadcast.

    Args:
        condition: A bool tensor.
        input: A tensor or a number.
        other: A tensor or a number.

    Raises:
        RuntimeError: The condition is not of dtype bool, the shapes do not broadcast, or a number does not fit into
            the dtype of the tensor beside it.
    """
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): argument 'condition' must be Tensor, not {type(condition).__name__}")
    if condition.dtype is not dtypes.bool_:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}"
        )
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        kinds = max(dtypes.scalar_kind(input), dtypes.scalar_kind(other))
        input = condition.new_full((), input, dtype=(dtypes.bool_, dtypes.int64, dtypes.float32)[kinds])
    input, other, back = promoted("where", input, other, True)
    like = input if isinstance(input, Tensor) else other
    condition, like = on_one_device("where", condition, like)
    out = Where.run(condition, input, other)
    return out if back is None else to_dtype(out, back)


@method
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Return input with `value` where the mask holds.

    Args:
        input: A tensor.
        mask: A bool tensor that broadcasts to it.
        value: A number or a tensor without dimensions, which becomes one of the input's dtype.

    Raises:
        RuntimeError: The mask is not of dtype bool, or the value does not fit into the dtype.
    """
    if isinstance(value, Tensor):
        value = to_dtype(value, input.dtype)
    elif dtypes.scalar_kind(value) >= 0:
        value = dtypes.number(value, input.dtype)
    return where(mask, value, input)


@method
def isnan(input: Tensor) -> Tensor:
    """Return whether each element is nan."""
    return ne(input, input)

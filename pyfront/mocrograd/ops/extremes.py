"""Extremes and their positions, over any dimensions."""

from __future__ import annotations

from typing import Any, NamedTuple

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.places import Found, Put, three
from mocrograd.ops.reduce import Reduction, as_tensor, dims_of, plan, reduce_kernel, sum_to
from mocrograd.tensor import Tensor, method


def shared_out(grad: Tensor, x: Tensor, y: Tensor, kept: Shape) -> Tensor:
    """Return a gradient shared among the elements that were chosen: those that equal y, where nan equals nan."""
    y = y.reshape(kept)
    hits = to_dtype(where(y != y, x != x, x == y), grad.dtype)
    return hits / sum_to(hits, kept) * grad.reshape(kept)


class Extreme(Function):
    """The largest or smallest element; elements that tie share the gradient."""

    plan: Reduction

    @staticmethod
    def forward(ctx: Any, name: str, x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Find it."""
        p = ctx.plan = plan(x._shape, x._strides, dims, keepdim)
        if p.length == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0")
        out = reduce_kernel(name, x, p)
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Share the gradient among the elements that equal the extreme."""
        x, y = ctx.saved_tensors
        return None, shared_out(grad, x, y, ctx.plan.kept), None, None


class ExtremeAlong(Function):
    """The extremes along one dimension and their positions, which receive the gradient."""

    dim: int
    shape: Shape
    keepdim: bool

    @staticmethod
    def forward(ctx: Any, name: str, x: Tensor, dim: int, keepdim: bool) -> tuple[Tensor, Tensor]:
        """Find both."""
        p = plan(x._shape, x._strides, (dim,) if x._shape else (), keepdim)
        if p.length == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        values = reduce_kernel(name, x, p)
        indices = reduce_kernel("arg" + name, x, p, dtype=dtypes.int64)
        ctx.dim, ctx.shape, ctx.keepdim = dim, x._shape, keepdim
        ctx.mark_non_differentiable(indices)
        ctx.save_for_backward(indices)
        return values, indices

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        """Put the gradient where the extreme was found."""
        if not ctx.shape:
            return None, grad, None, None
        (indices,) = ctx.saved_tensors
        before, size, after = three(ctx.shape, ctx.dim)
        shape = before, 1, after
        spread = Put.run(grad.reshape(shape).contiguous(), indices.reshape(shape), size)
        return None, spread.reshape(ctx.shape), None, None


def _check_some(name: str, x: Tensor, dim: Any) -> None:
    """Raise where no dimension is named and there is no element: torch's type differs from that of a named one."""
    if not x._size and (dim is None or dim == ()):
        raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0")


def _extreme(name: str, input: Tensor, dim: Any, keepdim: bool) -> Any:
    x = as_tensor(name, input)
    if isinstance(dim, Tensor):
        return getattr(input, name + "imum")(dim)
    if dim is None:
        _check_some(name, x, dim)
        return Extreme.run(name, x, dims_of(x, None), False)
    return Found(*ExtremeAlong.run(name, x, normalize_dim(dim, len(x._shape)), keepdim))


@method
def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`."""
    return _extreme("max", input, dim, keepdim)


@method
def min(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`."""
    return _extreme("min", input, dim, keepdim)


@method
def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """Return the largest element over dimensions, all by default; ties share the gradient."""
    x = as_tensor("amax", input)
    _check_some("amax", x, dim)
    return Extreme.run("max", x, dims_of(x, dim), keepdim)


@method
def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """Return the smallest element over dimensions, all by default; ties share the gradient."""
    x = as_tensor("amin", input)
    _check_some("amin", x, dim)
    return Extreme.run("min", x, dims_of(x, dim), keepdim)


def _position(name: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    x = as_tensor(name, input)
    if input.dtype.kind == 0:
        raise RuntimeError(f"{name}(): does not support bool input")
    dims = tuple(range(len(x._shape))) if dim is None else (normalize_dim(dim, len(x._shape)),)
    p = plan(x._shape, x._strides, dims if x._shape else (), keepdim)
    if p.length == 0:
        raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0")
    return reduce_kernel(name, x, p, dtype=dtypes.int64)


@method
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the position of the largest element, the first in a tie; in the flattened tensor by default."""
    return _position("argmax", input, dim, keepdim)


@method
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the position of the smallest element, the first in a tie; in the flattened tensor by default."""
    return _position("argmin", input, dim, keepdim)


class Aminmax(NamedTuple):
    """The result of `aminmax`."""

    min: Tensor
    max: Tensor


@method
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Aminmax:
    """Return the smallest and the largest element, along a dimension or of all; ties share the gradient."""
    dims = () if dim is None else dim
    return Aminmax(amin(input, dims, keepdim), amax(input, dims, keepdim))

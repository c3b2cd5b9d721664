"""Reductions over any dimensions: sums, means, products, truth, extremes."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import called, shows
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import integer, takes_out
from mocrograd.ops._indices import Found, Unpick, three
from mocrograd.ops._narrow import computed_wide, retried_wide
from mocrograd.ops._reduction import Reduction, Sum, as_tensor, dims_of, reduce_kernel, reduction, sum_to
from mocrograd.ops.arithmetic import bitwise_xor
from mocrograd.ops.cast import converted, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.scan import product_of_others
from mocrograd.ops.views import reinterpreted
from mocrograd.shown import kind_of_result, result_of
from mocrograd.tensor import Tensor, method
from mocrograd.types import Dtype, Ints

__all__ = [
    "all",
    "amax",
    "amin",
    "aminmax",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "hash_tensor",
    "max",
    "mean",
    "min",
    "nanmean",
    "nansum",
    "prod",
    "sum",
]

_SUM = Sum, dtypes.KernelNames("sum.forward.{}"), dtypes.KernelNames("mul.forward.{}")
"""What the direct call needs: the node, the names of its kernels, and of those that scale its gradient."""


@method
@takes_out(in_its_dtype=True)
def sum(input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype = None) -> Tensor:
    """Return the sum over dimensions, all by default; integers and bools add up in int64.

    Args:
        input: A tensor.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.
        dtype: The dtype to convert to first.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.sum(x, dim=1)
        tensor([ 3., 12.])
    """
    if dtype is None and (dim is not None or not keepdim):
        out = backend.sum_all(_SUM, input, 1.0) if dim is None else backend.sum_along(_SUM, input, dim, keepdim, False)
        if out is not None:
            return out
    x = as_tensor("sum", input)
    dtype = dtype or x.dtype.computes
    x = x if dtype.kind and x.dtype.kind < 2 and x.dtype.itemsize < 8 else converted(x, dtype)  # exact in int64
    return to_dtype(Sum.run(x, dims_of(x, dim), keepdim, 1), dtype)


@method
@takes_out(cast=True)
def mean(input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype = None) -> Tensor:
    """Return the mean over dimensions, all by default; nan where there is nothing.

    Raises:
        RuntimeError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.mean(x, dim=0)
        tensor([1.5000, 2.5000, 3.5000])
    """
    if dtype is None and dim is not None:
        out = backend.sum_along(_SUM, input, dim, keepdim, True)
        if out is not None:
            return out
    elif dtype is None and not keepdim and isinstance(input, Tensor) and input._size:
        out = backend.sum_all(_SUM, input, 1 / input._size)
        if out is not None:
            return out
    x = as_tensor("mean", input)
    target = x.dtype if dtype is None else dtype
    if target.kind < 2:
        raise RuntimeError(
            f"mean(): could not infer output dtype. Input dtype must be a floating point dtype. Got: {target.name}"
        )
    dims = dims_of(x, dim)
    count = math.prod([x._shape[d] for d in dims])
    if x.dtype.kind < 2 and x.dtype.itemsize < 8:  # the sum is exact in int64
        total: Any = to_dtype(Sum.run(x, dims, keepdim, 1), dtypes.float64)
        return to_dtype(total / count, target)
    return Sum.run(converted(x, target), dims, keepdim, 1 / count if count else math.nan)


_OTHERS = {name: (None, dtypes.KernelNames(name + ".forward.{}"), None) for name in ("max", "min", "prod")}
"""What the direct calls of sums need for other reductions, whose kernels take the same words but are not recorded."""


def _unrecorded(name: str, input: Any, dim: Any, keepdim: bool) -> Tensor | None:
    """Return a reduction over one dimension, or all for None, in a direct call; None where it is not for that."""
    if mode.grad and isinstance(input, Tensor) and input.requires_grad:
        return None
    spec = _OTHERS[name]
    found: Tensor | None = (
        backend.sum_all(spec, input, 1.0) if dim is None else backend.sum_along(spec, input, dim, keepdim, False)
    )
    return found


class Prod(Function):
    """The product of x over some dimensions."""

    reduction: Reduction

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Run the product kernel."""
        p = ctx.reduction = reduction(x._shape, x._strides, dims, keepdim)
        ctx.dims, ctx.torch_number = dims, int(len(dims) != len(x._shape))
        ctx.save_for_backward(x)
        return reduce_kernel("prod", x, p, dtype=x.dtype.computes)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Give each element the product of the others, which a zero makes the only one that is not zero."""
        (x,) = ctx.saved_tensors
        grad = grad.reshape(ctx.reduction.kept)
        if mode.grad:
            return grad * product_of_others(x, ctx.dims), None, None
        zero = x == 0
        rest = x.masked_fill(zero, 1.0)
        zeros = sum(zero, ctx.dims, True)
        product = grad * Prod.run(rest, ctx.dims, True)
        whole = product.masked_fill(zeros != 0, 0.0)
        alone = product.masked_fill(zeros != 1, 0.0)
        return (whole / rest).masked_fill(zero, 0.0) + alone * to_dtype(zero, grad.dtype), None, None


@method
@takes_out(in_its_dtype=True)
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Dtype = None) -> Tensor:
    """Return the product over a dimension, of all elements by default; integers and bools multiply in int64.

    Args:
        input: A tensor.
        dim: A dimension.
        keepdim: Whether it stays, with size 1.
        dtype: The dtype to convert to first.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.prod(x + 1, dim=1)
        tensor([  6., 120.])
    """
    found = _unrecorded("prod", input, dim, keepdim) if dtype is None and (dim is not None or not keepdim) else None
    if found is not None:
        return found
    x = as_tensor("prod", input)
    dtype = dtype or x.dtype.computes
    x = x if dtype.kind == 1 and x.dtype.kind < 2 else converted(x, dtype)
    dims = dims_of(x, None if dim is None else normalize_dim(dim, len(x._shape)))
    return to_dtype(Prod.run(x, dims, keepdim), dtype)


class NanSum(Function):
    """The sum of the elements that are not nan."""

    torch_name = "Nansum"

    reduction: Reduction

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Run the sum kernel."""
        p = ctx.reduction = reduction(x._shape, x._strides, dims, keepdim)
        ctx.save_for_backward(x)
        return reduce_kernel("nansum", x, p)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Expand the gradient to the elements that are not nan."""
        (x,) = ctx.saved_tensors
        return grad.reshape(ctx.reduction.kept).expand(x._shape).masked_fill(x != x, 0.0), None, None


@method
@takes_out(cast=True)
def nansum(input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype = None) -> Tensor:
    """Return the sum over dimensions, all by default, in which nan counts as 0.

    Args:
        input: A tensor.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.
        dtype: The dtype to convert to first.

    Example:
        >>> import mocrograd as mg
        >>> mg.nansum(mg.tensor([1.0, float("nan")]))
        tensor(1.)
    """
    x = as_tensor("nansum", input)
    if x.dtype.is_complex:
        raise RuntimeError("nansum does not support complex inputs")
    x = x if dtype is None else to_dtype(x, dtype)
    if not x.dtype.is_floating_point:
        return sum(x, dim, keepdim, dtype=dtype)
    return NanSum.run(x, dims_of(x, dim), keepdim)


@method
@takes_out(cast=True)
@computed_wide
def nanmean(input: Tensor, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype = None) -> Tensor:
    """Return the mean of the elements that are not nan, over dimensions, all by default.

    Raises:
        RuntimeError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> mg.nanmean(mg.tensor([1.0, float("nan")]))
        tensor(1.)
    """
    x = as_tensor("nanmean", input)
    if not x.dtype.is_floating_point:
        raise RuntimeError(f"nanmean(): expected input to have floating point dtype but got {x.dtype.name}")
    if dtype is not None and not getattr(dtype, "is_floating_point", True):
        raise RuntimeError(f"nanmean(): expected a floating point dtype, but got {dtype.name}")
    x = x if dtype is None else to_dtype(x, dtype)
    return nansum(x, dim, keepdim) / to_dtype(sum(x == x, dim, keepdim), x.dtype)


@method
def count_nonzero(input: Tensor, dim: Ints | None = None) -> Tensor:
    """Return the number of elements that are not zero, over dimensions, all by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.count_nonzero(mg.tensor([0, 1, 2]))
        tensor(2)
    """
    x = as_tensor("count_nonzero", input)
    return _count(x, dims_of(x, dim))


@retried_wide
def _count(x: Tensor, dims: Shape) -> Tensor:
    if mode.vmap is not None and (found := mode.vmap.run("count", _count, (x, dims))) is not None:
        return found
    x = x != 0 if x.dtype.is_complex else x
    return reduce_kernel("nonzero", x, reduction(x._shape, x._strides, dims, False), dtype=dtypes.int64)


@retried_wide
def _truth(name: str, kernel: str, empty: bool, input: Any, dim: Any, keepdim: bool) -> Tensor:
    """Reduce truths: whether all bytes are true is their minimum, whether any is their maximum; others are counted."""
    x = as_tensor(name, input).detach()
    x = x != 0 if x.dtype.is_complex else x
    arguments = (name, kernel, empty, x, dim, keepdim)
    if mode.vmap is not None and (found := mode.vmap.run("truth", _truth, arguments)) is not None:
        return found
    result = dtypes.uint8 if x.dtype is dtypes.uint8 else dtypes.bool_
    if dim == ():
        return to_dtype(to_dtype(x, dtypes.bool_), result)
    p = reduction(x._shape, x._strides, dims_of(x, dim), keepdim)
    if not p.length:
        return x.new_full(p.shape, empty, dtype=result)
    if x.dtype.itemsize == 1:
        return to_dtype(to_dtype(reduce_kernel(kernel, x, p), dtypes.bool_), result)
    count = reduce_kernel("nonzero", x, p, dtype=dtypes.int64)
    return count == p.length if name == "all" else count != 0


@method
@takes_out()
def all(input: Tensor, dim: Ints | None = None, keepdim: bool = False) -> Tensor:
    """Return whether all elements are nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing.

    Example:
        >>> import mocrograd as mg
        >>> mg.all(mg.tensor([True, False]))
        tensor(False)
    """
    return _truth("all", "min", True, input, dim, keepdim)


@method
@takes_out()
def any(input: Tensor, dim: Ints | None = None, keepdim: bool = False) -> Tensor:
    """Return whether an element is nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing.

    Example:
        >>> import mocrograd as mg
        >>> mg.any(mg.tensor([True, False]))
        tensor(True)
    """
    return _truth("any", "max", False, input, dim, keepdim)


# --------------------------------------------------------------------------------------- extremes


def shared_out(grad: Tensor, x: Tensor, y: Tensor, kept: Shape) -> Tensor:
    """Return a gradient divided among the chosen elements: those that equal y, where nan equals nan."""
    y = y.reshape(kept)
    hits = to_dtype(where(y != y, x != x, x == y), grad.dtype)
    return hits / sum_to(hits, kept) * grad.reshape(kept)


class Extreme(Function):
    """The largest or smallest element; elements that tie share the gradient."""

    reduction: Reduction

    @staticmethod
    def forward(ctx: Any, name: str, x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Run the kernel."""
        p = ctx.reduction = reduction(x._shape, x._strides, dims, keepdim)
        if p.length == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0")
        out = reduce_kernel(name, x, p)
        ctx.torch_name, ctx.torch_number = name.title(), 1
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Share the gradient among the elements that equal the extreme."""
        x, y = ctx.saved_tensors
        return None, shared_out(grad, x, y, ctx.reduction.kept), None, None


class ExtremeAlong(Function):
    """The extremes along one dimension and their positions, which receive the gradient."""

    dim: int
    shape: Shape
    keepdim: bool

    @staticmethod
    def forward(ctx: Any, name: str, x: Tensor, dim: int, keepdim: bool) -> tuple[Tensor, Tensor]:
        """Compute the extremes and their indices."""
        p = reduction(x._shape, x._strides, (dim,) if x._shape else (), keepdim)
        if p.length == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        values = reduce_kernel(name, x, p)
        indices = reduce_kernel("arg" + name, x, p, dtype=dtypes.int64)
        ctx.dim, ctx.shape, ctx.keepdim, ctx.torch_name = dim, x._shape, keepdim, name.title()
        ctx.mark_non_differentiable(indices)
        ctx.save_for_backward(indices)
        return values, indices

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        """Scatter the gradient to the indices."""
        if not ctx.shape:
            return None, grad, None, None
        (indices,) = ctx.saved_tensors
        before, size, after = three(ctx.shape, ctx.dim)
        shape = before, 1, after
        spread = Unpick.run(grad.reshape(shape).contiguous(), indices.reshape(shape), size)
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
        if (found := _unrecorded(name, x, None, False)) is not None:
            return found
        _check_some(name, x, dim)
        return Extreme.run(name, x, dims_of(x, None), False)
    return kind_of_result(Found, name)(*ExtremeAlong.run(name, x, normalize_dim(dim, len(x._shape)), keepdim))


@method
@takes_out(cast=True)
def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.max(x)
        tensor(3.)
    """
    return _extreme("max", input, dim, keepdim)


@method
@takes_out(cast=True)
def min(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.min(x)
        tensor(1.)
    """
    return _extreme("min", input, dim, keepdim)


@method
@takes_out()
def amax(input: Tensor, dim: Ints = (), keepdim: bool = False) -> Tensor:
    """Return the largest element over dimensions, all by default; ties share the gradient.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.amax(x, dim=0)
        tensor([3., 4., 5.])
    """
    if dim != () and (found := _unrecorded("max", input, dim, keepdim)) is not None:
        return found
    x = as_tensor("amax", input)
    _check_some("amax", x, dim)
    return called("Amax", Extreme.run("max", x, dims_of(x, dim), keepdim))


@method
@takes_out()
def amin(input: Tensor, dim: Ints = (), keepdim: bool = False) -> Tensor:
    """Return the smallest element over dimensions, all by default; ties share the gradient.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.amin(x, dim=0)
        tensor([0., 1., 2.])
    """
    if dim != () and (found := _unrecorded("min", input, dim, keepdim)) is not None:
        return found
    x = as_tensor("amin", input)
    _check_some("amin", x, dim)
    return called("Amin", Extreme.run("min", x, dims_of(x, dim), keepdim))


@retried_wide
def _position(name: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    x = as_tensor(name, input)
    if input.dtype.kind == 0:
        raise RuntimeError(f"{name}(): does not support bool input")
    if mode.vmap is not None and (found := mode.vmap.run("position", _position, (name, x, dim, keepdim))) is not None:
        return found
    dims = tuple(range(len(x._shape))) if dim is None else (normalize_dim(dim, len(x._shape)),)
    p = reduction(x._shape, x._strides, dims if x._shape else (), keepdim)
    if p.length == 0:
        raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0")
    return reduce_kernel(name, x, p, dtype=dtypes.int64)


@method
@takes_out()
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the position of the largest element, the first in a tie; in the flattened tensor by default.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.argmax(x)
        tensor(0)
    """
    return _position("argmax", input, dim, keepdim)


@method
@takes_out()
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the position of the smallest element, the first in a tie; in the flattened tensor by default.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.argmin(x)
        tensor(1)
    """
    return _position("argmin", input, dim, keepdim)


@result_of("aminmax")
class Aminmax(NamedTuple):
    """The result of `aminmax`."""

    min: Tensor
    max: Tensor


@method
@takes_out()
@shows("Aminmax")
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Aminmax:
    """Return the smallest and the largest element, along a dimension or of all; ties share the gradient.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.aminmax(x)
        Aminmax(min=tensor(1.), max=tensor(3.))
    """
    dims = () if dim is None else dim
    return Aminmax(amin(input, dims, keepdim), amax(input, dims, keepdim))


def _folded(x: Tensor) -> Tensor:
    """Return the bitwise exclusive or of each row of a matrix of int64, by halves."""
    left = None
    while x._shape[1] > 1:
        half, odd = divmod(x._shape[1], 2)
        if odd:
            last = x[:, 2 * half :]
            left = last if left is None else bitwise_xor(left, last)
        x = bitwise_xor(x[:, :half], x[:, half : 2 * half])
    return x if left is None else bitwise_xor(x, left)


@method
@takes_out()
def hash_tensor(input: Tensor, dim: Ints = (), *, keepdim: bool = False, mode: int = 0) -> Tensor:
    """Return the exclusive or of the elements' bits, as float64 or int64, over dimensions, all by default.

    Args:
        input: A tensor of real numbers.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.
        mode: 0, the one there is.

    Returns:
        int64, whose 64 bits are those that torch has in a tensor of uint64: what is negative here is larger by 2^64
        there.

    Raises:
        RuntimeError: The mode is not 0, or a tensor without elements is reduced over all dimensions.
        IndexError: A dimension that is reduced has size 0.
        NotImplementedError: The numbers are complex.

    Example:
        >>> import mocrograd as mg
        >>> mg.hash_tensor(mg.tensor([[1, 2], [3, 3]]), 1)
        tensor([3, 0])
    """
    x = as_tensor("hash_tensor", input)
    if (way := integer("hash_tensor", "mode", mode)) != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {way}, expected 0")
    dims = dims_of(x, () if dim == [] else dim)
    if not x._size and dim in ((), [], None):
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. "
            "Specify the reduction dim with the 'dim' argument."
        )
    for d in dims:
        if not x._shape[d]:
            raise IndexError(f"hash_tensor: Expected reduction dim {d} to have non-zero size.")
    if x.dtype.is_complex:
        raise NotImplementedError(f'"hash_tensor" not implemented for {x.dtype.name}')
    x = x.detach().resolve_neg()
    is_float = x.dtype.is_floating_point
    bits = reinterpreted(to_dtype(x, dtypes.float64), dtypes.int64) if is_float else to_dtype(x, dtypes.int64)
    kept = [d for d in range(len(x._shape)) if d not in dims]
    shape = tuple([x._shape[d] for d in kept])
    rows = bits.permute(*kept, *dims).reshape(math.prod(shape), math.prod([x._shape[d] for d in dims]))
    found = _folded(rows) if rows._shape[1] > 1 else rows.clone()
    return found.reshape([1 if d in dims else n for d, n in enumerate(x._shape)] if keepdim else shape)

"""Reductions: sums, means, products and truth, over any dimensions."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from mocrograd import backend, dtypes
from mocrograd.autograd import LEAF, Function, attach, mode
from mocrograd.backend import allocate, call
from mocrograd.layout import Shape, contiguous_strides, normalize_dim, walk
from mocrograd.ops.cast import to_dtype
from mocrograd.tensor import Tensor, fresh, method, view_of

BLOCK = 16384
"""Elements that a kernel reduces in one go; longer reductions combine blocks in order (BLOCK in reduce.mojo)."""


class Reduction(NamedTuple):
    """What a reduction of a layout looks like."""

    shape: Shape
    kept: Shape  # the shape with the reduced dimensions as 1
    size: int
    length: int  # elements per result
    blocks: int  # pieces that a kernel reduces by themselves
    repeat: Shape  # the strides with which a contiguous result fills the layout again: 0 along the reduced dimensions
    words: Shape


@lru_cache(maxsize=8192)
def plan(shape: Shape, strides: Shape, dims: Shape, keepdim: bool) -> Reduction:
    """Work out a reduction over `dims`, which are counted from the front."""
    rest = [d for d in range(len(shape)) if d not in dims]
    inner, outer = [shape[d] for d in dims], [shape[d] for d in rest]
    kept = tuple(1 if d in dims else n for d, n in enumerate(shape))
    words = (
        *walk(tuple(outer), tuple([strides[d] for d in rest])),
        *walk(tuple(inner), tuple([strides[d] for d in dims])),
    )
    out = kept if keepdim else tuple(outer)
    count = math.prod(inner)
    side_by_side = words[2 * words[0]] == 1 and words[-1] != 1  # as _side_by_side in reduce.mojo
    blocks = 1 if side_by_side else -(-count // BLOCK)
    repeat = tuple([0 if d in dims else stride for d, stride in enumerate(contiguous_strides(kept))])
    return Reduction(out, kept, math.prod(outer), count, blocks, repeat, words)


def dims_of(x: Tensor, dim: Any) -> Shape:
    """Return dimensions counted from the front, ascending; all of them for None or ().

    Raises:
        IndexError: One is out of range.
        RuntimeError: One appears twice.
    """
    ndim = len(x._shape)
    if dim is None or dim == ():
        return tuple(range(ndim))
    if type(dim) is int:
        dims: Shape = (normalize_dim(dim, ndim),)
    else:
        dims = tuple(sorted(normalize_dim(d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))))
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"dims {list(dims)}: one dim appears multiple times in the list of dims")
    return dims if ndim else ()


@lru_cache(maxsize=256)
def _kernel_name(name: str, dtype: dtypes.dtype) -> str:
    return f"{name}.forward.{dtype.kernels}"


def reduce_kernel(name: str, x: Tensor, p: Reduction, scale: float = 1, dtype: Any = None) -> Tensor:
    """Run a reduction kernel, whose result is of the input's dtype or of the one that is given."""
    out = fresh(p.shape, p.size, dtype or x.dtype, x.device)
    if p.size and p.length:
        device = x.device
        nbytes = p.size * p.blocks * out.dtype.itemsize
        storage, scratch = allocate(nbytes, device) if p.blocks > 1 else (None, 0)
        factor = float(scale) if x.dtype.kind == 2 else int(scale)
        kernel = device.table[_kernel_name(name, x.dtype)]
        call(kernel, p.size * p.length, out.address, x.address, scratch, factor, p.words, device.context)
        del storage
    elif p.size:
        out.fill_(name == "prod" if scale == 1 else math.nan)
    return out


def as_tensor(name: str, input: Any) -> Tensor:
    """Return a tensor as it is.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    return input


class Sum(Function):
    """y = scale * sum of x over some dimensions."""

    plan: Reduction | None  # None: of all elements, by the direct way
    shape: Shape
    scale: float

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape, keepdim: bool, scale: float) -> Tensor:
        """Add up."""
        p = plan(x._shape, x._strides, dims, keepdim)
        ctx.plan, ctx.shape, ctx.scale = p, x._shape, scale
        return reduce_kernel("sum", x, p, scale, x.dtype.computes)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Repeat the gradient along the dimensions."""
        grad = grad if ctx.scale == 1 else grad * ctx.scale
        if ctx.plan is None:
            ctx.plan = plan(ctx.shape, contiguous_strides(ctx.shape), tuple(range(len(ctx.shape))), False)
        if mode.grad or not grad._dense:
            return grad.reshape(ctx.plan.kept).expand(ctx.shape), None, None, None
        return view_of(grad, ctx.shape, ctx.plan.repeat, 0, math.prod(ctx.shape)), None, None, None


_SUM = {d: f"sum.forward.{d.name}" for d in dtypes.ALL}


def _sum_all(x: Any, scale: float) -> Tensor | None:
    """Return scale times the sum of all elements, where one direct call can do it."""
    out: Tensor | None = backend.sum_all(_SUM, x, scale)
    if out is not None and x.requires_grad and mode.grad:
        node = Sum()
        node.edges = (x._edge or (x, LEAF),)
        node.plan, node.shape, node.scale = None, x._shape, scale
        attach(node, out)
    return out


@method
def sum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum over dimensions, all by default; integers and bools add up in int64.

    Args:
        input: A tensor.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.
        dtype: The dtype to convert to first.
    """
    if dim is None and dtype is None and not keepdim:
        out = _sum_all(input, 1.0)
        if out is not None:
            return out
    x = as_tensor("sum", input)
    dtype = dtype or x.dtype.computes
    x = x if dtype.kind and x.dtype.kind < 2 and x.dtype.itemsize < 8 else to_dtype(x, dtype)  # exact in int64
    return to_dtype(Sum.run(x, dims_of(x, dim), keepdim, 1), dtype)


@method
def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean over dimensions, all by default; nan where there is nothing.

    Raises:
        RuntimeError: The dtype is not a floating one.
    """
    if dim is None and dtype is None and not keepdim and isinstance(input, Tensor) and input._size:
        out = _sum_all(input, 1 / input._size)
        if out is not None:
            return out
    x = as_tensor("mean", input)
    target = x.dtype if dtype is None else dtype
    if not target.is_floating_point:
        raise RuntimeError(
            f"mean(): could not infer output dtype. Input dtype must be a floating point dtype. Got: {target.name}"
        )
    dims = dims_of(x, dim)
    count = math.prod([x._shape[d] for d in dims])
    if x.dtype.kind < 2 and x.dtype.itemsize < 8:  # the sum is exact in int64
        total: Any = to_dtype(Sum.run(x, dims, keepdim, 1), dtypes.float64)
        return to_dtype(total / count, target)
    return Sum.run(to_dtype(x, target), dims, keepdim, 1 / count if count else math.nan)


def sum_to(grad: Any, shape: Shape) -> Tensor:
    """Add a gradient up along the dimensions in which an operand of `shape` was broadcast."""
    if grad._shape == shape:
        return grad
    lead = len(grad._shape) - len(shape)
    dims = tuple([d for d, n in enumerate(grad._shape) if d < lead or (shape[d - lead] == 1 and n != 1)])
    out = Sum.run(grad, dims, True, 1)
    return out if out._shape == shape else out.reshape(shape)


class Prod(Function):
    """The product of x over some dimensions."""

    plan: Reduction

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Multiply."""
        p = ctx.plan = plan(x._shape, x._strides, dims, keepdim)
        ctx.dims = dims
        ctx.save_for_backward(x)
        return reduce_kernel("prod", x, p, dtype=x.dtype.computes)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Give each element the product of the others, which a zero makes the only one that is not zero."""
        (x,) = ctx.saved_tensors
        grad = grad.reshape(ctx.plan.kept)
        if mode.grad:
            from mocrograd.ops.scan import product_of_others

            return grad * product_of_others(x, ctx.dims), None, None
        zero = x == 0
        rest = x.masked_fill(zero, 1.0)
        zeros = sum(zero, ctx.dims, True)
        product = grad * Prod.run(rest, ctx.dims, True)
        whole = product.masked_fill(zeros != 0, 0.0)
        alone = product.masked_fill(zeros != 1, 0.0)
        return (whole / rest).masked_fill(zero, 0.0) + alone * to_dtype(zero, grad.dtype), None, None


@method
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the product over a dimension, of all elements by default; integers and bools multiply in int64.

    Args:
        input: A tensor.
        dim: A dimension.
        keepdim: Whether it stays, with size 1.
        dtype: The dtype to convert to first.
    """
    x = as_tensor("prod", input)
    dtype = dtype or x.dtype.computes
    x = x if dtype.kind == 1 and x.dtype.kind < 2 else to_dtype(x, dtype)
    dims = dims_of(x, None if dim is None else normalize_dim(dim, len(x._shape)))
    return to_dtype(Prod.run(x, dims, keepdim), dtype)


class NanSum(Function):
    """The sum of the elements that are not nan."""

    plan: Reduction

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Add up."""
        p = ctx.plan = plan(x._shape, x._strides, dims, keepdim)
        ctx.save_for_backward(x)
        return reduce_kernel("nansum", x, p)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Repeat the gradient where there is a number."""
        (x,) = ctx.saved_tensors
        return grad.reshape(ctx.plan.kept).expand(x._shape).masked_fill(x != x, 0.0), None, None


@method
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum over dimensions, all by default, in which nan counts as 0.

    Args:
        input: A tensor.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.
        dtype: The dtype to convert to first.
    """
    x = as_tensor("nansum", input)
    x = x if dtype is None else to_dtype(x, dtype)
    if not x.dtype.is_floating_point:
        return sum(x, dim, keepdim, dtype=dtype)
    return NanSum.run(x, dims_of(x, dim), keepdim)


@method
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean of the elements that are not nan, over dimensions, all by default.

    Raises:
        RuntimeError: The dtype is not a floating one.
    """
    x = as_tensor("nanmean", input)
    if not x.dtype.is_floating_point:
        raise RuntimeError(f"nanmean(): expected input to have floating point dtype but got {x.dtype.name}")
    if dtype is not None and not getattr(dtype, "is_floating_point", True):
        raise RuntimeError(f"nanmean(): expected a floating point dtype, but got {dtype.name}")
    x = x if dtype is None else to_dtype(x, dtype)
    return nansum(x, dim, keepdim) / to_dtype(sum(x == x, dim, keepdim), x.dtype)


@method
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """Return the number of elements that are not zero, over dimensions, all by default."""
    x = as_tensor("count_nonzero", input)
    return reduce_kernel("nonzero", x, plan(x._shape, x._strides, dims_of(x, dim), False), dtype=dtypes.int64)


def _truth(name: str, kernel: str, empty: bool, input: Any, dim: Any, keepdim: bool) -> Tensor:
    """Reduce truths: whether all bytes are true is their minimum, whether any is their maximum; others are counted."""
    x = as_tensor(name, input).detach()
    result = dtypes.uint8 if x.dtype is dtypes.uint8 else dtypes.bool_
    if dim == ():
        return to_dtype(to_dtype(x, dtypes.bool_), result)
    p = plan(x._shape, x._strides, dims_of(x, dim), keepdim)
    if not p.length:
        return x.new_full(p.shape, empty, dtype=result)
    if x.dtype.itemsize == 1:
        return to_dtype(to_dtype(reduce_kernel(kernel, x, p), dtypes.bool_), result)
    count = reduce_kernel("nonzero", x, p, dtype=dtypes.int64)
    return count == p.length if name == "all" else count != 0


@method
def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return whether all elements are nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""
    return _truth("all", "min", True, input, dim, keepdim)


@method
def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return whether an element is nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""
    return _truth("any", "max", False, input, dim, keepdim)

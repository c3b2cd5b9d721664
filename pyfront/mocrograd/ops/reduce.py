"""Reductions: sum, mean, extremes and their positions, over any dimensions."""

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
    return f"{name}.forward.{dtype.name}"


def reduce_kernel(name: str, x: Tensor, p: Reduction, scale: float = 1, dtype: Any = None) -> Tensor:
    """Run a reduction kernel."""
    out = fresh(p.shape, p.size, dtype or x.dtype, x.device)
    if p.size and p.length:
        device = x.device
        nbytes = p.size * p.blocks * x.dtype.itemsize
        storage, scratch = allocate(nbytes, device) if p.blocks > 1 else (None, 0)
        factor = float(scale) if x.dtype.kind == 2 else int(scale)
        kernel = device.table[_kernel_name(name, x.dtype)]
        call(kernel, p.size * p.length, out.address, x.address, scratch, factor, p.words, device.context)
        del storage
    elif p.size:
        out.fill_(0 if scale == 1 else math.nan)
    return out


def _tensor(name: str, input: Any) -> Tensor:
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
        return reduce_kernel("sum", x, p, scale)

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
    x = _tensor("sum", input)
    dtype = dtype or x.dtype.computes
    x = to_dtype(to_dtype(x, dtype), dtype.computes)
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
    x = _tensor("mean", input)
    x = x if dtype is None else to_dtype(x, dtype)
    if not x.dtype.is_floating_point:
        raise RuntimeError(
            f"mean(): could not infer output dtype. Input dtype must be a floating point dtype. Got: {x.dtype.name}"
        )
    dims = dims_of(x, dim)
    count = math.prod([x._shape[d] for d in dims])
    return Sum.run(x, dims, keepdim, 1 / count if count else math.nan)


def sum_to(grad: Any, shape: Shape) -> Tensor:
    """Add a gradient up along the dimensions in which an operand of `shape` was broadcast."""
    if grad._shape == shape:
        return grad
    lead = len(grad._shape) - len(shape)
    dims = tuple([d for d, n in enumerate(grad._shape) if d < lead or (shape[d - lead] == 1 and n != 1)])
    out = Sum.run(grad, dims, True, 1)
    return out if out._shape == shape else out.reshape(shape)


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
        hits = to_dtype(x == y.reshape(ctx.plan.kept), grad.dtype)
        shares = hits / sum_to(hits, ctx.plan.kept)
        return None, shares * grad.reshape(ctx.plan.kept), None, None


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
        from mocrograd.ops.creation import arange

        if not ctx.shape:
            return None, grad, None, None
        (indices,) = ctx.saved_tensors
        if not ctx.keepdim:
            indices, grad = indices.unsqueeze(ctx.dim), grad.unsqueeze(ctx.dim)
        size = ctx.shape[ctx.dim]
        places = arange(size, device=grad.device).reshape([size] + [1] * (len(ctx.shape) - ctx.dim - 1))
        return None, to_dtype(places == indices, grad.dtype) * grad, None, None


class Extremes(NamedTuple):
    """The result of `max` and `min` along a dimension."""

    values: Tensor
    indices: Tensor


def _numbers(x: Tensor) -> Tensor:
    return to_dtype(x, x.dtype.computes)


def _extreme(name: str, input: Tensor, dim: Any, keepdim: bool) -> Any:
    x = _numbers(_tensor(name, input))
    if isinstance(dim, Tensor):
        return getattr(input, name + "imum")(dim)
    if dim is None:
        return to_dtype(Extreme.run(name, x, dims_of(x, None), False), input.dtype)
    values, indices = ExtremeAlong.run(name, x, normalize_dim(dim, len(x._shape)), keepdim)
    return Extremes(to_dtype(values, input.dtype), indices)


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
    x = _numbers(_tensor("amax", input))
    return to_dtype(Extreme.run("max", x, dims_of(x, dim), keepdim), input.dtype)


@method
def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """Return the smallest element over dimensions, all by default; ties share the gradient."""
    x = _numbers(_tensor("amin", input))
    return to_dtype(Extreme.run("min", x, dims_of(x, dim), keepdim), input.dtype)


def _position(name: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    x = _numbers(_tensor(name, input))
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


@method
def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return whether all elements are nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""
    if dim == ():
        return _truth(input != 0, input)
    x = to_dtype(_tensor("all", input) != 0, dtypes.int64)
    p = plan(x._shape, x._strides, dims_of(x, dim), keepdim)
    return _truth((reduce_kernel("sum", x, p) if p.length else x.new_zeros(p.shape)) == p.length, input)


@method
def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return whether an element is nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""
    if dim == ():
        return _truth(input != 0, input)
    return _truth(sum(_tensor("any", input) != 0, dim, keepdim) != 0, input)


def _truth(x: Tensor, input: Tensor) -> Tensor:
    return to_dtype(x, dtypes.uint8) if input.dtype is dtypes.uint8 else x


@method
def var(input: Tensor, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Tensor:
    """Return the variance over dimensions, all by default, with `correction` subtracted from the count."""
    deviation = input - mean(input, dim, keepdim=True)
    dims = dims_of(input, dim)
    count = math.prod([input._shape[d] for d in dims]) - correction
    return sum(deviation * deviation, dim, keepdim) * (1 / count if count > 0 else math.nan)

"""Triangles and diagonals of matrices, and views of any strides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import called
from mocrograd.backend import call
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import integer, integers
from mocrograd.ops._memory import root_of, span
from mocrograd.ops._nonzero import indices_of
from mocrograd.ops._outputs import deliver, in_place_of
from mocrograd.ops._parts import AsReal
from mocrograd.ops._regions import AsStrided, Diagonal, Region, Unfold, sliceable
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import empty, full, shape_of
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Device, Dtype, Ints

__all__ = ["as_strided", "diag", "diag_embed", "diagflat", "diagonal", "tril", "tril_indices", "triu", "triu_indices"]


class Triangle(Function):
    """Matrices with zeros on one side of a diagonal."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, diagonal: int, name: str) -> Tensor:
        """Copy the elements on the other side."""
        ctx.diagonal, ctx.kind, ctx.torch_name = diagonal, name, name.title()
        x = x.contiguous()
        rows, columns = x._shape[-2:]
        out = fresh(x._shape, x._size, x.dtype, x.device)
        if x._size:
            words = (out.address, x.address, math.prod(x._shape[:-2]), rows, columns, diagonal)
            call(x.device.table[f"{name}.forward.{x.dtype.name}"], x._size, words, x.device.context)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Return the same triangle of the gradient."""
        return Triangle.run(grad, ctx.diagonal, ctx.kind), None, None


def _triangle(name: str, input: Tensor, diagonal: int) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if len(input._shape) < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, got shape {list(input._shape)}")
    result: Tensor = Triangle.run(input, max(min(integer(name, "diagonal", diagonal), 2**62), -(2**62)), name)
    return result


@method
def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return matrices with zeros above a diagonal, counted from the main one to the right.

    Example:
        >>> import mocrograd as mg
        >>> mg.tril(mg.ones(3, 3))
        tensor([[1., 0., 0.],
                [1., 1., 0.],
                [1., 1., 1.]])
    """
    result = _triangle("tril", input, diagonal)
    return result if out is None else deliver("tril", out, result)


@method
def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return matrices with zeros below a diagonal, counted from the main one to the right.

    Example:
        >>> import mocrograd as mg
        >>> mg.triu(mg.ones(3, 3))
        tensor([[1., 1., 1.],
                [0., 1., 1.],
                [0., 0., 1.]])
    """
    result = _triangle("triu", input, diagonal)
    return result if out is None else deliver("triu", out, result)


in_place_of(tril)
in_place_of(triu)


def _triangle_indices(
    name: str, row: int, col: int, offset: int, dtype: Any, device: Any, requires_grad: bool, lower: bool
) -> Tensor:
    if row < 0 or col < 0:
        raise RuntimeError(f"{name}: row and col must be non-negative, got {row} and {col}")
    if dtype is not None and dtype not in (dtypes.int64, dtypes.int32):
        raise NotImplementedError(f'"{name}" not implemented for {dtype.name}, expected int64 or int32')
    whole = full((row, col), True, dtype=dtypes.bool_, device=device)
    found = indices_of(tril(whole, offset) if lower else triu(whole, offset)).t()
    return to_dtype(found.clone(), dtype or dtypes.int64).requires_grad_(requires_grad)


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return the rows and the columns of the lower triangle of a matrix, row by row.

    Example:
        >>> import mocrograd as mg
        >>> mg.tril_indices(3, 3, offset=-1)
        tensor([[1, 2, 2],
                [0, 0, 1]])
    """
    return _triangle_indices("tril_indices", row, col, offset, dtype, device, requires_grad, True)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return the rows and the columns of the upper triangle of a matrix, row by row.

    Example:
        >>> import mocrograd as mg
        >>> mg.triu_indices(3, 3, offset=1)
        tensor([[0, 0, 1],
                [1, 2, 2]])
    """
    return _triangle_indices("triu_indices", row, col, offset, dtype, device, requires_grad, False)


@method
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a view of a diagonal of two dimensions, as the last dimension.

    Raises:
        RuntimeError: The dimensions are the same.

    Example:
        >>> import mocrograd as mg
        >>> mg.diagonal(mg.arange(4).reshape(2, 2))
        tensor([0, 3])
    """
    input, offset = sliceable(input), integer("diagonal", "offset", offset)
    ndim = len(input._shape)
    if ndim < 2:
        normalize_dim(dim1, ndim)
        normalize_dim(dim2, ndim)
    a, b = normalize_dim(dim1, ndim), normalize_dim(dim2, ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    shape, strides = input._shape, input._strides
    down, right = (0, offset) if offset >= 0 else (-offset, 0)
    length = max(min(shape[a] - down, shape[b] - right), 0)
    own: Shape = (length,)
    steps: Shape = (strides[a] + strides[b],)
    if ndim > 2:
        keep = [d for d in range(ndim) if d not in (a, b)]
        own, steps = (*[shape[d] for d in keep], length), (*[strides[d] for d in keep], *steps)
    start = down * strides[a] + right * strides[b] if math.prod(own) else 0
    result: Tensor = Diagonal.run(input, (own, steps, start))
    return result


@method
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Return zeros with the last dimension as a diagonal of two new ones.

    Example:
        >>> import mocrograd as mg
        >>> mg.diag_embed(mg.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    ndim = len(input._shape) + 1
    if not input._shape:
        raise RuntimeError("diag_embed: expected a tensor with at least one dimension, got a scalar")
    a, b = normalize_dim(dim1, ndim), normalize_dim(dim2, ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input._shape[-1] + abs(offset)
    shape = list(input._shape[:-1])
    for d in sorted((a, b)):
        shape.insert(d, size)
    out = input.new_zeros(shape)
    diagonal(out, offset, a, b).copy_(input)
    return called("DiagEmbed", out)


@method
def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return a copy of a matrix's diagonal, or a matrix with a vector as its diagonal.

    Raises:
        RuntimeError: The tensor has another number of dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.diag(mg.tensor([1.0, 2.0]))
        tensor([[1., 0.],
                [0., 2.]])
    """
    if len(input._shape) not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {len(input._shape)}D")
    result = diag_embed(input, diagonal) if len(input._shape) == 1 else input.diagonal(diagonal).clone()
    return result if out is None else deliver("diag", out, result)


@method
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """Return a matrix with the flattened tensor as its diagonal.

    Example:
        >>> import mocrograd as mg
        >>> mg.diagflat(mg.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    return diag_embed(input.reshape(input._size), offset)


def _within(input: Tensor, size: Shape, stride: Shape, offset: int) -> Region:
    """Return a region relative to a tensor, whose memory it must lie in.

    Raises:
        RuntimeError: It lies outside.
    """
    reach = span(input._shape, input._strides)
    if len(size) != len(stride):
        raise RuntimeError(f"mismatch in length of strides and shape: {list(stride)} and {list(size)}")
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    if 0 not in size and offset + span(size, stride) > reach:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, require "
            f"{offset + span(size, stride)} elements, which are out of bounds for a tensor that reaches over {reach}"
        )
    return size, stride, offset if 0 not in size else 0


@method
def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Return a view of a tensor's memory with any sizes and strides; the offset counts from the tensor it is a view of.

    Raises:
        TypeError: Something is no integer, or no sequence of them.
        RuntimeError: It would reach outside of that memory.

    Example:
        >>> import mocrograd as mg
        >>> mg.as_strided(mg.arange(5), (3, 3), (1, 1))
        tensor([[0, 1, 2],
                [1, 2, 3],
                [2, 3, 4]])
    """
    for name, value in (("size", size), ("stride", stride)):
        if not isinstance(value, (tuple, list)):
            raise TypeError(f"as_strided(): argument '{name}' must be tuple of ints, not {type(value).__name__}")
    if mode.vmap is not None:
        found: Tensor | None = mode.vmap.run(
            "as_strided", as_strided, (input, tuple(size), tuple(stride), storage_offset)
        )
        if found is not None:
            return found
    base = root_of(input)
    if base.dtype.is_complex and base.dtype.to_real() is input.dtype and not base._marks:
        base = AsReal.run(base)  # the parts of complex numbers lie among all parts
    if base.dtype is not input.dtype or base._marks != input._marks:
        if storage_offset is not None:
            storage_offset -= (input._bare_address - base._bare_address) // input.dtype.itemsize
        base = input
    own = (input._bare_address - base._bare_address) // input.dtype.itemsize
    offset = own if storage_offset is None else integer("as_strided", "storage_offset", storage_offset)
    region = _within(base, shape_of("as_strided", tuple(size)), integers("as_strided", "stride", (stride,)), offset)
    result: Tensor = AsStrided.run(base, region)
    return result


def unset(name: str, size: Any, stride: Any, dtype: Dtype, device: Device) -> Tensor:
    """Return a tensor of a shape and strides whose values are whatever the memory held.

    Raises:
        RuntimeError: Their numbers differ, or one is negative.
    """
    sizes = integers(name, "size", (size,) if isinstance(size, int) else (tuple(size),))
    strides = integers(name, "stride", (stride,) if isinstance(stride, int) else (tuple(stride),))
    if len(sizes) != len(strides):
        raise RuntimeError(
            f"dimensionality of sizes ({len(sizes)}) must match dimensionality of strides ({len(strides)})"
        )
    if any(n < 0 for n in (*sizes, *strides)):
        raise RuntimeError(f"{name}: expected no negative numbers, got sizes {sizes} and strides {strides}")
    reach = 0 if 0 in sizes else 1 + sum((n - 1) * s for n, s in zip(sizes, strides))
    memory = empty(reach, dtype=dtype, device=device)
    return memory.as_strided(sizes, strides).detach()


@method
def new_empty_strided(
    input: Tensor, size: Ints, stride: Ints, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return an unset tensor of a shape and strides, of the dtype and device of this one.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2).new_empty_strided((2, 3), (1, 2)).stride()
        (1, 2)
    """
    made = unset("new_empty_strided", size, stride, dtype or input.dtype, input.device if device is None else device)
    return made.requires_grad_(requires_grad)


@method
def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Return a view of all windows of a dimension, whose elements are the last dimension.

    Raises:
        RuntimeError: A window is longer than the dimension, negative, or the step is not positive.

    Example:
        >>> import mocrograd as mg
        >>> mg.arange(5).unfold(0, 3, 1)
        tensor([[0, 1, 2],
                [1, 2, 3],
                [2, 3, 4]])
    """
    input = sliceable(input)
    ndim = len(input._shape)
    dim = normalize_dim(dimension, ndim)
    n, stride = (input._shape[dim], input._strides[dim]) if ndim else (1, 1)
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    shape, strides = input._shape, input._strides
    windows = ((n - size) // step + 1,) if ndim else ()
    region = (*shape[:dim], *windows, *shape[dim + 1 :], size), (
        *strides[:dim], *[stride * step for _ in windows], *strides[dim + 1 :], stride), 0  # fmt: skip
    result: Tensor = Unfold.run(input, region)
    return result

"""Copies and tensors with some elements replaced: by index, by mask, by place, and in a part."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.diagonals import diagonal
from mocrograd.ops.gathering import gather
from mocrograd.ops.indexing import _one_index, _viewed, parse, write
from mocrograd.ops.inplace import check_writable
from mocrograd.ops.pointwise import deliver_in_place, in_place_of
from mocrograd.ops.scan import cumsum
from mocrograd.ops.splitting import select
from mocrograd.tensor import Tensor, method

__all__ = [
    "diagonal_scatter", "index_put", "index_put_", "masked_scatter", "put", "select_scatter", "slice_scatter",
]  # fmt: skip


def _same_dtype(name: str, input: Tensor, source: Any) -> None:
    if not isinstance(source, Tensor):
        raise TypeError(f"{name}(): expected a Tensor of values, got {type(source).__name__}")
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}(): expected self and source to have the same dtype, but got {input.dtype.name} and "
            f"{source.dtype.name}"
        )


@method
def index_put_(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Replace what a tuple of index tensors names by values that broadcast, and return the tensor itself.

    Args:
        input: The tensor to change.
        indices: A tensor for each of the first dimensions; they broadcast.
        values: What is written, of the tensor's dtype.
        accumulate: Whether values are added, those of equal indices all of them.

    Raises:
        IndexError: An index is out of range, or there are too many.
        RuntimeError: The dtypes differ, the values do not broadcast, or there is no index.
    """
    if not isinstance(indices, (tuple, list)) or not all(isinstance(i, Tensor) for i in indices):
        raise TypeError(f"index_put_(): argument 'indices' must be tuple of Tensors, not {type(indices).__name__}")
    _same_dtype("index_put_", input, values)
    check_writable("index_put_", input)
    if not indices:
        raise RuntimeError("index_put_(): expected at least one index tensor, got none")
    if accumulate and input.dtype.kind == 0:
        wide = index_put_(to_dtype(input, dtypes.int64), indices, to_dtype(values, dtypes.int64), True)
        return deliver_in_place("index_put_", input, to_dtype(wide, input.dtype))
    region, gathers = parse(input, tuple(indices))
    rows, first, flat, shape = _one_index(_viewed(input, region), gathers)
    write("index_put_", rows, values, flat, first, len(gathers), shape, accumulate)
    return input


@method
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Return a copy in which values stand, or are added, where a tuple of index tensors says; see `index_put_`."""
    return index_put_(input.clone(), indices, values, accumulate)


@method
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Return a copy whose elements where a mask holds are those of a source, in order; mask and input broadcast.

    Raises:
        RuntimeError: The mask is not of dtype bool, the dtypes differ, or the source has too few elements.
    """
    _same_dtype("masked_scatter", input, source)
    if not isinstance(mask, Tensor) or mask.dtype is not dtypes.bool_:
        kind = mask.dtype.name if isinstance(mask, Tensor) else type(mask).__name__
        raise RuntimeError(f"masked_scatter: only BoolTensor is supported for mask, got {kind}")
    shape = broadcast_shapes(input._shape, mask._shape)
    picks = mask.expand(shape)
    size = math.prod(shape)
    if not size:
        return where(picks, source.reshape(-1)[:0].reshape(shape), input)
    which = (cumsum(picks.reshape(-1), 0) - 1).clamp(min=0)  # of the source's elements
    values = source.reshape(-1)
    if not values._size:
        values = values.new_zeros(1) if not bool(mask.any()) else values
    try:
        taken = gather(values, 0, which)
    except RuntimeError:
        raise RuntimeError(
            f"masked_scatter: expected as many elements in source as the mask selects, got {source._size} < "
            f"{int(which[-1].item()) + 1}"
        ) from None
    return where(picks, taken.reshape(shape), input)


masked_scatter_ = in_place_of(masked_scatter)


@method
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Return a copy in which the elements at places of the flattened tensor are replaced, or added to.

    Args:
        input: A tensor.
        index: Places, of int64.
        source: As many values, of the tensor's dtype.
        accumulate: Whether values are added.

    Raises:
        RuntimeError: The dtypes differ.
        IndexError: A place is out of range, or the numbers of elements differ.
    """
    _same_dtype("put", input, source)
    if not isinstance(index, Tensor) or index.dtype is not dtypes.int64:
        kind = getattr(index, "dtype", type(index).__name__)
        raise RuntimeError(f"put(): Expected a long tensor for index, but got {kind}")
    if index._size != source._size:
        raise IndexError(
            f"put(): Expected source and index to have the same number of elements, but got {source._size} and "
            f"{index._size}"
        )
    flat = input.clone().reshape(-1)
    flat = index_put_(flat, (index.reshape(-1),), source.reshape(-1), accumulate)
    return flat.reshape(input._shape)


put_ = in_place_of(put)


def _replaced(name: str, copy: Tensor, part: Tensor, src: Tensor) -> Tensor:
    if not isinstance(src, Tensor):
        raise TypeError(f"{name}(): argument 'src' must be Tensor, not {type(src).__name__}")
    if src._shape != part._shape:
        raise RuntimeError(
            f"{name}: expected src to have the shape of the part, {list(part._shape)}, got {list(src._shape)}"
        )
    part.copy_(src)
    return copy


@method
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """Return a copy in which one slice of a dimension is replaced."""
    copy = input.clone()
    return _replaced("select_scatter", copy, select(copy, dim, index), src)


@method
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """Return a copy in which the part from `start` to `end` of a dimension, by steps, is replaced."""
    copy = input.clone()
    part = copy.movedim(dim, 0)[start:end:step].movedim(0, dim)
    return _replaced("slice_scatter", copy, part, src)


@method
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a copy in which a diagonal of two dimensions is replaced."""
    copy = input.clone()
    return _replaced("diagonal_scatter", copy, diagonal(copy, offset, dim1, dim2), src)

"""Splitting tensors into views of their parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from mocrograd.autograd import mode
from mocrograd.errors import OutOfMemoryError
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import integer, integers
from mocrograd.ops._regions import Parts, Region, Slice, Split, SplitWithSizes, Unbind, is_full, sliceable
from mocrograd.tensor import Tensor, method, view_of
from mocrograd.types import Ints, Sections

__all__ = [
    "chunk",
    "dsplit",
    "hsplit",
    "narrow",
    "select",
    "split",
    "split_with_sizes",
    "tensor_split",
    "unbind",
    "unsafe_chunk",
    "unsafe_split",
    "unsafe_split_with_sizes",
    "vsplit",
]


def _region(input: Tensor, region: Region) -> Tensor:
    """Return a view of a region."""
    if mode.vmap is None and not (input.requires_grad and mode.grad) and not input._sparse:  # there is no node
        return view_of(input, *region, math.prod(region[0]))
    view: Tensor = Slice.run(input, region)
    return view


def _part(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return a view of a range of a dimension, which is known to fit."""
    input = sliceable(input)
    shape, strides = input._shape, input._strides
    own = (*shape[:dim], length, *shape[dim + 1 :])
    return _region(input, (own, strides, start * strides[dim] if math.prod(own) else 0))


MOST_PARTS = 1 << 24
"""Views that one call makes at most: these take some 5 GB."""


def _sections(name: str, argument: str, count: Any) -> int:
    """Return a number of parts.

    Raises:
        TypeError: It is no integer.
        ValueError: It has more than 64 bits.
        OutOfMemoryError: There are too many.
    """
    sections = integer(name, argument, count)
    if sections > MOST_PARTS:
        raise OutOfMemoryError(f"{name}(): expected at most {MOST_PARTS} parts, got {sections}")
    return sections


def _parts(input: Tensor, dim: int, sizes: list[int], node: type[Parts] = Split) -> tuple[Tensor, ...]:
    input = sliceable(input)
    return _several(input, _regions(input._shape, input._strides, dim, sizes), node)


def _regions(shape: Shape, strides: Shape, dim: int, sizes: Sequence[int]) -> list[Region]:
    """Return the regions of parts that follow each other along a dimension."""
    regions, start = [], 0
    for size in sizes:
        own = (*shape[:dim], size, *shape[dim + 1 :])
        regions.append((own, strides, start * strides[dim] if math.prod(own) else 0))
        start += size
    return regions


@lru_cache(maxsize=4096)
def _few_regions(shape: Shape, strides: Shape, dim: int, size: int) -> list[Region]:
    """Return the regions of parts of a size, the last of which may be shorter."""
    total = shape[dim]
    return _regions(shape, strides, dim, [min(size, total - start) for start in range(0, total, size)])


def _equal_parts(input: Tensor, dim: int, size: int) -> tuple[Tensor, ...]:
    """Return views of parts of a size along a dimension, which is not empty."""
    input = sliceable(input)
    total = input._shape[dim]
    if total > 64 * size:  # too many to keep
        return _parts(input, dim, [min(size, total - start) for start in range(0, total, size)])
    return _several(input, _few_regions(input._shape, input._strides, dim, size), Split)


def _several(input: Tensor, regions: list[Region], node: type[Parts]) -> tuple[Tensor, ...]:
    """Return views of regions that a tensor consists of; their gradients are written to one tensor together."""
    views: tuple[Tensor, ...]
    if len(regions) > 1 and input.requires_grad and mode.grad and input._stands_for is None and is_full(input):
        views = node.run(input, regions)
    else:
        views = tuple([_region(input, region) for region in regions])
    for view in views:
        view._one_of_several = True
    return views


def _dim(name: str, input: Tensor, dim: int) -> int:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if not input._shape:
        raise RuntimeError(f"{name}() cannot be applied to a 0-dim tensor: it expects at least a 1-dimensional tensor")
    return normalize_dim(dim, len(input._shape))


@method
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """Return a view of `length` elements from `start` along a dimension.

    Raises:
        RuntimeError: They do not fit.
        IndexError: The start is out of range.

    Example:
        >>> import mocrograd as mg
        >>> mg.narrow(mg.arange(5), 0, 1, 3)
        tensor([1, 2, 3])
    """
    dim = _dim("narrow", input, dim)
    size = input._shape[dim]
    if isinstance(start, Tensor):
        if start._shape or start.dtype.kind != 1:
            raise RuntimeError(
                f"start must be an 0-dim integral Tensor, got one of {start.dtype.name}, {start.ndim}-dim"
            )
        start = int(start.item())
    start, length = integer("narrow", "start", start), integer("narrow", "length", length)
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative, got {length}.")
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    first = start + size if start < 0 else start
    if first + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return _part(input, dim, first, length)


@method
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return a view of one slice of a dimension, without it.

    Raises:
        IndexError: The index is out of range, or there is no dimension.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.select(x, 0, 1)
        tensor([3., 4., 5.])
    """
    if not input._shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    if type(index) is not int:
        index = integer("select", "index", index)
    dim = normalize_dim(dim, len(input._shape))
    size = input._shape[dim]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input._shape)} at dimension {dim}"
        )
    return _slice(input, dim, index % size)


def _slice(input: Tensor, dim: int, index: int) -> Tensor:
    input = sliceable(input)
    shape, strides = input._shape, input._strides
    own = (*shape[:dim], *shape[dim + 1 :])
    offset = index * strides[dim] if math.prod(own) else 0
    return _region(input, (own, (*strides[:dim], *strides[dim + 1 :]), offset))


@method
def split(tensor: Tensor, split_size_or_sections: Ints, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of parts along a dimension: of one size (the last may be smaller), or of the sizes given.

    Raises:
        RuntimeError: The sizes are negative, or do not make up the dimension.

    Example:
        >>> import mocrograd as mg
        >>> [part.tolist() for part in mg.split(mg.arange(5), 2)]
        [[0, 1], [2, 3], [4]]
    """
    if isinstance(split_size_or_sections, (tuple, list)):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    dim = _dim("split", tensor, dim)
    size = integer("split", "split_size", split_size_or_sections)
    total = tensor._shape[dim]
    if size < 0 or (size == 0 and total):
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    return _equal_parts(tensor, dim, size) if total else _parts(tensor, dim, [0])


@method
def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of parts of the given sizes along a dimension.

    Raises:
        RuntimeError: A size is negative, or they do not make up the dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.split_with_sizes(mg.arange(5), [2, 3])
        (tensor([0, 1]), tensor([2, 3, 4]))
    """
    dim = _dim("split_with_sizes", input, dim)
    if not isinstance(split_sizes, (tuple, list)):
        raise TypeError(
            f"split_with_sizes(): argument 'split_sizes' must be tuple of ints, not {type(split_sizes).__name__}"
        )
    sizes, total = list(integers("split_with_sizes", "split_sizes", (split_sizes,))), input._shape[dim]
    if any(n < 0 for n in sizes) or sum(sizes) != total:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {total} (input tensor's size at dimension "
            f"{dim}) and to be non-negative, but got split_sizes={sizes}"
        )
    return _parts(input, dim, sizes, SplitWithSizes)


@method
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of at most `chunks` parts of equal size along a dimension.

    Raises:
        RuntimeError: The number is not positive.

    Example:
        >>> import mocrograd as mg
        >>> [part.tolist() for part in mg.chunk(mg.arange(6), 3)]
        [[0, 1], [2, 3], [4, 5]]
    """
    dim = _dim("chunk", input, dim)
    chunks = integer("chunk", "chunks", chunks)
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    total = input._shape[dim]
    if total == 0:
        return _parts(input, dim, [0] * _sections("chunk", "chunks", chunks))
    return _equal_parts(input, dim, -(-total // chunks))


@method
def tensor_split(input: Tensor, indices_or_sections: Sections, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of parts along a dimension: a number of parts of nearly equal size, or split at the given indices.

    Raises:
        RuntimeError: The number of parts is not positive, or the tensor has no dimension.

    Example:
        >>> import mocrograd as mg
        >>> [part.tolist() for part in mg.tensor_split(mg.arange(5), 2)]
        [[0, 1, 2], [3, 4]]
    """
    dim = _dim("tensor_split", input, dim)
    total = input._shape[dim]
    cuts = indices_or_sections
    if isinstance(cuts, Tensor):
        cuts = cuts.tolist()
    if isinstance(cuts, int):
        if _sections("tensor_split", "sections", cuts) <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
        return _alone(_parts(input, dim, [total // cuts + (k < total % cuts) for k in range(cuts)]))
    views, start = [], 0
    for end in [*integers("tensor_split", "indices", (cuts,)), total]:
        first, last, _ = slice(start, end).indices(total)
        views.append(_part(input, dim, first if last > first else 0, max(last - first, 0)))
        start = end
    return tuple(views)


def _split_along(name: str, input: Tensor, cuts: Any, dim: int, least: int) -> tuple[Tensor, ...]:
    if isinstance(cuts, int):
        cuts = _sections(name, "sections", cuts)
    if len(input._shape) < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension{'s' * (least > 1)}, but got a tensor with "
            f"{len(input._shape)} dimensions!"
        )
    if isinstance(cuts, int) and (cuts <= 0 or input._shape[dim] % cuts):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {input._shape[dim]} "
            f"is not divisible by the split_size {cuts}!"
        )
    return tensor_split(input, cuts, dim)


@method
def hsplit(input: Tensor, indices_or_sections: Sections) -> tuple[Tensor, ...]:
    """Return parts along the second dimension, of a vector along its only one.

    Example:
        >>> import mocrograd as mg
        >>> mg.hsplit(mg.arange(4), 2)
        (tensor([0, 1]), tensor([2, 3]))
    """
    return _split_along("hsplit", input, indices_or_sections, 0 if len(input._shape) == 1 else 1, 1)


@method
def vsplit(input: Tensor, indices_or_sections: Sections) -> tuple[Tensor, ...]:
    """Return parts along the first dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.vsplit(mg.arange(4).reshape(2, 2), 2)
        (tensor([[0, 1]]), tensor([[2, 3]]))
    """
    return _split_along("vsplit", input, indices_or_sections, 0, 2)


@method
def dsplit(input: Tensor, indices_or_sections: Sections) -> tuple[Tensor, ...]:
    """Return parts along the third dimension.

    Example:
        >>> import mocrograd as mg
        >>> [part.shape for part in mg.dsplit(mg.zeros(1, 2, 4), 2)]
        [mocrograd.Size([1, 2, 2]), mocrograd.Size([1, 2, 2])]
    """
    return _split_along("dsplit", input, indices_or_sections, 2, 3)


@method
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of all slices along a dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.unbind(mg.arange(4).reshape(2, 2))
        (tensor([0, 1]), tensor([2, 3]))
    """
    if not input._shape:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = normalize_dim(dim, len(input._shape))
    input = sliceable(input)
    shape, strides = input._shape, input._strides
    own, steps = (*shape[:dim], *shape[dim + 1 :]), (*strides[:dim], *strides[dim + 1 :])
    step = strides[dim] if math.prod(own) else 0
    return _several(input, [(own, steps, i * step) for i in range(shape[dim])], Unbind)


def _alone(parts: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    for part in parts:
        part._one_of_several = False
    return parts


@method
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Return what `chunk` returns, as views that may be changed in place while operations are recorded.

    Args:
        input: A tensor.
        chunks: The number of parts.
        dim: The dimension.

    Example:
        >>> import mocrograd as mg
        >>> [part.shape for part in mg.unsafe_chunk(mg.arange(5), 2)]
        [mocrograd.Size([3]), mocrograd.Size([2])]
    """
    return _alone(chunk(input, chunks, dim))


@method
def unsafe_split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Return what `split` returns, as views that may be changed in place while operations are recorded.

    Args:
        input: A tensor.
        split_size: The size of each part but the last.
        dim: The dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.unsafe_split(mg.arange(3), 2)
        (tensor([0, 1]), tensor([2]))
    """
    return _alone(split(input, integer("unsafe_split", "split_size", split_size), dim))


@method
def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Return what `split_with_sizes` returns, as views that may be changed in place while operations are recorded.

    Args:
        input: A tensor.
        split_sizes: The size of each part.
        dim: The dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.unsafe_split_with_sizes(mg.arange(3), [1, 2])
        (tensor([0]), tensor([1, 2]))
    """
    return _alone(split_with_sizes(input, split_sizes, dim))

"""Copies of tensors in which a part is replaced: a slice, a diagonal, what strides show."""

from __future__ import annotations

from collections.abc import Sequence

from mocrograd.autograd.function import shows
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._inplace import copy_to_write
from mocrograd.ops.diagonals import as_strided, diagonal
from mocrograd.ops.splitting import select
from mocrograd.tensor import Tensor, method


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
@shows("SelectScatter")
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """Return a copy in which one slice of a dimension is replaced.

    Example:
        >>> import mocrograd as mg
        >>> mg.select_scatter(mg.zeros(2, 3), mg.tensor([1.0, 2.0, 3.0]), 0, 1)
        tensor([[0., 0., 0.],
                [1., 2., 3.]])
    """
    copy = copy_to_write(input, src)
    return _replaced("select_scatter", copy, select(copy, dim, index), src)


@method
@takes_out()
@shows("SliceScatter")
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """Return a copy in which the part from `start` to `end` of a dimension, by steps, is replaced.

    Example:
        >>> import mocrograd as mg
        >>> mg.slice_scatter(mg.zeros(5), mg.ones(2), start=1, end=4, step=2)
        tensor([0., 1., 0., 1., 0.])
    """
    copy = copy_to_write(input, src)
    part = copy.movedim(dim, 0)[start:end:step].movedim(0, dim)
    return _replaced("slice_scatter", copy, part, src)


@method
@shows("DiagonalScatter")
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a copy in which a diagonal of two dimensions is replaced.

    Example:
        >>> import mocrograd as mg
        >>> mg.diagonal_scatter(mg.zeros(3, 3), mg.tensor([1.0, 2.0, 3.0]))
        tensor([[1., 0., 0.],
                [0., 2., 0.],
                [0., 0., 3.]])
    """
    copy = copy_to_write(input, src)
    return _replaced("diagonal_scatter", copy, diagonal(copy, offset, dim1, dim2), src)


@method
@shows("AsStridedScatter")
def as_strided_scatter(
    input: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """Return a copy in which what `as_strided` shows is replaced; the order of the elements in memory stays.

    Args:
        input: A tensor.
        src: What is put there, of shape `size`.
        size: The part's shape.
        stride: Its strides, in the memory of the copy.
        storage_offset: Where it begins, counted as `as_strided` counts it for the input.

    Raises:
        RuntimeError: `src` is of another shape, or the part reaches outside of the tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.as_strided_scatter(mg.zeros(5), mg.tensor([1.0, 2.0]), (2,), (2,), 1)
        tensor([0., 1., 0., 2., 0.])
    """
    order = sorted(range(len(input._shape)), key=lambda d: (-input._strides[d], d))
    copy = copy_to_write(input.permute(order), src)
    offset = 0 if storage_offset is None else storage_offset - input.storage_offset()
    _replaced("as_strided_scatter", copy, as_strided(copy, size, stride, offset), src)
    return copy.permute([order.index(d) for d in range(len(order))])

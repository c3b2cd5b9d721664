"""Shapes that broadcast, sums down to a shape, and tensors that change their size."""

from __future__ import annotations

import math
from builtins import sum as builtin_sum
from typing import Any

import numpy as np

from mocrograd import layout
from mocrograd.layout import Size, contiguous_strides
from mocrograd.ops.arguments import integers
from mocrograd.ops.cast import clone
from mocrograd.ops.creation import shape_of
from mocrograd.ops.diagonals import as_strided, diagonal
from mocrograd.ops.inplace import check_graph
from mocrograd.ops.reduce import sum
from mocrograd.ops.regions import move, span
from mocrograd.ops.relabeling import relabel
from mocrograd.ops.splitting import narrow
from mocrograd.tensor import Tensor, fresh, method, view_of

__all__ = ["broadcast_shapes", "narrow_copy", "resize_as_"]


def broadcast_shapes(*shapes: Any) -> Size:
    """Return the shape that shapes broadcast to.

    Args:
        *shapes: Tuples of integers, or integers.

    Raises:
        RuntimeError: They do not broadcast, or one is no shape.
        ValueError: A size is negative.
    """
    all_sizes = []
    for shape in shapes:
        sizes = (shape,) if isinstance(shape, int) else shape
        if not isinstance(sizes, (tuple, list)) or not all(isinstance(n, int) for n in sizes):
            raise RuntimeError(
                f"broadcast_shapes: Input shapes should be ints or tuples or lists of ints, got {shape!r}"
            )
        if any(n < 0 for n in sizes):
            raise ValueError(
                f"broadcast_shapes: Attempting to broadcast a dimension with negative length, got {shape!r}"
            )
        all_sizes.append(tuple(sizes))
    return Size(layout.broadcast_shapes(*all_sizes)) if all_sizes else Size(())


@method
def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """Return the sum over those dimensions that a shape lacks, or has of size 1.

    Args:
        input: A tensor.
        *size: The shape, which broadcasts to that of the input.

    Raises:
        RuntimeError: It does not broadcast to it.
    """
    shape = integers("sum_to_size", "size", size)
    extra = len(input._shape) - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, input._shape[max(extra, 0) :])):
        raise RuntimeError(f"sum_to_size: size {list(shape)} is not expandable to size {list(input._shape)}")
    if shape == input._shape:
        return input
    dims = [d for d, m in enumerate(input._shape) if d < extra or (shape[d - extra] == 1 and m != 1)]
    return (sum(input, dims, True) if dims else input).reshape(shape)


@method
def fill_diagonal_(input: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Set the elements of the main diagonal to a value, and return the tensor itself.

    Args:
        input: A matrix, or more dimensions of the same size.
        fill_value: A number, or a tensor of no dimensions.
        wrap: Whether the diagonal of a tall matrix begins anew below its end, after one row.

    Raises:
        RuntimeError: There are fewer than two dimensions, or of more than two some differ.
        TypeError: The value has dimensions.
    """
    shape = input._shape
    if len(shape) < 2:
        raise RuntimeError(f"fill_diagonal_: dimensions must be larger than 1, got {len(shape)}")
    if isinstance(fill_value, Tensor) and fill_value._shape:
        raise TypeError(
            f"fill_diagonal_(): argument 'fill_value' must be Number, not Tensor of {list(fill_value._shape)}"
        )
    if len(shape) > 2:
        if len(set(shape)) > 1:
            raise RuntimeError(f"fill_diagonal_: all dimensions of input must be of equal length, got {list(shape)}")
        check_graph("fill_diagonal_", input)
        as_strided(input, shape[:1], (builtin_sum(input._strides),)).fill_(fill_value)
        return input
    rows, columns = shape
    for start in range(0, rows if wrap and columns else 1, columns + 1):
        diagonal(input.narrow(0, start, min(rows - start, columns))).fill_(fill_value)
    return input


@method
def resize_(input: Tensor, *size: Any, memory_format: Any = None) -> Tensor:
    """Change the shape, and with it the number of elements, and return the tensor itself.

    Elements keep their order in memory; new ones have any value. A tensor that is no view takes new memory where it
    needs more than it has.

    Args:
        input: A tensor.
        *size: The shape.
        memory_format: Has no effect: the elements lie row-major.

    Raises:
        RuntimeError: A gradient is required, or memory does not suffice and is that of another tensor or of NumPy.
    """
    if input.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = shape_of("resize_", size)
    if shape == input._shape:
        return input
    base = input if input._base is None else input._base
    offset = (input.address - base.address) // input.dtype.itemsize
    has, needs = span(base._shape, base._strides) - offset, math.prod(shape)
    if needs > has and input._is_view:
        raise RuntimeError(
            f"resize_: shape {list(shape)} needs {needs} elements of memory, but this view of another tensor has {has}"
        )
    if needs > has and isinstance(base.storage, np.ndarray):
        raise RuntimeError(
            f"resize_: shape {list(shape)} needs {needs} elements, but the memory of a NumPy array has {has}"
        )
    input._changed()
    source = input
    if needs > has:
        source = fresh((needs,), needs, input.dtype, input.device)
        if has:
            move(view_of(source, (has,), (1,), 0, has), view_of(input.detach(), (has,), (1,), 0, has))
    input._set_data(view_of(source.detach(), shape, contiguous_strides(shape), 0, needs))
    return input


def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """Change the shape to that of another tensor, and return the tensor itself; see `resize_`.

    Args:
        input: A tensor.
        the_template: The other one.
        memory_format: Has no effect: the elements lie row-major.
    """
    if not isinstance(the_template, Tensor):
        raise TypeError(f"resize_as_(): argument 'the_template' must be Tensor, not {type(the_template).__name__}")
    resized: Tensor = resize_(input, the_template._shape)
    return resized


method(resize_as_)


@method
def as_strided_(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """Give the tensor any sizes and strides over its memory, and return the tensor itself; see `as_strided`."""
    return relabel("as_strided_", input, lambda x: as_strided(x, size, stride, storage_offset))


@method
def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return a copy of a part of a dimension.

    Args:
        input: A tensor.
        dim: The dimension.
        start: Where the part begins.
        length: Its size.

    Raises:
        RuntimeError: It reaches outside.
        IndexError: It begins outside.
    """
    return clone(narrow(input, dim, start, length))

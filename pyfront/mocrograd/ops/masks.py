"""What depends on which elements are nonzero, so that its shape is known only when it is computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.creation import from_numpy
from mocrograd.ops.movement import expand
from mocrograd.tensor import Tensor, method

__all__ = ["argwhere", "masked_select", "nonzero"]


@method
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return where the elements are that are not zero, in the order of memory.

    Args:
        input: A tensor.
        as_tuple: Whether to return a tuple of one index tensor per dimension, with which the tensor can be indexed.

    Returns:
        (count, dimensions), int64, or the tuple.
    """
    array = input.detach().to("cpu").numpy()
    if as_tuple:
        found = np.nonzero(array.reshape(1) if array.ndim == 0 else array)
        return tuple([from_numpy(np.ascontiguousarray(i)).to(input.device) for i in found])
    return from_numpy(np.argwhere(array)).to(input.device)


@method
def argwhere(input: Tensor) -> Tensor:
    """Return where the elements are that are not zero, (count, dimensions), int64; see `nonzero`."""
    return nonzero(input)


@method
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """Return the elements where the mask holds, in one dimension; the two broadcast.

    Args:
        input: A tensor.
        mask: A bool tensor.

    Raises:
        RuntimeError: The mask is not of dtype bool, or the shapes do not broadcast.
    """
    if mask.dtype is not dtypes.bool_:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype.name}")
    shape = broadcast_shapes(input._shape, mask._shape)
    return expand(input, shape).reshape(-1)[expand(mask, shape).reshape(-1)]

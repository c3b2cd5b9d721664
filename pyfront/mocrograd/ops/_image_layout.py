"""Images whose channels lie side by side in memory (`channels_last`), or row-major: which ones do, and copies.

Convolutions and pools have kernels of both layouts. What they make keeps the layout of what it is made of.
"""

from __future__ import annotations

import math

from mocrograd import dtypes
from mocrograd.autograd import mode
from mocrograd.layout import Shape, channels_last, channels_last_3d, contiguous_strides, is_in_format, memory_format
from mocrograd.ops._memory import move
from mocrograd.strides import format_strides, suggested_format
from mocrograd.tensor import Tensor, fresh_with


def format_of(rank: int) -> memory_format:
    """Return the format of images whose channels lie side by side."""
    return channels_last if rank == 4 else channels_last_3d


def shows_last(*tensors: Tensor) -> bool:
    """Return whether one of some tensors, of images and filters, shows that channels lie side by side."""
    if all(x._dense for x in tensors) or mode.vmap is not None:
        return False
    return any(not x._dense and not x._sparse and suggested_format(x._shape, x._strides) is not None for x in tensors)


def laid(x: Tensor, last: bool) -> Tensor:
    """Return images, or a recorded copy, with their channels side by side or row-major."""
    ours: Tensor = (
        x.contiguous(memory_format=format_of(len(x._shape))) if last and mode.vmap is None else x.contiguous()
    )
    return ours


def fresh_images(shape: Shape, dtype: dtypes.dtype, like: Tensor, last: bool) -> Tensor:
    """Return new images in a layout."""
    strides = format_strides(shape, format_of(len(shape))) if last else contiguous_strides(shape)
    return fresh_with(shape, strides, math.prod(shape), dtype, like.device)


def _copied(x: Tensor, strides: Shape) -> Tensor:
    out = fresh_with(x._shape, strides, x._size, x.dtype, x.device)
    move(out, x)
    return out


def as_last(x: Tensor) -> Tensor:
    """Return images, or an unrecorded copy, whose channels lie side by side."""
    wanted = format_of(len(x._shape))
    return x if is_in_format(x._shape, x._strides, wanted) else _copied(x, format_strides(x._shape, wanted))


def as_rows(x: Tensor) -> Tensor:
    """Return a tensor, or an unrecorded copy, that is row-major."""
    return x if x._dense else _copied(x, contiguous_strides(x._shape))

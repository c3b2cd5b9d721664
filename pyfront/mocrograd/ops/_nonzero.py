"""Where the true elements of masks are: what indexing by masks, `nonzero` and counting are made of."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import mode
from mocrograd.backend import call, cpu, meta, recording
from mocrograd.layout import MAX_RANK, Shape, contiguous_strides
from mocrograd.ops.compare import ne
from mocrograd.ops.joining import stack
from mocrograd.ops.scan import cumsum
from mocrograd.tensor import Tensor, fresh, fresh_with

__all__: list[str] = []

_BLOCK = 8192
"""Elements that a worker takes at a time on the CPU."""


def positions_of(mask: Tensor) -> Tensor:
    """Return the positions of a mask's true elements in the order of its elements, (count,), int64."""
    return _found(mask, (mask._size,), True)


def indices_of(mask: Tensor) -> Tensor:
    """Return the indices of a mask's true elements, (count, dimensions), int64, with contiguous columns."""
    if len(mask._shape) <= MAX_RANK:
        return _found(mask, mask._shape, False)
    flat = positions_of(mask)
    steps = contiguous_strides(mask._shape)
    return stack([flat // step % size for step, size in zip(steps, mask._shape)], 1)


def truth_of(x: Tensor) -> Tensor:
    """Return which elements are not zero, unrecorded."""
    x = x.detach() if x.requires_grad else x
    return x if x.dtype is dtypes.bool_ else ne(x, 0)


def _found(mask: Tensor, sizes: Shape, flat: bool) -> Tensor:
    """Count the true elements of each block, take room for all, and write their indices."""
    recording.cannot_replay("where the true elements of a mask are depends on values")
    if mode.vmap is not None and mode.vmap.is_batched(mask):
        mask.numpy()  # raises: samples may have different numbers of true elements
    n, device = mask._size, mask.device
    if device is meta:
        raise NotImplementedError("nonzero: a meta tensor has no data, so how many of its elements are true is unknown")
    if not n:
        return fresh((0,) if flat else (0, len(sizes)), 0, dtypes.int64, device)
    mask = mask.contiguous()
    length = _BLOCK if device is cpu else 64 * math.ceil(math.sqrt(n) / 64)  # a thread each: as many as it takes long
    blocks = -(-n // length)
    counts = fresh((blocks,), blocks, dtypes.int64, device)
    call(device.table["count_true.forward.bool"], n, counts.address, mask.address, n, length, device.context)
    ends = counts if blocks == 1 else cumsum(counts, 0)
    count: Any = (counts if blocks == 1 else ends[-1]).item()
    out = _room(count, len(sizes), flat, device)
    if out._size:
        call(
            device.table["true_at.forward.bool"], n, out.address, mask.address, ends.address, n, length, count,
            len(sizes), *sizes, *contiguous_strides(sizes), device.context,
        )  # fmt: skip
    return out


def _room(count: int, rank: int, flat: bool, device: Any) -> Tensor:
    if flat:
        return fresh((count,), count, dtypes.int64, device)
    return fresh_with((count, rank), (1, max(count, 1)), count * rank, dtypes.int64, device)

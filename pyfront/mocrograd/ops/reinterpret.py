"""The bytes of a tensor as elements of another dtype."""

from __future__ import annotations

from mocrograd import backend, dtypes
from mocrograd.layout import Shape
from mocrograd.tensor import Tensor


def reinterpreted(input: Tensor, dtype: dtypes.dtype) -> Tensor:
    """Return a tensor that shares memory and reads its bytes as elements of another dtype; it has no gradient.

    Where elements become larger or smaller, the last dimension becomes shorter or longer.

    Raises:
        RuntimeError: Elements of the last dimension do not lie side by side, or do not make up whole new ones.
        NotImplementedError: Bytes are to be bools, which must be 0 or 1.
    """
    if dtype is dtypes.bool_ and input.dtype is not dtypes.bool_:
        raise NotImplementedError(
            f"view: expected a dtype whose elements may be any bytes, got bool for {input.dtype.name}; compare with 0"
        )
    old, new = input.dtype.itemsize, dtype.itemsize
    shape, strides = input._shape, input._strides
    if old != new:
        shape, strides = _resized(input, dtype)
    input._shared_stamp()
    out: Tensor = backend.new_alias(input)
    size = input._size * old // new
    backend.place(out, input.storage, shape, strides, dtype, input.device, input.address, size, input.is_contiguous())
    return out


def _resized(input: Tensor, dtype: dtypes.dtype) -> tuple[Shape, Shape]:
    """Return shape and strides in elements of another size."""
    old, new = input.dtype.itemsize, dtype.itemsize
    names = f"to view {input.dtype.name} as {dtype.name} (different element sizes)"
    if not input._shape:
        raise RuntimeError(f"self.dim() cannot be 0 {names}")
    if input._strides[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {names}, but got {input._strides[-1]}")
    *leading, last = input._shape
    *steps, _ = input._strides
    if new < old:
        return (*leading, last * old // new), (*[step * old // new for step in steps], 1)
    times = new // old
    if last % times:
        raise RuntimeError(f"self.size(-1) must be divisible by {times} {names}, but got {last}")
    if input.address % new and input._size:
        raise RuntimeError(f"self.storage_offset() must be divisible by {times} {names}")
    for d, step in enumerate(steps):
        if step % times:
            raise RuntimeError(f"self.stride({d}) must be divisible by {times} {names}, but got {step}")
    return (*leading, last // times), (*[step // times for step in steps], 1)

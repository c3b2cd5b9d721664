"""Elementary operations on memory: the range that a layout covers, filling, copying and reordering, unrecorded."""

from __future__ import annotations

from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import mode
from mocrograd.backend import call
from mocrograd.layout import Shape, contiguous_strides, layout_words, preserve_format
from mocrograd.ops._marked import CONJUGATED, NEGATED, elements, memory_of
from mocrograd.strides import format_strides, kept_strides, memory_words
from mocrograd.tensor import Tensor
from mocrograd.types import Operand


def span(shape: Shape, strides: Shape) -> int:
    """Return the number of elements of memory that a layout covers."""
    return 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, strides))


def overlaps(shape: Shape, strides: Shape) -> bool:
    """Return whether two elements of a layout may share memory."""
    reach = 0
    for stride, n in sorted((s, n) for n, s in zip(shape, strides) if n > 1):
        if stride <= reach:
            return True
        reach += (n - 1) * stride
    return False


FILLS = dtypes.KernelNames("fill.{}")
"""The names of the kernels that write one value, by dtype."""


def end_of(x: Tensor) -> int:
    """Return the address behind a tensor's last element."""
    size = x._size if x._dense or not x._size else span(x._shape, x._strides)
    return x._bare_address + size * x.dtype.itemsize


def root_of(x: Tensor) -> Tensor:
    """Return the tensor that one is a view of: itself where it is none, or where one of the two lies elsewhere by now.

    Assigned data come with a count of changes of their own, and `resize_` may leave views behind a tensor's end.
    """
    base = x._base
    if base is None or base.storage is not x.storage or base._stamp is not x._stamp:
        return x
    return base if not x._size or base._bare_address <= x._bare_address <= end_of(x) <= end_of(base) else x


def fill(target: Tensor, value: Operand) -> None:
    """Write one value to all elements, unrecorded."""
    if target._size:
        dtype = target.dtype
        number: Any = value if type(value) is float and dtype.kind == 2 else dtypes.number(value, dtype)
        if target._marks:
            number = complex(number).conjugate() if target._marks & CONJUGATED else number
            number = -number if target._marks & NEGATED else number
            target = memory_of(target)
        parts = (float(number.real), float(number.imag)) if dtype.is_complex else number
        device: backend.device = target.device
        shape, strides = target._shape, target._strides
        if target._dense:
            words = layout_words(shape, strides)
        else:
            if 0 in strides:  # of elements at one address, one is written
                shape = tuple([n if s else 1 for n, s in zip(shape, strides)])
            words = memory_words(shape, strides)
        call(device.table[FILLS[dtype]], target._size, target.address, parts, words, device.context)


RAMPS = (dtypes.float32, dtypes.float64, dtypes.int64)
"""The dtypes whose kernels write evenly spaced numbers."""


def ramp(target: Tensor, first: float, step: float, last: float) -> None:
    """Write evenly spaced numbers to a contiguous tensor of one dimension, unrecorded."""
    count, device = target._size, target.device
    if target.dtype.kind == 1:
        first, step, last = int(first), int(step), int(last)
    if count:
        kernel = device.table[f"ramp.{target.dtype.name}"]
        call(kernel, 2 * count, target.address, count, first, step, last, device.context)


def move(target: Tensor, source: Tensor) -> None:
    """Copy the elements of a tensor to another one of its shape, dtype and device, unrecorded."""
    if target._size:
        if target._marks or source._marks:
            source, target = elements(source, target._marks), memory_of(target)
        kernel = target.device.table[f"cast.{source.dtype.name}.{target.dtype.name}"]
        words = memory_words(target._shape, target._strides, source._strides)
        call(kernel, target._size, target.address, source.address, words, target.device.context)


def strides_like(input: Tensor, memory_format: Any) -> Shape:
    """Return the strides of a tensor that is made like another one, without gaps.

    Raises:
        RuntimeError: The format is one for another number of dimensions.
    """
    if memory_format is not None and memory_format is not preserve_format:
        return format_strides(input._shape, memory_format)
    if input._dense or mode.vmap is not None:  # samples have no strides of their own
        return contiguous_strides(input._shape)
    return kept_strides(input._shape, input._strides)


def in_order_of(input: Tensor, made: Tensor, memory_format: Any) -> Tensor:
    """Give a new row-major tensor the strides of one that is made like another; elements stay where they lie."""
    strides = strides_like(input, memory_format)
    if strides != made._strides:
        backend.set_memory(
            made, made.storage, made._shape, strides, made.dtype, made.device, made.address, made._size, False
        )
    return made

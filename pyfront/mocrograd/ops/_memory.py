"""Elementary operations on memory: the range that a layout covers, filling and copying, unrecorded."""

from __future__ import annotations

from typing import Any

from mocrograd import backend, dtypes
from mocrograd.backend import call
from mocrograd.layout import Shape, layout_words
from mocrograd.strides import copy_words
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


def fill(target: Tensor, value: Operand) -> None:
    """Write one value to all elements, unrecorded."""
    if target._size:
        dtype = target.dtype
        number: Any = dtypes.number(value, dtype)
        parts = (float(number.real), float(number.imag)) if dtype.is_complex else number
        device: backend.device = target.device
        shape, strides = target._shape, target._strides
        if 0 in strides:  # of elements at one address, one is written
            shape = tuple([n if s else 1 for n, s in zip(shape, strides)])
        if target._dense:
            words = layout_words(shape, strides)
        else:
            order = sorted(range(len(shape)), key=lambda d: -strides[d])
            words = layout_words(tuple([shape[d] for d in order]), tuple([strides[d] for d in order]))
        call(device.table[f"fill.{dtype.name}"], target._size, target.address, parts, words, device.context)


def move(target: Tensor, source: Tensor) -> None:
    """Copy the elements of a tensor to another one of its shape, dtype and device, unrecorded."""
    if target._size:
        kernel = target.device.table[f"cast.{source.dtype.name}.{target.dtype.name}"]
        words = copy_words(target._shape, target._strides, source._strides)
        call(kernel, target._size, target.address, source.address, words, target.device.context)

"""Tensors of given strides, and `range`, which counts up to and with its end."""

from __future__ import annotations

import builtins
import math
import warnings
from collections.abc import Sequence
from typing import Any

from mocrograd import dtypes, ops
from mocrograd.ops._arguments import checked, integers
from mocrograd.ops.diagonals import unset
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype, Ints


def _ordered(name: str, size: Any, order: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a shape whose dimensions lie in an order, the outermost first.

    Raises:
        RuntimeError: The order does not name each dimension once.
    """
    if sorted(order) != [*builtins.range(len(size))]:
        raise RuntimeError(
            f"{name}: expected each of {len(size)} dimensions once in physical_layout, got {list(order)}"
        )
    strides, step = [0] * len(size), 1
    for d in reversed(order):
        strides[d], step = step, step * max(size[d], 1)
    return tuple(strides)


@checked
def empty_strided(
    size: Ints, stride: Ints, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of a shape and strides whose values are whatever the memory held.

    Args:
        size: The shape.
        stride: The distances from element to element along each dimension.
        dtype: The type of the elements; float32 by default.
        device: Where they are; the CPU by default.
        requires_grad: Whether operations on it are recorded.

    Raises:
        RuntimeError: Their numbers differ, or one is negative.
    """
    return unset("empty_strided", size, stride, dtype, device).requires_grad_(requires_grad)


@checked
def empty_permuted(
    size: Sequence[int],
    physical_layout: Sequence[int],
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return a tensor whose dimensions lie in memory in an order, with whatever values the memory held.

    Args:
        size: The shape.
        physical_layout: The dimensions, from the outermost to the innermost.
        dtype: The type of the elements; float32 by default.
        device: Where they are; the CPU by default.
        requires_grad: Whether operations on it are recorded.

    Raises:
        RuntimeError: The order does not name each dimension once.
    """
    sizes = integers("empty_permuted", "size", (tuple(size),))
    order = integers("empty_permuted", "physical_layout", (tuple(physical_layout),))
    strides = _ordered("empty_permuted", sizes, order)
    made: Tensor = empty_strided(sizes, strides, dtype=dtype, device=device, requires_grad=requires_grad)
    return made


@checked
def range(
    start: float = 0, end: Any = None, step: float = 1, *, dtype: Dtype = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return start, start + step, ... up to and with end; `arange`, which leaves out the end, is meant to replace it.

    Args:
        start: The first value; `range(end)` starts at 0.
        end: The bound, which may be reached.
        step: The distance of values.
        dtype: The type of the elements; float32 by default.
        device: Where they are; the CPU by default.
        requires_grad: Whether operations on it are recorded.

    Raises:
        RuntimeError: The step is 0, or leads away from the end.
    """
    warnings.warn(
        "range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use arange, which produces values in [start, end).",
        stacklevel=3,
    )
    start, end = (0, start) if end is None else (start, end)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {start}, {end}, {step}")
    count = math.floor((end - start) / step) + 1
    kind = dtypes.get_default_dtype() if dtype is None else dtype
    values = ops.arange(count, dtype=kind, device=device) * step + start
    return values.to(kind).requires_grad_(requires_grad)

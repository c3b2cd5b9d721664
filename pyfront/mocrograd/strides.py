"""The strides of results: which order of dimensions in memory an operation keeps, by torch's rules.

A layout without gaps, such as that of a transposed matrix or of `channels_last` images, is kept by what copies a tensor
or computes each of its elements by itself. All functions are pure and cached, as those of `layout`.
"""

from __future__ import annotations

import math
from functools import lru_cache

from mocrograd.layout import (
    Shape,
    Zipped,
    broadcast_shapes,
    channels_last,
    channels_last_3d,
    contiguous_strides,
    expand_strides,
    format_order,
    is_contiguous,
    is_in_format,
    layout_words,
    memory_format,
)


@lru_cache(maxsize=8192)
def is_gapless(shape: Shape, strides: Shape) -> bool:
    """Return whether elements fill a stretch of memory once, in any order of the dimensions."""
    if is_contiguous(shape, strides):
        return True
    step = 1
    for stride, size in sorted([(stride, size) for size, stride in zip(shape, strides) if size > 1]):
        if stride != step:
            return False
        step *= size
    return True


def format_strides(shape: Shape, wanted: object) -> Shape:
    """Return the strides of a layout without gaps in the order of a format.

    Raises:
        RuntimeError: The format is one for another number of dimensions.
    """
    order = format_order(wanted, len(shape))
    return contiguous_strides(shape) if order is None else _strides_in(shape, order[0])


def _strides_in(shape: Shape, order: Shape) -> Shape:
    """Return the strides of a layout without gaps whose dimensions lie in an order, the outermost first."""
    own = contiguous_strides(tuple([shape[d] for d in order]))
    strides = [0] * len(shape)
    for d, stride in zip(order, own):
        strides[d] = stride
    return tuple(strides)


def _order(shape: Shape, operands: tuple[Shape, ...]) -> Shape:
    """Return the dimensions from the outermost to the innermost: as operands have them, the first ones first.

    Where no operand tells two dimensions apart, they stay as they are; that makes no order of all, so the sort is the
    one by insertion that torch has.
    """

    def before(a: int, b: int) -> int:
        for strides in operands:
            if strides[a] and strides[b]:
                if strides[a] != strides[b]:
                    return 1 if strides[a] > strides[b] else -1
                if shape[a] > shape[b]:
                    return 1
        return 0

    inner = list(range(len(shape) - 1, -1, -1))  # from the innermost on
    for i in range(1, len(inner)):
        at = i
        for other in range(i - 1, -1, -1):
            found = before(inner[other], inner[at])
            if found > 0:
                inner[other], inner[at] = inner[at], inner[other]
                at = other
            elif found < 0:
                break
    return tuple(reversed(inner))


@lru_cache(maxsize=8192)
def kept_strides(shape: Shape, strides: Shape) -> Shape:
    """Return the strides of a copy of a layout, without gaps: its own where it has none."""
    if is_gapless(shape, strides):
        return strides
    return _strides_in(shape, _order(shape, (strides,)))


@lru_cache(maxsize=8192)
def memory_words(shape: Shape, strides: Shape, *others: Shape) -> Shape:
    """Return the words of a layout, and of others of its shape, in the order that the first has in memory."""
    order = sorted(range(len(shape)), key=lambda d: -strides[d])
    every = [tuple([steps[d] for d in order]) for steps in (strides, *others)]
    return layout_words(tuple([shape[d] for d in order]), *every)


@lru_cache(maxsize=8192)
def suggested_format(shape: Shape, strides: Shape) -> memory_format | None:
    """Return the format of images that a layout shows, None for all others, also where several would do."""
    rank = len(shape)
    if rank not in (4, 5) or strides[1] == 0 or 0 in shape:
        return None
    least = 0
    for d in (1, *range(rank - 1, 1, -1), 0):
        if strides[d] < least or (d == 0 and least == strides[1]):
            return None
        least = strides[d] * max(shape[d], 1)
    return channels_last if rank == 4 else channels_last_3d


def _pointwise_strides(shape: Shape, layouts: tuple[Shape, ...]) -> tuple[Shape, Shape]:
    """Return the strides of a pointwise result, and the order of its dimensions."""
    rows = tuple(range(len(shape)))
    pairs = list(zip(layouts[0::2], layouts[1::2]))
    if all(own == shape for own, _ in pairs):
        if all(is_contiguous(own, strides) for own, strides in pairs):
            return contiguous_strides(shape), rows
        if all(is_in_format(own, strides, channels_last) for own, strides in pairs) and len(shape) == 4:
            return format_strides(shape, channels_last), (0, 2, 3, 1)
        first = pairs[0][1]
        if is_gapless(shape, first) and all(strides == first for _, strides in pairs):
            return first, tuple(sorted(rows, key=lambda d: (-first[d], d)))
    order = _order(shape, tuple([expand_strides(own, strides, shape) for own, strides in pairs]))
    return _strides_in(shape, order), order


@lru_cache(maxsize=8192)
def zip_kept(*layouts: Shape) -> Zipped:
    """Broadcast layouts against each other: (shape, strides, size, words) of a pointwise result and its operands.

    The result has the order of dimensions that torch gives it, and kernels go through memory in that order.

    Args:
        layouts: Shape and strides of each operand, one after the other; numbers have no dimensions.

    Raises:
        RuntimeError: The shapes do not broadcast.
    """
    shapes = layouts[0::2]
    shape = broadcast_shapes(*shapes)
    own, order = _pointwise_strides(shape, layouts)
    operands = [expand_strides(s, t, shape) for s, t in zip(shapes, layouts[1::2])]
    every = [tuple([strides[d] for d in order]) for strides in (own, *operands)]
    return shape, own, math.prod(shape), layout_words(tuple([shape[d] for d in order]), *every)

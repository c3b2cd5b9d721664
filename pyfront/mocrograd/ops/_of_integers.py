"""Convolutions and pooling of integers, composed of integer operations; they wrap around as sums of integers do.

Nothing is rounded: windows are products of integer matrices, positions of maxima are those of ranks, which float64 has,
and sums go by halves of 32 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.layout import Shape
from mocrograd.ops import arithmetic
from mocrograd.ops._convolve import Options
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import arange, ones_like
from mocrograd.ops.diagonals import as_strided
from mocrograd.ops.gathering import gather, scatter
from mocrograd.ops.matmul import matmul
from mocrograd.ops.sorting import sort
from mocrograd.ops.views import reshape
from mocrograd.tensor import Tensor


def _framed(x: Tensor, before: Shape, sizes: Shape, spread: Shape) -> Tensor:
    """Return images of zeros with x in them, from some position on and with steps in between."""
    out = x.new_zeros(*x._shape[:2], *sizes)
    if x._size:
        strides = out._strides
        start = sum(b * s for b, s in zip(before, strides[2:]))
        steps = tuple([s * n for s, n in zip(spread, strides[2:])])
        as_strided(out, x._shape, (*strides[:2], *steps), start).copy_(x)
    return out


def _columns(x: Tensor, window: Shape, options: Options, positions: Shape) -> Tensor:
    """Return the windows of images, (batch, groups, elements, positions)."""
    steps = x._strides[2:]
    within = tuple([d * s for d, s in zip(options.dilation, steps)])
    between = tuple([t * s for t, s in zip(options.stride, steps)])
    windows = as_strided(x, (*x._shape[:2], *window, *positions), (*x._strides[:2], *within, *between))
    elements = x._shape[1] // options.groups * math.prod(window)
    return reshape(windows, (x._shape[0], options.groups, elements, math.prod(positions)))


def _product(columns: Tensor, w: Tensor, bias: Tensor | None, groups: int, positions: Shape) -> Tensor:
    filters = w._shape[0]
    out = matmul(reshape(w, (groups, filters // groups, -1)), columns)
    out = reshape(out, (columns._shape[0], filters, *positions))
    return out if bias is None else out + reshape(bias, (-1, *(1,) * len(positions)))


def convolve(x: Tensor, w: Tensor, bias: Tensor | None, options: Options, positions: Shape) -> Tensor:
    """Return the convolution of images of integers.

    Args:
        x: (batch, channels, sizes).
        w: (filters, channels / groups, window).
        bias: (filters,), or None.
        options: Its options.
        positions: The sizes of the result.
    """
    sizes = tuple([n + b + e for n, b, e in zip(x._shape[2:], options.before, options.behind)])
    framed = _framed(x, options.before, sizes, (1,) * len(sizes))
    return _product(_columns(framed, w._shape[2:], options, positions), w, bias, options.groups, positions)


def convolve_transposed(x: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Return the transposed convolution of integers: that of x, spread by the stride, with flipped filters.

    Args:
        x: (batch, channels, sizes).
        w: (channels, filters / groups, window).
        bias: (filters,), or None.
        options: The options of the convolution whose gradient it is.
        image: The sizes of the result.
    """
    window, groups = w._shape[2:], options.groups
    reach = tuple([d * (k - 1) for d, k in zip(options.dilation, window)])
    last = [(n - 1) * s + 1 for n, s in zip(x._shape[2:], options.stride)]
    sizes = tuple([max(n + r, b + m) + r for n, r, b, m in zip(last, reach, options.before, image)])
    framed = _framed(x, reach, sizes, options.stride)
    for d, (start, m, r) in enumerate(zip(options.before, image, reach)):
        framed = framed.narrow(d + 2, start, m + r)
    turned = w.flip(tuple(range(2, len(w._shape))))
    turned = reshape(turned, (groups, w._shape[0] // groups, w._shape[1], *window)).transpose(1, 2)
    turned = reshape(turned, (groups * w._shape[1], w._shape[0] // groups, *window))
    plain = options._replace(stride=(1,) * len(window))
    return _product(_columns(framed, window, plain, image), turned, bias, groups, image)


def largest(x: Tensor, ndim: int, pool: Callable[[Tensor], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Return the largest pixels of windows and their indices.

    Args:
        x: Images of integers; `ndim` dimensions are pooled.
        ndim: How many.
        pool: Does so with floats.
    """
    _, indices = pool(_ranks(x) if x.dtype.itemsize == 8 else to_dtype(x, dtypes.float64))
    lead = x._shape[:-ndim]
    whole, rows = (*lead, math.prod(x._shape[-ndim:])), (*lead, math.prod(indices._shape[-ndim:]))
    found = gather(reshape(x, whole), len(lead), reshape(indices, rows))
    return reshape(found, indices._shape), indices


def _ranks(x: Tensor) -> Tensor:
    """Return floats in the order of integers, which no float may hold; the first of equal ones is the largest."""
    order = sort(reshape(x, -1), descending=True, stable=True)[1]
    ranks = -arange(x._size, dtype=dtypes.float64, device=x.device)
    return reshape(scatter(ranks, 0, order, ranks), x._shape)


def means(x: Tensor, divisor: int | None, pool: Callable[[Tensor, int | None], Tensor]) -> Tensor:
    """Return the means of windows of integers, rounded towards 0.

    Args:
        x: Images of integers.
        divisor: What sums are divided by instead of the size of the window.
        pool: Averages windows of floats, with a divisor.
    """
    high, low = x >> 32 if x.dtype.itemsize == 8 else None, x & 0xFFFFFFFF if x.dtype.itemsize == 8 else x
    sums = to_dtype(pool(to_dtype(low, dtypes.float64), 1), dtypes.int64)
    if high is not None:
        sums = sums + (to_dtype(pool(to_dtype(high, dtypes.float64), 1), dtypes.int64) << 32)
    by: Any = divisor
    if divisor is None:
        ones = ones_like(x, dtype=dtypes.float64)
        by = to_dtype((pool(ones, 1) / pool(ones, None)).round(), dtypes.int64)
    return to_dtype(arithmetic.div(sums, by, rounding_mode="trunc"), x.dtype)

"""The kernels of convolutions, unrecorded: sizes, padding, and which kernel does what.

Row-major kernels do not know padding; strides and dilation are split into phases here. Images whose channels lie side
by side have kernels of their own (`_convolve_last.py`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from mocrograd.backend import CONV_MOST, CONV_MOST_TILES, CONV_PLANES, CONV_SIDE, VECTOR_BITS, call, new_view
from mocrograd.errors import NoKernel
from mocrograd.layout import Shape, channels_last, contiguous_strides
from mocrograd.ops._memory import fill, move
from mocrograd.ops.matmul import product
from mocrograd.strides import format_strides
from mocrograd.tensor import Tensor, fresh, fresh_with, view_of

LEAST_FILTERS = 8  # of a group, from which tiles of 32 filters are worth their time
_MOST_SUMS = 1 << 19  # elements of the weight's gradient times chunks of the batch
_MOST_CHUNKS = 16
_MOST_FILTERS = 1 << 15  # filters times channels whose points stay in the second-level cache
_MOST_BOTH = 1 << 14  # for the gradient of filters, whose points several chunks sum
_LEAST_POSITIONS = 4
_LEAST_TILES = 64  # of the batch, from which the points of the filters are worth their time
_WORTH_PHASES = 1 << 22  # multiplications and additions from which four products are faster than one with zeros


class Options(NamedTuple):
    """A convolution's options, one number per dimension; `before` and `behind` are the padding.

    Attributes:
        last: Whether images and results have their channels side by side in memory.
    """

    stride: Shape
    before: Shape
    behind: Shape
    dilation: Shape
    groups: int
    last: bool = False


@lru_cache(maxsize=4096)
def three(sizes: Shape, fill: int = 1) -> Shape:
    """Return sizes of three dimensions, of which the leading ones may be missing."""
    return (fill,) * (3 - len(sizes)) + sizes


@lru_cache(maxsize=4096)
def out_sizes(image: Shape, window: Shape, options: Options) -> Shape:
    """Return the sizes of the result of a convolution; they may be negative where the window does not fit."""
    return tuple([
        (n + b + e - d * (k - 1) - 1) // s + 1
        for n, k, s, b, e, d in zip(image, window, options.stride, options.before, options.behind, options.dilation)
    ])  # fmt: skip


@lru_cache(maxsize=4096)
def geometry(x: Shape, w: Shape, positions: Shape, stride: Shape, dilation: Shape, groups: int) -> Shape:
    """Return the words of the sizes of an unpadded convolution."""
    return (
        x[0], groups, w[1], w[0] // groups, *three(x[2:]), *three(positions), *three(w[2:]), *three(stride),
        *three(dilation),
    )  # fmt: skip


def _frame(x: Tensor, before: Shape, sizes: Shape, step: Shape) -> Tensor:
    """Return x framed by zeros: its elements are `step` apart, from `before` on, in an image of the given sizes."""
    if sizes == x._shape[2:] and not any(before):
        return x
    shape = (*x._shape[:2], *sizes)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table[f"conv_frame.forward.{x.dtype.name}"], out._size, out.address, x.address,
        math.prod(shape[:2]), three(x._shape[2:]), three(sizes), three(before, 0), three(step), x.device.context,
    )  # fmt: skip
    return out


def _padded(x: Tensor, options: Options) -> Tensor:
    """Return x with its padding."""
    if not any(options.before) and not any(options.behind):
        return x
    sizes = tuple([n + b + e for n, b, e in zip(x._shape[2:], options.before, options.behind)])
    return _frame(x, options.before, sizes, (1,) * len(sizes))


def _convolve(x: Tensor, w: Tensor, bias: Tensor | None, options: Options, positions: Shape, start: int = 0) -> Tensor:
    """Run the product of images that are padded already, the first window at the element `start` of each."""
    shape = (x._shape[0], w._shape[0], *positions)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table[f"conv.forward.{x.dtype.name}"], out._size * w._size // w._shape[0], out.address,
        x.address + start * x.dtype.itemsize, w.address, 0 if bias is None else bias.address,
        geometry(x._shape, w._shape, positions, options.stride, options.dilation, options.groups), x.device.context,
    )  # fmt: skip
    return out


def _check_tiles(x: Tensor, filters: int, options: Options) -> None:
    """Raise NoKernel where narrow images have no kernels, or groups of few filters would leave most of a tile empty."""
    if x.dtype.wide is None:
        return
    if filters < LEAST_FILTERS * options.groups and options.groups > 1:
        raise NoKernel(f"conv: {options.groups} groups of {filters // options.groups} filters")
    _ = x.device.table[f"conv.forward.{x.dtype.name}"]


def convolve(x: Tensor, w: Tensor, bias: Tensor | None, options: Options, positions: Shape) -> Tensor:
    """Return the first positions of a convolution."""
    if _is_product(x._shape[2:], w._shape, options, positions):
        return shaped(product(_rows(x), _rows(w), bias, b_transposed=True), (x._shape[0], w._shape[0], *positions))
    if is_minimal(x, w._shape[0], w._shape[2:], options, positions):
        return minimal(x, w, bias, options.before, positions)
    _check_tiles(x, w._shape[0], options)
    return _convolve(_padded(x, options), w, bias, options, positions)


@lru_cache(maxsize=4096)
def _is_product(image: Shape, w: Shape, options: Options, positions: Shape) -> bool:
    """Return whether windows are whole images, so that the convolution is a product of matrices."""
    whole = image == w[2:] and math.prod(positions) == 1
    return whole and options.groups == 1 and not any(options.before) and not any(options.behind)


def _rows(x: Tensor) -> Tensor:
    """Return a view of a tensor as a matrix with a row for each image or filter."""
    shape = (x._shape[0], math.prod(x._shape[1:]))
    rows: Tensor = new_view(x, shape, (shape[1], 1), 0, x._size)
    return rows


def shaped(y: Tensor, shape: Shape) -> Tensor:
    """Return a fresh matrix in the shape of images or filters; the result is no view that a graph would follow."""
    shaped: Tensor = new_view(y, shape, contiguous_strides(shape), 0, y._size)
    shaped._is_view = False  # nobody else sees y, and a view made here could not be changed in place
    return shaped


def is_minimal(x: Tensor, filters: int, window: Shape, options: Options, positions: Shape) -> bool:
    """Return whether minimal filtering is faster and has kernels."""
    fits = _fits_minimal(x._shape, filters, window, options, positions)
    return fits and x.dtype.name == "float32" and x.device.type == "cpu"


@lru_cache(maxsize=4096)
def _fits_minimal(x: Shape, filters: int, window: Shape, options: Options, positions: Shape) -> bool:
    """Return whether minimal filtering is worth its time: windows of 3 x 3 side by side, enough channels and tiles."""
    if window != (3, 3) or options.stride != (1, 1) or options.dilation != (1, 1) or options.groups != 1:
        return False
    batch, channels = x[:2]
    down, across = (-(-n // 2) for n in positions)
    fits = across * channels <= CONV_MOST and across <= CONV_MOST_TILES and channels * filters <= _MOST_FILTERS
    whole = channels % CONV_SIDE == filters % CONV_SIDE == 0 < min(channels, filters)
    return fits and whole and min(positions) >= _LEAST_POSITIONS and batch * down * across >= _LEAST_TILES


def minimal(
    x: Tensor, w: Tensor, bias: Tensor | None, before: Shape, result: Shape, turned: bool = False, last: bool = False
) -> Tensor:
    """Run minimal filtering of images with zeros `before` them, by filters that may be exchanged and flipped.

    Images and the result may have their channels `last`; filters do so too where they are not row-major.
    """
    batch, channels, *image = x._shape
    filters = w._shape[1 if turned else 0]
    panel = VECTOR_BITS // 16  # two vectors
    room = -(-filters // panel) * panel * channels * CONV_PLANES + filters * channels
    points = fresh((room,), room, x.dtype, x.device)
    order = int(turned) + (0 if w._dense else 2)
    call(
        x.device.table["conv_points.forward.float32"], w._size * CONV_PLANES, points.address, w.address, filters,
        channels, order, x.device.context,
    )  # fmt: skip
    shape = (batch, filters, *result)
    strides = format_strides(shape, channels_last) if last else contiguous_strides(shape)
    out = fresh_with(shape, strides, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table["conv_minimal.forward.float32"], out._size * channels, out.address, x.address, w.address,
        0 if bias is None else bias.address, points.address, order, batch, channels, filters, tuple(image), result,
        before, last, x.device.context,
    )  # fmt: skip
    return out


def convolve_input(dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Return the gradient of the images, of sizes `image`, plus a bias.

    Where windows lie apart, this multiplies with the zeros between the elements of dy, or, if that is worth some more
    calls, computes the pixels that lie apart alike by themselves.
    """
    window = w._shape[2:]
    if bias is None and _is_product(image, w._shape, options, dy._shape[2:]):
        return shaped(product(_rows(dy), _rows(w)), (dy._shape[0], w._shape[1], *image))
    if is_minimal(dy, w._shape[1], window, options, image):
        return minimal(dy, w, bias, tuple([2 - b for b in options.before]), image, turned=True)
    _check_tiles(dy, min(w._shape[0], w._shape[1] * options.groups), options)
    dense = all(d == 1 or s == 1 for s, d in zip(options.stride, options.dilation))
    if dense and math.prod(options.stride) > 1 and dy._size * w._size // w._shape[0] >= _WORTH_PHASES:
        reached = all(k >= s for k, s in zip(window, options.stride))
        if reached or bias is None:
            return _by_phases(dy, w, bias, options, image)
    return _spread(dy, w, bias, options, image)


def _spread(dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Spread dy by the stride and convolve it with the flipped filters."""
    window, ones = w._shape[2:], (1,) * len(image)
    reach = [d * (k - 1) for d, k in zip(options.dilation, window)]
    before = tuple([r - b for r, b in zip(reach, options.before)])
    framed = _frame(dy, before, tuple([n + r for n, r in zip(image, reach)]), options.stride)
    turned = _turned(w, options.groups, (0,) * len(image), ones, window)
    return _convolve(framed, turned, bias, options._replace(stride=ones), image)


def _turned(w: Tensor, groups: int, starts: Shape, steps: Shape, taps: Shape) -> Tensor:
    """Return flipped filters with channels and filters exchanged: `taps` elements from `starts` on, `steps` apart."""
    filters, channels = w._shape[0] // groups, w._shape[1]
    shape = (groups * channels, filters, *taps)
    turned = fresh(shape, math.prod(shape), w.dtype, w.device)
    if math.prod(w._shape[2:]) == 1:  # there is nothing to turn, and a faster kernel to transpose
        size, strides = (groups, filters, channels), (filters * channels, 1, filters)
        move(view_of(turned, size, strides, 0, w._size), view_of(w, size, contiguous_strides(size), 0, w._size))
        return turned
    call(
        w.device.table[f"conv_turn.forward.{w.dtype.name}"], turned._size, turned.address, w.address, groups, filters,
        channels, three(w._shape[2:]), three(taps), three(starts, 0), three(steps), w.device.context,
    )  # fmt: skip
    return turned


class Phase(NamedTuple):
    """Pixels a stride apart in one dimension, which meet the same elements of a window.

    Attributes:
        pixel: The first pixel.
        pixels: Their number.
        tap: The first element of the window.
        taps: The number of elements, which lie a stride apart too.
        lead: The zeros that the first pixel needs before dy.
    """

    pixel: int
    pixels: int
    tap: int
    taps: int
    lead: int


@lru_cache(maxsize=4096)
def phases_of(pixels: int, window: int, stride: int, before: int, dilation: int) -> tuple[list[Phase], int, int]:
    """Return the phases of a dimension that meet something, the zeros before dy for all of them, and the frame's size.

    Pixel s t + u lies at s q + r of the padded image, where r = (u + before) mod s and q = t + (u + before) div s. With
    dilation 1 it meets the elements r + s m of a window, at the positions q - m: a convolution with a stride of 1. With
    stride 1 there is one phase, whatever the dilation.
    """
    found = []
    for u in range(min(stride, pixels)):
        skipped, tap = divmod(u + before, stride)
        taps = -(-(window - tap) // stride)
        if taps > 0:
            found.append(Phase(u, -(-(pixels - u) // stride), tap, taps, dilation * (taps - 1) - skipped))
    lead = max([phase.lead for phase in found], default=0)
    return found, lead, max([lead - p.lead + p.pixels + dilation * (p.taps - 1) for p in found], default=0)


def _by_phases(dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Compute pixels a stride apart together: each phase uses the filter taps that are a stride apart too."""
    stride, shape = options.stride, (dy._shape[0], w._shape[1] * options.groups, *image)
    out = fresh(shape, math.prod(shape), dy.dtype, dy.device)
    if any(k < s for k, s in zip(w._shape[2:], stride)):
        fill(out, 0)  # some pixels meet no element
    ones = (1,) * len(image)
    dimensions = zip(image, w._shape[2:], stride, options.before, options.dilation)
    every, leads, sizes = zip(*[phases_of(*numbers) for numbers in dimensions])
    if not out._size or 0 in sizes:
        return out
    framed = _frame(dy, leads, sizes, ones)
    for phases in itertools.product(*every):
        first, pixels, tap, taps, lead = zip(*phases)
        filters = _turned(w, options.groups, tap, stride, taps)
        start = sum([(most - own) * step for most, own, step in zip(leads, lead, contiguous_strides(sizes))])
        part = _convolve(framed, filters, bias, options._replace(stride=ones), pixels, start)
        move(every_pixel(out, first, stride), part)
    return out


def every_pixel(x: Tensor, starts: Sequence[int], steps: Shape) -> Tensor:
    """Return a view of the elements from `starts` on, `steps` apart, in the dimensions behind the first two."""
    sizes = tuple([max(-(-(n - a) // s), 0) for n, a, s in zip(x._shape[2:], starts, steps)])
    shape = (*x._shape[:2], *sizes)
    strides = (*x._strides[:2], *(s * t for s, t in zip(x._strides[2:], steps)))
    offset = sum(a * t for a, t in zip(starts, x._strides[2:])) if 0 not in shape else 0
    return view_of(x, shape, strides, offset, math.prod(shape))


def convolve_weight(x: Tensor, dy: Tensor, options: Options, window: Shape) -> Tensor:
    """Return the gradient of the filters, whose windows have sizes `window`."""
    shape = (dy._shape[1], x._shape[1] // options.groups, *window)
    if _is_product(x._shape[2:], shape, options, dy._shape[2:]):
        return shaped(product(_rows(dy), _rows(x), a_transposed=True), shape)
    if is_minimal_weight(x, dy, options, window):
        return minimal_weight(x, dy, options.before)
    _check_tiles(x, dy._shape[1], options)
    x = _padded(x, options)
    groups, filters, channels = options.groups, dy._shape[1], x._shape[1] // options.groups
    dtype, device = x.dtype, x.device
    out = fresh(shape, math.prod(shape), dtype, device)
    if not dy._size:
        fill(out, 0)
        return out
    taps = channels * math.prod(window)
    if dtype.wide is None:
        one = groups * taps * rounded(filters // groups, CONV_SIDE)
    else:  # in squares of two by two tiles
        one = groups * rounded(taps, 2 * CONV_SIDE) * rounded(filters // groups, 2 * CONV_SIDE)
    chunks = chunks_of(x._shape[0], one)
    sums = fresh((chunks * one,), chunks * one, dtype.wide or dtype, device)
    call(
        device.table[f"conv_weight.forward.{dtype.name}"], dy._size * taps, sums.address, x.address, dy.address, chunks,
        geometry(x._shape, shape, dy._shape[2:], options.stride, options.dilation, groups), device.context,
    )  # fmt: skip
    call(
        device.table[f"conv_combine.forward.{dtype.name}"], out._size * chunks, out.address, sums.address, chunks,
        groups, taps, filters // groups, device.context,
    )  # fmt: skip
    return out


def is_minimal_weight(x: Tensor, dy: Tensor, options: Options, window: Shape) -> bool:
    """Return whether minimal filtering is faster for the gradient of filters and has kernels."""
    channels, filters, across = x._shape[1], dy._shape[1], (dy._shape[-1] + 1) // 2
    fits = channels * filters <= _MOST_BOTH and across * filters <= CONV_MOST
    return fits and is_minimal(x, filters, window, options, dy._shape[2:])


def chunks_of(batch: int, size: int) -> int:
    """Return into how many chunks a batch is cut whose sums are combined in order, of a size each."""
    return max(1, min(batch, _MOST_CHUNKS, _MOST_SUMS // size))


def rounded(count: int, side: int) -> int:
    """Return the least multiple of `side` that is not below `count`."""
    return -(-count // side) * side


def minimal_weight(x: Tensor, dy: Tensor, before: Shape, last: bool = False) -> Tensor:
    """Run minimal filtering for the gradient of filters of 3 x 3."""
    batch, channels, filters = *x._shape[:2], dy._shape[1]
    image, result = x._shape[2:], dy._shape[2:]
    one = filters * channels * CONV_PLANES + CONV_SIDE
    chunks = max(1, min(batch * ((result[0] + 1) // 2), _MOST_CHUNKS, _MOST_SUMS // (filters * channels * 16)))
    sums = fresh((chunks * one,), chunks * one, x.dtype, x.device)
    shape = (filters, channels, 3, 3)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table["conv_minimal_weight.forward.float32"], dy._size * channels, sums.address, x.address, dy.address,
        chunks, batch, channels, filters, image, result, before, last, x.device.context,
    )  # fmt: skip
    call(
        x.device.table["conv_minimal_combine.forward.float32"], out._size * chunks, out.address, sums.address, chunks,
        filters, channels, x.device.context,
    )  # fmt: skip
    return out

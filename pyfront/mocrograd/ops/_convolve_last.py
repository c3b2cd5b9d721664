"""Convolutions in either layout of images, unrecorded: those whose channels lie side by side have kernels of their own.

Such images, and results, keep their layout; filters may be row-major or have their channels side by side too. A window
of one pixel needs no kernel of a convolution: all pixels are rows of a matrix.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

from mocrograd.backend import CONV_PANEL, CONV_SIDE, call, new_view
from mocrograd.layout import Shape
from mocrograd.ops import _convolve as rows
from mocrograd.ops._convolve import Options, every_pixel, geometry, phases_of, three
from mocrograd.ops._image_layout import as_last, as_rows, format_of, fresh_images
from mocrograd.ops._memory import fill, move
from mocrograd.ops.matmul import product
from mocrograd.strides import format_strides
from mocrograd.tensor import Tensor, fresh


def convolve(x: Tensor, w: Tensor, bias: Tensor | None, options: Options, positions: Shape) -> Tensor:
    """Return the first positions of a convolution, in the layout of the images."""
    if not options.last:
        return rows.convolve(x, w, bias, options, positions)
    x = as_last(x)
    if _is_point(x._shape[2:], w, options, positions):
        return _images(product(_pixels(x), _points(w), bias, b_transposed=True), (x._shape[0], w._shape[0], *positions))
    if rows.is_minimal(x, w._shape[0], w._shape[2:], options, positions):
        return rows.minimal(x, w, bias, options.before, positions, last=True)
    if not _has_kernels(x, w._shape[0] // options.groups, w._shape[1]):
        return as_last(rows.convolve(as_rows(x), as_rows(w), bias, options, positions))
    return _convolve(x, _filters(w, options.groups), bias, options, positions)


def convolve_input(dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Return the gradient of the images, of sizes `image`, plus a bias, in the layout of dy."""
    if not options.last:
        return rows.convolve_input(dy, w, bias, options, image)
    dy = as_last(dy)
    if _is_point(image, w, options, dy._shape[2:]):
        return _images(product(_pixels(dy), _points(w), bias), (dy._shape[0], w._shape[1], *image))
    if rows.is_minimal(dy, w._shape[1], w._shape[2:], options, image):
        return rows.minimal(dy, w, bias, tuple([2 - b for b in options.before]), image, turned=True, last=True)
    dense = all(d == 1 or s == 1 for s, d in zip(options.stride, options.dilation))
    reached = all(k >= s for k, s in zip(w._shape[2:], options.stride))
    kernels = _has_kernels(dy, w._shape[1], w._shape[0] // options.groups)
    if not kernels or not dense or not (reached or bias is None):
        return as_last(rows.convolve_input(as_rows(dy), as_rows(w), bias, options, image))
    return _by_phases(dy, w, bias, options, image)


def convolve_weight(x: Tensor, dy: Tensor, options: Options, window: Shape) -> Tensor:
    """Return the gradient of the filters, whose windows have sizes `window`, in either layout."""
    if not options.last:
        return rows.convolve_weight(x, dy, options, window)
    x, dy = as_last(x), as_last(dy)
    groups = options.groups
    filters, channels = dy._shape[1] // groups, x._shape[1] // groups
    shape = (dy._shape[1], channels, *window)
    if math.prod(window) == 1 and _is_point(x._shape[2:], None, options, dy._shape[2:]) and dy._size:
        return rows.shaped(product(_pixels(dy), _pixels(x), a_transposed=True), shape)
    if rows.is_minimal_weight(x, dy, options, window):
        return rows.minimal_weight(x, dy, options.before, last=True)
    if not dy._size or not _has_kernels(x, filters, channels):
        return rows.convolve_weight(as_rows(x), as_rows(dy), options, window)
    return _weight(x, dy, options, shape)


def _has_kernels(x: Tensor, filters: int, channels: int) -> bool:
    """Return whether there are kernels: of few filters of a group, most of a panel would be empty."""
    enough = filters >= rows.LEAST_FILTERS or filters == channels == 1 != x._shape[1]
    return x.dtype.wide is None and enough


# ------------------------------------------------------------------------------- windows of one pixel


def _is_point(image: Shape, w: Tensor | None, options: Options, positions: Shape) -> bool:
    """Return whether windows are pixels, one for each: the convolution is a product of matrices."""
    point = w is None or math.prod(w._shape[2:]) == 1
    whole = image == positions and options.groups == 1 and math.prod(options.stride) == 1
    return point and whole and not any(options.before) and not any(options.behind)


def _pixels(x: Tensor) -> Tensor:
    """Return a view of images as a matrix with a row for each pixel."""
    channels = x._shape[1]
    pixels: Tensor = new_view(x, (x._size // max(channels, 1), channels), (channels, 1), 0, x._size)
    return pixels


def _points(w: Tensor) -> Tensor:
    """Return a view of filters of one pixel as a matrix with a row for each filter."""
    return rows.shaped(w, w._shape[:2])


def _images(y: Tensor, shape: Shape) -> Tensor:
    """Return a fresh matrix, a row for each pixel, as images; the result is no view that a graph would follow."""
    images: Tensor = new_view(y, shape, format_strides(shape, format_of(len(shape))), 0, y._size)
    images._is_view = False
    return images


# --------------------------------------------------------------------------------- windows of several


class _Filters(NamedTuple):
    """Filters that a convolution takes, of w: where they start, and their strides in w, which may be negative."""

    w: Tensor
    start: int
    groups: int
    filters: int
    channels: int
    taps: Shape
    group: int
    filter: int
    channel: int
    tap: Shape


def _filters(w: Tensor, groups: int) -> _Filters:
    """Return the filters as they are."""
    group, channel, *tap = w._strides
    filters = w._shape[0] // groups
    return _Filters(w, 0, groups, filters, w._shape[1], w._shape[2:], filters * group, group, channel, tuple(tap))


def _turned(w: Tensor, groups: int, starts: Shape, steps: Shape, taps: Shape) -> _Filters:
    """Return flipped filters with channels and filters exchanged: `taps` elements from `starts` on, `steps` apart."""
    channel, filter, *tap = w._strides
    channels = w._shape[0] // groups
    last = sum([(a + s * (n - 1)) * t for a, s, n, t in zip(starts, steps, taps, tap)])
    return _Filters(
        w, last, groups, w._shape[1], channels, taps, channels * channel, filter,
        channel, tuple([-s * t for s, t in zip(steps, tap)]),
    )  # fmt: skip


def _panels(of: _Filters) -> Tensor:
    """Return filters in panels, as kernels read them; those of one channel (depthwise) are one group."""
    depthwise = of.filters == of.channels == 1
    groups, filters = (1, of.groups) if depthwise else (of.groups, of.filters)
    room = groups * rows.rounded(filters, CONV_PANEL) * math.prod(of.taps) * of.channels
    w = of.w
    panels = fresh((room,), room, w.dtype, w.device)
    call(
        w.device.table[f"conv_panels.forward.{w.dtype.name}"], room, panels.address,
        w.address + of.start * w.dtype.itemsize, groups, filters, of.channels, three(of.taps), of.group,
        of.group if depthwise else of.filter, 1 if depthwise else of.channel, three(of.tap, 0), w.device.context,
    )  # fmt: skip
    return panels


def _convolve(x: Tensor, of: _Filters, bias: Tensor | None, options: Options, positions: Shape) -> Tensor:
    """Run the convolution."""
    out = fresh_images((x._shape[0], of.groups * of.filters, *positions), x.dtype, x, True)
    if out._size:
        name = "conv_depthwise" if of.filters == of.channels == 1 else "conv_last"
        shape, panels = (of.groups * of.filters, of.channels, *of.taps), _panels(of)
        call(
            x.device.table[f"{name}.forward.{x.dtype.name}"], out._size * of.channels * math.prod(of.taps), out.address,
            x.address, panels.address, 0 if bias is None else bias.address,
            geometry(x._shape, shape, positions, options.stride, options.dilation, of.groups), three(options.before, 0),
            x.device.context,
        )  # fmt: skip
    return out


def _by_phases(dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Compute pixels a stride apart together: each phase uses the filter taps that are a stride apart too."""
    stride, shape, ones = options.stride, (dy._shape[0], w._shape[1] * options.groups, *image), (1,) * len(image)
    options = options._replace(stride=ones)
    if 0 in shape:
        return fresh_images(shape, dy.dtype, dy, True)
    dimensions = zip(image, w._shape[2:], stride, options.before, options.dilation)
    every = [phases_of(*numbers)[0] for numbers in dimensions]
    if math.prod(stride) == 1:
        first, _, tap, taps, lead = zip(*[phases[0] for phases in every])
        return _convolve(dy, _turned(w, options.groups, tap, stride, taps), bias, options._replace(before=lead), image)
    out = fresh_images(shape, dy.dtype, dy, True)
    if any(k < s for k, s in zip(w._shape[2:], stride)):
        fill(out, 0)  # some pixels meet no element
    for phases in itertools.product(*every):
        first, pixels, tap, taps, lead = zip(*phases)
        filters = _turned(w, options.groups, tap, stride, taps)
        move(every_pixel(out, first, stride), _convolve(dy, filters, bias, options._replace(before=lead), pixels))
    return out


def _weight(x: Tensor, dy: Tensor, options: Options, shape: Shape) -> Tensor:
    """Run the gradient of filters, whose channels lie side by side."""
    filters, channels, *window = shape
    taps = channels * math.prod(window)
    name, groups = "conv_last_weight", options.groups
    if channels == 1 and filters == groups:
        name, groups = "conv_depthwise_weight", 1  # sums of all channels lie side by side
    one = groups * taps * rows.rounded(filters // groups, CONV_SIDE)
    chunks = rows.chunks_of(x._shape[0], one)
    sums = fresh((chunks * one,), chunks * one, x.dtype, x.device)
    call(
        x.device.table[f"{name}.forward.{x.dtype.name}"], dy._size * taps, sums.address, x.address, dy.address, chunks,
        geometry(x._shape, shape, dy._shape[2:], options.stride, options.dilation, options.groups),
        three(options.before, 0), x.device.context,
    )  # fmt: skip
    out = fresh_images(shape, x.dtype, x, True)
    call(
        x.device.table[f"conv_combine.forward.{x.dtype.name}"], out._size * chunks, out.address, sums.address, chunks,
        groups, taps, filters // groups, x.device.context,
    )  # fmt: skip
    return out

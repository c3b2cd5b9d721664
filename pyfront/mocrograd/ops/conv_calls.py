"""The kernels of convolutions, called outside of any graph: operands are contiguous.

Images are framed with zeros before a product, whose kernels know no padding.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from mocrograd.backend import call
from mocrograd.layout import Shape, contiguous_strides
from mocrograd.ops.regions import fill, move
from mocrograd.tensor import Tensor, fresh, view_of

_SIDE = 16  # SIDE in mojo_kernels/conv/weight.mojo
_MOST_SUMS = 1 << 19  # elements of the weight's gradient times chunks of the batch
_MOST_CHUNKS = 16
_WORTH_PHASES = 1 << 22  # multiplications and additions from which four products are faster than one with zeros


class Plan(NamedTuple):
    """A convolution's options, per dimension: what lies before and behind is padding."""

    stride: Shape
    before: Shape
    behind: Shape
    dilation: Shape
    groups: int


@lru_cache(maxsize=4096)
def three(sizes: Shape, fill: int = 1) -> Shape:
    """Return sizes of three dimensions, of which the leading ones may be missing."""
    return (fill,) * (3 - len(sizes)) + sizes


@lru_cache(maxsize=4096)
def out_sizes(image: Shape, window: Shape, plan: Plan) -> Shape:
    """Return the sizes of the result of a convolution; they may be negative where the window does not fit."""
    return tuple([
        (n + b + e - d * (k - 1) - 1) // s + 1
        for n, k, s, b, e, d in zip(image, window, plan.stride, plan.before, plan.behind, plan.dilation)
    ])  # fmt: skip


@lru_cache(maxsize=4096)
def _geometry(x: Shape, w: Shape, places: Shape, stride: Shape, dilation: Shape, groups: int) -> Shape:
    """Return the words of the sizes of an unpadded convolution."""
    return (
        x[0], groups, w[1], w[0] // groups, *three(x[2:]), *three(places), *three(w[2:]), *three(stride),
        *three(dilation),
    )  # fmt: skip


def _frame(x: Tensor, before: Shape, sizes: Shape, step: Shape) -> Tensor:
    """Return x inside of zeros: its elements lie `step` apart from `before` on, in an image of other sizes."""
    if sizes == x._shape[2:] and not any(before):
        return x
    shape = (*x._shape[:2], *sizes)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table[f"conv_frame.forward.{x.dtype.name}"], out._size, out.address, x.address,
        math.prod(shape[:2]), three(x._shape[2:]), three(sizes), three(before, 0), three(step), x.device.context,
    )  # fmt: skip
    return out


def _padded(x: Tensor, plan: Plan) -> Tensor:
    """Return x with its padding."""
    sizes = tuple([n + b + e for n, b, e in zip(x._shape[2:], plan.before, plan.behind)])
    return _frame(x, plan.before, sizes, (1,) * len(sizes))


def _convolve(x: Tensor, w: Tensor, bias: Tensor | None, plan: Plan, places: Shape, start: int = 0) -> Tensor:
    """Run the product of images that are padded already, the first window at the element `start` of each."""
    shape = (x._shape[0], w._shape[0], *places)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table[f"conv.forward.{x.dtype.name}"], out._size * w._size // w._shape[0], out.address,
        x.address + start * x.dtype.itemsize, w.address, 0 if bias is None else bias.address,
        _geometry(x._shape, w._shape, places, plan.stride, plan.dilation, plan.groups), x.device.context,
    )  # fmt: skip
    return out


def convolve(x: Tensor, w: Tensor, bias: Tensor | None, plan: Plan, places: Shape) -> Tensor:
    """Return the first places of a convolution."""
    return _convolve(_padded(x, plan), w, bias, plan, places)


def convolve_input(dy: Tensor, w: Tensor, bias: Tensor | None, plan: Plan, image: Shape) -> Tensor:
    """Return the gradient of the images, of sizes `image`, plus a bias.

    Where windows lie apart, this multiplies with the zeros between the elements of dy, or, if that is worth some more
    calls, computes the pixels that lie apart alike by themselves.
    """
    window = w._shape[2:]
    dense = all(d == 1 or s == 1 for s, d in zip(plan.stride, plan.dilation))
    if dense and math.prod(plan.stride) > 1 and dy._size * w._size // w._shape[0] >= _WORTH_PHASES:
        reached = all(k >= s for k, s in zip(window, plan.stride))
        if reached or bias is None:
            return _by_phases(dy, w, bias, plan, image)
    return _spread(dy, w, bias, plan, image)


def _spread(dy: Tensor, w: Tensor, bias: Tensor | None, plan: Plan, image: Shape) -> Tensor:
    """Spread dy by the stride and convolve it with the filters turned round."""
    window, ones = w._shape[2:], (1,) * len(image)
    reach = [d * (k - 1) for d, k in zip(plan.dilation, window)]
    before = tuple([r - b for r, b in zip(reach, plan.before)])
    framed = _frame(dy, before, tuple([n + r for n, r in zip(image, reach)]), plan.stride)
    turned = _turned(w, plan.groups, (0,) * len(image), ones, window)
    return _convolve(framed, turned, bias, plan._replace(stride=ones), image)


def _turned(w: Tensor, groups: int, starts: Shape, steps: Shape, taps: Shape) -> Tensor:
    """Return filters turned round, channels for filters: `taps` elements from `starts` on, `steps` apart."""
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


class _Phase(NamedTuple):
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
def _phases(pixels: int, window: int, stride: int, before: int, dilation: int) -> tuple[list[_Phase], int, int]:
    """Return the phases of a dimension that meet something, the zeros before dy for all of them, and the frame's size.

    Pixel s t + u lies at s q + r of the padded image, where r = (u + before) mod s and q = t + (u + before) div s. With
    dilation 1 it meets the elements r + s m of a window, at the places q - m: a convolution with a stride of 1. With
    stride 1 there is one phase, whatever the dilation.
    """
    found = []
    for u in range(min(stride, pixels)):
        skipped, tap = divmod(u + before, stride)
        taps = -(-(window - tap) // stride)
        if taps > 0:
            found.append(_Phase(u, -(-(pixels - u) // stride), tap, taps, dilation * (taps - 1) - skipped))
    lead = max([phase.lead for phase in found], default=0)
    return found, lead, max([lead - p.lead + p.pixels + dilation * (p.taps - 1) for p in found], default=0)


def _by_phases(dy: Tensor, w: Tensor, bias: Tensor | None, plan: Plan, image: Shape) -> Tensor:
    """Compute pixels a stride apart together: they meet the same elements of filters, which lie a stride apart too."""
    stride, shape = plan.stride, (dy._shape[0], w._shape[1] * plan.groups, *image)
    out = fresh(shape, math.prod(shape), dy.dtype, dy.device)
    if any(k < s for k, s in zip(w._shape[2:], stride)):
        fill(out, 0)  # some pixels meet no element
    ones = (1,) * len(image)
    dimensions = zip(image, w._shape[2:], stride, plan.before, plan.dilation)
    every, leads, sizes = zip(*[_phases(*numbers) for numbers in dimensions])
    if not out._size or 0 in sizes:
        return out
    framed = _frame(dy, leads, sizes, ones)
    for phases in itertools.product(*every):
        first, pixels, tap, taps, lead = zip(*phases)
        filters = _turned(w, plan.groups, tap, stride, taps)
        start = sum([(most - own) * step for most, own, step in zip(leads, lead, contiguous_strides(sizes))])
        part = _convolve(framed, filters, bias, plan._replace(stride=ones), pixels, start)
        move(_every(out, first, stride), part)
    return out


def _every(x: Tensor, starts: Sequence[int], steps: Shape) -> Tensor:
    """Return a view of the elements from `starts` on, `steps` apart, in the dimensions behind the first two."""
    sizes = tuple([max(-(-(n - a) // s), 0) for n, a, s in zip(x._shape[2:], starts, steps)])
    shape = (*x._shape[:2], *sizes)
    strides = (*x._strides[:2], *(s * t for s, t in zip(x._strides[2:], steps)))
    offset = sum(a * t for a, t in zip(starts, x._strides[2:])) if 0 not in shape else 0
    return view_of(x, shape, strides, offset, math.prod(shape))


def convolve_weight(x: Tensor, dy: Tensor, plan: Plan, window: Shape) -> Tensor:
    """Return the gradient of the filters, whose windows have sizes `window`."""
    x = _padded(x, plan)
    groups, filters, channels = plan.groups, dy._shape[1], x._shape[1] // plan.groups
    shape = (filters, channels, *window)
    dtype, device = x.dtype, x.device
    out = fresh(shape, math.prod(shape), dtype, device)
    if not dy._size:
        fill(out, 0)
        return out
    row = -(-(filters // groups) // _SIDE) * _SIDE
    taps = channels * math.prod(window)
    one = groups * taps * row
    chunks = max(1, min(x._shape[0], _MOST_CHUNKS, _MOST_SUMS // one))
    sums = fresh((chunks * one,), chunks * one, dtype, device)
    call(
        device.table[f"conv_weight.forward.{dtype.name}"], dy._size * taps, sums.address, x.address, dy.address, chunks,
        _geometry(x._shape, shape, dy._shape[2:], plan.stride, plan.dilation, groups), device.context,
    )  # fmt: skip
    call(
        device.table[f"conv_combine.forward.{dtype.name}"], out._size * chunks, out.address, sums.address, chunks,
        groups, taps, filters // groups, device.context,
    )  # fmt: skip
    return out

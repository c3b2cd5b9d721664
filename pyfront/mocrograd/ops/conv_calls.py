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
from mocrograd.layout import Shape
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


def _convolve(x: Tensor, w: Tensor, bias: Tensor | None, plan: Plan, places: Shape) -> Tensor:
    """Run the product of images that are padded already."""
    shape = (x._shape[0], w._shape[0], *places)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table[f"conv.forward.{x.dtype.name}"], out._size * w._size // w._shape[0], out.address, x.address,
        w.address, 0 if bias is None else bias.address,
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
    filters, channels, *window = w._shape
    reach = [d * (k - 1) for d, k in zip(plan.dilation, window)]
    before = tuple([r - b for r, b in zip(reach, plan.before)])
    framed = _frame(dy, before, tuple([n + r for n, r in zip(image, reach)]), plan.stride)
    groups = plan.groups
    turned = fresh((groups * channels, filters // groups, *window), w._size, w.dtype, w.device)
    call(
        w.device.table[f"conv_turn.forward.{w.dtype.name}"], w._size, turned.address, w.address, groups,
        filters // groups, channels, math.prod(window), w.device.context,
    )  # fmt: skip
    ones = (1,) * len(image)
    return _convolve(framed, turned, bias, plan._replace(stride=ones), image)


def _by_phases(dy: Tensor, w: Tensor, bias: Tensor | None, plan: Plan, image: Shape) -> Tensor:
    """Compute pixels a stride apart together: they meet the same elements of the filters, which lie a stride apart too.

    Pixel s t + u lies at s q + r of the padded image, where r = (u + before) mod s and q = t + (u + before) div s. With
    dilation 1 it meets the elements r + s m of a window, at the places q - m: a convolution with a stride of 1.
    """
    stride, shape = plan.stride, (dy._shape[0], w._shape[1] * plan.groups, *image)
    out = fresh(shape, math.prod(shape), dy.dtype, dy.device)
    if any(k < s for k, s in zip(w._shape[2:], stride)):
        fill(out, 0)  # some pixels meet no element
    ones = (1,) * len(image)
    for phase in itertools.product(*map(range, stride)):
        starts = [(u + b) % s for u, b, s in zip(phase, plan.before, stride)]
        before = tuple([(u + b) // s for u, b, s in zip(phase, plan.before, stride)])
        pixels = _every(out, phase, stride)
        taps = _every(w, starts, stride)
        if pixels._size and taps._size:
            filters = fresh(taps._shape, taps._size, w.dtype, w.device)
            move(filters, taps)
            part = plan._replace(stride=ones, before=before)
            move(pixels, _spread(dy, filters, bias, part, pixels._shape[2:]))
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

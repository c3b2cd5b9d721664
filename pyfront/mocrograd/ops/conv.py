"""Convolutions of one, two and three dimensions, and transposed ones.

The kernels do not know padding and take contiguous operands; strides and dilation are split into phases here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from mocrograd.autograd import Function
from mocrograd.backend import CONV_MOST, CONV_MOST_TILES, CONV_PLANES, CONV_SIDE, VECTOR_BITS, call, new_view
from mocrograd.errors import NoKernel
from mocrograd.layout import Shape, contiguous_strides
from mocrograd.ops import _of_integers
from mocrograd.ops._memory import fill, move
from mocrograd.ops._reduction import Sum
from mocrograd.ops.cast import in_format_of, on_one_device
from mocrograd.ops.matmul import product
from mocrograd.ops.views import expand, reshape, unsqueeze
from mocrograd.tensor import Tensor, fresh, view_of
from mocrograd.types import Ints

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

_LEAST_FILTERS = 8  # of a group, from which tiles of 32 filters are worth their time
_MOST_SUMS = 1 << 19  # elements of the weight's gradient times chunks of the batch
_MOST_CHUNKS = 16
_MOST_FILTERS = 1 << 15  # filters times channels whose points stay in the second-level cache
_MOST_BOTH = 1 << 14  # for the gradient of filters, whose points several chunks sum
_LEAST_POSITIONS = 4
_LEAST_TILES = 64  # of the batch, from which the points of the filters are worth their time
_WORTH_PHASES = 1 << 22  # multiplications and additions from which four products are faster than one with zeros


class Options(NamedTuple):
    """A convolution's options, one number per dimension; `before` and `behind` are the padding."""

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
def out_sizes(image: Shape, window: Shape, options: Options) -> Shape:
    """Return the sizes of the result of a convolution; they may be negative where the window does not fit."""
    return tuple([
        (n + b + e - d * (k - 1) - 1) // s + 1
        for n, k, s, b, e, d in zip(image, window, options.stride, options.before, options.behind, options.dilation)
    ])  # fmt: skip


@lru_cache(maxsize=4096)
def _geometry(x: Shape, w: Shape, positions: Shape, stride: Shape, dilation: Shape, groups: int) -> Shape:
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
        _geometry(x._shape, w._shape, positions, options.stride, options.dilation, options.groups), x.device.context,
    )  # fmt: skip
    return out


def _check_tiles(x: Tensor, filters: int, options: Options) -> None:
    """Raise NoKernel where narrow images have no kernels, or groups of few filters would leave most of a tile empty."""
    if x.dtype.wide is None:
        return
    if filters < _LEAST_FILTERS * options.groups and options.groups > 1:
        raise NoKernel(f"conv: {options.groups} groups of {filters // options.groups} filters")
    _ = x.device.table[f"conv.forward.{x.dtype.name}"]


def convolve(x: Tensor, w: Tensor, bias: Tensor | None, options: Options, positions: Shape) -> Tensor:
    """Return the first positions of a convolution."""
    if _is_product(x._shape[2:], w._shape, options, positions):
        return _shaped(product(_rows(x), _rows(w), bias, b_transposed=True), (x._shape[0], w._shape[0], *positions))
    if _is_minimal(x, w._shape[0], w._shape[2:], options, positions):
        return _minimal(x, w, bias, options.before, positions)
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


def _shaped(y: Tensor, shape: Shape) -> Tensor:
    """Return a fresh matrix in the shape of images or filters; the result is no view that a graph would follow."""
    shaped: Tensor = new_view(y, shape, contiguous_strides(shape), 0, y._size)
    shaped._is_view = False  # nobody else sees y, and a view made here could not be changed in place
    return shaped


def _is_minimal(x: Tensor, filters: int, window: Shape, options: Options, positions: Shape) -> bool:
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


def _minimal(x: Tensor, w: Tensor, bias: Tensor | None, before: Shape, result: Shape, turned: bool = False) -> Tensor:
    """Run minimal filtering of images with zeros `before` them, by filters that may be exchanged and flipped."""
    batch, channels, *image = x._shape
    filters = w._shape[1 if turned else 0]
    panel = VECTOR_BITS // 16  # two vectors
    room = -(-filters // panel) * panel * channels * CONV_PLANES + filters * channels
    points = fresh((room,), room, x.dtype, x.device)
    call(
        x.device.table["conv_points.forward.float32"], w._size * CONV_PLANES, points.address, w.address, filters,
        channels, turned, x.device.context,
    )  # fmt: skip
    shape = (batch, filters, *result)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    call(
        x.device.table["conv_minimal.forward.float32"], out._size * channels, out.address, x.address, w.address,
        0 if bias is None else bias.address, points.address, turned, batch, channels, filters, tuple(image), result,
        before, x.device.context,
    )  # fmt: skip
    return out


def convolve_input(dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Return the gradient of the images, of sizes `image`, plus a bias.

    Where windows lie apart, this multiplies with the zeros between the elements of dy, or, if that is worth some more
    calls, computes the pixels that lie apart alike by themselves.
    """
    window = w._shape[2:]
    if bias is None and _is_product(image, w._shape, options, dy._shape[2:]):
        return _shaped(product(_rows(dy), _rows(w)), (dy._shape[0], w._shape[1], *image))
    if _is_minimal(dy, w._shape[1], window, options, image):
        return _minimal(dy, w, bias, tuple([2 - b for b in options.before]), image, turned=True)
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
    dilation 1 it meets the elements r + s m of a window, at the positions q - m: a convolution with a stride of 1. With
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


def _by_phases(dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
    """Compute pixels a stride apart together: each phase uses the filter taps that are a stride apart too."""
    stride, shape = options.stride, (dy._shape[0], w._shape[1] * options.groups, *image)
    out = fresh(shape, math.prod(shape), dy.dtype, dy.device)
    if any(k < s for k, s in zip(w._shape[2:], stride)):
        fill(out, 0)  # some pixels meet no element
    ones = (1,) * len(image)
    dimensions = zip(image, w._shape[2:], stride, options.before, options.dilation)
    every, leads, sizes = zip(*[_phases(*numbers) for numbers in dimensions])
    if not out._size or 0 in sizes:
        return out
    framed = _frame(dy, leads, sizes, ones)
    for phases in itertools.product(*every):
        first, pixels, tap, taps, lead = zip(*phases)
        filters = _turned(w, options.groups, tap, stride, taps)
        start = sum([(most - own) * step for most, own, step in zip(leads, lead, contiguous_strides(sizes))])
        part = _convolve(framed, filters, bias, options._replace(stride=ones), pixels, start)
        move(_every(out, first, stride), part)
    return out


def _every(x: Tensor, starts: Sequence[int], steps: Shape) -> Tensor:
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
        return _shaped(product(_rows(dy), _rows(x), a_transposed=True), shape)
    across = (dy._shape[-1] + 1) // 2
    if (
        _is_minimal(x, shape[0], window, options, dy._shape[2:]) and x._shape[1] * shape[0] <= _MOST_BOTH
        and across * shape[0] <= CONV_MOST
    ):  # fmt: skip
        return _minimal_weight(x, dy, options.before)
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
        one = groups * taps * _rounded(filters // groups, CONV_SIDE)
    else:  # in squares of two by two tiles
        one = groups * _rounded(taps, 2 * CONV_SIDE) * _rounded(filters // groups, 2 * CONV_SIDE)
    chunks = max(1, min(x._shape[0], _MOST_CHUNKS, _MOST_SUMS // one))
    sums = fresh((chunks * one,), chunks * one, dtype.wide or dtype, device)
    call(
        device.table[f"conv_weight.forward.{dtype.name}"], dy._size * taps, sums.address, x.address, dy.address, chunks,
        _geometry(x._shape, shape, dy._shape[2:], options.stride, options.dilation, groups), device.context,
    )  # fmt: skip
    call(
        device.table[f"conv_combine.forward.{dtype.name}"], out._size * chunks, out.address, sums.address, chunks,
        groups, taps, filters // groups, device.context,
    )  # fmt: skip
    return out


def _rounded(count: int, side: int) -> int:
    """Return the least multiple of `side` that is not below `count`."""
    return -(-count // side) * side


def _minimal_weight(x: Tensor, dy: Tensor, before: Shape) -> Tensor:
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
        chunks, batch, channels, filters, image, result, before, x.device.context,
    )  # fmt: skip
    call(
        x.device.table["conv_minimal_combine.forward.float32"], out._size * chunks, out.address, sums.address, chunks,
        filters, channels, x.device.context,
    )  # fmt: skip
    return out


# --------------------------------------------------------------------------------- the operations


def _bias_gradient(grad: Tensor) -> Tensor:
    """Return the sums over images and positions: first along rows of memory, then the few numbers that are left.

    What is rounded goes through one kernel, or the sums of rows would be rounded too.
    """
    if grad.dtype.wide is not None:
        return Sum.run(grad, (0, *range(2, len(grad._shape))), False, 1)
    rows = Sum.run(grad, tuple(range(2, len(grad._shape))), False, 1)
    total: Tensor = Sum.run(rows, (0,), False, 1)
    return total


class Conv(Function):
    """y = x * w + bias: its first positions; all, unless images are the result of a transposed convolution."""

    torch_name = "Convolution"

    options: Options
    image: Shape

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, options: Options, positions: Shape) -> Tensor:
        """Run the convolution."""
        ctx.options, ctx.image = options, x._shape[2:]
        if ctx.edges:
            ctx.save_for_backward(x if ctx.edges[1] else None, w)
        return convolve(x, w, bias, options, positions)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradients of images, filters and bias."""
        x, w = ctx.saved_tensors
        wants_x, wants_w, wants_bias, *_ = ctx.wanted
        grad = grad.contiguous()
        dx = ConvInput.run(grad, w, None, ctx.options, ctx.image) if wants_x else None
        dw = ConvWeight.run(x, grad, ctx.options, w._shape[2:]) if wants_w else None
        return dx, dw, _bias_gradient(grad) if wants_bias else None, None, None


class ConvInput(Function):
    """dx = dy *T w + bias: a transposed convolution."""

    torch_name = "Convolution"

    options: Options
    image: Shape

    @staticmethod
    def forward(ctx: Any, dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
        """Convolve dy, spread by the stride, with the flipped filters."""
        ctx.options, ctx.image = options, dy._shape[2:]
        if ctx.edges:
            ctx.save_for_backward(dy if ctx.edges[1] else None, w)
        return convolve_input(dy, w, bias, options, image)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Convolve the gradient, which takes the role of the images."""
        dy, w = ctx.saved_tensors
        wants_dy, wants_w, wants_bias, *_ = ctx.wanted
        grad = grad.contiguous()
        ddy = Conv.run(grad, w, None, ctx.options, ctx.image) if wants_dy else None
        dw = ConvWeight.run(grad, dy, ctx.options, w._shape[2:]) if wants_w else None
        return ddy, dw, _bias_gradient(grad) if wants_bias else None, None, None


class ConvWeight(Function):
    """dw = x *T dy."""

    options: Options

    @staticmethod
    def forward(ctx: Any, x: Tensor, dy: Tensor, options: Options, window: Shape) -> Tensor:
        """Add up products of pixels and gradients."""
        ctx.options = options
        ctx.save_for_backward(x, dy)
        return convolve_weight(x, dy, options, window)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Convolve with the gradient, which takes the role of the filters."""
        x, dy = ctx.saved_tensors
        wants_x, wants_dy, *_ = ctx.wanted
        grad = grad.contiguous()
        dx = ConvInput.run(dy, grad, None, ctx.options, x._shape[2:]) if wants_x else None
        ddy = Conv.run(x, grad, None, ctx.options, dy._shape[2:]) if wants_dy else None
        return dx, ddy, None, None


# -------------------------------------------------------------------------------------- the functions


def sizes_of(name: str, what: str, value: Any, ndim: int, least: int) -> Shape:
    """Return an option as one number per dimension.

    Raises:
        TypeError: It is neither an integer nor a sequence of them.
        RuntimeError: There are too many or too few, or one is too small.
    """
    if type(value) is int and value >= least:
        return (value,) * ndim
    if type(value) is tuple and len(value) == ndim and all(type(v) is int and v >= least for v in value):
        return value
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if any(isinstance(v, bool) or not hasattr(v, "__index__") for v in values):
        raise TypeError(f"{name}(): argument '{what}' must be tuple of ints, not {value!r}")
    sizes = tuple([v.__index__() for v in values])
    sizes = sizes * ndim if len(sizes) == 1 else sizes
    if len(sizes) != ndim:
        raise RuntimeError(f"{name}: expected {what} to be a single integer value or {ndim} values, got {value!r}")
    if min(sizes) < least:
        raise RuntimeError(f"{name}: {what} must be at least {least}, got {value!r}")
    return sizes


def _operands(name: str, ndim: int, input: Any, weight: Any, bias: Any, channels: int) -> tuple[Any, Any, Any, bool]:
    """Check tensors; return them contiguous, the input with a batch, and whether it had one."""
    for what, x in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(x, Tensor) and (x is not None or what != "bias"):
            raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(x).__name__}")
    if len(weight._shape) != ndim + 2:
        raise RuntimeError(f"{name}: expected a weight of {ndim + 2} dimensions, got {list(weight._shape)}")
    batched = len(input._shape) == ndim + 2
    if not batched and len(input._shape) != ndim + 1:
        raise RuntimeError(
            f"Expected {ndim + 1}D (unbatched) or {ndim + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input._shape)}"
        )
    for x in (weight, bias):
        if x is None:
            continue
        if x.dtype is not input.dtype:
            raise RuntimeError(
                f"{name}: Input type ({input.dtype.name}) and weight or bias type ({x.dtype.name}) should be the same"
            )
        on_one_device(name, input, x)
    if input.dtype.kind == 0:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    if bias is not None:
        if bias._shape != (channels,):
            raise RuntimeError(
                f"{name}: given weight of size {list(weight._shape)}, expected bias to be 1-dimensional with "
                f"{channels} elements, but got bias of size {list(bias._shape)} instead"
            )
        bias = bias.contiguous()
    x = input if batched else unsqueeze(input, 0)
    return x.contiguous(), weight.contiguous(), bias, batched


def _check_groups(name: str, groups: Any, filters: int) -> int:
    if isinstance(groups, bool) or not hasattr(groups, "__index__"):
        raise TypeError(f"{name}(): argument 'groups' must be int, not {type(groups).__name__}")
    if groups <= 0:
        raise RuntimeError(f"{name}: non-positive groups is not supported, got {groups}")
    if filters % groups or filters < groups:
        raise RuntimeError(
            f"{name}: expected weight to be at least {groups} at dimension 0 and divisible by {groups}, got {filters}"
        )
    return int(groups)


def _padding(name: str, padding: Any, window: Shape, stride: Shape, dilation: Shape) -> tuple[Shape, Shape]:
    """Return the padding before and behind, per dimension."""
    if padding == "valid":
        return (0,) * len(window), (0,) * len(window)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        both = [d * (k - 1) for d, k in zip(dilation, window)]
        return tuple([n // 2 for n in both]), tuple([n - n // 2 for n in both])
    if isinstance(padding, str):
        raise RuntimeError(f"{name}: Invalid padding string: '{padding}', expected 'same' or 'valid'")
    sizes = sizes_of(name, "padding", padding, len(window), 0)
    return sizes, sizes


@lru_cache(maxsize=4096)
def _windows(image: Shape, weight: Shape, options: Options) -> Shape | None:
    """Return the positions of windows in images (batch, channels, ...); None where the sizes do not fit."""
    positions = out_sizes(image[2:], weight[2:], options)
    empty = 0 in image[2:] and 0 not in image[:2]
    fits = image[1] == weight[1] * options.groups and 0 not in weight[2:] and min(positions) > 0 and not empty
    return positions if fits else None


def _refuse(name: str, input: Shape, image: Shape, weight: Shape, options: Options, padding: Any) -> NoReturn:
    """Raise RuntimeError where `_windows` finds none."""
    if image[1] != weight[1] * options.groups:
        raise RuntimeError(
            f"Given groups={options.groups}, weight of size {list(weight)}, expected input{list(input)} to have "
            f"{weight[1] * options.groups} channels, but got {image[1]} channels instead"
        )
    if 0 in weight[2:] or min(out_sizes(image[2:], weight[2:], options)) <= 0:
        raise RuntimeError(
            f"{name}: the kernel {list(weight[2:])} does not fit into the padded input: input {list(input)}, weight "
            f"{list(weight)}, stride {list(options.stride)}, padding {padding}, dilation {list(options.dilation)}"
        )
    raise RuntimeError(
        f"{name}: Only zero batch or zero channel inputs are supported, but got input shape: {list(input)}"
    )


@lru_cache(maxsize=4096)
def _options(name: str, window: Shape, stride: Any, padding: Any, dilation: Any, groups: Any, filters: int) -> Options:
    """Return the options of a convolution."""
    groups = _check_groups(name, groups, filters)
    stride = sizes_of(name, "stride", stride, len(window), 1)
    dilation = sizes_of(name, "dilation", dilation, len(window), 1)
    return Options(stride, *_padding(name, padding, window, stride, dilation), dilation, groups)


def _conv(
    ndim: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Tensor:
    name = f"conv{ndim}d"
    filters = weight._shape[0] if isinstance(weight, Tensor) and weight._shape else 0
    x, w, b, batched = _operands(name, ndim, input, weight, bias, filters)
    plain = type(stride) is type(padding) is type(dilation) is type(groups) is int
    find = _options if plain else _options.__wrapped__  # what is kept would also be found for True and 1.0
    options = find(name, w._shape[2:], stride, padding, dilation, groups, filters)
    positions = _windows(x._shape, w._shape, options)
    if positions is None:
        _refuse(name, input._shape, x._shape, w._shape, options, padding)
    if not w._size:  # sums over no channel
        out = expand(reshape(x.sum() + w.sum(), (1,) * (ndim + 2)), x._shape[0], filters, *positions)
        out = out.clone() if b is None else out + reshape(b, -1, *(1,) * ndim)
    elif x.dtype.kind == 1:
        out = _of_integers.convolve(x, w, b, options, positions)
    else:
        out = Conv.run(x, w, b, options, positions)
    return in_format_of(out, input, weight) if batched else reshape(out, out._shape[1:])


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0, dilation: Ints = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of signals with filters.

    Args:
        input: (batch, channels, length) or (channels, length).
        weight: (filters, channels / groups, window).
        bias: (filters,), or None.
        stride: The step between windows.
        padding: Zeros at either end; or "valid" for none, or "same" for as many as keep the length.
        dilation: The step between the elements of a window.
        groups: Groups of channels that do not see each other.

    Returns:
        (batch, filters, positions).

    Raises:
        RuntimeError: Sizes, dtypes or devices do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8), mg.ones(4, 2, 3)
        >>> mg.nn.functional.conv1d(x, weight, padding=1).shape
        mocrograd.Size([1, 4, 8])
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0, dilation: Ints = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of images (batch, channels, height, width) with filters; see `conv1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8), mg.ones(4, 2, 3, 3)
        >>> mg.nn.functional.conv2d(x, weight, padding=1).shape
        mocrograd.Size([1, 4, 8, 8])
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0, dilation: Ints = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of volumes (batch, channels, depth, height, width) with filters; see `conv1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8, 8), mg.ones(4, 2, 3, 3, 3)
        >>> mg.nn.functional.conv3d(x, weight, padding=1).shape
        mocrograd.Size([1, 4, 8, 8, 8])
    """
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def _transposed(
    ndim: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: Any,
    dilation: Any,
) -> Tensor:  # fmt: skip
    name = f"conv_transpose{ndim}d"
    shape = weight._shape if isinstance(weight, Tensor) else ()
    count = groups if type(groups) is int else 1
    x, w, b, batched = _operands(name, ndim, input, weight, bias, shape[1] * count if len(shape) > 1 else 0)
    groups = _check_groups(name, groups, w._shape[0])
    stride = sizes_of(name, "stride", stride, ndim, 1)
    dilation = sizes_of(name, "dilation", dilation, ndim, 1)
    padding = sizes_of(name, "padding", padding, ndim, 0)
    extra = sizes_of(name, "output_padding", output_padding, ndim, 0)
    if x._shape[1] != w._shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(w._shape)}, expected input{list(input._shape)} to have "
            f"{w._shape[0]} channels, but got {x._shape[1]} channels instead"
        )
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding: {extra}, stride: "
            f"{stride}, dilation: {dilation}"
        )
    window = w._shape[2:]
    image = tuple([
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(x._shape[2:], stride, padding, dilation, window, extra)
    ])  # fmt: skip
    if not w._size or min(x._shape[2:]) < 1 or min(image) < 1:
        raise RuntimeError(
            f"{name}: Calculated output size {list(image)} is too small: input {list(input._shape)}, weight "
            f"{list(w._shape)}, stride {list(stride)}, padding {list(padding)}"
        )
    options = Options(stride, padding, padding, dilation, groups)
    run = _of_integers.convolve_transposed if x.dtype.kind == 1 else ConvInput.run
    out = run(x, w, b, options, image)
    return in_format_of(out, input, weight) if batched else reshape(out, out._shape[1:])


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0,
    output_padding: Ints = 0, groups: int = 1, dilation: Ints = 1,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of signals: what `conv1d` computes as the gradient of its input.

    Args:
        input: (batch, channels, length) or (channels, length).
        weight: (channels, filters / groups, window).
        bias: (filters,), or None.
        stride: The step between the windows that elements of the input are spread to.
        padding: Elements that are cut off at either end.
        output_padding: Elements that are added at the end.
        groups: Groups of channels that do not see each other.
        dilation: The step between the elements of a window.

    Returns:
        (batch, filters, length).

    Raises:
        RuntimeError: Sizes, dtypes or devices do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8), mg.ones(2, 4, 3)
        >>> mg.nn.functional.conv_transpose1d(x, weight, stride=2).shape
        mocrograd.Size([1, 4, 17])
    """
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0,
    output_padding: Ints = 0, groups: int = 1, dilation: Ints = 1,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of images (batch, channels, height, width); see `conv_transpose1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8), mg.ones(2, 4, 3, 3)
        >>> mg.nn.functional.conv_transpose2d(x, weight, stride=2).shape
        mocrograd.Size([1, 4, 17, 17])
    """
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0,
    output_padding: Ints = 0, groups: int = 1, dilation: Ints = 1,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of volumes; see `conv_transpose1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8, 8), mg.ones(2, 4, 3, 3, 3)
        >>> mg.nn.functional.conv_transpose3d(x, weight, stride=2).shape
        mocrograd.Size([1, 4, 17, 17, 17])
    """
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)

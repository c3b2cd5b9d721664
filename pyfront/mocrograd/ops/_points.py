"""Images and volumes sampled at points: by kernels, and composed of operations where these are differentiated again."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

from mocrograd.autograd import Function, grad
from mocrograd.autograd import mode as recording
from mocrograd.autograd.function import called
from mocrograd.backend import call, cpu
from mocrograd.dtypes import int64
from mocrograd.ops._convolve import three
from mocrograd.ops._image_layout import as_last, as_rows, fresh_images, shows_last
from mocrograd.ops._memory import fill
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import where
from mocrograd.tensor import Tensor, fresh

_KINDS = {"nearest": 0, "bilinear": 2, "bicubic": 3}
_OUTSIDE = {"zeros": 0, "border": 1, "reflection": 2}
_MANY = 1 << 31
"""Pixels of an image from which on kernels cannot count them."""
_SHARED = 4
"""Pixels for a point up to which it pays to put the channels of all pixels side by side."""
_MANY_CHANNELS = 16
"""Channels from which on it does."""
_FAR = 8.0
"""Pixels from an image at which no tap reaches it."""
_CUBIC = -0.75
"""The constant of cubic interpolation."""


class Sampling(NamedTuple):
    """How an image is sampled.

    Attributes:
        mode: "bilinear", "nearest" or "bicubic".
        padding: What lies outside: "zeros", "border" or "reflection".
        aligned: Whether -1 and 1 are the middles of the outermost pixels.
    """

    mode: str
    padding: str
    aligned: bool


def _is_last(x: Tensor, points: int) -> bool:
    """Return whether kernels read the channels of a pixel side by side, which images may have to be copied for."""
    channels = x._shape[1]
    if channels < _MANY_CHANNELS:
        return False
    return x._size <= _SHARED * points * channels * x._shape[0] or shows_last(x)


def _run(name: str, y: Tensor, x: Tensor, grid: Tensor, image: Tensor, points: int, how: Sampling, *dy: int) -> None:
    """Run a kernel; `image` is that of x and y which is the image or its gradient."""
    batch, channels, *sizes = image._shape
    last = channels > 1 and image._strides[1] == 1
    across, along = (1, channels) if last else (math.prod(sizes), 1)
    ndim = len(sizes)
    mode, padding, aligned = _KINDS[how.mode], _OUTSIDE[how.padding], int(how.aligned)
    call(
        x.device.table[f"{name}.{x.dtype.name}"], 8 * batch * channels * max(points, 1), y.address, x.address,
        grid.address, batch, channels, points, ndim, three(tuple(sizes)), across, along, mode, padding, aligned,
        *dy, x.device.context,
    )  # fmt: skip


class GridSample(Function):
    """y[n, c, p] = sum of the pixels around point p times their shares."""

    how: Sampling
    dims: int
    """The dimensions of an image, which the node is called by."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, grid: Tensor, how: Sampling) -> Tensor:
        """Add up the pixels of each point."""
        ctx.save_for_backward(x, grid)
        ctx.how, ctx.dims = how, len(x._shape) - 2
        shape = (*x._shape[:2], *grid._shape[1:-1])
        out = fresh(shape, math.prod(shape), x.dtype, x.device)
        if out._size:
            points = out._size // (shape[0] * shape[1])
            image = as_last(x) if _is_last(x, points) else as_rows(x)
            _run("grid_sample.forward", out, image, as_rows(grid), image, points, how)
        return out

    @staticmethod
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        """Give the pixels their shares of the gradient, and the points the slopes of the shares."""
        x, grid = ctx.saved_tensors
        wanted = ctx.wanted[:2]
        if recording.grad:
            return *_composed_gradients(x, grid, grad_out, wanted, ctx.how), None
        dy, grid = as_rows(grad_out), as_rows(grid)
        dx = _image_gradient(x, grid, dy, ctx.how) if wanted[0] else None
        return dx, _points_gradient(x, grid, dy, ctx.how) if wanted[1] else None, None

    def _kind(self) -> str:
        return f"GridSampler{self.dims}D"


def _image_gradient(x: Tensor, grid: Tensor, dy: Tensor, how: Sampling) -> Tensor:
    points = math.prod(grid._shape[1:-1])
    dx = fresh_images(x._shape, x.dtype, x, _is_last(x, points))
    if dx._size:
        _run("grid_sample.backward", dx, dy, grid, dx, points, how)
    return as_rows(dx)


def _points_gradient(x: Tensor, grid: Tensor, dy: Tensor, how: Sampling) -> Tensor:
    dgrid = fresh(grid._shape, grid._size, grid.dtype, grid.device)
    if how.mode == "nearest" or not x._size:
        fill(dgrid, 0)
    elif dgrid._size:
        points = math.prod(grid._shape[1:-1])
        image = as_last(x) if _is_last(x, points) else as_rows(x)
        _run("grid_sample_points.backward", dgrid, image, grid, image, points, how, dy.address)
    return dgrid


def _composed_gradients(
    x: Tensor, grid: Tensor, dy: Tensor, wanted: tuple[bool, ...], how: Sampling
) -> tuple[Tensor | None, Tensor | None]:
    """Return the gradients of the image and of the points by operations, which are recorded."""
    operands = [t for t, want in zip((x, grid), wanted) if want]
    found = iter(grad(_composed(x, grid, how), operands, dy, create_graph=True))
    dx, dgrid = (next(found) if want else None for want in wanted)
    return dx, dgrid


def sampled(x: Tensor, grid: Tensor, how: Sampling) -> Tensor:
    """Return images sampled at points; `grid_sample` has checked them.

    A GPU computes the gradient of an image sooner by `scatter_add`, which sorts, than with a thread for each channel.
    """
    if recording.vmap is not None or x._size >= _MANY or x.device is not cpu:
        composed = recording.vmap is not None or (recording.grad and (x.requires_grad or grid.requires_grad))
        if composed or math.prod(x._shape[2:]) >= _MANY:
            return _composed(x, grid, how)
    out: Tensor = GridSample.run(x, grid, how)
    return out


def _composed(x: Tensor, grid: Tensor, how: Sampling) -> Tensor:
    """Sample by operations, which have derivatives of any order."""
    result: Tensor = called(f"GridSampler{len(x._shape) - 2}D", _sum_of_taps(x, grid, how))
    return result


def _sum_of_taps(x: Tensor, grid: Tensor, how: Sampling) -> Tensor:
    mode, padding, aligned = how
    batch, channels = x._shape[:2]
    sizes = tuple(x._shape[2:])[::-1]  # of x, y, z
    flat = x.flatten(2)
    grid = where(grid.isnan(), -1.0, grid)
    coordinates = []
    for axis, n in enumerate(sizes):
        point = grid[..., axis].flatten(1)
        coordinates.append((point + 1) / 2 * (n - 1) if aligned else ((point + 1) * n - 1) / 2)
    bounds: Callable[[Tensor, int], Tensor] = {
        "zeros": lambda x, n: x,
        "border": _clipped,
        "reflection": lambda x, n: _clipped(_reflected(x, n, aligned), n),
    }[padding]
    if mode != "bicubic":
        coordinates = [bounds(x, n) for x, n in zip(coordinates, sizes)]
    if mode != "bicubic" or padding == "zeros":  # far outside no share may be infinite, which has no gradient of 0
        coordinates = [where((x > -_FAR) & (x < n + _FAR), x, -_FAR) for x, n in zip(coordinates, sizes)]
    taps = [_TAPS[mode](x) for x in coordinates]
    total: Any = 0
    for corner in product(*taps):
        index: Any = 0
        weight: Any = 1.0
        inside: Any = True
        step = 1
        for (point, share), n in zip(corner, sizes):
            if mode == "bicubic":
                point = bounds(point, n)
            here = (point >= 0) & (point <= n - 1)  # a reflected infinity is nan, and nowhere
            inside = here & inside
            index = index + to_dtype(where(here, point, 0.0), int64) * step
            weight = weight * share
            step *= n
        values = flat.gather(2, index.unsqueeze(1).expand(batch, channels, index._shape[1]))
        values = where(inside.unsqueeze(1), values, 0.0)  # the pixel in their place may be nan
        total = total + values * to_dtype(where(inside, weight, 0.0), x.dtype).unsqueeze(1)
    result: Tensor = total.reshape(batch, channels, *grid._shape[1:-1])
    return result


def _nearest(x: Tensor) -> list[tuple[Tensor, Any]]:
    return [(x.detach().round(), where(x.isnan(), x, 1.0))]  # x has a gradient, of 0


def _linear(x: Tensor) -> list[tuple[Tensor, Any]]:
    low = x.detach().floor()
    part = x - low
    return [(low, 1 - part), (low + 1, part)]


def _cubic(x: Tensor) -> list[tuple[Tensor, Any]]:
    low = x.detach().floor()
    part = x - low
    a = _CUBIC

    def near(t: Any) -> Any:
        return ((a + 2) * t - (a + 3)) * t * t + 1

    def far(t: Any) -> Any:
        return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a

    shares = far(part + 1), near(part), near(1 - part), far(2 - part)
    return [(low + (k - 1), share) for k, share in enumerate(shares)]


_TAPS = {"nearest": _nearest, "bilinear": _linear, "bicubic": _cubic}


def _clipped(x: Tensor, n: int) -> Tensor:
    """Return coordinates inside; those at the border or beyond have no gradient, but for 0 times nan, which is nan."""
    here = x.detach()
    moved = where(here.abs() < math.inf, x - here, 0.0)  # 0, with the gradient of x
    return here.clamp(0, n - 1) + moved * to_dtype((here > 0) & (here < n - 1), x.dtype)


def _reflected(x: Tensor, n: int, aligned: bool) -> Tensor:
    """Return coordinates reflected at the middles, or the edges, of the outermost elements."""
    low, span = (0.0, n - 1) if aligned else (-0.5, n)
    if span == 0:
        return x * 0
    far = (x - low).abs()
    rest = far.fmod(span)
    turned = (far.detach() / span).floor().fmod(2) == 1
    return where(turned, span - rest, rest) + low

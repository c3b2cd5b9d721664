"""Pooling over windows of one to three dimensions: maxima, means, and windows fitted to the size of the result."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.autograd.function import called
from mocrograd.backend import call
from mocrograd.layout import Shape
from mocrograd.ops import _of_integers
from mocrograd.ops._convolve import three
from mocrograd.ops._image_layout import as_last, as_rows, fresh_images, laid, shows_last
from mocrograd.ops.cast import in_format_of
from mocrograd.ops.conv import sizes_of
from mocrograd.tensor import Tensor, fresh
from mocrograd.types import Ints

__all__: list[str] = []


class Windows(NamedTuple):
    """The windows of a pooling: sizes of image and result, and the words that kernels take.

    Attributes:
        last: Whether images have their channels side by side in memory.
    """

    image: Shape
    result: Shape
    words: Shape
    last: bool = False


def _fixed(
    image: Shape, window: Shape, stride: Shape, padding: Shape, dilation: Shape, ceil_mode: bool, counts: Shape
) -> Windows:
    """Return windows that lie a stride apart; `counts` are count_include_pad and divisor_override."""
    result = []
    for n, k, s, p, d in zip(image, window, stride, padding, dilation):
        span = n + 2 * p - d * (k - 1) - 1
        count = (-(-span // s) if ceil_mode else span // s) + 1
        if ceil_mode and (count - 1) * s >= n + p:  # the last window would begin in the padding
            count -= 1
        result.append(count)
    sizes = tuple(result)
    words = (
        *three(image), *three(sizes), *three(window), *three(stride), *three(padding, 0), *three(dilation), 0,
        *counts,
    )  # fmt: skip
    return Windows(image, sizes, words)


@lru_cache(maxsize=4096)
def _adaptive(image: Shape, result: Shape) -> Windows:
    """Return windows that divide an image evenly."""
    if all(c and n % c == 0 for n, c in zip(image, result)):
        window = tuple([n // c for n, c in zip(image, result)])
        zeros, ones = (0,) * len(image), (1,) * len(image)
        return _fixed(image, window, window, zeros, ones, False, (1, 0))
    words = (*three(image), *three(result), *[1] * 6, 0, 0, 0, 1, 1, 1, 1, 1, 0)
    return Windows(image, result, words)


def _run(kind: str, way: str, out: Tensor, indices: Tensor | None, x: Tensor, windows: Windows) -> None:
    """Run a kernel on tensors in the layout of the windows."""
    if out._size:
        kernel = f"{kind}_last.{way}" if windows.last else f"{kind}.{way}"
        planes = x._shape[0] if windows.last else math.prod(x._shape[: -len(windows.image)])
        call(
            x.device.table[f"{kernel}.{x.dtype.name}"], out._size + x._size, out.address,
            0 if indices is None else indices.address, x.address, planes, windows.words,
            *(x._shape[1:2] if windows.last else ()), x.device.context,
        )  # fmt: skip


def _in_layout(x: Tensor, windows: Windows) -> Tensor:
    return as_last(x) if windows.last else as_rows(x)


class MaxPool(Function):
    """The largest pixels of windows, and their indices."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
        """Compute the largest pixels and their indices."""
        x = _in_layout(x, windows)
        shape = (*x._shape[: -len(windows.image)], *windows.result)
        out = fresh_images(shape, x.dtype, x, windows.last)
        indices = fresh_images(shape, dtypes.int64, x, windows.last)
        _run("max_pool", "forward", out, indices, x, windows)
        ctx.kept = windows
        ctx.mark_non_differentiable(indices)
        ctx.save_for_backward(indices)
        return out, indices

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor, None]:
        """Scatter the gradient to the indices."""
        (indices,) = ctx.saved_tensors
        return PoolScatter.run(laid(grad, ctx.kept.last), indices, ctx.kept), None

    def _kind(self) -> str:
        return f"MaxPool{len(self.kept.image)}DWithIndices"


def _move(name: str, x: Tensor, indices: Tensor, windows: Windows, sizes: Shape) -> Tensor:
    lead = x._shape[: -len(windows.image)]
    shape = (*lead, *sizes)
    out = fresh(shape, math.prod(shape), x.dtype, x.device)
    if out._size:
        call(
            x.device.table[f"{name}.forward.{x.dtype.name}"], out._size + x._size, out.address, x.address,
            indices.address, math.prod(lead), math.prod(windows.image), math.prod(windows.result), x.device.context,
        )  # fmt: skip
    return out


class PoolScatter(Function):
    """Elements added to the pixels of images that they were taken from: the transpose of PoolGather."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, indices: Tensor, windows: Windows) -> Tensor:
        """Scatter into zeros."""
        ctx.kept = windows
        ctx.save_for_backward(indices)
        if not windows.last:
            return _move("pool_scatter", x, indices, windows, windows.image)
        x = as_last(x)
        out = fresh_images((*x._shape[:2], *windows.image), x.dtype, x, True)
        _run("max_pool", "backward", out, as_last(indices), x, windows)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Gather the gradient."""
        (indices,) = ctx.saved_tensors
        return PoolGather.run(laid(grad, ctx.kept.last), indices, ctx.kept), None, None


class PoolGather(Function):
    """The pixels at indices."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, indices: Tensor, windows: Windows) -> Tensor:
        """Gather the pixels."""
        ctx.kept = windows
        ctx.save_for_backward(indices)
        if windows.last:
            return as_last(_move("pool_gather", as_rows(x), as_rows(indices), windows, windows.result))
        return _move("pool_gather", x, indices, windows, windows.result)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Scatter the gradient."""
        (indices,) = ctx.saved_tensors
        return PoolScatter.run(laid(grad, ctx.kept.last), indices, ctx.kept), None, None


class AvgPool(Function):
    """The means of windows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, windows: Windows) -> Tensor:
        """Compute the means."""
        x = _in_layout(x, windows)
        out = fresh_images((*x._shape[: -len(windows.image)], *windows.result), x.dtype, x, windows.last)
        _run("avg_pool", "forward", out, None, x, windows)
        ctx.kept = windows
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Distribute the gradients over their windows."""
        return AvgPoolSpread.run(laid(grad, ctx.kept.last), ctx.kept), None

    def _kind(self) -> str:
        return f"AvgPool{len(self.kept.image)}D"


class AvgPoolSpread(Function):
    """Elements divided among the pixels of their windows: the gradient of AvgPool."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, windows: Windows) -> Tensor:
        """Distribute elements over their windows."""
        x = _in_layout(x, windows)
        out = fresh_images((*x._shape[: -len(windows.image)], *windows.image), x.dtype, x, windows.last)
        _run("avg_pool", "backward", out, None, x, windows)
        ctx.kept = windows
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Compute the means of the gradient."""
        return AvgPool.run(laid(grad, ctx.kept.last), ctx.kept), None


# -------------------------------------------------------------------------------------- the functions


def _checked(name: str, ndim: int, input: Any, lowest: int = 2) -> Tensor:
    """Check images, whose dtype must be of a kind from `lowest` on; return them in a layout that kernels have."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if len(input._shape) not in (ndim + 1, ndim + 2):
        raise RuntimeError(
            f"{name}: Expected {ndim + 1}D or {ndim + 2}D tensor, but got input of size {list(input._shape)}"
        )
    if input.dtype.kind < lowest or input.dtype.is_complex:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    if input._dense:
        return input
    whole = input.dtype.kind > 1 and input.dtype.wide is None and len(input._shape) == ndim + 2
    return laid(input, whole and _keeps_layout(name) and shows_last(input))


def _keeps_layout(name: str) -> bool:
    """Return whether results have the layout of the images, as torch's do."""
    return name.endswith("2d") or name == "max_pool3d"


def _lying(windows: Windows, x: Tensor) -> Windows:
    """Return the windows of images in their layout."""
    return windows if x._dense or x.dtype.wide is not None or not shows_last(x) else windows._replace(last=True)


def _like(name: str, input: Tensor, *results: Tensor) -> Any:
    """Return the result of a pooling, or both, in the layout that torch gives them."""
    if not input._dense and _keeps_layout(name):
        results = tuple([in_format_of(y, input) for y in results])
    return results[0] if len(results) == 1 else results


def _check_filled(name: str, shape: Shape, count: int) -> None:
    """Raise RuntimeError where one of the last dimensions is empty."""
    if 0 in shape[-count:]:
        raise RuntimeError(
            f"{name}: Expected input with non-zero sizes of all but the batch dimension, got {list(shape)}"
        )


def _windows(
    name: str, ndim: int, x: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    include_pad: bool = True, divisor: int | None = None,
) -> Windows:  # fmt: skip
    """Return the windows of images."""
    plain = type(kernel_size) is type(padding) is type(dilation) is int and (stride is None or type(stride) is int)
    find = _found if plain else _found.__wrapped__
    return find(name, ndim, x._shape, kernel_size, stride, padding, dilation, ceil_mode, include_pad, divisor)


@lru_cache(maxsize=4096, typed=True)  # a divisor that is no integer must not stay under its name
def _found(
    name: str, ndim: int, shape: Shape, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    include_pad: bool, divisor: int | None,
) -> Windows:  # fmt: skip
    window = sizes_of(name, "kernel_size", kernel_size, ndim, 1)
    steps = window if stride is None or stride in ((), []) else sizes_of(name, "stride", stride, ndim, 1)
    frame = sizes_of(name, "padding", padding, ndim, 0)
    dilation = sizes_of(name, "dilation", dilation, ndim, 1)
    return _placed(name, shape, window, steps, frame, dilation, bool(ceil_mode), int(include_pad), divisor)


@lru_cache(maxsize=4096, typed=True)
def _placed(
    name: str, shape: Shape, window: Shape, stride: Shape, padding: Shape, dilation: Shape, ceil_mode: bool,
    include_pad: int, divisor: int | None,
) -> Windows:  # fmt: skip
    """Return the windows of images of a shape, or raise RuntimeError where sizes do not fit."""
    ndim = len(window)
    _check_filled(name, shape, ndim + 1)
    for p, k, d in zip(padding, window, dilation):
        if 2 * p > d * (k - 1) + 1:
            raise RuntimeError(
                f"{name}: pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
    if divisor is not None and divisor == 0:
        raise RuntimeError(f"{name}: divisor must be not zero")
    found = _fixed(shape[-ndim:], window, stride, padding, dilation, ceil_mode, (include_pad, divisor or 0))
    if min(found.result) < 1:
        raise RuntimeError(
            f"{name}: Given input size: {list(shape)}. Calculated output size: {list(found.result)}. Output size is "
            f"too small (kernel_size {list(window)}, padding {list(padding)})"
        )
    return found


def max_pool(
    ndim: int, input: Tensor, kernel_size: Ints, stride: Ints | None, padding: Ints, dilation: Ints, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    """Return the largest pixels of windows and their indices, over the last `ndim` dimensions.

    Raises:
        RuntimeError: Sizes do not fit.
    """
    name = f"max_pool{ndim}d"
    x = _checked(name, ndim, input, 1)
    windows = _windows(name, ndim, x, kernel_size, stride, padding, dilation, ceil_mode)
    if x.dtype.kind == 1:
        return _like(name, input, *_of_integers.largest(x, ndim, lambda floats: MaxPool.run(floats, windows)))
    return _like(name, input, *MaxPool.run(x, _lying(windows, x)))


def avg_pool(
    ndim: int, input: Tensor, kernel_size: Ints, stride: Ints | None, padding: Ints, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Tensor:  # fmt: skip
    """Return the means of windows over the last `ndim` dimensions.

    Raises:
        RuntimeError: Sizes do not fit, or the divisor is 0.
    """
    name = f"avg_pool{ndim}d"
    x = _checked(name, ndim, input, 1)

    def pool(images: Tensor, divisor: int | None) -> Tensor:
        found = _windows(name, ndim, x, kernel_size, stride, padding, 1, ceil_mode, count_include_pad, divisor)
        pooled: Tensor = AvgPool.run(images, _lying(found, images))
        return pooled

    out = _of_integers.means(x, divisor_override, pool) if x.dtype.kind == 1 else pool(x, divisor_override)
    return _like(name, input, out)


def _adapted(name: str, ndim: int, input: Any, output_size: Any) -> Tensor:
    """Return what an adaptive pooling reads.

    Raises:
        ValueError: There are sizes for more dimensions than it has.
    """
    several = isinstance(output_size, (tuple, list)) and isinstance(input, Tensor) and ndim > 1
    if several and len(input._shape) <= len(output_size):
        raise ValueError(f"{name}: Input dimension should be at least {len(output_size) + 1}, got {len(input._shape)}")
    return _checked(name, ndim, input)


def _result(name: str, ndim: int, x: Tensor, output_size: Any) -> Shape:
    """Return the sizes of an adaptive pooling's result, in which None keeps a size."""
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * ndim
    if len(given) != ndim:
        raise RuntimeError(f"{name}: output_size must be one number or {ndim}, got {output_size!r}")
    kept = [n if size is None else size for size, n in zip(given, x._shape[-ndim:])]
    return sizes_of(name, "output_size", tuple(kept), ndim, 0)


def adaptive_avg_pool(ndim: int, input: Tensor, output_size: Ints) -> Tensor:
    """Return the means of windows that divide the image evenly.

    Raises:
        RuntimeError: Sizes do not fit.
    """
    name = f"adaptive_avg_pool{ndim}d"
    x = _adapted(name, ndim, input, output_size)
    result = _result(name, ndim, x, output_size)
    if all(n == 1 for n in result):
        return _like(name, input, x.mean(tuple(range(-ndim, 0)), keepdim=True))
    _check_filled(name, x._shape, ndim if ndim < 3 else len(x._shape) - 1)
    out = AvgPool.run(x, _lying(_adaptive(x._shape[-ndim:], result), x))
    return _like(name, input, called(f"AdaptiveAvgPool{ndim}D", out))


def adaptive_max_pool(ndim: int, input: Tensor, output_size: Ints) -> tuple[Tensor, Tensor]:
    """Return the largest pixels of windows that divide the image evenly, and their indices.

    Raises:
        RuntimeError: Sizes do not fit.
    """
    name = f"adaptive_max_pool{ndim}d"
    x = _adapted(name, ndim, input, output_size)
    _check_filled(name, x._shape, len(x._shape) - 1 if len(x._shape) == ndim + 2 else ndim)
    windows = _adaptive(x._shape[-ndim:], _result(name, ndim, x, output_size))
    values, indices = MaxPool.run(x, _lying(windows, x))
    return _like(name, input, called(f"AdaptiveMaxPool{ndim}D", values), indices)

"""Pooling as functions: maxima, means, norms, windows at random positions (Graham 2014), and unpooling."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

from mocrograd import ops
from mocrograd.backend import asked_by
from mocrograd.dtypes import int64
from mocrograd.nn.functional._options import per_dimension
from mocrograd.ops import pool
from mocrograd.ops._arguments import checked
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops.cast import in_format_of
from mocrograd.ops.conv import sizes_of
from mocrograd.tensor import Tensor
from mocrograd.types import Ints

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


@checked
def max_pool1d(
    input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, dilation: Ints = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of signals (batch, channels, length).

    Args:
        input: (batch, channels, length) or (channels, length).
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: Elements at either end that are never the largest, at most half a window.
        dilation: The step between the elements of a window.
        ceil_mode: Whether a window may reach over the end.
        return_indices: Whether to return the indices of the elements in their signal too.

    Returns:
        (batch, channels, positions), or a pair of them.

    Raises:
        RuntimeError: Sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.functional.max_pool1d(x, 2)
        tensor([[[1., 3., 5., 7.]]])
    """
    values, indices = pool.max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, in_format_of(indices, input)) if return_indices else values


@checked
def max_pool2d(
    input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, dilation: Ints = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of images (batch, channels, height, width); see `max_pool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.functional.max_pool2d(x, 2)[0, 0]
        tensor([[ 5.,  7.],
                [13., 15.]])
    """
    values, indices = pool.max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, in_format_of(indices, input)) if return_indices else values


@checked
def max_pool3d(
    input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, dilation: Ints = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of volumes (batch, channels, depth, height, width); see `max_pool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.functional.max_pool3d(x, 2)[0, 0, 0]
        tensor([[21., 23.],
                [29., 31.]])
    """
    values, indices = pool.max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, in_format_of(indices, input)) if return_indices else values


@checked
def avg_pool1d(
    input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """Return the means of windows of signals (batch, channels, length).

    Args:
        input: (batch, channels, length) or (channels, length).
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: Zeros around the input, at most half a window.
        ceil_mode: Whether a window may reach over the end.
        count_include_pad: Whether the padding counts in the mean.

    Returns:
        (batch, channels, positions).

    Raises:
        RuntimeError: Sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.functional.avg_pool1d(x, 2)
        tensor([[[0.5000, 2.5000, 4.5000, 6.5000]]])
    """
    return pool.avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@checked
def avg_pool2d(
    input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """Return the means of windows of images (batch, channels, height, width).

    Args:
        input: (batch, channels, height, width) or (channels, height, width).
        kernel_size: The sizes of a window.
        stride: The step between windows; their sizes by default.
        padding: Zeros around the input, at most half a window.
        ceil_mode: Whether a window may reach over the end.
        count_include_pad: Whether the padding counts in the mean.
        divisor_override: What sums are divided by instead of the number of elements.

    Returns:
        (batch, channels, rows, columns).

    Raises:
        RuntimeError: Sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.functional.avg_pool2d(x, 2)[0, 0]
        tensor([[ 2.5000,  4.5000],
                [10.5000, 12.5000]])
    """
    return pool.avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@checked
def avg_pool3d(
    input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """Return the means of windows of volumes (batch, channels, depth, height, width); see `avg_pool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.functional.avg_pool3d(x, 2)[0, 0, 0]
        tensor([[10.5000, 12.5000],
                [18.5000, 20.5000]])
    """
    return pool.avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@checked
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of windows that share signals (batch, channels, length) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.functional.adaptive_avg_pool1d(x, 3)
        tensor([[[1.0000, 3.5000, 6.0000]]])
    """
    return pool.adaptive_avg_pool(1, input, output_size)


@checked
def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of windows that share images (batch, channels, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.functional.adaptive_avg_pool2d(x, (1, 2))
        tensor([[[[6.5000, 8.5000]]]])
    """
    return pool.adaptive_avg_pool(2, input, output_size)


@checked
def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of windows that share volumes (batch, channels, depth, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.functional.adaptive_avg_pool3d(x, 1).flatten()
        tensor([31.5000])
    """
    return pool.adaptive_avg_pool(3, input, output_size)


@checked
def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share signals (batch, channels, length) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result.
        return_indices: Whether to return the indices of the elements in their image too.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.functional.adaptive_max_pool1d(x, 3)
        tensor([[[2., 5., 7.]]])
    """
    values, indices = pool.adaptive_max_pool(1, input, output_size)
    return (values, in_format_of(indices, input)) if return_indices else values


@checked
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share images (batch, channels, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.
        return_indices: Whether to return the indices of the elements in their image too.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.functional.adaptive_max_pool2d(x, (1, 2))
        tensor([[[[13., 15.]]]])
    """
    values, indices = pool.adaptive_max_pool(2, input, output_size)
    return (values, in_format_of(indices, input)) if return_indices else values


@checked
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share volumes (batch, channels, depth, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.
        return_indices: Whether to return the indices of the elements in their image too.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.functional.adaptive_max_pool3d(x, 1).flatten()
        tensor([63.])
    """
    values, indices = pool.adaptive_max_pool(3, input, output_size)
    return (values, in_format_of(indices, input)) if return_indices else values


def _lp_pool(ndim: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Tensor:
    means = pool.avg_pool(ndim, input.pow(norm_type), kernel_size, stride, 0, ceil_mode, True, None)
    count = math.prod(per_dimension(kernel_size, ndim))
    # the factor comes last, for its result may change in place: powers save theirs
    return (means.sign() * means.abs().relu()).pow(1.0 / norm_type) * count ** (1.0 / norm_type)


@checked
@computed_wide
def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Ints, stride: Ints | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the norms of windows of signals (batch, channels, length).

    Args:
        input: (batch, channels, length) or (channels, length).
        norm_type: The power p in (sum of x^p)^(1/p).
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        ceil_mode: Whether a window may reach over the end.

    Returns:
        (batch, channels, positions).

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.functional.lp_pool1d(x, 2.0, 2)
        tensor([[[1.0000, 3.6056, 6.4031, 9.2195]]])
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


@checked
@computed_wide
def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Ints, stride: Ints | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the norms of windows of images (batch, channels, height, width); see `lp_pool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.functional.lp_pool2d(x, 1.0, 2)[0, 0]
        tensor([[10., 18.],
                [42., 50.]])
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


@checked
@computed_wide
def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Ints, stride: Ints | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the norms of windows of volumes (batch, channels, depth, height, width); see `lp_pool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.functional.lp_pool3d(x, 1.0, 2)[0, 0, 0]
        tensor([[ 84., 100.],
                [148., 164.]])
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def _unpool(
    ndim: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    name = f"max_unpool{ndim}d"
    kernel = per_dimension(kernel_size, ndim)
    steps = kernel if stride is None else per_dimension(stride, ndim)
    frame = per_dimension(padding, ndim)
    if input.ndim not in (ndim + 1, ndim + 2):
        raise RuntimeError(f"{name}: expected {ndim + 1}D or {ndim + 2}D input, but got sizes {list(input.shape)}")
    if 0 in input.shape[1:]:
        raise RuntimeError(
            f"{name}: Expected input to have non-zero size for non-batch dimensions, but got {list(input.shape)}"
        )
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(input.shape[-ndim:], steps, kernel, frame)]
    size = usual if output_size is None else list(output_size)[-ndim if len(output_size) == ndim + 2 else 0 :]
    if len(size) != ndim:
        raise ValueError(
            f"output_size should be a sequence containing {ndim} or {ndim + 2} elements, but it has a length of "
            f"'{len(size)}'"
        )
    for d, (wanted, n, s) in enumerate(zip(size, usual, steps)):
        if output_size is not None and not n - s < wanted < n + s:
            raise ValueError(f'invalid output_size "{size}" (dim {d} must be between {n - s} and {n + s})')
        if wanted < 0:
            raise ValueError(f"{name}: output_size must not be negative, but got {wanted} in dim {d}")
    if input.shape != indices.shape:
        raise RuntimeError(
            f"{name}: expected shape of indices to be same as that of the input tensor ({list(input.shape)}), but got "
            f"indices tensor with shape: {list(indices.shape)}"
        )
    if indices.dtype is not int64:
        raise RuntimeError(f"{name}: elements in indices should be type int64 but got: {indices.dtype}")
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    lead, count = input.shape[:-ndim], math.prod(size)
    flat, where = input.flatten(-ndim), indices.flatten(-ndim)
    try:
        flat = asked_by(name)(ops.scatter)(flat.new_zeros(*lead, count), -1, where, flat)
    except RuntimeError as error:
        raise RuntimeError(f"{name}: found an invalid max index: expected 0 to {count - 1}: {error}") from None
    return flat.reshape(*lead, *size)


@checked
def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: Any = None,
) -> Tensor:
    """Put the largest elements of windows back to where they stood; zeros elsewhere.

    Args:
        input: What `max_pool1d` returned.
        indices: The indices that it returned with `return_indices`.
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: The padding of the pooling.
        output_size: The length of the result, where several would have been pooled to the same.

    Returns:
        (batch, channels, length).

    Raises:
        ValueError: The pooling of such a result has another size.
        RuntimeError: The shapes differ, or an index is outside.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> largest, indices = mg.nn.functional.max_pool1d(x, 2, return_indices=True)
        >>> mg.nn.functional.max_unpool1d(largest, indices, 2)
        tensor([[[0., 1., 0., 3., 0., 5., 0., 7.]]])
    """
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


@checked
def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: Any = None,
) -> Tensor:
    """Put the largest elements of windows of images back to where they stood; see `max_unpool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> largest, indices = mg.nn.functional.max_pool2d(x, 2, return_indices=True)
        >>> mg.nn.functional.max_unpool2d(largest, indices, 2)[0, 0]
        tensor([[ 0.,  0.,  0.,  0.],
                [ 0.,  5.,  0.,  7.],
                [ 0.,  0.,  0.,  0.],
                [ 0., 13.,  0., 15.]])
    """
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


@checked
def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: Any = None,
) -> Tensor:
    """Put the largest elements of windows of volumes back to where they stood; see `max_unpool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> largest, indices = mg.nn.functional.max_pool3d(x, 2, return_indices=True)
        >>> mg.nn.functional.max_unpool3d(largest, indices, 2)[0, 0, :, 3]
        tensor([[ 0.,  0.,  0.,  0.],
                [ 0., 29.,  0., 31.],
                [ 0.,  0.,  0.,  0.],
                [ 0., 61.,  0., 63.]])
    """
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _starts(samples: Tensor, size: int, count: int, window: int) -> Tensor:
    """Return where the windows along one axis start, (batch, channels, count)."""
    last = ops.full((*samples.shape, 1), size - window, dtype=int64, device=samples.device)
    if count == 1:
        return last
    step = (size - window) / (count - 1)
    numbers = ops.arange(count - 1, dtype=samples.dtype, device=samples.device)
    moved = ((numbers + samples.unsqueeze(-1)) * step).to(int64) - (samples.unsqueeze(-1) * step).to(int64)
    return ops.cat([moved, last], -1)


def _pooled(
    ndim: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool, samples: Any
) -> Any:
    name = f"fractional_max_pool{ndim}d"
    window = sizes_of(name, "kernel_size", kernel_size, ndim, 1)
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if input.ndim not in (ndim + 1, ndim + 2) or 0 in input.shape[-ndim - 1 :]:
        raise RuntimeError(f"{name}: Expected {ndim + 1}D or {ndim + 2}D tensor, but got: {list(input.shape)}")
    x = input if input.ndim == ndim + 2 else input.unsqueeze(0)
    batch, channels, *sizes = x.shape
    if output_size is None:
        ratios = per_dimension(output_ratio, ndim)
        if len(ratios) != ndim:
            raise RuntimeError(f"{name}: expected output_ratio to be one number or {ndim}, got {output_ratio}")
        counts = tuple([int(n * r) for n, r in zip(sizes, ratios)])
    else:
        counts = sizes_of(name, "output_size", output_size, ndim, 1)
    for n, count, k in zip(sizes, counts, window):
        if count < 1 or count + k - 1 > n:
            raise RuntimeError(f"{name}: pool {k} with {count} places is too large relative to input size {n}")
    if samples is None:
        samples = ops.rand(batch, channels, ndim, dtype=x.dtype, device=x.device)
    if samples.dtype is not x.dtype:
        raise RuntimeError(f"{name}: Expect _random_samples to have the same dtype as input, got {samples.dtype}")
    if samples.ndim != 3 or samples.shape[0] < batch or samples.shape[1:] != (channels, ndim):
        raise RuntimeError(f"{name}: expected _random_samples of {(batch, channels, ndim)}, got {tuple(samples.shape)}")
    samples = samples[:batch]
    index: Any = 0
    for axis, (n, count, k) in enumerate(zip(sizes, counts, window)):
        starts = _starts(samples[..., 1 - axis if ndim == 2 else axis], n, count, k)  # of images the width comes first
        along = starts.unsqueeze(-1) + ops.arange(k, device=x.device)
        shape = [batch, channels, *(1,) * (2 * ndim)]
        shape[2 + axis], shape[2 + ndim + axis] = count, k
        index = index * n + along.reshape(shape)
    elements = x.flatten(2).gather(2, index.flatten(2)).reshape(index.shape).flatten(2 + ndim)
    values, chosen = elements.max(-1)
    values = values if input.ndim == ndim + 2 else values.squeeze(0)
    if not return_indices:
        return values
    indices = index.flatten(2 + ndim).gather(-1, chosen.unsqueeze(-1)).squeeze(-1)
    return values, (indices if input.ndim == ndim + 2 else indices.squeeze(0))


@checked
def fractional_max_pool2d(
    input: Tensor, kernel_size: Ints, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of images, which lie at random.

    Args:
        input: (batch, channels, height, width) or (channels, height, width).
        kernel_size: The size of a window.
        output_size: The size of the result.
        output_ratio: What share of the input's size that is, instead.
        return_indices: Whether to return the indices of the elements in their image too.
        _random_samples: Numbers in [0, 1) that place the windows, (batch, channels, 2).

    Returns:
        (batch, channels, *output_size), or a pair of them.

    Raises:
        ValueError: Neither `output_size` nor `output_ratio` is given.
        RuntimeError: Sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 3, 9, 9)
        >>> mg.nn.functional.fractional_max_pool2d(x, 2, output_size=5).shape
        mocrograd.Size([1, 3, 5, 5])
    """
    return _pooled(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


@checked
def fractional_max_pool3d(
    input: Tensor, kernel_size: Ints, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of volumes, which lie at random; see `fractional_max_pool2d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 3, 9, 9, 9)
        >>> mg.nn.functional.fractional_max_pool3d(x, 2, output_size=5).shape
        mocrograd.Size([1, 3, 5, 5, 5])
    """
    return _pooled(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def _with_indices(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the form of a pooling that returns the largest elements and their indices."""

    @functools.wraps(function)
    def pooled(*args: Any, **options: Any) -> Any:
        given = inspect.signature(function).bind(*args, **options)
        given.arguments["return_indices"] = True
        return function(*given.args, **given.kwargs)

    pooled.__name__ = pooled.__qualname__ = function.__name__ + "_with_indices"
    sizes = ", ".join("6" * int(function.__name__[-2]))
    arguments = "x, 2, output_size=3" if function.__name__.startswith("fractional") else "x, 2"
    lines = (
        f"Do as `{function.__name__}` with `return_indices=True`.", "", "Example:", "    >>> import mocrograd as mg",
        f"    >>> x = mg.ones(1, 2, {sizes})",
        f"    >>> largest, indices = mg.nn.functional.{pooled.__name__}({arguments})",
        "    >>> largest.shape == indices.shape", "    True", "",
    )  # fmt: skip
    pooled.__doc__ = "\n    ".join(lines)
    return pooled


adaptive_max_pool1d_with_indices = _with_indices(adaptive_max_pool1d)
adaptive_max_pool2d_with_indices = _with_indices(adaptive_max_pool2d)
adaptive_max_pool3d_with_indices = _with_indices(adaptive_max_pool3d)
fractional_max_pool2d_with_indices = _with_indices(fractional_max_pool2d)
fractional_max_pool3d_with_indices = _with_indices(fractional_max_pool3d)
max_pool1d_with_indices = _with_indices(max_pool1d)
max_pool2d_with_indices = _with_indices(max_pool2d)
max_pool3d_with_indices = _with_indices(max_pool3d)

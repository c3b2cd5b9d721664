"""Pooling over windows whose places are random: Graham 2014."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.dtypes import int64
from mocrograd.nn.dimensions import per_dimension
from mocrograd.ops.conv import sizes_of
from mocrograd.tensor import Tensor


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
    if samples.shape != (batch, channels, ndim):
        raise RuntimeError(f"{name}: expected _random_samples of {(batch, channels, ndim)}, got {tuple(samples.shape)}")
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
    places = index.flatten(2 + ndim).gather(-1, chosen.unsqueeze(-1)).squeeze(-1)
    return values, (places if input.ndim == ndim + 2 else places.squeeze(0))


def fractional_max_pool2d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of images, which lie at random.

    Args:
        input: (batch, channels, height, width) or (channels, height, width).
        kernel_size: The size of a window.
        output_size: The size of the result.
        output_ratio: What share of the input's size that is, instead.
        return_indices: Whether to return the places of the elements in their image too.
        _random_samples: Numbers in [0, 1) that place the windows, (batch, channels, 2).

    Returns:
        (batch, channels, *output_size), or a pair of them.

    Raises:
        ValueError: Neither `output_size` nor `output_ratio` is given.
        RuntimeError: Sizes do not fit.
    """
    return _pooled(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of volumes, which lie at random; see `fractional_max_pool2d`."""
    return _pooled(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)

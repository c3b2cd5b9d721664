"""Pooling by a norm, and the way back from max-pooling."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.dtypes import int64
from mocrograd.nn.dimensions import per_dimension
from mocrograd.ops import pool
from mocrograd.tensor import Tensor


def _lp_pool(ndim: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Tensor:
    means = pool.avg_pool(ndim, input.pow(norm_type), kernel_size, stride, 0, ceil_mode, True, None)
    count = math.prod(per_dimension(kernel_size, ndim))
    return ((means.sign() * means.abs().relu()) * count).pow(1.0 / norm_type)


def lp_pool1d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """Return the norms of windows of signals (batch, channels, length).

    Args:
        input: (batch, channels, length) or (channels, length).
        norm_type: The power p in (sum of x^p)^(1/p).
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        ceil_mode: Whether a window may reach over the end.

    Returns:
        (batch, channels, places).
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """Return the norms of windows of images (batch, channels, height, width); see `lp_pool1d`."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """Return the norms of windows of volumes (batch, channels, depth, height, width); see `lp_pool1d`."""
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
    lead, places = input.shape[:-ndim], math.prod(size)
    flat, where = input.flatten(-ndim), indices.flatten(-ndim)
    try:
        flat = flat.new_zeros(*lead, places).scatter(-1, where, flat)
    except RuntimeError as error:
        raise RuntimeError(f"{name}: found an invalid max index: expected 0 to {places - 1}: {error}") from None
    return flat.reshape(*lead, *size)


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Put the largest elements of windows back to where they stood; zeros elsewhere.

    Args:
        input: What `max_pool1d` returned.
        indices: The places that it returned with `return_indices`.
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: The padding of the pooling.
        output_size: The length of the result, where several would have been pooled to the same.

    Returns:
        (batch, channels, length).

    Raises:
        ValueError: The pooling of such a result has another size.
        RuntimeError: The shapes differ, or an index is outside.
    """
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Put the largest elements of windows of images back to where they stood; see `max_unpool1d`."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Put the largest elements of windows of volumes back to where they stood; see `max_unpool1d`."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)

"""Pooling as functions."""

from __future__ import annotations

from typing import Any

from mocrograd.ops import pool
from mocrograd.tensor import Tensor


def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of signals (batch, channels, length).

    Args:
        input: (batch, channels, length) or (channels, length).
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: Elements at either end that are never the largest, at most half a window.
        dilation: The step between the elements of a window.
        ceil_mode: Whether a window may reach over the end.
        return_indices: Whether to return the places of the elements in their signal too.

    Returns:
        (batch, channels, places), or a pair of them.

    Raises:
        RuntimeError: Sizes do not fit.
    """
    values, places = pool.max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, places) if return_indices else values


def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of images (batch, channels, height, width); see `max_pool1d`."""
    values, places = pool.max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, places) if return_indices else values


def max_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest elements of windows of volumes (batch, channels, depth, height, width); see `max_pool1d`."""
    values, places = pool.max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, places) if return_indices else values


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
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
        (batch, channels, places).

    Raises:
        RuntimeError: Sizes do not fit.
    """
    return pool.avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
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
    """
    return pool.avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """Return the means of windows of volumes (batch, channels, depth, height, width); see `avg_pool1d`."""
    return pool.avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of windows that share signals (batch, channels, length) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result.
    """
    return pool.adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of windows that share images (batch, channels, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.
    """
    return pool.adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of windows that share volumes (batch, channels, depth, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.
    """
    return pool.adaptive_avg_pool(3, input, output_size)


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share signals (batch, channels, length) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result.
        return_indices: Whether to return the places of the elements in their image too.
    """
    values, places = pool.adaptive_max_pool(1, input, output_size)
    return (values, places) if return_indices else values


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share images (batch, channels, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.
        return_indices: Whether to return the places of the elements in their image too.
    """
    values, places = pool.adaptive_max_pool(2, input, output_size)
    return (values, places) if return_indices else values


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share volumes (batch, channels, depth, height, width) evenly.

    Args:
        input: What is pooled; the batch may be missing.
        output_size: The sizes of the result; None keeps a size.
        return_indices: Whether to return the places of the elements in their image too.
    """
    values, places = pool.adaptive_max_pool(3, input, output_size)
    return (values, places) if return_indices else values

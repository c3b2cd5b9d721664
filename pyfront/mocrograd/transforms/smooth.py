"""Resizing where several pixels become one: each side by a product with a matrix of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd.ops import from_numpy, matmul
from mocrograd.tensor import Tensor


def smooth_resize(images: Tensor, size: Sequence[int], mode: str) -> Tensor:
    """Resize images with a filter that is as wide as a pixel of the result.

    Args:
        images: The images, (N, C, H, W), of floats.
        size: Their new height and width.
        mode: bilinear or bicubic.

    Returns:
        The images, (N, C, *size).
    """
    rows, columns = (_weights(old, new, mode).astype(np.float32) for old, new in zip(images.shape[-2:], size))
    tall, wide = (from_numpy(part).to(images.device, images.dtype) for part in (rows, columns.T.copy()))
    return matmul(tall, matmul(images, wide))


def _weights(old: int, new: int, mode: str) -> np.ndarray[Any, Any]:
    """Return what share each of the old pixels has of each new one, (new, old)."""
    scale = old / new
    stretch = max(scale, 1.0)
    reach = stretch * (1.0 if mode == "bilinear" else 2.0)
    centers = scale * (np.arange(new) + 0.5)
    first = np.maximum((centers - reach + 0.5).astype(np.int64), 0)[:, None]
    last = np.minimum((centers + reach + 0.5).astype(np.int64), old)[:, None]
    pixels = np.arange(old)
    distances = np.abs((pixels - centers[:, None] + 0.5) / stretch)
    shares = np.where((pixels >= first) & (pixels < last), _filter(distances, mode), 0.0)
    made: np.ndarray[Any, Any] = shares / shares.sum(1, keepdims=True)
    return made


def _filter(distance: np.ndarray[Any, Any], mode: str) -> np.ndarray[Any, Any]:
    """Return the filter's height at a distance: a triangle, or Keys' cubic with -1/2."""
    if mode == "bilinear":
        return np.maximum(1.0 - distance, 0.0)
    near = (1.5 * distance - 2.5) * distance**2 + 1.0
    far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    return np.where(distance < 1.0, near, np.where(distance < 2.0, far, 0.0))

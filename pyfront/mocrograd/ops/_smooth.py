"""Resizing where several pixels become one: each side by a product with a matrix of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocrograd.dtypes import float64
from mocrograd.ops.compare import where
from mocrograd.ops.creation import arange
from mocrograd.ops.matmul import matmul
from mocrograd.tensor import Tensor


def smooth_resize(images: Tensor, size: Sequence[int], mode: str, scales: Sequence[float]) -> Tensor:
    """Resize images with a filter that is as wide as a pixel of the result.

    Args:
        images: The images, (N, C, H, W), of floats.
        size: Their new height and width.
        mode: bilinear or bicubic.
        scales: How many pixels a pixel of the result spans, for both sides.

    Returns:
        The images, (N, C, *size).
    """
    tall, wide = (
        _weights(*side, mode, images.device).to(images.dtype) for side in zip(images._shape[-2:], size, scales)
    )
    return matmul(tall, matmul(images, wide.T))


def _weights(old: int, new: int, scale: float, mode: str, device: Any) -> Tensor:
    """Return what share each of the old pixels has of each new one, (new, old)."""
    stretch = max(scale, 1.0)
    reach = stretch * (1.0 if mode == "bilinear" else 2.0)
    centers = ((arange(new, dtype=float64, device=device) + 0.5) * scale).unsqueeze(1)
    pixels = arange(old, dtype=float64, device=device)
    first, last = (centers - reach + 0.5).trunc(), (centers + reach + 0.5).trunc()
    distances = ((pixels - centers + 0.5) / stretch).abs()
    shares = where((pixels >= first) & (pixels < last), _filter(distances, mode), 0.0)
    return shares / shares.sum(1, keepdim=True)


def _filter(distance: Tensor, mode: str) -> Tensor:
    """Return the filter's height at a distance: a triangle, or Keys' cubic with -1/2."""
    if mode == "bilinear":
        return (1.0 - distance).clamp(min=0.0)
    near = (distance * 1.5 - 2.5) * distance**2 + 1.0
    far = ((distance * -0.5 + 2.5) * distance - 4.0) * distance + 2.0
    return where(distance < 1.0, near, where(distance < 2.0, far, 0.0))

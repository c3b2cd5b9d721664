"""Resizing images of bytes as torch and Pillow do: one side after the other, with weights of 16-bit integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import from_host
from mocrograd.ops.ternary import clamp
from mocrograd.tensor import Tensor

_MOST_BITS = 22


def resize_bytes(
    images: Tensor, size: Sequence[int], mode: str, align_corners: bool, scales: Sequence[float], antialias: bool
) -> Tensor:
    """Resize images of bytes; the width first, whose results are rounded to bytes.

    Args:
        images: The images, (N, C, H, W), of uint8.
        size: Their new height and width.
        mode: bilinear or bicubic.
        align_corners: Whether the middles of the corner pixels lie on each other.
        scales: How many pixels a pixel of the result spans, for both sides.
        antialias: Whether several pixels become one, where the result is smaller.

    Returns:
        The images, (N, C, *size).
    """
    for dim in (3, 2):
        old, new = images._shape[dim], size[dim - 2]
        if old == new:
            continue
        first, shares, bits = _weights(old, new, scales[dim - 2], mode, align_corners, antialias)
        total: Any = 1 << (bits - 1)
        for tap in range(shares.shape[1]):
            index = np.minimum(first + tap, old - 1)
            weight = from_host(np.ascontiguousarray(shares[:, tap]), images.device, False)
            pixels = to_dtype(images.index_select(dim, from_host(index, images.device, False)), dtypes.int32)
            total = pixels * (weight if dim == 3 else weight.unsqueeze(1)) + total
        images = to_dtype(clamp(total >> bits, 0, 255), dtypes.uint8)
    return images


@lru_cache(maxsize=256)
def _weights(
    old: int, new: int, scale: float, mode: str, align_corners: bool, antialias: bool
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the first pixel of each new one, the weights from there on as integers, and their number of bits."""
    taps = 2 if mode == "bilinear" else 4
    pairs = [
        _smooth(i, old, scale, taps) if antialias else _plain(i, old, scale, taps, align_corners) for i in range(new)
    ]
    longest = max([len(shares) for _, shares in pairs])
    most = max([max(shares) for _, shares in pairs])
    bits = next((b for b in range(_MOST_BITS) if int(0.5 + most * (1 << (b + 1))) >= 1 << 15), _MOST_BITS)
    whole = np.zeros((new, longest), np.int32)
    for row, (_, shares) in zip(whole, pairs):
        row[: len(shares)] = [int(math.copysign(0.5, s) + s * (1 << bits)) for s in shares]
    return np.array([first for first, _ in pairs], np.int64), whole, bits


def _plain(i: int, old: int, scale: float, taps: int, align_corners: bool) -> tuple[int, list[float]]:
    """Return the first pixel near a position, and the weights; what lies outside counts for the pixels at the edge."""
    position = scale * i if align_corners else scale * (i + 0.5) - 0.5
    position = max(position, 0.0) if taps == 2 and not align_corners else position
    near = math.floor(position) if taps == 4 else int(position)
    near = min(near, old - 1)
    part = min(max(position - near, 0.0), 1.0)
    reach = taps // 2
    first, last = max(near - reach + 1, 0), min(near + reach + 1, old)
    shares = [0.0] * (last - first)
    for j in range(taps):
        shares[min(max(near - reach + 1 + j, 0), old - 1) - first] += _height(j + 1 - reach - part, taps, -0.75)
    return first, shares


def _smooth(i: int, old: int, scale: float, taps: int) -> tuple[int, list[float]]:
    """Return the first pixel that a filter as wide as a new pixel covers, and the weights."""
    stretch = max(scale, 1.0)
    reach = stretch * taps * 0.5
    center = scale * (i + 0.5)
    first = max(int(center - reach + 0.5), 0)
    count = min(max(min(int(center + reach + 0.5), old) - first, 0), math.ceil(reach) * 2 + 1)
    heights = [_height((first + j - center + 0.5) / stretch, taps, -0.5) for j in range(count)]
    total = sum(heights)
    return first, [h / total for h in heights] if total else heights


def _height(x: float, taps: int, a: float) -> float:
    """Return the height of a filter at a distance: a triangle, or Keys' cubic."""
    x = abs(x)
    if taps == 2:
        return max(1.0 - x, 0.0)
    if x < 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return ((x - 5) * x + 8) * x * a - 4 * a if x < 2 else 0.0

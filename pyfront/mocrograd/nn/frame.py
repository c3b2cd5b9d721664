"""Frames around images, by mode, and options that are one number per dimension: what several layers share."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from mocrograd import ops
from mocrograd.backend import device
from mocrograd.tensor import Tensor


def per_dimension(value: Any, ndim: int) -> tuple[Any, ...]:
    """Return an option as a tuple with an entry per dimension; a sequence stays what it is."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * ndim


def _source(place: int, size: int, mode: str) -> int:
    """Return the pixel that a pixel of the frame copies."""
    if mode == "circular":
        return place % size
    if mode == "replicate":
        return min(max(place, 0), size - 1)
    return -place if place < 0 else 2 * (size - 1) - place if place >= size else place


@lru_cache(maxsize=256)
def _index(size: int, before: int, behind: int, mode: str, place: device) -> Tensor:
    return ops.tensor([_source(i, size, mode) for i in range(-before, size + behind)], device=place)


def framed(input: Tensor, sizes: tuple[int, ...], mode: str) -> Tensor:
    """Return an image with a frame of its own pixels.

    Args:
        input: (..., images).
        sizes: Pixels before and behind, the last dimension's first.
        mode: "reflect", "replicate" or "circular".

    Returns:
        The image; negative sizes cut off.

    Raises:
        RuntimeError: The frame is wider than the image has pixels for.
    """
    for place in range(len(sizes) // 2):
        dim = len(input.shape) - 1 - place
        before, behind = sizes[2 * place], sizes[2 * place + 1]
        size = input.shape[dim]
        most = size - 1 if mode == "reflect" else size
        if max(before, behind) > most and mode != "replicate":
            raise RuntimeError(
                f"{mode} padding: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {behind}) at dimension {dim} of input {list(input.shape)}"
            )
        if before or behind:
            input = ops.index_select(input, dim, _index(size, before, behind, mode, input.device))
    return input

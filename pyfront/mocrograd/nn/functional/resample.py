"""Images of other sizes, as functions."""

from __future__ import annotations

import math
import warnings
from typing import Any

from mocrograd.ops.resample import interpolate as interpolate
from mocrograd.tensor import Tensor


def _image(name: str, input: Tensor, factor: int) -> tuple[list[int], list[int]]:
    """Return the leading sizes of images and their channels, height and width.

    Raises:
        RuntimeError: There are fewer than three dimensions, or the factor is not positive.
    """
    if input.ndim < 3:
        raise RuntimeError(f"{name} expects input to have at least 3 dimensions, but got {input.ndim} dimensions")
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive factor, but got {factor}")
    sizes = list(input.shape)
    return sizes[:-3], sizes[-3:]


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Return images r times as high and wide, made from r r channels each.

    Args:
        input: (..., channels r r, height, width).
        upscale_factor: The number r.

    Returns:
        (..., channels, height r, width r).

    Raises:
        RuntimeError: r r does not divide the channels.
    """
    r = upscale_factor
    lead, (channels, height, width) = _image("pixel_shuffle", input, r)
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    split = input.reshape(math.prod(lead), channels // (r * r), r, r, height, width)
    return split.permute(0, 1, 4, 2, 5, 3).reshape(*lead, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Return images r times as low and narrow, whose pixels become r r channels each: the inverse of `pixel_shuffle`.

    Args:
        input: (..., channels, height r, width r).
        downscale_factor: The number r.

    Returns:
        (..., channels r r, height, width); what is empty keeps its shape, as in torch.

    Raises:
        RuntimeError: r does not divide height and width.
    """
    r = downscale_factor
    lead, (channels, height, width) = _image("pixel_unshuffle", input, r)
    if height % r or width % r:
        raise RuntimeError(
            f"pixel_unshuffle expects height and width to be divisible by downscale_factor, but input.size(-2)="
            f"{height} and input.size(-1)={width} are not divisible by {r}"
        )
    if not input.numel():
        return input.clone()
    split = input.reshape(math.prod(lead), channels, height // r, r, width // r, r)
    return split.permute(0, 1, 3, 5, 2, 4).reshape(*lead, channels * r * r, height // r, width // r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Return images with the channels of groups in turn: the first of each group, then the second of each, and so on.

    Args:
        input: (batch, channels, ...).
        groups: How many groups there are.

    Raises:
        RuntimeError: They do not divide the channels, or the input has less than three dimensions.
    """
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    batch, channels, *rest = input.shape
    if channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    return input.reshape(batch, groups, channels // groups, *rest).transpose(1, 2).reshape(*input.shape)


native_channel_shuffle = channel_shuffle


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """Call `interpolate`, which stands in its place; deprecated, as in torch."""
    _deprecated("upsample", "interpolate")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Call `interpolate` with mode "nearest"; deprecated, as in torch."""
    _deprecated("upsample_nearest", "interpolate")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Call `interpolate` with mode "bilinear" and aligned corners; deprecated, as in torch."""
    _deprecated("upsample_bilinear", "interpolate")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _deprecated(name: str, better: str) -> None:
    warnings.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.{better}` instead.", stacklevel=4)

"""Images at other sizes or points: interpolation, sampling at a grid, pixels and channels in another order."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from mocrograd import ops
from mocrograd.autograd.function import shows
from mocrograd.ops._arguments import checked
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._points import Sampling, sampled
from mocrograd.ops.cast import in_format_of
from mocrograd.ops.resample import interpolate as interpolate
from mocrograd.tensor import Tensor

__all__ = [
    "affine_grid",
    "channel_shuffle",
    "grid_sample",
    "native_channel_shuffle",
    "pixel_shuffle",
    "pixel_unshuffle",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]


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


@checked
@shows("PixelShuffle")
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Return images r times as high and wide, made from r r channels each.

    Args:
        input: (..., channels r r, height, width).
        upscale_factor: The number r.

    Returns:
        (..., channels, height r, width r).

    Raises:
        RuntimeError: r r does not divide the channels.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 4, 1, 1)
        >>> mg.nn.functional.pixel_shuffle(x, 2)[0, 0]
        tensor([[0., 1.],
                [2., 3.]])
    """
    r = upscale_factor
    lead, (channels, height, width) = _image("pixel_shuffle", input, r)
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    split = input.reshape(math.prod(lead), channels // (r * r), r, r, height, width)
    return in_format_of(
        split.permute(0, 1, 4, 2, 5, 3).reshape(*lead, channels // (r * r), height * r, width * r), input
    )


@checked
@shows("PixelUnshuffle")
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Return images r times as low and narrow, whose pixels become r r channels each: the inverse of `pixel_shuffle`.

    Args:
        input: (..., channels, height r, width r).
        downscale_factor: The number r.

    Returns:
        (..., channels r r, height, width); what is empty keeps its shape, as in torch.

    Raises:
        RuntimeError: r does not divide height and width.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 1, 2, 2)
        >>> mg.nn.functional.pixel_unshuffle(x, 2).flatten()
        tensor([0., 1., 2., 3.])
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
    return in_format_of(
        split.permute(0, 1, 3, 5, 2, 4).reshape(*lead, channels * r * r, height // r, width // r), input
    )


@checked
@shows("ChannelShuffle")
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Return images with the channels of groups in turn: the first of each group, then the second of each, and so on.

    Args:
        input: (batch, channels, ...).
        groups: How many groups there are.

    Raises:
        RuntimeError: They do not divide the channels, or the input has less than three dimensions.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 4, 1)
        >>> mg.nn.functional.channel_shuffle(x, 2).flatten()
        tensor([0., 2., 1., 3.])
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
    mixed = input.reshape(batch, groups, channels // groups, *rest).transpose(1, 2).reshape(*input.shape)
    return in_format_of(mixed, input)


native_channel_shuffle = channel_shuffle


@checked
def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """Call `interpolate`, which replaces it; deprecated, as in torch.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.functional.interpolate(mg.tensor([[[1.0, 2.0]]]), scale_factor=2)  # what replaces it
        tensor([[[1., 1., 2., 2.]]])
    """
    _deprecated("upsample", "interpolate")
    return interpolate(input, size, scale_factor, mode, align_corners)


@checked
def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Call `interpolate` with mode "nearest"; deprecated, as in torch."""
    _deprecated("upsample_nearest", "interpolate")
    return interpolate(input, size, scale_factor, mode="nearest")


@checked
def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Call `interpolate` with mode "bilinear" and aligned corners; deprecated, as in torch."""
    _deprecated("upsample_bilinear", "interpolate")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _deprecated(name: str, better: str) -> None:
    warnings.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.{better}` instead.", stacklevel=4)


@checked
@computed_wide
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """Return the points in [-1, 1] to which an affine map of each image, or volume, sends the points of a result.

    Args:
        theta: The maps, (batch, 2, 3) or (batch, 3, 4).
        size: The result's size: (batch, channels, height, width), or with a depth before the height.
        align_corners: Whether -1 and 1 are the middles of the outermost elements, not their edges; False by default.

    Returns:
        (batch, height, width, 2) or (batch, depth, height, width, 3), for `grid_sample`.

    Raises:
        ValueError: The maps are not floating, or have another shape, or a size is not positive.
        NotImplementedError: The size has another length.

    Example:
        >>> import mocrograd as mg
        >>> turn = mg.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]])
        >>> mg.nn.functional.affine_grid(turn, [1, 1, 2, 2], align_corners=True)[0, 0]
        tensor([[ 1., -1.],
                [ 1.,  1.]])
    """
    aligned = _aligned("affine_grid", align_corners)
    if not theta.dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    size = tuple(size)
    if len(size) not in (4, 5):
        raise NotImplementedError(f"affine_grid only supports 4D and 5D sizes, for 2D and 3D transforms, got {size}")
    ndim = len(size) - 2
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (ndim, ndim + 1):
        raise ValueError(
            f"Expected a batch of {ndim}D affine matrices of shape Nx{ndim}x{ndim + 1} for size {size}. "
            f"Got {list(theta.shape)}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if size[0] != theta.shape[0]:
        raise RuntimeError(f"Expected {size[0]} affine matrices, one for each image, got {theta.shape[0]}")
    shape = size[2:]
    columns = []
    for axis in reversed(range(ndim)):  # x, which is the last axis, comes first
        n = shape[axis]
        line = ops.linspace(-1, 1, n, dtype=theta.dtype, device=theta.device)
        line = (line if aligned else line * (n - 1) / n) if n > 1 else ops.zeros_like(line)
        columns.append(line.reshape([n if d == axis else 1 for d in range(ndim)]).expand(*shape))
    columns.append(ops.ones(shape, dtype=theta.dtype, device=theta.device))
    points = ops.stack(columns, -1).reshape(1, -1, ndim + 1)
    return (points @ theta.transpose(1, 2)).reshape(size[0], *shape, ndim)


def _aligned(name: str, align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn(
            f"{name}: align_corners is False by default; pass it to say so, or True where the corners' middles are "
            "the outermost points",
            stacklevel=4,
        )
    return bool(align_corners)


@checked
@computed_wide
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Sample images, or volumes, at points between -1 and 1.

    Args:
        input: (batch, channels, height, width), or with a depth before the height.
        grid: The points: (batch, *, *, 2), x first, or (batch, *, *, *, 3).
        mode: "bilinear" (in volumes trilinear), "nearest", or for images "bicubic".
        padding_mode: What lies outside: "zeros", the nearest element of the "border", or a "reflection".
        align_corners: Whether -1 and 1 are the middles of the outermost elements, not their edges; False by default.

    Returns:
        (batch, channels, *), * as in the grid.

    Raises:
        ValueError: There is no such mode.
        RuntimeError: Shapes or dtypes do not fit, or "bicubic" of volumes is asked for.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 1, 2, 2)
        >>> middle = mg.zeros(1, 1, 1, 2)
        >>> mg.nn.functional.grid_sample(x, middle, align_corners=True)
        tensor([[[[1.5000]]]])
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(f"grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            f"grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '{padding_mode}'"
        )
    aligned = _aligned("grid_sample", align_corners)
    ndim = input.ndim - 2
    if ndim not in (2, 3) or grid.ndim != input.ndim:
        raise RuntimeError(
            "grid_sample(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.shape[0] != grid.shape[0] or grid.shape[-1] != ndim:
        raise RuntimeError(
            f"grid_sample(): expected grid to have size {input.shape[0]} in the first dimension, as the input, and "
            f"{ndim} in the last, but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if not input.dtype.is_floating_point or input.dtype is not grid.dtype:
        raise RuntimeError(
            f"grid_sample(): expected input and grid to have the same floating dtype, but input has {input.dtype} and "
            f"grid has {grid.dtype}"
        )
    if min(input.shape[2:]) == 0:
        raise RuntimeError(
            f"grid_sample(): expected input to have non-empty spatial dimensions, but got sizes {list(input.shape)}"
        )
    if mode == "bicubic" and ndim == 3:
        raise RuntimeError("grid_sample(): bicubic interpolation only supports 4D input")
    return sampled(input, grid, Sampling(mode, padding_mode, aligned))

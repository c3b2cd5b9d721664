"""What transforms do to batches of images: tensors (N, C, H, W), of floats in [0, 1] or of bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd.dtypes import float32, float64, int64, uint8
from mocrograd.nn import functional
from mocrograd.ops import arange, bmm, cat, clamp, floor, fmod, full, linspace, ones, remainder, stack, tensor, where
from mocrograd.tensor import Tensor


def pad(images: Tensor, padding: Sequence[int], fill: Any = 0, mode: str = "constant") -> Tensor:
    """Add pixels around images.

    Args:
        images: The images, (N, C, H, W).
        padding: How many: left, top, right, bottom.
        fill: Their value, or one for each channel.
        mode: constant, edge, reflect or symmetric.

    Returns:
        The larger images.
    """
    left, top, right, bottom = padding
    height, width = images.shape[-2:]
    if mode != "constant":
        rows, columns = (
            tensor(np.pad(np.arange(size), ends, mode=mode).tolist())  # type: ignore[call-overload]
            for size, ends in ((height, (top, bottom)), (width, (left, right)))
        )
        return images[:, :, rows][:, :, :, columns]
    shape = (*images.shape[:2], height + top + bottom, width + left + right)
    values = tensor(fill, dtype=images.dtype, device=images.device).reshape(-1, 1, 1)
    made = values.expand(shape).contiguous()
    made[:, :, top : top + height, left : left + width] = images
    return made


def crop(images: Tensor, tops: Sequence[int], lefts: Sequence[int], height: int, width: int) -> Tensor:
    """Cut a part out of each image.

    Args:
        images: The images, (N, C, H, W).
        tops: The first row of each part; a single one stands for all.
        lefts: The first column of each part.
        height: The rows of a part.
        width: The columns of a part.

    Returns:
        The parts, (N, C, height, width).
    """
    if len(tops) == 1:
        return images[:, :, tops[0] : tops[0] + height, lefts[0] : lefts[0] + width].contiguous()
    count, channels, _, whole = images.shape
    rows = tensor(tops).reshape(-1, 1, 1) + arange(height).reshape(1, -1, 1)
    columns = tensor(lefts).reshape(-1, 1, 1) + arange(width).reshape(1, 1, -1)
    positions = (rows * whole + columns).reshape(count, 1, -1).expand(count, channels, -1)
    flat = images.reshape(count, channels, -1)
    return flat.gather(2, positions).reshape(count, channels, height, width)


def resize(images: Tensor, size: Sequence[int], mode: str, antialias: bool) -> Tensor:
    """Resize images.

    Args:
        images: The images, (N, C, H, W).
        size: Their new height and width.
        mode: nearest, nearest-exact, bilinear or bicubic.
        antialias: Whether several pixels become one, for the modes that make values between pixels.
    """
    floats = _floats(images)
    if mode.startswith("nearest"):
        made = functional.interpolate(floats, size=tuple(size), mode=mode)
    else:
        made = functional.interpolate(floats, tuple(size), mode=mode, align_corners=False, antialias=antialias)
    return _like(made, images)


def rotate(
    images: Tensor, angles: Sequence[float], mode: str, expand: bool, center: Sequence[float] | None, fill: Any
) -> Tensor:
    """Turn images.

    Args:
        images: The images, (N, C, H, W).
        angles: The angle of each, in degrees, counter-clockwise.
        mode: nearest or bilinear.
        expand: Whether the result is as large as a turned image needs; there is a single one then.
        center: Around which point, x and y from the upper left corner; the middle by default.
        fill: The value of what was outside, or one for each channel; None leaves edges as sampling makes them.

    Returns:
        The turned images.
    """
    height, width = images.shape[-2:]
    middle = (0.0, 0.0) if center is None else (center[0] - width * 0.5, center[1] - height * 0.5)
    matrices = [_matrix(angle, middle) for angle in angles]
    out_width, out_height = _turned_size(matrices[0], width, height) if expand else (width, height)
    floats = _floats(images)
    theta = tensor(matrices, dtype=floats.dtype, device=images.device).reshape(-1, 2, 3)
    grid = _grid(theta, (height, width), (out_height, out_width))
    sampled = functional.grid_sample(
        cat([floats, ones(len(images), 1, height, width, dtype=floats.dtype, device=images.device)], 1),
        grid, mode=mode, padding_mode="zeros", align_corners=False,
    )  # fmt: skip
    made, inside = sampled[:, :-1], sampled[:, -1:]
    if fill is None:
        return _like(made, images)
    outside = tensor(fill, dtype=floats.dtype, device=images.device).reshape(-1, 1, 1)
    if mode == "nearest":
        return _like(where(inside < 0.5, outside.expand(made.shape), made), images)
    return _like(made * inside + (1.0 - inside) * outside, images)


def _matrix(angle: float, center: Sequence[float]) -> list[float]:
    """Return the two rows of the map from positions in the result to positions in the image."""
    turn = math.radians(-angle)
    cosine, sine = math.cos(turn), math.sin(turn)
    x, y = center
    return [cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y]


def _turned_size(matrix: Sequence[float], width: int, height: int) -> tuple[int, int]:
    """Return the width and height that hold a turned image."""
    corners = np.array([[x * width, y * height, 1] for x in (-0.5, 0.5) for y in (-0.5, 0.5)], np.float32)
    positions = corners @ np.array(matrix, np.float32).reshape(2, 3).T + np.array([width, height], np.float32) * 0.5
    # 1e-4 less or more than a whole number is that number.
    high, low = (np.trunc(ends / np.float32(1e-4)) * np.float32(1e-4) for ends in (positions.max(0), positions.min(0)))
    wide, tall = (np.ceil(high) - np.floor(low)).tolist()
    return int(wide), int(tall)


def _grid(theta: Tensor, size: Sequence[int], out: Sequence[int]) -> Tensor:
    """Return for each pixel of the result its position in the image, in [-1, 1]."""
    options: dict[str, Any] = {"dtype": theta.dtype, "device": theta.device}
    y, x = (linspace(0.5 - count / 2, count / 2 - 0.5, count, **options) for count in out)
    shape = tuple(out)
    base = stack([x.expand(shape), y.unsqueeze(1).expand(shape), ones(shape, **options)], -1)
    scaled = theta.transpose(1, 2) / tensor([0.5 * size[1], 0.5 * size[0]], **options)
    positions = bmm(base.reshape(1, -1, 3).expand(len(theta), -1, -1).contiguous(), scaled.contiguous())
    return positions.reshape(len(theta), *shape, 2)


def _floats(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else images.to(float32)


def _like(made: Tensor, images: Tensor) -> Tensor:
    """Return values with the dtype that the images have: bytes are rounded."""
    if images.is_floating_point():
        return made
    if images.dtype is uint8:
        made = clamp(made, 0, 255)
    return made.round().to(images.dtype)


def gray(images: Tensor) -> Tensor:
    """Return images without colour, (N, 1, H, W).

    Args:
        images: The images, with one channel or three.
    """
    if images.shape[1] == 1:
        return images
    red, green, blue = (images[:, channel : channel + 1] for channel in range(3))
    return (0.2989 * red + 0.587 * green + 0.114 * blue).to(images.dtype)


def brightness(images: Tensor, factors: Tensor) -> Tensor:
    """Multiply images.

    Args:
        images: The images.
        factors: The factor of each, (N, 1, 1, 1).
    """
    return _blend(images, full((), 0, dtype=images.dtype, device=images.device), factors)


def contrast(images: Tensor, factors: Tensor) -> Tensor:
    """Move values away from the mean of the image without colour, or towards it.

    Args:
        images: The images.
        factors: The factor of each, (N, 1, 1, 1).
    """
    return _blend(images, _floats(gray(images)).mean((1, 2, 3), keepdim=True), factors)


def saturation(images: Tensor, factors: Tensor) -> Tensor:
    """Move colours away from gray, or towards it.

    Args:
        images: The images.
        factors: The factor of each, (N, 1, 1, 1).
    """
    return images if images.shape[1] == 1 else _blend(images, gray(images), factors)


def hue(images: Tensor, shifts: Tensor) -> Tensor:
    """Turn the circle of colours.

    Args:
        images: The images.
        shifts: The part of a turn of each, (N, 1, 1, 1).
    """
    if images.shape[1] == 1:
        return images
    floats = images if images.is_floating_point() else images.to(float32) / 255
    shade, colour, value = _to_hsv(floats)
    made = _to_rgb(remainder(shade + shifts.squeeze(1), 1.0), colour, value)
    return made if images.is_floating_point() else (made * (256 - 1e-3)).to(images.dtype)


def blur(images: Tensor, sizes: Sequence[int], deviations: Sequence[Sequence[float]]) -> Tensor:
    """Average neighbouring pixels, with weights of a normal distribution; edges are reflected.

    Args:
        images: The images.
        sizes: How many pixels of a row and of a column an average has, odd.
        deviations: For each image, or for all, the standard deviations along rows and along columns.
    """
    floats = _floats(images)
    count, channels, height, width = images.shape
    across, down = (_bell(size, [pair[at] for pair in deviations], floats) for at, size in enumerate(sizes))
    weights = (down.unsqueeze(2) * across.unsqueeze(1)).repeat_interleave(channels * count // len(deviations), 0)
    around = [size // 2 for size in (sizes[0], sizes[0], sizes[1], sizes[1])]
    padded = functional.pad(floats, around, mode="reflect").flatten(0, 1).unsqueeze(0)
    made = functional.conv2d(padded, weights.unsqueeze(1), groups=count * channels)
    return _like(made.reshape(count, channels, height, width), images)


def _bell(size: int, deviations: Sequence[float], like: Tensor) -> Tensor:
    """Return the weights of neighbours for each standard deviation; their sum is 1."""
    options: dict[str, Any] = {"dtype": like.dtype, "device": like.device}
    half = (size - 1) * 0.5
    density = (-0.5 * (linspace(-half, half, size, **options) / tensor(deviations, **options).unsqueeze(1)) ** 2).exp()
    return density / density.sum(1, keepdim=True)


def _blend(images: Tensor, others: Tensor, factors: Tensor) -> Tensor:
    bound = 1 if images.dtype in (float32, float64) else 255
    return clamp(factors * images + (1.0 - factors) * others, 0, bound).to(images.dtype)


def _to_hsv(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    red, green, blue = (images[:, channel] for channel in range(3))
    high, low = images.amax(1), images.amin(1)
    flat = high == low
    span = high - low
    one = ones((), dtype=images.dtype, device=images.device)
    colour = span / where(flat, one, high)
    divisor = where(flat, one, span)
    far_red, far_green, far_blue = ((high - channel) / divisor for channel in (red, green, blue))
    is_red = high == red
    is_green = (high == green) & ~is_red
    shade = where(is_red, far_blue - far_green, where(is_green, 2.0 + far_red - far_blue, 4.0 + far_green - far_red))
    return fmod(shade / 6.0 + 1.0, 1.0), colour, high


def _to_rgb(shade: Tensor, colour: Tensor, value: Tensor) -> Tensor:
    sixth = floor(shade * 6.0)
    rest = shade * 6.0 - sixth
    p = clamp(value * (1.0 - colour), 0, 1)
    q = clamp(value * (1.0 - colour * rest), 0, 1)
    t = clamp(value * (1.0 - colour * (1.0 - rest)), 0, 1)
    part = (sixth.to(int64) % 6).unsqueeze(0)
    channels = [(value, q, p, p, t, value), (t, value, value, q, p, p), (p, p, t, value, value, q)]
    return stack([stack(list(six)).gather(0, part).squeeze(0) for six in channels], 1)

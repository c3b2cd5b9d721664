"""What transforms do to pictures of Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_FILTERS = {"nearest": 0, "nearest-exact": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
"""Pillow's numbers of ways to make values between pixels."""


def pad(picture: Any, padding: Sequence[int], fill: Any = 0, mode: str = "constant") -> Any:
    """Add pixels around a picture.

    Args:
        picture: The picture.
        padding: How many: left, top, right, bottom.
        fill: Their value, or one for each channel.
        mode: constant, edge, reflect or symmetric.
    """
    from PIL import Image, ImageOps

    left, top, right, bottom = padding
    if mode == "constant":
        return ImageOps.expand(picture, border=(left, top, right, bottom), fill=_fill(picture, fill))
    pixels = np.asarray(picture)
    ends = ((top, bottom), (left, right), (0, 0))[: pixels.ndim]
    return Image.fromarray(np.pad(pixels, ends, mode=mode))  # type: ignore[call-overload]


def crop(picture: Any, top: int, left: int, height: int, width: int) -> Any:
    """Cut a part out of a picture.

    Args:
        picture: The picture.
        top: The first row.
        left: The first column.
        height: The rows.
        width: The columns.
    """
    return picture.crop((left, top, left + width, top + height))


def resize(picture: Any, size: Sequence[int], mode: str) -> Any:
    """Resize a picture.

    Args:
        picture: The picture.
        size: Its new height and width.
        mode: nearest, nearest-exact, bilinear, bicubic, box, hamming or lanczos.
    """
    return picture.resize((size[1], size[0]), _FILTERS[mode])


def flip(picture: Any, upright: bool = False) -> Any:
    """Turn left and right.

    Args:
        picture: The picture.
        upright: Whether to turn top and bottom instead.
    """
    from PIL import Image

    turns = Image.Transpose
    return picture.transpose(turns.FLIP_TOP_BOTTOM if upright else turns.FLIP_LEFT_RIGHT)


def rotate(picture: Any, angle: float, mode: str, expand: bool, center: Sequence[float] | None, fill: Any) -> Any:
    """Turn a picture.

    Args:
        picture: The picture.
        angle: The angle in degrees, counter-clockwise.
        mode: nearest, bilinear or bicubic.
        expand: Whether the result is as large as the turned picture needs.
        center: Around which point, x and y from the upper left corner; the middle by default.
        fill: The value of what was outside, or one for each channel.
    """
    center = None if center is None else tuple(center)
    return picture.rotate(angle, _FILTERS[mode], expand, center, fillcolor=_fill(picture, fill))


def _fill(picture: Any, fill: Any) -> Any:
    """Return a value as Pillow wants it: one number for one channel, a tuple of whole ones for several."""
    channels = len(picture.getbands())
    values = list(fill) if isinstance(fill, Sequence) else [fill] * channels
    if len(values) != channels:
        raise ValueError(f"fill has {len(values)} numbers, but the picture has {channels} channels")
    if picture.mode != "F":
        values = [int(value) for value in values]
    return values[0] if channels == 1 else tuple(values)


def enhance(picture: Any, kind: str, factor: float) -> Any:
    """Change the brightness, the contrast or the saturation of a picture.

    Args:
        picture: The picture.
        kind: Brightness, Contrast or Color.
        factor: By how much; 1 changes nothing.
    """
    from PIL import ImageEnhance

    return getattr(ImageEnhance, kind)(picture).enhance(factor)


def hue(picture: Any, shift: float) -> Any:
    """Turn the circle of colours.

    Args:
        picture: The picture.
        shift: The part of a turn, from -0.5 to 0.5.
    """
    from PIL import Image

    if picture.mode in ("L", "1", "I", "F"):
        return picture
    shade, colour, value = picture.convert("HSV").split()
    turned = np.array(shade, dtype=np.uint8) + np.int32(shift * 255).astype(np.uint8)
    return Image.merge("HSV", (Image.fromarray(turned), colour, value)).convert(picture.mode)


def from_array(array: np.ndarray[Any, Any], mode: str | None) -> Any:
    """Make a picture of an array.

    Args:
        array: The numbers, (H, W) or (H, W, C).
        mode: Pillow's name for what the channels are; by default what the array says.
    """
    from PIL import Image

    made = Image.fromarray(np.ascontiguousarray(array))
    return made if mode in (None, made.mode) else Image.frombytes(mode, made.size, made.tobytes())


def gray(picture: Any, channels: int) -> Any:
    """Take the colour from a picture.

    Args:
        picture: The picture.
        channels: 1, or 3 equal ones.
    """
    without = picture.convert("L")
    return without if channels == 1 else without.convert("RGB")

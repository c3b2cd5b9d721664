"""Colours changed or taken away at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mocrograd.ops import empty, rand, randperm, where
from mocrograd.tensor import Tensor
from mocrograd.transforms import pictures, pixels
from mocrograd.transforms.basic import Transform, as_batch, is_picture

_KINDS = ("brightness", "contrast", "saturation", "hue")
_PILLOW = {"brightness": "Brightness", "contrast": "Contrast", "saturation": "Color"}

Range = float | Sequence[float]


class ColorJitter(Transform):
    """Changes brightness, contrast, saturation and hue at random, in a random order, which a batch shares.

    Args:
        brightness: The factor is drawn from [max(0, 1 - brightness), 1 + brightness], or from a range.
        contrast: Likewise.
        saturation: Likewise.
        hue: The part of a turn is drawn from [-hue, hue], or from a range, within [-0.5, 0.5].

    Raises:
        TypeError: One is neither a number nor two.
        ValueError: One is out of its range.

    Example:
        >>> import mocrograd as mg
        >>> jitter = mg.transforms.ColorJitter(brightness=0.2, hue=0.1)
        >>> jitter(mg.rand(3, 8, 8)).shape
        mocrograd.Size([3, 8, 8])
    """

    def __init__(self, brightness: Range = 0, contrast: Range = 0, saturation: Range = 0, hue: Range = 0) -> None:
        super().__init__()
        self.brightness = _range("brightness", brightness, 1, (0, math.inf))
        self.contrast = _range("contrast", contrast, 1, (0, math.inf))
        self.saturation = _range("saturation", saturation, 1, (0, math.inf))
        self.hue = _range("hue", hue, 0, (-0.5, 0.5))

    def forward(self, img: Any) -> Any:
        """Return the changed image, picture or batch.

        Raises:
            TypeError: It is no image, or has neither one channel nor three.
        """
        picture = is_picture(img)
        images = img if picture else as_batch(img, "ColorJitter")
        if not picture and images.shape[1] not in (1, 3):
            raise TypeError(f"Input image tensor permitted channel values are 1 or 3, but found {images.shape[1]}")
        order = randperm(len(_KINDS)).tolist()
        factors = {}
        for kind in _KINDS:
            ends = getattr(self, kind)
            if ends is not None:
                factors[kind] = empty(1 if picture else len(images)).uniform_(*ends)
        for kind in (_KINDS[number] for number in order):
            if kind in factors:
                images = (_picture if picture else _batch)(images, kind, factors[kind])
        return images if picture or img.ndim == 4 else images.squeeze(0)


class RandomGrayscale(Transform):
    """Takes the colour from images with a probability; the number of channels stays.

    Args:
        p: The probability.

    Example:
        >>> import mocrograd as mg
        >>> image = mg.transforms.RandomGrayscale(p=1.0)(mg.rand(3, 4, 4))
        >>> mg.equal(image[0], image[1])
        True
    """

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """Return the image, picture or batch, in which some are without colour.

        Raises:
            TypeError: It is no image.
        """
        if is_picture(img):
            return pictures.gray(img, len(img.getbands())) if rand(1).item() < self.p else img
        images = as_batch(img, "RandomGrayscale")
        chosen = (rand(len(images)) < self.p).to(images.device).reshape(-1, 1, 1, 1)
        made = where(chosen, pixels.gray(images), images)
        return made if img.ndim == 4 else made.squeeze(0)


def _picture(picture: Any, kind: str, factors: Tensor) -> Any:
    factor = float(factors.item())
    return pictures.hue(picture, factor) if kind == "hue" else pictures.enhance(picture, _PILLOW[kind], factor)


def _batch(images: Tensor, kind: str, factors: Tensor) -> Tensor:
    changed: Tensor = getattr(pixels, kind)(images, factors.to(images.device).reshape(-1, 1, 1, 1))
    return changed


def _range(name: str, value: Range, center: int, bound: tuple[float, float]) -> tuple[float, float] | None:
    """Return the range that a number, or two, stand for; None where it changes nothing."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        low, high = center - float(value), center + float(value)
        low = max(low, 0.0) if center else low
    elif isinstance(value, (tuple, list)) and len(value) == 2:
        low, high = float(value[0]), float(value[1])
    else:
        raise TypeError(f"{name} should be a single number or a list/tuple with length 2.")
    if not bound[0] <= low <= high <= bound[1]:
        raise ValueError(f"{name} values should be between {bound}, but got {[low, high]}.")
    return None if low == high == center else (low, high)

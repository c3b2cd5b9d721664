"""Transforms that add pixels around images, resize a random part, or erase one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mocrograd.ops import empty, rand, randint, randn, tensor
from mocrograd.tensor import Tensor
from mocrograd.transforms import pictures, pixels
from mocrograd.transforms.basic import InterpolationMode, Transform, is_picture
from mocrograd.transforms.geometry import Geometry, Resize, four, mode_of, pair


class Pad(Geometry):
    """Adds pixels around images.

    Args:
        padding: How many: for all sides, for (left, top), or for left, top, right, bottom.
        fill: Their value, or one for each channel.
        padding_mode: constant, edge, reflect or symmetric.

    Raises:
        ValueError: `padding` has another length, or there is no such mode.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.Pad(1, fill=9)(mg.zeros(1, 1, 1))
        tensor([[[9., 9., 9.],
                 [9., 0., 9.],
                 [9., 9., 9.]]])
    """

    def __init__(self, padding: int | Sequence[int], fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise ValueError(f"Padding mode should be constant, edge, reflect or symmetric, got {padding_mode!r}")
        self.padding = four(padding)
        self.fill = fill
        self.padding_mode = padding_mode

    def _picture(self, picture: Any) -> Any:
        return pictures.pad(picture, self.padding, self.fill, self.padding_mode)

    def _batch(self, images: Tensor) -> Tensor:
        return pixels.pad(images, self.padding, self.fill, self.padding_mode)


def _draw(
    height: int, width: int, scale: Sequence[float], ratio: Sequence[float], smaller: int
) -> tuple[int, int, int, int] | None:
    """Draw a part: its first row and column, its height and width.

    Args:
        height: The rows of the image.
        width: The columns of the image.
        scale: The range of the part's share of the area.
        ratio: The range of its width for a height of 1.
        smaller: How much less than the image it must have, each way.

    Returns:
        The part; None where ten tries gave none that fits.
    """
    for _ in range(10):
        area = height * width * empty(1).uniform_(*scale).item()
        aspect = math.exp(empty(1).uniform_(math.log(ratio[0]), math.log(ratio[1])).item())
        tall, wide = round(math.sqrt(area / aspect)), round(math.sqrt(area * aspect))
        if 0 < wide <= width - smaller and 0 < tall <= height - smaller:
            top, left = (
                int(randint(0, whole - part + 1, (1,)).item()) for whole, part in ((height, tall), (width, wide))
            )
            return top, left, tall, wide
    return None


class RandomResizedCrop(Geometry):
    """Cuts a part of random size and shape out of images and resizes it.

    Args:
        size: Height and width, or a number for both.
        scale: The range of the part's share of the area.
        ratio: The range of its width for a height of 1.
        interpolation: How values between pixels are made.
        antialias: Whether several pixels become one; pictures of Pillow always do.

    Raises:
        TypeError: `scale` or `ratio` is no sequence, or `interpolation` no mode.
        ValueError: `size` has not one number or two.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.RandomResizedCrop(8)(mg.rand(3, 32, 24)).shape
        mocrograd.Size([3, 8, 8])
    """

    batched = False  # each image has a part of its own size

    def __init__(
        self,
        size: int | Sequence[int],
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: InterpolationMode = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = pair(size)
        for name, values in (("Scale", scale), ("Ratio", ratio)):
            if not isinstance(values, Sequence):
                raise TypeError(f"{name} should be a sequence")
        self.scale = scale
        self.ratio = ratio
        self.interpolation = mode_of(interpolation)
        self.antialias = antialias
        self._resize = Resize(self.size, self.interpolation, antialias=antialias)

    @staticmethod
    def get_params(img: Any, scale: Sequence[float], ratio: Sequence[float]) -> tuple[int, int, int, int]:
        """Draw a part.

        Args:
            img: A tensor, (..., H, W), or a picture.
            scale: The range of the part's share of the area.
            ratio: The range of its width for a height of 1.

        Returns:
            Its first row and column, its height and width: the middle where no random one fits.
        """
        height, width = (img.height, img.width) if is_picture(img) else img.shape[-2:]
        drawn = _draw(height, width, scale, ratio, 0)
        if drawn is not None:
            return drawn
        tall, wide = height, width
        if width / height < min(ratio):
            tall = round(width / min(ratio))
        elif width / height > max(ratio):
            wide = round(height * max(ratio))
        return (height - tall) // 2, (width - wide) // 2, tall, wide

    def _picture(self, picture: Any) -> Any:
        return self._resize(pictures.crop(picture, *self.get_params(picture, self.scale, self.ratio)))

    def _batch(self, images: Tensor) -> Tensor:
        top, left, tall, wide = self.get_params(images, self.scale, self.ratio)
        made: Tensor = self._resize(images[..., top : top + tall, left : left + wide])
        return made


class RandomErasing(Transform):
    """Overwrites a random part of images with a probability.

    Args:
        p: The probability.
        scale: The range of the part's share of the area.
        ratio: The range of its height for a width of 1.
        value: What is written: a number, one for each channel, or "random" for a normal number for each pixel.
        inplace: Whether to write to the tensor that is given.

    Raises:
        TypeError: `value`, `scale` or `ratio` is of another type.
        ValueError: One is out of its range.

    Example:
        >>> import mocrograd as mg
        >>> erased = mg.transforms.RandomErasing(p=1.0)(mg.ones(3, 16, 16))
        >>> bool((erased == 0).any())
        True
    """

    batched = False

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__()
        if not isinstance(value, (int, float, str, tuple, list)):
            raise TypeError("Argument value should be either a number or str or a sequence")
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        for name, values in (("Scale", scale), ("Ratio", ratio)):
            if not isinstance(values, Sequence):
                raise TypeError(f"{name} should be a sequence")
        if scale[0] < 0 or scale[1] > 1:
            raise ValueError("Scale should be between 0 and 1")
        if not 0 <= p <= 1:
            raise ValueError("Random erasing probability should be between 0 and 1")
        self.p = p
        self.scale = scale
        self.ratio = ratio
        self.value = value
        self.inplace = inplace

    def forward(self, img: Tensor) -> Tensor:
        """Return the image, (..., C, H, W), with the part overwritten.

        Raises:
            ValueError: There are not as many values as channels.
        """
        if rand(1).item() >= self.p:
            return img
        channels, height, width = img.shape[-3:]
        numbers = list(self.value) if isinstance(self.value, (tuple, list)) else [self.value]
        if len(numbers) not in (1, channels):
            raise ValueError(
                f"If value is a sequence, it should have either a single value or {channels} (number of input channels)"
            )
        drawn = _draw(height, width, self.scale, [1 / end for end in reversed(self.ratio)], 1)
        if drawn is None:
            return img
        top, left, tall, wide = drawn
        new = randn(channels, tall, wide) if self.value == "random" else tensor(numbers).reshape(-1, 1, 1)
        made = img if self.inplace else img.clone()
        made[..., top : top + tall, left : left + wide] = new.to(img.dtype)
        return made

"""Transforms that move pixels: sizes, parts, flips and turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocrograd.ops import empty, flip, rand, randint, where
from mocrograd.tensor import Tensor
from mocrograd.transforms import pictures, pixels
from mocrograd.transforms.basic import InterpolationMode, Transform, as_batch, is_picture

OF_TENSORS = (
    InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT, InterpolationMode.BILINEAR, InterpolationMode.BICUBIC,
)  # fmt: skip
"""The ways to make values between pixels of tensors."""


class Geometry(Transform):
    """Base class: takes a picture, an image or a batch, and calls `_picture` or `_batch`."""

    def forward(self, img: Any) -> Any:
        """Return the changed image, picture or batch.

        Raises:
            TypeError: It is no image.
        """
        if is_picture(img):
            return self._picture(img)
        made = self._batch(as_batch(img, type(self).__name__))
        return made if img.ndim == 4 else made.squeeze(0)

    def _picture(self, picture: Any) -> Any:
        raise NotImplementedError

    def _batch(self, images: Tensor) -> Tensor:
        raise NotImplementedError


class Resize(Geometry):
    """Resizes images.

    Args:
        size: Height and width; or a number for the shorter side, where the longer one keeps its share.
        interpolation: How values between pixels are made.
        max_size: The longer side is at most this, where `size` is one number.
        antialias: Whether several pixels become one; pictures of Pillow always do.

    Raises:
        TypeError: `size` is no number or sequence, or `interpolation` no mode.
        ValueError: `size` has not one number or two, or `max_size` does not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.Resize((2, 3))(mg.ones(1, 4, 6))
        tensor([[[1., 1., 1.],
                 [1., 1., 1.]]])
    """

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: InterpolationMode = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        if not isinstance(size, (int, list, tuple)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        numbers = [size] if isinstance(size, int) else list(size)
        if len(numbers) not in (1, 2) or any(number < 1 for number in numbers):
            raise ValueError(f"If size is a sequence, it should have 1 or 2 positive values, got {size}")
        if max_size is not None and (len(numbers) == 2 or max_size <= numbers[0]):
            raise ValueError(f"max_size = {max_size} must be greater than the one number of size, got size = {size}")
        self.size = size
        self.interpolation = mode_of(interpolation)
        self.max_size = max_size
        self.antialias = bool(antialias)

    def _sizes(self, height: int, width: int) -> tuple[int, int]:
        numbers = [self.size] if isinstance(self.size, int) else self.size
        if len(numbers) == 2:
            return numbers[0], numbers[1]
        short, long = sorted((height, width))
        made, other = numbers[0], int(numbers[0] * long / short)
        if self.max_size is not None and other > self.max_size:
            made, other = int(self.max_size * made / other), self.max_size
        return (other, made) if width <= height else (made, other)

    def _picture(self, picture: Any) -> Any:
        size = self._sizes(picture.height, picture.width)
        same = size == (picture.height, picture.width)
        return picture if same else pictures.resize(picture, size, self.interpolation.value)

    def _batch(self, images: Tensor) -> Tensor:
        size = self._sizes(images.shape[-2], images.shape[-1])
        if self.interpolation not in OF_TENSORS:
            raise ValueError(f"Interpolation mode: {self.interpolation.value} is unsupported with Tensor input")
        if size == tuple(images.shape[-2:]):
            return images
        return pixels.resize(images, size, self.interpolation.value, self.antialias)


class CenterCrop(Geometry):
    """Cuts the middle out of images; smaller ones get zeros around them.

    Args:
        size: Height and width, or a number for both.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.CenterCrop(2)(mg.arange(16).reshape(1, 4, 4))
        tensor([[[ 5,  6],
                 [ 9, 10]]])
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        super().__init__()
        self.size = pair(size)

    def _positions(self, height: int, width: int) -> tuple[list[int], int, int]:
        """Return the zeros around an image, and where the middle of what comes out begins."""
        tall, wide = self.size
        high, broad = max(tall - height, 0), max(wide - width, 0)
        padding = [broad // 2, high // 2, (broad + 1) // 2, (high + 1) // 2]
        return padding, round((height + high - tall) / 2.0), round((width + broad - wide) / 2.0)

    def _picture(self, picture: Any) -> Any:
        padding, top, left = self._positions(picture.height, picture.width)
        picture = pictures.pad(picture, padding) if any(padding) else picture
        return pictures.crop(picture, top, left, *self.size)

    def _batch(self, images: Tensor) -> Tensor:
        padding, top, left = self._positions(images.shape[-2], images.shape[-1])
        images = pixels.pad(images, padding) if any(padding) else images
        return pixels.crop(images, [top], [left], *self.size)


class RandomCrop(Geometry):
    """Cuts a part out of images at a random position.

    Args:
        size: Height and width, or a number for both.
        padding: How many pixels are added before: for all sides, for (left, top), or for left, top, right, bottom.
        pad_if_needed: Whether smaller images get pixels around them; otherwise they raise ValueError.
        fill: The value of added pixels, or one for each channel.
        padding_mode: constant, edge, reflect or symmetric.

    Raises:
        ValueError: `padding` has another length, or there is no such mode.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.RandomCrop(28, padding=2)(mg.zeros(3, 28, 28)).shape
        mocrograd.Size([3, 28, 28])
    """

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size = pair(size)
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise ValueError(f"Padding mode should be constant, edge, reflect or symmetric, got {padding_mode!r}")
        self.padding = None if padding is None else four(padding)
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    def _paddings(self, height: int, width: int) -> list[list[int]]:
        """Return what is added around images, step after step.

        Raises:
            ValueError: They are too small then.
        """
        made = [] if self.padding is None else [self.padding]
        left, top, right, bottom = made[0] if made else (0, 0, 0, 0)
        tall, wide = self.size
        broad, high = max(wide - width - left - right, 0), max(tall - height - top - bottom, 0)
        if (broad or high) and not self.pad_if_needed:
            size = (height + top + bottom, width + left + right)
            raise ValueError(f"Required crop size {self.size} is larger than input image size {size}")
        return made + [step for step in ([broad, 0, broad, 0], [0, high, 0, high]) if any(step)]

    def _draw(self, height: int, width: int, count: int) -> tuple[list[int], list[int]]:
        """Draw where the parts begin."""
        tall, wide = self.size
        if (tall, wide) == (height, width):
            return [0], [0]
        return randint(0, height - tall + 1, (count,)).tolist(), randint(0, width - wide + 1, (count,)).tolist()

    def _picture(self, picture: Any) -> Any:
        for padding in self._paddings(picture.height, picture.width):
            picture = pictures.pad(picture, padding, self.fill, self.padding_mode)
        (top,), (left,) = self._draw(picture.height, picture.width, 1)
        return pictures.crop(picture, top, left, *self.size)

    def _batch(self, images: Tensor) -> Tensor:
        for padding in self._paddings(images.shape[-2], images.shape[-1]):
            images = pixels.pad(images, padding, self.fill, self.padding_mode)
        tops, lefts = self._draw(images.shape[-2], images.shape[-1], len(images))
        return pixels.crop(images, tops, lefts, *self.size)


class RandomHorizontalFlip(Geometry):
    """Turns left and right of an image with a probability.

    Args:
        p: The probability.

    Raises:
        ValueError: It is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.RandomHorizontalFlip(p=1.0)(mg.tensor([[[1, 2, 3]]]))
        tensor([[[3, 2, 1]]])
    """

    _upright = False

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p should be a probability from 0 to 1, got {p}")
        self.p = p

    def _picture(self, picture: Any) -> Any:
        return pictures.flip(picture, self._upright) if rand(1).item() < self.p else picture

    def _batch(self, images: Tensor) -> Tensor:
        turned = (rand(len(images)) < self.p).to(images.device)
        return where(turned.reshape(-1, 1, 1, 1), flip(images, -2 if self._upright else -1), images)


class RandomVerticalFlip(RandomHorizontalFlip):
    """Turns top and bottom of an image with a probability.

    Args:
        p: The probability.

    Raises:
        ValueError: It is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.RandomVerticalFlip(p=1.0)(mg.tensor([[[1], [2]]]))
        tensor([[[2],
                 [1]]])
    """

    _upright = True


class RandomRotation(Geometry):
    """Turns images by a random angle.

    Args:
        degrees: The angle is drawn from [-degrees, degrees], or from a range; counter-clockwise.
        interpolation: How values between pixels are made: NEAREST or BILINEAR, for pictures of Pillow also BICUBIC.
        expand: Whether the result is as large as the turned image needs; the images of a batch have one size.
        center: Around which point, x and y from the upper left corner; the middle by default.
        fill: The value of what was outside, or one for each channel.

    Raises:
        TypeError: `interpolation` is no mode.
        ValueError: `degrees` is negative, or `degrees` or `center` has not two numbers.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.RandomRotation((90, 90))(mg.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[2., 4.],
                 [1., 3.]]])
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: InterpolationMode = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        if isinstance(degrees, (int, float)):
            if degrees < 0:
                raise ValueError(f"If degrees is a single number, it must be positive, got {degrees}")
            degrees = (-degrees, degrees)
        for name, values in (("degrees", degrees), ("center", center)):
            if values is not None and len(values) != 2:
                raise ValueError(f"{name} should be a sequence of length 2, got {values}")
        self.degrees = [float(end) for end in degrees]
        self.interpolation = mode_of(interpolation)
        self.expand = expand
        self.center = center
        self.fill = 0 if fill is None else fill

    def _draw(self, count: int) -> list[float]:
        drawn: list[float] = empty(count).uniform_(*self.degrees).tolist()
        return drawn

    def _picture(self, picture: Any) -> Any:
        (angle,) = self._draw(1)
        return pictures.rotate(picture, angle, self.interpolation.value, self.expand, self.center, self.fill)

    def _batch(self, images: Tensor) -> Tensor:
        if self.interpolation is InterpolationMode.BICUBIC:
            raise ValueError("RandomRotation: tensors take NEAREST or BILINEAR, got BICUBIC")
        if self.expand and len(images) > 1:
            raise ValueError(f"RandomRotation: expand=True takes single images, got a batch of {len(images)}")
        angles = self._draw(len(images))
        return pixels.rotate(images, angles, self.interpolation.value, self.expand, self.center, self.fill)


def mode_of(interpolation: Any) -> InterpolationMode:
    """Return a mode.

    Args:
        interpolation: The mode, or Pillow's number for it.

    Raises:
        TypeError: It is neither.
    """
    if isinstance(interpolation, int):
        names = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
        return InterpolationMode(names.get(interpolation, interpolation))
    if not isinstance(interpolation, InterpolationMode):
        raise TypeError(f"Argument interpolation should be an InterpolationMode, got {type(interpolation).__name__}")
    return interpolation


def pair(size: int | Sequence[int]) -> tuple[int, int]:
    """Return a height and a width.

    Args:
        size: Both, or one number for both.

    Raises:
        ValueError: There are not one or two positive numbers.
    """
    numbers = [size] if isinstance(size, int) else list(size)
    if len(numbers) not in (1, 2) or any(number < 1 for number in numbers):
        raise ValueError(f"Please provide only two positive dimensions (h, w) for size, got {size}")
    return numbers[0], numbers[-1]


def four(padding: int | Sequence[int]) -> list[int]:
    """Return how much is added at the left, the top, the right and the bottom.

    Args:
        padding: A number for all sides, two for (left, top), or four.

    Raises:
        ValueError: There are not one, two or four numbers, or one is negative.
    """
    numbers = [padding] if isinstance(padding, int) else list(padding)
    if len(numbers) not in (1, 2, 4) or any(number < 0 for number in numbers):
        raise ValueError(f"Padding must be a number, or 1, 2 or 4 of them, none negative, got {padding}")
    return numbers * (4 // len(numbers))

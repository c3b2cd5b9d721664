"""What transforms do, as functions: each takes an image, (C, H, W), a batch, (N, C, H, W), or a picture of Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd.dtypes import dtype as DType
from mocrograd.ops import full
from mocrograd.tensor import Tensor
from mocrograd.transforms import pictures, pixels
from mocrograd.transforms.basic import InterpolationMode as InterpolationMode
from mocrograd.transforms.basic import Normalize, ToTensor, as_batch, is_picture
from mocrograd.transforms.blur import blurred, odd_sizes
from mocrograd.transforms.conversions import ConvertImageDtype, Grayscale, PILToTensor, ToPILImage
from mocrograd.transforms.geometry import CenterCrop, RandomHorizontalFlip, RandomVerticalFlip, Resize
from mocrograd.transforms.parts import Pad


def to_tensor(pic: Any) -> Tensor:
    """Make float32 in [0, 1] of bytes: of a picture, an array (H, W) or (H, W, C), or a uint8 tensor.

    Args:
        pic: The image.
    """
    return ToTensor()(pic)


def pil_to_tensor(pic: Any) -> Tensor:
    """Make a tensor of a picture, (C, H, W), with its numbers as they are.

    Args:
        pic: The picture.
    """
    return PILToTensor()(pic)


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """Make a picture of a tensor, (C, H, W), or an array, (H, W, C).

    Args:
        pic: The numbers.
        mode: Pillow's name for what the channels are.
    """
    return ToPILImage(mode)(pic)


def convert_image_dtype(image: Tensor, dtype: DType) -> Tensor:
    """Change the dtype of images: floats are in [0, 1], integers in the range of their dtype.

    Args:
        image: The image.
        dtype: The dtype that comes out.
    """
    return ConvertImageDtype(dtype)(image)


def normalize(
    tensor: Tensor, mean: Sequence[float] | float, std: Sequence[float] | float, inplace: bool = False
) -> Tensor:
    """Take the mean of each channel away and divide by the standard deviation.

    Args:
        tensor: The image.
        mean: The mean of each channel.
        std: The standard deviation of each channel.
        inplace: Whether to write to the tensor that is given.
    """
    return Normalize(mean, std, inplace)(tensor)


def resize(
    img: Any,
    size: int | Sequence[int],
    interpolation: InterpolationMode = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """Resize an image.

    Args:
        img: The image.
        size: Height and width; or a number for the shorter side.
        interpolation: How values between pixels are made.
        max_size: The longer side is at most this, where `size` is one number.
        antialias: Whether several pixels become one.
    """
    return Resize(size, interpolation, max_size, antialias)(img)


def center_crop(img: Any, output_size: int | Sequence[int]) -> Any:
    """Cut the middle out of an image.

    Args:
        img: The image.
        output_size: Height and width, or a number for both.
    """
    return CenterCrop(output_size)(img)


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """Cut a part out of an image; what lies outside is 0.

    Args:
        img: The image.
        top: The first row.
        left: The first column.
        height: The rows.
        width: The columns.
    """
    if is_picture(img):
        return pictures.crop(img, top, left, height, width)
    images = as_batch(img, "crop")
    tall, wide = images.shape[-2:]
    around = [max(-left, 0), max(-top, 0), max(left + width - wide, 0), max(top + height - tall, 0)]
    images = pixels.pad(images, around) if any(around) else images
    top, left = top + around[1], left + around[0]
    made = images[..., top : top + height, left : left + width]
    return made if img.ndim == 4 else made.squeeze(0)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: int | Sequence[int],
    interpolation: InterpolationMode = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """Cut a part out of an image and resize it.

    Args:
        img: The image.
        top: The first row.
        left: The first column.
        height: The rows.
        width: The columns.
        size: The new height and width.
        interpolation: How values between pixels are made.
        antialias: Whether several pixels become one.
    """
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def pad(img: Any, padding: int | Sequence[int], fill: Any = 0, padding_mode: str = "constant") -> Any:
    """Add pixels around an image.

    Args:
        img: The image.
        padding: How many: for all sides, for (left, top), or for left, top, right, bottom.
        fill: Their value, or one for each channel.
        padding_mode: constant, edge, reflect or symmetric.
    """
    return Pad(padding, fill, padding_mode)(img)


def hflip(img: Any) -> Any:
    """Turn left and right.

    Args:
        img: The image.
    """
    return RandomHorizontalFlip(1.0)(img)


def vflip(img: Any) -> Any:
    """Turn top and bottom.

    Args:
        img: The image.
    """
    return RandomVerticalFlip(1.0)(img)


def rotate(
    img: Any,
    angle: float,
    interpolation: InterpolationMode = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: Any = None,
) -> Any:
    """Turn an image.

    Args:
        img: The image.
        angle: The angle in degrees, counter-clockwise.
        interpolation: How values between pixels are made.
        expand: Whether the result is as large as the turned image needs.
        center: Around which point, x and y from the upper left corner.
        fill: The value of what was outside, or one for each channel; None mixes edges of tensors with 0 once.
    """
    options = (interpolation.value, expand, center)
    if is_picture(img):
        return pictures.rotate(img, angle, *options, 0 if fill is None else fill)
    images = as_batch(img, "rotate")
    made = pixels.rotate(images, [angle] * len(images), *options, fill)
    return made if img.ndim == 4 else made.squeeze(0)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """Take the colour from an image.

    Args:
        img: The image.
        num_output_channels: 1, or 3 equal ones.
    """
    return Grayscale(num_output_channels)(img)


def gaussian_blur(img: Any, kernel_size: int | Sequence[int], sigma: float | Sequence[float] | None = None) -> Any:
    """Average an image's neighbouring pixels, with weights of a normal distribution.

    Args:
        img: The image.
        kernel_size: How many pixels of a row and of a column an average has, odd, or a number for both.
        sigma: The standard deviations along rows and along columns, or one for both; 0.3 times half the pixels beside
            the middle, plus 0.35, by default.

    Raises:
        TypeError: A size or deviation is of another type, or it is no image.
        ValueError: A size is not odd or a deviation not positive.
    """
    sizes = odd_sizes(kernel_size)
    deviations = [0.15 * size + 0.35 for size in sizes] if sigma is None else sigma
    if isinstance(deviations, (int, float)):
        deviations = [float(deviations)]
    if not isinstance(deviations, (tuple, list)):
        raise TypeError(f"sigma should be either float or sequence of floats. Got {type(sigma)}")
    if len(deviations) not in (1, 2) or any(deviation <= 0 for deviation in deviations):
        raise ValueError(f"sigma should have one or two positive values. Got {sigma}")
    return blurred(img, sizes, [tuple(float(deviations[at]) for at in (0, -1))])


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """Multiply an image.

    Args:
        img: The image.
        brightness_factor: By how much; 1 changes nothing.
    """
    return _color(img, "brightness", "Brightness", brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """Move values away from the mean of the image without colour, or towards it.

    Args:
        img: The image.
        contrast_factor: By how much; 1 changes nothing.
    """
    return _color(img, "contrast", "Contrast", contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """Move colours away from gray, or towards it.

    Args:
        img: The image.
        saturation_factor: By how much; 1 changes nothing.
    """
    return _color(img, "saturation", "Color", saturation_factor)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """Turn the circle of colours.

    Args:
        img: The image.
        hue_factor: The part of a turn, from -0.5 to 0.5.

    Raises:
        ValueError: It is out of that range.
    """
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    return pictures.hue(img, hue_factor) if is_picture(img) else _color(img, "hue", "", hue_factor)


def _color(img: Any, kind: str, of_pillow: str, factor: float) -> Any:
    if is_picture(img):
        return pictures.enhance(img, of_pillow, factor)
    images = as_batch(img, f"adjust_{kind}")
    factors = full((len(images), 1, 1, 1), factor, device=images.device)
    made = getattr(pixels, kind)(images, factors)
    return made if img.ndim == 4 else made.squeeze(0)


def get_dimensions(img: Any) -> list[int]:
    """Return channels, height and width.

    Args:
        img: The image.
    """
    if is_picture(img):
        return [len(img.getbands()), img.height, img.width]
    if isinstance(img, np.ndarray):
        return [img.shape[2] if img.ndim == 3 else 1, *img.shape[:2]]
    return [1 if img.ndim == 2 else img.shape[-3], *img.shape[-2:]]


def get_image_size(img: Any) -> list[int]:
    """Return width and height.

    Args:
        img: The image.
    """
    return get_dimensions(img)[:0:-1]

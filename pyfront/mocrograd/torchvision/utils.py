"""Pictures from tensors: grids of images, and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from mocrograd.autograd import no_grad
from mocrograd.dtypes import uint8
from mocrograd.ops import stack
from mocrograd.tensor import Tensor


@no_grad()
def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Put images of one size into a grid.

    Args:
        tensor: Images, (N, C, H, W), one image, (C, H, W) or (H, W), or a list of images.
        nrow: How many images a row holds.
        padding: The pixels around each image.
        normalize: Whether to bring values into [0, 1].
        value_range: The least and the largest value then; by default those of the images.
        scale_each: Whether each image has a range of its own.
        pad_value: The value of the pixels around images.

    Returns:
        The grid, (C, H, W), with three channels where images have one; a single image stands alone.

    Raises:
        TypeError: `tensor` is no tensor or list of tensors, or `value_range` no tuple.
    """
    if isinstance(tensor, (list, tuple)) and all(isinstance(image, Tensor) for image in tensor):
        images = stack(list(tensor))
    elif isinstance(tensor, Tensor):
        images = tensor
    else:
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    if images.ndim == 2:
        images = images.unsqueeze(0)
    if images.ndim == 3:
        images = images.unsqueeze(0)
    if images.shape[1] == 1:
        images = images.expand(-1, 3, -1, -1)
    if normalize:
        images = _normalized(images, value_range, scale_each)
    if len(images) == 1:
        return images.squeeze(0)
    columns = min(nrow, len(images))
    rows = math.ceil(len(images) / columns)
    height, width = images.shape[2] + padding, images.shape[3] + padding
    grid: Tensor = images.new_full((images.shape[1], height * rows + padding, width * columns + padding), pad_value)
    for number, image in enumerate(images):
        top, left = number // columns * height + padding, number % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return grid


def _normalized(images: Tensor, value_range: Any, scale_each: bool) -> Tensor:
    """Return images with values in [0, 1].

    Raises:
        TypeError: `value_range` is no tuple.
    """
    if value_range is not None and not isinstance(value_range, tuple):
        raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
    if scale_each:
        return stack([_normalized(image, value_range, False) for image in images])
    low, high = value_range or (float(images.min()), float(images.max()))
    return (images.clamp(low, high) - low) / max(high - low, 1e-5)


def save_image(
    tensor: Tensor | Sequence[Tensor], fp: str | Path | BinaryIO, format: str | None = None, **kwargs: Any
) -> None:
    """Save an image, or several as a grid, as a file. Pillow writes it.

    Args:
        tensor: The images, of floats in [0, 1], as `make_grid` takes them.
        fp: The path or the open file.
        format: The format's name; by default what the ending says.
        **kwargs: What `make_grid` takes.

    Raises:
        ImportError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as fault:
        raise ImportError('pictures need Pillow: pip install "mocrograd[images]"') from fault
    grid = make_grid(tensor, **kwargs).detach()
    pixels = (grid * 255 + 0.5).clamp(0, 255).permute(1, 2, 0).to("cpu").to(uint8)
    Image.fromarray(pixels.contiguous().numpy()).save(fp, format=format)

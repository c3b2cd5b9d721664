"""GaussianBlur: averages of neighbouring pixels, with weights of a normal distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocrograd.ops import empty
from mocrograd.transforms import pixels
from mocrograd.transforms.basic import Transform, as_batch, is_picture
from mocrograd.transforms.conversions import PILToTensor, ToPILImage


class GaussianBlur(Transform):
    """Averages neighbouring pixels, with weights of a normal distribution of random width.

    Args:
        kernel_size: How many pixels of a row and of a column an average has, odd, or a number for both.
        sigma: The standard deviation is drawn from this range, or is this number.

    Raises:
        TypeError: A size or deviation is of another type.
        ValueError: A size is not odd, or a deviation not positive.

    Example:
        >>> import mocrograd as mg
        >>> dot = mg.zeros(1, 5, 5)
        >>> dot[0, 2, 2] = 1.0
        >>> mg.transforms.GaussianBlur(3, sigma=1.0)(dot)[0, 2]
        tensor([0.0000, 0.1238, 0.2042, 0.1238, 0.0000])
    """

    def __init__(self, kernel_size: int | Sequence[int], sigma: float | Sequence[float] = (0.1, 2.0)) -> None:
        super().__init__()
        self.kernel_size = odd_sizes(kernel_size)
        if isinstance(sigma, (int, float)):
            if sigma <= 0:
                raise ValueError(f"If sigma is a single number, it must be positive, got {sigma}")
            sigma = (sigma, sigma)
        if not isinstance(sigma, Sequence) or len(sigma) != 2:
            raise TypeError(f"sigma should be a single float or a sequence of 2, got {sigma}")
        if not 0.0 < sigma[0] <= sigma[1]:
            raise ValueError(f"sigma values should be positive and of the form (min, max). Got {sigma}")
        self.sigma = sigma

    def forward(self, img: Any) -> Any:
        """Return the changed image, picture or batch.

        Raises:
            TypeError: It is no image.
            ValueError: It is not larger than half the pixels of an average.
        """
        count = 1 if is_picture(img) else len(as_batch(img, "GaussianBlur"))
        drawn = empty(count).uniform_(*self.sigma).tolist()
        return blurred(img, self.kernel_size, [(number, number) for number in drawn])


def odd_sizes(kernel_size: int | Sequence[int]) -> list[int]:
    """Return how many pixels of a row and of a column an average has.

    Args:
        kernel_size: Both, or one number for both.

    Raises:
        TypeError: It is neither.
        ValueError: There are not one or two odd positive numbers.
    """
    if not isinstance(kernel_size, (int, list, tuple)):
        raise TypeError(f"kernel_size should be int or a sequence of integers. Got {type(kernel_size)}")
    sizes = [kernel_size] if isinstance(kernel_size, int) else list(kernel_size)
    if len(sizes) not in (1, 2) or any(size % 2 == 0 or size < 0 for size in sizes):
        raise ValueError(f"Kernel size value should be one or two odd and positive numbers. Got {kernel_size}")
    return [sizes[0], sizes[-1]]


def blurred(img: Any, sizes: Sequence[int], deviations: Sequence[tuple[float, ...]]) -> Any:
    """Average neighbouring pixels.

    Args:
        img: An image, picture or batch.
        sizes: How many pixels of a row and of a column an average has.
        deviations: For each image, or for all, the standard deviations along rows and along columns.

    Raises:
        TypeError: It is no image.
    """
    if is_picture(img):
        return ToPILImage(img.mode)(blurred(PILToTensor()(img), sizes, deviations))
    made = pixels.blur(as_batch(img, "GaussianBlur"), sizes, deviations)
    return made if img.ndim == 4 else made.squeeze(0)

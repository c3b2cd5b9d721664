"""FakeData: images of random numbers, to try a program without data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd.datasets.vision import VisionDataset
from mocrograd.dtypes import int32, uint8
from mocrograd.ops import Generator, randint, randn, stack
from mocrograd.tensor import Tensor


class FakeData(VisionDataset):
    """Images of random numbers, which are the same ones whenever somebody asks for them.

    Args:
        size: How many there are.
        image_size: The shape of an image, (C, H, W).
        num_classes: The number of classes.
        transform: Makes of an image, uint8, what a sample holds.
        target_transform: Makes of a class's number what a sample holds.
        random_offset: Is added to an image's number to give its seed.

    Example:
        >>> import mocrograd as mg
        >>> images = mg.datasets.FakeData(size=4, image_size=(3, 8, 8))
        >>> len(images)
        4
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__("", transform, target_transform)
        self.image_size = tuple(image_size)
        self.classes = [str(number) for number in range(num_classes)]
        self.random_offset = random_offset
        self.data = range(size)
        self.targets = randint(0, num_classes, (size,), generator=Generator().manual_seed(random_offset))

    def images(self, indices: Sequence[int]) -> Tensor:
        """Return images, (N, C, H, W), uint8."""
        return stack([self._image(self.data[index] + self.random_offset) for index in indices])

    def _image(self, seed: int) -> Tensor:
        numbers = randn(*self.image_size, generator=Generator().manual_seed(seed))
        return (numbers * 255).to(int32).to(uint8)  # what is out of range wraps around

    def labels(self, indices: Sequence[int]) -> Tensor:
        """Return the numbers of classes, (N), int64."""
        chosen: Tensor = self.targets[list(indices)]
        return chosen

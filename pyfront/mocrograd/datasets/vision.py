"""What data sets of images have in common, with torchvision's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mocrograd.tensor import Tensor
from mocrograd.utils.data import Dataset


class VisionDataset(Dataset[tuple[Any, Any]]):
    """Base class of data sets of images and their classes, which lie in memory as one array.

    An image is a uint8 tensor, (C, H, W), before its transform. The loader makes whole batches at once where the
    transforms can do that.

    Args:
        root: The folder where the files lie.
        transform: Makes of an image what a sample holds.
        target_transform: Makes of a class's number what a sample holds.
    """

    classes: Sequence[str] = ()
    """The names of the classes."""
    data: Any
    targets: Any

    def __init__(
        self,
        root: str | Path,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.root = Path(root).expanduser()
        self.transform = transform
        self.target_transform = target_transform

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class by its name."""
        return {name: number for number, name in enumerate(self.classes)}

    @property
    def gathers(self) -> bool:
        """Whether `gather` gives what single samples would: no transform asks for them one by one."""
        return (
            type(self).__getitem__ is VisionDataset.__getitem__
            and self.target_transform is None
            and (self.transform is None or getattr(self.transform, "batched", False))
        )

    def images(self, indices: Sequence[int]) -> Tensor:
        """Return images, (N, C, H, W), uint8, before their transform; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass does not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no images")

    def labels(self, indices: Sequence[int]) -> Tensor:
        """Return the numbers of classes, (N), int64; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass does not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no labels")

    def gather(self, indices: Tensor) -> list[Tensor]:
        """Make a whole batch.

        Args:
            indices: Numbers of samples, (N), int64.

        Returns:
            The images after their transform, and their classes.
        """
        numbers = indices.tolist()
        images = self.images(numbers)
        return [images if self.transform is None else self.transform(images), self.labels(numbers)]

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Return an image and the number of its class, both after their transforms.

        Raises:
            IndexError: There are fewer samples.
        """
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} samples")
        image: Any = self.images([index])[0]
        target: Any = int(self.targets[index])
        image = image if self.transform is None else self.transform(image)
        return image, target if self.target_transform is None else self.target_transform(target)

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.data)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} samples of {len(self.classes)} classes, root={str(self.root)!r})"

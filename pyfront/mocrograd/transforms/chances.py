"""Transforms that happen with a probability, or one of which is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd.dtypes import float64
from mocrograd.ops import multinomial, rand, randint, randperm, tensor
from mocrograd.transforms.basic import Compose


class _Chance(Compose):
    """Base class: the loader gives images one by one, so that each has its own random numbers."""

    batched = False


class RandomApply(_Chance):
    """Transforms one after the other, or with the rest of the probability none.

    Args:
        transforms: The transforms.
        p: The probability.

    Example:
        >>> import mocrograd as mg
        >>> sometimes = mg.transforms.RandomApply([mg.transforms.Grayscale(3)], p=0.0)
        >>> sometimes(mg.tensor([[[1.0]], [[0.0]], [[0.0]]])).flatten()
        tensor([1., 0., 0.])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__(transforms)
        self.p = p

    def forward(self, img: Any) -> Any:
        """Return what the last one makes, or the image itself."""
        return img if self.p < rand(1).item() else super().forward(img)


class RandomOrder(_Chance):
    """Transforms one after the other, in a random order.

    Args:
        transforms: The transforms.

    Example:
        >>> import mocrograd as mg
        >>> t = mg.transforms
        >>> t.RandomOrder([t.RandomHorizontalFlip(), t.RandomVerticalFlip()])(mg.zeros(1, 2, 3)).shape
        mocrograd.Size([1, 2, 3])
    """

    def forward(self, img: Any) -> Any:
        """Return what the last one makes."""
        for number in randperm(len(self.transforms)).tolist():
            img = self.transforms[number](img)
        return img


class RandomChoice(_Chance):
    """One of several transforms.

    Args:
        transforms: The transforms.
        p: The probability of each, or numbers in their ratio; all alike by default.

    Raises:
        TypeError: `p` is no sequence.

    Example:
        >>> import mocrograd as mg
        >>> t = mg.transforms
        >>> t.RandomChoice([t.CenterCrop(2), t.RandomCrop(2)])(mg.zeros(1, 4, 4)).shape
        mocrograd.Size([1, 2, 2])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None) -> None:
        if p is not None and not isinstance(p, Sequence):
            raise TypeError("Argument p should be a sequence")
        super().__init__(transforms)
        self.p = p

    def forward(self, img: Any) -> Any:
        """Return what the chosen one makes."""
        if self.p is None:
            return self.transforms[int(randint(0, len(self.transforms), (1,)).item())](img)
        return self.transforms[int(multinomial(tensor(self.p, dtype=float64), 1).item())](img)

"""Samplers: the order in which a loader takes samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Any

from mocrograd.ops import arange, randperm
from mocrograd.tensor import Tensor


class Sampler:
    """Base class of samplers: override `__iter__` to give numbers of samples, and `__len__`."""

    def __iter__(self) -> Iterator[Any]:
        """Iterate over numbers of samples; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass has no `__iter__`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no __iter__")


class SequentialSampler(Sampler):
    """Takes the samples from first to last.

    Args:
        data_source: The dataset.
    """

    def __init__(self, data_source: Sized) -> None:
        """Remember the dataset."""
        self.data_source = data_source

    def order(self) -> Tensor:
        """Return the numbers of one epoch, int64."""
        return arange(len(self.data_source))

    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers of one epoch."""
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.data_source)


class RandomSampler(Sampler):
    """Takes each sample once, in an order that is drawn anew for every epoch.

    Args:
        data_source: The dataset.
        generator: Where randomness comes from; the global generator by default.
    """

    def __init__(self, data_source: Sized, *, generator: Any = None) -> None:
        """Remember the dataset and the generator."""
        self.data_source = data_source
        self.generator = generator

    def order(self) -> Tensor:
        """Draw the numbers of one epoch, int64."""
        return randperm(len(self.data_source), generator=self.generator)

    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers of one epoch."""
        return iter(self.order().tolist())

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.data_source)


class BatchSampler(Sampler):
    """Joins the numbers of another sampler into batches.

    Args:
        sampler: Gives single numbers.
        batch_size: Numbers per batch.
        drop_last: Whether to leave out a last batch that is shorter.

    Raises:
        ValueError: `batch_size` is no positive int, or `drop_last` no bool.
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        """Check the options."""
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        """Iterate over lists of numbers."""
        batch: list[Any] = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        """Count the batches of one epoch."""
        full, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return full + (rest > 0 and not self.drop_last)

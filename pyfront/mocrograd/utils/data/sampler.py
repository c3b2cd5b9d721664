"""Samplers: the order in which a loader takes samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic

from mocrograd.dtypes import float64
from mocrograd.ops import arange, as_tensor, cat, multinomial, randint, randperm
from mocrograd.ops.random import Generator
from mocrograd.tensor import Tensor
from mocrograd.utils.data.dataset import T_co

_PART = 1 << 16
"""How many numbers are drawn at once where samples may come again."""


class Sampler(Generic[T_co]):
    """Base class of samplers: override `__iter__` to give numbers of samples, and `__len__`.

    Example:
        >>> from mocrograd.utils.data import DataLoader, Sampler
        >>> class Backwards(Sampler):
        ...     def __iter__(self):
        ...         return iter([2, 1, 0])
        ...     def __len__(self):
        ...         return 3
        >>> list(DataLoader([10, 20, 30], sampler=Backwards(), batch_size=3))
        [tensor([30, 20, 10])]
    """

    def __iter__(self) -> Iterator[T_co]:
        """Iterate over numbers of samples; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass has no `__iter__`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no __iter__")


class SequentialSampler(Sampler[int]):
    """Takes the samples from first to last.

    Args:
        data_source: The dataset.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import SequentialSampler
        >>> list(SequentialSampler([7, 8, 9]))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
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


class RandomSampler(Sampler[int]):
    """Takes each sample once, in an order that is drawn anew for every epoch; or draws each anew.

    Args:
        data_source: The dataset.
        replacement: Whether a sample may come again before all others have come.
        num_samples: How many numbers an epoch has; by default one for each sample.
        generator: Where randomness comes from; the global generator by default.

    Raises:
        TypeError: `replacement` is no bool.
        ValueError: `num_samples` is no positive int.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import RandomSampler
        >>> sorted(RandomSampler([7, 8, 9]))
        [0, 1, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if num_samples is not None and (not isinstance(num_samples, int) or num_samples <= 0):
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")

    @property
    def num_samples(self) -> int:
        """How many numbers an epoch has."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def order(self) -> Tensor:
        """Draw the numbers of one epoch, int64."""
        parts = list(self._parts())
        return parts[0] if len(parts) == 1 else cat(parts) if parts else arange(0)

    def _parts(self) -> Iterator[Tensor]:
        """Draw the numbers of one epoch part by part, so that an epoch may be endless."""
        size, left = len(self.data_source), self.num_samples
        while size and left > 0:
            if self.replacement:
                part = randint(0, size, (min(left, _PART),), generator=self.generator)
            else:
                part = randperm(size, generator=self.generator)[:left]
            yield part
            left -= len(part)

    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers of one epoch."""
        return (number for part in self._parts() for number in part.tolist())

    def __len__(self) -> int:
        """Count the numbers of an epoch."""
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Takes given numbers in an order that is drawn anew for every epoch.

    Args:
        indices: The numbers.
        generator: Where randomness comes from; the global generator by default.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import SubsetRandomSampler
        >>> sorted(SubsetRandomSampler([4, 2]))
        [2, 4]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers of one epoch."""
        return iter([self.indices[i] for i in randperm(len(self.indices), generator=self.generator).tolist()])

    def __len__(self) -> int:
        """Count the numbers."""
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Draws numbers by given weights.

    Args:
        weights: The weight of each number; they need not add up to 1.
        num_samples: How many numbers an epoch has.
        replacement: Whether a number may come again.
        generator: Where randomness comes from; the global generator by default.

    Raises:
        ValueError: `num_samples` is no positive int, `replacement` no bool, or the weights are no sequence of numbers.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import WeightedRandomSampler
        >>> list(WeightedRandomSampler([0.0, 1.0], 3))
        [1, 1, 1]
    """

    def __init__(
        self, weights: Any, num_samples: int, replacement: bool = True, generator: Generator | None = None
    ) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        made = as_tensor(weights, dtype=float64)
        if made.ndim != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {tuple(made.shape)}")
        self.weights, self.num_samples, self.replacement, self.generator = made, num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers of one epoch."""
        return iter(multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator).tolist())

    def __len__(self) -> int:
        """Count the numbers of an epoch."""
        return self.num_samples


class BatchSampler(Sampler[list[Any]]):
    """Joins the numbers of another sampler into batches.

    Args:
        sampler: Gives single numbers.
        batch_size: Numbers per batch.
        drop_last: Whether to leave out a last batch that is shorter.

    Raises:
        ValueError: `batch_size` is no positive int, or `drop_last` no bool.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import BatchSampler, SequentialSampler
        >>> list(BatchSampler(SequentialSampler(range(5)), 2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
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

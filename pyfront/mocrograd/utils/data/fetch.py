"""Fetching: a batch of a dataset, made in this process or in a loader worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from mocrograd.ops import tensor
from mocrograd.tensor import Tensor
from mocrograd.utils.data.dataset import many_samples


class Fetch:
    """Makes one batch after the other: `restart` begins an epoch, a call makes a batch.

    Args:
        dataset: The dataset.
        collate: Joins samples into a batch.
    """

    ends = False
    """Whether the dataset itself says where an epoch ends, by StopIteration."""

    def __init__(self, dataset: Any, collate: Callable[[Any], Any]) -> None:
        self.dataset = dataset
        self.collate = collate

    def restart(self) -> None:
        """Begin an epoch."""

    def __call__(self, index: Any) -> Any:
        """Make what the sampler's next answer stands for; here the sample at a number."""
        return self.collate(self.dataset[index])


class FetchMany(Fetch):
    """Joins the samples at a list of numbers, which a dataset with `__getitems__` is asked for at once."""

    def __call__(self, index: Any) -> Any:
        """Make the batch of a list of numbers."""
        return self.collate(many_samples(self.dataset, index))


class FetchRows(Fetch):
    """Gathers the rows of tensors at a list of numbers, by one indexing per tensor.

    Args:
        dataset: The dataset.
        collate: Joins samples into a batch; what it would give is gathered.
        source: The dataset behind it that has `gather`.
        chosen: The numbers that the dataset takes of the source; None where it takes all.
    """

    def __init__(self, dataset: Any, collate: Callable[[Any], Any], source: Any, chosen: Tensor | None) -> None:
        super().__init__(dataset, collate)
        self.source = source
        self.chosen = chosen

    def __call__(self, index: Any) -> list[Tensor]:
        """Make the batch of a list, or a tensor, of numbers."""
        order = index if isinstance(index, Tensor) else tensor(index)
        made: list[Tensor] = self.source.gather(order if self.chosen is None else self.chosen[order])
        return made


class FetchNext(Fetch):
    """Takes the next sample of a stream, or joins as many as make a batch.

    Args:
        dataset: An IterableDataset.
        collate: Joins samples into a batch.
        batch_size: Samples per batch; None gives single samples.
        drop_last: Whether to leave out a last batch that is shorter.
    """

    ends = True

    def __init__(self, dataset: Any, collate: Callable[[Any], Any], batch_size: int | None, drop_last: bool) -> None:
        super().__init__(dataset, collate)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self._samples: Iterator[Any] = iter(())

    def restart(self) -> None:
        """Begin an epoch."""
        self._samples = iter(self.dataset)

    def __call__(self, index: Any) -> Any:
        """Make the next batch.

        Raises:
            StopIteration: There is none.
        """
        if self.batch_size is None:
            return self.collate(next(self._samples))
        batch = list(islice(self._samples, self.batch_size))
        if not batch or (self.drop_last and len(batch) < self.batch_size):
            raise StopIteration
        return self.collate(batch)

"""DataLoader: batches of a dataset, in order or shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from mocrograd.tensor import Tensor
from mocrograd.utils.data.collate import default_collate, default_convert
from mocrograd.utils.data.dataset import IterableDataset, TensorDataset, batch_source
from mocrograd.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler


class DataLoader:
    """Iterates over batches of a dataset; each iteration is one epoch.

    Batches of a TensorDataset, or of a Subset of one, are gathered by one indexing per tensor when sampler
    and collating are the standard ones.

    Args:
        dataset: Samples by number, with a length; or an IterableDataset.
        batch_size: Samples per batch; None gives single samples that are not collated.
        shuffle: Whether to draw a new order for every epoch.
        sampler: Gives the numbers of the samples instead of `shuffle`.
        batch_sampler: Gives lists of numbers instead of `batch_size`, `shuffle`, `sampler` and `drop_last`.
        num_workers: 0; loading by other processes is not supported.
        collate_fn: Joins a list of samples into a batch; `default_collate` by default.
        pin_memory: False; pinned memory is not supported.
        drop_last: Whether to leave out a last batch that is shorter.
        generator: Where the order comes from; the global generator by default.

    Raises:
        NotImplementedError: `num_workers` or `pin_memory` is set.
        ValueError: Options exclude each other, or `batch_size` is no positive int.

    Example:
        >>> import mocrograd as mg
        >>> data = mg.utils.data.TensorDataset(mg.arange(5))
        >>> [batch.tolist() for (batch,) in mg.utils.data.DataLoader(data, batch_size=2)]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        *,
        generator: Any = None,
    ) -> None:
        """Check the options and choose the samplers."""
        if num_workers < 0:
            raise ValueError(f"num_workers option should be non-negative, got {num_workers}")
        if num_workers > 0:
            raise NotImplementedError(f"DataLoader: num_workers={num_workers} is not supported, use 0")
        if pin_memory:
            raise NotImplementedError(f"DataLoader: pin_memory={pin_memory} is not supported")
        stream = isinstance(dataset, IterableDataset)
        for name, value in (("shuffle", shuffle), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if stream and value:
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, got {value}")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        standard = sampler is None and batch_sampler is None and batch_size is not None and collate_fn is None
        if batch_sampler is not None:
            batch_size = None
        if sampler is None and not stream:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_sampler is None and batch_size is not None:
            sampler = () if sampler is None else sampler
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler: Any = sampler
        self.batch_sampler: Any = batch_sampler
        self.collate_fn = collate_fn or (default_convert if self.batch_sampler is None else default_collate)
        self.generator = generator
        self._source = batch_source(dataset) if standard else None

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the batches of one epoch."""
        if self._source is not None:
            return self._gathered(*self._source)
        if isinstance(self.dataset, IterableDataset):
            return self._streamed(iter(self.dataset))
        if self.batch_sampler is None:
            return (self.collate_fn(self.dataset[index]) for index in self.sampler)
        return (self.collate_fn([self.dataset[index] for index in batch]) for batch in self.batch_sampler)

    def _streamed(self, samples: Iterator[Any]) -> Iterator[Any]:
        if self.batch_size is None:
            yield from map(self.collate_fn, samples)
            return
        while batch := list(islice(samples, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield self.collate_fn(batch)

    def _gathered(self, dataset: TensorDataset, chosen: Tensor | None) -> Iterator[list[Tensor]]:
        order: Tensor = self.sampler.order()
        if chosen is not None:
            order = chosen[order]
        size: int = self.batch_sampler.batch_size
        for start in range(0, len(self) * size, size):
            yield dataset.gather(order[start : start + size])

    def __len__(self) -> int:
        """Count the batches of one epoch; the samples when batch_size is None."""
        if isinstance(self.dataset, IterableDataset):
            size = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return size
            return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)

"""DataLoader: batches of a dataset, in order or shuffled."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from multiprocessing.context import BaseContext
from typing import Any, Generic, Protocol

from mocrograd.ops.random import Generator, default_generator
from mocrograd.tensor import Tensor
from mocrograd.utils.data.collate import default_collate as default_collate
from mocrograd.utils.data.collate import default_convert as default_convert
from mocrograd.utils.data.dataset import IterableDataset, T_co, TensorDataset, batch_source
from mocrograd.utils.data.fetch import Fetch, FetchMany, FetchNext, FetchRows
from mocrograd.utils.data.iterators import LoaderIterator, OwnIterator
from mocrograd.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler
from mocrograd.utils.data.worker import get_worker_info as get_worker_info
from mocrograd.utils.data.workers import WorkerIterator

_BaseDataLoaderIter, _SingleProcessDataLoaderIter, _MultiProcessingDataLoaderIter = (
    LoaderIterator, OwnIterator, WorkerIterator,
)  # fmt: skip
"""torch's names of them, which packages ask for."""
_FIXED = frozenset(("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"))


class _Samples(Protocol[T_co]):
    """What gives samples by number."""

    def __getitem__(self, index: int, /) -> T_co: ...


class DataLoader(Generic[T_co]):
    """Iterates over batches of a dataset; each iteration is one epoch.

    Batches of a TensorDataset, or of a Subset of one, are gathered by one indexing per tensor when sampler
    and collating are the standard ones; so are those of a dataset whose `gathers` is true, by its `gather`.

    With `num_workers` other processes make the batches ahead of time, in the order that there is without them. Rows of
    a TensorDataset are gathered in this process all the same where there is no `worker_init_fn`: that takes no longer
    than to read them from a worker. A worker computes on one thread. It seeds mocrograd, `random` and NumPy with
    numbers of its own, which follow from the generator's state and are others in each epoch (where workers stay, their
    numbers go on). What it raises is raised here, with its traceback. An IterableDataset is iterated by each worker
    from its first sample on: `get_worker_info` tells it which part is its own.

    Args:
        dataset: Samples by number, with a length; or an IterableDataset.
        batch_size: Samples per batch; None gives single samples that are not collated.
        shuffle: Whether to draw a new order for every epoch.
        sampler: Gives the numbers of the samples instead of `shuffle`.
        batch_sampler: Gives lists of numbers instead of `batch_size`, `shuffle`, `sampler` and `drop_last`.
        num_workers: How many processes make batches; 0 makes them in this one when they are asked for.
        collate_fn: Joins a list of samples into a batch; `default_collate` by default.
        pin_memory: Accepted without effect: batches are ordinary host memory, from which copies to a GPU start.
        drop_last: Whether to leave out a last batch that is shorter.
        timeout: Seconds to wait for a batch of the workers before a RuntimeError; 0 waits for ever.
        worker_init_fn: Called with its number in each worker before the first batch.
        multiprocessing_context: How processes are started: a name ("fork", "spawn", "forkserver") or a context of
            `multiprocessing`; the system's default otherwise. All but fork pickle the dataset and the functions.
        generator: Where the order comes from, and the workers' seeds; the global generator by default.
        prefetch_factor: How many batches per worker are made ahead; 2 by default.
        persistent_workers: Whether the workers stay for the next epoch, with their datasets.
        pin_memory_device: Accepted without effect.
        in_order: Whether batches come in the sampler's order; otherwise one that is ready does not wait for others.

    Raises:
        ValueError: Options exclude each other or lack workers, one is negative, or `batch_size` is no positive int.
        TypeError: `multiprocessing_context` is no context.

    Example:
        >>> import mocrograd as mg
        >>> data = mg.utils.data.TensorDataset(mg.arange(5))
        >>> [batch.tolist() for (batch,) in mg.utils.data.DataLoader(data, batch_size=2)]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: _Samples[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
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
            samples: Any = dataset
            sampler = RandomSampler(samples, generator=generator) if shuffle else SequentialSampler(samples)
        if batch_sampler is None and batch_size is not None:
            sampler = () if sampler is None else sampler
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = _context(multiprocessing_context, num_workers)
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler: Any = sampler
        self.batch_sampler: Any = batch_sampler
        self.collate_fn = collate_fn or (default_convert if self.batch_sampler is None else default_collate)
        self.generator = generator
        self._source = batch_source(dataset) if standard else None
        self._iterator: WorkerIterator | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, except those that the samplers were made from.

        Raises:
            ValueError: It is one of these.
        """
        if name in _FIXED and "_iterator" in self.__dict__:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the batches of one epoch."""
        if self.num_workers and not self._gathers_rows():
            return self._by_workers()
        if self.timeout and not self.num_workers:
            raise AssertionError(f"timeout needs num_workers > 0, got timeout={self.timeout}")
        return OwnIterator(self._here(), self)

    def _gathers_rows(self) -> bool:
        """Say whether a batch takes no longer to make than to read from a worker: rows of tensors."""
        return self._source is not None and isinstance(self._source[0], TensorDataset) and self.worker_init_fn is None

    @property
    def only_gathers(self) -> bool:
        """Whether an epoch draws its order at first and then only gathers rows of tensors."""
        return self._gathers_rows() and type(self._source[0]) is TensorDataset  # type: ignore[index]

    def _by_workers(self) -> WorkerIterator:
        if self._iterator is not None and self._iterator.alive:
            self._iterator.restart(self._indices())
            return self._iterator
        base_seed = (self.generator or default_generator).spawn_seed()
        iterator = WorkerIterator(self, self._fetch(), self._indices(), base_seed)
        if self.persistent_workers:
            self._iterator = iterator
        return iterator

    def _here(self) -> Iterator[Any]:
        fetch = self._fetch()
        fetch.restart()
        for index in self._indices():
            try:
                batch = fetch(index)
            except StopIteration:
                if fetch.ends:
                    return
                raise
            yield batch

    def _fetch(self) -> Fetch:
        if isinstance(self.dataset, IterableDataset):
            return FetchNext(self.dataset, self.collate_fn, self.batch_size, self.drop_last)
        if self._source is not None:
            source, chosen = self._source
            inside = self.num_workers and not self._gathers_rows()
            return FetchRows(self.dataset, self.collate_fn, source, chosen if inside else None)
        return (Fetch if self.batch_sampler is None else FetchMany)(self.dataset, self.collate_fn)

    def _indices(self) -> Iterable[Any]:
        """Return what each batch of an epoch is made of."""
        if isinstance(self.dataset, IterableDataset):
            return repeat(None)
        if self._source is not None and (not self.num_workers or self._gathers_rows()):
            return self._rows(self._source[1])
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _rows(self, chosen: Tensor | None) -> Iterator[Tensor]:
        order: Tensor = self.sampler.order()
        if chosen is not None:
            order = chosen[order]
        size: int = self.batch_sampler.batch_size
        for start in range(0, len(self) * size, size):
            yield order[start : start + size]

    def __len__(self) -> int:
        """Count the batches of one epoch; the samples when batch_size is None."""
        if isinstance(self.dataset, IterableDataset):
            size = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return size
            return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    if num_workers < 0:
        raise ValueError(f"num_workers option should be non-negative, got {num_workers}")
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, got {timeout}")
    if prefetch_factor is not None and num_workers == 0:
        raise ValueError(f"prefetch_factor option needs num_workers > 0, got prefetch_factor={prefetch_factor}")
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(f"prefetch_factor option should be non-negative, got {prefetch_factor}")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _context(chosen: Any, num_workers: int) -> BaseContext | None:
    if chosen is None:
        return None
    if num_workers == 0:
        raise ValueError(f"multiprocessing_context option needs num_workers > 0, got {chosen!r}")
    known = multiprocessing.get_all_start_methods()
    if isinstance(chosen, str):
        if chosen not in known:
            raise ValueError(f"multiprocessing_context option should be a start method in {known}, got {chosen!r}")
        return multiprocessing.get_context(chosen)
    if not isinstance(chosen, BaseContext):
        raise TypeError(f"multiprocessing_context option should be a start method or a context, got {chosen!r}")
    return chosen

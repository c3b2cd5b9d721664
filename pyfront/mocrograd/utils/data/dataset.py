"""Datasets: samples by index."""

from __future__ import annotations

import math
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

from mocrograd.ops import randperm, tensor
from mocrograd.ops.random import Generator
from mocrograd.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)
"""What a sample is."""


class Dataset(Generic[T_co]):
    """Base class of datasets: override `__getitem__`, and `__len__` for samplers and the loader.

    Example:
        >>> from mocrograd.utils.data import DataLoader, Dataset
        >>> class Squares(Dataset):
        ...     def __len__(self):
        ...         return 4
        ...     def __getitem__(self, index):
        ...         return index**2
        >>> list(DataLoader(Squares(), batch_size=2))
        [tensor([0, 1]), tensor([4, 9])]
    """

    def __getitem__(self, index: Any) -> T_co:
        """Return one sample; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass has no `__getitem__`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__")

    def __add__(self, other: Any) -> ConcatDataset:
        """Return the samples of both, one behind the other."""
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Base class of datasets that give samples one by one: override `__iter__`, and `__len__` where it is known.

    Example:
        >>> from mocrograd.utils.data import DataLoader, IterableDataset
        >>> class Countdown(IterableDataset):
        ...     def __iter__(self):
        ...         return iter([3, 2, 1])
        >>> list(DataLoader(Countdown(), batch_size=2))
        [tensor([3, 2]), tensor([1])]
    """

    def __iter__(self) -> Iterator[T_co]:
        """Iterate over the samples; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass has no `__iter__`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no __iter__")

    def __add__(self, other: Any) -> Any:
        """Return the samples of both, one behind the other."""
        return ChainDataset([self, other])


class ChainDataset(IterableDataset[Any]):
    """The samples of several IterableDatasets, one behind the other.

    Args:
        datasets: The parts.

    Example:
        >>> from mocrograd.utils.data import ChainDataset, IterableDataset
        >>> class Few(IterableDataset):
        ...     def __iter__(self):
        ...         return iter([1, 2])
        >>> list(ChainDataset([Few(), Few()]))
        [1, 2, 1, 2]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the samples.

        Raises:
            AssertionError: A part is no IterableDataset.
        """
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(f"ChainDataset only supports IterableDataset, got {type(dataset).__name__}")
            yield from dataset

    def __len__(self) -> int:
        """Count the samples."""
        parts: Any = self.datasets
        return sum(len(dataset) for dataset in parts)


class ConcatDataset(Dataset[T_co]):
    """The samples of several datasets, one behind the other.

    Args:
        datasets: The parts, with lengths.

    Raises:
        AssertionError: There are none, or one is an IterableDataset.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import ConcatDataset
        >>> data = ConcatDataset([[1, 2], [3]])
        >>> len(data), data[2]
        (3, 3)
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __getitem__(self, index: int) -> Any:
        """Return one sample.

        Raises:
            ValueError: A negative number goes beyond the first sample.
            IndexError: There are fewer samples.
        """
        if index < 0:
            if -index > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            index += len(self)
        part = bisect_right(self.cumulative_sizes, index)
        if part == len(self.datasets):
            raise IndexError(f"index {index} is out of range for {len(self)} samples")
        return self.datasets[part][index - (self.cumulative_sizes[part - 1] if part else 0)]

    def __len__(self) -> int:
        """Count the samples."""
        return self.cumulative_sizes[-1]


class StackDataset(Dataset[T_co]):
    """Samples of several datasets of one length side by side, as tuples, or as dicts where the datasets have names.

    Args:
        args: The datasets.
        kwargs: The datasets by name instead.

    Raises:
        ValueError: There are both, none, or the lengths differ.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import StackDataset
        >>> StackDataset([1, 2], ["a", "b"])[1]
        (2, 'b')
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or``dict``- (via ``kwargs``) like input/output"
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets: Any = kwargs or args
        parts = list(kwargs.values()) if kwargs else list(args)
        self._length = len(parts[0])
        if any(len(part) != self._length for part in parts):
            raise ValueError(f"Size mismatch between datasets: got {[len(part) for part in parts]}")

    def __getitem__(self, index: Any) -> Any:
        """Return one sample of each."""
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices: Sequence[int]) -> Any:
        """Return the samples at several numbers, at once where a dataset can do that.

        Raises:
            ValueError: A dataset gives fewer or more.
        """
        named = isinstance(self.datasets, dict)
        columns = [many_samples(part, indices) for part in (self.datasets.values() if named else self.datasets)]
        if any(len(column) != len(indices) for column in columns):
            raise ValueError(f"expected {len(indices)} samples of each dataset, got {[len(c) for c in columns]}")
        rows = list(zip(*columns))
        return [dict(zip(self.datasets, row)) for row in rows] if named else rows

    def __len__(self) -> int:
        """Count the samples."""
        return self._length


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Samples along the first axis of tensors.

    Args:
        tensors: Tensors of the same length.

    Raises:
        ValueError: The lengths differ.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import TensorDataset
        >>> data = TensorDataset(mg.arange(6).reshape(3, 2), mg.tensor([0, 1, 0]))
        >>> len(data), data[1]
        (3, (tensor([2, 3]), tensor(1)))
    """

    def __init__(self, *tensors: Tensor) -> None:
        if any(len(t) != len(tensors[0]) for t in tensors):
            shapes = ", ".join(str(tuple(t.shape)) for t in tensors)
            raise ValueError(f"Size mismatch between tensors: the first axes should be equal, got {shapes}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        """Return the samples at an index: one number, a slice or a tensor of numbers."""
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.tensors[0])

    def gather(self, indices: Tensor) -> list[Tensor]:
        """Copy many samples by one indexing per tensor.

        Args:
            indices: Numbers of samples, (N), int64.

        Returns:
            What collating the single samples gives: one tensor of N rows for each tensor.
        """
        return [t[indices] for t in self.tensors]


class Subset(Dataset[T_co]):
    """The samples of a dataset at given numbers.

    Args:
        dataset: The whole.
        indices: Numbers of the samples, in the order of the subset.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import Subset, TensorDataset
        >>> data = Subset(TensorDataset(mg.arange(5)), [4, 0])
        >>> [data[i][0].item() for i in range(len(data))]
        [4, 0]
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Any:
        """Return one sample, or the samples at a list of numbers."""
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: Sequence[int]) -> Any:
        """Return the samples at several numbers, at once where the whole can do that."""
        return many_samples(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset]:
    """Split a dataset at random into parts that share no sample.

    Args:
        dataset: The whole.
        lengths: Numbers of samples that sum to the whole, or fractions that sum to one; what fractions leave
            over goes to the parts one by one from the first.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The parts in the order of `lengths`.

    Raises:
        ValueError: A fraction is not in [0, 1], or the lengths do not sum to the whole.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import random_split
        >>> parts = random_split(range(10), [0.8, 0.2])
        >>> [len(part) for part in parts]
        [8, 2]
    """
    size = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for number, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {number} is not between 0 and 1, got {fraction}")
        counts = [math.floor(size * fraction) for fraction in lengths]
        for number in range(size - sum(counts)):
            counts[number % len(counts)] += 1
        for number, count in enumerate(counts):
            if count == 0:
                warnings.warn(f"Length of split at index {number} is 0.", stacklevel=2)
    else:
        counts = [int(length) for length in lengths]
    if sum(counts) != size:
        raise ValueError(
            f"Sum of input lengths does not equal the length of the input dataset! Got {sum(counts)} for {size}"
        )
    order = randperm(size, generator=generator).tolist()
    starts = [sum(counts[:number]) for number in range(len(counts))]
    return [Subset(dataset, order[start : start + count]) for start, count in zip(starts, counts, strict=True)]


def many_samples(dataset: Any, indices: Sequence[int]) -> Any:
    """Return the samples of a dataset at several numbers.

    Args:
        dataset: Any dataset; one with `__getitems__` is asked for all at once.
        indices: The numbers.
    """
    many = getattr(dataset, "__getitems__", None)
    return many(indices) if many else [dataset[i] for i in indices]


def batch_source(dataset: Any) -> tuple[Any, Tensor | None] | None:
    """Find the dataset that gathers whole batches behind a dataset.

    Args:
        dataset: Any dataset.

    Returns:
        The dataset with `gather` and the numbers chosen from it (None: all); None where samples are made one by one.
    """
    if _gathers(dataset):
        return dataset, None
    if type(dataset) is Subset and _gathers(dataset.dataset):
        return dataset.dataset, tensor(dataset.indices)
    return None


def _gathers(dataset: Any) -> bool:
    """Say whether `gather` gives what collating single samples would."""
    return type(dataset) is TensorDataset or bool(getattr(dataset, "gathers", False))

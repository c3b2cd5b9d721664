"""What a loop over a DataLoader asks for its batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class LoaderIterator:
    """The batches of an epoch."""

    def __iter__(self) -> LoaderIterator:
        return self

    def __next__(self) -> Any:
        """Return the next batch."""
        raise NotImplementedError

    def __getstate__(self) -> Any:
        """Refuse to be pickled or copied.

        Raises:
            NotImplementedError: Always: an epoch that has begun cannot begin elsewhere.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled")


class OwnIterator(LoaderIterator):
    """The batches of an epoch, made in the loader's process.

    Args:
        batches: Makes them.
        loader: The DataLoader.
    """

    def __init__(self, batches: Iterator[Any], loader: Any) -> None:
        self._next = batches.__next__
        self._loader = loader

    def __next__(self) -> Any:
        """Return the next batch."""
        return self._next()

    def __len__(self) -> int:
        """Count the batches of the epoch."""
        return len(self._loader)

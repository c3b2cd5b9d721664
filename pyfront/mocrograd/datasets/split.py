"""Splitting data into a part to train on and a part to test with."""

from __future__ import annotations

from mocrograd.ops import Generator, randperm
from mocrograd.tensor import Tensor


def train_test_split(*tensors: Tensor, test_size: float = 0.2, seed: int = 0) -> list[Tensor]:
    """Split the rows of tensors at random, all in the same way.

    Args:
        tensors: Tensors of the same length.
        test_size: Share of the rows that go to the test part, rounded to the nearest row.
        seed: Where the choice comes from.

    Returns:
        Train and test part of each tensor: [x_train, x_test, y_train, y_test] for x and y.

    Raises:
        ValueError: There is no tensor, lengths differ, or `test_size` is not between 0 and 1.

    Example:
        >>> import mocrograd as mg
        >>> parts = mg.datasets.train_test_split(mg.arange(10), test_size=0.2)
        >>> [len(part) for part in parts]
        [8, 2]
    """
    if not tensors or any(len(t) != len(tensors[0]) for t in tensors):
        raise ValueError(f"expected tensors of the same length, got lengths {[len(t) for t in tensors]}")
    if not 0 < test_size < 1:
        raise ValueError(f"test_size must be between 0 and 1, got {test_size}")
    rows = len(tensors[0])
    order = randperm(rows, generator=Generator().manual_seed(seed))
    border = rows - round(rows * test_size)
    return [t[part] for t in tensors for part in (order[:border], order[border:])]

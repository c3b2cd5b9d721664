"""DistributedSampler: the samples of one of several processes that train together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mocrograd.ops import randperm
from mocrograd.ops.random import Generator
from mocrograd.utils.data.sampler import Sampler


class DistributedSampler(Sampler[int]):
    """Takes every n-th sample, so that n processes share the samples and have as many each.

    Args:
        dataset: The dataset, the same in all processes.
        num_replicas: How many processes there are; those of the group of all by default.
        rank: Which of them this is, from 0; that in the group of all by default.
        shuffle: Whether the order is drawn, from the seed and the epoch.
        seed: The seed, the same in all processes.
        drop_last: Whether samples are left out where they cannot be shared evenly; otherwise the first ones come twice.

    Raises:
        RuntimeError: `num_replicas` or `rank` is missing, and this process has joined no group.
        ValueError: `rank` is not below `num_replicas`, or negative.

    Example:
        >>> from mocrograd.utils.data import DistributedSampler
        >>> list(DistributedSampler(range(6), num_replicas=2, rank=1, shuffle=False))
        [1, 3, 5]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            from mocrograd import distributed

            if not distributed.is_initialized():
                raise RuntimeError("DistributedSampler needs num_replicas and rank, or init_process_group before it")
            num_replicas = distributed.get_world_size() if num_replicas is None else num_replicas
            rank = distributed.get_rank() if rank is None else rank
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        size = len(dataset)
        self.num_samples = size // num_replicas if drop_last else math.ceil(size / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers of one epoch."""
        size = len(self.dataset)
        if self.shuffle:
            order = randperm(size, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            order = list(range(size))
        return iter([order[position % size] for position in range(self.rank, self.total_size, self.num_replicas)])

    def __len__(self) -> int:
        """Count the numbers of an epoch."""
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order that is drawn.

        Args:
            epoch: The number of the epoch, the same in all processes.
        """
        self.epoch = epoch

"""What the tests of worker processes share."""

import multiprocessing
import os
import time

import mocrograd as mg
from mocrograd.utils.data import Dataset, IterableDataset, get_worker_info


class Numbers(Dataset[int]):
    """Gives each number; the derived ones say what else happens."""

    def __init__(self, size=12):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return index


class Whose(Numbers):
    def __getitem__(self, index):
        return index, get_worker_info().id, os.getpid()


class Stream(IterableDataset):
    """Shares its numbers among the workers, one by one; `sizes` says how many each has instead."""

    def __init__(self, size=11, sizes=None):
        self.size, self.sizes = size, sizes

    def __iter__(self):
        info = get_worker_info()
        if info is None:
            return iter(range(self.size))
        if self.sizes is not None:
            return iter(range(100 * info.id, 100 * info.id + self.sizes[info.id]))
        return iter(range(info.id, self.size, info.num_workers))


def plain(batch):
    return list(batch)


def lists(loader):
    return [batch.tolist() if isinstance(batch, mg.Tensor) else batch for batch in loader]


def alive():
    return [process for process in multiprocessing.active_children() if process.is_alive()]


def eventually(what):
    """Wait until something is so, as long as a busy machine may take."""
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)

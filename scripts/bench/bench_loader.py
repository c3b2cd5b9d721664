"""What an epoch through DataLoader costs, against the same batches cut from memory.

The epoch trains: with gathering, forward, backward and a step, as a network does. Where no loader is, rows are taken
in an order drawn by the same call.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import mocrograd as mg
from mocrograd import nn
from mocrograd.datasets import load_digits
from mocrograd.tensor import Tensor
from mocrograd.utils.data import DataLoader, TensorDataset
from report import headline

LIMIT = 1.15
ROUNDS = 9


def from_memory(x: Tensor, y: Tensor, size: int) -> Iterator[list[Tensor]]:
    """Yields batches in a random order without a loader."""
    order = mg.randperm(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield [x[rows], y[rows]]


def cases() -> Iterator[tuple[str, Tensor, Tensor, nn.Module, int]]:
    """Yields names, data, networks and batch sizes."""
    x, y = load_digits()
    yield (
        "digits",
        x,
        y,
        nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)),
        32,
    )
    x, y = mg.rand(20000, 1, 28, 28), mg.randint(0, 10, (20000,))
    yield "MNIST-shaped", x, y, nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), 64


def epoch(model: nn.Module, batches: Callable[[], Iterator[list[Tensor]]]) -> float:
    """Trains for an epoch; returns its seconds."""
    optimizer = mg.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    begin = time.perf_counter()
    for x, y in batches():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return time.perf_counter() - begin


def main() -> int:
    """Prints a line for each case; returns 1 where the loader costs more than the limit."""
    print(headline(mg.get_num_threads()))
    slow = 0
    for name, x, y, model, size in cases():
        for workers in (0, 2):
            loader = DataLoader(
                TensorDataset(x, y), batch_size=size, shuffle=True, num_workers=workers, persistent_workers=workers > 0
            )
            ways: tuple[Callable[[], Iterator[list[Tensor]]], ...] = (partial(from_memory, x, y, size), loader.__iter__)
            times: list[list[float]] = [[], []]
            for _ in range(ROUNDS):  # in turns, so that both meet the same machine
                for way, taken in zip(ways, times):
                    taken.append(epoch(model, way))
            memory, loaded = (statistics.median(taken[1:]) for taken in times)
            ratio = statistics.median(b / a for a, b in zip(*(taken[1:] for taken in times)))
            slow += ratio > LIMIT
            print(
                f"{name:13} {workers} workers: memory {memory:.3f} s, loader {loaded:.3f} s, ratio {ratio:.2f}",
                flush=True,
            )
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())

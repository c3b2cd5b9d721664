"""The benchmark of the implementations: the example networks, trained for a few epochs under each of them.

Contenders take turns epoch by epoch (A B C A B C ...), so that other load on the machine affects all of them alike;
the time of one is its median epoch times the number of epochs. They start from the same weights, see the same batches
in the same order, and read the loss back after each step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Protocol

import numpy as np

from mocrograd.autograd import no_grad
from mocrograd.backend import kernels
from mocrograd.datasets import load_digits
from mocrograd.nn import CrossEntropyLoss
from mocrograd.ops import from_numpy, manual_seed
from mocrograd.optim import SGD
from mocrograd.train.metrics import accuracy, l2_penalty
from mocrograd.train.networks import L2, build_network

# Each network trains on this share of the samples: the step of a larger one costs that much more.
SHARES = {"normal": 1, "longer": 10, "bigger": 100}
SETTINGS: dict[str, tuple[str, int | None]] = {
    "original": ("original", None),
    "fixed 1": ("fixed", 1),
    "fixed 10": ("fixed", 10),
    "fixed 64": ("fixed", 64),
    "fixed 256": ("fixed", 256),
    "dynamic": ("dynamic", None),
}
BATCH = 32
RATE = 0.01
# Pause between turns, in seconds: the waiting threads of the contender before must have gone to sleep.
PAUSE = 0.005

Batches = list[tuple[np.ndarray, np.ndarray]]


class Contender(Protocol):
    """One way to train a network."""

    def epoch(self) -> float:
        """Train on all batches once; return the mean loss over the samples."""

    def accuracy(self) -> float:
        """Return the share of the training samples that are classified correctly."""


# Builds a contender from the name of the network, the arrays [weight, bias, weight, ...] (weights (out, in)),
# the batches, and the factor of the L2 term.
Builder = Callable[[str, "list[np.ndarray]", Batches, float], Contender]


@dataclass
class Row:
    """The result of one contender on one network.

    Attributes:
        network: normal, longer or bigger.
        contender: Implementation or library.
        samples: Number of training samples.
        epochs: How often they were used.
        seconds: Median epoch times number of epochs.
        loss: Mean loss of the last epoch.
        accuracy: Share of the training samples that are classified correctly at the end.
    """

    network: str
    contender: str
    samples: int
    epochs: int
    seconds: float
    loss: float
    accuracy: float

    def line(self) -> str:
        """Put the row into one line of text."""
        return (
            f"{self.network:8} {self.contender:12} {self.seconds:9.3f} s   loss {self.loss:8.4f}   "
            f"accuracy {100 * self.accuracy:5.1f} %"
        )


@dataclass
class _Turns:
    contender: Contender
    seconds: list[float] = field(default_factory=list)
    loss: float = float("nan")

    def take(self) -> None:
        time.sleep(PAUSE)
        start = time.perf_counter()
        self.loss = self.contender.epoch()
        self.seconds.append(time.perf_counter() - start)


class Implementation:
    """mocrograd under one of its implementations.

    Args:
        setting: Name and workers, as `mocrograd.kernels` takes them.
        network: normal, longer or bigger.
        arrays: The first values of the parameters.
        batches: Inputs and targets.
        l2: Factor of the L2 term; 0 leaves it out.
    """

    def __init__(
        self,
        setting: tuple[str, int | None],
        network: str,
        arrays: list[np.ndarray],
        batches: Batches,
        l2: float,
    ) -> None:
        self._name, self._workers = setting
        self._model = build_network(network)
        with no_grad():
            for param, array in zip(self._model.parameters(), arrays, strict=True):
                param.copy_(from_numpy(array))
        self._loss = CrossEntropyLoss()
        self._optimizer = SGD(self._model.parameters(), lr=RATE)
        self._batches = [(from_numpy(x), from_numpy(y)) for x, y in batches]
        self._samples = sum(len(y) for _, y in batches)
        self._l2 = l2

    def epoch(self) -> float:
        """Train on all batches once; return the mean loss over the samples."""
        total = 0.0
        with kernels(self._name, workers=self._workers):
            for x, y in self._batches:
                self._optimizer.zero_grad()
                loss = self._loss(self._model(x), y)
                if self._l2:
                    loss = loss + l2_penalty(self._model.parameters(), self._l2)
                loss.backward()
                self._optimizer.step()
                total += loss.item() * len(y)
        return total / self._samples

    def accuracy(self) -> float:
        """Return the share of the training samples that are classified correctly."""
        with no_grad():
            right = sum(accuracy(self._model(x), y) * len(y) for x, y in self._batches)
        return right / self._samples


IMPLEMENTATIONS: dict[str, Builder] = {name: partial(Implementation, setting) for name, setting in SETTINGS.items()}


def digits_batches(samples: int, seed: int = 0) -> Batches:
    """Choose samples of the digits at random.

    Args:
        samples: How many.
        seed: Where the choice comes from.

    Returns:
        Inputs, (32, 64), and targets, (32), of each batch; the last may be shorter.

    Raises:
        ValueError: There are not so many samples.
    """
    images, digits = (t.numpy() for t in load_digits())
    if not 1 <= samples <= len(digits):
        raise ValueError(f"samples must be from 1 to {len(digits)}, got {samples}")
    chosen = np.random.default_rng(seed).permutation(len(digits))[:samples]
    return [(images[part], digits[part]) for part in np.split(chosen, range(BATCH, samples, BATCH))]


def initial_arrays(network: str, seed: int = 0) -> list[np.ndarray]:
    """Draw the first values of a network's parameters: [weight, bias, weight, ...], weights (out, in)."""
    manual_seed(seed)
    return [param.detach().numpy() for param in build_network(network).parameters()]


def run_network(network: str, builders: dict[str, Builder], epochs: int, samples: int, seed: int = 0) -> list[Row]:
    """Train one network with each contender, taking turns.

    Args:
        network: normal, longer or bigger.
        builders: Name to contender.
        epochs: How often to go through the samples.
        samples: Number of training samples.
        seed: Where weights and samples come from.

    Returns:
        One row per contender, in their order.

    Raises:
        ValueError: `epochs` is not positive, or there are not so many samples.
    """
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    batches, arrays = digits_batches(samples, seed), initial_arrays(network, seed)
    turns = {name: _Turns(build(network, arrays, batches, L2)) for name, build in builders.items()}
    for _ in range(epochs):
        for turn in turns.values():
            turn.take()
    return [
        Row(
            network,
            name,
            samples,
            epochs,
            epochs * median(turn.seconds),
            turn.loss,
            turn.contender.accuracy(),
        )
        for name, turn in turns.items()
    ]


def run_all(
    builders: dict[str, Builder], epochs: int, samples: int, report: Callable[[str], object] = print
) -> list[Row]:
    """Train normal on all, longer on a tenth and bigger on a hundredth of the samples.

    Args:
        builders: Name to contender.
        epochs: How often to go through the samples.
        samples: Number of samples of the normal network.
        report: Takes each row as a line of text once it is known.

    Returns:
        The rows.

    Raises:
        ValueError: `epochs` is not positive, or there are not so many samples.
    """
    rows = []
    for network, share in SHARES.items():
        for row in run_network(network, builders, epochs, max(1, samples // share)):
            report(row.line())
            rows.append(row)
    return rows


def table(rows: Sequence[Row]) -> str:
    """Put seconds, and their ratios to the best of each network, into a table."""
    networks = list(dict.fromkeys(row.network for row in rows))
    best = {network: min(row.seconds for row in rows if row.network == network) for network in networks}
    seconds = {(row.contender, row.network): row.seconds for row in rows}
    lines = [f"{'seconds (x best)':18}" + "".join(f"{network:>20}" for network in networks)]
    for contender in dict.fromkeys(row.contender for row in rows):
        cells = ""
        for network in networks:
            value = seconds[contender, network]
            cells += f"{value:11.3f} ({value / best[network]:5.2f}x)"
        lines.append(f"{contender:18}" + cells)
    return "\n".join(lines)

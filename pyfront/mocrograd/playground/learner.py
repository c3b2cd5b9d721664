"""A network that learns step by step, and which kernels ran in its steps, how long."""

from __future__ import annotations

import math
import time
from collections import deque
from statistics import median

import numpy as np

from mocrograd.nn import functional as F
from mocrograd.ops import from_numpy, manual_seed
from mocrograd.playground.data import Data
from mocrograd.playground.settings import OPTIMIZERS, Network
from mocrograd.profiler import profile
from mocrograd.tensor import Tensor
from mocrograd.train.metrics import accuracy
from mocrograd.train.modes import evaluating

MOST_EPOCHS = 5000
_PROFILED = 3
"""Steps of a turn whose kernels are timed; reading a profile takes longer than a small step."""
_KEPT = 48
"""Calls of a kernel whose median is shown."""


class Learner:
    """Trains a network on data; the same choices give the same numbers.

    Args:
        data: What it learns.
        network: What it is made of.
        rate: The learning rate.

    Attributes:
        model: The network.
        epochs: The measurements of each epoch, those of the network before it has learned first.
        steps: How many steps are done.
        fault: A sentence that says why no further step is possible; "" where one is.
    """

    def __init__(self, data: Data, network: Network, rate: float) -> None:
        manual_seed(0)
        self.data, self.network = data, network
        self.model = network.build(data.features, len(data.classes))
        self.optimizer = OPTIMIZERS[network.optimizer](self.model.parameters(), lr=rate)
        self.steps = 0
        self.fault = ""
        self.kernels = Kernels()
        self._random = np.random.default_rng(0)
        self._x, self._y = data.train
        self._at = len(self._x)
        self._seen: list[tuple[int, float, float]] = []
        self.epochs = [self._measure(*data.train, "") | self._measure(*data.validation, "validation_")]

    def set_rate(self, rate: float) -> None:
        """Change the learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def turn(self, steps: int, seconds: float, implementation: str) -> None:
        """Do some steps after each other.

        Args:
            steps: How many at most.
            seconds: After how long no further one begins.
            implementation: Under which the times are kept.
        """
        end = time.perf_counter() + seconds
        for index in range(steps):
            if self.fault or (index and time.perf_counter() >= end):
                break
            if index < _PROFILED:
                with profile() as measured:
                    self._step()
                self.kernels.add(implementation, measured)
            else:
                self._step()
            self._after_step()

    def _step(self) -> None:
        """Learn from the next batch."""
        if self._at >= len(self._x):
            self._shuffle()
        x, y = (part[self._at : self._at + self.network.batch] for part in (self._x, self._y))
        self._at += len(x)
        self.optimizer.zero_grad()
        scores = self.model(x)
        loss = F.cross_entropy(scores, y)
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        right = float((scores.detach().numpy().argmax(1) == y.numpy()).mean())
        self._seen.append((len(x), loss.item(), right))

    def _shuffle(self) -> None:
        order = self._random.permutation(len(self._x))
        x, y = self.data.train
        self._x, self._y, self._at = from_numpy(x.numpy()[order]), from_numpy(y.numpy()[order]), 0

    def _after_step(self) -> None:
        """See whether the loss is a number, and measure at the end of an epoch."""
        if not math.isfinite(self._seen[-1][1]):
            self.fault = "The loss is not finite any more: take a smaller learning rate."
            return
        if self._at < len(self._x):
            return
        weights = np.array([count for count, _, _ in self._seen])
        loss, right = (np.array([seen[k] for seen in self._seen]) @ weights / weights.sum() for k in (1, 2))
        self._seen = []
        measured = {"loss": float(loss), "accuracy": float(right)}
        self.epochs.append(measured | self._measure(*self.data.validation, "validation_"))
        if len(self.epochs) > MOST_EPOCHS:
            self.fault = f"{MOST_EPOCHS:,} epochs are enough: reset to begin again."

    def _measure(self, x: Tensor, y: Tensor, prefix: str) -> dict[str, float]:
        with evaluating(self.model):
            scores = self.model(x)
            loss = F.cross_entropy(scores, y).item()
            return {f"{prefix}loss": loss, f"{prefix}accuracy": accuracy(scores, y)}


class Kernels:
    """The kernels of a step in their order, and the times of their calls under each implementation."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self._times: dict[tuple[str, str], deque[float]] = {}

    def add(self, implementation: str, measured: profile) -> None:
        """Count the calls of one step.

        Args:
            implementation: Under which they ran.
            measured: What was measured.
        """
        counts: dict[str, int] = {}
        for event in sorted(measured.events, key=lambda event: event.start):
            counts[event.name] = counts.get(event.name, 0) + 1
            times = self._times.setdefault((implementation, event.name), deque(maxlen=_KEPT))
            times.append(event.seconds)
        self.calls.update(counts)

    def rows(self) -> list[dict[str, object]]:
        """Return for each kernel its name, its calls in a step, and its seconds under each implementation."""
        found: dict[str, dict[str, float]] = {name: {} for name in self.calls}
        for (implementation, name), times in self._times.items():
            found[name][implementation.partition(":")[0]] = median(times)
        return [{"name": name, "calls": self.calls[name], "seconds": found[name]} for name in self.calls]

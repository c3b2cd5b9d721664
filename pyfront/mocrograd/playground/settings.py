"""What a visitor chooses, checked: every wrong choice is refused with a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mocrograd import nn, optim
from mocrograd.backend import IMPLEMENTATIONS
from mocrograd.train.server import Refused

DATA = ("moons", "circles", "digits", "csv")
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "ReLU": nn.ReLU,
    "Tanh": nn.Tanh,
    "Sigmoid": nn.Sigmoid,
    "GELU": nn.GELU,
    "SiLU": nn.SiLU,
}
OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "SGD": optim.SGD,
    "SGD with momentum": lambda parameters, lr: optim.SGD(parameters, lr=lr, momentum=0.9),
    "Adam": optim.Adam,
    "RMSprop": optim.RMSprop,
    "Adagrad": optim.Adagrad,
}
SPEEDS = {"slow": (1, 0.1), "medium": (4, 0.04), "full": (1 << 30, 0.0)}
"""How many steps come after each other, and the seconds from one such turn to the next."""
MOST_LAYERS, MOST_WIDTH, MOST_BATCH, MOST_WORKERS = 6, 256, 512, 16
MOST_RATE = 10.0


@dataclass(frozen=True)
class Pace:
    """What may change while the network learns.

    Attributes:
        rate: The learning rate.
        kernels: The implementation of the kernels.
        workers: The workers of the implementation "fixed".
        speed: How fast steps follow each other, a key of `SPEEDS`.
    """

    rate: float
    kernels: str
    workers: int
    speed: str

    @classmethod
    def of(cls, request: dict[str, Any]) -> Pace:
        """Take it from a request.

        Raises:
            Refused: Something is missing, or not allowed.
        """
        return cls(
            _number(request, "rate", "the learning rate", 0.0, MOST_RATE),
            choice(request, "kernels", "the implementation", IMPLEMENTATIONS),
            _whole(request, "workers", "the number of workers", 1, MOST_WORKERS),
            choice(request, "speed", "the speed", tuple(SPEEDS)),
        )

    @property
    def implementation(self) -> str:
        """The implementation as `mocrograd.kernels` takes it."""
        return f"fixed:{self.workers}" if self.kernels == "fixed" else self.kernels


@dataclass(frozen=True)
class Network:
    """What a network is made of; another choice begins with a new one.

    Attributes:
        layers: The number of hidden layers.
        width: Their width.
        activation: What follows each of them, a key of `ACTIVATIONS`.
        optimizer: A key of `OPTIMIZERS`.
        batch: Samples in a batch.
    """

    layers: int
    width: int
    activation: str
    optimizer: str
    batch: int

    @classmethod
    def of(cls, request: dict[str, Any]) -> Network:
        """Take it from a request.

        Raises:
            Refused: Something is missing, or not allowed.
        """
        return cls(
            _whole(request, "layers", "the number of hidden layers", 0, MOST_LAYERS),
            _whole(request, "width", "the width of the layers", 1, MOST_WIDTH),
            choice(request, "activation", "the activation", tuple(ACTIVATIONS)),
            choice(request, "optimizer", "the optimizer", tuple(OPTIMIZERS)),
            _whole(request, "batch", "the batch size", 1, MOST_BATCH),
        )

    def sizes(self, inputs: int, outputs: int) -> list[int]:
        """Return the numbers of features from the inputs to the outputs."""
        return [inputs, *[self.width] * self.layers, outputs]

    def build(self, inputs: int, outputs: int) -> nn.Sequential:
        """Make the network."""
        sizes = self.sizes(inputs, outputs)
        modules: list[nn.Module] = []
        for before, after in pairwise(sizes):
            modules += [nn.Linear(before, after), ACTIVATIONS[self.activation]()]
        return nn.Sequential(*modules[:-1])


def text(request: dict[str, Any], key: str, what: str) -> str:
    """Return text from a request.

    Raises:
        Refused: It is missing, or something else.
    """
    value = request.get(key)
    if not isinstance(value, str):
        raise Refused(f"{what} must be text, got {_shown(value)}")
    return value


def choice(request: dict[str, Any], key: str, what: str, allowed: Sequence[str]) -> str:
    """Return one of some words from a request.

    Raises:
        Refused: It is missing, or another one.
    """
    value = request.get(key)
    if value not in allowed:
        raise Refused(f"{what} must be one of {', '.join(allowed)}, got {_shown(value)}")
    return str(value)


def _number(request: dict[str, Any], key: str, what: str, above: float, most: float) -> float:
    value = request.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not above < value <= most:
        raise Refused(f"{what} must be a number above {above:g} and at most {most:g}, got {_shown(value)}")
    return float(value)


def _whole(request: dict[str, Any], key: str, what: str, least: int, most: int) -> int:
    value = request.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"{what} must be a whole number from {least} to {most}, got {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    """Return a wrong value as a sentence shows it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "nothing"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    shown = repr(value) if not isinstance(value, int) or abs(value) < 10**30 else "a huge one"
    return shown if len(shown) <= 40 else f"{shown[:40]}..."

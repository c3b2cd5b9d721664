"""Networks and steps that the tests of compiled functions share."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mocrograd as mg
import numpy as np
from mocrograd import nn


def network(*widths: int, seed: int = 0, dropout: float = 0.0) -> nn.Sequential:
    """Return a network of linear layers with ReLU between them, from a seed."""
    mg.manual_seed(seed)
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(itertools.pairwise(widths)):
        layers += [nn.Linear(a, b)]
        if i < len(widths) - 2:
            layers += [nn.ReLU()] + ([nn.Dropout(dropout)] if dropout else [])
    return nn.Sequential(*layers)


def step_of(model: nn.Module, optimizer: Any) -> Callable[[mg.Tensor, mg.Tensor], mg.Tensor]:
    """Return the training step of a classifier."""

    def step(x: mg.Tensor, y: mg.Tensor) -> mg.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def batches(count: int, size: int = 32, features: int = 64, classes: int = 10) -> list[tuple[mg.Tensor, mg.Tensor]]:
    """Return random batches of inputs and classes."""
    rng = np.random.default_rng(1)
    return [
        (mg.tensor(rng.random((size, features), dtype=np.float32)), mg.tensor(rng.integers(0, classes, size)))
        for _ in range(count)
    ]


def same_bits(a: mg.Tensor, b: mg.Tensor) -> bool:
    """Return whether two tensors hold the same bits."""
    return a.detach().numpy().tobytes() == b.detach().numpy().tobytes()

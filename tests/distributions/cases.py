"""One case per distribution: how its parameters and values are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

DTYPES = ["float32", "float64"]
SHAPES = [[(), ()], [(3,), (3,)], [(2, 1), (3,)]]
"""Of the first parameter and of the others."""
CATEGORIES = 4


def real(rng: Any, shape: Any) -> Any:
    return rng.normal(size=shape)


def positive(rng: Any, shape: Any) -> Any:
    return rng.gamma(3.0, 0.5, size=shape) + 0.3


def unit(rng: Any, shape: Any) -> Any:
    return rng.uniform(0.05, 0.95, size=shape)


def bit(rng: Any, shape: Any) -> Any:
    return rng.integers(0, 2, size=shape).astype(float)


def count(rng: Any, shape: Any) -> Any:
    return rng.integers(0, 6, size=shape).astype(float)


def simplex(rng: Any, shape: Any) -> Any:
    weights = rng.gamma(2.0, size=(*shape, CATEGORIES)) + 0.1
    return weights / weights.sum(-1, keepdims=True)


def reals(rng: Any, shape: Any) -> Any:
    return rng.normal(size=(*shape, CATEGORIES))


def category(rng: Any, shape: Any) -> Any:
    return rng.integers(0, CATEGORIES, size=shape)


@dataclass
class Case:
    """A distribution, with a way to draw each parameter and a value."""

    name: str
    parameters: dict[str, Callable[..., Any]]
    value: Callable[..., Any]
    fixed: dict[str, Any] = field(default_factory=dict)
    discrete: bool = False

    def __str__(self) -> str:
        return " ".join([self.name, *self.parameters])

    def drawn(self, shapes: Any, seed: int = 0) -> tuple[dict[str, Any], Any]:
        """Return parameters of two shapes that broadcast, and a value for each element."""
        rng = np.random.default_rng(seed)
        first, rest = shapes
        parameters = {
            name: np.asarray(draw(rng, rest if number else first))
            for number, (name, draw) in enumerate(self.parameters.items())
        }
        shape = first if len(parameters) == 1 else np.broadcast_shapes(first, rest)
        return parameters, np.asarray(self.value(rng, shape))

    def made(self, library: Any, parameters: Any, dtype: str, **options: Any) -> tuple[Any, dict[str, Any]]:
        """Return the distribution of a library, and the parameters as leaves."""
        kind = getattr(library, dtype)
        leaves = {name: library.tensor(x, dtype=kind, requires_grad=True) for name, x in parameters.items()}
        return getattr(library.distributions, self.name)(**leaves, **self.fixed, **options), leaves

    def value_of(self, library: Any, value: Any, dtype: str) -> Any:
        """Return a value as a tensor of a library."""
        if value.dtype.kind == "i":
            return library.tensor(value)
        return library.tensor(value, dtype=getattr(library, dtype), requires_grad=not self.discrete)


CASES = [
    Case("Normal", {"loc": real, "scale": positive}, real),
    Case(
        "Uniform",
        {"low": lambda rng, shape: -1 - unit(rng, shape), "high": positive},
        lambda rng, shape: 0.3 * unit(rng, shape),
    ),
    Case("Bernoulli", {"probs": unit}, bit, discrete=True),
    Case("Bernoulli", {"logits": real}, bit, discrete=True),
    Case("Categorical", {"probs": simplex}, category, discrete=True),
    Case("Categorical", {"logits": reals}, category, discrete=True),
]

"""Two interleaving half circles: a two-class problem that no straight line solves."""

from __future__ import annotations

import numpy as np

from mocrograd.ops import from_numpy
from mocrograd.tensor import Tensor


def make_moons(samples: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Draw points on two half circles, (cos t, sin t) and (1 - cos t, 0.5 - sin t) for t in [0, pi].

    The formula is that of scikit-learn's `make_moons`.

    Args:
        samples: Number of points, half of them (rounded down) on the first circle.
        noise: Standard deviation of what is added to each coordinate.
        seed: Where noise and order come from.

    Returns:
        Points, (samples, 2), float32; and classes, (samples), int64: 0 for the first circle, 1 for the
        second.

    Raises:
        ValueError: `samples` or `noise` is negative.

    Example:
        >>> import mocrograd as mg
        >>> points, classes = mg.datasets.make_moons(100)
        >>> points.shape, classes.sum()
        (mocrograd.Size([100, 2]), tensor(50))
    """
    if samples < 0 or noise < 0:
        raise ValueError(f"samples and noise must not be negative, got {samples} and {noise}")
    random = np.random.default_rng(seed)
    outer = np.linspace(0, np.pi, samples // 2)
    inner = np.linspace(0, np.pi, samples - samples // 2)
    first = np.stack([np.cos(outer), np.sin(outer)], axis=1)
    second = np.stack([1 - np.cos(inner), 0.5 - np.sin(inner)], axis=1)
    points = np.concatenate([first, second]) + random.normal(scale=noise, size=(samples, 2))
    classes = np.repeat([0, 1], [len(outer), len(inner)])
    order = random.permutation(samples)
    return from_numpy(points[order].astype(np.float32)), from_numpy(classes[order].astype(np.int64))

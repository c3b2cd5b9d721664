"""Two circles, one in the other: a two-class problem that no straight line solves."""

from __future__ import annotations

import numpy as np

from mocrograd.ops import from_numpy
from mocrograd.tensor import Tensor


def make_circles(samples: int = 100, noise: float = 0.1, factor: float = 0.5, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Draw points on two circles, (cos t, sin t) and factor (cos t, sin t) for t in [0, 2 pi).

    The formula is that of scikit-learn's `make_circles`.

    Args:
        samples: Number of points, half of them (rounded down) on the outer circle.
        noise: Standard deviation of what is added to each coordinate.
        factor: The inner circle's radius.
        seed: Where noise and order come from.

    Returns:
        Points, (samples, 2), float32; and classes, (samples), int64: 0 for the outer circle, 1 for the inner one.

    Raises:
        ValueError: `samples` or `noise` is negative, or `factor` is not in [0, 1).

    Example:
        >>> import mocrograd as mg
        >>> points, classes = mg.datasets.make_circles(4, noise=0.0)
        >>> points.square().sum(1).sqrt()[classes == 1]
        tensor([0.5000, 0.5000])
    """
    if samples < 0 or noise < 0:
        raise ValueError(f"samples and noise must not be negative, got {samples} and {noise}")
    if not 0 <= factor < 1:
        raise ValueError(f"factor must be in [0, 1), got {factor}")
    random = np.random.default_rng(seed)
    counts = samples // 2, samples - samples // 2
    angles = [np.linspace(0, 2 * np.pi, count, endpoint=False) for count in counts]
    circles = [r * np.stack([np.cos(t), np.sin(t)], axis=1) for r, t in zip((1, factor), angles)]
    points = np.concatenate(circles) + random.normal(scale=noise, size=(samples, 2))
    classes = np.repeat([0, 1], counts)
    order = random.permutation(samples)
    return from_numpy(points[order].astype(np.float32)), from_numpy(classes[order].astype(np.int64))

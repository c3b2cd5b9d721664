"""The Laplace distribution."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions.location_scale import LocationScale

__all__ = ["Laplace"]


class Laplace(LocationScale):
    """The Laplace distribution, which falls off exponentially on both sides.

    Args:
        loc: The mean.
        scale: The mean distance from it.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.Laplace(0.0, 1.0).log_prob(mg.tensor([-1.0, 0.0, 1.0]))
        tensor([-1.6931, -0.6931, -1.6931])
    """

    standard_entropy = 1 + math.log(2)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Laplace, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return math.sqrt(2) * self.scale

    @property
    def variance(self) -> Any:
        """The variance."""
        return 2 * self.scale.square()

    @staticmethod
    def standard_log_prob(z: Any) -> Any:
        """Return the logarithm of the density of z."""
        return -z.abs() - math.log(2)

    @staticmethod
    def standard_cdf(z: Any) -> Any:
        """Return the probability of draws up to z."""
        return 0.5 - 0.5 * z.sign() * (-z.abs()).expm1()

    @staticmethod
    def standard_icdf(share: Any) -> Any:
        """Return the z up to which draws have a probability."""
        off = share - 0.5
        return -off.sign() * (off.abs() * -2).log1p()

"""The Gumbel distribution."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions.location_scale import LocationScale

__all__ = ["Gumbel"]

EULER = 0.5772156649015329


class Gumbel(LocationScale):
    """The Gumbel distribution, which the greatest of many draws follow.

    Args:
        loc: The most probable value.
        scale: The scale.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.Gumbel(0.0, 1.0).mean
        tensor(0.5772)
    """

    standard_entropy = 1 + EULER

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Gumbel, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc + self.scale * EULER

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.stddev.square()

    @staticmethod
    def standard_log_prob(z: Any) -> Any:
        """Return the logarithm of the density of z."""
        return -z - (-z).exp()

    @staticmethod
    def standard_cdf(z: Any) -> Any:
        """Return the probability of draws up to z."""
        return (-(-z).exp()).exp()

    @staticmethod
    def standard_icdf(share: Any) -> Any:
        """Return the z up to which draws have a probability."""
        return -(-share.log()).log()

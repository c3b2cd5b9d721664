"""The Cauchy distribution."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions.location_scale import LocationScale
from mocrograd.ops.creation import full

__all__ = ["Cauchy"]


class Cauchy(LocationScale):
    """The Cauchy distribution, whose tails are so heavy that it has no mean.

    Args:
        loc: The median.
        scale: The distance from it within which half of all draws are.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.Cauchy(0.0, 1.0).cdf(mg.tensor([-1.0, 0.0, 1.0]))
        tensor([0.2500, 0.5000, 0.7500])
    """

    standard_entropy = math.log(4 * math.pi)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Cauchy, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """Nan: there is none."""
        return full(self._batch_shape, math.nan, dtype=self.loc.dtype, device=self.loc.device)

    @property
    def variance(self) -> Any:
        """Infinity."""
        return full(self._batch_shape, math.inf, dtype=self.loc.dtype, device=self.loc.device)

    @staticmethod
    def standard_log_prob(z: Any) -> Any:
        """Return the logarithm of the density of z."""
        return -z.square().log1p() - math.log(math.pi)

    @staticmethod
    def standard_cdf(z: Any) -> Any:
        """Return the probability of draws up to z."""
        return z.atan() / math.pi + 0.5

    @staticmethod
    def standard_icdf(share: Any) -> Any:
        """Return the z up to which draws have a probability."""
        return ((share - 0.5) * math.pi).tan()

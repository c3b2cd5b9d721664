"""The Kumaraswamy distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.gamma import log_beta
from mocrograd.distributions.gumbel import EULER
from mocrograd.distributions.utils import broadcast_all, open_uniform
from mocrograd.types import Operand

__all__ = ["Kumaraswamy"]


class Kumaraswamy(Distribution):
    """The Kumaraswamy distribution of one probability, like the beta distribution, but cheap to draw.

    Args:
        concentration1: The weight of 1.
        concentration0: The weight of 0.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.Kumaraswamy(mg.tensor(2.0), mg.tensor(1.0)).cdf(mg.tensor(0.5))
        tensor(0.2500)
    """

    arg_constraints: ClassVar = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Operand, concentration0: Operand, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        super().__init__(self.concentration1.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Kumaraswamy, batch_shape, _instance)

    def _moment(self, order: int) -> Any:
        return self.concentration0 * log_beta(1 + order / self.concentration1, self.concentration0).exp()

    @property
    def mean(self) -> Any:
        """The mean."""
        return self._moment(1)

    @property
    def mode(self) -> Any:
        """The most probable value, nan where a weight is below 1."""
        a, b = self.concentration1, self.concentration0
        mode: Any = ((a - 1) / (a * b - 1)).clamp(min=0) ** (1 / a)
        return mode.masked_fill((a < 1) | (b < 1), math.nan)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self._moment(2) - self._moment(1).square()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        return self.icdf(open_uniform(self._extended_shape(sample_shape), self.concentration1))

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        a, b = self.concentration1, self.concentration0
        return a.log() + b.log() + (a - 1) * value.log() + (b - 1) * (-(value**a)).log1p()

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return -(self.concentration0 * (-(value**self.concentration1)).log1p()).expm1()

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return (-((-value).log1p() / self.concentration0).expm1()) ** (1 / self.concentration1)

    def entropy(self) -> Any:
        """Return the entropy."""
        a, b = self.concentration1, self.concentration0
        return (1 - 1 / b) + (1 - 1 / a) * ((b + 1).digamma() + EULER) - a.log() - b.log()

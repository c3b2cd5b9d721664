"""The distribution of inverses of gamma-distributed numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.gamma import Gamma
from mocrograd.distributions.transformed_distribution import TransformedDistribution
from mocrograd.distributions.transforms import PowerTransform
from mocrograd.types import Operand

__all__ = ["InverseGamma"]


class InverseGamma(TransformedDistribution):
    """The distribution of 1 / x, where x follows the gamma distribution.

    Args:
        concentration: The concentration of x.
        rate: The rate of x.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.InverseGamma(mg.tensor(3.0), mg.tensor(4.0)).mean
        tensor(2.)
    """

    arg_constraints: ClassVar = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, concentration: Operand, rate: Operand, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args)
        super().__init__(base, PowerTransform(-1.0), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return super().expand(batch_shape, self._get_checked_instance(InverseGamma, _instance))

    @property
    def concentration(self) -> Any:
        """The concentration of the inverse."""
        return self.base_dist.concentration

    @property
    def rate(self) -> Any:
        """The rate of the inverse."""
        return self.base_dist.rate

    @property
    def mean(self) -> Any:
        """The mean, infinite up to a concentration of 1."""
        a = self.concentration
        return (self.rate / (a - 1)).masked_fill(a <= 1, math.inf)

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Any:
        """The variance, infinite up to a concentration of 2."""
        a = self.concentration
        return (self.rate.square() / ((a - 1).square() * (a - 2))).masked_fill(a <= 2, math.inf)

    def entropy(self) -> Any:
        """Return the entropy."""
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()

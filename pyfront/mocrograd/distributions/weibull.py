"""The Weibull distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.gumbel import EULER
from mocrograd.distributions.utils import broadcast_all, open_uniform
from mocrograd.types import Operand

__all__ = ["Weibull"]


class Weibull(Distribution):
    """The Weibull distribution: how long something lasts whose risk is a power of its age.

    Args:
        scale: The age that a share of 1/e survives.
        concentration: The power, and 1 more.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.Weibull(mg.tensor(2.0), mg.tensor(1.0)).mean
        tensor(2.)
    """

    arg_constraints: ClassVar = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, scale: Operand, concentration: Operand, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        super().__init__(self.scale.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Weibull, batch_shape, _instance)

    def _moment(self, order: int) -> Any:
        return (1 + order / self.concentration).lgamma().exp()

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.scale * self._moment(1)

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return self.scale * ((self.concentration - 1) / self.concentration) ** (1 / self.concentration)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.scale.square() * (self._moment(2) - self._moment(1).square())

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        return self.icdf(open_uniform(self._extended_shape(sample_shape), self.scale))

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        k, ratio = self.concentration, value / self.scale
        return (k / self.scale).log() + (k - 1) * ratio.log() - ratio**k

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return -(-((value / self.scale) ** self.concentration)).expm1()

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return self.scale * (-(-value).log1p()) ** (1 / self.concentration)

    def entropy(self) -> Any:
        """Return the entropy."""
        return EULER * (1 - 1 / self.concentration) + (self.scale / self.concentration).log() + 1

"""The Pareto distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all, open_uniform
from mocrograd.types import Operand

__all__ = ["Pareto"]


class Pareto(Distribution):
    """The Pareto distribution, whose tail is a power.

    Args:
        scale: The least value.
        alpha: The power with which the share of greater values falls.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.Pareto(1.0, mg.tensor(3.0)).mean
        tensor(1.5000)
    """

    arg_constraints: ClassVar = {"alpha": constraints.positive, "scale": constraints.positive}
    has_rsample = True

    def __init__(self, scale: Operand, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast_all(scale, alpha)
        super().__init__(self.scale.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Pareto, batch_shape, _instance)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """The numbers from the least value on."""
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Any:
        """The mean, infinite up to a power of 1."""
        power = self.alpha.clamp(min=1)
        return power * self.scale / (power - 1)

    @property
    def mode(self) -> Any:
        """The most probable value, the least one."""
        return self.scale

    @property
    def variance(self) -> Any:
        """The variance, infinite up to a power of 2."""
        power = self.alpha.clamp(min=2)
        return self.scale.square() * power / ((power - 1).square() * (power - 2))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        return self.icdf(open_uniform(self._extended_shape(sample_shape), self.scale))

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        return self.alpha.log() + self.alpha * self.scale.log() - (self.alpha + 1) * value.log()

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return -(self.alpha * (self.scale / value).log()).expm1()

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return self.scale * (-(-value).log1p() / self.alpha).exp()

    def entropy(self) -> Any:
        """Return the entropy."""
        return (self.scale / self.alpha).log() + (1 + 1 / self.alpha)

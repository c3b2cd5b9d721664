"""The uniform distribution of an interval."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.random import rand
from mocrograd.types import Operand

__all__ = ["Uniform"]


class Uniform(Distribution):
    """The uniform distribution of the half-open interval [low, high).

    Args:
        low: The lower end.
        high: The upper end, above `low`.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.Uniform(mg.tensor([0.0, 1.0]), 3.0)
        >>> p.mean, p.entropy().exp()
        (tensor([1.5000, 2.0000]), tensor([3., 2.]))
    """

    has_rsample = True

    def __init__(self, low: Operand, high: Operand, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Uniform, batch_shape, _instance)

    @property
    def arg_constraints(self) -> Any:
        """The constraint of each parameter, which is the other one."""
        return {"low": constraints.less_than(self.high), "high": constraints.greater_than(self.low)}

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """The interval."""
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Any:
        """The middle of the interval."""
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Any:
        """Nan: no value is the most probable."""
        return math.nan * self.high

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return (self.high - self.low) / math.sqrt(12)

    @property
    def variance(self) -> Any:
        """The variance."""
        return (self.high - self.low).square() / 12

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        shape = self._extended_shape(sample_shape)
        share: Any = rand(shape, dtype=self.low.dtype, device=self.low.device)
        return self.low + share * (self.high - self.low)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        inside = ((self.low <= value) & (self.high > value)).type_as(self.low)
        return inside.log() - (self.high - self.low).log()

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Any:
        """Return the entropy."""
        return (self.high - self.low).log()

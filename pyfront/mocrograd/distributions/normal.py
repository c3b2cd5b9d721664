"""The normal distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.random import randn
from mocrograd.types import Operand

__all__ = ["Normal"]

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class Normal(ExponentialFamily):
    """The normal distribution.

    Args:
        loc: The mean.
        scale: The standard deviation.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> policy = mg.distributions.Normal(mg.zeros(3), mg.ones(3))
        >>> policy.log_prob(policy.sample()).shape
        mocrograd.Size([3])
    """

    arg_constraints: ClassVar = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, loc: Operand, scale: Operand, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Normal, batch_shape, _instance)

    @property
    def _natural_params(self) -> Any:
        return self.loc / self.scale.square(), -0.5 / self.scale.square()

    def _log_normalizer(self, *natural_params: Any) -> Any:
        first, second = natural_params
        return -first.square() / (4 * second) + 0.5 * (-math.pi / second).log()

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc

    @property
    def mode(self) -> Any:
        """The most probable value, the mean."""
        return self.loc

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.scale

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.scale.square()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        shape = self._extended_shape(sample_shape)
        noise: Any = randn(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + noise * self.scale

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.loc) / self.scale).square() * -0.5 - self.scale.log() - HALF_LOG_2PI

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return 0.5 * ((value - self.loc) / self.scale * -math.sqrt(0.5)).erfc()

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> Any:
        """Return the entropy."""
        return self.scale.log() + (0.5 + HALF_LOG_2PI)

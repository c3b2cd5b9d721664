"""The exponential distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.random import rand
from mocrograd.types import Operand

__all__ = ["Exponential"]


class Exponential(ExponentialFamily):
    """The exponential distribution: how long it takes until something happens that happens at a constant rate.

    Args:
        rate: How often it happens, the inverse of the mean.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> wait = mg.distributions.Exponential(mg.tensor(2.0))
        >>> wait.mean, wait.cdf(mg.tensor(0.5))
        (tensor(0.5000), tensor(0.6321))
    """

    arg_constraints: ClassVar = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, rate: Operand, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Exponential, batch_shape, _instance)

    @property
    def _natural_params(self) -> Any:
        return (-self.rate,)

    def _log_normalizer(self, *natural_params: Any) -> Any:
        return -(-natural_params[0]).log()

    @property
    def mean(self) -> Any:
        """The mean."""
        return 1 / self.rate

    @property
    def mode(self) -> Any:
        """The most probable value, 0."""
        return self.rate * 0

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return 1 / self.rate

    @property
    def variance(self) -> Any:
        """The variance."""
        return 1 / self.rate.square()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        uniform: Any = rand(self._extended_shape(sample_shape), dtype=self.rate.dtype, device=self.rate.device)
        return -(-uniform).log1p() / self.rate

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return -(-self.rate * value).expm1()

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return -(-value).log1p() / self.rate

    def entropy(self) -> Any:
        """Return the entropy."""
        return 1 - self.rate.log()

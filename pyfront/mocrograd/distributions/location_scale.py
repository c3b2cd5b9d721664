"""Distributions that shift and scale a standard one."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all, open_uniform
from mocrograd.types import Operand


class LocationScale(Distribution):
    """The distribution of loc + scale * z, where a subclass gives the functions of the standard variable z."""

    arg_constraints: ClassVar = {"loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.real
    has_rsample = True
    standard_entropy: float

    def __init__(self, loc: Operand, scale: Operand, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @staticmethod
    def standard_log_prob(z: Any) -> Any:
        """Return the logarithm of the density of z."""
        raise NotImplementedError

    @staticmethod
    def standard_cdf(z: Any) -> Any:
        """Return the probability of draws up to z."""
        raise NotImplementedError

    @staticmethod
    def standard_icdf(share: Any) -> Any:
        """Return the z up to which draws have a probability."""
        raise NotImplementedError

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return self.loc

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        uniform = open_uniform(self._extended_shape(sample_shape), self.loc)
        return self.loc + self.scale * self.standard_icdf(uniform)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        return self.standard_log_prob((value - self.loc) / self.scale) - self.scale.log()

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return self.standard_cdf((value - self.loc) / self.scale)

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return self.loc + self.scale * self.standard_icdf(value)

    def entropy(self) -> Any:
        """Return the entropy."""
        return self.scale.log() + self.standard_entropy

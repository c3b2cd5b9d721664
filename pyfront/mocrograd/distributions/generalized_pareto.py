"""The generalised Pareto distribution, of what exceeds a threshold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops import isclose, where, zeros_like
from mocrograd.ops.random import rand
from mocrograd.types import Operand

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """The distribution whose share of values above x is (1 + c (x - loc) / scale)^(-1 / c), c being the concentration.

    It is exponential for c = 0, uniform for c = -1.

    Args:
        loc: The least value.
        scale: What distances from it are measured in.
        concentration: The weight of the tail; below 0 there is a greatest value.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.GeneralizedPareto(0.0, 1.0, mg.tensor(0.25)).cdf(mg.tensor(2.0))
        tensor(0.8025)
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real
    }  # fmt: skip
    has_rsample = True

    def __init__(self, loc: Operand, scale: Operand, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(GeneralizedPareto, batch_shape, _instance)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """The numbers from the least value on, up to a greatest one where the concentration is negative."""
        bounded = self.concentration < 0
        end = self.loc - self.scale / where(bounded, self.concentration, -1.0)
        return constraints.interval(self.loc, where(bounded, end, math.inf))

    def _by_parts(self, exponential: Any, power: Callable[[Any], Any]) -> Any:
        """Return `exponential` where the concentration is 0, else what `power` makes of it."""
        is_zero = isclose(self.concentration, zeros_like(self.concentration))
        return where(is_zero, exponential, power(where(is_zero, 1.0, self.concentration)))

    @property
    def mean(self) -> Any:
        """The mean, nan from a concentration of 1 on."""
        finite = self.concentration < 1
        return where(finite, self.loc + self.scale / (1 - where(finite, self.concentration, 0.5)), math.nan)

    @property
    def mode(self) -> Any:
        """The least value."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The variance, nan from a concentration of 1/2 on."""
        finite = self.concentration < 0.5
        rest = 1 - where(finite, self.concentration, 0.25)
        return where(finite, self.scale.square() / (rest.square() * (2 * rest - 1)), math.nan)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        uniform: Any = rand(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device)
        return self.icdf(uniform)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        power = self._by_parts(z, lambda c: self._product(1 / c + 1, (c * z).log1p()))
        return -self.scale.log() - power

    @staticmethod
    def _product(a: Any, b: Any) -> Any:
        """Return a b, and 0 where a is 0 and b infinite."""
        return where(a == 0, 0.0, a * b)

    def log_survival_function(self, value: Any) -> Any:
        """Return the logarithm of the probability of draws above values."""
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        return self._by_parts(-z, lambda c: -(c * z).log1p() / c)

    def log_cdf(self, value: Any) -> Any:
        """Return the logarithm of the probability of draws up to values."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        return -self.log_survival_function(value).expm1()

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        above = (-value).log1p()
        return self.loc + self.scale * self._by_parts(-above, lambda c: (-c * above).expm1() / c)

    def entropy(self) -> Any:
        """Return the entropy."""
        return self.scale.log() + self.concentration + 1

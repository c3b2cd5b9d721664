"""Distributions of absolute values: a distribution symmetric around 0, folded at 0."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all
from mocrograd.types import Operand


class Half(Distribution):
    """The distribution of |x|, where a subclass says what x follows.

    Args:
        scale: The scale of the distribution that is folded.
        validate_args: Whether parameters and values are checked.
    """

    arg_constraints: ClassVar = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    base_kind: ClassVar[Any]

    def __init__(self, scale: Operand, validate_args: bool | None = None) -> None:
        (self.scale,) = broadcast_all(scale)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @property
    def base_dist(self) -> Any:
        """The distribution that is folded."""
        return self.base_kind(self.scale * 0, self.scale, validate_args=False)

    @property
    def mode(self) -> Any:
        """The most probable value, 0."""
        return self.scale * 0

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        return self.base_dist.rsample(sample_shape).abs()

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        return (self.base_dist.log_prob(value) + math.log(2)).masked_fill(value < 0, -math.inf)

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Any:
        """Return the entropy."""
        return self.base_dist.entropy() - math.log(2)

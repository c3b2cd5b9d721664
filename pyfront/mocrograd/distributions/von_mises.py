"""The von Mises distribution of angles."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.random import sampled
from mocrograd.ops.transcendental import i0e, i1e
from mocrograd.types import Operand

__all__ = ["VonMises"]


class VonMises(Distribution):
    """The von Mises distribution, the normal distribution's counterpart on the circle.

    Args:
        loc: The mean angle, in radians.
        concentration: How near draws are to it; for great ones the inverse of the variance.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> angle = mg.distributions.VonMises(mg.tensor(0.0), mg.tensor(2.0))
        >>> angle.log_prob(mg.tensor([0.0, 3.0])) > angle.log_prob(mg.tensor(1.5))
        tensor([ True, False])
    """

    arg_constraints: ClassVar = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Operand, concentration: Operand, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(VonMises, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """The mean angle."""
        return self.loc

    @property
    def mode(self) -> Any:
        """The most probable angle."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The circular variance: 1 less the length of the mean of the draws as points of the unit circle."""
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws from -pi to pi."""
        shape = self._extended_shape(sample_shape)
        loc, concentration = self.loc.expand(shape), self.concentration.expand(shape)
        return sampled("von_mises", concentration, loc, None, "")

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at angles."""
        if self._validate_args:
            self._validate_sample(value)
        k = self.concentration
        return k * ((value - self.loc).cos() - 1) - i0e(k).log() - math.log(2 * math.pi)

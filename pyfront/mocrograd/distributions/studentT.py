"""Student's t-distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.gamma import log_beta, standard_gamma
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.compare import where
from mocrograd.ops.creation import full_like
from mocrograd.ops.random import randn
from mocrograd.types import Operand

__all__ = ["StudentT"]


class StudentT(Distribution):
    """Student's t-distribution.

    Args:
        df: The degrees of freedom.
        loc: The middle.
        scale: The scale.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.StudentT(mg.tensor(3.0)).variance
        tensor(3.)
    """

    arg_constraints: ClassVar = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(
        self, df: Operand, loc: Operand = 0.0, scale: Operand = 1.0, validate_args: bool | None = None
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(StudentT, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """The mean, nan where there is none."""
        return self.loc.masked_fill(self.df <= 1, math.nan)

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The variance, which is infinite up to 2 degrees of freedom, and nan up to 1."""
        above = where(self.df > 2, self.df, full_like(self.df, 3.0))
        finite: Any = self.scale.square() * above / (above - 2)
        return finite.masked_fill(self.df <= 2, math.inf).masked_fill(self.df <= 1, math.nan)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        shape = self._extended_shape(sample_shape)
        normal: Any = randn(shape, dtype=self.df.dtype, device=self.df.device)
        half = 0.5 * self.df  # a number that is chi-squared is twice a standard gamma one of half the concentration
        return self.loc + self.scale * normal * (half / standard_gamma(half.expand(shape))).sqrt()

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        return -0.5 * (self.df + 1) * (y.square() / self.df).log1p() - self._log_norm()

    def _log_norm(self) -> Any:
        half = 0.5 * self.df
        return self.scale.log() + 0.5 * self.df.log() + log_beta(half, full_like(half, 0.5))

    def entropy(self) -> Any:
        """Return the entropy."""
        half = 0.5 * self.df
        return self._log_norm() + (half + 0.5) * ((half + 0.5).digamma() - half.digamma())

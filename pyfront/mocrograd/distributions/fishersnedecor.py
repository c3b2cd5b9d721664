"""The F-distribution of Fisher and Snedecor."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.gamma import log_beta, standard_gamma
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.properties import finfo

__all__ = ["FisherSnedecor"]


class FisherSnedecor(Distribution):
    """The F-distribution: of the ratio of two means of squares of standard normal numbers.

    Args:
        df1: The degrees of freedom of the numerator.
        df2: The degrees of freedom of the denominator.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.FisherSnedecor(mg.tensor(3.0), mg.tensor(6.0)).mean
        tensor(1.5000)
    """

    arg_constraints: ClassVar = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        super().__init__(self.df1.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(FisherSnedecor, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """The mean, nan up to 2 degrees of freedom of the denominator."""
        df2 = self.df2.masked_fill(self.df2 <= 2, math.nan)
        return df2 / (df2 - 2)

    @property
    def mode(self) -> Any:
        """The most probable value, nan up to 2 degrees of freedom of the numerator."""
        mode: Any = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return mode.masked_fill(self.df1 <= 2, math.nan)

    @property
    def variance(self) -> Any:
        """The variance, nan up to 4 degrees of freedom of the denominator."""
        df1, df2 = self.df1, self.df2.masked_fill(self.df2 <= 4, math.nan)
        return 2 * df2.square() * (df1 + df2 - 2) / (df1 * (df2 - 2).square() * (df2 - 4))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        shape = self._extended_shape(sample_shape)
        above, below = (standard_gamma((0.5 * df).expand(shape)) / df for df in (self.df1, self.df2))
        return (above / below).clamp(min=finfo(above.dtype).tiny)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        half1, half2, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        powers = half1 * ratio.log() + (half1 - 1) * value.log() - (half1 + half2) * (ratio * value).log1p()
        return powers - log_beta(half1, half2)

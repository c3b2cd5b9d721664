"""The multivariate normal distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.covariances import OfCovariances, half_log_det
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.linalg import solve_triangular
from mocrograd.ops.random import randn

__all__ = ["MultivariateNormal"]


class MultivariateNormal(OfCovariances):
    """The normal distribution of vectors, given by a mean and one of three matrices.

    Args:
        loc: The mean.
        covariance_matrix: The covariances, positive definite.
        precision_matrix: Their inverse.
        scale_tril: Their lower Cholesky factor, which is the cheapest to give.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: The mean has no dimension, a matrix has fewer than two, or not exactly one is given.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.MultivariateNormal(mg.zeros(2), covariance_matrix=mg.tensor([[2.0, 1.0], [1.0, 2.0]]))
        >>> p.log_prob(mg.zeros(2)), p.rsample((3,)).shape
        (tensor(-2.3872), mocrograd.Size([3, 2]))
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        name, matrix = self._take(covariance_matrix, precision_matrix, scale_tril)
        batch = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self.loc = loc.expand(*batch, loc.shape[-1])
        setattr(self, name, matrix.expand(*batch, *matrix.shape[-2:]))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._factorize(name, matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(MultivariateNormal, batch_shape, _instance)
        new._factor = self._factor
        return new

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc

    @property
    def mode(self) -> Any:
        """The most probable value, the mean."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The variance of each element."""
        return self._factor.square().sum(-1).expand(*self._batch_shape, *self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        shape = self._extended_shape(sample_shape)
        normal: Any = randn(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + (self._factor @ normal.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        distance = squared_distance(self._factor, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - half_log_det(self._factor)

    def entropy(self) -> Any:
        """Return the entropy."""
        entropy = half_log_det(self._factor) + 0.5 * self._event_shape[0] * (1 + math.log(2 * math.pi))
        return entropy.expand(*self._batch_shape)


def squared_distance(factor: Any, difference: Any) -> Any:
    """Return the squared length of vectors, measured by the covariances with a Cholesky factor."""
    batch = broadcast_shapes(factor.shape[:-2], difference.shape[:-1])
    size = factor.shape[-1]
    solved = solve_triangular(
        factor.expand(*batch, size, size), difference.expand(*batch, size).unsqueeze(-1), upper=False
    )
    return solved.square().sum((-2, -1))

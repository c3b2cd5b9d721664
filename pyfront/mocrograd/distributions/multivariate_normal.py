"""The multivariate normal distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import lazy_property
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.creation import eye
from mocrograd.ops.linalg import cholesky, solve_triangular
from mocrograd.ops.random import randn

__all__ = ["MultivariateNormal"]


class MultivariateNormal(Distribution):
    """The normal distribution of vectors, given by a mean and one of three matrices.

    Args:
        loc: The mean.
        covariance_matrix: The covariances, positive definite.
        precision_matrix: Their inverse.
        scale_tril: Their lower Cholesky factor, which is the cheapest to give.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: The mean has no dimension, a matrix has fewer than two, or not exactly one is given.
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
        matrices = {
            "covariance_matrix": covariance_matrix, "scale_tril": scale_tril, "precision_matrix": precision_matrix
        }  # fmt: skip
        given = [name for name, matrix in matrices.items() if matrix is not None]
        if len(given) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified, "
                f"got {' and '.join(given) or 'none'}."
            )
        matrix = matrices[given[0]]
        if matrix.ndim < 2:
            raise ValueError(f"{given[0]} matrix must be at least two-dimensional, with optional leading dimensions")
        batch = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self.loc = loc.expand(*batch, loc.shape[-1])
        setattr(self, given[0], matrix.expand(*batch, *matrix.shape[-2:]))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        # The factor of the matrix as it was given: no work is repeated for a batch of means.
        self._factor: Any = (
            cholesky(matrix) if given[0] == "covariance_matrix"
            else matrix if given[0] == "scale_tril"
            else _factor_of_inverse(matrix)
        )  # fmt: skip

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(MultivariateNormal, batch_shape, _instance)
        new._factor = self._factor
        return new

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of the covariances."""
        return self._of_batch(self._factor)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariances."""
        return self._of_batch(self._factor @ self._factor.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariances."""
        inverse = solve_triangular(self._factor, _unit(self._factor), upper=False)
        return self._of_batch(inverse.mT @ inverse)

    def _of_batch(self, matrix: Any) -> Any:
        return matrix.expand(*self._batch_shape, *matrix.shape[-2:])

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


def _unit(like: Any) -> Any:
    return eye(like.shape[-1], dtype=like.dtype, device=like.device).expand(like.shape)


def _factor_of_inverse(precision: Any) -> Any:
    """Return the lower Cholesky factor of a matrix's inverse."""
    # Reversed, the factor of P is the upper factor U of P = U U^T, so that the inverse of P is U^-T U^-1.
    upper = cholesky(precision.flip(-2, -1)).flip(-2, -1)
    return solve_triangular(upper.mT, _unit(precision), upper=False)


def half_log_det(factor: Any) -> Any:
    """Return half of the logarithm of the determinant of the matrix with a Cholesky factor."""
    return factor.diagonal(0, -2, -1).log().sum(-1)


def squared_distance(factor: Any, difference: Any) -> Any:
    """Return the squared length of vectors, measured by the covariances with a Cholesky factor."""
    batch = broadcast_shapes(factor.shape[:-2], difference.shape[:-1])
    size = factor.shape[-1]
    solved = solve_triangular(
        factor.expand(*batch, size, size), difference.expand(*batch, size).unsqueeze(-1), upper=False
    )
    return solved.square().sum((-2, -1))

"""The multivariate normal distribution with a covariance of low rank plus a diagonal."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.covariances import half_log_det
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.multivariate_normal import squared_distance
from mocrograd.distributions.utils import lazy_property
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.creation import eye
from mocrograd.ops.diagonals import diag_embed
from mocrograd.ops.linalg import cholesky, solve_triangular
from mocrograd.ops.random import randn

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Distribution):
    """The normal distribution of vectors whose covariances are W W^T + D with a diagonal D.

    Densities and draws cost what the rank of W costs, and not the square of the vectors' length.

    Args:
        loc: The mean.
        cov_factor: W, with a row per element of a vector.
        cov_diag: The diagonal of D.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: A parameter has too few dimensions, or the shapes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.LowRankMultivariateNormal(mg.zeros(2), mg.ones(2, 1), mg.ones(2))
        >>> p.covariance_matrix
        tensor([[2., 1.],
                [1., 2.]])
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None) -> None:
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        size = loc.shape[-1]
        if cov_factor.ndim < 2 or cov_factor.shape[-2] != size:
            raise ValueError(
                f"cov_factor must be a batch of matrices with shape {size} x m, got {tuple(cov_factor.shape)}"
            )
        if cov_diag.shape[-1:] != (size,):
            raise ValueError(f"cov_diag must be a batch of vectors of {size}, got {tuple(cov_diag.shape)}")
        try:
            batch = broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {tuple(loc.shape)}, cov_factor {tuple(cov_factor.shape)}, "
                f"cov_diag {tuple(cov_diag.shape)}"
            ) from error
        self.loc = loc.expand(*batch, size)
        self.cov_factor = cov_factor.expand(*batch, *cov_factor.shape[-2:])
        self.cov_diag = cov_diag.expand(*batch, size)
        super().__init__(batch, (size,), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(LowRankMultivariateNormal, batch_shape, _instance)

    @lazy_property
    def _capacitance(self) -> Any:
        """The Cholesky factor of I + W^T D^-1 W, as small as the rank, by which W W^T + D is solved."""
        return cholesky(_plus_unit(self.cov_factor.mT @ (self.cov_factor / self.cov_diag.unsqueeze(-1))))

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of the covariances."""
        root = self.cov_diag.sqrt().unsqueeze(-1)
        scaled = self.cov_factor / root
        return root * cholesky(_plus_unit(scaled @ scaled.mT))  # no eigenvalue is below 1

    @property
    def _factor(self) -> Any:
        return self.scale_tril

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariances."""
        return self.cov_factor @ self.cov_factor.mT + diag_embed(self.cov_diag)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariances."""
        solved = solve_triangular(self._capacitance, self.cov_factor.mT / self.cov_diag.unsqueeze(-2), upper=False)
        return diag_embed(1 / self.cov_diag) - solved.mT @ solved

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
        return self.cov_factor.square().sum(-1) + self.cov_diag

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        shape = self._extended_shape(sample_shape)
        options: Any = {"dtype": self.loc.dtype, "device": self.loc.device}
        along: Any = randn((*shape[:-1], self.cov_factor.shape[-1], 1), **options)
        apart: Any = randn(shape, **options)
        return self.loc + (self.cov_factor @ along).squeeze(-1) + self.cov_diag.sqrt() * apart

    def _log_det(self) -> Any:
        return 2 * half_log_det(self._capacitance) + self.cov_diag.log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        difference = value - self.loc
        scaled = difference / self.cov_diag
        along = (self.cov_factor.mT @ scaled.unsqueeze(-1)).squeeze(-1)
        distance = (difference * scaled).sum(-1) - squared_distance(self._capacitance, along)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + distance)

    def entropy(self) -> Any:
        """Return the entropy."""
        return 0.5 * (self._event_shape[0] * (1 + math.log(2 * math.pi)) + self._log_det())


def _plus_unit(matrix: Any) -> Any:
    return matrix + eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)

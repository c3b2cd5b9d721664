"""The Wishart distribution: of sums of products of normal vectors with themselves."""

from __future__ import annotations

import math
import warnings
from typing import Any

from mocrograd import ops
from mocrograd.distributions import constraints
from mocrograd.distributions.chi2 import Chi2
from mocrograd.distributions.covariances import OfCovariances, half_log_det
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.utils import lazy_property
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.linalg import inverse
from mocrograd.ops.random import randn
from mocrograd.tensor import Tensor

__all__ = ["Wishart"]


class Wishart(OfCovariances, ExponentialFamily):
    """The distribution of positive definite matrices, given by degrees of freedom and one of three matrices.

    Args:
        df: The degrees of freedom, more than the size of the matrices minus 1.
        covariance_matrix: The covariances of the normal vectors, positive definite.
        precision_matrix: Their inverse.
        scale_tril: Their lower Cholesky factor, which is the cheapest to give.
        validate_args: Whether parameters and values are checked.

    Raises:
        AssertionError: Not exactly one matrix is given.
        ValueError: The matrix has fewer than two dimensions, or `df` is too small.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.Wishart(mg.tensor(5.0), covariance_matrix=mg.eye(2))
        >>> p.mean, p.rsample((3,)).shape
        (tensor([[5., 0.],
                [0., 5.]]), mocrograd.Size([3, 2, 2]))
    """

    support = constraints.positive_definite
    has_rsample = True
    _matrix_error = AssertionError
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self) -> Any:
        """What the parameters must fulfil."""
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self._event_shape[-1] - 1),
        }

    def __init__(
        self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        name, matrix = self._take(covariance_matrix, precision_matrix, scale_tril)
        if not isinstance(df, Tensor):
            df = ops.tensor(float(df), dtype=matrix.dtype, device=matrix.device)
        size = matrix.shape[-1]
        if bool((df <= size - 1).any()):
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {size - 1}.")
        if bool((df < size).any()):
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
                stacklevel=2,
            )
        batch = broadcast_shapes(matrix.shape[:-2], df.shape)
        self.df = df.expand(*batch)
        setattr(self, name, matrix.expand(*batch, size, size))
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        self._factorize(name, matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(Wishart, batch_shape, _instance)
        new._factor = self._factor
        return new

    @property
    def _natural_params(self) -> Any:
        return -0.5 * self.precision_matrix, 0.5 * (self.df - self._event_shape[-1] - 1)

    def _log_normalizer(self, *natural_params: Any) -> Any:
        precision, power = natural_params
        size = precision.shape[-1]
        half = power + 0.5 * (size + 1)
        return ops.mvlgamma(half, size) - half * ops.slogdet(-precision).logabsdet

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariances."""
        return self._of_batch(inverse(self._factor @ self._factor.mT))

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.df[..., None, None] * self.covariance_matrix

    @property
    def mode(self) -> Any:
        """The most probable matrix; nan where there is none."""
        factor = self.df - self._event_shape[-1] - 1
        return ops.where(factor > 0, factor, math.nan)[..., None, None] * self.covariance_matrix

    @property
    def variance(self) -> Any:
        """The variance of each element."""
        covariances = self.covariance_matrix
        diagonal = covariances.diagonal(0, -2, -1)
        return self.df[..., None, None] * (covariances.square() + diagonal[..., :, None] * diagonal[..., None, :])

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Any:
        """Return draws that are differentiable functions of the parameters.

        Args:
            sample_shape: The shape of the draws.
            max_try_correction: How many times what is singular by rounding is drawn again; 10 by default.
        """
        drawn = self._draw(sample_shape)
        for _ in range(10 if max_try_correction is None else max_try_correction):
            right = self.support.check(drawn)
            if bool(right.all()):
                break
            drawn = ops.where(right[..., None, None], drawn, self._draw(sample_shape))
        return drawn

    def _draw(self, sample_shape: Any) -> Any:
        """Return draws by Bartlett's decomposition: of a triangle of normal numbers, with roots on its diagonal."""
        size, made = self._event_shape[-1], {"dtype": self._factor.dtype, "device": self._factor.device}
        freedom = self.df[..., None] - ops.arange(size, **made)
        roots = Chi2(freedom).rsample(sample_shape).sqrt().clamp(min=ops.finfo(self._factor.dtype).eps)
        below = randn(self._extended_shape(sample_shape), **made).tril(-1)
        factor = self._factor @ (below + ops.diag_embed(roots))
        return factor @ factor.mT

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        size = self._event_shape[-1]
        return (
            -self.df * (0.5 * size * math.log(2) + half_log_det(self._factor))
            - ops.mvlgamma(self.df / 2, size)
            + 0.5 * (self.df - size - 1) * ops.slogdet(value).logabsdet
            - 0.5 * (self.precision_matrix * value).sum((-2, -1))
        )

    def entropy(self) -> Any:
        """Return the entropy."""
        size = self._event_shape[-1]
        steps = ops.arange(size, dtype=self.df.dtype, device=self.df.device) / 2
        slope = (self.df[..., None] / 2 - steps).digamma().sum(-1)
        return (
            (size + 1) * (0.5 * size * math.log(2) + half_log_det(self._factor))
            + ops.mvlgamma(self.df / 2, size)
            - 0.5 * (self.df - size - 1) * slope
            + 0.5 * size * self.df
        )

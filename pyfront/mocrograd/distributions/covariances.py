"""What distributions have in common that are given by covariances, their inverse or their Cholesky factor."""

from __future__ import annotations

from typing import Any

from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import lazy_property
from mocrograd.ops.creation import eye
from mocrograd.ops.linalg import cholesky, solve_triangular


class OfCovariances(Distribution):
    """Base class: keeps the matrix that is given and the factor of the covariances, and makes the others of it."""

    _factor: Any
    _matrix_error: type[Exception] = ValueError
    """What is raised where not exactly one matrix is given."""

    def _take(self, covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> tuple[str, Any]:
        """Return the name and the matrix that is given, and keep the factor.

        The factor is that of the matrix as it was given: no work is repeated for a batch of other parameters.
        """
        matrices = {
            "covariance_matrix": covariance_matrix, "scale_tril": scale_tril, "precision_matrix": precision_matrix
        }  # fmt: skip
        given = [name for name, matrix in matrices.items() if matrix is not None]
        if len(given) != 1:
            raise self._matrix_error(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified, "
                f"got {' and '.join(given) or 'none'}."
            )
        (name,) = given
        matrix = matrices[name]
        if matrix.ndim < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        return name, matrix

    def _factorize(self, name: str, matrix: Any) -> None:
        """Keep the lower Cholesky factor of the covariances that a matrix stands for."""
        makers: dict[str, Any] = {"covariance_matrix": cholesky, "precision_matrix": factor_of_inverse}
        self._factor = makers[name](matrix) if name in makers else matrix

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


def _unit(like: Any) -> Any:
    return eye(like.shape[-1], dtype=like.dtype, device=like.device).expand(like.shape)


def factor_of_inverse(precision: Any) -> Any:
    """Return the lower Cholesky factor of a matrix's inverse.

    Args:
        precision: The matrix, positive definite.
    """
    # Reversed, the factor of P is the upper factor U of P = U U^T, so that the inverse of P is U^-T U^-1.
    upper = cholesky(precision.flip(-2, -1)).flip(-2, -1)
    return solve_triangular(upper.mT, _unit(precision), upper=False)


def half_log_det(factor: Any) -> Any:
    """Return half of the logarithm of the determinant of the matrix with a Cholesky factor.

    Args:
        factor: The factor.
    """
    return factor.diagonal(0, -2, -1).log().sum(-1)

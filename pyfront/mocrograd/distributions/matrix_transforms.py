"""Transforms of unconstrained matrices to those that multivariate distributions take."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions import constraints
from mocrograd.distributions.base_transform import Transform
from mocrograd.nn import functional as F
from mocrograd.ops.compare import where
from mocrograd.ops.creation import arange
from mocrograd.ops.diagonals import diag_embed
from mocrograd.ops.joining import cat
from mocrograd.ops.linalg import cholesky

__all__ = ["CorrCholeskyTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform"]


class LowerCholeskyTransform(Transform):
    """The map of square matrices to lower triangular ones with a positive diagonal: its exponential.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.LowerCholeskyTransform()(mg.zeros(2, 2))
        tensor([[1., 0.],
                [0., 1.]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LowerCholeskyTransform)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + diag_embed(x.diagonal(0, -2, -1).exp())

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + diag_embed(y.diagonal(0, -2, -1).log())


class PositiveDefiniteTransform(Transform):
    """The map of square matrices to positive definite ones, by their Cholesky factor.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.PositiveDefiniteTransform()(mg.tensor([[0.0, 5.0], [2.0, 0.0]]))
        tensor([[1., 2.],
                [2., 5.]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PositiveDefiniteTransform)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(cholesky(y))


class CorrCholeskyTransform(Transform):
    """The map of vectors of n (n - 1) / 2 numbers to the Cholesky factors of n x n correlation matrices.

    The vector fills the part below the diagonal row by row, and z = tanh(x). In a row each element is the share z of
    the length that those before it leave: y_ij = z_ij prod_{k<j} sqrt(1 - z_ik^2), and the diagonal takes the rest.
    Lewandowski, Kurowicka and Joe 2009.

    Example:
        >>> import mocrograd as mg
        >>> factor = mg.distributions.CorrCholeskyTransform()(mg.tensor([0.5, -0.3, 0.2]))
        >>> factor.norm(dim=-1).round(decimals=4)
        tensor([1., 1., 1.])
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CorrCholeskyTransform)

    __hash__ = object.__hash__

    @staticmethod
    def _log_shares(x: Any) -> tuple[Any, Any]:
        """Return, as matrices, x and the logarithms of 1 - tanh(x)^2, with zeros on and above the diagonal."""
        size, length = _size(x.shape), x.shape[-1]
        rows, columns = arange(size, device=x.device).unsqueeze(-1), arange(size, device=x.device)
        index = where(columns < rows, rows * (rows - 1) // 2 + columns, length)  # of a zero, put behind the vector
        logs = 2 * (math.log(2) - x - F.softplus(-2 * x))
        return F.pad(x, (0, 1))[..., index], F.pad(logs, (0, 1))[..., index]

    def _call(self, x: Any) -> Any:
        lower, logs = self._log_shares(x)
        left = (0.5 * (logs.cumsum(-1) - logs)).exp()
        return lower.tanh() * left + diag_embed(left.diagonal(0, -2, -1))

    def _inverse(self, y: Any) -> Any:
        # Rows have length 1: what elements leave is the length of those behind them, without a difference to 1.
        behind = y.square().flip(-1).cumsum(-1).flip(-1).sqrt()
        rows = [y[..., i, :i] / behind[..., i, 1 : i + 1] for i in range(y.shape[-1])]
        return cat(rows, -1).asinh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes."""
        _, logs = self._log_shares(x)
        return (logs + 0.5 * (logs.cumsum(-1) - logs).tril(-1)).sum((-2, -1))

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x.

        Raises:
            ValueError: x has no dimension, or no n makes n (n - 1) / 2 its length.
        """
        size = _size(shape)
        return (*shape[:-1], size, size)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of x for that of y.

        Raises:
            ValueError: y has fewer than two dimensions, or is not square.
        """
        if len(shape) < 2:
            raise ValueError(f"Too few dimensions on input: expected at least 2, got {len(shape)}")
        if shape[-2] != shape[-1]:
            raise ValueError(f"Input is not square: {tuple(shape)}")
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)


def _size(shape: Any) -> int:
    """Return the size of the matrix whose part below the diagonal a vector fills.

    Raises:
        ValueError: There is none.
    """
    if len(shape) < 1:
        raise ValueError("Too few dimensions on input: expected at least 1, got 0")
    size = (1 + math.isqrt(1 + 8 * shape[-1])) // 2
    if size * (size - 1) // 2 != shape[-1]:
        raise ValueError(f"Input is not a flattened lower-diagonal number: n (n - 1) / 2, got {shape[-1]}")
    return size

"""The distribution of Cholesky factors of correlation matrices. Lewandowski, Kurowicka and Joe 2009."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.beta import Beta
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.random import randn

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """The distribution of factors L for which the density of L L^T is proportional to its determinant's power.

    Args:
        dim: The size of the matrices.
        concentration: The power, plus 1: with 1 all correlation matrices are equally probable.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: `dim` is below 2.

    Example:
        >>> import mocrograd as mg
        >>> factor = mg.distributions.LKJCholesky(3, 2.0).sample()
        >>> factor.shape
        mocrograd.Size([3, 3])
        >>> mg.allclose((factor @ factor.mT).diagonal(), mg.ones(3))
        True
    """

    arg_constraints: ClassVar = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(LKJCholesky, batch_shape, _instance)
        new.dim = self.dim
        return new

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws, row by row: a direction, and the share of the row's length below the diagonal."""
        made: dict[str, Any] = {"dtype": self.concentration.dtype, "device": self.concentration.device}
        before = (ops.arange(self.dim, **made) - 1).clamp(min=0)
        # The squared length of a normal vector of i numbers is of i / 2 in Beta's first parameter; torch has i - 1 / 2.
        shares = Beta(0.5 * before + 0.5, self.concentration.unsqueeze(-1) + 0.5 * (self.dim - 2) - 0.5 * before)
        with no_grad():
            share = shares.sample(sample_shape).unsqueeze(-1)
            below: Any = randn(self._extended_shape(sample_shape), **made).tril(-1)
            length = below.norm(dim=-1, keepdim=True)
            rows = share.sqrt() * ops.where(length > 0, below / length, 0.0)
            rest = (1 - rows.square().sum(-1)).clamp(min=ops.finfo(made["dtype"]).tiny)
            return rows + ops.diag_embed(rest.sqrt())

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        rows = self.dim - 1
        diagonal = value.diagonal(0, -2, -1)[..., 1:]
        ordinals = ops.arange(2, self.dim + 1, dtype=self.concentration.dtype, device=self.concentration.device)
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - ordinals
        alpha = self.concentration + 0.5 * rows
        norm = 0.5 * rows * math.log(math.pi) + ops.mvlgamma(alpha - 0.5, rows) - rows * alpha.lgamma()
        return (powers * diagonal.log()).sum(-1) - norm

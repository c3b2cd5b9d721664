"""The logistic-normal distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.normal import Normal
from mocrograd.distributions.transformed_distribution import TransformedDistribution
from mocrograd.distributions.transforms import StickBreakingTransform
from mocrograd.types import Operand

__all__ = ["LogisticNormal"]


class LogisticNormal(TransformedDistribution):
    """A distribution of probabilities that add up to 1: normal numbers determine where a stick is broken.

    Args:
        loc: The means of the normal numbers, one fewer than there are probabilities.
        scale: Their standard deviations.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> shares = mg.distributions.LogisticNormal(mg.zeros(2), mg.ones(2)).sample((4,))
        >>> shares.shape
        mocrograd.Size([4, 3])
    """

    arg_constraints: ClassVar = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, loc: Operand, scale: Operand, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args)
        super().__init__(
            base if base.batch_shape else base.expand((1,)), StickBreakingTransform(), validate_args=validate_args
        )

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return super().expand(batch_shape, self._get_checked_instance(LogisticNormal, _instance))

    @property
    def loc(self) -> Any:
        """The means of the normal numbers."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Any:
        """The standard deviations of the normal numbers."""
        return self.base_dist.base_dist.scale

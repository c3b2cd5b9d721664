"""The chi-squared distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.gamma import Gamma
from mocrograd.types import Operand

__all__ = ["Chi2"]


class Chi2(Gamma):
    """The chi-squared distribution: of the sum of squares of standard normal numbers.

    Args:
        df: The degrees of freedom, how many numbers are added up.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.Chi2(mg.tensor(4.0))
        >>> p.mean, p.variance
        (tensor(4.), tensor(8.))
    """

    arg_constraints: ClassVar = {"df": constraints.positive}

    def __init__(self, df: Operand, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(Chi2, batch_shape, _instance)
        new.concentration = self.concentration.expand(*new._batch_shape)
        new.rate = self.rate.expand(*new._batch_shape)
        return new

    @property
    def df(self) -> Any:
        """The degrees of freedom."""
        return self.concentration * 2

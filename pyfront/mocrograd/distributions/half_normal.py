"""The distribution of absolute values of normally distributed numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions.half import Half
from mocrograd.distributions.normal import Normal

__all__ = ["HalfNormal"]


class HalfNormal(Half):
    """The distribution of |x|, where x is normally distributed around 0.

    Args:
        scale: The standard deviation of x.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.HalfNormal(mg.tensor(2.0)).mean
        tensor(1.5958)
    """

    base_kind: ClassVar[Any] = Normal

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(HalfNormal, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.scale.square() * (1 - 2 / math.pi)

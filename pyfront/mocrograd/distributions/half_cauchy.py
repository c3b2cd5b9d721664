"""The distribution of absolute values of Cauchy-distributed numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions.cauchy import Cauchy
from mocrograd.distributions.half import Half
from mocrograd.ops.creation import full

__all__ = ["HalfCauchy"]


class HalfCauchy(Half):
    """The distribution of |x|, where x follows the Cauchy distribution around 0.

    Args:
        scale: The scale of x.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.HalfCauchy(mg.tensor(1.0)).cdf(mg.tensor(1.0))
        tensor(0.5000)
    """

    base_kind: ClassVar[Any] = Cauchy

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(HalfCauchy, batch_shape, _instance)

    @property
    def mean(self) -> Any:
        """Infinity."""
        return full(self._batch_shape, math.inf, dtype=self.scale.dtype, device=self.scale.device)

    @property
    def variance(self) -> Any:
        """Infinity."""
        return self.base_dist.variance

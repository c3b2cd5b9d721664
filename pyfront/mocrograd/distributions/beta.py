"""The beta distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.dirichlet import Dirichlet
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.gamma import log_beta
from mocrograd.distributions.utils import broadcast_all, is_number
from mocrograd.ops.joining import stack
from mocrograd.types import Operand

__all__ = ["Beta"]


class Beta(ExponentialFamily):
    """The beta distribution, of one probability.

    Args:
        concentration1: The weight of 1.
        concentration0: The weight of 0.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> share = mg.distributions.Beta(2.0, 3.0)
        >>> share.mean, share.log_prob(mg.tensor(0.5)).exp()
        (tensor(0.4000), tensor(1.5000))
    """

    arg_constraints: ClassVar = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration1: Operand, concentration0: Operand, validate_args: bool | None = None) -> None:
        if is_number(concentration1) and is_number(concentration0):
            concentration1, concentration0 = float(concentration1), float(concentration0)  # type: ignore[arg-type]
        self._dirichlet = Dirichlet(stack(broadcast_all(concentration1, concentration0), -1), validate_args=False)
        super().__init__(self._dirichlet.batch_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(Beta, batch_shape, _instance)
        new._dirichlet = self._dirichlet.expand(new._batch_shape)
        return new

    @property
    def _natural_params(self) -> Any:
        return self.concentration1 - 1, self.concentration0 - 1

    def _log_normalizer(self, *natural_params: Any) -> Any:
        return log_beta(*(power + 1 for power in natural_params))

    @property
    def concentration1(self) -> Any:
        """The weight of 1."""
        return self._dirichlet.concentration[..., 0]

    @property
    def concentration0(self) -> Any:
        """The weight of 0."""
        return self._dirichlet.concentration[..., 1]

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return self._dirichlet.mode[..., 0]

    @property
    def variance(self) -> Any:
        """The variance."""
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total.square() * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        return self._dirichlet.rsample(sample_shape)[..., 0]

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        return self._dirichlet.log_prob(stack((value, 1 - value), -1))

    def entropy(self) -> Any:
        """Return the entropy."""
        return self._dirichlet.entropy()

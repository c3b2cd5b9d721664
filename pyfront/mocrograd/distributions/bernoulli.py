"""The Bernoulli distribution: 1 with a probability, else 0."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.utils import Binary, broadcast_all
from mocrograd.nn import functional as F
from mocrograd.ops.creation import arange
from mocrograd.ops.random import rand
from mocrograd.types import Operand

__all__ = ["Bernoulli"]


class Bernoulli(Binary, ExponentialFamily):
    """The Bernoulli distribution: 1 with a probability, else 0.

    Args:
        probs: The probability of 1.
        logits: The logarithm of its odds, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both parameters are given, or none.

    Example:
        >>> import mocrograd as mg
        >>> coin = mg.distributions.Bernoulli(probs=mg.tensor([0.25, 0.5]))
        >>> coin.log_prob(mg.tensor([0.0, 1.0])).exp()
        tensor([0.7500, 0.5000])
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Operand | None = None, logits: Operand | None = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(self._set_probs_or_logits(probs, logits).shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(Bernoulli, batch_shape, _instance)
        new._param = self._param.expand(*new._batch_shape)
        return new

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, *natural_params: Any) -> Any:
        return F.softplus(natural_params[0])

    @property
    def mean(self) -> Any:
        """The mean, which is the probability."""
        return self.probs

    @property
    def mode(self) -> Any:
        """The more probable value, nan where both are equally probable."""
        return (self.probs >= 0.5).to(self.probs).masked_fill(self.probs == 0.5, math.nan)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        shape = self._extended_shape(sample_shape)
        with no_grad():
            uniform: Any = rand(shape, dtype=self._param.dtype, device=self._param.device)
            return (uniform < self.probs).to(self.probs)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the probability of values."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value.type_as(logits), reduction="none")

    def entropy(self) -> Any:
        """Return the entropy."""
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        """Return 0 and 1 along a new first dimension."""
        values: Any = arange(2, dtype=self._param.dtype, device=self._param.device)
        values = values.view(-1, *[1] * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values

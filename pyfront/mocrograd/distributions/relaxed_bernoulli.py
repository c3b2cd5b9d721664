"""A continuous relaxation of the Bernoulli distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.relaxed import Relaxed
from mocrograd.distributions.transforms import SigmoidTransform
from mocrograd.distributions.utils import Binary, broadcast_all, clamp_probs, open_uniform
from mocrograd.nn import functional as F
from mocrograd.types import Operand

__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]


class LogitRelaxedBernoulli(Binary, Distribution):
    """The distribution of the log-odds of a relaxed Bernoulli variable.

    Args:
        temperature: How far draws are from 0 and 1: less is nearer.
        probs: The probability of 1.
        logits: The logarithm of its odds, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both of `probs` and `logits` are given, or none.
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        temperature: Operand,
        probs: Operand | None = None,
        logits: Operand | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        super().__init__(self._set_probs_or_logits(probs, logits).shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(LogitRelaxedBernoulli, batch_shape, _instance)
        new._param = self._param.expand(*new._batch_shape)
        new.temperature = self.temperature
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        probs = clamp_probs(self.probs)
        uniform = open_uniform(self._extended_shape(sample_shape), probs)
        odds = uniform.log() - (-uniform).log1p() + probs.log() - (-probs).log1p()
        return odds / self.temperature

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        (temperature,) = broadcast_all(self.temperature)
        difference = logits - value * temperature
        return temperature.log() + difference - 2 * F.softplus(difference)


class RelaxedBernoulli(Relaxed):
    """A distribution of numbers between 0 and 1 that nears Bernoulli's as the temperature falls.

    Args:
        temperature: How far draws are from 0 and 1: less is nearer.
        probs: The probability of 1.
        logits: The logarithm of its odds, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both of `probs` and `logits` are given, or none.

    Example:
        >>> import mocrograd as mg
        >>> logits = mg.zeros(3, requires_grad=True)
        >>> mg.distributions.RelaxedBernoulli(mg.tensor(0.5), logits=logits).rsample().requires_grad
        True
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval

    def __init__(
        self,
        temperature: Operand,
        probs: Operand | None = None,
        logits: Operand | None = None,
        validate_args: bool | None = None,
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits, validate_args)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return super().expand(batch_shape, self._get_checked_instance(RelaxedBernoulli, _instance))

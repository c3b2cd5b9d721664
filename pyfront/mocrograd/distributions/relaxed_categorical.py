"""A continuous relaxation of the categorical distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.relaxed import Relaxed
from mocrograd.distributions.transforms import ExpTransform
from mocrograd.distributions.utils import broadcast_all, open_uniform
from mocrograd.types import Operand

__all__ = ["ExpRelaxedCategorical", "RelaxedOneHotCategorical"]


class ExpRelaxedCategorical(Distribution):
    """The distribution of the logarithms of a relaxed categorical variable.

    Args:
        temperature: How far draws are from the corners: less is nearer.
        probs: The weights of the categories along the last dimension; they are made to add up to 1.
        logits: Their logarithms, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both of `probs` and `logits` are given, or none, or they have no dimension.
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        temperature: Operand,
        probs: Operand | None = None,
        logits: Operand | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits, validate_args)
        self.temperature = temperature
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(ExpRelaxedCategorical, batch_shape, _instance)
        new._categorical = self._categorical.expand(batch_shape)
        new.temperature = self.temperature
        return new

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def probs(self) -> Any:
        """The probabilities."""
        return self._categorical.probs

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._categorical.param_shape

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        uniform = open_uniform(self._extended_shape(sample_shape), self.logits)
        scores = (self.logits - (-uniform.log()).log()) / self.temperature
        return scores.log_softmax(-1)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        (temperature,) = broadcast_all(self.temperature)
        count = self._event_shape[0]
        scores = (logits - value * temperature).log_softmax(-1)
        return scores.sum(-1) + (math.lgamma(count) + (count - 1) * temperature.log())


class RelaxedOneHotCategorical(Relaxed):
    """A distribution of probabilities that nears that of one-hot vectors as the temperature falls.

    Args:
        temperature: How far draws are from the corners: less is nearer.
        probs: The weights of the categories along the last dimension; they are made to add up to 1.
        logits: Their logarithms, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both of `probs` and `logits` are given, or none, or they have no dimension.

    Example:
        >>> import mocrograd as mg
        >>> logits = mg.zeros(3, requires_grad=True)
        >>> drawn = mg.distributions.RelaxedOneHotCategorical(mg.tensor(0.5), logits=logits).rsample()
        >>> drawn.shape, drawn.requires_grad
        (mocrograd.Size([3]), True)
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex

    def __init__(
        self,
        temperature: Operand,
        probs: Operand | None = None,
        logits: Operand | None = None,
        validate_args: bool | None = None,
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return super().expand(batch_shape, self._get_checked_instance(RelaxedOneHotCategorical, _instance))

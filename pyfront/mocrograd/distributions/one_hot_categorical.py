"""The categorical distribution of one-hot vectors."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.distribution import Distribution
from mocrograd.nn import functional as F
from mocrograd.ops.creation import eye
from mocrograd.types import Operand

__all__ = ["OneHotCategorical", "OneHotCategoricalStraightThrough"]


class OneHotCategorical(Distribution):
    """The distribution of one of several categories, as a vector that is 1 at its number, else 0.

    Args:
        probs: The weights of the categories along the last dimension; they are made to add up to 1.
        logits: Their logarithms, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both parameters are given, or none, or the parameter has no dimension.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.OneHotCategorical(probs=mg.tensor([0.2, 0.8]))
        >>> p.log_prob(mg.eye(2)).exp()
        tensor([0.2000, 0.8000])
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(
        self, probs: Operand | None = None, logits: Operand | None = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits, validate_args)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(OneHotCategorical, batch_shape, _instance)
        new._categorical = self._categorical.expand(batch_shape)
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

    @property
    def mean(self) -> Any:
        """The mean, which are the probabilities."""
        return self.probs

    @property
    def mode(self) -> Any:
        """The most probable category."""
        return F.one_hot(self._categorical.mode, self._event_shape[0]).to(self.probs)

    @property
    def variance(self) -> Any:
        """The variance of each element."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        return F.one_hot(self._categorical.sample(sample_shape), self._event_shape[0]).to(self.probs.detach())

    def log_prob(self, value: Any) -> Any:
        """Return the logarithms of the probabilities of categories."""
        if self._validate_args:
            self._validate_sample(value)
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Any:
        """Return the entropy."""
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Any:
        """Return all vectors along a new first dimension."""
        count = self._event_shape[0]
        values: Any = eye(count, dtype=self.probs.dtype, device=self.probs.device)
        values = values.view(count, *[1] * len(self._batch_shape), count)
        return values.expand(count, *self._batch_shape, count) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """The same, with draws whose gradient is that of the probabilities.

    Example:
        >>> import mocrograd as mg
        >>> probs = mg.tensor([0.2, 0.8], requires_grad=True)
        >>> drawn = mg.distributions.OneHotCategoricalStraightThrough(probs=probs).rsample()
        >>> drawn.sum().item(), drawn.requires_grad
        (1.0, True)
    """

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws with the gradient of the probabilities."""
        return self.sample(sample_shape) + (self.probs - self.probs.detach())

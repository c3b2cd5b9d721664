"""The multinomial distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.binomial import Binomial
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.creation import ones_like, zeros
from mocrograd.types import Operand

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """The multinomial distribution: how often each category comes up in several draws.

    Args:
        total_count: How many draws.
        probs: The weights of the categories along the last dimension; they are made to add up to 1.
        logits: Their logarithms, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both of `probs` and `logits` are given, or none, or they have no dimension.
        NotImplementedError: The count is no integer.

    Example:
        >>> import mocrograd as mg
        >>> counts = mg.distributions.Multinomial(3, probs=mg.tensor([0.5, 0.5]))
        >>> counts.log_prob(mg.tensor([[3.0, 0.0], [1.0, 2.0]])).exp()
        tensor([0.1250, 0.3750])
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(
        self,
        total_count: int = 1,
        probs: Operand | None = None,
        logits: Operand | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError(
                f"inhomogeneous total_count is not supported: expected int, got {type(total_count).__name__}"
            )
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(Multinomial, batch_shape, _instance)
        new.total_count = self.total_count
        new._categorical = self._categorical.expand(batch_shape)
        return new

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Counts that add up to the total."""
        return constraints.multinomial(self.total_count)

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
        """The mean of each count."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        """The variance of each count."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        with no_grad():
            drawn = self._categorical.sample((self.total_count, *sample_shape)).movedim(0, -1)
            counts: Any = zeros(self._extended_shape(sample_shape), dtype=drawn.dtype, device=drawn.device)
            return counts.scatter_add_(-1, drawn, ones_like(drawn)).type_as(self.probs)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the probability of counts."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        logits = logits.masked_fill((value == 0) & (logits == -math.inf), 0)  # impossible, and did not come up
        return (value.sum(-1) + 1).lgamma() + (logits * value - (value + 1).lgamma()).sum(-1)

    def entropy(self) -> Any:
        """Return the entropy."""
        one = Binomial(self.total_count, probs=self.probs, validate_args=False)
        counts = one.enumerate_support(expand=False)[1:]
        ways = (one.log_prob(counts).exp() * (counts + 1).lgamma()).sum((0, -1))
        return self.total_count * self._categorical.entropy() - math.lgamma(self.total_count + 1) + ways

"""The negative binomial distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.gamma import Gamma
from mocrograd.distributions.utils import Binary, broadcast_all, one_of
from mocrograd.nn import functional as F
from mocrograd.ops.random import poisson
from mocrograd.types import Operand

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Binary, Distribution):
    """The negative binomial distribution: how many tries succeed before a number of them have failed.

    Args:
        total_count: How many fail, which need not be whole.
        probs: The probability of success, below 1.
        logits: The logarithm of its odds, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both of `probs` and `logits` are given, or none.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.NegativeBinomial(2.0, probs=mg.tensor(0.5)).mean
        tensor(2.)
    """

    arg_constraints: ClassVar = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Operand,
        probs: Operand | None = None,
        logits: Operand | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, given = one_of(probs, logits)
        count, self._param = broadcast_all(total_count, given)
        self.total_count = count.type_as(self._param)
        setattr(self, name, self._param)
        super().__init__(self._param.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(NegativeBinomial, batch_shape, _instance)
        new._param = self._param.expand(*new._batch_shape)
        return new

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        with no_grad():  # of Poisson's distribution with a mean that follows the gamma distribution
            means = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(means.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the probability of values."""
        if self._validate_args:
            self._validate_sample(value)
        count = self.total_count
        powers = count * F.logsigmoid(-self.logits) + value * F.logsigmoid(self.logits)
        ways: Any = (count + value).lgamma() - (1 + value).lgamma() - count.lgamma()
        return powers + ways.masked_fill(count + value == 0, 0)

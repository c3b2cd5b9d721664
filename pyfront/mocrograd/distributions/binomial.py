"""The binomial distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import Binary, broadcast_all, one_of
from mocrograd.nn import functional as F
from mocrograd.ops.creation import arange
from mocrograd.ops.random import binomial
from mocrograd.types import Operand

__all__ = ["Binomial"]


class Binomial(Binary, Distribution):
    """The binomial distribution: how many of several tries succeed.

    Args:
        total_count: How many tries.
        probs: The probability of success.
        logits: The logarithm of its odds, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both parameters are given, or none.

    Example:
        >>> import mocrograd as mg
        >>> heads = mg.distributions.Binomial(3, probs=mg.tensor(0.5))
        >>> heads.log_prob(mg.arange(4.0)).exp()
        tensor([0.1250, 0.3750, 0.3750, 0.1250])
    """

    arg_constraints: ClassVar = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Operand = 1,
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
        new = self._expanded(Binomial, batch_shape, _instance)
        new._param = self._param.expand(*new._batch_shape)
        return new

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """The whole numbers up to the count."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return ((self.total_count + 1) * self.probs).floor().minimum(self.total_count)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the probability of values."""
        if self._validate_args:
            self._validate_sample(value)
        count = self.total_count
        ways = (count + 1).lgamma() - (value + 1).lgamma() - (count - value + 1).lgamma()
        return ways + value * self.logits - count * F.softplus(self.logits)

    def _one_count(self, name: str) -> int:
        count = int(self.total_count.max())
        if self.total_count.min() != count:
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{name}`.")
        return count

    def entropy(self) -> Any:
        """Return the entropy.

        Raises:
            NotImplementedError: The counts differ.
        """
        self._one_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        """Return all values along a new first dimension.

        Raises:
            NotImplementedError: The counts differ.
        """
        values: Any = arange(
            1 + self._one_count("enumerate_support"), dtype=self._param.dtype, device=self._param.device
        )
        values = values.view(-1, *[1] * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values

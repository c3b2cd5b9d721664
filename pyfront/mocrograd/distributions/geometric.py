"""The geometric distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import Binary, broadcast_all, open_uniform
from mocrograd.nn import functional as F
from mocrograd.types import Operand

__all__ = ["Geometric"]


class Geometric(Binary, Distribution):
    """The geometric distribution: how many tries fail before the first success.

    Args:
        probs: The probability of success, above 0.
        logits: The logarithm of its odds, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both parameters are given, or none.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.Geometric(probs=mg.tensor(0.5)).log_prob(mg.tensor([0.0, 1.0, 2.0])).exp()
        tensor([0.5000, 0.2500, 0.1250])
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Operand | None = None, logits: Operand | None = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(self._set_probs_or_logits(probs, logits).shape, validate_args=validate_args)
        if self._validate_args and probs is not None and not (self.probs > 0).all():
            raise ValueError(
                f"Expected parameter probs (Tensor of shape {tuple(self.probs.shape)}) of distribution {self!r} to be "
                f"positive but found invalid values:\n{self.probs[self.probs <= 0]}"
            )

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(Geometric, batch_shape, _instance)
        new._param = self._param.expand(*new._batch_shape)
        return new

    @property
    def mean(self) -> Any:
        """The mean."""
        return 1 / self.probs - 1

    @property
    def mode(self) -> Any:
        """The most probable value, 0."""
        return self.probs * 0

    @property
    def variance(self) -> Any:
        """The variance."""
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        with no_grad():
            uniform = open_uniform(self._extended_shape(sample_shape), self.probs)
            return (uniform.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the probability of values."""
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        failing = probs.masked_fill((probs == 1) & (value == 0), 0)  # no failure, though they are impossible
        return value * (-failing).log1p() + self.probs.log()

    def entropy(self) -> Any:
        """Return the entropy."""
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs

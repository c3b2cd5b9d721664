"""The continuous Bernoulli distribution: of numbers between 0 and 1. Loaiza-Ganem and Cunningham 2019."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.utils import Binary, broadcast_all, clamp_probs, lazy_property, logits_to_probs
from mocrograd.nn import functional as F
from mocrograd.ops import where
from mocrograd.ops.random import rand
from mocrograd.types import Operand

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Binary, ExponentialFamily):
    """The distribution of x in [0, 1] whose density is proportional to p^x (1 - p)^(1 - x).

    Args:
        probs: The parameter p, which is no probability.
        logits: The logarithm of p / (1 - p), instead of `probs`.
        lims: Between these values of p, near 1/2, polynomials stand for quotients of small numbers.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both parameters are given, or none.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.ContinuousBernoulli(probs=mg.tensor([0.1, 0.5]))
        >>> p.mean
        tensor([0.3301, 0.5000])
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Operand | None = None,
        logits: Operand | None = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._lims = lims
        super().__init__(self._set_probs_or_logits(probs, logits).shape, validate_args=validate_args)
        if probs is not None:
            self._param = self.probs = clamp_probs(self._param)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(ContinuousBernoulli, batch_shape, _instance)
        new._lims, new._param = self._lims, self._param.expand(*new._batch_shape)
        return new

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, *natural_params: Any) -> Any:
        (x,) = natural_params
        size, square = x.abs().clamp(min=1e-2), x.square()
        far = 0.5 * size + (-(-size).exp()).log1p() - size.log()
        return 0.5 * x + where(x.abs() < 1e-2, square * (1 / 24 - square / 2880), far)

    @lazy_property
    def probs(self) -> Any:
        """The parameter p, kept away from 0 and 1."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _by_parts(self, far: Callable[[Any, Any], Any], near: Any) -> Any:
        """Return far(p, log(1 - p) - log(p)) where p is not near 1/2, else `near`."""
        low, high = self._lims
        is_far = (self.probs <= low) | (self.probs > high)
        p = where(is_far, self.probs, low)  # so that gradients of what is not chosen are finite
        return where(is_far, far(p, (-p).log1p() - p.log()), near)

    def _log_norm(self) -> Any:
        """Return the logarithm of the factor that makes the density's integral 1."""
        square = (self.probs - 0.5).square()
        near = math.log(2) + square * (4 / 3 + square * (104 / 45))
        return self._by_parts(lambda p, odds: (odds / (1 - 2 * p)).log(), near)

    @property
    def mean(self) -> Any:
        """The mean."""
        off = self.probs - 0.5
        near = 0.5 + off * (1 / 3 + off.square() * (16 / 45))
        return self._by_parts(lambda p, odds: p / (2 * p - 1) + 1 / odds, near)

    @property
    def variance(self) -> Any:
        """The variance."""
        square = (self.probs - 0.5).square()
        near = 1 / 12 - square * (1 / 15 - square * (128 / 945))
        return self._by_parts(lambda p, odds: p * (p - 1) / (1 - 2 * p).square() + 1 / odds.square(), near)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameter."""
        shape = self._extended_shape(sample_shape)
        uniform: Any = rand(shape, dtype=self.probs.dtype, device=self.probs.device)
        return self.icdf(uniform)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        with no_grad():
            return self.rsample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return self._log_norm() - F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        share = self._by_parts(lambda p, _: (p**value * (1 - p) ** (1 - value) + p - 1) / (2 * p - 1), value)
        return where(value <= 0, 0.0, where(value >= 1, 1.0, share))

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return self._by_parts(lambda p, odds: ((-p).log1p() - (value * (2 * p - 1) - p).log1p()) / odds, value)

    def entropy(self) -> Any:
        """Return the entropy."""
        rest = (-self.probs).log1p()
        return self.mean * (rest - self.probs.log()) - self._log_norm() - rest

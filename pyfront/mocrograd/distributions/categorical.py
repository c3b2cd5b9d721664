"""The categorical distribution of class indices."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from mocrograd import dtypes
from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import lazy_property, logits_to_probs, one_of, probs_to_logits
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.creation import arange, full
from mocrograd.ops.properties import finfo
from mocrograd.ops.random import rand
from mocrograd.ops.sorting import searchsorted
from mocrograd.types import Operand

__all__ = ["Categorical"]


class Categorical(Distribution):
    """The distribution of one of several categories, which are numbered from 0.

    Args:
        probs: The weights of the categories along the last dimension; they are made to add up to 1.
        logits: Their logarithms, instead of `probs`.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: Both parameters are given, or none, or the parameter has no dimension.

    Example:
        >>> import mocrograd as mg
        >>> policy = mg.distributions.Categorical(logits=mg.zeros(2, 4))
        >>> action = policy.sample()
        >>> policy.log_prob(action)
        tensor([-1.3863, -1.3863])
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self, probs: Operand | None = None, logits: Operand | None = None, validate_args: bool | None = None
    ) -> None:
        name, given = one_of(probs, logits)
        if given.ndim < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if probs is not None:
            self._param = self.probs = given / given.sum(-1, keepdim=True)
        else:
            self._param = self.logits = given.log_softmax(-1)
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(Categorical, batch_shape, _instance)
        new._num_events = self._num_events
        new._param = self._param.expand(*new._batch_shape, self._num_events)
        return new

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """The numbers of the categories."""
        return constraints.integer_interval(0, self._num_events - 1)

    @lazy_property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape

    @property
    def mean(self) -> Any:
        """Nan: categories have no mean."""
        return full(self._batch_shape, math.nan, dtype=self.probs.dtype, device=self.probs.device)

    @property
    def mode(self) -> Any:
        """The most probable category."""
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Any:
        """Nan: categories have no variance."""
        return self.mean

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws, of int64."""
        shape = self._extended_shape(sample_shape)
        with no_grad():
            # A uniform number falls into the stretch of one category; it stays below the end of the last one.
            ends = self.probs.reshape(-1, self._num_events).cumsum(-1)
            draws = math.prod(sample_shape)
            uniform: Any = rand(ends.shape[0], draws, dtype=ends.dtype, device=ends.device)
            found: Any = searchsorted(ends, uniform * ends[:, -1:], right=True)
            return found.t().reshape(shape)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithms of the probabilities of categories."""
        if self._validate_args:
            self._validate_sample(value)
        value, logits = value.long(), self.logits
        if value.shape != self._batch_shape:
            shape = broadcast_shapes(value.shape, self._batch_shape)
            value, logits = value.expand(shape), logits.expand(*shape, self._num_events)
        return logits.gather(-1, value.unsqueeze(-1)).reshape(value.shape)

    def entropy(self) -> Any:
        """Return the entropy."""
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        """Return the numbers of the categories along a new first dimension."""
        values: Any = arange(self._num_events, dtype=dtypes.int64, device=self._param.device)
        values = values.view(-1, *[1] * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values

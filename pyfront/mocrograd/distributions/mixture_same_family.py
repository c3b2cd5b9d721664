"""Mixtures of distributions of one kind."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.distribution import Distribution

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """A mixture: one of several distributions is chosen, and draws.

    Args:
        mixture_distribution: A Categorical that chooses.
        component_distribution: The distributions to choose from, along the last dimension of the batch.
        validate_args: Whether values are checked.

    Raises:
        ValueError: The first is no Categorical, the second no distribution, or their shapes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.distributions import Categorical, MixtureSameFamily, Normal
        >>> two = MixtureSameFamily(Categorical(mg.ones(2)), Normal(mg.tensor([-3.0, 3.0]), mg.ones(2)))
        >>> two.mean, two.variance
        (tensor(0.), tensor(10.))
    """

    arg_constraints: ClassVar = {}

    def __init__(
        self, mixture_distribution: Any, component_distribution: Any, validate_args: bool | None = None
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(f"The Mixture distribution needs to be a Categorical, got {mixture_distribution!r}")
        if not isinstance(component_distribution, Distribution):
            raise ValueError(f"The Component distribution needs to be a Distribution, got {component_distribution!r}")
        chosen, batch = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        if any(i != 1 and j != 1 and i != j for i, j in zip(reversed(chosen), reversed(batch))):
            raise ValueError(
                f"`mixture_distribution.batch_shape` ({tuple(chosen)}) is not compatible with "
                f"`component_distribution.batch_shape`({tuple(batch)})"
            )
        count = mixture_distribution.param_shape[-1]
        if component_distribution.batch_shape[-1:] != (count,):
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not equal `component_distribution.batch_shape[-1]` "
                f"({component_distribution.batch_shape[-1:]})"
            )
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        super().__init__(batch, component_distribution.event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(MixtureSameFamily, batch_shape, _instance)
        count = self._component_distribution.batch_shape[-1]
        new._component_distribution = self._component_distribution.expand((*batch_shape, count))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        """The region that one of the components may reach."""
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Any:
        """The distribution that chooses."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The distributions to choose from."""
        return self._component_distribution

    def _of_components(self, value: Any) -> Any:
        """Return a value with a dimension for the components."""
        return value.unsqueeze(-1 - len(self._event_shape))

    def _weighted(self, values: Any) -> Any:
        """Return the mean of the components' values."""
        events = len(self._event_shape)
        probs = self._mixture_distribution.probs
        return (probs.reshape(*probs.shape, *[1] * events) * values).sum(-1 - events)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self._weighted(self._component_distribution.mean)

    @property
    def variance(self) -> Any:
        """The variance: the mean of the components', and that of their means."""
        parts = self._component_distribution
        return self._weighted(parts.variance + (parts.mean - self._of_components(self.mean)).square())

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws."""
        events = [1] * len(self._event_shape)
        with no_grad():
            drawn = self._component_distribution.sample(sample_shape)
            chosen = self._mixture_distribution.expand(self._batch_shape).sample(sample_shape)
            shape = (*chosen.shape, 1, *self._event_shape)
            dim = len(chosen.shape)
            return drawn.gather(dim, chosen.reshape(*chosen.shape, 1, *events).expand(shape)).squeeze(dim)

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density, or of the probability, of values."""
        if self._validate_args:
            self._validate_sample(value)
        densities = self._component_distribution.log_prob(self._of_components(value))
        return (densities + self._mixture_distribution.logits.log_softmax(-1)).logsumexp(-1)

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        shares = self._component_distribution.cdf(self._of_components(value))
        return (shares * self._mixture_distribution.probs).sum(-1)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution},\n  {self._component_distribution})"

"""The Dirichlet distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.distributions import constraints
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.gamma import check_floating, standard_gamma
from mocrograd.nn import functional as F
from mocrograd.ops.compare import where
from mocrograd.ops.properties import finfo
from mocrograd.tensor import Tensor

__all__ = ["Dirichlet"]


class Dirichlet(ExponentialFamily):
    """The Dirichlet distribution, of probabilities that add up to 1.

    Args:
        concentration: Along the last dimension, the weight of each probability.
        validate_args: Whether parameters and values are checked.

    Raises:
        ValueError: The concentration has no dimension.

    Example:
        >>> import mocrograd as mg
        >>> weights = mg.distributions.Dirichlet(mg.tensor([1.0, 2.0, 5.0]))
        >>> weights.mean
        tensor([0.1250, 0.2500, 0.6250])
        >>> weights.rsample((4,)).sum(-1).shape
        mocrograd.Size([4])
    """

    arg_constraints: ClassVar = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Dirichlet, batch_shape, _instance)

    @property
    def _natural_params(self) -> Any:
        return (self.concentration - 1,)

    def _log_normalizer(self, *natural_params: Any) -> Any:
        weights = natural_params[0] + 1
        return weights.lgamma().sum(-1) - weights.sum(-1).lgamma()

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def mode(self) -> Any:
        """The most probable value: where no weight is above 1, all of the probability at the greatest."""
        above = (self.concentration - 1).clamp(min=0)
        mode: Any = above / above.sum(-1, keepdim=True)
        corner = F.one_hot(mode.argmax(-1), mode.shape[-1]).to(mode)
        return where((self.concentration < 1).all(-1, keepdim=True), corner, mode)

    @property
    def variance(self) -> Any:
        """The variance of each probability."""
        total = self.concentration.sum(-1, keepdim=True)
        return self.concentration * (total - self.concentration) / (total.square() * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        return normalised_gammas(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        a = self.concentration
        return (a - 1).xlogy(value).sum(-1) + a.sum(-1).lgamma() - a.lgamma().sum(-1)

    def entropy(self) -> Any:
        """Return the entropy."""
        a, total = self.concentration, self.concentration.sum(-1)
        spread = (a.lgamma() - (a - 1) * a.digamma()).sum(-1)
        return spread - total.lgamma() - (a.shape[-1] - total) * total.digamma()


def normalised_gammas(concentration: Any) -> Any:
    """Return draws of gamma distributions divided by their sum, which follow the Dirichlet distribution."""
    check_floating(concentration)
    drawn = standard_gamma(concentration.double())  # few of small concentrations are above 1e-38
    shares = (drawn / drawn.sum(-1, keepdim=True)).to(concentration.dtype)
    return shares.clamp(min=finfo(shares.dtype).tiny)

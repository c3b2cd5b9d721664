"""Distributions of the exponential family, whose entropies and divergences follow from one function. Nielsen 2010."""

from __future__ import annotations

from typing import Any

from mocrograd.autograd import enable_grad, grad, is_grad_enabled
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.utils import sum_rightmost

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Base class of distributions with densities exp(<t(x), n> - F(n) + k(x)) of natural parameters n.

    A subclass gives `_natural_params`, a tuple of tensors, `_log_normalizer(*params)`, which is F, and
    `_mean_carrier_measure`, the mean of k(x). It has `entropy` then, and `kl_divergence` of two of its own kind.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.distributions import ExponentialFamily, Exponential, constraints
        >>> class Waiting(ExponentialFamily):
        ...     arg_constraints = {"rate": constraints.positive}
        ...     _mean_carrier_measure = 0
        ...     def __init__(self, rate):
        ...         self.rate = rate
        ...         super().__init__(rate.shape)
        ...     @property
        ...     def _natural_params(self):
        ...         return (-self.rate,)
        ...     def _log_normalizer(self, n):
        ...         return -(-n).log()
        >>> Waiting(mg.tensor(2.0)).entropy(), Exponential(2.0).entropy()
        (tensor(0.3069), tensor(0.3069))
    """

    @property
    def _natural_params(self) -> Any:
        """The natural parameters, a tuple of tensors."""
        raise NotImplementedError(f"{type(self).__name__} does not define _natural_params")

    def _log_normalizer(self, *natural_params: Any) -> Any:
        """Return F of natural parameters, for each distribution of the batch."""
        raise NotImplementedError(f"{type(self).__name__} does not define _log_normalizer")

    @property
    def _mean_carrier_measure(self) -> Any:
        """The mean of k(x)."""
        raise NotImplementedError(f"{type(self).__name__} does not define _mean_carrier_measure")

    def entropy(self) -> Any:
        """Return the entropy of each distribution of the batch: F(n) - <n, F'(n)>, without the mean of k(x)."""
        params, normalizer, slopes = normalized(self)
        return normalizer - inner(self, params, slopes) - self._mean_carrier_measure


def normalized(p: Any) -> tuple[Any, Any, Any]:
    """Return the natural parameters n of a distribution, F(n) and its derivatives, the means of t(x)."""
    wanted = is_grad_enabled()
    with enable_grad():
        params = tuple(n if n.requires_grad else n.detach().requires_grad_() for n in p._natural_params)
        normalizer = p._log_normalizer(*params)
        slopes = grad(normalizer.sum(), params, create_graph=True)
    if wanted and any(n.requires_grad for n in p._natural_params):
        return params, normalizer, slopes
    return tuple(n.detach() for n in params), normalizer.detach(), tuple(slope.detach() for slope in slopes)


def inner(p: Any, params: Any, slopes: Any) -> Any:
    """Return the sum of the products of parameters and the means of t(x), for each distribution of the batch."""
    batch = len(p.batch_shape)
    terms = [sum_rightmost(n * slope, slope.ndim - batch) for n, slope in zip(params, slopes, strict=True)]
    return sum(terms[1:], terms[0])

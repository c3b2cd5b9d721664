"""Kullback-Leibler divergences of distributions of different kinds: means of log p - log q over p, in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

from mocrograd.distributions.bernoulli import Bernoulli
from mocrograd.distributions.beta import Beta
from mocrograd.distributions.binomial import Binomial
from mocrograd.distributions.continuous_bernoulli import ContinuousBernoulli
from mocrograd.distributions.exp_family import ExponentialFamily, inner, normalized
from mocrograd.distributions.exponential import Exponential
from mocrograd.distributions.gamma import Gamma, log_beta
from mocrograd.distributions.gumbel import EULER, Gumbel
from mocrograd.distributions.kl import register_kl
from mocrograd.distributions.laplace import Laplace
from mocrograd.distributions.normal import HALF_LOG_2PI, Normal
from mocrograd.distributions.pareto import Pareto
from mocrograd.distributions.poisson import Poisson
from mocrograd.distributions.uniform import Uniform
from mocrograd.ops.creation import full_like
from mocrograd.ops.transcendental import xlogy


def _for_each(kinds: tuple[type, ...], *others: type) -> Callable[[Any], Any]:
    """Return a decorator that registers a function for each pair of kinds."""

    def decorate(function: Any) -> Any:
        for pair in product(kinds, others):
            register_kl(*pair)(function)
        return function

    return decorate


# ------------------------------------------------------------------------ values that q never has

_REAL = (Gumbel, Laplace, Normal)
_POSITIVE = (Exponential, Gamma)
_BOUNDED = (Beta, ContinuousBernoulli, Pareto, Uniform)


@_for_each((Beta, ContinuousBernoulli), Pareto)
@_for_each(_POSITIVE, *_BOUNDED)
@_for_each(_REAL, *_BOUNDED, *_POSITIVE)
@_for_each((Pareto,), Beta, ContinuousBernoulli, Uniform)
@_for_each((Poisson,), Bernoulli, Binomial)
def _infinite(p: Any, q: Any) -> Any:
    return full_like(p.mean, math.inf)


# ------------------------------------------------------------------------------ means over p


def _mean_log_between(low: Any, high: Any) -> Any:
    """Return the mean of the logarithm of what is uniform between two numbers, nan where one is negative."""
    return (xlogy(high, high) - xlogy(low, low)) / (high - low) - 1


_MEAN_LOG: dict[type, Callable[[Any], Any]] = {
    Beta: lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma(),
    Exponential: lambda p: -EULER - p.rate.log(),
    Pareto: lambda p: p.scale.log() + 1 / p.alpha,
    Uniform: lambda p: _mean_log_between(p.low, p.high),
}
"""The mean of log x."""
_MEAN_EXP: dict[type, Callable[[Any, Any], Any]] = {
    Exponential: lambda p, s: p.rate * s / (p.rate * s + 1),
    Gamma: lambda p, s: (-p.concentration * (1 / (p.rate * s)).log1p()).exp(),
    Normal: lambda p, s: (0.5 * (p.scale / s).square() - p.loc / s).exp(),
    Uniform: lambda p, s: ((-p.low / s).exp() - (-p.high / s).exp()) * s / (p.high - p.low),
}
"""The mean of exp(-x / s)."""


def _of(table: dict[type, Any], p: Any) -> Any:
    """Return the entry of a distribution's kind, also for its subclasses."""
    return next(table[kind] for kind in type(p).__mro__ if kind in table)


def _finite(p: Any, divergence: Any, moment: int) -> Any:
    """Return a divergence that is infinite where a moment of p is, or where p has negative values and q has none."""
    if isinstance(p, Pareto):
        return divergence.masked_fill(p.alpha <= moment, math.inf)
    if isinstance(p, Uniform) and moment == 1:
        return divergence.masked_fill(p.low < 0, math.inf)
    return divergence


# ------------------------------------------------------------------------------------ by the kind of q


@_for_each((Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform), Normal)
def _to_normal(p: Any, q: Any) -> Any:
    square = p.variance + (p.mean - q.loc).square()
    return _finite(p, 0.5 * square / q.scale.square() + q.scale.log() + HALF_LOG_2PI - p.entropy(), 2)


@_for_each((Beta, ContinuousBernoulli, Gamma, Pareto, Uniform), Exponential)
def _to_exponential(p: Any, q: Any) -> Any:
    return _finite(p, q.rate * p.mean - q.rate.log() - p.entropy(), 1)


@_for_each((Beta, Exponential, Pareto, Uniform), Gamma)
def _to_gamma(p: Any, q: Any) -> Any:
    a, b = q.concentration, q.rate
    density = a * b.log() - a.lgamma() + (a - 1) * _of(_MEAN_LOG, p)(p) - b * p.mean
    return _finite(p, -density - p.entropy(), 1)


@_for_each((Exponential, Gamma, Normal, Uniform), Gumbel)
def _to_gumbel(p: Any, q: Any) -> Any:
    power = (q.loc / q.scale).exp() * _of(_MEAN_EXP, p)(p, q.scale)
    return q.scale.log() + (p.mean - q.loc) / q.scale + power - p.entropy()


@_for_each((Beta, ContinuousBernoulli), Uniform)
def _to_uniform(p: Any, q: Any) -> Any:
    return ((q.high - q.low).log() - p.entropy()).masked_fill((q.low > 0) | (q.high < 1), math.inf)


@_for_each((Beta, Uniform), ContinuousBernoulli)
def _to_continuous_bernoulli(p: Any, q: Any) -> Any:
    divergence = -(p.mean * q.logits + (-q.probs).log1p() + q._log_norm()) - p.entropy()
    return divergence if isinstance(p, Beta) else divergence.masked_fill((p.low < 0) | (p.high > 1), math.inf)


@register_kl(Uniform, Beta)
def _uniform_to_beta(p: Any, q: Any) -> Any:
    a, b = q.concentration1, q.concentration0
    logs = (a - 1) * _mean_log_between(p.low, p.high) + (b - 1) * _mean_log_between(1 - p.high, 1 - p.low)
    return (log_beta(a, b) - logs - p.entropy()).masked_fill((p.low < 0) | (p.high > 1), math.inf)


@register_kl(Uniform, Pareto)
def _uniform_to_pareto(p: Any, q: Any) -> Any:
    density = q.alpha.log() + q.alpha * q.scale.log() - (q.alpha + 1) * _mean_log_between(p.low, p.high)
    return (-density - p.entropy()).masked_fill(p.low < q.scale, math.inf)


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    divergence = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return divergence.masked_fill(p.scale < q.scale, math.inf)


@register_kl(Normal, Laplace)
def _normal_to_laplace(p: Any, q: Any) -> Any:
    off = (p.loc - q.loc) / p.scale
    distance = p.scale * (math.sqrt(2 / math.pi) * (-0.5 * off.square()).exp() + off * (off / math.sqrt(2)).erf())
    return (2 * q.scale).log() + distance / q.scale - p.entropy()


@register_kl(Bernoulli, Poisson)
def _bernoulli_to_poisson(p: Any, q: Any) -> Any:
    return q.rate - p.probs * q.rate.log() - p.entropy()


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Any:
    if type(p) is not type(q):
        raise NotImplementedError(
            "KL of exponential families: expected distributions of the same kind, "
            f"got {type(p).__name__} and {type(q).__name__}"
        )
    params, normalizer, slopes = normalized(p)
    others = q._natural_params
    steps = [other - mine for other, mine in zip(others, params, strict=True)]
    return q._log_normalizer(*others) - normalizer - inner(p, steps, slopes)

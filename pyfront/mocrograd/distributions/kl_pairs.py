"""Kullback-Leibler divergences of two distributions of the same kind, in closed form."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions.bernoulli import Bernoulli
from mocrograd.distributions.beta import Beta
from mocrograd.distributions.binomial import Binomial
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.cauchy import Cauchy
from mocrograd.distributions.continuous_bernoulli import ContinuousBernoulli
from mocrograd.distributions.covariances import half_log_det
from mocrograd.distributions.dirichlet import Dirichlet
from mocrograd.distributions.exponential import Exponential
from mocrograd.distributions.gamma import Gamma, log_beta
from mocrograd.distributions.geometric import Geometric
from mocrograd.distributions.gumbel import EULER, Gumbel
from mocrograd.distributions.half_normal import HalfNormal
from mocrograd.distributions.independent import Independent
from mocrograd.distributions.kl import kl_divergence, register_kl
from mocrograd.distributions.laplace import Laplace
from mocrograd.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from mocrograd.distributions.multivariate_normal import MultivariateNormal, squared_distance
from mocrograd.distributions.normal import Normal
from mocrograd.distributions.one_hot_categorical import OneHotCategorical
from mocrograd.distributions.poisson import Poisson
from mocrograd.distributions.transformed_distribution import TransformedDistribution
from mocrograd.distributions.uniform import Uniform
from mocrograd.distributions.utils import sum_rightmost
from mocrograd.layout import broadcast_shapes
from mocrograd.nn import functional as F
from mocrograd.ops.compare import where
from mocrograd.ops.linalg import solve_triangular


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).square()
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).square() - 1 - ratio.log())


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    divergence: Any = ((q.high - q.low) / (p.high - p.low)).log()
    return divergence.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


def _share(p: Any, difference: Any) -> Any:
    """Return p times a difference of logarithms, 0 where p is 0."""
    return where(p == 0, 0.0, p * difference)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    # log p = -softplus(-logits), log (1 - p) = -softplus(logits)
    yes = _share(p.probs, F.softplus(-q.logits) - F.softplus(-p.logits))
    no = _share(1 - p.probs, F.softplus(q.logits) - F.softplus(p.logits))
    yes = yes.masked_fill((q.probs == 0) & (p.probs != 0), math.inf)
    return yes + no.masked_fill((q.probs == 1) & (p.probs != 1), math.inf)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    return p.mean * (p.logits - q.logits) + p._log_norm() - q._log_norm() + (-p.probs).log1p() - (-q.probs).log1p()


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    terms = _share(p.probs, p.logits - q.logits)
    return terms.masked_fill((q.probs == 0) & (p.probs != 0), math.inf).sum(-1)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "KL of Independent: expected the same reinterpreted_batch_ndims, "
            f"got {p.reinterpreted_batch_ndims} and {q.reinterpreted_batch_ndims}"
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            "KL of TransformedDistribution: expected the same transforms and event shapes, "
            f"got {p.transforms} and {q.transforms}"
        )
    divergence = kl_divergence(p.base_dist, q.base_dist)
    return sum_rightmost(divergence, len(p.event_shape) - len(p.base_dist.event_shape))


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    more = p.total_count > q.total_count
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    return (p.total_count * _bernoulli(p, q)).masked_fill(more, math.inf)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    shape = b.lgamma() - a.lgamma() + (a - b) * a.digamma()
    return b * (p.rate / q.rate).log() + shape + (q.rate - p.rate) * (a / p.rate)


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    a, b = (p.concentration1, p.concentration0), (q.concentration1, q.concentration0)
    terms = [(x - y) * x.digamma() for x, y in zip(a, b)]
    total = a[0] + a[1]
    return log_beta(*b) - log_beta(*a) + terms[0] + terms[1] - (total - b[0] - b[1]) * total.digamma()


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1, keepdim=True)
    terms = b.lgamma() - a.lgamma() + (a - b) * (a.digamma() - total.digamma())
    return total.squeeze(-1).lgamma() - b.sum(-1).lgamma() + terms.sum(-1)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return ratio * (-distance / p.scale).exp() + distance / q.scale - ratio.log() - 1


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    square = (p.scale + q.scale).square() + (p.loc - q.loc).square()
    return square.log() - (4 * p.scale * q.scale).log()


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc) / q.scale
    power = (-distance + (ratio + 1).lgamma()).exp()
    return distance - ratio.log() + power + EULER * (ratio - 1) - 1


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).square()
    return 0.5 * (ratio - 1 - ratio.log())


@register_kl(MultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two Multivariate Normals with different event shapes cannot be computed: "
            f"{tuple(p.event_shape)} and {tuple(q.event_shape)}"
        )
    size = p.event_shape[0]
    batch = (*broadcast_shapes(p._factor.shape[:-2], q._factor.shape[:-2]), size, size)
    solved = solve_triangular(q._factor.expand(*batch), p._factor.expand(*batch), upper=False)
    distance = squared_distance(q._factor, q.loc - p.loc)
    logs = half_log_det(q._factor) - half_log_det(p._factor)
    return logs + 0.5 * (solved.square().sum((-2, -1)) + distance - size)

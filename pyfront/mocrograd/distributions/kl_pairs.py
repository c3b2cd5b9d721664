"""The divergences of pairs of distributions of one kind, in closed form."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions.bernoulli import Bernoulli
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.independent import Independent
from mocrograd.distributions.kl import kl_divergence, register_kl
from mocrograd.distributions.normal import Normal
from mocrograd.distributions.uniform import Uniform
from mocrograd.distributions.utils import sum_rightmost
from mocrograd.nn import functional as F
from mocrograd.ops.compare import where


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

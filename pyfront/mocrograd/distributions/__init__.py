"""Probability distributions, with PyTorch's names: samples, densities, entropies and divergences.

Example:
    >>> import mocrograd as mg
    >>> from mocrograd.distributions import Normal, kl_divergence
    >>> p, q = Normal(0.0, 1.0), Normal(1.0, 2.0)
    >>> kl_divergence(p, q)
    tensor(0.4431)
"""

from mocrograd.distributions import constraints
from mocrograd.distributions import kl_pairs as kl_pairs
from mocrograd.distributions.bernoulli import Bernoulli
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.independent import Independent
from mocrograd.distributions.kl import kl_divergence, register_kl
from mocrograd.distributions.normal import Normal
from mocrograd.distributions.uniform import Uniform

__all__ = [
    "Bernoulli",
    "Categorical",
    "Distribution",
    "Independent",
    "Normal",
    "Uniform",
    "constraints",
    "kl_divergence",
    "register_kl",
]

"""Probability distributions, with PyTorch's names: samples, densities, entropies and divergences.

Example:
    >>> import mocrograd as mg
    >>> from mocrograd.distributions import Normal, kl_divergence
    >>> p, q = Normal(0.0, 1.0), Normal(1.0, 2.0)
    >>> kl_divergence(p, q)
    tensor(0.4431)
"""

from mocrograd.distributions import constraints, transforms
from mocrograd.distributions import kl_crossed as kl_crossed
from mocrograd.distributions import kl_pairs as kl_pairs
from mocrograd.distributions.bernoulli import Bernoulli
from mocrograd.distributions.beta import Beta
from mocrograd.distributions.binomial import Binomial
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions.cauchy import Cauchy
from mocrograd.distributions.chi2 import Chi2
from mocrograd.distributions.constraint_registry import biject_to, transform_to
from mocrograd.distributions.continuous_bernoulli import ContinuousBernoulli
from mocrograd.distributions.dirichlet import Dirichlet
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.exponential import Exponential
from mocrograd.distributions.fishersnedecor import FisherSnedecor
from mocrograd.distributions.gamma import Gamma
from mocrograd.distributions.generalized_pareto import GeneralizedPareto
from mocrograd.distributions.geometric import Geometric
from mocrograd.distributions.gumbel import Gumbel
from mocrograd.distributions.half_cauchy import HalfCauchy
from mocrograd.distributions.half_normal import HalfNormal
from mocrograd.distributions.independent import Independent
from mocrograd.distributions.inverse_gamma import InverseGamma
from mocrograd.distributions.kl import kl_divergence, register_kl
from mocrograd.distributions.kumaraswamy import Kumaraswamy
from mocrograd.distributions.laplace import Laplace
from mocrograd.distributions.lkj_cholesky import LKJCholesky
from mocrograd.distributions.log_normal import LogNormal
from mocrograd.distributions.logistic_normal import LogisticNormal
from mocrograd.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from mocrograd.distributions.mixture_same_family import MixtureSameFamily
from mocrograd.distributions.multinomial import Multinomial
from mocrograd.distributions.multivariate_normal import MultivariateNormal
from mocrograd.distributions.negative_binomial import NegativeBinomial
from mocrograd.distributions.normal import Normal
from mocrograd.distributions.one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from mocrograd.distributions.pareto import Pareto
from mocrograd.distributions.poisson import Poisson
from mocrograd.distributions.relaxed_bernoulli import RelaxedBernoulli
from mocrograd.distributions.relaxed_categorical import RelaxedOneHotCategorical
from mocrograd.distributions.studentT import StudentT
from mocrograd.distributions.transformed_distribution import TransformedDistribution
from mocrograd.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from mocrograd.distributions.uniform import Uniform
from mocrograd.distributions.von_mises import VonMises
from mocrograd.distributions.weibull import Weibull
from mocrograd.distributions.wishart import Wishart

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "constraints",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transform_to",
    "transforms",
]

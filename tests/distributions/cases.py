"""One case per distribution: how its parameters and values are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

DTYPES = ["float32", "float64"]
SHAPES = [[(), ()], [(3,), (3,)], [(2, 1), (3,)]]
"""Of the first parameter and of the others."""
CATEGORIES = 4


def real(rng: Any, shape: Any) -> Any:
    return rng.normal(size=shape)


def positive(rng: Any, shape: Any) -> Any:
    return rng.gamma(3.0, 0.5, size=shape) + 0.3


def unit(rng: Any, shape: Any) -> Any:
    return rng.uniform(0.05, 0.95, size=shape)


def bit(rng: Any, shape: Any) -> Any:
    return rng.integers(0, 2, size=shape).astype(float)


def count(rng: Any, shape: Any) -> Any:
    return rng.integers(0, 6, size=shape).astype(float)


def simplex(rng: Any, shape: Any) -> Any:
    weights = rng.gamma(2.0, size=(*shape, CATEGORIES)) + 0.1
    return weights / weights.sum(-1, keepdims=True)


def reals(rng: Any, shape: Any) -> Any:
    return rng.normal(size=(*shape, CATEGORIES))


def category(rng: Any, shape: Any) -> Any:
    return rng.integers(0, CATEGORIES, size=shape)


def weights(rng: Any, shape: Any) -> Any:
    return positive(rng, (*shape, CATEGORIES))


def one_hot(rng: Any, shape: Any) -> Any:
    return np.eye(CATEGORIES)[category(rng, shape)]


def counts(rng: Any, shape: Any) -> Any:
    return one_hot(rng, (*shape, 3)).sum(-2)


def freedom(rng: Any, shape: Any) -> Any:
    return 5 + positive(rng, shape)


def temperature(rng: Any, shape: Any) -> Any:
    return np.array(0.7)


def vector(rng: Any, shape: Any) -> Any:
    return rng.normal(size=(*shape, 3))


def factor(rng: Any, shape: Any) -> Any:
    return np.tril(rng.normal(size=(*shape, 3, 3)), -1) * 0.5 + np.eye(3) * positive(rng, (*shape, 1, 3))


def matrix(rng: Any, shape: Any) -> Any:
    lower = factor(rng, shape)
    return lower @ lower.swapaxes(-1, -2)


def pairs(rng: Any, shape: Any) -> Any:
    return rng.normal(size=(*shape, 3, 2))


def diagonal(rng: Any, shape: Any) -> Any:
    return positive(rng, (*shape, 3))


def much(rng: Any, shape: Any) -> Any:
    return 12 + positive(rng, shape)


def correlations(rng: Any, shape: Any) -> Any:
    rows = factor(rng, shape)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@dataclass
class Case:
    """A distribution, with a way to draw each parameter and a value."""

    name: str
    parameters: dict[str, Callable[..., Any]]
    value: Callable[..., Any]
    fixed: dict[str, Any] = field(default_factory=dict)
    discrete: bool = False

    def __str__(self) -> str:
        return " ".join([self.name, *self.parameters])

    def drawn(self, shapes: Any, seed: int = 0) -> tuple[dict[str, Any], Any]:
        """Return parameters of two shapes that broadcast, and a value for each element."""
        rng = np.random.default_rng(seed)
        first, rest = shapes
        parameters = {
            name: np.asarray(draw(rng, rest if number else first))
            for number, (name, draw) in enumerate(self.parameters.items())
        }
        shape = first if len(parameters) == 1 else np.broadcast_shapes(first, rest)
        if self.parameters.get("temperature"):  # one for the whole batch
            shape = rest
        return parameters, np.asarray(self.value(rng, shape))

    def made(self, library: Any, parameters: Any, dtype: str, **options: Any) -> tuple[Any, dict[str, Any]]:
        """Return the distribution of a library, and the parameters as leaves."""
        kind = getattr(library, dtype)
        leaves = {name: library.tensor(x, dtype=kind, requires_grad=True) for name, x in parameters.items()}
        return getattr(library.distributions, self.name)(**leaves, **self.fixed, **options), leaves

    def value_of(self, library: Any, value: Any, dtype: str) -> Any:
        """Return a value as a tensor of a library."""
        if value.dtype.kind == "i":
            return library.tensor(value)
        return library.tensor(value, dtype=getattr(library, dtype), requires_grad=not self.discrete)


CASES = [
    Case("Normal", {"loc": real, "scale": positive}, real),
    Case(
        "Uniform",
        {"low": lambda rng, shape: -1 - unit(rng, shape), "high": positive},
        lambda rng, shape: 0.3 * unit(rng, shape),
    ),
    Case("Bernoulli", {"probs": unit}, bit, discrete=True),
    Case("Bernoulli", {"logits": real}, bit, discrete=True),
    Case("Categorical", {"probs": simplex}, category, discrete=True),
    Case("Categorical", {"logits": reals}, category, discrete=True),
    Case("Laplace", {"loc": real, "scale": positive}, real),
    Case("Cauchy", {"loc": real, "scale": positive}, real),
    Case("Gumbel", {"loc": real, "scale": positive}, real),
    Case("Exponential", {"rate": positive}, positive),
    Case("HalfNormal", {"scale": positive}, positive),
    Case("HalfCauchy", {"scale": positive}, positive),
    Case("LogNormal", {"loc": real, "scale": positive}, positive),
    Case("Gamma", {"concentration": positive, "rate": positive}, positive),
    Case("Chi2", {"df": positive}, positive),
    Case("StudentT", {"df": freedom, "loc": real, "scale": positive}, real),
    Case("Beta", {"concentration1": positive, "concentration0": positive}, unit),
    Case("Dirichlet", {"concentration": weights}, simplex),
    Case("Geometric", {"probs": unit}, count, discrete=True),
    Case("Geometric", {"logits": real}, count, discrete=True),
    Case("Poisson", {"rate": positive}, count, discrete=True),
    Case("Binomial", {"probs": unit}, count, {"total_count": 5}, discrete=True),
    Case("Binomial", {"logits": real}, count, {"total_count": 5}, discrete=True),
    Case("Multinomial", {"probs": simplex}, counts, {"total_count": 3}, discrete=True),
    Case("Multinomial", {"logits": reals}, counts, {"total_count": 3}, discrete=True),
    Case("OneHotCategorical", {"logits": reals}, one_hot, discrete=True),
    Case("OneHotCategoricalStraightThrough", {"probs": simplex}, one_hot, discrete=True),
    Case("RelaxedBernoulli", {"temperature": temperature, "probs": unit}, unit),
    Case("RelaxedOneHotCategorical", {"temperature": temperature, "logits": reals}, simplex),
    Case("MultivariateNormal", {"loc": vector, "scale_tril": factor}, vector),
    Case("MultivariateNormal", {"loc": vector, "covariance_matrix": matrix}, vector),
    Case("MultivariateNormal", {"loc": vector, "precision_matrix": matrix}, vector),
    Case("NegativeBinomial", {"probs": unit}, count, {"total_count": 5.5}, discrete=True),
    Case("NegativeBinomial", {"logits": real}, count, {"total_count": 5.5}, discrete=True),
    Case("Weibull", {"scale": positive, "concentration": freedom}, positive),
    Case("Pareto", {"scale": unit, "alpha": freedom}, lambda rng, shape: 1 + positive(rng, shape)),
    Case("InverseGamma", {"concentration": freedom, "rate": positive}, positive),
    Case("VonMises", {"loc": real, "concentration": positive}, real),
    Case("LowRankMultivariateNormal", {"loc": vector, "cov_factor": pairs, "cov_diag": diagonal}, vector),
    Case("Wishart", {"df": freedom, "scale_tril": factor}, matrix),
    Case("Wishart", {"df": freedom, "covariance_matrix": matrix}, matrix),
    Case("Wishart", {"df": freedom, "precision_matrix": matrix}, matrix),
    Case("ContinuousBernoulli", {"probs": unit}, unit),
    Case("ContinuousBernoulli", {"logits": positive}, unit),
    Case("LKJCholesky", {"concentration": positive}, correlations, {"dim": 3}),
    Case("FisherSnedecor", {"df1": freedom, "df2": much}, positive),
    Case("Kumaraswamy", {"concentration1": positive, "concentration0": positive}, unit),
]

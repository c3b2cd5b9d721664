"""Divergences against torch."""

import mocrograd as mg
import numpy as np
import pytest
from distributions.cases import CASES, SHAPES

SAME = [
    "Normal", "Uniform", "Bernoulli", "Categorical", "Laplace", "Cauchy", "Gumbel", "Exponential", "HalfNormal",
    "LogNormal", "Gamma", "Chi2", "Beta", "Dirichlet", "Geometric", "Poisson", "Binomial", "OneHotCategorical",
    "OneHotCategoricalStraightThrough", "MultivariateNormal", "LowRankMultivariateNormal",
]  # fmt: skip


def grown(name, parameters, seed):
    """Return parameters of a distribution that is wide enough for the first one."""
    if name == "Uniform" and seed:
        return {"low": parameters["low"] - 3, "high": parameters["high"] + 3}
    return parameters


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("case", [case for case in CASES if case.name in SAME], ids=str)
def test_divergence_of_two_of_a_kind(torch, case, shapes, dtype):
    drawn = [grown(case.name, case.drawn(shapes, seed)[0], seed) for seed in (0, 1)]
    drawn = [{name: x.astype(dtype) for name, x in parameters.items()} for parameters in drawn]
    ours, leaves = zip(*(case.made(mg, parameters, dtype) for parameters in drawn))
    theirs, leaves_of_torch = zip(*(case.made(torch, x, "float64", validate_args=False) for x in drawn))
    got = mg.distributions.kl_divergence(*ours)
    expected = torch.distributions.kl_divergence(*theirs)
    bound = 3e-5 if dtype == "float32" else 1e-9
    assert tuple(got.shape) == tuple(expected.shape)
    np.testing.assert_allclose(got.detach().numpy(), expected.detach().numpy(), rtol=bound, atol=bound)
    got.sum().backward()
    expected.sum().backward()
    for a, b in zip(leaves, leaves_of_torch):
        for name in a:
            np.testing.assert_allclose(a[name].grad.numpy(), b[name].grad.numpy(), rtol=10 * bound, atol=10 * bound)


EDGES = {
    "certain and impossible": lambda t: (
        t.distributions.Bernoulli(t.tensor([0.0, 1.0, 0.3, 0.0, 1.0])),
        t.distributions.Bernoulli(t.tensor([0.5, 0.5, 0.0, 0.0, 1.0])),
    ),
    "missing category": lambda t: (
        t.distributions.Categorical(t.tensor([0.0, 0.5, 0.5])),
        t.distributions.Categorical(t.tensor([[0.5, 0.0, 0.5], [0.5, 0.25, 0.25]])),
    ),
    "narrower interval": lambda t: (
        t.distributions.Uniform(t.zeros(2), t.ones(2)),
        t.distributions.Uniform(t.tensor([0.5, -1.0]), t.tensor([2.0, 2.0])),
    ),
    "fewer tries": lambda t: (
        t.distributions.Binomial(5, t.tensor([0.5, 0.2])),
        t.distributions.Binomial(t.tensor([5.0, 4.0]), 0.5),
    ),
    "means and covariances that broadcast": lambda t: (
        t.distributions.MultivariateNormal(t.zeros(4, 1, 2), t.eye(2)),
        t.distributions.MultivariateNormal(t.ones(2), 2 * t.eye(2).expand(3, 2, 2)),
    ),
    "transformed": lambda t: tuple(
        t.distributions.TransformedDistribution(
            t.distributions.Normal(t.zeros(3) + shift, 1.0),
            [t.distributions.AffineTransform(1.0, 2.0), t.distributions.SigmoidTransform()],
        )
        for shift in (0, 1)
    ),
    "low rank and full": lambda t: (
        t.distributions.LowRankMultivariateNormal(t.zeros(2), t.ones(2, 1), t.ones(2)),
        t.distributions.MultivariateNormal(t.ones(2), 2 * t.eye(2)),
    ),
    "full and low rank": lambda t: (
        t.distributions.MultivariateNormal(t.ones(2), 2 * t.eye(2)),
        t.distributions.LowRankMultivariateNormal(t.zeros(2), t.ones(2, 1), t.ones(2)),
    ),
    "independent": lambda t: tuple(
        t.distributions.Independent(t.distributions.Normal(t.zeros(2, 3) + shift, 1.0), 1) for shift in (0, 1)
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges(torch, name):
    got, expected = (t.distributions.kl_divergence(*EDGES[name](t)).numpy() for t in (mg, torch))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_independent_of_other_ranks_raises():
    normal = mg.distributions.Normal(mg.zeros(2, 3), 1.0)
    with pytest.raises(NotImplementedError, match="reinterpreted_batch_ndims"):
        mg.distributions.kl_divergence(mg.distributions.Independent(normal, 1), mg.distributions.Independent(normal, 2))


WRONG = {
    "more tries": lambda t: (t.distributions.Binomial(4, t.tensor(0.5)), t.distributions.Binomial(5, t.tensor(0.5))),
    "other sizes": lambda t: tuple(t.distributions.MultivariateNormal(t.zeros(n), t.eye(n)) for n in (2, 3)),
    "other transforms": lambda t: (
        t.distributions.TransformedDistribution(t.distributions.Normal(0.0, 1.0), t.distributions.SigmoidTransform()),
        t.distributions.LogNormal(0.0, 1.0),
    ),
    "other scales": lambda t: tuple(
        t.distributions.TransformedDistribution(
            t.distributions.Normal(0.0, 1.0), t.distributions.AffineTransform(0.0, scale)
        )
        for scale in (1.0, 2.0)
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_raises_as_torch(torch, name):
    with pytest.raises((NotImplementedError, ValueError)) as theirs:
        torch.distributions.kl_divergence(*WRONG[name](torch))
    with pytest.raises(theirs.type):
        mg.distributions.kl_divergence(*WRONG[name](mg))


def test_divergence_of_no_distribution_raises():
    with pytest.raises(TypeError, match="type_p to be a Distribution subclass"):
        mg.distributions.register_kl(int, mg.distributions.Normal)


def test_the_nearest_types_are_taken():
    class Special(mg.distributions.Normal):
        pass

    p, q = Special(0.0, 1.0), mg.distributions.Normal(1.0, 1.0)
    kl = mg.distributions.kl_divergence
    assert kl(p, q).item() == 0.5  # Normal's, for the subclass too

    @mg.distributions.register_kl(Special, mg.distributions.Normal)
    def of_special(p, q):
        return "special"

    assert kl(p, q) == "special"
    assert kl(p, p) == "special"
    assert kl(q, p).item() == 0.5

"""Divergences of distributions of different kinds, and of exponential families, against torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.distributions.kl import _registered

MADE = {
    "Beta": (lambda t, a, b: t.Beta(a, b)),
    "ContinuousBernoulli": (lambda t, a, b: t.ContinuousBernoulli(a / (a + b))),
    "Bernoulli": (lambda t, a, b: t.Bernoulli(a / (a + b))),
    "Binomial": (lambda t, a, b: t.Binomial(3, a / (a + b))),
    "Exponential": (lambda t, a, b: t.Exponential(a)),
    "Gamma": (lambda t, a, b: t.Gamma(a, b)),
    "Gumbel": (lambda t, a, b: t.Gumbel(a, b)),
    "Laplace": (lambda t, a, b: t.Laplace(a, b)),
    "Normal": (lambda t, a, b: t.Normal(a, b)),
    "Pareto": (lambda t, a, b: t.Pareto(a / 4, b)),
    "Poisson": (lambda t, a, b: t.Poisson(a)),
    "Uniform": (lambda t, a, b: t.Uniform(a / 8, a / 8 + b / 8)),
}
PAIRS = sorted(
    (p.__name__, q.__name__) for p, q in _registered if p is not q and {p.__name__, q.__name__} <= MADE.keys()
)


def test_torchs_pairs_are_here(torch):
    kl = torch.distributions.kl
    theirs = {(p.__name__, q.__name__) for p, q in kl._KL_REGISTRY if "distributions" in p.__module__}
    assert theirs <= {(p.__name__, q.__name__) for p, q in _registered}
    assert len(PAIRS) > 50


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("pair", [*PAIRS, ("Pareto", "Pareto")], ids="-".join)
def test_divergence_of_two_kinds(torch, pair, dtype):
    p, q = pair
    rng = np.random.default_rng(4)
    drawn = [(rng.gamma(3.0, 0.5, size=shape) + 0.6).astype(dtype) for shape in ((6,), (6,), (6,), (6,))]
    leaves, results = [], []
    for t, kind in ((mg, dtype), (torch, "float64")):
        tensors = [t.tensor(x, dtype=getattr(t, kind), requires_grad=True) for x in drawn]
        first = MADE[p](t.distributions, *tensors[:2])
        second = MADE[q](t.distributions, *tensors[2:])
        results.append(t.distributions.kl_divergence(first, second))
        leaves.append(tensors)
    ours, theirs = results
    bound = 1e-4 if dtype == "float32" else 1e-8
    assert ours.dtype is getattr(mg, dtype)
    if (p, q) == ("ContinuousBernoulli", "Uniform"):
        assert ours.isinf().all()  # torch's bounds are others
        return
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=bound, atol=bound)
    if dtype == "float64" and np.isfinite(theirs.detach().numpy()).all():
        ours.sum().backward()
        theirs.sum().backward()
        for a, b in zip(*leaves):
            np.testing.assert_allclose(
                0 if a.grad is None else a.grad.numpy(), 0 if b.grad is None else b.grad.numpy(),
                rtol=20 * bound, atol=20 * bound,
            )  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_batches_broadcast(pair):
    """Where torch's raise for their masks, too."""
    a, b = mg.tensor([0.9, 1.5]), mg.tensor([[0.8], [1.2], [2.0]])
    p, q = MADE[pair[0]](mg.distributions, a, a + 1), MADE[pair[1]](mg.distributions, b, b + 1)
    found = mg.distributions.kl_divergence(p, q)
    each = mg.distributions.kl_divergence(p.expand((3, 2)), q.expand((3, 2)))
    np.testing.assert_allclose(found.expand(3, 2).numpy(), each.numpy(), rtol=1e-6)


FINITE = {
    "beta in an interval": lambda t: (t.Beta(2.0, 3.0), t.Uniform(-1.0, 2.0)),
    "its own interval": lambda t: (t.Beta(2.0, 3.0), t.Uniform(0.0, 1.0)),
    "continuous Bernoulli in an interval": lambda t: (t.ContinuousBernoulli(0.3), t.Uniform(-1.0, 2.0)),
    "an interval from 0": lambda t: (t.Uniform(0.0, 0.5), t.Beta(2.0, 3.0)),
    "the whole interval": lambda t: (t.Uniform(0.0, 1.0), t.Beta(2.0, 3.0)),
    "positive numbers": lambda t: (t.Uniform(0.0, 3.0), t.Gamma(2.0, 3.0)),
    "negative numbers": lambda t: (t.Uniform(-1.0, 3.0), t.Gamma(2.0, 3.0)),
    "negative waiting": lambda t: (t.Uniform(-1.0, 3.0), t.Exponential(2.0)),
    "below the least": lambda t: (t.Uniform(0.5, 3.0), t.Pareto(1.0, 3.0)),
    "no mean": lambda t: (t.Pareto(1.0, 0.9), t.Exponential(2.0)),
    "no variance": lambda t: (t.Pareto(1.0, 1.9), t.Normal(0.0, 2.0)),
}


@pytest.mark.parametrize("name", FINITE)
def test_edges(torch, name):
    ours, theirs = (t.distributions.kl_divergence(*FINITE[name](t.distributions)).item() for t in (mg, torch))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_a_continuous_bernoulli_lies_in_its_own_interval():
    """torch's divergence is infinite there."""
    p = mg.distributions.ContinuousBernoulli(mg.tensor(0.3, dtype=mg.float64))
    found = mg.distributions.kl_divergence(p, mg.distributions.Uniform(mg.tensor(0.0, dtype=mg.float64), 1.0))
    x = (np.arange(100_000) + 0.5) / 100_000
    logs = p.log_prob(mg.tensor(x)).numpy()
    np.testing.assert_allclose(found.item(), np.mean(np.exp(logs) * logs), rtol=1e-7)


FAMILIES = {
    "Normal": lambda t, a, b: t.Normal(a, b),
    "Gamma": lambda t, a, b: t.Gamma(a, b),
    "Chi2": lambda t, a, b: t.Chi2(a),
    "Exponential": lambda t, a, b: t.Exponential(a),
    "Beta": lambda t, a, b: t.Beta(a, b),
    "Dirichlet": lambda t, a, b: t.Dirichlet(a),
    "Bernoulli": lambda t, a, b: t.Bernoulli(logits=a - b),
    "ContinuousBernoulli": lambda t, a, b: t.ContinuousBernoulli(logits=a - b),
    "Poisson": lambda t, a, b: t.Poisson(a),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_natural_parameters_give_entropies_and_divergences(torch, name):
    family = mg.distributions.ExponentialFamily
    rng = np.random.default_rng(1)
    a, b, c, d = (mg.tensor(rng.gamma(3.0, 0.5, size=(4, 5)) + 0.3, requires_grad=True) for _ in range(4))
    p, q = FAMILIES[name](mg.distributions, a, b), FAMILIES[name](mg.distributions, c, d)
    assert isinstance(p, family)
    assert issubclass(getattr(torch.distributions, name), torch.distributions.ExponentialFamily)
    wanted = [mg.distributions.kl_divergence(p, q)]
    found = [_registered[family, family](p, q)]
    if name == "Poisson":
        with pytest.raises(NotImplementedError, match="_mean_carrier_measure"):
            p.entropy()
    else:
        wanted.append(p.entropy())
        found.append(family.entropy(p))
    for x, y in zip(found, wanted):
        assert tuple(x.shape) == tuple(y.shape)
        np.testing.assert_allclose(x.detach().numpy(), y.detach().numpy(), rtol=1e-9, atol=1e-10)
        slopes = [mg.autograd.grad(each.sum(), [a, b], retain_graph=True, allow_unused=True) for each in (x, y)]
        for g, h in zip(*slopes):
            got, expected = (0 if slope is None else slope.numpy() for slope in (g, h))
            np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-9)


def wishart(t, drawn):
    """Return the divergence of two Wishart distributions with degrees of freedom and factors."""
    return t.distributions.kl_divergence(*[t.distributions.Wishart(drawn[i], scale_tril=drawn[i + 1]) for i in (0, 2)])


def test_divergence_of_wishart_distributions(torch):
    """By the means of log det X and of X; torch's is not 0 for two that are the same."""
    rng, drawn = np.random.default_rng(2), []
    for shape in ((3,), (2, 1)):
        factor = np.tril(rng.normal(size=(*shape, 2, 2)), -1) + np.eye(2) * (1 + rng.uniform(size=(*shape, 1, 1)))
        drawn += [3 + rng.uniform(size=shape), factor]
    leaves, theirs = ([t.tensor(x, requires_grad=True) for x in drawn] for t in (mg, torch))
    first, second = (torch.distributions.Wishart(theirs[i], scale_tril=theirs[i + 1]) for i in (0, 2))
    steps = torch.arange(2) / 2
    log_det = (
        torch.digamma(theirs[0][..., None] / 2 - steps).sum(-1) + 2 * np.log(2) + torch.logdet(first.covariance_matrix)
    )
    mean = torch.eye(2, dtype=torch.float64)  # whose log_prob has neither of both terms
    density = second.log_prob(mean) + (theirs[2] - 3) / 2 * log_det
    density = density - 0.5 * (second.precision_matrix * (first.mean - mean)).sum((-2, -1))
    expected = -first.entropy() - density
    found = wishart(mg, leaves)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-8)
    found.sum().backward()
    expected.sum().backward()
    for a, b in zip(leaves, theirs):
        lower = np.tril if a.ndim > 2 else np.asarray
        np.testing.assert_allclose(lower(a.grad.numpy()), lower(b.grad.numpy()), rtol=1e-7, atol=1e-9)
    same = wishart(mg, [*leaves[:2], *leaves[:2]])
    np.testing.assert_allclose(same.detach().numpy(), 0, atol=1e-12)


def test_families_of_two_kinds_have_no_divergence():
    with pytest.raises(NotImplementedError, match="of the same kind, got Bernoulli and Normal"):
        mg.distributions.kl_divergence(mg.distributions.Bernoulli(0.5), mg.distributions.Normal(0.0, 1.0))

"""Draws: shapes, moments, quantiles and gradients, with fixed seeds."""

import math

import mocrograd as mg
import numpy as np
import pytest
from distributions.cases import CASES

DRAWS = 20_000
ERRORS = 5.0
"""How many standard errors a moment may be off: for the seeds here, once in millions of runs."""


def made(case, shapes, dtype="float64", seed=1):
    parameters, _ = case.drawn(shapes, seed)
    return case.made(mg, parameters, dtype)


WITHOUT_MOMENTS = ["Cauchy", "HalfCauchy", "RelaxedBernoulli", "RelaxedOneHotCategorical"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_shapes_and_support(case, dtype):
    p, _ = made(case, [(2, 1), (3,)], dtype)
    for sample_shape in [(), (5,), (4, 2), (0,), mg.Size([3])]:
        drawn = p.sample(sample_shape)
        assert tuple(drawn.shape) == (*sample_shape, *p.batch_shape, *p.event_shape)
        assert not drawn.requires_grad
        assert drawn.dtype in (getattr(mg, dtype), mg.int64)
        assert p.support.check(drawn).all()
        p.log_prob(drawn)  # finds nothing wrong


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in WITHOUT_MOMENTS], ids=str)
def test_moments(case):
    p, _ = made(case, [(3,), (3,)])
    mg.manual_seed(11)
    drawn = p.sample((DRAWS,)).to(mg.float64).numpy()
    if case.name == "Categorical":  # its mean is nan: the shares are compared
        drawn = np.eye(4)[drawn.astype(int)]
        mean, variance = p.probs.detach().numpy(), (p.probs * (1 - p.probs)).detach().numpy()
    elif case.name == "VonMises":  # its variance is that of points of a circle
        drawn, mean = np.cos(drawn - p.loc.detach().numpy()), 1 - p.variance.detach().numpy()
        variance = drawn.var(0)
    elif case.name == "LKJCholesky":  # correlations have the mean 0 and this variance
        drawn = drawn @ drawn.swapaxes(-1, -2)
        drawn[..., range(3), range(3)] = drawn[..., range(3), range(3)].round(6)
        mean = np.broadcast_to(np.eye(3), drawn.shape[1:])
        variance = (1 - mean) / (2 * p.concentration.detach().numpy()[:, None, None] + 2)
    else:
        mean, variance = p.mean.detach().numpy(), p.variance.detach().numpy()
    finite = np.isfinite(mean) & np.isfinite(variance)
    assert finite.any()
    error = np.sqrt(variance / DRAWS)
    assert (np.abs(drawn.mean(0) - mean) <= ERRORS * error)[finite].all()
    # The error of the variance is estimated by the fourth moment of the draws themselves.
    centred = (drawn - mean) ** 2
    spread = centred.std(0) / math.sqrt(DRAWS)
    assert (np.abs(centred.mean(0) - variance) <= ERRORS * spread + 1e-12)[finite].all()


def has_cdf(case):
    """Return whether a distribution of one continuous number has a cumulative distribution in closed form."""
    kind = getattr(mg.distributions, case.name)
    return (
        not case.discrete and not case.name.startswith("Relaxed") and kind.cdf is not mg.distributions.Distribution.cdf
    )


@pytest.mark.parametrize("case", [case for case in CASES if has_cdf(case)], ids=str)
def test_quantiles(case):
    p, _ = made(case, [(3,), (3,)])
    mg.manual_seed(12)
    shares = p.cdf(p.sample((DRAWS,))).detach().numpy()
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):  # they are uniform if the draws follow the distribution
        error = math.sqrt(share * (1 - share) / DRAWS)
        assert (np.abs((shares <= share).mean(0) - share) <= ERRORS * error).all()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_seed_gives_one_stream(case):
    p, _ = made(case, [(3,), (3,)])
    mg.manual_seed(5)
    first, second = p.sample((50,)).numpy(), p.sample((50,)).numpy()
    mg.manual_seed(5)
    np.testing.assert_array_equal(p.sample((50,)).numpy(), first)
    assert (first != second).any()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rsample(case):
    p, leaves = made(case, [(3,), (3,)])
    if not p.has_rsample:
        with pytest.raises(NotImplementedError, match=case.name):
            p.rsample()
        return
    drawn = p.rsample((2,))
    assert drawn.requires_grad
    drawn.square().sum().backward()
    assert all(leaf.grad is not None and leaf.grad.isfinite().all() for leaf in leaves.values())


def test_gradients_of_rsample_are_those_of_the_quantile_function():
    names = [
        "Normal",
        "Uniform",
        "Laplace",
        "Cauchy",
        "Gumbel",
        "Exponential",
        "HalfNormal",
        "HalfCauchy",
        "LogNormal",
        "Weibull",
        "Pareto",
        "Kumaraswamy",
        "ContinuousBernoulli",
    ]
    for case in CASES:
        if case.name not in names:
            continue
        names.remove(case.name)
        p, leaves = made(case, [(3,), (3,)])
        mg.manual_seed(3)
        drawn = p.rsample((7,))
        got = mg.autograd.grad(drawn.square().sum(), list(leaves.values()), retain_graph=True)
        shares = p.cdf(drawn).detach()
        again = p.icdf(shares)
        np.testing.assert_allclose(again.detach().numpy(), drawn.detach().numpy(), rtol=1e-7, atol=1e-9)
        expected = mg.autograd.grad(again.square().sum(), list(leaves.values()))
        for a, b in zip(got, expected):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-8)
    assert not names


def test_the_old_name_warns():
    with pytest.warns(FutureWarning, match="sample_n"):
        assert tuple(mg.distributions.Normal(mg.zeros(2), 1.0).sample_n(3).shape) == (3, 2)


def test_categories_of_no_weight_are_never_drawn():
    weights = mg.tensor([[0.0, 1.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0, 3.0]])
    mg.manual_seed(2)
    drawn = mg.distributions.Categorical(weights).sample((50_000,)).numpy()
    assert set(np.unique(drawn[:, 0])) == {1, 3}
    assert set(np.unique(drawn[:, 1])) == {4}


def test_a_compiled_step_draws_anew_each_time():
    def step(logits):
        policy = mg.distributions.Categorical(logits=logits, validate_args=False)
        action = policy.sample()
        return action, policy.log_prob(action), policy.entropy()

    compiled = mg.compile(step, fullgraph=True)
    logits = mg.randn(64, 5)
    mg.manual_seed(1)
    eager = [step(logits) for _ in range(4)]
    mg.manual_seed(1)
    replayed = [compiled(logits) for _ in range(4)]
    for ours, theirs in zip(eager, replayed):
        for a, b in zip(ours, theirs):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert (eager[2][0] != eager[3][0]).any()


def test_gradient_of_gamma_draws(torch):
    for concentration in (1e-3, 0.03, 0.5, 1.0, 1.7, 12.0, 300.0, 2e4):
        a = mg.full((200,), concentration, dtype=mg.float64, requires_grad=True)
        mg.manual_seed(8)
        drawn = mg.distributions.Gamma(a, mg.ones(200, dtype=mg.float64)).rsample()
        (got,) = mg.autograd.grad(drawn.sum(), a)
        expected = torch._standard_gamma_grad(torch.tensor(a.detach().numpy()), torch.tensor(drawn.detach().numpy()))
        np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=2e-3)  # torch's is an approximation


def test_gradients_of_many_and_of_no_draws(torch):
    a = mg.tensor(np.random.default_rng(3).gamma(2.0, size=(50, 100)).astype(np.float32), requires_grad=True)
    mg.manual_seed(3)
    drawn = mg.distributions.Gamma(a, 1.0).rsample()
    drawn.sum().backward()
    expected = torch._standard_gamma_grad(torch.tensor(a.detach().numpy()), torch.tensor(drawn.detach().numpy()))
    np.testing.assert_allclose(a.grad.numpy(), expected.numpy(), rtol=2e-3)
    empty = mg.zeros(0, 3, requires_grad=True)
    mg.distributions.Gamma(empty, 1.0).rsample().sum().backward()
    assert tuple(empty.grad.shape) == (0, 3)


def test_derivatives_of_moments_of_gamma_draws():
    mg.manual_seed(9)
    for concentration in (0.4, 1.0, 3.0):
        a = mg.full((DRAWS,), concentration, dtype=mg.float64, requires_grad=True)
        square = mg.distributions.Gamma(a, mg.ones(DRAWS, dtype=mg.float64)).rsample().square()
        (first,) = mg.autograd.grad(square.sum(), a, create_graph=True)
        (second,) = mg.autograd.grad(first.sum(), a)
        for drawn, expected in ((first, 2 * concentration + 1), (second, 2.0)):  # the mean of squares is a^2 + a
            error = drawn.detach().numpy().std() / math.sqrt(DRAWS)
            assert abs(drawn.detach().numpy().mean() - expected) <= ERRORS * error


def test_derivatives_of_means_of_beta_and_dirichlet_draws():
    mg.manual_seed(10)
    a = mg.full((DRAWS,), 0.7, dtype=mg.float64, requires_grad=True)
    b = mg.full((DRAWS,), 1.9, dtype=mg.float64, requires_grad=True)
    drawn = mg.distributions.Beta(a, b).rsample()
    got = [x.numpy() for x in mg.autograd.grad(drawn.sum(), (a, b))]
    for x, expected in zip(got, (1.9 / 2.6**2, -0.7 / 2.6**2)):
        assert abs(x.mean() - expected) <= ERRORS * x.std() / math.sqrt(DRAWS)
    weights = mg.tensor([0.5, 1.0, 2.5], dtype=mg.float64).repeat(DRAWS, 1).requires_grad_()
    first = mg.distributions.Dirichlet(weights).rsample()[:, 0]
    (got,) = mg.autograd.grad(first.sum(), weights)
    expected = np.array([3.5, -0.5, -0.5]) / 16
    error = got.numpy().std(0) / math.sqrt(DRAWS)
    assert (np.abs(got.numpy().mean(0) - expected) <= ERRORS * error).all()


def test_small_concentrations_stay_positive():
    mg.manual_seed(4)
    assert (mg.distributions.Gamma(mg.full((1000,), 1e-3), 1.0).sample() > 0).all()
    drawn = mg.distributions.Dirichlet(mg.full((1000, 3), 1e-2)).sample()
    assert (drawn > 0).all()
    np.testing.assert_allclose(drawn.sum(-1).numpy(), 1.0, rtol=1e-6)


def test_covariances_of_multivariate_normal_draws():
    mg.manual_seed(13)
    wanted = np.array([[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]])
    loc = mg.tensor([1.0, -2.0, 0.5], dtype=mg.float64)
    for name, given in (
        ("covariance_matrix", wanted),
        ("precision_matrix", np.linalg.inv(wanted)),
        ("scale_tril", np.linalg.cholesky(wanted)),
    ):
        p = mg.distributions.MultivariateNormal(loc, **{name: mg.tensor(given)})
        drawn = p.sample((DRAWS,)).numpy() - loc.numpy()
        found = drawn.T @ drawn / DRAWS
        error = np.sqrt((wanted**2 + np.outer(np.diag(wanted), np.diag(wanted))) / DRAWS)
        assert (np.abs(found - wanted) <= ERRORS * error).all()


def test_covariances_of_low_rank_draws():
    mg.manual_seed(16)
    factor = mg.tensor([[1.0, 0.5], [-0.5, 0.3], [0.2, -1.0]], dtype=mg.float64)
    p = mg.distributions.LowRankMultivariateNormal(
        mg.zeros(3, dtype=mg.float64), factor, mg.tensor([0.5, 1.0, 0.3], dtype=mg.float64)
    )
    wanted, drawn = p.covariance_matrix.numpy(), p.sample((DRAWS,)).numpy()
    error = np.sqrt((wanted**2 + np.outer(np.diag(wanted), np.diag(wanted))) / DRAWS)
    assert (np.abs(drawn.T @ drawn / DRAWS - wanted) <= ERRORS * error).all()


def test_relaxed_draws_are_the_unrelaxed_ones_on_the_same_side():
    mg.manual_seed(14)
    probs = mg.tensor([0.2, 0.7], dtype=mg.float64)
    drawn = mg.distributions.RelaxedBernoulli(mg.tensor(0.3, dtype=mg.float64), probs).sample((DRAWS,)).numpy()
    error = np.sqrt(probs.numpy() * (1 - probs.numpy()) / DRAWS)
    assert (np.abs((drawn > 0.5).mean(0) - probs.numpy()) <= ERRORS * error).all()
    shares = np.array([0.1, 0.6, 0.3])
    relaxed = mg.distributions.RelaxedOneHotCategorical(mg.tensor(0.3, dtype=mg.float64), mg.tensor(shares))
    found = np.bincount(relaxed.sample((DRAWS,)).argmax(-1).numpy(), minlength=3) / DRAWS
    assert (np.abs(found - shares) <= ERRORS * np.sqrt(shares * (1 - shares) / DRAWS)).all()


def test_binomial_function():
    mg.manual_seed(15)
    drawn = mg.binomial(mg.full((DRAWS,), 10.0), mg.tensor(0.3)).numpy()
    assert set(np.unique(drawn)) <= set(range(11))
    assert abs(drawn.mean() - 3.0) <= ERRORS * math.sqrt(2.1 / DRAWS)
    for count, prob, message in [(-1.0, 0.5, "non-negative"), (1.0, 1.5, r"\[0, 1\]")]:
        with pytest.raises(RuntimeError, match=message):
            mg.binomial(mg.tensor([count]), mg.tensor([prob]))
    with pytest.raises(ValueError, match="floating-point"):
        mg.binomial(mg.tensor([1]), mg.tensor([0.5]))
    with pytest.raises(RuntimeError, match="same dtype"):
        mg.binomial(mg.tensor([1.0]), mg.tensor([0.5], dtype=mg.float64))


def test_moments_of_wishart_draws():
    mg.manual_seed(17)
    lower = mg.tensor([[1.0, 0.0], [0.4, 0.7]], dtype=mg.float64, requires_grad=True)
    p = mg.distributions.Wishart(mg.tensor(4.5, dtype=mg.float64), scale_tril=lower)
    drawn = p.rsample((DRAWS,))
    wanted, spread = p.mean.detach().numpy(), p.variance.detach().numpy()
    assert (np.abs(drawn.detach().numpy().mean(0) - wanted) <= ERRORS * np.sqrt(spread / DRAWS)).all()
    drawn.mean(0).sum().backward()
    exact = 4.5 * 2 * np.ones((2, 2)) @ lower.detach().numpy()
    np.testing.assert_allclose(lower.grad.numpy(), exact, rtol=0.05)

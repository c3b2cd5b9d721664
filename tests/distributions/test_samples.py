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


WITHOUT_MOMENTS = ["Cauchy", "HalfCauchy"]


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
    return not case.discrete and kind.cdf is not mg.distributions.Distribution.cdf


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
    drawn.sum().backward()
    assert all(leaf.grad is not None and leaf.grad.isfinite().all() for leaf in leaves.values())


def test_gradients_of_rsample_are_those_of_the_quantile_function():
    names = ["Normal", "Uniform"]
    for case in CASES:
        if case.name not in names:
            continue
        p, leaves = made(case, [(3,), (3,)])
        mg.manual_seed(3)
        drawn = p.rsample((7,))
        got = mg.autograd.grad(drawn.square().sum(), list(leaves.values()))
        shares = p.cdf(drawn).detach()
        again = p.icdf(shares)
        np.testing.assert_allclose(again.detach().numpy(), drawn.detach().numpy(), rtol=1e-7, atol=1e-9)
        expected = mg.autograd.grad(again.square().sum(), list(leaves.values()))
        for a, b in zip(got, expected):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-8)


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

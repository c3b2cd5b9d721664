"""Densities, statistics and their gradients against torch."""

import mocrograd as mg
import numpy as np
import pytest
from distributions.cases import CASES, DTYPES, SHAPES

BOUNDS = {"float32": {"rtol": 3e-5, "atol": 3e-5}, "float64": {"rtol": 1e-9, "atol": 1e-9}}
STATISTICS = ["mean", "mode", "variance", "stddev"]
CALLS = ["log_prob", "cdf"]


def close(ours, theirs, dtype, what):
    ours, theirs = ours.detach(), theirs.detach()
    assert tuple(ours.shape) == tuple(theirs.shape), what
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), err_msg=what, **BOUNDS[dtype])


def bound_of_entropy(case, dtype):
    """Return the bounds' dtype: torch computes a term of the entropy of Multinomial in float32."""
    return "float32" if case.name == "Multinomial" else dtype


def theirs_or_none(get):
    """Return what torch gives, or None where it has nothing."""
    try:
        return get()
    except NotImplementedError:
        return None


def pairs(torch, case, shapes, dtype, seed=0):
    """Return our distribution and torch's, of float64, each with its parameters and a value."""
    parameters, value = case.drawn(shapes, seed)
    if dtype == "float32":  # both get the numbers that float32 holds
        parameters = {name: x.astype(np.float32).astype(np.float64) for name, x in parameters.items()}
        value = value if value.dtype.kind == "i" else value.astype(np.float32).astype(np.float64)
    # Parameters that were rounded may leave a simplex by more than float64 tolerates.
    ours = (*case.made(mg, parameters, dtype), case.value_of(mg, value, dtype))
    theirs = (*case.made(torch, parameters, "float64", validate_args=False), case.value_of(torch, value, "float64"))
    return ours, theirs


def gradients_close(torch, ours, theirs, leaves, leaves_of_torch, dtype, what):
    """Compare the gradients of two sums with respect to some tensors."""
    upstream = np.random.default_rng(9).normal(size=tuple(theirs.shape))
    got = mg.autograd.grad(
        (ours * mg.tensor(upstream, dtype=ours.dtype)).sum(), leaves, retain_graph=True, allow_unused=True
    )
    expected = torch.autograd.grad(
        (theirs * torch.tensor(upstream)).sum(), leaves_of_torch, retain_graph=True, allow_unused=True
    )
    for place, (a, b) in enumerate(zip(got, expected)):
        zero = np.zeros(tuple(leaves[place].shape))
        bounds = {name: 10 * bound for name, bound in BOUNDS[dtype].items()}
        np.testing.assert_allclose(
            zero if a is None else a.numpy(), zero if b is None else b.numpy(), err_msg=f"{what} {place}", **bounds
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_statistics(torch, case, shapes, dtype):
    (p, leaves, _), (q, leaves_of_torch, _) = pairs(torch, case, shapes, dtype)
    dtype = "float32" if case.name == "VonMises" else dtype  # torch's Bessel functions have 7 digits
    assert tuple(p.batch_shape) == tuple(q.batch_shape)
    assert tuple(p.event_shape) == tuple(q.event_shape)
    assert p.has_rsample == q.has_rsample
    assert p.has_enumerate_support == q.has_enumerate_support
    found = 0
    for name in STATISTICS:
        if (case.name, name) == ("Kumaraswamy", "mode"):  # torch's is nan
            continue
        theirs = theirs_or_none(lambda name=name: getattr(q, name))
        if theirs is not None:
            close(getattr(p, name), theirs, dtype, name)
            found += 1
    assert found or case.name.startswith(("Relaxed", "LKJ"))
    theirs = theirs_or_none(q.entropy)
    if theirs is not None:
        bound = bound_of_entropy(case, dtype)
        close(p.entropy(), theirs, bound, "entropy")
        close(p.perplexity(), q.perplexity(), bound, "perplexity")
        gradients_close(
            torch, p.entropy(), theirs, list(leaves.values()), list(leaves_of_torch.values()), dtype, "entropy"
        )
    if q.has_enumerate_support:
        for expand in (True, False):
            close(p.enumerate_support(expand), q.enumerate_support(expand), dtype, "enumerate_support")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_log_prob_and_cdf(torch, case, shapes, dtype):
    (p, leaves, value), (q, leaves_of_torch, value_of_torch) = pairs(torch, case, shapes, dtype)
    dtype = "float32" if case.name == "VonMises" else dtype  # torch's Bessel functions have 7 digits
    ours, theirs = list(leaves.values()), list(leaves_of_torch.values())
    if value.requires_grad:
        ours.append(value)
        theirs.append(value_of_torch)
    for name in CALLS:
        if name == "cdf" and case.name in (
            "Gamma",
            "Chi2",
            "InverseGamma",
        ):  # torch has no gradient for the concentration
            close(p.cdf(value), q.cdf(value_of_torch), dtype, name)
            continue
        expected = theirs_or_none(lambda name=name: getattr(q, name)(value_of_torch))
        if expected is not None:
            got = getattr(p, name)(value)
            close(got, expected, dtype, name)
            gradients_close(torch, got, expected, ours, theirs, dtype, name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_icdf(torch, case, dtype):
    (p, *_), (q, *_) = pairs(torch, case, [(3,), (3,)], dtype)
    shares = np.random.default_rng(3).uniform(0.05, 0.95, size=(5, 3)).astype(np.float32)
    expected = theirs_or_none(lambda: q.icdf(torch.tensor(shares, dtype=torch.float64)))
    if expected is not None:
        close(p.icdf(mg.tensor(shares, dtype=getattr(mg, dtype))), expected, dtype, "icdf")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_log_prob_broadcasts_values(torch, case):
    (p, *_), (q, *_) = pairs(torch, case, [(3,), (3,)], "float64")
    value = np.asarray(case.value(np.random.default_rng(4), (2, 5, 3)))
    close(
        p.log_prob(case.value_of(mg, value, "float64")),
        q.log_prob(case.value_of(torch, value, "float64")),
        "float32" if case.name == "VonMises" else "float64",
        "log_prob",
    )


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.filterwarnings("ignore:Singular sample detected")  # torch says so of right ones
def test_expand(torch, case):
    (p, *_), (q, *_) = pairs(torch, case, [(3,), (3,)], "float64")
    wide, theirs = p.expand((2, 3)), q.expand((2, 3))
    assert type(wide) is type(p)
    assert tuple(wide.batch_shape) == (2, 3)
    assert tuple(wide.sample((4,)).shape) == tuple(theirs.sample((4,)).shape)
    value = np.asarray(case.value(np.random.default_rng(4), (2, 3)))
    ours = wide.log_prob(case.value_of(mg, value, "float64"))
    bound = "float32" if case.name == "VonMises" else "float64"
    close(ours, theirs.log_prob(case.value_of(torch, value, "float64")), bound, "log_prob")
    expected = theirs_or_none(lambda: theirs.mean)
    if expected is not None:
        close(wide.mean, expected, "float64", "mean")


@pytest.mark.parametrize("shapes", SHAPES[:2], ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_repr(torch, case, shapes):
    parameters, _ = case.drawn(shapes)
    ours = mg.distributions.__dict__[case.name](**{k: mg.tensor(x) for k, x in parameters.items()}, **case.fixed)
    theirs = getattr(torch.distributions, case.name)(
        **{k: torch.tensor(x) for k, x in parameters.items()}, **case.fixed
    )
    if case.name.startswith("Half"):
        assert repr(ours) == f"{case.name}(scale: {ours.scale.item() if ours.scale.ndim == 0 else ours.scale.shape})"
        return
    assert repr(ours) == repr(theirs).replace("torch.Size", "mocrograd.Size")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_parameters_off_the_graph_stay_off(case):
    parameters, value = case.drawn([(3,), (3,)])
    p = getattr(mg.distributions, case.name)(**{k: mg.tensor(x) for k, x in parameters.items()}, **case.fixed)
    assert not p.sample().requires_grad
    assert not p.log_prob(mg.tensor(value)).requires_grad


def test_student_t_without_moments(torch):
    df = [0.5, 1.0, 1.5, 2.0, 3.0]
    ours, theirs = (t.distributions.StudentT(t.tensor(df), 2.0, 3.0) for t in (mg, torch))
    close(ours.mean, theirs.mean, "float32", "mean")
    close(ours.variance, theirs.variance, "float32", "variance")


def test_modes_at_the_edge(torch):
    for name, parameters in [
        ("Bernoulli", [[0.5, 0.2, 0.8]]),
        ("Dirichlet", [[[0.5, 0.7, 0.2], [0.5, 2.0, 3.0]]]),
        ("Beta", [[0.5, 2.0, 0.5], [0.7, 0.5, 2.0]]),
        ("Gamma", [[0.5, 2.0], [1.0, 1.0]]),
        ("FisherSnedecor", [[1.0, 2.0, 3.0], [1.0, 3.0, 5.0]]),
    ]:
        ours, theirs = (getattr(t.distributions, name)(*map(t.tensor, parameters)) for t in (mg, torch))
        close(ours.mode, theirs.mode, "float32", name)


def test_certain_outcomes(torch):
    for name, parameters, values in [
        ("Bernoulli", {"probs": [0.0, 1.0]}, [0.0, 1.0]),
        ("Geometric", {"probs": [1.0, 1.0]}, [0.0, 1.0]),
        ("Poisson", {"rate": [0.0, 0.0]}, [0.0, 1.0]),
        ("Multinomial", {"logits": [0.0, -float("inf")]}, [1.0, 0.0]),
        ("Binomial", {"probs": [0.0, 1.0]}, [0.0, 1.0]),
    ]:
        ours, theirs = (
            getattr(t.distributions, name)(**{k: t.tensor(x) for k, x in parameters.items()}).log_prob(t.tensor(values))
            for t in (mg, torch)
        )
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=2e-7, err_msg=name)


def test_independent(torch):
    rng = np.random.default_rng(6)
    loc, scale, value = rng.normal(size=(2, 3, 4)), rng.gamma(3.0, size=(3, 4)), rng.normal(size=(5, 2, 3, 4))
    for dims in (0, 1, 2, 3):
        ours, theirs = (
            t.distributions.Independent(t.distributions.Normal(t.tensor(loc), t.tensor(scale)), dims)
            for t in (mg, torch)
        )
        assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
        assert tuple(ours.event_shape) == tuple(theirs.event_shape)
        for name in ("mean", "mode", "variance", "stddev"):
            close(getattr(ours, name), getattr(theirs, name), "float64", name)
        close(ours.log_prob(mg.tensor(value)), theirs.log_prob(torch.tensor(value)), "float64", "log_prob")
        close(ours.entropy(), theirs.entropy(), "float64", "entropy")
        assert ours.support.event_dim == dims
        batch = (5, *ours.batch_shape)
        assert tuple(ours.expand(batch).rsample((7,)).shape) == (7, 5, 2, 3, 4)
        assert tuple(ours.expand(batch).batch_shape) == batch
    assert repr(ours).startswith("Independent(Normal(loc: ")


def test_matrices_of_multivariate_normals(torch):
    rng = np.random.default_rng(7)
    parameters = (rng.normal(size=(2, 3)), rng.normal(size=(3, 2)), rng.gamma(3.0, size=3))
    ours, theirs = (t.distributions.LowRankMultivariateNormal(*map(t.tensor, parameters)) for t in (mg, torch))
    for name in ("covariance_matrix", "precision_matrix", "scale_tril"):
        close(getattr(ours, name), getattr(theirs, name), "float64", name)
    lower = np.tril(rng.normal(size=(2, 3, 3))) + 3 * np.eye(3)
    matrix = lower @ lower.swapaxes(-1, -2)
    for name, given in (("covariance_matrix", matrix), ("precision_matrix", matrix), ("scale_tril", lower)):
        ours, theirs = (
            t.distributions.MultivariateNormal(t.zeros(3, dtype=t.float64), **{name: t.tensor(given)})
            for t in (mg, torch)
        )
        for other in ("covariance_matrix", "precision_matrix", "scale_tril"):
            close(getattr(ours, other), getattr(theirs, other), "float64", f"{other} of {name}")
            assert getattr(ours, other) is getattr(ours, other)  # computed once


@pytest.mark.parametrize("concentration", [0.05, 0.7, 1.0, 4.0, 80.0])
def test_cumulative_gamma(torch, concentration):
    values = concentration + np.sqrt(concentration) * np.array([-0.99, -0.5, -1e-3, 0.0, 0.4, 2.0, 5.0, 9.0])
    values = np.concatenate([[0.0, 1e-12], values[values > 0]])
    ours, theirs = (t.distributions.Gamma(t.tensor(concentration, dtype=t.float64), 1.0) for t in (mg, torch))
    close(ours.cdf(mg.tensor(values)), theirs.cdf(torch.tensor(values)), "float64", "cdf")

    def share(concentration, rate, value):
        return mg.distributions.Gamma(concentration, rate, validate_args=False).cdf(value)

    leaves = [mg.tensor(x, dtype=mg.float64, requires_grad=True) for x in (concentration, 1.3, 0.8 * concentration)]
    assert mg.autograd.gradcheck(share, leaves)

    def slopes(*leaves):
        with mg.enable_grad():  # the differences are taken without
            leaves = [x if x.requires_grad else x.detach().requires_grad_() for x in leaves]
            return mg.stack(mg.autograd.grad(share(*leaves), leaves, create_graph=True))

    assert mg.autograd.gradcheck(slopes, leaves)


def test_logistic_normal(torch):
    rng = np.random.default_rng(8)
    loc, scale = rng.normal(size=(2, 3)), rng.gamma(3.0, size=3)
    ours, theirs = (t.distributions.LogisticNormal(t.tensor(loc), t.tensor(scale)) for t in (mg, torch))
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
    assert tuple(ours.event_shape) == tuple(theirs.event_shape)
    drawn = ours.sample((5,))
    close(ours.log_prob(drawn), theirs.log_prob(torch.tensor(drawn.numpy())), "float64", "log_prob")
    close(ours.loc, theirs.loc, "float64", "loc")
    assert tuple(ours.expand((4, 2)).rsample().shape) == (4, 2, 4)
    assert tuple(mg.distributions.LogisticNormal(0.0, 1.0).sample().shape) == (2,)


def mixtures(t, rng):
    kind = t.distributions
    weights, loc, scale = (
        t.tensor(x) for x in (rng.gamma(2.0, size=(2, 3)), rng.normal(size=(2, 3)), rng.gamma(3.0, size=(2, 3)))
    )
    yield kind.MixtureSameFamily(kind.Categorical(weights), kind.Normal(loc, scale)), (2,)
    yield kind.MixtureSameFamily(kind.Categorical(weights[0]), kind.Normal(loc[0], scale[0])), ()
    of_vectors = kind.Independent(kind.Normal(t.tensor(rng.normal(size=(2, 3, 4))), 0.5), 1)
    yield kind.MixtureSameFamily(kind.Categorical(weights), of_vectors), (2, 4)


def test_mixtures(torch):
    value = np.random.default_rng(1).normal(size=(6, 2, 4))
    both = zip(mixtures(mg, np.random.default_rng(5)), mixtures(torch, np.random.default_rng(5)))
    for (ours, shape), (theirs, _) in both:
        x = {(): value[:, 0, 0], (2,): value[..., 0], (2, 4): value}[shape]
        assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
        assert tuple(ours.event_shape) == tuple(theirs.event_shape)
        close(ours.mean, theirs.mean, "float64", "mean")
        close(ours.variance, theirs.variance, "float64", "variance")
        close(ours.log_prob(mg.tensor(x)), theirs.log_prob(torch.tensor(x)), "float64", "log_prob")
        if not ours.event_shape:
            close(ours.cdf(mg.tensor(x)), theirs.cdf(torch.tensor(x)), "float64", "cdf")
        assert tuple(ours.sample((7,)).shape) == (7, *shape)
        assert tuple(ours.expand((3, *ours.batch_shape)).sample((7,)).shape) == (7, 3, *shape)
        assert ours.support.check(ours.sample()).all()
        assert repr(ours).startswith("MixtureSameFamily(\n  Categorical(probs: ")
        mg.manual_seed(3)
        drawn = ours.sample((20_000,)).numpy()
        error = 5 * np.sqrt(ours.variance.numpy() / 20_000)
        assert (np.abs(drawn.mean(0) - ours.mean.numpy()) <= error).all()


def test_moments_that_are_infinite(torch):
    for name, parameters in [
        ("InverseGamma", ([0.5, 1.5, 3.0], 1.0)),
        ("Pareto", (1.0, [0.5, 1.5, 3.0])),
        ("FisherSnedecor", ([1.0, 3.0, 3.0], [1.5, 3.0, 5.0])),
    ]:
        ours, theirs = (
            getattr(t.distributions, name)(*[t.tensor(x) if isinstance(x, list) else x for x in parameters])
            for t in (mg, torch)
        )
        close(ours.mean, theirs.mean, "float32", name)
        close(ours.variance, theirs.variance, "float32", name)


def test_mode_of_kumaraswamy():
    p = mg.distributions.Kumaraswamy(mg.tensor([2.0, 1.5, 0.5]), mg.tensor([3.0, 5.0, 2.0]))
    values = mg.linspace(0.001, 0.999, 999)
    best = values[p.log_prob(values.unsqueeze(-1)).argmax(0)]
    np.testing.assert_allclose(p.mode[:2].numpy(), best[:2].numpy(), atol=1e-3)
    assert p.mode[2].isnan()


def test_continuous_bernoulli_near_a_half(torch):
    probs = [0.0, 1e-6, 0.4989, 0.4995, 0.5, 0.5005, 0.5011, 0.9, 1.0]
    ours, theirs = (t.distributions.ContinuousBernoulli(t.tensor(probs, dtype=t.float64)) for t in (mg, torch))
    for name in ("mean", "variance", "stddev"):
        np.testing.assert_allclose(getattr(ours, name).numpy(), getattr(theirs, name).numpy(), rtol=1e-7)
    for value in (0.0, 0.25, 1.0):
        for name in ("log_prob", "cdf", "icdf"):
            got, wanted = (getattr(p, name)(t.tensor(value, dtype=t.float64)) for p, t in ((ours, mg), (theirs, torch)))
            np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-7, atol=1e-12)
    p = mg.tensor(probs, dtype=mg.float64, requires_grad=True)
    mg.distributions.ContinuousBernoulli(p).log_prob(mg.tensor(0.3)).sum().backward()
    assert bool(mg.isfinite(p.grad).all())


def test_generalized_pareto_of_each_kind_of_tail(torch):
    tails = [-1.5, -1.0, -0.3, 0.0, 0.4, 0.6, 1.5]
    ours, theirs = (
        t.distributions.GeneralizedPareto(t.tensor(0.5), t.tensor(2.0), t.tensor(tails)) for t in (mg, torch)
    )
    for name in ("mean", "variance", "mode"):
        np.testing.assert_allclose(getattr(ours, name).numpy(), getattr(theirs, name).numpy(), rtol=1e-6)
    np.testing.assert_allclose(ours.entropy().numpy(), theirs.entropy().numpy(), rtol=1e-6)
    np.testing.assert_allclose(ours.support.upper_bound.numpy(), theirs.support.upper_bound.numpy())
    for value in (0.5, 0.9, 1.7):
        for name in ("log_prob", "cdf", "log_survival_function", "log_cdf", "icdf"):
            given = value / 2 if name == "icdf" else value
            got, wanted = (getattr(p, name)(t.tensor(given)) for p, t in ((ours, mg), (theirs, torch)))
            np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=2e-5, atol=1e-6)
    with pytest.raises(ValueError, match="support"):
        ours.log_prob(mg.tensor(0.4))


def test_generalized_pareto_against_scipy():
    """In float64, where torch's log_prob raises."""
    genpareto = pytest.importorskip("scipy.stats").genpareto
    tails = np.array([-1.5, -1.0, -0.3, 0.0, 0.4, 1.5])
    concentration = mg.from_numpy(tails).requires_grad_()
    p = mg.distributions.GeneralizedPareto(mg.tensor(0.5, dtype=mg.float64), 2.0, concentration)
    for value in (0.6, 0.9, 1.7):
        x = mg.tensor(value, dtype=mg.float64)
        np.testing.assert_allclose(p.log_prob(x).detach(), genpareto.logpdf(value, tails, 0.5, 2.0), atol=1e-12)
        np.testing.assert_allclose(p.cdf(x).detach(), genpareto.cdf(value, tails, 0.5, 2.0), atol=1e-12)
    shares = mg.tensor([[0.1], [0.7]], dtype=mg.float64)
    np.testing.assert_allclose(p.icdf(shares).detach(), genpareto.ppf(shares.numpy(), tails, 0.5, 2.0), rtol=1e-12)
    p.log_prob(mg.tensor(0.9, dtype=mg.float64)).sum().backward()
    assert bool(mg.isfinite(concentration.grad).all())
    mg.manual_seed(1)
    drawn = p.expand((6,)).rsample((20000,))
    assert drawn.requires_grad
    below = (drawn.detach() < p.icdf(mg.tensor(0.25, dtype=mg.float64))).double().mean(0)
    np.testing.assert_allclose(below.detach().numpy(), 0.25, atol=0.02)


def test_factors_of_correlations_are_checked():
    p = mg.distributions.LKJCholesky(4, mg.tensor([0.5, 3.0]))
    drawn = p.sample((100,))
    assert bool(p.support.check(drawn).all())
    assert bool((drawn.triu(1) == 0).all())
    assert not bool(p.support.check(drawn * 1.01).any())
    with pytest.raises(ValueError, match="dim"):
        mg.distributions.LKJCholesky(1)
    assert p.expand((3, 2)).sample().shape == (3, 2, 4, 4)

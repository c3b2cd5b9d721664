"""Transforms and transformed distributions against torch."""

import mocrograd as mg
import numpy as np
import pytest

REAL = np.linspace(-3.0, 3.0, 12).reshape(3, 4)
POSITIVE = np.abs(REAL) + 0.1

MADE = {
    "exp": (lambda t: t.distributions.ExpTransform(), REAL),
    "inverse exp": (lambda t: t.distributions.ExpTransform().inv, POSITIVE),
    "power": (lambda t: t.distributions.PowerTransform(t.tensor(2.5, dtype=t.float64)), POSITIVE),
    "negative power": (lambda t: t.distributions.PowerTransform(t.tensor(-1.0, dtype=t.float64)), POSITIVE),
    "sigmoid": (lambda t: t.distributions.SigmoidTransform(), REAL),
    "softplus": (lambda t: t.distributions.SoftplusTransform(), REAL),
    "tanh": (lambda t: t.distributions.TanhTransform(), REAL),
    "affine": (lambda t: t.distributions.AffineTransform(1.0, -2.0), REAL),
    "affine tensors": (lambda t: t.distributions.AffineTransform(t.ones(4, dtype=t.float64), t.tensor([[1.0], [-2.0], [0.5]], dtype=t.float64)), REAL),
    "affine vectors": (lambda t: t.distributions.AffineTransform(0.5, 3.0, event_dim=1), REAL),
    "stick-breaking": (lambda t: t.distributions.StickBreakingTransform(), REAL),
    "independent": (lambda t: t.distributions.IndependentTransform(t.distributions.ExpTransform(), 1), REAL),
    "composed": (lambda t: t.distributions.ComposeTransform([t.distributions.AffineTransform(1.0, 0.5), t.distributions.TanhTransform()]), REAL),
    "composed of vectors": (lambda t: t.distributions.ComposeTransform([t.distributions.AffineTransform(1.0, 0.5), t.distributions.StickBreakingTransform()]), REAL),
    "inverse composed": (lambda t: t.distributions.ComposeTransform([t.distributions.AffineTransform(1.0, 0.5), t.distributions.ExpTransform()]).inv, POSITIVE),
    "nothing": (lambda t: t.distributions.identity_transform, REAL),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_transform(torch, name):
    make, data = MADE[name]
    ours, theirs = make(mg), make(torch)
    x, u = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, v = ours(x), theirs(u)
    np.testing.assert_allclose(y.detach().numpy(), v.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ours.inv(y).detach().numpy(), data, rtol=1e-6, atol=1e-6)
    jacobian, expected = ours.log_abs_det_jacobian(x, y), theirs.log_abs_det_jacobian(u, v)
    expected = expected.expand_as(u) if name == "nothing" else expected
    np.testing.assert_allclose(jacobian.detach().numpy(), expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    back = ours.inv.log_abs_det_jacobian(y, x)
    np.testing.assert_allclose(back.detach().numpy(), -expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    (y.sum() + jacobian.sum()).backward()
    (v.sum() + expected.sum()).backward()
    np.testing.assert_allclose(x.grad.numpy(), u.grad.numpy(), rtol=1e-8, atol=1e-10)
    assert (ours.domain.event_dim, ours.codomain.event_dim) == (theirs.domain.event_dim, theirs.codomain.event_dim)
    assert ours.bijective == theirs.bijective
    assert tuple(ours.forward_shape((3, 4))) == tuple(theirs.forward_shape((3, 4)))
    assert tuple(ours.inverse_shape(tuple(y.shape))) == tuple(theirs.inverse_shape(tuple(y.shape)))
    assert ours.domain.check(x).all()
    assert ours.codomain.check(y).all()
    assert ours.inv.inv == ours
    assert ours.inv != ours
    assert "Transform" in repr(ours)


def test_maps_that_are_not_bijective(torch):
    x = mg.tensor(REAL)
    np.testing.assert_array_equal(mg.distributions.AbsTransform()(x).numpy(), np.abs(REAL))
    soft, theirs = mg.distributions.SoftmaxTransform(), torch.distributions.SoftmaxTransform()
    np.testing.assert_allclose(soft(x).numpy(), theirs(torch.tensor(REAL)).numpy(), rtol=1e-12)
    np.testing.assert_allclose(soft(soft.inv(soft(x))).numpy(), soft(x).numpy(), rtol=1e-12)
    assert not soft.bijective
    with pytest.raises(NotImplementedError, match="log_abs_det_jacobian"):
        soft.log_abs_det_jacobian(x, soft(x))


def test_equality():
    t = mg.distributions
    assert t.ExpTransform() == t.ExpTransform()
    assert t.ExpTransform() != t.TanhTransform()
    assert t.ExpTransform().inv == t.ExpTransform().inv
    assert t.AffineTransform(0.0, mg.ones(2)) == t.AffineTransform(0.0, mg.ones(2))
    assert t.AffineTransform(0.0, 1.0) != t.AffineTransform(0.0, 2.0)
    assert t.PowerTransform(2.0) == t.PowerTransform(2.0)
    assert t.ComposeTransform([t.ExpTransform()]) == t.ComposeTransform([t.ExpTransform()])


def test_a_cached_inverse_is_exact():
    plain, cached = mg.distributions.TanhTransform(), mg.distributions.TanhTransform(cache_size=1)
    x = mg.tensor([20.0, -0.5])
    assert plain.inv(plain(x)).tolist()[0] == float("inf")
    y = cached(x)
    assert cached.inv(y) is x
    assert cached(x) is y
    again = plain.with_cache()
    assert again.inv(again(x)) is x
    composed = mg.distributions.ComposeTransform([plain, mg.distributions.AffineTransform(0.0, 2.0)], cache_size=1)
    assert composed.inv(composed(x)) is x


DISTRIBUTIONS = {
    "log-normal": lambda t, loc, scale: t.TransformedDistribution(t.Normal(loc, scale), [t.ExpTransform()]),
    "falling": lambda t, loc, scale: t.TransformedDistribution(t.Normal(loc, scale), [t.AffineTransform(1.0, -2.0), t.SigmoidTransform()]),
    "tanh of vectors": lambda t, loc, scale: t.TransformedDistribution(t.Independent(t.Normal(loc, scale), 1), [t.TanhTransform()]),
    "event dimension of a transform": lambda t, loc, scale: t.TransformedDistribution(t.Normal(loc, scale), [t.AffineTransform(0.0, 2.0, event_dim=1)]),
    "stick-breaking": lambda t, loc, scale: t.TransformedDistribution(t.Normal(loc, scale), [t.StickBreakingTransform()]),
    "nothing": lambda t, loc, scale: t.TransformedDistribution(t.Normal(loc, scale), []),
}  # fmt: skip


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_transformed_distribution(torch, name):
    rng = np.random.default_rng(3)
    loc, scale = rng.normal(size=(2, 1)), rng.gamma(3.0, 0.3, size=4)
    leaves = [mg.tensor(x, requires_grad=True) for x in (loc, scale)]
    leaves_of_torch = [torch.tensor(x, requires_grad=True) for x in (loc, scale)]
    p = DISTRIBUTIONS[name](mg.distributions, *leaves)
    q = DISTRIBUTIONS[name](torch.distributions, *leaves_of_torch)
    for ours, theirs in ((p, q), (p.expand((5, *p.batch_shape)), q.expand((5, *q.batch_shape)))):
        assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
        assert tuple(ours.event_shape) == tuple(theirs.event_shape)
        assert ours.has_rsample
        assert ours.support.event_dim == theirs.support.event_dim
        drawn = ours.rsample((3,))
        assert ours.support.check(drawn).all()
        assert not ours.sample().requires_grad
        value = torch.tensor(drawn.detach().numpy())
        got, expected = ours.log_prob(drawn.detach()), theirs.log_prob(value)
        np.testing.assert_allclose(got.detach().numpy(), expected.detach().numpy(), rtol=1e-8, atol=1e-10)
        grads = mg.autograd.grad(got.sum(), leaves)
        for a, b in zip(grads, torch.autograd.grad(expected.sum(), leaves_of_torch)):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-8)
    if not p.event_shape:
        shares = np.array([0.1, 0.5, 0.8, 0.9])
        got, expected = p.icdf(mg.tensor(shares)), q.icdf(torch.tensor(shares))
        np.testing.assert_allclose(got.detach().numpy(), expected.detach().numpy(), rtol=1e-8)
        np.testing.assert_allclose(p.cdf(got).detach().numpy(), np.broadcast_to(shares, got.shape), rtol=1e-7)


def test_parameters_of_transforms_broadcast(torch):
    made = []
    for t in (mg, torch):
        base = t.distributions.Normal(t.zeros(3), t.ones(3))
        p = t.distributions.TransformedDistribution(base, t.distributions.AffineTransform(t.zeros(2, 3), t.ones(2, 3)))
        made.append((tuple(p.batch_shape), tuple(p.sample((4,)).shape), tuple(p.base_dist.batch_shape)))
    assert made[0] == made[1]


def test_a_squashed_policy_has_finite_gradients():
    loc = mg.full((64,), 12.0, requires_grad=True)
    policy = mg.distributions.TransformedDistribution(
        mg.distributions.Normal(loc, mg.ones(64)), [mg.distributions.TanhTransform(cache_size=1)], validate_args=False
    )
    action = policy.rsample()
    assert (action == 1).any()
    log_prob = policy.log_prob(action)
    assert log_prob.isfinite().all()
    log_prob.sum().backward()
    assert loc.grad.isfinite().all()


REGIONS = {
    "real": lambda c: c.real,
    "vector": lambda c: c.real_vector,
    "positive": lambda c: c.positive,
    "nonnegative": lambda c: c.nonnegative,
    "above": lambda c: c.greater_than(2.0),
    "from": lambda c: c.greater_than_eq(-2.0),
    "below": lambda c: c.less_than(2.0),
    "unit interval": lambda c: c.unit_interval,
    "interval": lambda c: c.interval(-1.0, 3.0),
    "half-open": lambda c: c.half_open_interval(2.0, 3.0),
    "simplex": lambda c: c.simplex,
    "positive vectors": lambda c: c.independent(c.positive, 1),
}


@pytest.mark.parametrize("registry", ["biject_to", "transform_to"])
@pytest.mark.parametrize("name", REGIONS)
def test_transforms_to_regions(torch, name, registry):
    region = REGIONS[name](mg.distributions.constraints)
    ours = getattr(mg.distributions, registry)(region)
    theirs = getattr(torch.distributions, registry)(REGIONS[name](torch.distributions.constraints))
    y = ours(mg.tensor(REAL))
    np.testing.assert_allclose(y.numpy(), theirs(torch.tensor(REAL)).numpy(), rtol=1e-10)
    np.testing.assert_allclose(ours(ours.inv(y)).numpy(), y.numpy(), rtol=1e-6)
    assert region.check(y).all()
    assert ours.bijective == theirs.bijective


@pytest.mark.parametrize("name", ["lower_cholesky", "positive_definite", "positive_semidefinite"])
def test_transforms_to_matrices(torch, name):
    x = np.random.default_rng(2).normal(size=(2, 3, 3))
    region = getattr(mg.distributions.constraints, name)
    ours = mg.distributions.transform_to(region)
    theirs = torch.distributions.transform_to(getattr(torch.distributions.constraints, name))
    y = ours(mg.tensor(x))
    np.testing.assert_allclose(y.numpy(), theirs(torch.tensor(x)).numpy(), rtol=1e-10)
    np.testing.assert_allclose(ours(ours.inv(y)).numpy(), y.numpy(), rtol=1e-8)
    assert region.check(y).all()
    assert ours == type(ours)()
    assert ours.domain.event_dim == theirs.domain.event_dim


def test_registering_a_region():
    class Even(mg.distributions.constraints.Constraint):
        pass

    registry = mg.distributions.transform_to
    with pytest.raises(NotImplementedError, match="Even"):
        registry(Even())
    registry.register(Even, lambda region: "transform")
    assert registry(Even()) == "transform"
    with pytest.raises(TypeError, match="Constraint subclass or instance"):
        registry.register(3, lambda region: None)
    with pytest.raises(NotImplementedError, match="Boolean"):
        registry(mg.distributions.constraints.boolean)


JOINED = {
    "slices": lambda t: t.CatTransform([t.ExpTransform(), t.identity_transform, t.TanhTransform()], dim=1, lengths=[1, 2, 1]),
    "slices from behind": lambda t: t.CatTransform([t.ExpTransform(), t.TanhTransform(), t.SigmoidTransform()], dim=-2),
    "indices": lambda t: t.StackTransform([t.ExpTransform(), t.AffineTransform(1.0, 2.0), t.TanhTransform()], dim=0),
    "shape": lambda t: t.ReshapeTransform((4,), (2, 2)),
    "distribution function": lambda t: t.CumulativeDistributionTransform(t.Normal(0.5, 2.0)),
    "correlations": lambda t: t.CorrCholeskyTransform(),
}  # fmt: skip


@pytest.mark.parametrize("name", JOINED)
def test_joined_transforms(torch, name):
    data = REAL[:, :3] if name == "correlations" else REAL
    ours, theirs = JOINED[name](mg.distributions), JOINED[name](torch.distributions)
    x, u = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, v = ours(x), theirs(u)
    np.testing.assert_allclose(y.detach().numpy(), v.detach().numpy(), rtol=1e-6, atol=1e-8)  # torch's cdf: float32
    np.testing.assert_allclose(ours.inv(y).detach().numpy(), data, rtol=1e-6, atol=1e-8)
    jacobian, expected = ours.log_abs_det_jacobian(x, y), theirs.log_abs_det_jacobian(u, v)
    assert tuple(jacobian.shape) == tuple(expected.shape)
    np.testing.assert_allclose(jacobian.detach().numpy(), expected.detach().numpy(), rtol=1e-6, atol=1e-8)
    (y.square().sum() + jacobian.sum()).backward()
    (v.square().sum() + expected.sum()).backward()
    np.testing.assert_allclose(x.grad.numpy(), u.grad.numpy() if u.grad is not None else 0, rtol=1e-6, atol=1e-8)
    assert (ours.domain.event_dim, ours.codomain.event_dim) == (theirs.domain.event_dim, theirs.codomain.event_dim)
    assert ours.bijective == theirs.bijective
    assert tuple(ours.forward_shape(data.shape)) == tuple(theirs.forward_shape(data.shape))
    assert tuple(ours.inverse_shape(tuple(y.shape))) == tuple(theirs.inverse_shape(tuple(v.shape)))
    assert ours.domain.check(x).all()
    assert ours.codomain.check(y).all()
    cached = ours.with_cache()
    assert cached.inv(cached(x)) is x or not isinstance(cached, type(ours))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_factors_of_correlations_and_their_volumes(torch, size):
    length = size * (size - 1) // 2
    x = 2 * np.random.default_rng(size).normal(size=(2, length))
    ours = mg.distributions.CorrCholeskyTransform()
    y = ours(mg.tensor(x))
    assert tuple(y.shape) == ours.forward_shape((2, length)) == (2, size, size)
    assert mg.distributions.constraints.corr_cholesky.check(y).all()
    if length:
        np.testing.assert_allclose(ours.inv(y).numpy(), x, rtol=1e-9)
        rows, columns = np.tril_indices(size, -1)
        jacobian = torch.autograd.functional.jacobian(
            lambda u: torch.distributions.CorrCholeskyTransform()(u)[rows, columns], torch.tensor(x[0])
        )
        expected = torch.linalg.slogdet(jacobian).logabsdet.item()
        np.testing.assert_allclose(ours.log_abs_det_jacobian(mg.tensor(x), y)[0].item(), expected, rtol=1e-9)


def test_factors_of_strong_correlations_come_back():
    x = mg.tensor([[15.0, -12.0, 3.0], [0.0, 1e-20, -17.0]], dtype=mg.float64)
    transform = mg.distributions.CorrCholeskyTransform()
    y = transform(x)
    assert (y.diagonal(0, -2, -1) > 0).all()
    np.testing.assert_allclose(transform.inv(y).numpy(), x.numpy(), rtol=1e-7)


@pytest.mark.parametrize("registry", ["biject_to", "transform_to"])
@pytest.mark.parametrize(
    "region",
    [
        lambda c: c.corr_cholesky,
        lambda c: c.cat([c.positive, c.unit_interval], dim=-1, lengths=[1, 2]),
        lambda c: c.stack([c.positive, c.real, c.unit_interval], dim=-1),
    ],
    ids=["factors of correlations", "slices", "indices"],
)
def test_transforms_to_joined_regions(torch, region, registry):
    ours, theirs = (getattr(t.distributions, registry)(region(t.distributions.constraints)) for t in (mg, torch))
    y = ours(mg.tensor(REAL[:, :3]))
    np.testing.assert_allclose(y.numpy(), theirs(torch.tensor(REAL[:, :3])).numpy(), rtol=1e-7)
    assert region(mg.distributions.constraints).check(y).all()
    assert not region(mg.distributions.constraints).check(y - 9).all(-1).any()
    assert region(mg.distributions.constraints).is_discrete is region(torch.distributions.constraints).is_discrete


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: t.distributions.CorrCholeskyTransform()(t.zeros(2)), "flattened lower-diagonal"),
        (lambda t: t.distributions.CorrCholeskyTransform().inverse_shape((2, 3)), "not square"),
        (lambda t: t.distributions.ReshapeTransform((2, 3), (5,)), "different numbers of elements"),
        (lambda t: t.distributions.ReshapeTransform((2,), (2, 1)).forward_shape((3,)), "Shape mismatch"),
        (lambda t: t.distributions.CatTransform([t.distributions.ExpTransform()], lengths=[1, 2]), "lengths"),
        (lambda t: t.distributions.CatTransform([t.distributions.ExpTransform()])(t.zeros(3)), "expected size 1"),
        (lambda t: t.distributions.StackTransform([t.distributions.ExpTransform()], dim=1)(t.zeros(1)), "dimension"),
        (lambda t: t.distributions.StackTransform([None]), "transforms"),
        (lambda t: t.distributions.constraints.cat([t.distributions.constraints.real], lengths=[1, 2]), "lengths"),
        (lambda t: t.distributions.constraints.stack([3]), "constraints"),
    ],
)
def test_wrong_joined_transforms_raise_as_torchs(torch, call, words):
    with pytest.raises((AssertionError, ValueError)) as theirs:
        call(torch)
    with pytest.raises(theirs.type, match=words):
        call(mg)

"""Wrong parameters and values raise what they raise in torch, with words that tell what is wrong."""

import mocrograd as mg
import pytest

BAD = {
    "negative scale": lambda t: t.distributions.Normal(0.0, -1.0),
    "nan mean": lambda t: t.distributions.Normal(float("nan"), 1.0),
    "zero scale in a batch": lambda t: t.distributions.Normal(t.zeros(2), t.tensor([1.0, 0.0])),
    "shapes that do not broadcast": lambda t: t.distributions.Normal(t.zeros(2), t.ones(3)),
    "text for a parameter": lambda t: t.distributions.Normal("a", 1.0),
    "empty interval": lambda t: t.distributions.Uniform(1.0, 1.0),
    "probability above 1": lambda t: t.distributions.Bernoulli(1.5),
    "neither parameter": lambda t: t.distributions.Bernoulli(),
    "both parameters": lambda t: t.distributions.Categorical(t.ones(3), t.ones(3)),
    "no dimension": lambda t: t.distributions.Categorical(t.tensor(1.0)),
    "negative weight": lambda t: t.distributions.Categorical(t.tensor([1.0, -0.5])),
    "nan logits": lambda t: t.distributions.Categorical(logits=t.tensor([1.0, float("nan")])),
    "no tensor": lambda t: t.distributions.Normal(0.0, 1.0).log_prob(1.0),
    "nan value": lambda t: t.distributions.Normal(0.0, 1.0).log_prob(t.tensor(float("nan"))),
    "value that does not broadcast": lambda t: t.distributions.Normal(t.zeros(3), t.ones(3)).log_prob(t.zeros(2)),
    "value outside": lambda t: t.distributions.Uniform(0.0, 1.0).log_prob(t.tensor(2.0)),
    "value of the cdf outside": lambda t: t.distributions.Uniform(0.0, 1.0).cdf(t.tensor(2.0)),
    "no bit": lambda t: t.distributions.Bernoulli(0.5).log_prob(t.tensor(0.5)),
    "no category": lambda t: t.distributions.Categorical(t.ones(3)).log_prob(t.tensor(3)),
    "half a category": lambda t: t.distributions.Categorical(t.ones(3)).log_prob(t.tensor(0.5)),
    "too few dimensions": lambda t: t.distributions.Independent(t.distributions.Normal(t.zeros(3), 1.0), 2),
    "event of another size": lambda t: t.distributions.Independent(t.distributions.Normal(t.zeros(3), 1.0), 1).log_prob(
        t.zeros(2)
    ),
    "no rsample": lambda t: t.distributions.Bernoulli(0.5).rsample(),
    "no cdf": lambda t: t.distributions.Categorical(t.ones(3)).cdf(t.tensor(0)),
    "no enumeration": lambda t: t.distributions.Normal(0.0, 1.0).enumerate_support(),
    "product of supports": lambda t: t.distributions.Independent(
        t.distributions.Bernoulli(t.zeros(2)), 1
    ).enumerate_support(),
    "unknown divergence": lambda t: t.distributions.kl_divergence(
        t.distributions.Bernoulli(0.5), t.distributions.Categorical(t.ones(2))
    ),
    "no success": lambda t: t.distributions.Geometric(t.tensor([0.0, 0.5])),
    "negative rate": lambda t: t.distributions.Poisson(-1.0),
    "zero rate": lambda t: t.distributions.Exponential(0.0),
    "negative count": lambda t: t.distributions.Binomial(-1, t.tensor(0.5)),
    "half a count": lambda t: t.distributions.Binomial(2.5, t.tensor(0.5)),
    "more successes than tries": lambda t: t.distributions.Binomial(2, t.tensor(0.5)).log_prob(t.tensor(3.0)),
    "counts that differ": lambda t: t.distributions.Binomial(t.tensor([1.0, 2.0]), t.tensor(0.5)).entropy(),
    "count of a multinomial that is no int": lambda t: t.distributions.Multinomial(2.5, t.ones(2)),
    "counts that are too many": lambda t: t.distributions.Multinomial(2, t.ones(2)).log_prob(t.tensor([2.0, 1.0])),
    "two ones": lambda t: t.distributions.OneHotCategorical(t.ones(2)).log_prob(t.ones(2)),
    "zero concentration": lambda t: t.distributions.Gamma(0.0, 1.0),
    "negative gamma number": lambda t: t.distributions.Gamma(1.0, 1.0).log_prob(t.tensor(-1.0)),
    "zero degrees of freedom": lambda t: t.distributions.Chi2(t.zeros(2)),
    "scalar weights": lambda t: t.distributions.Dirichlet(t.tensor(1.0)),
    "no probabilities": lambda t: t.distributions.Dirichlet(t.ones(2)).log_prob(t.ones(2)),
    "beta number above 1": lambda t: t.distributions.Beta(1.0, 1.0).log_prob(t.tensor(1.5)),
    "scalar mean": lambda t: t.distributions.MultivariateNormal(t.tensor(0.0), t.eye(1)),
    "few degrees of freedom": lambda t: t.distributions.Wishart(t.tensor(1.0), t.eye(2)),
    "no matrix of a Wishart": lambda t: t.distributions.Wishart(t.tensor(3.0)),
    "vector for a matrix of a Wishart": lambda t: t.distributions.Wishart(t.tensor(3.0), t.ones(2)),
    "vector for a matrix": lambda t: t.distributions.MultivariateNormal(t.zeros(2), t.ones(2)),
    "no matrix": lambda t: t.distributions.MultivariateNormal(t.zeros(2)),
    "two matrices": lambda t: t.distributions.MultivariateNormal(t.zeros(2), t.eye(2), t.eye(2)),
    "indefinite covariances": lambda t: t.distributions.MultivariateNormal(
        t.zeros(2), t.tensor([[1.0, 2.0], [2.0, 1.0]])
    ),
    "asymmetric covariances": lambda t: t.distributions.MultivariateNormal(
        t.zeros(2), t.tensor([[1.0, 0.5], [0.0, 1.0]])
    ),
    "upper factor": lambda t: t.distributions.MultivariateNormal(
        t.zeros(2), scale_tril=t.tensor([[1.0, 0.5], [0.0, 1.0]])
    ),
    "no transform": lambda t: t.distributions.TransformedDistribution(t.distributions.Normal(0.0, 1.0), [3]),
    "text for transforms": lambda t: t.distributions.TransformedDistribution(t.distributions.Normal(0.0, 1.0), "exp"),
    "too few dimensions for a transform": lambda t: t.distributions.TransformedDistribution(
        t.distributions.Normal(0.0, 1.0), t.distributions.StickBreakingTransform()
    ),
    "negative log-normal number": lambda t: t.distributions.LogNormal(0.0, 1.0).log_prob(t.tensor(-1.0)),
    "cache of another size": lambda t: t.distributions.ExpTransform(cache_size=2),
    "abs is not monotone": lambda t: t.distributions.AbsTransform().sign,
    "value below the scale": lambda t: t.distributions.Pareto(1.0, 1.0).log_prob(t.tensor(0.5)),
    "certain success": lambda t: t.distributions.NegativeBinomial(1.0, t.tensor(1.0)),
    "mixture of no categories": lambda t: t.distributions.MixtureSameFamily(
        t.distributions.Normal(t.zeros(2), 1.0), t.distributions.Normal(t.zeros(2), 1.0)
    ),
    "mixture of no distributions": lambda t: t.distributions.MixtureSameFamily(
        t.distributions.Categorical(t.ones(2)), t.zeros(2)
    ),
    "mixture of others than there are": lambda t: t.distributions.MixtureSameFamily(
        t.distributions.Categorical(t.ones(2)), t.distributions.Normal(t.zeros(3), 1.0)
    ),
    "mixtures that do not broadcast": lambda t: t.distributions.MixtureSameFamily(
        t.distributions.Categorical(t.ones(4, 2)), t.distributions.Normal(t.zeros(3, 2), 1.0)
    ),
    "number for a sample shape": lambda t: t.distributions.Normal(0.0, 1.0).sample(5),
    "number for a sample shape of categories": lambda t: t.distributions.Categorical(t.ones(3)).sample(5),
    "negative sample shape": lambda t: t.distributions.Normal(0.0, 1.0).sample((-1,)),
    "half a sample": lambda t: t.distributions.Exponential(1.0).sample((2.5,)),
    "zero concentration of angles": lambda t: t.distributions.VonMises(0.0, 0.0),
    "factor of another size": lambda t: t.distributions.LowRankMultivariateNormal(t.zeros(3), t.zeros(2, 1), t.ones(3)),
    "vector for a factor": lambda t: t.distributions.LowRankMultivariateNormal(t.zeros(3), t.zeros(3), t.ones(3)),
    "diagonal of another size": lambda t: t.distributions.LowRankMultivariateNormal(
        t.zeros(3), t.zeros(3, 1), t.ones(2)
    ),
    "negative diagonal": lambda t: t.distributions.LowRankMultivariateNormal(t.zeros(3), t.zeros(3, 1), -t.ones(3)),
    "batches that do not broadcast": lambda t: t.distributions.LowRankMultivariateNormal(
        t.zeros(2, 3), t.zeros(4, 3, 1), t.ones(3)
    ),
    "draws of whole concentrations": lambda t: t.distributions.Gamma(t.tensor([1, 2]), 2).sample(),
    "draws of whole weights": lambda t: t.distributions.Beta(t.tensor([1, 2]), 2).sample(),
    "default that is no bool": lambda t: t.distributions.Distribution.set_default_validate_args(3),
    "abstract": lambda t: t.distributions.Distribution(validate_args=False).log_prob(t.zeros(1)),
}


@pytest.mark.parametrize("name", BAD)
def test_raises_as_torch(torch, name):
    torch.distributions.Distribution.set_default_validate_args(True)  # torch.compile turns it off for good
    with pytest.raises(Exception) as theirs:  # noqa: PT011 (whatever torch raises)
        BAD[name](torch)
    with pytest.raises(theirs.type) as ours:
        BAD[name](mg)
    assert str(ours.value)
    assert ours.type is theirs.type


def test_messages_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"parameter scale .* of distribution Normal\(.*\) to satisfy .*GreaterThan"):
        mg.distributions.Normal(0.0, -1.0)
    with pytest.raises(ValueError, match=r"within the support \(Boolean\(\)\) of the distribution Bernoulli"):
        mg.distributions.Bernoulli(0.5).log_prob(mg.tensor(2.0))
    with pytest.raises(ValueError, match="`logits` parameter must be at least one-dimensional"):
        mg.distributions.Categorical(logits=mg.tensor(1.0))


def test_validation_can_be_switched_off():
    wrong = mg.distributions.Normal(0.0, -1.0, validate_args=False)
    wrong.log_prob(mg.tensor(float("nan")))
    mg.distributions.Distribution.set_default_validate_args(False)
    try:
        mg.distributions.Normal(0.0, -1.0)
        with pytest.raises(ValueError, match="scale"):
            mg.distributions.Normal(0.0, -1.0, validate_args=True)
    finally:
        mg.distributions.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError, match="scale"):
        mg.distributions.Normal(0.0, -1.0)


CHECKS = {
    "boolean": [0.0, 1.0, 0.5, float("nan")],
    "nonnegative_integer": [0.0, 2.0, -1.0, 0.5],
    "positive_integer": [1.0, 0.0, 1.5],
    "real": [1.0, float("nan"), float("inf")],
    "positive": [1.0, 0.0, -1.0, float("nan")],
    "nonnegative": [1.0, 0.0, -1.0, float("nan")],
    "unit_interval": [0.0, 1.0, -0.1, 1.1, float("nan")],
    "one_hot": [[0.0, 1.0], [1.0, 1.0], [0.5, 0.5]],
    "real_vector": [[0.0, 1.0], [float("nan"), 0.0]],
    "simplex": [[0.5, 0.5], [0.5, 0.6], [-0.5, 1.5]],
    "lower_triangular": [[[1.0, 0.0], [1.0, -1.0]], [[1.0, 2.0], [0.0, 1.0]]],
    "lower_cholesky": [[[1.0, 0.0], [1.0, 1.0]], [[1.0, 2.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, -1.0]]],
    "square": [[[1.0, 2.0], [3.0, 4.0]]],
    "symmetric": [[[1.0, 2.0], [2.0, 4.0]]],
    "positive_semidefinite": [[[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.0, 0.0]]],
    "positive_definite": [[[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.0, 0.0]]],
}


@pytest.mark.parametrize("name", CHECKS)
def test_constraints(torch, name):
    ours, theirs = getattr(mg.distributions.constraints, name), getattr(torch.distributions.constraints, name)
    got = ours.check(mg.tensor(CHECKS[name]))
    assert got.tolist() == theirs.check(torch.tensor(CHECKS[name])).tolist()
    assert repr(ours) == repr(theirs)
    assert (ours.is_discrete, ours.event_dim) == (theirs.is_discrete, theirs.event_dim)


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("greater_than", (0.5,)),
        ("greater_than_eq", (0.5,)),
        ("less_than", (0.5,)),
        ("interval", (0.0, 1.0)),
        ("half_open_interval", (0.0, 1.0)),
        ("integer_interval", (0, 1)),
    ],
)
def test_constraints_with_bounds(torch, name, bounds):
    values = [-1.0, 0.0, 0.5, 0.75, 1.0, 2.0, float("nan")]
    ours, theirs = (getattr(t.distributions.constraints, name)(*bounds) for t in (mg, torch))
    assert ours.check(mg.tensor(values)).tolist() == theirs.check(torch.tensor(values)).tolist()
    assert repr(ours) == repr(theirs)
    assert ours.is_discrete == theirs.is_discrete


def test_dependent_constraints_do_not_tell():
    constraints = mg.distributions.constraints
    assert constraints.is_dependent(mg.distributions.Uniform.support)
    assert not constraints.is_dependent(mg.distributions.Uniform(0.0, 1.0).support)
    with pytest.raises(ValueError, match="dependent"):
        constraints.dependent.check(mg.ones(1))
    with pytest.raises(NotImplementedError, match="event_dim"):
        _ = constraints.dependent.event_dim
    assert constraints.dependent(event_dim=2).event_dim == 2
    independent = constraints.independent(constraints.positive, 1)
    assert repr(independent) == "IndependentConstraint(GreaterThan(lower_bound=0.0), 1)"
    with pytest.raises(ValueError, match=r"Expected value\.dim"):
        independent.check(mg.tensor(1.0))


def test_subclasses():
    class Plain(mg.distributions.Distribution):
        pass

    with pytest.warns(UserWarning, match="arg_constraints"):
        plain = Plain()
    with pytest.warns(UserWarning, match="support"):
        plain._validate_sample(mg.zeros(()))

    class Shifted(mg.distributions.Normal):
        def __init__(self, shift):
            super().__init__(shift, 1.0)

    with pytest.raises(NotImplementedError, match="must also define a custom"):
        Shifted(mg.zeros(2)).expand((3, 2))

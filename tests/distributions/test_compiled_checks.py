"""Checks of parameters and values hold in compiled functions: they are recorded, and raise as eager ones do."""

import mocrograd as mg
import numpy as np
import pytest

D = mg.distributions
GOOD, BAD = [0.3, 0.6], [0.3, -0.6]
PARAMETERS = {
    "Normal": lambda x: D.Normal(0.0, x),
    "Gamma": lambda x: D.Gamma(x, 1.0),
    "Beta": lambda x: D.Beta(x, x + 2),
    "Bernoulli": lambda x: D.Bernoulli(probs=x),
    "Uniform": lambda x: D.Uniform(0.0, x),
    "Dirichlet": lambda x: D.Dirichlet(x),
    "StudentT": lambda x: D.StudentT(x),
    "Poisson": lambda x: D.Poisson(x),
    "MultivariateNormal": lambda x: D.MultivariateNormal(mg.zeros(2), scale_tril=mg.diag_embed(x)),
    "Independent": lambda x: D.Independent(D.Normal(0.0, x), 1),
    "Exponential computed in it": lambda x: D.Exponential(x * 2),
}
VALUES = {
    "Exponential": (lambda: D.Exponential(1.0), GOOD, BAD),
    "Beta": (lambda: D.Beta(2.0, 3.0), GOOD, [0.5, 1.5]),
    "Uniform": (lambda: D.Uniform(mg.zeros(2), mg.ones(2)), GOOD, BAD),
    "Normal": (lambda: D.Normal(0.0, 1.0), GOOD, [0.0, float("nan")]),
    "Binomial": (lambda: D.Binomial(3, probs=mg.tensor([0.2, 0.5])), [0.0, 3.0], [1.0, 4.0]),
    "Dirichlet": (lambda: D.Dirichlet(mg.ones(2)), [0.25, 0.75], [0.25, 0.25]),
}


def compiled(function, good):
    """Return a function that has been recorded with values that are right."""
    made = mg.compile(function, fullgraph=True)
    for _ in range(3):
        made(good)
    assert (made.reasons, len(made.plans)) == ([], 1)
    return made


def message(function, value):
    """Return what a call raises."""
    with pytest.raises(ValueError, match="found invalid values") as raised:
        function(value)
    return str(raised.value)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(name):
    def function(x):
        return PARAMETERS[name](x).mean * 2

    made = compiled(function, mg.tensor(GOOD))
    assert message(made, mg.tensor(BAD)) == message(function, mg.tensor(BAD))
    np.testing.assert_array_equal(made(mg.tensor(GOOD)).numpy(), function(mg.tensor(GOOD)).numpy())
    assert len(made.plans) == 1


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    make, good, bad = VALUES[name]

    def function(x):
        return make().log_prob(x)

    made = compiled(function, mg.tensor(good))
    assert message(made, mg.tensor(bad)) == message(function, mg.tensor(bad))
    assert mg.equal(made(mg.tensor(good)), function(mg.tensor(good)))


def test_what_is_wrong_while_it_is_recorded_raises_too():
    def function(x):
        return D.Normal(0.0, x).log_prob(mg.zeros(2))

    made = mg.compile(function, fullgraph=True)
    made(mg.tensor(GOOD))
    assert message(made, mg.tensor(BAD)) == message(function, mg.tensor(BAD))
    made(mg.tensor(GOOD))
    assert len(made.plans) == 1


def test_the_first_check_that_fails_is_told():
    def function(x):
        return D.Normal(0.0, x).mean + D.Exponential(x - 1).mean

    made = compiled(function, mg.tensor([2.0, 3.0]))
    assert "Normal" in message(made, mg.tensor([2.0, -3.0]))
    assert "Exponential" in message(made, mg.tensor([2.0, 0.5]))


def test_a_training_step_checks_the_outputs_of_its_model():
    mg.manual_seed(0)
    model = mg.nn.Linear(2, 2)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.01)

    @mg.compile(fullgraph=True)
    def step(x, y):
        optimizer.zero_grad()
        loss = -D.Normal(model(x), model(x).exp()).log_prob(y).mean()
        loss.backward()
        optimizer.step()
        return loss

    losses = [step(mg.ones(3, 2), mg.ones(3, 2)).item() for _ in range(6)]
    assert losses[-1] < losses[0]
    assert len(step.plans) == 1
    with pytest.raises(ValueError, match="to be within the support"):
        step(mg.ones(3, 2), mg.full((3, 2), float("nan")))
    with pytest.raises(ValueError, match=r"Expected parameter loc .* of distribution Normal"):
        step(mg.ones(3, 2), mg.ones(3, 2))  # the step before has moved the weights to nan


def test_what_cannot_be_kept_apart_runs_eagerly():
    def function(x):
        return D.TransformedDistribution(D.Normal(0.0, 1.0), D.ExpTransform()).log_prob(x)

    made = mg.compile(function)
    for _ in range(3):
        made(mg.tensor(GOOD))
    assert made.reasons
    assert message(made, mg.tensor(BAD)) == message(function, mg.tensor(BAD))

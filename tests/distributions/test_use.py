"""What distributions are for: policies and variational autoencoders."""

import copy
import math
import pickle
import subprocess
import sys

import mocrograd as mg
from mocrograd import nn


def test_reinforce_finds_the_best_arm():
    mg.manual_seed(0)
    rewards = mg.tensor([0.1, 0.9, 0.3])
    logits = mg.zeros(3, requires_grad=True)
    optimizer = mg.optim.Adam([logits], lr=0.1)
    for _ in range(150):
        policy = mg.distributions.Categorical(logits=logits)
        action = policy.sample((8,))
        reward = rewards[action]
        loss = -(policy.log_prob(action) * (reward - reward.mean())).mean() - 0.001 * policy.entropy()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert mg.distributions.Categorical(logits=logits).probs[1].item() > 0.9


def test_a_reparametrised_normal_learns_a_posterior():
    mg.manual_seed(0)
    encoder = nn.Linear(1, 2)
    optimizer = mg.optim.Adam(encoder.parameters(), lr=0.05)
    prior = mg.distributions.Normal(mg.zeros(()), mg.ones(()))
    x = mg.randn(64, 1)
    for _ in range(200):  # x = z + noise of variance 1/4, so z given x is normal: 0.8 x, variance 0.2
        loc, log_scale = encoder(x).chunk(2, -1)
        posterior = mg.distributions.Normal(loc, log_scale.exp())
        z = posterior.rsample((16,))
        likelihood = mg.distributions.Normal(z, 0.5).log_prob(x).mean()
        loss = mg.distributions.kl_divergence(posterior, prior).mean() - likelihood
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert abs(encoder.weight[0, 0].item() - 0.8) < 0.05
    assert abs(log_scale.exp().mean().item() ** 2 - 0.2) < 0.03


def test_the_package_is_imported_when_it_is_used():
    code = """
import sys
import mocrograd
assert "mocrograd.distributions" not in sys.modules
assert mocrograd.distributions.Normal(0.0, 1.0).mean == 0
from mocrograd.distributions.categorical import Categorical
from mocrograd.distributions import Normal
"""
    subprocess.run([sys.executable, "-c", code], check=True)


class Squash(mg.distributions.transforms.Transform):
    """A transform as users write them for squashed policies."""

    domain = mg.distributions.constraints.real
    codomain = mg.distributions.constraints.interval(-1.0, 1.0)
    bijective = True
    sign = +1

    def __init__(self, cache_size=1):
        super().__init__(cache_size=cache_size)

    def __eq__(self, other):
        return isinstance(other, Squash)

    def _call(self, x):
        return x.tanh()

    def _inverse(self, y):
        return 0.5 * (y.log1p() - (-y).log1p())

    def log_abs_det_jacobian(self, x, y):
        return 2.0 * (math.log(2.0) - x - nn.functional.softplus(-2.0 * x))


class SquashedNormal(mg.distributions.transformed_distribution.TransformedDistribution):
    """A policy that derives from TransformedDistribution."""

    def __init__(self, loc, scale):
        self.loc = loc
        super().__init__(mg.distributions.Normal(loc, scale), [Squash()])

    @property
    def mean(self):
        mean = self.loc
        for transform in self.transforms:
            mean = transform(mean)
        return mean


def test_a_policy_of_ones_own():
    loc = mg.tensor([0.3, -4.0], requires_grad=True)
    policy = SquashedNormal(loc, mg.ones(2))
    action = policy.rsample((5,))
    log_prob = policy.log_prob(action).sum(-1)
    assert tuple(log_prob.shape) == (5,)
    theirs = mg.distributions.TransformedDistribution(
        mg.distributions.Normal(loc, mg.ones(2)), mg.distributions.TanhTransform()
    )
    inside = action.detach().clamp(-0.99, 0.99)
    assert mg.allclose(policy.log_prob(inside), theirs.log_prob(inside), atol=1e-4)
    log_prob.sum().backward()
    assert loc.grad.isfinite().all()
    assert mg.equal(policy.mean, loc.tanh())


class Masked(mg.distributions.Categorical):
    """A policy that derives from Categorical."""

    def __init__(self, logits, mask):
        self.mask = mask
        super().__init__(logits=mg.where(mask, logits, mg.tensor(-math.inf)), validate_args=False)


def test_masked_actions_are_never_drawn():
    mg.manual_seed(1)
    mask = mg.tensor([[True, False, True, False], [False, True, False, False]])
    policy = Masked(mg.zeros(2, 4), mask)
    drawn = policy.sample((20_000,))
    assert set(drawn[:, 0].tolist()) == {0, 2}
    assert set(drawn[:, 1].tolist()) == {1}
    assert policy.log_prob(drawn).isfinite().all()
    assert mg.allclose(policy.entropy(), mg.tensor([math.log(2), 0.0]))


def test_copies_and_pickles():
    d = mg.distributions
    for made in (
        d.Independent(d.Normal(mg.zeros(2), mg.ones(2)), 1),
        d.MixtureSameFamily(d.Categorical(mg.ones(2)), d.Normal(mg.zeros(2), mg.ones(2))),
        d.TransformedDistribution(d.Normal(0.0, 1.0), [d.TanhTransform(cache_size=1), d.AffineTransform(0.0, 2.0).inv]),
    ):
        value = made.sample()
        for other in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
            assert mg.equal(other.log_prob(value), made.log_prob(value))


def test_a_compiled_step_of_an_autoencoder():
    d = mg.distributions
    encoder = nn.Linear(3, 2)

    def step(x):
        loc, log_scale = encoder(x).chunk(2, -1)
        posterior = d.Normal(loc, log_scale.exp(), validate_args=False)
        z = posterior.rsample()
        prior = d.Normal(0.0, 1.0, validate_args=False)
        loss = (d.kl_divergence(posterior, prior) - d.Bernoulli(logits=z, validate_args=False).log_prob(z * 0)).mean()
        encoder.zero_grad()
        loss.backward()
        return loss

    x = mg.randn(6, 3)
    found = []
    for run in (step, mg.compile(step, fullgraph=True)):
        mg.manual_seed(3)
        found.append([(run(x).item(), encoder.weight.grad.tolist()) for _ in range(4)])
    assert found[0] == found[1]
    assert found[0][2] != found[0][3]

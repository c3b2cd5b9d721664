"""What distributions are for: policies and variational autoencoders."""

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

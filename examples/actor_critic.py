"""Learn to cross a windy grid: an actor draws steps from a categorical distribution, a critic says what to expect.

Its episodes are made by the policy that learns, so there are no batches for `Trainer` to iterate over.
"""

from __future__ import annotations

import argparse

import mocrograd as torch
from mocrograd import nn, optim
from mocrograd.distributions import Bernoulli, Categorical

SIDE = 5
MOVES = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])
WIND = 0.2
"""How probable it is that the wind blows a step back to the start's side."""


class Policy(nn.Module):
    """From where a walker is to the logits of its moves, and to the reward that is expected."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2 * SIDE, 32), nn.Tanh())
        self.actor = nn.Linear(32, len(MOVES))
        self.critic = nn.Linear(32, 1)

    def forward(self, places):
        """Take places (walkers, 2); return logits (walkers, moves) and values (walkers)."""
        features = self.body(nn.functional.one_hot(places, SIDE).flatten(1).float())
        return self.actor(features), self.critic(features).squeeze(-1)


def walk(places, moves):
    """Return where the walkers are after a move, and whether they have arrived in the far corner."""
    blown = Bernoulli(torch.full((len(places), 1), WIND)).sample().long()
    places = (places + MOVES[moves] - blown * torch.tensor([1, 0])).clamp(0, SIDE - 1)
    return places, (places == SIDE - 1).all(-1)


def train(rounds: int = 100, walkers: int = 32, steps: int = 8, seed: int = 0) -> list[float]:
    """Train; return the share of walkers that arrive in each step, per round."""
    torch.manual_seed(seed)
    policy = Policy()
    optimizer = optim.Adam(policy.parameters(), lr=1e-2)
    places = torch.zeros(walkers, 2, dtype=torch.int64)
    arrivals = []
    for _ in range(rounds):
        log_probs, entropies, values, rewards, going = [], [], [], [], []
        for _ in range(steps):
            logits, value = policy(places)
            choice = Categorical(logits=logits)
            moves = choice.sample()
            places, arrived = walk(places, moves)
            log_probs.append(choice.log_prob(moves))
            entropies.append(choice.entropy())
            values.append(value)
            rewards.append(arrived.float())
            going.append((~arrived).float())
            places = torch.where(arrived.unsqueeze(-1), 0, places)  # who has arrived begins anew
        with torch.no_grad():
            expected = policy(places)[1]
            returns = []
            for reward, on in zip(reversed(rewards), reversed(going)):
                expected = reward + 0.9 * on * expected
                returns.insert(0, expected)
        returns, values = torch.stack(returns), torch.stack(values)
        better = (returns - values).detach()
        loss = -(torch.stack(log_probs) * better).mean() - 0.01 * torch.stack(entropies).mean()
        loss = loss + 0.5 * nn.functional.mse_loss(values, returns)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        arrivals.append(torch.stack(rewards).mean().item())
    return arrivals


def main() -> None:
    """Train and print how often walkers arrive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    arrivals = train(options.rounds)
    for start in range(0, options.rounds, 10):
        part = arrivals[start : start + 10]
        print(f"round {start + 1:3}  arrivals per walker and step {sum(part) / len(part):.3f}")


if __name__ == "__main__":
    main()

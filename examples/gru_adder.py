"""Teach a GRU to add: it reads two numbers digit by digit, from the ones on, and gives their sum the same way.

It makes new sums for every step, without epochs, so it writes the loop out instead of using `Trainer`.
"""

from __future__ import annotations

import argparse

import mocrograd as torch
import mocrograd.nn.functional as F
from mocrograd import nn, optim


class Adder(nn.Module):
    """Two digits per step as one-hot vectors, a GRU that remembers the carry, scores of the sum's digit."""

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.gru = nn.GRU(20, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 10)

    def forward(self, a, b):
        """Return scores, (batch, digits, 10), for digits, (batch, digits), of two numbers."""
        pairs = torch.cat([F.one_hot(a, 10), F.one_hot(b, 10)], dim=-1).float()
        y, _ = self.gru(pairs)
        return self.head(y)


def digits_of(numbers: torch.Tensor, count: int) -> torch.Tensor:
    """Return the digits of numbers, (batch), from the ones on: (batch, count)."""
    return torch.stack([numbers // 10**place % 10 for place in range(count)], dim=1)


def make_sums(batch: int, digits: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the digits of random numbers a, b and of a + b, one more than the numbers have."""
    a, b = (torch.randint(0, 10**digits, (batch,)) for _ in range(2))
    return digits_of(a, digits + 1), digits_of(b, digits + 1), digits_of(a + b, digits + 1)


def train(steps: int = 1000, batch: int = 64, seed: int = 0) -> tuple[list[float], Adder]:
    """Train on numbers of four digits; return the losses and the model."""
    torch.manual_seed(seed)
    model = Adder()
    optimizer = optim.RMSprop(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(steps):
        a, b, total = make_sums(batch, 4)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(a, b).flatten(0, 1), total.flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model


def accuracy(model: Adder, digits: int, count: int = 500) -> float:
    """Return the share of sums of numbers of so many digits that are right in every digit."""
    model.eval()
    with torch.no_grad():
        a, b, total = make_sums(count, digits)
        return (model(a, b).argmax(-1) == total).all(dim=1).float().mean().item()


def main() -> None:
    """Train, print, and add longer numbers than were trained on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    options = parser.parse_args()
    losses, model = train(options.steps)
    for step in [*range(0, options.steps, 100), options.steps - 1]:
        print(f"step {step:3}  loss {losses[step]:.4f}")
    for digits in (4, 8, 12):
        print(f"sums of {digits} digits: {100 * accuracy(model, digits):.0f} % right")


if __name__ == "__main__":
    main()

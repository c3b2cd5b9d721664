"""Separate two half moons by a 2-16-16-1 network and a max-margin loss, as in micrograd's demonstration.

It writes its loop out, to show what `Trainer` does.
"""

from __future__ import annotations

import argparse

import mocrograd as mg
from mocrograd import nn, optim
from mocrograd.datasets import make_moons


def train(steps: int = 100, seed: int = 0) -> tuple[list[float], list[float]]:
    """Train on 100 points; return loss and accuracy of each step."""
    mg.manual_seed(seed)
    x, classes = make_moons(100, noise=0.1, seed=seed)
    y = classes.to(x.dtype) * 2 - 1  # -1 or 1

    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = optim.SGD(model.parameters(), lr=1.0)

    losses, accuracies = [], []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 1.0 - 0.9 * step / steps
        optimizer.zero_grad()
        scores = model(x).squeeze(1)
        margin = nn.functional.relu(1 - y * scores).mean()
        penalty = sum((p * p).sum() for p in model.parameters())
        loss = margin + 1e-4 * penalty
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        accuracies.append(((scores > 0) == (y > 0)).sum().item() / len(y))
    return losses, accuracies


def main() -> None:
    """Train and print every tenth step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    losses, accuracies = train(options.steps, options.seed)
    for step in [*range(0, options.steps, 10), options.steps - 1]:
        print(f"step {step:3}  loss {losses[step]:.4f}  accuracy {100 * accuracies[step]:.0f} %")


if __name__ == "__main__":
    main()

"""Learn exclusive or: the smallest problem that needs a hidden layer.

It writes its loop out, to show what `Trainer` does.
"""

from __future__ import annotations

import argparse

import mocrograd as mg
from mocrograd import nn, optim


def train(steps: int = 500, seed: int = 0) -> tuple[nn.Module, list[float]]:
    """Train a 2-8-1 network on the four cases; return it and the loss of each step."""
    mg.manual_seed(seed)
    x = mg.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = mg.tensor([[0.0], [1.0], [1.0], [0.0]])

    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    criterion = nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


def main() -> None:
    """Train and show what the network says to each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model, losses = train(options.steps, options.seed)
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.6f}")
    with mg.no_grad():
        for a in (0.0, 1.0):
            for b in (0.0, 1.0):
                print(f"{a:.0f} xor {b:.0f} = {model(mg.tensor([[a, b]])).item():.3f}")


if __name__ == "__main__":
    main()

"""Learn exclusive or with a network that is a list of layers. No linear function has these values: it takes two.

Its networks are lists of layers and no modules, which `Trainer` expects.
"""

from __future__ import annotations

import argparse

import mocrograd as mg
from layers import BatchIterator, NeuralNet, train
from mocrograd.nn import Linear, MSELoss, Tanh
from mocrograd.optim import SGD

INPUTS = mg.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
TARGETS = mg.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
"""A column for "equal" and one for "different"."""


def learn(epochs: int = 2000, seed: int = 0) -> tuple[NeuralNet, list[float]]:
    """Train the network; return it and the loss of each epoch."""
    mg.manual_seed(seed)
    net = NeuralNet([Linear(2, 2), Tanh(), Linear(2, 2)])
    losses = train(net, INPUTS, TARGETS, epochs, BatchIterator(4), MSELoss(), SGD(net.parameters(), lr=0.5))
    return net, losses


def main() -> None:
    """Train, and show what the network says to each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    net, losses = learn(options.epochs, options.seed)
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.6f}")
    with mg.no_grad():
        for (a, b), said, target in zip(INPUTS.tolist(), net.forward(INPUTS).tolist(), TARGETS.tolist()):
            print(f"{a:.0f} xor {b:.0f}: {said[0]:5.2f} {said[1]:5.2f}, to be {target[0]:.0f} {target[1]:.0f}")


if __name__ == "__main__":
    main()

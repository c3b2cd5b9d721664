"""Count to a hundred, but say "fizz" to multiples of 3, "buzz" to those of 5 and "fizzbuzz" to those of 15.

A network that is a list of layers learns it from the numbers above 100.

Its networks are lists of layers and no modules, which `Trainer` expects.
"""

from __future__ import annotations

import argparse

import mocrograd as mg
from layers import BatchIterator, NeuralNet, train
from mocrograd.nn import CrossEntropyLoss, Linear, Tanh
from mocrograd.optim import AdamW

DIGITS = 10


def encode(numbers: mg.Tensor) -> mg.Tensor:
    """Return the binary digits of numbers, the lowest first, as -1 and 1."""
    return (numbers.unsqueeze(1) // 2 ** mg.arange(DIGITS) % 2).float() * 2 - 1


def classes_of(numbers: mg.Tensor) -> mg.Tensor:
    """Return 0 for a number that is said as it is, 1 for fizz, 2 for buzz, 3 for fizzbuzz."""
    return (numbers % 3 == 0).long() + 2 * (numbers % 5 == 0).long()


def say(number: int, choice: int) -> str:
    """Return what is said to a number."""
    return [str(number), "fizz", "buzz", "fizzbuzz"][choice]


def learn(epochs: int = 300, seed: int = 0) -> tuple[NeuralNet, list[float]]:
    """Train the network on 101 to 1023; return it and the loss of each epoch."""
    mg.manual_seed(seed)
    numbers = mg.arange(101, 2**DIGITS)
    net = NeuralNet([Linear(DIGITS, 100), Tanh(), Linear(100, 4)])
    optimizer = AdamW(net.parameters(), lr=0.01, weight_decay=0.05)
    losses = train(net, encode(numbers), classes_of(numbers), epochs, BatchIterator(32), CrossEntropyLoss(), optimizer)
    return net, losses


def count(net: NeuralNet) -> tuple[list[str], int]:
    """Return what the network says to 1 to 100, and how many of the hundred are right."""
    numbers = mg.arange(1, 101)
    with mg.no_grad():
        choices = net.forward(encode(numbers)).argmax(1)
    words = [say(number, choice) for number, choice in zip(numbers.tolist(), choices.tolist())]
    return words, int((choices == classes_of(numbers)).sum())


def main() -> None:
    """Train, count, and say how many of the hundred are right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    net, losses = learn(options.epochs, options.seed)
    words, right = count(net)
    print(*words)
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, {right} of 100 right")


if __name__ == "__main__":
    main()

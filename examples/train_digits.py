"""Train one of three networks on 8 x 8 images of handwritten digits.

normal is 64-64-32-10, longer 64-(256 x 29)-10, bigger 64-8192-4096-2048-10; all with ReLU, cross-entropy and
an L2 term of 1e-4, from kaiming-normal weights.
"""

from __future__ import annotations

import argparse

import mocrograd as mg
from mocrograd import nn, optim
from mocrograd.datasets import load_digits, train_test_split
from mocrograd.train import History, Trainer, accuracy
from mocrograd.train.networks import L2, NETWORKS, build_network
from mocrograd.utils.data import DataLoader, TensorDataset


def train(
    network: str = "normal",
    epochs: int = 20,
    lr: float = 0.01,
    samples: int | None = None,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train on 80 % of the images, validate on the others; return the history."""
    mg.manual_seed(seed)
    images, digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(images[:samples], digits[:samples], test_size=0.2, seed=seed)
    train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle=True)
    test_loader = DataLoader(TensorDataset(x_test, y_test), batch_size=256)

    model = build_network(network)
    optimizer = optim.SGD(model.parameters(), lr=lr)
    trainer = Trainer(model, nn.CrossEntropyLoss(), optimizer, metrics={"accuracy": accuracy}, l2=L2)
    return trainer.fit(train_loader, test_loader, epochs=epochs, progress=progress)


def main() -> None:
    """Train and print the final accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=list(NETWORKS), default="normal")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--samples", type=int, help="use only the first images")
    parser.add_argument("--seed", type=int, default=0)
    history = train(**vars(parser.parse_args()))
    if len(history):
        print(f"validation accuracy {100 * history['validation_accuracy'][-1]:.2f} % in {len(history)} epochs")


if __name__ == "__main__":
    main()

"""Train a small convolutional network on handwritten digits, enlarged to the 28 x 28 pixels of MNIST."""

from __future__ import annotations

import argparse

import mocrograd as torch
import mocrograd.nn.functional as F
from mocrograd import nn, optim
from mocrograd.datasets import load_digits, train_test_split
from mocrograd.train import Accuracy, Trainer
from mocrograd.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    """Two convolutions with pooling, two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.25)
        self.fc1 = nn.Linear(32 * 7 * 7, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        """Return scores, (batch, 10), of images, (batch, 1, 28, 28)."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.dropout(torch.flatten(x, 1))
        return self.fc2(F.relu(self.fc1(x)))


def train(epochs: int = 3, samples: int | None = None, lr: float = 1e-3, seed: int = 0) -> tuple[list[float], float]:
    """Train; return the mean loss of each epoch and the accuracy on images not trained on."""
    torch.manual_seed(seed)
    images, digits = load_digits()
    images = F.interpolate(images[:samples].reshape(-1, 1, 8, 8), size=(28, 28), mode="bilinear")
    x_train, x_test, y_train, y_test = train_test_split(images, digits[:samples], test_size=0.2, seed=seed)
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True)

    model = Net()
    optimizer = optim.Adam(model.parameters(), lr=lr)
    metrics = {"accuracy": Accuracy()}
    trainer = Trainer(model, nn.CrossEntropyLoss(), optimizer, metrics=metrics)
    history = trainer.fit(loader, epochs=epochs, progress=False)
    return history["loss"], trainer.test([(x_test, y_test)])["test_accuracy"]


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--samples", type=int, help="use only the first images")
    options = parser.parse_args()
    losses, accuracy = train(options.epochs, options.samples)
    for epoch, loss in enumerate(losses, 1):
        print(f"epoch {epoch}  loss {loss:.4f}")
    print(f"accuracy {100 * accuracy:.1f} %")


if __name__ == "__main__":
    main()

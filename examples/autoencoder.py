"""Squeeze 8 x 8 images of digits through eight numbers, and back.

It writes its loop out, to show what `Trainer` does: the target of an image is the image.
"""

from __future__ import annotations

import argparse

import mocrograd as torch
from mocrograd import nn, optim
from mocrograd.datasets import load_digits
from mocrograd.utils.data import DataLoader, TensorDataset


class Autoencoder(nn.Module):
    """An encoder from 64 pixels to a code, and a decoder back."""

    def __init__(self, code: int = 8) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 48), nn.SiLU(), nn.Linear(48, code))
        self.decoder = nn.Sequential(nn.Linear(code, 48), nn.SiLU(), nn.Linear(48, 64), nn.Sigmoid())

    def forward(self, x):
        """Return images of the shape of x, (batch, 64)."""
        return self.decoder(self.encoder(x))


def train(epochs: int = 20, samples: int | None = None, seed: int = 0) -> tuple[list[float], Autoencoder]:
    """Train; return the mean loss of each epoch and the model."""
    torch.manual_seed(seed)
    images, _ = load_digits()
    loader = DataLoader(TensorDataset(images[:samples]), batch_size=64, shuffle=True)
    model = Autoencoder()
    criterion = nn.MSELoss()
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for (x,) in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), x)
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader))
    return losses, model


def show(image: torch.Tensor) -> str:
    """Return an image of 64 pixels as lines of characters."""
    shades = " .:-=+*#%@"
    rows = image.reshape(8, 8).clamp(0, 1).mul(len(shades) - 1).round().long().tolist()
    return "\n".join("".join(2 * shades[pixel] for pixel in row) for row in rows)


def main() -> None:
    """Train, print, and show an image before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args()
    losses, model = train(options.epochs)
    for epoch in [*range(0, options.epochs, 5), options.epochs - 1]:
        print(f"epoch {epoch + 1:2}  loss {losses[epoch]:.5f}")
    image = load_digits()[0][3]
    with torch.no_grad():
        print(show(image), show(model(image)), sep="\n\n")


if __name__ == "__main__":
    main()

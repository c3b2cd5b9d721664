"""A variational autoencoder of 8 x 8 digits: codes are draws of normal distributions, and new digits can be drawn.

It writes its loop out instead of using `Trainer`: the loss needs the distributions, not an output and a target.
"""

from __future__ import annotations

import argparse

import mocrograd as torch
from mocrograd import nn, optim
from mocrograd.datasets import load_digits
from mocrograd.distributions import Bernoulli, Independent, Normal, kl_divergence
from mocrograd.utils.data import DataLoader, TensorDataset


class VAE(nn.Module):
    """An encoder to the distribution of a code, and a decoder to the distribution of an image."""

    def __init__(self, code: int = 6) -> None:
        super().__init__()
        self.code = code
        self.encoder = nn.Sequential(nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 2 * code))
        self.decoder = nn.Sequential(nn.Linear(code, 64), nn.SiLU(), nn.Linear(64, 64))

    def encode(self, x):
        """Return the distribution of the codes of images (batch, 64)."""
        loc, log_scale = self.encoder(x).chunk(2, -1)
        return Independent(Normal(loc, log_scale.exp()), 1)

    def decode(self, z):
        """Return the distribution of the images of codes."""
        return Independent(Bernoulli(logits=self.decoder(z)), 1)

    def prior(self):
        """Return the distribution of codes without an image."""
        return Independent(Normal(torch.zeros(self.code), torch.ones(self.code)), 1)

    def forward(self, x):
        """Return a bound of -log p(x), averaged: what the images cost with the codes, and the codes themselves."""
        posterior = self.encode(x)
        z = posterior.rsample()
        return (kl_divergence(posterior, self.prior()) - self.decode(z).log_prob(x)).mean()


def train(epochs: int = 20, samples: int | None = None, seed: int = 0) -> tuple[list[float], VAE]:
    """Train; return the mean loss of each epoch and the model."""
    torch.manual_seed(seed)
    images = (load_digits()[0][:samples] > 0.5).float()  # black and white
    loader = DataLoader(TensorDataset(images), batch_size=64, shuffle=True)
    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for (x,) in loader:
            optimizer.zero_grad()
            loss = model(x)
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader))
    return losses, model


def show(images: torch.Tensor) -> str:
    """Return images of 64 pixels side by side as lines of characters."""
    shades = " .:-=+*#%@"
    rows = torch.cat(list(images.reshape(-1, 8, 8)), 1).mul(len(shades) - 1).round().long().tolist()
    return "\n".join("".join(2 * shades[pixel] for pixel in row) for row in rows)


def main() -> None:
    """Train, print, and show digits that nobody wrote."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=40)
    options = parser.parse_args()
    losses, model = train(options.epochs)
    for epoch in [*range(0, options.epochs, 10), options.epochs - 1]:
        print(f"epoch {epoch + 1:2}  loss {losses[epoch]:.3f}")
    with torch.no_grad():
        print(show(model.decode(model.prior().sample((5,))).mean))


if __name__ == "__main__":
    main()

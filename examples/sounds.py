"""Hear what plays a note: mel spectrograms of synthetic bells, strings and flutes, and a small convolutional network.

A spectrogram is the magnitude of Fourier transforms of short pieces of a sound; the mel scale places frequencies as
far apart as people hear them. Everything is computed by the library, so gradients would reach the sound itself.
"""

from __future__ import annotations

import argparse
import math

import mocrograd as torch
from mocrograd import nn, optim
from mocrograd.nn import functional as F

RATE = 8000
"""Samples per second."""
LENGTH = 4096
"""Samples of a sound: half a second."""
NAMES = ["bell", "string", "flute"]


def play(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return sounds of shape (count, LENGTH), each a note of random pitch with noise, and their instruments."""
    time = torch.arange(LENGTH) / RATE
    instruments = torch.randint(0, len(NAMES), (count,))
    pitch = 220 * 2 ** torch.rand(count, 1)
    partials = {
        "bell": ([1.0, 2.76, 5.4, 8.93], [1.0, 0.6, 0.4, 0.25], 6.0),  # not harmonic, dies away
        "string": ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.5, 0.33, 0.25, 0.2, 0.17], 3.0),  # harmonic, dies away
        "flute": ([1.0, 2.0, 3.0], [1.0, 0.2, 0.05], 0.0),  # nearly a pure tone, stays
    }
    sounds = torch.zeros(count, LENGTH)
    for i, name in enumerate(NAMES):
        multiples, strengths, decay = partials[name]
        note = sum(s * torch.sin(2 * math.pi * m * pitch * time) for m, s in zip(multiples, strengths))
        sounds = torch.where((instruments == i).unsqueeze(1), note * torch.exp(-decay * time), sounds)
    return sounds + 0.3 * torch.randn(count, LENGTH), instruments


def mel_filters(frequencies: int, bands: int) -> torch.Tensor:
    """Return the weight of each frequency in each band, of shape (frequencies, bands): triangles on the mel scale.

    The scale is 2595 log10(1 + f / 700), with f in hertz (O'Shaughnessy, Speech Communication, 1987).
    """
    highest = 2595 * math.log10(1 + RATE / 2 / 700)
    corners = 700 * (10 ** (torch.linspace(0, highest, bands + 2) / 2595) - 1)
    f = torch.linspace(0, RATE / 2, frequencies).unsqueeze(1)
    rising = (f - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - f) / (corners[2:] - corners[1:-1])
    return torch.minimum(rising, falling).clamp(min=0)


class Ear(nn.Module):
    """A log-mel spectrogram, two convolutions over time, and the most that each channel heard."""

    def __init__(self, n_fft: int = 256, bands: int = 32) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.register_buffer("window", torch.hann_window(n_fft))
        self.register_buffer("filters", mel_filters(n_fft // 2 + 1, bands))
        self.convolutions = nn.Sequential(
            nn.BatchNorm1d(bands),
            nn.Conv1d(bands, 24, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(24, 24, 5, padding=2),
            nn.ReLU(),
            nn.AdaptiveMaxPool1d(1),
            nn.Flatten(),
        )
        self.head = nn.Linear(24, len(NAMES))

    def spectrogram(self, sounds: torch.Tensor) -> torch.Tensor:
        """Return the log-mel spectrogram, of shape (batch, bands, pieces), of sounds of shape (batch, samples)."""
        spectrum = torch.stft(sounds, self.n_fft, hop_length=128, window=self.window, return_complex=True)
        power = spectrum.abs().square()
        return torch.log(power.transpose(1, 2) @ self.filters + 1e-6).transpose(1, 2)

    def forward(self, sounds: torch.Tensor) -> torch.Tensor:
        """Return logits of shape (batch, instruments) of sounds of shape (batch, samples)."""
        return self.head(self.convolutions(self.spectrogram(sounds)))


def train(steps: int = 60, seed: int = 0) -> tuple[list[float], float, Ear]:
    """Train on notes that are played anew for each step; return the losses, the accuracy on others and the model."""
    torch.manual_seed(seed)
    model = Ear()
    optimizer = optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        sounds, instruments = play(64)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(sounds), instruments)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    sounds, instruments = play(256)
    with torch.no_grad():
        accuracy = (model(sounds).argmax(1) == instruments).float().mean().item()
    return losses, accuracy, model


def show(spectrogram: torch.Tensor) -> str:
    """Return a spectrogram of shape (bands, pieces) as lines of characters, high sounds above low ones."""
    shades = " .:-=+*#%@"
    scaled = (spectrogram - spectrogram.min()) / (spectrogram.max() - spectrogram.min())
    rows = scaled.flip(0).mul(len(shades) - 1).round().long().tolist()
    return "\n".join("".join(2 * shades[value] for value in row) for row in rows)


def main() -> None:
    """Train, print, and show the spectrogram of a bell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=60)
    losses, accuracy, model = train(parser.parse_args().steps)
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}  accuracy on other notes {accuracy:.1%}")
    sounds, instruments = play(16)
    for i, name in enumerate(NAMES):
        print(f"\n{name}\n{show(model.spectrogram(sounds[instruments == i][:1])[0])}")


if __name__ == "__main__":
    main()

"""Train a small residual network on images of CIFAR's size: coloured discs, squares, crosses and rings on noise.

It makes new images for every step, without epochs, so it writes the loop out instead of using `Trainer`.
"""

from __future__ import annotations

import argparse

import mocrograd as torch
import mocrograd.nn.functional as F
from mocrograd import nn, optim

CLASSES = ("disc", "square", "cross", "ring")


def make_shapes(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images, (count, 3, 32, 32), and classes, (count)."""
    classes = torch.randint(0, len(CLASSES), (count,))
    centre = torch.rand(count, 2, 1, 1) * 12 + 10
    radius = torch.rand(count, 1, 1) * 4 + 5
    place = torch.arange(32).float()
    dy = (place.reshape(1, 32, 1) - centre[:, 0]).abs()
    dx = (place.reshape(1, 1, 32) - centre[:, 1]).abs()
    distance = (dx * dx + dy * dy).sqrt()
    masks = torch.stack(
        [
            distance <= radius,
            torch.maximum(dx.expand(count, 32, 32), dy.expand(count, 32, 32)) <= radius,
            (torch.minimum(dx.expand(count, 32, 32), dy.expand(count, 32, 32)) <= 1.5) & (distance <= radius + 2),
            (distance <= radius) & (distance >= radius - 2.5),
        ],
        1,
    )
    mask = masks[torch.arange(count), classes].float().unsqueeze(1)
    colour = torch.rand(count, 3, 1, 1) * 0.8 + 0.2
    return mask * colour + 0.1 * torch.randn(count, 3, 32, 32), classes


class Block(nn.Module):
    """Two convolutions with batch normalisation, around which the input is added."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        """Return (batch, outputs, height / stride, width / stride)."""
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    """A convolution, three blocks, the mean over all places, a linear layer."""

    def __init__(self, width: int = 8, classes: int = len(CLASSES)) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(Block(width, width), Block(width, 2 * width, 2), Block(2 * width, 4 * width, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x):
        """Return scores, (batch, classes), of images, (batch, 3, height, width)."""
        return self.fc(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


def train(steps: int = 60, batch: int = 32, seed: int = 0) -> tuple[list[float], float]:
    """Train on fresh images at each step; return the losses and the accuracy on images not seen."""
    torch.manual_seed(seed)
    model = ResNet()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    losses = []
    for _ in range(steps):
        x, y = make_shapes(batch)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())

    model.eval()
    with torch.no_grad():
        x, y = make_shapes(256)
        accuracy = (model(x).argmax(1) == y).float().mean().item()
    return losses, accuracy


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=150)
    options = parser.parse_args()
    losses, accuracy = train(options.steps)
    for step in [*range(0, options.steps, 20), options.steps - 1]:
        print(f"step {step:3}  loss {losses[step]:.4f}")
    print(f"accuracy {100 * accuracy:.1f} %")


if __name__ == "__main__":
    main()

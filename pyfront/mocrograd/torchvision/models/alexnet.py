"""AlexNet."""

from __future__ import annotations

from typing import Any

from mocrograd import nn
from mocrograd.ops import flatten
from mocrograd.tensor import Tensor
from mocrograd.torchvision.models.weights import build, weights_of

AlexNet_Weights = weights_of("AlexNet_Weights", __name__, {"IMAGENET1K_V1": "alexnet-owt-7be5be79.pth"})


class AlexNet(nn.Module):
    """A network for images, (N, 3, H, W), of five convolutions and three linear layers.

    Args:
        num_classes: The numbers that come out.
        dropout: The probability with which the linear layers lose a number.
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(inplace=True),
            nn.Dropout(dropout), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return numbers of classes, (N, num_classes)."""
        return self.classifier(flatten(self.avgpool(self.features(x)), 1))


def alexnet(*, weights: Any = None, progress: bool = True, pretrained: bool | None = None, **kwargs: Any) -> AlexNet:
    """Make AlexNet.

    Args:
        weights: A member of `AlexNet_Weights`, its name, or None for random ones.
        progress: Whether a download shows a bar.
        pretrained: The older argument: True stands for IMAGENET1K_V1.
        **kwargs: What `AlexNet` takes.
    """
    made: AlexNet = build(AlexNet(**kwargs), weights, AlexNet_Weights, progress, pretrained)
    return made

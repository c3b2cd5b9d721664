"""Networks of the Visual Geometry Group: convolutions of 3 x 3, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import nn
from mocrograd.ops import flatten
from mocrograd.tensor import Tensor
from mocrograd.torchvision.models.weights import build, weights_of

_WIDTHS = (64, 128, 256, 512, 512)


class VGG(nn.Module):
    """A network for images, (N, 3, H, W): features, and three linear layers behind them.

    Args:
        features: Makes 512 channels of images.
        num_classes: The numbers that come out.
        init_weights: Whether to draw the weights as the authors did.
        dropout: The probability with which the linear layers lose a number.
    """

    def __init__(
        self, features: nn.Module, num_classes: int = 1000, init_weights: bool = True, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(True), nn.Dropout(dropout),
            nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )  # fmt: skip
        if init_weights:
            self.apply(_initialize)

    def forward(self, x: Tensor) -> Tensor:
        """Return numbers of classes, (N, num_classes)."""
        return self.classifier(flatten(self.avgpool(self.features(x)), 1))


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0, 0.01)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)


def _features(counts: Sequence[int], batch_norm: bool) -> nn.Sequential:
    """Return stages of as many convolutions as `counts` says, each with a pooling behind it."""
    layers: list[nn.Module] = []
    channels = 3
    for count, width in zip(counts, _WIDTHS, strict=True):
        for _ in range(count):
            norm = [nn.BatchNorm2d(width)] if batch_norm else []
            layers += [nn.Conv2d(channels, width, 3, padding=1), *norm, nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers)


def _named(name: str, counts: Sequence[int], file: str) -> tuple[Callable[..., VGG], Any]:
    """Return the function that makes a network of one depth, and the class of its weights."""
    title = name.upper()
    kind = weights_of(f"{title}_Weights", __name__, {"IMAGENET1K_V1": f"{name}-{file}.pth"})

    def make(*, weights: Any = None, progress: bool = True, pretrained: bool | None = None, **kwargs: Any) -> VGG:
        if weights is not None or pretrained:
            kwargs["init_weights"] = False
        network = VGG(_features(counts, name.endswith("_bn")), **kwargs)
        made: VGG = build(network, weights, kind, progress, pretrained)
        return made

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"""Make {title}.

    Args:
        weights: A member of `{title}_Weights`, its name, or None for random ones.
        progress: Whether a download shows a bar.
        pretrained: The older argument: True stands for IMAGENET1K_V1.
        **kwargs: What `VGG` takes.
    """
    return make, kind


vgg11, VGG11_Weights = _named("vgg11", (1, 1, 2, 2, 2), "8a719046")
vgg11_bn, VGG11_BN_Weights = _named("vgg11_bn", (1, 1, 2, 2, 2), "6002323d")
vgg13, VGG13_Weights = _named("vgg13", (2, 2, 2, 2, 2), "19584684")
vgg13_bn, VGG13_BN_Weights = _named("vgg13_bn", (2, 2, 2, 2, 2), "abd245e5")
vgg16, VGG16_Weights = _named("vgg16", (2, 2, 3, 3, 3), "397923af")
vgg16_bn, VGG16_BN_Weights = _named("vgg16_bn", (2, 2, 3, 3, 3), "6c64b313")
vgg19, VGG19_Weights = _named("vgg19", (2, 2, 4, 4, 4), "dcbb9e9d")
vgg19_bn, VGG19_BN_Weights = _named("vgg19_bn", (2, 2, 4, 4, 4), "c79401a0")

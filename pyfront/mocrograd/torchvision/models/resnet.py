"""Residual networks: ResNet, ResNeXt and the wide ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import nn
from mocrograd.ops import flatten
from mocrograd.tensor import Tensor
from mocrograd.torchvision.models.weights import build, weights_of


def conv3x3(in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1) -> nn.Conv2d:
    """Return a convolution of 3 x 3 without bias that keeps the size, but for the stride.

    Args:
        in_planes: The channels that come in.
        out_planes: The channels that come out.
        stride: The step.
        groups: The groups of channels.
        dilation: The distance of taps.
    """
    return nn.Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, groups, bias=False)


def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    """Return a convolution of 1 x 1 without bias.

    Args:
        in_planes: The channels that come in.
        out_planes: The channels that come out.
        stride: The step.
    """
    return nn.Conv2d(in_planes, out_planes, 1, stride, bias=False)


class BasicBlock(nn.Module):
    """Two convolutions of 3 x 3 around which the input goes.

    Args:
        inplanes: The channels that come in.
        planes: The channels that come out.
        stride: The step of the first convolution.
        downsample: What is done to the input that goes around.
        groups: 1.
        base_width: 64.
        dilation: 1.
        norm_layer: Makes a normalisation for a number of channels.

    Raises:
        ValueError: `groups` or `base_width` is another number.
        NotImplementedError: `dilation` is larger.
    """

    expansion = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Callable[[int], nn.Module] | None = None,
    ) -> None:
        super().__init__()
        norm = norm_layer or nn.BatchNorm2d
        if groups != 1 or base_width != 64:
            raise ValueError("BasicBlock only supports groups=1 and base_width=64")
        if dilation > 1:
            raise NotImplementedError("Dilation > 1 not supported in BasicBlock")
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return what comes out for images, (N, inplanes, H, W)."""
        around = x if self.downsample is None else self.downsample(x)
        made = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        made += around
        return self.relu(made)


class Bottleneck(nn.Module):
    """Convolutions of 1 x 1, 3 x 3 and 1 x 1 around which the input goes; the middle one has the stride.

    Args:
        inplanes: The channels that come in.
        planes: A quarter of the channels that come out.
        stride: The step.
        downsample: What is done to the input that goes around.
        groups: The groups of the middle convolution.
        base_width: The channels of a group, for 64 planes.
        dilation: The distance of taps.
        norm_layer: Makes a normalisation for a number of channels.
    """

    expansion = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Callable[[int], nn.Module] | None = None,
    ) -> None:
        super().__init__()
        norm = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return what comes out for images, (N, inplanes, H, W)."""
        around = x if self.downsample is None else self.downsample(x)
        made = self.relu(self.bn1(self.conv1(x)))
        made = self.relu(self.bn2(self.conv2(made)))
        made = self.bn3(self.conv3(made))
        made += around
        return self.relu(made)


class ResNet(nn.Module):
    """A residual network for images, (N, 3, H, W).

    Args:
        block: `BasicBlock` or `Bottleneck`.
        layers: How many blocks each of the four stages has.
        num_classes: The numbers that come out.
        zero_init_residual: Whether each block begins as the identity.
        groups: The groups of the middle convolutions.
        width_per_group: The channels of a group.
        replace_stride_with_dilation: Which of the last three stages spread their taps instead of a stride of 2.
        norm_layer: Makes a normalisation for a number of channels.

    Raises:
        ValueError: `replace_stride_with_dilation` has not three elements.
    """

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Sequence[bool] | None = None,
        norm_layer: Callable[[int], nn.Module] | None = None,
    ) -> None:
        super().__init__()
        self._norm_layer = norm_layer or nn.BatchNorm2d
        spread = list(replace_stride_with_dilation or (False, False, False))
        if len(spread) != 3:
            raise ValueError(
                f"replace_stride_with_dilation should be None or a 3-element tuple, got {replace_stride_with_dilation}"
            )
        self.inplanes = 64
        self.dilation = 1
        self.groups = groups
        self.base_width = width_per_group
        self.conv1 = nn.Conv2d(3, self.inplanes, 7, 2, 3, bias=False)
        self.bn1 = self._norm_layer(self.inplanes)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, spread[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, spread[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, spread[2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        self._initialize(zero_init_residual)

    def _initialize(self, zero_init_residual: bool) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif zero_init_residual and isinstance(module, (BasicBlock, Bottleneck)):
                last: Any = module.bn3 if isinstance(module, Bottleneck) else module.bn2
                nn.init.zeros_(last.weight)

    def _make_layer(
        self, block: type[BasicBlock | Bottleneck], planes: int, blocks: int, stride: int = 1, dilate: bool = False
    ) -> nn.Sequential:
        norm, previous = self._norm_layer, self.dilation
        if dilate:
            self.dilation *= stride
            stride = 1
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                conv1x1(self.inplanes, planes * block.expansion, stride), norm(planes * block.expansion)
            )
        shared = (self.groups, self.base_width)
        made = [block(self.inplanes, planes, stride, downsample, *shared, previous, norm)]
        self.inplanes = planes * block.expansion
        made += [block(self.inplanes, planes, 1, None, *shared, self.dilation, norm) for _ in range(1, blocks)]
        return nn.Sequential(*made)

    def forward(self, x: Tensor) -> Tensor:
        """Return numbers of classes, (N, num_classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(flatten(self.avgpool(x), 1))


def _named(
    name: str, block: type[BasicBlock | Bottleneck], layers: Sequence[int], title: str, *files: str, **options: Any
) -> tuple[Callable[..., ResNet], Any]:
    """Return the function that makes a network of one depth, and the class of its weights."""
    versions = {f"IMAGENET1K_V{number}": f"{name}-{end}.pth" for number, end in enumerate(files, 1)}
    kind = weights_of(f"{title}_Weights", __name__, versions)

    def make(*, weights: Any = None, progress: bool = True, pretrained: bool | None = None, **kwargs: Any) -> ResNet:
        made: ResNet = build(ResNet(block, layers, **{**options, **kwargs}), weights, kind, progress, pretrained)
        return made

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"""Make {title}.

    Args:
        weights: A member of `{title}_Weights`, its name, or None for random ones.
        progress: Whether a download shows a bar.
        pretrained: The older argument: True stands for IMAGENET1K_V1.
        **kwargs: What `ResNet` takes.
    """
    return make, kind


resnet18, ResNet18_Weights = _named("resnet18", BasicBlock, (2, 2, 2, 2), "ResNet18", "f37072fd")
resnet34, ResNet34_Weights = _named("resnet34", BasicBlock, (3, 4, 6, 3), "ResNet34", "b627a593")
resnet50, ResNet50_Weights = _named("resnet50", Bottleneck, (3, 4, 6, 3), "ResNet50", "0676ba61", "11ad3fa6")
resnet101, ResNet101_Weights = _named("resnet101", Bottleneck, (3, 4, 23, 3), "ResNet101", "63fe2227", "cd907fc2")
resnet152, ResNet152_Weights = _named("resnet152", Bottleneck, (3, 8, 36, 3), "ResNet152", "394f9c45", "f82ba261")
resnext50_32x4d, ResNeXt50_32X4D_Weights = _named(
    "resnext50_32x4d", Bottleneck, (3, 4, 6, 3), "ResNeXt50_32X4D", "7cdf4587", "1a0047aa", groups=32, width_per_group=4
)
wide_resnet50_2, Wide_ResNet50_2_Weights = _named(
    "wide_resnet50_2", Bottleneck, (3, 4, 6, 3), "Wide_ResNet50_2", "95faca4d", "9ba9bcbe", width_per_group=128
)

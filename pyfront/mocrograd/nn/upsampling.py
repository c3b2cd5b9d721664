"""Layers that change the size of images."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor

__all__ = [
    "PixelShuffle",
    "PixelUnshuffle",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]


class Upsample(Module):
    """Gives images (N, channels, sizes) another size by interpolation.

    Args:
        size: The sizes of the output.
        scale_factor: What the sizes are multiplied with instead.
        mode: "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear" or "area".
        align_corners: Whether the middles of the corner pixels lie on each other.
        recompute_scale_factor: Whether the factors are those of the rounded sizes.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Upsample(scale_factor=2, mode="bilinear")(mg.ones(1, 3, 4, 5)).shape
        mocrograd.Size([1, 3, 8, 10])
    """

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.size = size
        self.scale_factor: Any = float(scale_factor) if isinstance(scale_factor, (int, float)) else scale_factor
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple([float(factor) for factor in scale_factor])
        self.mode, self.align_corners, self.recompute_scale_factor = mode, align_corners, recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        size = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{size}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Gives images another size by the nearest pixels.

    Args:
        size: The sizes of the output.
        scale_factor: What the sizes are multiplied with instead.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 1, 2, 2)
        >>> mg.nn.UpsamplingNearest2d(scale_factor=2)(x)[0, 0]
        tensor([[0., 0., 1., 1.],
                [0., 0., 1., 1.],
                [2., 2., 3., 3.],
                [2., 2., 3., 3.]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Gives images another size by linear interpolation, with the corners on each other.

    Args:
        size: The sizes of the output.
        scale_factor: What the sizes are multiplied with instead.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 1, 2, 2)
        >>> mg.nn.UpsamplingBilinear2d(size=(3, 3))(x)[0, 0]
        tensor([[0.0000, 0.5000, 1.0000],
                [1.0000, 1.5000, 2.0000],
                [2.0000, 2.5000, 3.0000]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """Makes images r times as high and wide from r r times as many channels.

    Args:
        upscale_factor: The number r.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 4, 1, 1)
        >>> mg.nn.PixelShuffle(2)(x)[0, 0]
        tensor([[0., 1.],
                [2., 3.]])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Makes r r times as many channels from images that become r times as low and narrow.

    Args:
        downscale_factor: The number r.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 1, 2, 2)
        >>> mg.nn.PixelUnshuffle(2)(x).flatten()
        tensor([0., 1., 2., 3.])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"

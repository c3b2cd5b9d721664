"""Layers that turn images into columns of windows and back, and one that mixes channels."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor
from mocrograd.types import Ints

__all__ = [
    "ChannelShuffle",
    "Fold",
    "Unfold",
]


class Unfold(Module):
    """Returns the windows of images as columns.

    Args:
        kernel_size: The size of a window, one number or a pair.
        dilation: The step between the elements of a window.
        padding: Zeros around the images.
        stride: The step between windows.

    Shape:
        - input: (batch, channels, height, width) or (channels, height, width)
        - output: (batch, channels * window, windows)

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(9.0).reshape(1, 1, 3, 3)
        >>> mg.nn.Unfold(2)(x)[0]
        tensor([[0., 1., 3., 4.],
                [1., 2., 4., 5.],
                [3., 4., 6., 7.],
                [4., 5., 7., 8.]])
    """

    def __init__(self, kernel_size: Ints, dilation: Ints = 1, padding: Ints = 0, stride: Ints = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Adds columns of windows up to images: what `Unfold` returned, each element as often as a window had it.

    Args:
        output_size: The images' size.
        kernel_size: The size of a window, one number or a pair.
        dilation: The step between the elements of a window.
        padding: Zeros around the images.
        stride: The step between windows.

    Example:
        >>> import mocrograd as mg
        >>> patches = mg.ones(1, 4, 4)
        >>> mg.nn.Fold((3, 3), 2)(patches)[0, 0]
        tensor([[1., 2., 1.],
                [2., 4., 2.],
                [1., 2., 1.]])
    """

    def __init__(
        self, output_size: Any, kernel_size: Ints, dilation: Ints = 1, padding: Ints = 0, stride: Ints = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class ChannelShuffle(Module):
    """Takes the channels of groups in turn: the first of each group, then the second of each, and so on.

    Args:
        groups: How many groups there are.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 4, 1)
        >>> mg.nn.ChannelShuffle(2)(x).flatten()
        tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"

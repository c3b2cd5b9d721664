"""Layers that normalise each sample by itself: over its last dimensions, groups of channels, or channels."""

from __future__ import annotations

import warnings
from typing import Any

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn import init
from mocrograd.nn.batchnorm import Statistics
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype, Ints

__all__ = [
    "CrossMapLRN2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]


class _RowNorm(Module):
    """What layers over the last dimensions share."""

    weight: Any
    bias: Any

    def _set_up(
        self, normalized_shape: Any, eps: float | None, weighted: bool, biased: bool, device: Any, dtype: Any
    ) -> None:
        """Make the parameters."""
        super().__init__()
        single = isinstance(normalized_shape, int)
        self.normalized_shape = (normalized_shape,) if single else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, weighted
        for name, wanted in (("weight", weighted), ("bias", weighted and biased)):
            made = Parameter(ops.empty(*self.normalized_shape, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class LayerNorm(_RowNorm):
    """Gives each sample the mean 0 and the variance 1 over its last dimensions, then a learned weight and bias.

    Args:
        normalized_shape: The sizes of those dimensions.
        eps: What is added to the variance.
        elementwise_affine: Whether there is a weight and a bias per element.
        bias: Whether there is a bias, if there is a weight.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.LayerNorm(10)(mg.ones(2, 3, 10)).shape
        mocrograd.Size([2, 3, 10])
    """

    eps: float

    def __init__(
        self, normalized_shape: Ints, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
        device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        self._set_up(normalized_shape, eps, elementwise_affine, bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(_RowNorm):
    """Divides each sample by its root mean square over its last dimensions, then multiplies with a learned weight.

    Args:
        normalized_shape: The sizes of those dimensions.
        eps: What is added to the mean square; the dtype's smallest step by default.
        elementwise_affine: Whether there is a weight per element.
        device: Where the weight lives.
        dtype: Type of the weight; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[3.0, 4.0]])
        >>> mg.nn.RMSNorm(2)(x).detach()
        tensor([[0.8485, 1.1314]])
    """

    def __init__(
        self, normalized_shape: Ints, eps: float | None = None, elementwise_affine: bool = True, device: Device = None,
        dtype: Dtype = None,
    ) -> None:  # fmt: skip
        self._set_up(normalized_shape, eps, elementwise_affine, False, device, dtype)
        del self.bias

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Gives each group of channels of each sample the mean 0 and the variance 1, then a learned weight and bias.

    Args:
        num_groups: The number of groups.
        num_channels: The number of channels, a multiple of it.
        eps: What is added to the variance.
        affine: Whether there is a weight and a bias per channel.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.
        bias: Whether there is a bias, if there is a weight.

    Raises:
        ValueError: The groups do not divide the channels.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 4, 2)
        >>> mg.nn.GroupNorm(2, 4)(x).detach()[0]
        tensor([[-1.3416, -0.4472],
                [ 0.4472,  1.3416],
                [-1.3416, -0.4472],
                [ 0.4472,  1.3416]])
    """

    weight: Any
    bias: Any

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Device = None,
        dtype: Dtype = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            made = Parameter(ops.empty(num_channels, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class _InstanceNorm(Statistics):
    ndim: int

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Device = None, dtype: Dtype = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (self.ndim + 1, self.ndim + 2):
            raise ValueError(f"expected {self.ndim + 1}D or {self.ndim + 2}D input (got {input.ndim}D input)")
        axis = input.ndim - self.ndim - 1
        if input.shape[axis] != self.num_features:
            found = f"input's size at dim={axis} to match num_features ({self.num_features})"
            if self.affine:
                raise ValueError(f"expected {found}, but got: {input.shape[axis]}.")
            warnings.warn(f"expected {found}, which is not used because affine=False", stacklevel=2)
        x = input if axis else input.unsqueeze(0)
        out = F.instance_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, self.momentum or 0.0, self.eps,
        )  # fmt: skip
        return out if axis else out.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """Gives each channel of each signal (N, channels, length) the mean 0 and the variance 1.

    Args:
        num_features: The number of channels.
        eps: What is added to the variance.
        momentum: How far running statistics move.
        affine: Whether there is a weight and a bias per channel.
        track_running_stats: Whether there are running statistics, which replace the samples' in eval mode.
        device: Where parameters and statistics live.
        dtype: Their type; float32 by default.
        bias: Whether there is a bias, if there is a weight.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[[1.0, 3.0], [10.0, 30.0]]])
        >>> mg.nn.InstanceNorm1d(2)(x)
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])
    """

    ndim = 1


class InstanceNorm2d(_InstanceNorm):
    """Gives each channel of each image the mean 0 and the variance 1; arguments as `InstanceNorm1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[[[1.0, 3.0], [1.0, 3.0]]]])
        >>> mg.nn.InstanceNorm2d(1)(x)[0, 0]
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """

    ndim = 2


class InstanceNorm3d(_InstanceNorm):
    """Gives each channel of each volume the mean 0 and the variance 1; arguments as `InstanceNorm1d`.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.InstanceNorm3d(3)(mg.ones(2, 3, 4, 4, 4)).shape
        mocrograd.Size([2, 3, 4, 4, 4])
    """

    ndim = 3


class LocalResponseNorm(Module):
    """Divides each element by a power of the squares of its neighbours in other channels.

    Args:
        size: The number of neighbouring channels.
        alpha: What their mean square is multiplied with.
        beta: The power.
        k: What is added before.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 4, 2)
        >>> mg.nn.LocalResponseNorm(2, alpha=1.0)(x)[0]
        tensor([[0.7378, 0.7378],
                [0.5946, 0.5946],
                [0.5946, 0.5946],
                [0.5946, 0.5946]])
    """

    def __init__(self, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """Divides each element by a power of the squares of its neighbours in other channels, as Lua Torch did.

    The neighbours are (size - 1) // 2 channels at either side, and the first channel, also where it lies further off.

    Args:
        size: The number of neighbouring channels.
        alpha: What the sum of their squares is multiplied with, divided by `size`.
        beta: The power.
        k: What is added before.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 4, 1, 2)
        >>> mg.nn.CrossMapLRN2d(2, alpha=1.0)(x)[0, :, 0]
        tensor([[0.7378, 0.7378],
                [0.5946, 0.5946],
                [0.5946, 0.5946],
                [0.5946, 0.5946]])
    """

    def __init__(self, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """Normalise images (batch, channels, height, width).

        Raises:
            ValueError: The input has another number of dimensions.
        """
        if input.ndim != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.ndim}D instead.")
        half = (self.size - 1) // 2
        channels = ops.arange(input.shape[1], device=input.device)
        distance = channels.unsqueeze(1) - channels
        near = (distance.abs() <= half) | ((channels == 0) & (distance > half))
        sums = F.conv2d(input * input, near.to(input.dtype)[:, :, None, None])
        return input * (sums * (self.alpha / self.size) + self.k) ** -self.beta

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"

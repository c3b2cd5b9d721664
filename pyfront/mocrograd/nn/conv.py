"""Convolutional layers."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn import init
from mocrograd.nn.functional._options import per_dimension
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.ops.conv import sizes_of
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype, Ints

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
]

_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What convolutions of any number of dimensions share: options, parameters and their start."""

    ndim: int
    transposed = False
    weight: Parameter
    bias: Any  # a Parameter, or None in a layer without bias

    def _set_up(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        output_padding: Any, groups: int, bias: bool, padding_mode: str, device: Any, dtype: Any,
    ) -> None:  # fmt: skip
        """Check the options and make the parameters."""
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if padding_mode not in _MODES:
            raise ValueError(f"padding_mode must be one of {set(_MODES)}, but got padding_mode='{padding_mode}'")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_dimension(kernel_size, self.ndim)
        self.stride = per_dimension(stride, self.ndim)
        self.dilation = per_dimension(dilation, self.ndim)
        self.output_padding = per_dimension(output_padding, self.ndim)
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}")
            if padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        self.padding = padding if isinstance(padding, str) else per_dimension(padding, self.ndim)
        channels = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(ops.empty(*channels, *self.kernel_size, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(ops.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        fan_in = math.prod(self.weight.shape[1:])
        if self.bias is not None and fan_in:
            init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def _frame(self, input: Tensor) -> tuple[Tensor, Any]:
        """Return the input with padding of another mode than zeros, and the padding that is left to do."""
        if self.padding_mode == "zeros":
            return input, self.padding
        if self.padding == "valid":
            return input, 0
        sizes: list[int] = []
        for d in range(self.ndim - 1, -1, -1):
            if isinstance(self.padding, str):
                both = self.dilation[d] * (self.kernel_size[d] - 1)
                sizes += [both // 2, both - both // 2]
            else:
                sizes += [self.padding[d]] * 2
        return F.pad(input, tuple(sizes), self.padding_mode), 0

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        zeros, ones = (0,) * self.ndim, (1,) * self.ndim
        text += "" if self.padding == zeros else f", padding={self.padding}"
        text += "" if self.dilation == ones else f", dilation={self.dilation}"
        text += "" if self.output_padding == zeros else f", output_padding={self.output_padding}"
        text += "" if self.groups == 1 else f", groups={self.groups}"
        text += "" if self.bias is not None else ", bias=False"
        return text + ("" if self.padding_mode == "zeros" else f", padding_mode={self.padding_mode}")


class _Conv(_ConvNd):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Ints, stride: Ints = 1, padding: Ints | str = 0,
        dilation: Ints = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Device = None,
        dtype: Dtype = None,
    ) -> None:  # fmt: skip
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device,
            dtype,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._frame(input)
        convolve = (ops.conv1d, ops.conv2d, ops.conv3d)[self.ndim - 1]
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Conv):
    """Convolves signals with learned filters.

    Weight and bias start uniform in +-1/sqrt(in_channels / groups * window), as in torch.

    Args:
        in_channels: Channels of the input.
        out_channels: Filters: channels of the output.
        kernel_size: The length of a window.
        stride: The step between windows.
        padding: Elements added at either end; or "valid" for none, or "same" for as many as keep the length.
        dilation: The step between the elements of a window.
        groups: Groups of channels that do not see each other.
        bias: Whether to add a number per filter.
        padding_mode: What is added: "zeros", "reflect", "replicate" or "circular".
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Shape:
        - input: (N, in_channels, length) or (in_channels, length)
        - output: (N, out_channels, positions)
        - weight: (out_channels, in_channels / groups, kernel_size); bias: (out_channels)

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Conv1d(3, 8, 5, padding=2)(mg.ones(2, 3, 100)).shape
        mocrograd.Size([2, 8, 100])
    """

    ndim = 1


class Conv2d(_Conv):
    """Convolves images (N, channels, height, width) with learned filters; arguments as `Conv1d`, one number or a pair.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Conv2d(1, 32, 3)(mg.ones(64, 1, 28, 28)).shape
        mocrograd.Size([64, 32, 26, 26])
    """

    ndim = 2


class Conv3d(_Conv):
    """Convolves volumes (N, channels, depth, height, width); arguments as `Conv1d`, one number or three.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 3, 8, 8, 8)
        >>> mg.nn.Conv3d(3, 6, 3, padding=1)(x).shape
        mocrograd.Size([1, 6, 8, 8, 8])
    """

    ndim = 3


class _ConvTranspose(_ConvNd):
    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Ints, stride: Ints = 1, padding: Ints | str = 0,
        output_padding: Ints = 0, groups: int = 1, bias: bool = True, dilation: Ints = 1, padding_mode: str = "zeros",
        device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """Convolve, transposed; `output_size` picks one of the sizes that a convolution would map to the input's."""
        convolve = (ops.conv_transpose1d, ops.conv_transpose2d, ops.conv_transpose3d)[self.ndim - 1]
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        padding: Any = self.padding  # which is no text here
        return convolve(input, self.weight, self.bias, self.stride, padding, extra, self.groups, self.dilation)

    def _extra(self, input: Tensor, output_size: Any) -> tuple[int, ...]:
        """Return the output padding that gives an output of some size."""
        wanted = tuple(output_size)[-self.ndim :]
        sizes = sizes_of(type(self).__name__, "output_size", wanted, self.ndim, 0)
        extra = []
        for d, n in enumerate(input.shape[-self.ndim :]):
            window = self.dilation[d] * (self.kernel_size[d] - 1) + 1
            least = (n - 1) * self.stride[d] - 2 * self.padding[d] + window
            if not least <= sizes[d] < least + self.stride[d]:
                raise ValueError(
                    f"requested an output size of {list(sizes)}, but valid sizes of dimension {d} range from {least} "
                    f"to {least + self.stride[d] - 1} (for an input of {list(input.shape)})"
                )
            extra.append(sizes[d] - least)
        return tuple(extra)


class ConvTranspose1d(_ConvTranspose):
    """Maps signals as the gradient of `Conv1d` does: each element spreads a multiple of a filter.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: The length of a window.
        stride: The step between the windows that elements spread to.
        padding: Elements that are cut off at either end.
        output_padding: Elements that are added at the end.
        groups: Groups of channels that do not see each other.
        bias: Whether to add a number per channel.
        dilation: The step between the elements of a window.
        padding_mode: "zeros".
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Shape:
        - input: (N, in_channels, length) or (in_channels, length)
        - output: (N, out_channels, (length - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1)
        - weight: (in_channels, out_channels / groups, kernel_size); bias: (out_channels)

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 4, 8)
        >>> mg.nn.ConvTranspose1d(4, 2, 2, stride=2)(x).shape
        mocrograd.Size([1, 2, 16])
    """

    ndim = 1


class ConvTranspose2d(_ConvTranspose):
    """Maps images as the gradient of `Conv2d` does; arguments as `ConvTranspose1d`, one number or a pair.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 4, 8, 8)
        >>> mg.nn.ConvTranspose2d(4, 2, 2, stride=2)(x).shape
        mocrograd.Size([1, 2, 16, 16])
    """

    ndim = 2


class ConvTranspose3d(_ConvTranspose):
    """Maps volumes as the gradient of `Conv3d` does; arguments as `ConvTranspose1d`, one number or three.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 4, 8, 8, 8)
        >>> mg.nn.ConvTranspose3d(4, 2, 2, stride=2)(x).shape
        mocrograd.Size([1, 2, 16, 16, 16])
    """

    ndim = 3

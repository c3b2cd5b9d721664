"""Pooling layers."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.dimensions import per_dimension
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class _MaxPool(Module):
    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        """Keep the options."""
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def extra_repr(self) -> str:
        """Show the options."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """Takes the largest element of each window of signals (N, channels, length).

    Args:
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: Elements at either end that are never the largest.
        dilation: The step between the elements of a window.
        return_indices: Whether to return the places of the elements too.
        ceil_mode: Whether a window may reach over the end.
    """

    def forward(self, input: Tensor) -> Any:
        """Pool."""
        return F.max_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class MaxPool2d(_MaxPool):
    """Takes the largest element of each window of images; arguments as `MaxPool1d`, one number or a pair.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.MaxPool2d(2)(mg.ones(4, 8, 28, 28)).shape
        mocrograd.Size([4, 8, 14, 14])
    """

    def forward(self, input: Tensor) -> Any:
        """Pool."""
        return F.max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class MaxPool3d(_MaxPool):
    """Takes the largest element of each window of volumes; arguments as `MaxPool1d`, one number or three."""

    def forward(self, input: Tensor) -> Any:
        """Pool."""
        return F.max_pool3d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class AvgPool1d(Module):
    """Takes the mean of each window of signals (N, channels, length).

    Args:
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: Zeros at either end.
        ceil_mode: Whether a window may reach over the end.
        count_include_pad: Whether the padding counts in the mean.
    """

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        """Keep the options."""
        super().__init__()
        self.kernel_size = per_dimension(kernel_size, 1)
        self.stride = self.kernel_size if stride is None else per_dimension(stride, 1)
        self.padding = per_dimension(padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        """Show the window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """Takes the mean of each window of images (N, channels, height, width).

    Args:
        kernel_size: The sizes of a window, one number or a pair.
        stride: The step between windows; their sizes by default.
        padding: Zeros around the image.
        ceil_mode: Whether a window may reach over the end.
        count_include_pad: Whether the padding counts in the mean.
        divisor_override: What sums are divided by instead of the number of elements.
    """

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        """Keep the options."""
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.avg_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Show the window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool3d(Module):
    """Takes the mean of each window of volumes; arguments as `AvgPool2d`, one number or three."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        """Keep the options."""
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.avg_pool3d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Show the window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AdaptiveAvgPool(Module):
    def __init__(self, output_size: Any) -> None:
        """Keep the sizes of the output."""
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Takes the means of windows that share signals evenly, so that the output has the sizes given.

    Args:
        output_size: One number; None keeps a size.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Takes the means of windows that share images evenly, so that the output has the sizes given.

    Args:
        output_size: One number, or a pair; None keeps a size.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Takes the means of windows that share volumes evenly, so that the output has the sizes given.

    Args:
        output_size: One number, or three; None keeps a size.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.adaptive_avg_pool3d(input, self.output_size)


class _AdaptiveMaxPool(_AdaptiveAvgPool):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        """Keep the sizes of the output."""
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Takes the largest elements of windows that share signals evenly.

    Args:
        output_size: One number; None keeps a size.
        return_indices: Whether to return the places of the elements too.
    """

    def forward(self, input: Tensor) -> Any:
        """Pool."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Takes the largest elements of windows that share images evenly.

    Args:
        output_size: One number, or a pair; None keeps a size.
        return_indices: Whether to return the places of the elements too.
    """

    def forward(self, input: Tensor) -> Any:
        """Pool."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Takes the largest elements of windows that share volumes evenly.

    Args:
        output_size: One number, or three; None keeps a size.
        return_indices: Whether to return the places of the elements too.
    """

    def forward(self, input: Tensor) -> Any:
        """Pool."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)

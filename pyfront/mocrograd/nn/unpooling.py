"""Layers that pool by a norm, and layers that undo max-pooling."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.dimensions import per_dimension
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class _LPPool(Module):
    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        """Keep the options."""
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def extra_repr(self) -> str:
        """Show the options."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """Takes the norm of each window of signals: (sum of x^p)^(1/p).

    Args:
        norm_type: The power p.
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        ceil_mode: Whether a window may reach over the end.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPool):
    """Takes the norm of each window of images; arguments as `LPPool1d`, one number or a pair."""

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPool):
    """Takes the norm of each window of volumes; arguments as `LPPool1d`, one number or three."""

    def forward(self, input: Tensor) -> Tensor:
        """Pool."""
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class _MaxUnpool(Module):
    ndim: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        """Keep the options."""
        super().__init__()
        self.kernel_size = per_dimension(kernel_size, self.ndim)
        self.stride = self.kernel_size if stride is None else per_dimension(stride, self.ndim)
        self.padding = per_dimension(padding, self.ndim)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts what `MaxPool1d` took from each window back to where it stood; zeros elsewhere.

    Args:
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: The padding of the pooling.
    """

    ndim = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Undo the pooling."""
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpool):
    """Puts what `MaxPool2d` took from each window back to where it stood; arguments as `MaxUnpool1d`."""

    ndim = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Undo the pooling."""
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpool):
    """Puts what `MaxPool3d` took from each window back to where it stood; arguments as `MaxUnpool1d`."""

    ndim = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Undo the pooling."""
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)

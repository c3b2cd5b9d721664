"""Pooling as modules: maxima, means, norms, windows at random positions, and the way back from maxima."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.functional._options import per_dimension
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor
from mocrograd.types import Ints

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class _MaxPool(Module):
    def __init__(
        self, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, dilation: Ints = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def extra_repr(self) -> str:
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
        return_indices: Whether to return the indices of the elements too.
        ceil_mode: Whether a window may reach over the end.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.MaxPool1d(2)(x)
        tensor([[[1., 3., 5., 7.]]])
    """

    def forward(self, input: Tensor) -> Any:
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
        return F.max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class MaxPool3d(_MaxPool):
    """Takes the largest element of each window of volumes; arguments as `MaxPool1d`, one number or three.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.MaxPool3d(2)(x)[0, 0, 0]
        tensor([[21., 23.],
                [29., 31.]])
    """

    def forward(self, input: Tensor) -> Any:
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

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.AvgPool1d(2)(x)
        tensor([[[0.5000, 2.5000, 4.5000, 6.5000]]])
    """

    def __init__(
        self, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = per_dimension(kernel_size, 1)
        self.stride = self.kernel_size if stride is None else per_dimension(stride, 1)
        self.padding = per_dimension(padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
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

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.AvgPool2d(2)(x)[0, 0]
        tensor([[ 2.5000,  4.5000],
                [10.5000, 12.5000]])
    """

    def __init__(
        self, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool3d(Module):
    """Takes the mean of each window of volumes; arguments as `AvgPool2d`, one number or three.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.AvgPool3d(2)(x)[0, 0, 0]
        tensor([[10.5000, 12.5000],
                [18.5000, 20.5000]])
    """

    def __init__(
        self, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool3d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AdaptiveAvgPool(Module):
    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Takes the means of windows that share signals evenly, so that the output has the sizes given.

    Args:
        output_size: One number; None keeps a size.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.AdaptiveAvgPool1d(3)(x)
        tensor([[[1.0000, 3.5000, 6.0000]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Takes the means of windows that share images evenly, so that the output has the sizes given.

    Args:
        output_size: One number, or a pair; None keeps a size.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.AdaptiveAvgPool2d((1, 2))(x)
        tensor([[[[6.5000, 8.5000]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Takes the means of windows that share volumes evenly, so that the output has the sizes given.

    Args:
        output_size: One number, or three; None keeps a size.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.AdaptiveAvgPool3d(1)(x).flatten()
        tensor([31.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)


class _AdaptiveMaxPool(_AdaptiveAvgPool):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Takes the largest elements of windows that share signals evenly.

    Args:
        output_size: One number; None keeps a size.
        return_indices: Whether to return the indices of the elements too.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.AdaptiveMaxPool1d(3)(x)
        tensor([[[2., 5., 7.]]])
    """

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Takes the largest elements of windows that share images evenly.

    Args:
        output_size: One number, or a pair; None keeps a size.
        return_indices: Whether to return the indices of the elements too.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.AdaptiveMaxPool2d((1, 2))(x)
        tensor([[[[13., 15.]]]])
    """

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Takes the largest elements of windows that share volumes evenly.

    Args:
        output_size: One number, or three; None keeps a size.
        return_indices: Whether to return the indices of the elements too.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.AdaptiveMaxPool3d(1)(x).flatten()
        tensor([63.])
    """

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


class _LPPool(Module):
    def __init__(
        self, norm_type: float, kernel_size: Ints, stride: Ints | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def extra_repr(self) -> str:
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

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> mg.nn.LPPool1d(2, 2)(x)
        tensor([[[1.0000, 3.6056, 6.4031, 9.2195]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPool):
    """Takes the norm of each window of images; arguments as `LPPool1d`, one number or a pair.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> mg.nn.LPPool2d(1, 2)(x)[0, 0]
        tensor([[10., 18.],
                [42., 50.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPool):
    """Takes the norm of each window of volumes; arguments as `LPPool1d`, one number or three.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> mg.nn.LPPool3d(1, 2)(x)[0, 0, 0]
        tensor([[ 84., 100.],
                [148., 164.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class _MaxUnpool(Module):
    ndim: int

    def __init__(self, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0) -> None:
        super().__init__()
        self.kernel_size = per_dimension(kernel_size, self.ndim)
        self.stride = self.kernel_size if stride is None else per_dimension(stride, self.ndim)
        self.padding = per_dimension(padding, self.ndim)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts what `MaxPool1d` took from each window back to where it stood; zeros elsewhere.

    Args:
        kernel_size: The length of a window.
        stride: The step between windows; their length by default.
        padding: The padding of the pooling.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 1, 8)
        >>> largest, indices = mg.nn.MaxPool1d(2, return_indices=True)(x)
        >>> mg.nn.MaxUnpool1d(2)(largest, indices)
        tensor([[[0., 1., 0., 3., 0., 5., 0., 7.]]])
    """

    ndim = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpool):
    """Puts what `MaxPool2d` took from each window back to where it stood; arguments as `MaxUnpool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(16.0).reshape(1, 1, 4, 4)
        >>> largest, indices = mg.nn.MaxPool2d(2, return_indices=True)(x)
        >>> mg.nn.MaxUnpool2d(2)(largest, indices)[0, 0]
        tensor([[ 0.,  0.,  0.,  0.],
                [ 0.,  5.,  0.,  7.],
                [ 0.,  0.,  0.,  0.],
                [ 0., 13.,  0., 15.]])
    """

    ndim = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpool):
    """Puts what `MaxPool3d` took from each window back to where it stood; arguments as `MaxUnpool1d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(64.0).reshape(1, 1, 4, 4, 4)
        >>> largest, indices = mg.nn.MaxPool3d(2, return_indices=True)(x)
        >>> mg.nn.MaxUnpool3d(2)(largest, indices)[0, 0, :, 3]
        tensor([[ 0.,  0.,  0.,  0.],
                [ 0., 29.,  0., 31.],
                [ 0.,  0.,  0.,  0.],
                [ 0., 61.,  0., 63.]])
    """

    ndim = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class _FractionalMaxPool(Module):
    ndim: int
    _random_samples: Any

    def __init__(
        self, kernel_size: Ints, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if output_size is None and output_ratio is None:
            raise ValueError(f"{type(self).__name__} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError(
                f"only one of output_size and output_ratio may be specified, got {output_size} and {output_ratio}"
            )
        self.kernel_size = per_dimension(kernel_size, self.ndim)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else per_dimension(output_size, self.ndim)
        self.output_ratio = None if output_ratio is None else per_dimension(output_ratio, self.ndim)
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        pool = F.fractional_max_pool2d if self.ndim == 2 else F.fractional_max_pool3d
        return pool(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """Takes the largest element of each of some windows of images that lie at random.

    Args:
        kernel_size: The size of a window, one number or a pair.
        output_size: The size of the result.
        output_ratio: What share of the input's size that is, instead.
        return_indices: Whether to return the indices of the elements too.
        _random_samples: Numbers in [0, 1) that place the windows, (batch, channels, 2).

    Raises:
        ValueError: Not one of `output_size` and `output_ratio` is given, or a ratio is not between 0 and 1.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 3, 9, 9)
        >>> mg.nn.FractionalMaxPool2d(2, output_size=5)(x).shape
        mocrograd.Size([1, 3, 5, 5])
    """

    ndim = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """Takes the largest element of each of some windows of volumes; arguments as `FractionalMaxPool2d`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 3, 9, 9, 9)
        >>> mg.nn.FractionalMaxPool3d(2, output_size=5)(x).shape
        mocrograd.Size([1, 3, 5, 5, 5])
    """

    ndim = 3

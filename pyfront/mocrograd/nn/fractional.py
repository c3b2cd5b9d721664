"""Layers that pool over windows whose places are random."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import functional as F
from mocrograd.nn.dimensions import per_dimension
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class _FractionalMaxPool(Module):
    ndim: int
    _random_samples: Any

    def __init__(
        self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:  # fmt: skip
        """Check the options."""
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
        """Pool."""
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
        return_indices: Whether to return the places of the elements too.
        _random_samples: Numbers in [0, 1) that place the windows, (batch, channels, 2).

    Raises:
        ValueError: Not one of `output_size` and `output_ratio` is given, or a ratio is not between 0 and 1.
    """

    ndim = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """Takes the largest element of each of some windows of volumes; arguments as `FractionalMaxPool2d`."""

    ndim = 3

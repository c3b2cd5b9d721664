"""Normalisation as functions."""

from __future__ import annotations

import math

from mocrograd.nn.functional.pooling import avg_pool2d
from mocrograd.ops import cat
from mocrograd.ops import normalization as norm
from mocrograd.ops._arguments import checked
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops.normalization import group_norm as group_norm
from mocrograd.ops.normalization import layer_norm as layer_norm
from mocrograd.ops.normalization import rms_norm as rms_norm
from mocrograd.tensor import Tensor

__all__ = [
    "batch_norm",
    "instance_norm",
    "local_response_norm",
]


def check_batch(input: Tensor) -> None:
    """Raise ValueError where training has one value per channel, whose variance is unknown."""
    shape = input._shape
    if len(shape) > 1 and input._size == shape[1] and math.prod(shape[:1] + shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(shape)}")


def check_eps(training: bool, eps: float) -> None:
    """Check what is added to variances.

    Raises:
        ValueError: It is negative, or 0 in training.
    """
    if training and eps <= 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")


@checked
def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-05,
) -> Tensor:  # fmt: skip
    """Normalise each channel, by the statistics of the batch or by running ones.

    Args:
        input: (batch, channels, ...).
        running_mean: (channels,), which training moves towards the batch's mean; or None.
        running_var: (channels,), which training moves towards the batch's unbiased variance; or None.
        weight: (channels,), or None.
        bias: (channels,), or None.
        training: Whether the batch's statistics count.
        momentum: How far the running statistics move.
        eps: What is added to the variance.

    Returns:
        The shape of the input.

    Raises:
        RuntimeError: Shapes, dtypes or devices do not fit, or running statistics are missing.
        ValueError: There is one value per channel, whose variance is unknown; or `eps` is negative, or 0 in training.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 10.0], [3.0, 30.0]])
        >>> mg.nn.functional.batch_norm(x, None, None, training=True)
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """
    if training:
        check_batch(input)
    check_eps(training, eps)
    return norm.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


@checked
def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Return the input with each channel of each sample normalised.

    Args:
        input: (batch, channels, ...).
        running_mean: (channels,), which moves towards the mean over the batch; or None.
        running_var: (channels,), which moves towards the unbiased variance; or None.
        weight: (channels,), or None.
        bias: (channels,), or None.
        use_input_stats: Whether the samples' own statistics count, not the running ones.
        momentum: How far the running statistics move.
        eps: What is added to the variance.

    Raises:
        RuntimeError: Shapes, dtypes or devices do not fit, or running statistics are missing.
        ValueError: There is one value per channel, whose variance is unknown.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[[1.0, 3.0], [10.0, 30.0]]])
        >>> mg.nn.functional.instance_norm(x)[0]
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {list(input.shape)}")
    return norm.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


@checked
@computed_wide
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divide each element by (k + alpha mean of the squares of its neighbours in `size` channels) ^ beta.

    Args:
        input: (batch, channels, length, ...).
        size: The number of neighbouring channels.
        alpha: What the mean is multiplied with.
        beta: The power.
        k: What is added.

    Returns:
        The shape of the input.

    Raises:
        ValueError: The input has fewer than three dimensions.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 4, 2)
        >>> mg.nn.functional.local_response_norm(x, 2, alpha=1.0)[0]
        tensor([[0.7378, 0.7378],
                [0.5946, 0.5946],
                [0.5946, 0.5946],
                [0.5946, 0.5946]])
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim} dimensions)")
    if input.numel() == 0:
        return input
    squares = (input * input).reshape(input.shape[0], 1, input.shape[1], -1)
    before, behind = size // 2, (size - 1) // 2
    edges = [squares.new_zeros((*squares.shape[:2], n, squares.shape[3])) for n in (before, behind)]
    means = avg_pool2d(cat([edges[0], squares, edges[1]], 2), (size, 1), 1)
    return input / (means.reshape(input.shape) * alpha + k) ** beta

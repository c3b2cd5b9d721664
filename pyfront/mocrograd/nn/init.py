"""Initial values for parameters: torch's functions, formulas and defaults.

Kaiming: He et al. 2015, https://arxiv.org/abs/1502.01852. Xavier: Glorot and Bengio 2010.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.ops.decompositions import qr
from mocrograd.ops.random import Generator
from mocrograd.tensor import Tensor

_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 0.75}
_CONVOLUTIONS = tuple(f"conv{t}{d}d" for t in ("", "_transpose") for d in (1, 2, 3))
_skipping = False


@contextmanager
def skipped() -> Iterator[None]:
    """Make the functions of this file leave tensors as they are, for parameters that are loaded next."""
    global _skipping
    before, _skipping = _skipping, True
    try:
        yield
    finally:
        _skipping = before


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor that keeps the variance of signals through a nonlinearity.

    Args:
        nonlinearity: linear, conv1d (and the other convolutions), sigmoid, tanh, relu, leaky_relu or selu.
        param: Slope of leaky_relu below zero; 0.01 by default.

    Returns:
        1, 1, 1, 5/3, sqrt(2), sqrt(2 / (1 + slope^2)), 3/4 in that order.

    Raises:
        ValueError: The name is unknown, or the slope is no number.

    Example:
        >>> import mocrograd as mg
        >>> round(mg.nn.init.calculate_gain("relu"), 4)
        1.4142
    """
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool) or not isinstance(param, (int, float, type(None))):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity in _CONVOLUTIONS:
        return 1.0
    if nonlinearity not in _GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return _GAINS[nonlinearity]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with values drawn evenly from [a, b).

    Args:
        tensor: What to fill, any shape.
        a: Lower bound.
        b: Upper bound.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.empty(100, 200)
        >>> bool((mg.nn.init.uniform_(w, -1, 1).abs() <= 1).all())
        True
    """
    if not _skipping:
        with no_grad():
            tensor.uniform_(a, b, generator=generator)
    return tensor


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normally distributed values.

    Args:
        tensor: What to fill, any shape.
        mean: Mean of the distribution.
        std: Its standard deviation.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.empty(100, 200)
        >>> round(mg.nn.init.normal_(w, 0.0, 2.0).std().item())
        2
    """
    if not _skipping:
        with no_grad():
            tensor.normal_(mean, std, generator=generator)
    return tensor


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value; return the tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.init.constant_(mg.empty(3), 0.5)
        tensor([0.5000, 0.5000, 0.5000])
    """
    if not _skipping:
        with no_grad():
            tensor.fill_(val)
    return tensor


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones; return the tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.init.ones_(mg.empty(3))
        tensor([1., 1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros; return the tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.init.zeros_(mg.empty(3))
        tensor([0., 0., 0.])
    """
    return constant_(tensor, 0.0)


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Return how many inputs feed one output, and how many outputs one input feeds: (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _xavier_std(tensor: Tensor, gain: float) -> float:
    return gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor)))


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode == "fan_in" else fan_out


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill from [-bound, bound), bound = gain sqrt(6 / (fan_in + fan_out)).

    Args:
        tensor: At least two axes: (out, in, *).
        gain: Factor, see `calculate_gain`.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has fewer than two axes.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.empty(100, 200)
        >>> bool((mg.nn.init.xavier_uniform_(w).abs() <= (6 / 300) ** 0.5).all())
        True
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill from the normal distribution with std = gain sqrt(2 / (fan_in + fan_out)).

    Args:
        tensor: At least two axes: (out, in, *).
        gain: Factor, see `calculate_gain`.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has fewer than two axes.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.empty(100, 200)
        >>> round(mg.nn.init.xavier_normal_(w).std().item(), 2)  # (2 / (100 + 200)) ** 0.5
        0.08
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill from [-bound, bound), bound = gain sqrt(3 / fan).

    Args:
        tensor: At least two axes: (out, in, *).
        a: Slope below zero of the leaky_relu that follows.
        mode: "fan_in" keeps the variance of signals, "fan_out" that of gradients.
        nonlinearity: What follows, see `calculate_gain`.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has fewer than two axes, or the mode or nonlinearity is unknown.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.empty(100, 200)
        >>> bool((mg.nn.init.kaiming_uniform_(w).abs() <= (6 / 200) ** 0.5).all())
        True
    """
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill from the normal distribution with std = gain / sqrt(fan).

    Args:
        tensor: At least two axes: (out, in, *).
        a: Slope below zero of the leaky_relu that follows.
        mode: "fan_in" keeps the variance of signals, "fan_out" that of gradients.
        nonlinearity: What follows, see `calculate_gain`.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has fewer than two axes, or the mode or nonlinearity is unknown.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.empty(100, 200)
        >>> round(mg.nn.init.kaiming_normal_(w).std().item(), 1)  # (2 / 200) ** 0.5
        0.1
    """
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with normally distributed values, drawn anew until they lie in [a, b].

    Args:
        tensor: What to fill, any shape.
        mean: Mean of the distribution before it is cut off.
        std: Its standard deviation.
        a: Least value.
        b: Greatest value.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.empty(100, 200)
        >>> bool((mg.nn.init.trunc_normal_(w, a=-1, b=1).abs() <= 1).all())
        True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("trunc_normal_: the mean is more than 2 std from [a, b], where few values lie", stacklevel=2)
    if _skipping:
        return tensor
    with no_grad():
        inside = (math.erf((b - mean) / (std * math.sqrt(2))) - math.erf((a - mean) / (std * math.sqrt(2)))) / 2
        peak = max(a, min(mean, b))
        slope = abs(mean - peak) / std  # of the logarithm of the density at the peak, per std
        fall = slope * (b - a) / std

        def draw() -> tuple[Tensor, Tensor]:
            """Return values, and which of them to draw again."""
            values = ops.empty_like(tensor)
            if inside > 0.3:
                values.normal_(mean, std, generator=generator)
                return values, (values < a) | (values > b)
            if fall > 1:  # most lies near an end: an exponential curve from there is above the density
                values.uniform_(generator=generator)
                steps = (values * math.expm1(-fall)).log1p() * -1 / slope
                values = peak + steps * (std if peak == a else -std)
                return values, ops.empty_like(tensor).uniform_(generator=generator).log() > steps * steps * -0.5
            values.uniform_(a, b, generator=generator)
            height = (((peak - mean) / std) ** 2 - ((values - mean) / std) ** 2) * 0.5
            return values, ops.empty_like(tensor).uniform_(generator=generator).log() > height

        result, again = draw()
        while again.any():
            values, outside = draw()
            result = ops.where(again, values, result)
            again = again & outside
        tensor.copy_(result.clamp(a, b))  # bounds that the dtype rounds
    return tensor


def _matrix(tensor: Tensor) -> tuple[int, int]:
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, got {tensor.ndim}")
    rows, columns = tensor.shape
    return rows, columns


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has not two axes.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.init.eye_(mg.empty(2, 3))
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    rows, columns = _matrix(tensor)
    if not _skipping:
        with no_grad():
            tensor.copy_(ops.eye(rows, columns, dtype=tensor.dtype, device=tensor.device))
    return tensor


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it returns its input channels, as many as there are.

    Args:
        tensor: (out, in, *kernel) with one to three axes of the kernel.
        groups: How many groups of output channels each do so.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has another number of axes, or its first cannot be split into the groups.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.init.dirac_(mg.empty(2, 2, 3))[0]
        tensor([[0., 1., 0.],
                [0., 0., 0.]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"Only tensors with 3, 4, or 5 dimensions are supported, got {tensor.ndim}")
    if tensor.shape[0] % groups != 0:
        raise ValueError(f"dim 0 must be divisible by groups, got {tensor.shape[0]} and {groups}")
    if _skipping:
        return tensor
    size = tensor.shape[0] // groups
    center: Any = tuple(n // 2 for n in tensor.shape[2:])
    with no_grad():
        tensor.zero_()
        if tensor.numel():
            for group in range(groups):
                part = tensor[(slice(group * size, (group + 1) * size), slice(None), *center)]
                part.copy_(ops.eye(*part.shape, dtype=tensor.dtype, device=tensor.device))
    return tensor


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with an orthogonal matrix, or one whose rows or columns are orthonormal.

    Args:
        tensor: At least two axes; all but the first are taken as one.
        gain: Factor of the matrix.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has fewer than two axes.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.init.orthogonal_(mg.empty(3, 5))
        >>> bool(mg.allclose(w @ w.T, mg.eye(3), atol=1e-5))
        True
    """
    if tensor.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, got {tensor.ndim}")
    if _skipping or not tensor.numel():
        return tensor
    with no_grad():
        rows = tensor.shape[0]
        flat = ops.empty(rows, tensor.numel() // rows, dtype=tensor.dtype, device=tensor.device)
        wide = rows < flat.shape[1]
        flat.normal_(generator=generator)
        q, r = qr(flat.t() if wide else flat)
        q = q * r.diagonal().sign()  # makes the distribution uniform
        tensor.copy_((q.t() if wide else q).reshape(tensor.shape) * gain)
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fill a matrix with normally distributed values, and zeros in a part of each column.

    Args:
        tensor: (rows, columns).
        sparsity: The part of each column that is zero.
        std: Standard deviation of the other values.
        generator: Where randomness comes from; the global generator by default.

    Returns:
        The tensor.

    Raises:
        ValueError: The tensor has not two axes.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.init.sparse_(mg.empty(10, 4), 0.3)
        >>> (w == 0).sum(0)
        tensor([3, 3, 3, 3])
    """
    rows, columns = _matrix(tensor)
    if _skipping:
        return tensor
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        if tensor.numel():
            order = ops.rand(rows, columns, generator=generator, device=tensor.device).argsort(0)
            tensor.copy_(ops.where(order < math.ceil(sparsity * rows), ops.zeros_like(tensor), tensor))
    return tensor

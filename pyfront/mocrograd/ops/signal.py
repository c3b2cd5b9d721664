"""Window functions of signals, and the short-time Fourier transform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.ops._arguments import integer
from mocrograd.ops._stft import istft, stft
from mocrograd.ops.creation import from_host
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "istft", "kaiser_window", "stft"]


def _window(
    name: str, length: Any, periodic: bool, shape: Callable[[Any], Any], dtype: Any, device: Any, requires_grad: bool
) -> Tensor:
    """Return a window, given as a function of positions from -1 to 1."""
    n = integer(name, "window_length", length)
    if n < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={n}")
    dtype = dtypes.get_default_dtype() if dtype is None else dtype
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"{name}(): argument 'dtype' must be mocrograd.dtype, not {type(dtype).__name__}")
    if not dtype.is_floating_point:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {dtype.name}")
    steps = n if periodic else n - 1
    positions = 2 * np.arange(n) / steps - 1 if n > 1 else np.zeros(n)
    return from_host(np.asarray(shape(positions)).astype(dtype.numpy), device, requires_grad, dtype)


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return the window (1 + cos(pi x)) / 2, x from -1 to 1.

    Args:
        window_length: The number of values.
        periodic: Whether the value that would come next equals the first; else the last one does.
        dtype: A floating dtype; float32 by default.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        RuntimeError: The length is negative, or the dtype no floating one.

    Example:
        >>> import mocrograd as mg
        >>> mg.hann_window(4)
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
        >>> mg.hann_window(5, periodic=False)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _window("hann_window", window_length, periodic, lambda x: 0.5 + 0.5 * np.cos(np.pi * x), dtype, device,
                   requires_grad)  # fmt: skip


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Dtype = None,
    device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window alpha + beta cos(pi x), x from -1 to 1; see `hann_window`.

    Args:
        window_length: The number of values.
        periodic: Whether the value that would come next equals the first; else the last one does.
        alpha: The mean.
        beta: The height of the cosine.
        dtype: A floating dtype; float32 by default.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.hamming_window(4)
        tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    if window_length == 1:  # a window of one value is 1, whatever the factors
        return _window("hamming_window", 1, periodic, np.ones_like, dtype, device, requires_grad)
    return _window("hamming_window", window_length, periodic, lambda x: alpha + beta * np.cos(np.pi * x), dtype, device,
                   requires_grad)  # fmt: skip


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return the window 0.42 + cos(pi x) / 2 + 0.08 cos(2 pi x), x from -1 to 1; see `hann_window`.

    Args:
        window_length: The number of values.
        periodic: Whether the value that would come next equals the first; else the last one does.
        dtype: A floating dtype; float32 by default.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.blackman_window(5, periodic=False).round(decimals=2)
        tensor([-0.0000, 0.3400, 1.0000, 0.3400, -0.0000])
    """
    return _window("blackman_window", window_length, periodic,
                   lambda x: 0.42 + 0.5 * np.cos(np.pi * x) + 0.08 * np.cos(2 * np.pi * x), dtype, device,
                   requires_grad)  # fmt: skip


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return the window 1 - |x|, x from -1 to 1; see `hann_window`.

    Args:
        window_length: The number of values.
        periodic: Whether the value that would come next equals the first; else the last one does.
        dtype: A floating dtype; float32 by default.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.bartlett_window(5, periodic=False)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _window("bartlett_window", window_length, periodic, lambda x: 1 - np.abs(x), dtype, device, requires_grad)


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Dtype = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window I0(beta sqrt(1 - x^2)) / I0(beta), x from -1 to 1; see `hann_window`.

    Args:
        window_length: The number of values.
        periodic: Whether the value that would come next equals the first; else the last one does.
        beta: How narrow it is.
        dtype: A floating dtype; float32 by default.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.kaiser_window(5, periodic=False, beta=6.0)
        tensor([0.0149, 0.4830, 1.0000, 0.4830, 0.0149])
    """
    return _window("kaiser_window", window_length, periodic,
                   lambda x: np.i0(beta * np.sqrt(np.maximum(1 - x * x, 0))) / np.i0(beta), dtype, device,
                   requires_grad)  # fmt: skip

"""Windows of signals under torch's names: `mg.signal.windows.hann(400)`.

A window of M values has its middle at (M - 1) / 2; one that is not symmetric is the symmetric one of M + 1 values
without the last. Harris 1978, On the Use of Windows for Harmonic Analysis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.layout import strided
from mocrograd.ops._arguments import integer
from mocrograd.ops.creation import from_host
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "general_cosine",
    "general_hamming",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
]


def _window(
    name: str, M: Any, sym: bool, shape: Callable[[Any, int], Any], dtype: Any, layout: Any, device: Any, grad: bool
) -> Tensor:
    """Return a window, given as a function of positions and of the last position of the symmetric window."""
    n = integer(name, "M", M)
    if n < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={n}")
    if layout is not strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    dtype = dtypes.get_default_dtype() if dtype is None else dtype
    if dtype not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
    values = shape(np.arange(n, dtype=np.float64), n - 1 if sym else n) if n > 1 else np.ones(n)
    return from_host(values.astype(dtype.numpy), device, grad)


def _cosines(name: str, M: Any, a: Any, sym: bool, dtype: Any, layout: Any, device: Any, grad: bool) -> Tensor:
    """Return the window a[0] - a[1] cos t + a[2] cos 2t - ..., t from 0 to 2 pi."""

    def shape(k: Any, last: int) -> Any:
        return sum((-1) ** i * c * np.cos(i * 2 * np.pi / last * k) for i, c in enumerate(a))

    return _window(name, M, sym, shape, dtype, layout, device, grad)


def bartlett(
    M: int, *, sym: bool = True, dtype: Dtype = None, layout: Any = strided, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window 1 - |x|, x from -1 to 1.

    Args:
        M: The number of values.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        ValueError: The length is negative, or the dtype another one.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.bartlett(5)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _window("bartlett", M, sym, lambda k, last: 1 - np.abs(2 * k / last - 1), dtype, layout, device,
                   requires_grad)  # fmt: skip


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Dtype = None, layout: Any = strided,
    device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window a[0] - a[1] cos t + a[2] cos 2t - ..., t from 0 to 2 pi; see `bartlett`.

    Args:
        M: The number of values.
        a: The factors.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        TypeError: The factors are no sequence.
        ValueError: There are no factors, or one is no number.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.general_cosine(5, a=[0.5, 0.5])  # the Hann window
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    factors = list(a)
    if not factors:
        raise ValueError("Coefficients cannot be empty")
    wrong = [c for c in factors if dtypes.scalar_kind(c) < 0 and not isinstance(c, Tensor)]
    if wrong:
        raise ValueError(f"Coefficients must be numbers, got {wrong[0]!r}")
    return _cosines("general_cosine", M, [float(c) for c in factors], sym, dtype, layout, device, requires_grad)


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Dtype = None, layout: Any = strided,
    device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window alpha - (1 - alpha) cos t, t from 0 to 2 pi; see `bartlett`.

    Args:
        M: The number of values.
        alpha: The mean.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.general_hamming(5, alpha=0.6)
        tensor([0.2000, 0.6000, 1.0000, 0.6000, 0.2000])
    """
    return _cosines("general_hamming", M, [alpha, 1 - alpha], sym, dtype, layout, device, requires_grad)


def hamming(
    M: int, *, sym: bool = True, dtype: Dtype = None, layout: Any = strided, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window 0.54 - 0.46 cos t, t from 0 to 2 pi; see `bartlett`.

    Args:
        M: The number of values.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.hamming(5)
        tensor([0.0800, 0.5400, 1.0000, 0.5400, 0.0800])
    """
    return _cosines("hamming", M, [0.54, 0.46], sym, dtype, layout, device, requires_grad)


def hann(
    M: int, *, sym: bool = True, dtype: Dtype = None, layout: Any = strided, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window (1 - cos t) / 2, t from 0 to 2 pi; see `bartlett`.

    Args:
        M: The number of values.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.hann(5)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
        >>> mg.signal.windows.hann(4, sym=False)  # a period, for spectra
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _cosines("hann", M, [0.5, 0.5], sym, dtype, layout, device, requires_grad)


def blackman(
    M: int, *, sym: bool = True, dtype: Dtype = None, layout: Any = strided, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window 0.42 - 0.5 cos t + 0.08 cos 2t, t from 0 to 2 pi; see `bartlett`.

    Args:
        M: The number of values.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.blackman(5)[1:4]
        tensor([0.3400, 1.0000, 0.3400])
    """
    return _cosines("blackman", M, [0.42, 0.5, 0.08], sym, dtype, layout, device, requires_grad)


def nuttall(
    M: int, *, sym: bool = True, dtype: Dtype = None, layout: Any = strided, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the sum of four cosines with the least side lobes; see `bartlett`. Nuttall 1981.

    Args:
        M: The number of values.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.nuttall(5).abs()
        tensor([3.6280e-04, 2.2698e-01, 1.0000e+00, 2.2698e-01, 3.6280e-04])
    """
    factors = [0.3635819, 0.4891775, 0.1365995, 0.0106411]
    return _cosines("nuttall", M, factors, sym, dtype, layout, device, requires_grad)


def cosine(
    M: int, *, sym: bool = True, dtype: Dtype = None, layout: Any = strided, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window sin(pi (k + 1/2) / M), for k from 0 to M - 1; see `bartlett`.

    Args:
        M: The number of values.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.cosine(3)
        tensor([0.5000, 1.0000, 0.5000])
    """
    return _window("cosine", M, sym, lambda k, last: np.sin(np.pi * (k + 0.5) / (last + 1)), dtype, layout, device,
                   requires_grad)  # fmt: skip


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Dtype = None,
    layout: Any = strided, device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window e^(-|k - center| / tau); see `bartlett`.

    Args:
        M: The number of values.
        center: The position of the 1, of a window that is not symmetric; its middle by default.
        tau: How fast it falls.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        ValueError: `tau` is not positive, or a symmetric window has a center.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.exponential(5, tau=2.0)
        tensor([0.3679, 0.6065, 1.0000, 0.6065, 0.3679])
    """
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")

    def shape(k: Any, last: int) -> Any:
        return np.exp(-np.abs(k - (last / 2 if center is None else center)) / tau)

    return _window("exponential", M, sym, shape, dtype, layout, device, requires_grad)


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Dtype = None, layout: Any = strided,
    device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window e^(-(x / std)^2 / 2), x the distance from the middle; see `bartlett`.

    Args:
        M: The number of values.
        std: The standard deviation.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        ValueError: The deviation is not positive.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.gaussian(5, std=1.0)
        tensor([0.1353, 0.6065, 1.0000, 0.6065, 0.1353])
    """
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")

    def shape(k: Any, last: int) -> Any:
        return np.exp(-(((k - last / 2) / (std * math.sqrt(2))) ** 2))

    return _window("gaussian", M, sym, shape, dtype, layout, device, requires_grad)


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Dtype = None, layout: Any = strided,
    device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the window I0(beta sqrt(1 - x^2)) / I0(beta), x from -1 to 1; see `bartlett`.

    Args:
        M: The number of values.
        beta: How narrow it is.
        sym: Whether the last value equals the first; else the one that would come next does.
        dtype: float32, the default, or float64.
        layout: torch's layout, which is the strided one.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        ValueError: `beta` is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.signal.windows.kaiser(5, beta=6.0)
        tensor([0.0149, 0.4830, 1.0000, 0.4830, 0.0149])
    """
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")

    def shape(k: Any, last: int) -> Any:
        x = 2 * k / last - 1
        return np.i0(beta * np.sqrt(np.maximum(1 - x * x, 0))) / np.i0(beta)

    return _window("kaiser", M, sym, shape, dtype, layout, device, requires_grad)

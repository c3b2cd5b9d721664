"""Fourier transforms, and what orders their frequencies; `mg.fft` gives them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.layout import normalize_dim
from mocrograd.ops._arguments import integer, number
from mocrograd.ops._reduction import as_tensor
from mocrograd.ops.creation import from_host
from mocrograd.ops.rearrange import roll
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype, Ints

__all__: list[str] = []


def _frequencies(
    name: str, n: Any, d: Any, count: Callable[[int], Any], dtype: Any, device: Any, requires_grad: bool
) -> Tensor:
    """Return multiples of 1 / (n d), which `count` gives as integers."""
    n, d = integer(name, "n", n), number(name, "d", d)
    if n < 0:
        raise RuntimeError(f"{name}: Trying to create tensor with negative dimension {n}: [{n}]")
    dtype = dtypes.get_default_dtype() if dtype is None else dtype
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"{name}(): argument 'dtype' must be mocrograd.dtype, not {type(dtype).__name__}")
    if dtype.kind < 2:
        raise RuntimeError(f"{name} requires a floating point or complex dtype, got: {dtype.name}")
    if dtype.is_complex:
        raise NotImplementedError(f"{name} of complex numbers is not implemented, got: {dtype.name}")
    numbers = count(n)
    values = numbers / (n * d) if n * d else np.where(numbers == 0, np.nan, np.copysign(np.inf, numbers))
    return from_host(values.astype(dtype.numpy), device, requires_grad, dtype)


def fftfreq(
    n: int, d: float = 1.0, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return the frequencies of `fft` of n samples: 0, 1, ..., then the negative ones up to -1, divided by n d.

    Args:
        n: The number of samples.
        d: The distance between samples.
        dtype: A floating dtype; float32 by default.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        RuntimeError: The number is negative, or the dtype no floating one.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.fftfreq(4, d=0.5)
        tensor([ 0.0000,  0.5000, -1.0000, -0.5000])
    """

    def counted(n: int) -> Any:
        return np.concatenate([np.arange((n + 1) // 2), np.arange(-(n // 2), 0)])

    return _frequencies("fftfreq", n, d, counted, dtype, device, requires_grad)


def rfftfreq(
    n: int, d: float = 1.0, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return the frequencies of `rfft` of n samples: 0, 1, ..., n // 2, divided by n d.

    Args:
        n: The number of samples.
        d: The distance between samples.
        dtype: A floating dtype; float32 by default.
        device: Where the values are.
        requires_grad: Whether operations on them are recorded.

    Raises:
        RuntimeError: The number is negative, or the dtype no floating one.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.rfftfreq(4, d=0.5)
        tensor([0.0000, 0.5000, 1.0000])
    """
    return _frequencies("rfftfreq", n, d, lambda n: np.arange(n // 2 + 1), dtype, device, requires_grad)


def _shifted(name: str, input: Any, dim: Any, by: Callable[[int], int]) -> Tensor:
    x = as_tensor(name, input)
    if dim is None:
        dims = list(range(len(x._shape)))
    else:
        dims = [normalize_dim(d, len(x._shape)) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    return roll(x, [by(x._shape[d]) for d in dims], dims)


def fftshift(input: Tensor, dim: Ints | None = None) -> Tensor:
    """Return a tensor with the frequency 0 moved from the front of dimensions to their middle.

    Args:
        input: A tensor.
        dim: A dimension or a tuple of them; all by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.fftshift(mg.fft.fftfreq(4))
        tensor([-0.5000, -0.2500,  0.0000,  0.2500])
    """
    return _shifted("fftshift", input, dim, lambda n: n // 2)


def ifftshift(input: Tensor, dim: Ints | None = None) -> Tensor:
    """Return a tensor with the frequency 0 moved from the middle of dimensions to their front.

    Args:
        input: A tensor.
        dim: A dimension or a tuple of them; all by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.ifftshift(mg.tensor([-0.5, -0.25, 0.0, 0.25]))
        tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    return _shifted("ifftshift", input, dim, lambda n: (n + 1) // 2)

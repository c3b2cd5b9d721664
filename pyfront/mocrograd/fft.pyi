"""Fourier transforms under torch's names: `mg.fft.rfft(x)`.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from mocrograd.ops.fft import fftshift as fftshift
from mocrograd.ops.fft import ifftshift as ifftshift
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype, Ints

def fft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the discrete Fourier transform: y[k] = sum of x[j] e^(-2 pi i j k / n)."""

def fft2(
    input: Tensor, s: Ints | None = None, dim: Ints = ..., norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the discrete Fourier transform along several dimensions."""

def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the frequencies of `fft` of n samples: 0, 1, ..., then the negative ones up to -1, divided by n d."""

def fftn(
    input: Tensor, s: Ints | None = None, dim: Ints | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the discrete Fourier transform along several dimensions."""

def hfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the real spectrum of a signal of which the second half is the conjugate of the first."""

def hfft2(
    input: Tensor, s: Ints | None = None, dim: Ints = ..., norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the real spectrum of half a signal along several dimensions."""

def hfftn(
    input: Tensor, s: Ints | None = None, dim: Ints | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the real spectrum of half a signal along several dimensions."""

def ifft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `fft`: x[j] = 1 / n sum of y[k] e^(2 pi i j k / n)."""

def ifft2(
    input: Tensor, s: Ints | None = None, dim: Ints = ..., norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `fftn` along several dimensions."""

def ifftn(
    input: Tensor, s: Ints | None = None, dim: Ints | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `fftn` along several dimensions."""

def ihfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `hfft`: the first half of the signal."""

def ihfft2(
    input: Tensor, s: Ints | None = None, dim: Ints = ..., norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `hfftn` along several dimensions."""

def ihfftn(
    input: Tensor, s: Ints | None = None, dim: Ints | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `hfftn` along several dimensions."""

def irfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `rfft`: real numbers."""

def irfft2(
    input: Tensor, s: Ints | None = None, dim: Ints = ..., norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `rfftn` along several dimensions."""

def irfftn(
    input: Tensor, s: Ints | None = None, dim: Ints | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of `rfftn` along several dimensions."""

def rfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the first n // 2 + 1 numbers of the `fft` of real ones; the others are their conjugates."""

def rfft2(
    input: Tensor, s: Ints | None = None, dim: Ints = ..., norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the transform of real numbers, half of it along the last dimension, along several dimensions."""

def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the frequencies of `rfft` of n samples: 0, 1, ..., n // 2, divided by n d."""

def rfftn(
    input: Tensor, s: Ints | None = None, dim: Ints | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the transform of real numbers, half of it along the last dimension, along several dimensions."""

"""Fourier transforms under torch's names: `mg.fft.fftshift(x)`.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from mocrograd.ops.fft import fftshift as fftshift
from mocrograd.ops.fft import ifftshift as ifftshift
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

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

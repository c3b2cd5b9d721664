"""`torch.fft`: what needs no complex numbers, of which there are none yet; the transforms refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mocrograd.ops import roll, tensor
from mocrograd.tensor import Tensor
from mocrograd.torch._refused import refused

_WHY = "mocrograd has no tensors of complex numbers yet; numpy.fft works on x.numpy()"

fft, ifft, rfft, irfft, hfft, ihfft = (
    refused(f"torch.fft.{name}", _WHY) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
)
fft2, ifft2, rfft2, irfft2 = (refused(f"torch.fft.{name}", _WHY) for name in ("fft2", "ifft2", "rfft2", "irfft2"))
fftn, ifftn, rfftn, irfftn = (refused(f"torch.fft.{name}", _WHY) for name in ("fftn", "ifftn", "rfftn", "irfftn"))


def fftfreq(n: int, d: float = 1.0, **options: Any) -> Tensor:
    """Return the frequencies of `fft` of n numbers at a distance d."""
    return tensor(np.fft.fftfreq(n, d).tolist(), **options)


def rfftfreq(n: int, d: float = 1.0, **options: Any) -> Tensor:
    """Return the frequencies of `rfft` of n numbers at a distance d."""
    return tensor(np.fft.rfftfreq(n, d).tolist(), **options)


def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """Return a tensor with the frequency 0 moved to the middle of dimensions, all by default."""
    return _shifted(input, dim, lambda n: n // 2)


def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """Return a tensor with the frequency 0 moved from the middle of dimensions to the front, all by default."""
    return _shifted(input, dim, lambda n: (n + 1) // 2)


def _shifted(x: Tensor, dim: Any, by: Callable[[int], int]) -> Tensor:
    dims = list(range(x.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    return roll(x, [by(x.shape[d]) for d in dims], dims)

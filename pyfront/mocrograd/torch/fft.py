"""`torch.fft`: what needs no complex numbers, of which there are none yet; the transforms refuse."""

from __future__ import annotations

from mocrograd.fft import fftfreq as fftfreq
from mocrograd.fft import fftshift as fftshift
from mocrograd.fft import ifftshift as ifftshift
from mocrograd.fft import rfftfreq as rfftfreq
from mocrograd.torch._refused import refused

_WHY = "mocrograd has no tensors of complex numbers yet; numpy.fft works on x.numpy()"

fft, ifft, rfft, irfft, hfft, ihfft = (
    refused(f"torch.fft.{name}", _WHY) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
)
fft2, ifft2, rfft2, irfft2 = (refused(f"torch.fft.{name}", _WHY) for name in ("fft2", "ifft2", "rfft2", "irfft2"))
fftn, ifftn, rfftn, irfftn = (refused(f"torch.fft.{name}", _WHY) for name in ("fftn", "ifftn", "rfftn", "irfftn"))

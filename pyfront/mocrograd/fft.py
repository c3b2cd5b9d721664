"""Fourier transforms under torch's names: `mg.fft.rfft(x)`.

`checked` and `writing` add checks of arguments and `out=` to functions that operations call among each other.
"""

from mocrograd.ops import _transforms as transforms
from mocrograd.ops import fft as frequencies
from mocrograd.ops._arguments import checked, name_functions
from mocrograd.ops._outputs import writing

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "hfft2",
    "hfftn",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "ihfft2",
    "ihfftn",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

fft = writing(transforms.fft)
fft2 = writing(transforms.fft2)
fftfreq = writing(frequencies.fftfreq)
fftn = writing(transforms.fftn)
fftshift = checked(frequencies.fftshift)
hfft = writing(transforms.hfft)
hfft2 = writing(transforms.hfft2)
hfftn = writing(transforms.hfftn)
ifft = writing(transforms.ifft)
ifft2 = writing(transforms.ifft2)
ifftn = writing(transforms.ifftn)
ifftshift = checked(frequencies.ifftshift)
ihfft = writing(transforms.ihfft)
ihfft2 = writing(transforms.ihfft2)
ihfftn = writing(transforms.ihfftn)
irfft = writing(transforms.irfft)
irfft2 = writing(transforms.irfft2)
irfftn = writing(transforms.irfftn)
rfft = writing(transforms.rfft)
rfft2 = writing(transforms.rfft2)
rfftfreq = writing(frequencies.rfftfreq)
rfftn = writing(transforms.rfftn)

name_functions(__name__, __all__)

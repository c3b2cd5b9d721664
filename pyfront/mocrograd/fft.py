"""Fourier transforms under torch's names: `mg.fft.fftshift(x)`.

`checked` and `writing` add checks of arguments and `out=` to functions that operations call among each other.
"""

from mocrograd.ops import fft as transforms
from mocrograd.ops._arguments import checked, name_functions
from mocrograd.ops._outputs import writing

__all__ = ["fftfreq", "fftshift", "ifftshift", "rfftfreq"]

fftfreq = writing(transforms.fftfreq)
fftshift = checked(transforms.fftshift)
ifftshift = checked(transforms.ifftshift)
rfftfreq = writing(transforms.rfftfreq)

name_functions(__name__, __all__)

"""Bad calls of Fourier transforms and their frequencies."""

from __future__ import annotations

from badcalls.table import bad

bad("fftfreq of a negative number", lambda m: m.fft.fftfreq(-1), "negative dimension -1")
bad("fftfreq of a fraction", lambda m: m.fft.fftfreq(2.5), "must be int, not float")
bad("fftfreq of integers", lambda m: m.fft.fftfreq(4, dtype=m.int64), "floating point or complex dtype, got: int64")
bad("rfftfreq of a word as distance", lambda m: m.fft.rfftfreq(4, "a"), "'d' must be Number, not str")
bad("fftshift of a dimension that is not there", lambda m: m.fft.fftshift(m.ones(2, 3), 5), "out of range")
bad("ifftshift of a list", lambda m: m.fft.ifftshift([1.0]), "must be Tensor, not list")

"""Rows of Fourier transforms and their frequencies."""

from __future__ import annotations

import numpy as np

from opcases.creation import make
from opcases.table import FLOATS, moves

for _n in (0, 1, 4, 7):
    make(f"fftfreq of {_n}", lambda m, n=_n, **o: m.fft.fftfreq(n, 0.5, **o),
         lambda n=_n: np.fft.fftfreq(n, 0.5) if n else np.zeros(0), FLOATS)  # fmt: skip
    if _n:
        make(f"rfftfreq of {_n}", lambda m, n=_n, **o: m.fft.rfftfreq(n, 2.0, **o),
             lambda n=_n: np.fft.rfftfreq(n, 2.0), FLOATS)  # fmt: skip
_SHAPES = ((1,), (7,), (4, 5), (2, 3, 4), (0, 3))
for _name in ("fftshift", "ifftshift"):
    moves(_name, lambda m, x, n=_name: getattr(m.fft, n)(x), _SHAPES)
    moves(f"{_name} of a dimension", lambda m, x, n=_name: getattr(m.fft, n)(x, -1), _SHAPES,
          lambda x, n=_name: getattr(np.fft, n)(x, -1))  # fmt: skip
    moves(f"{_name} of two dimensions", lambda m, x, n=_name: getattr(m.fft, n)(x, (0, -1)), ((4, 5), (2, 3, 4)),
          lambda x, n=_name: getattr(np.fft, n)(x, (0, -1)))  # fmt: skip

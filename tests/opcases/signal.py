"""Rows of windows of signals."""

from __future__ import annotations

import numpy as np

from opcases.creation import make
from opcases.table import FLOATS

for _name, _reference in (("hann_window", np.hanning), ("hamming_window", np.hamming), ("blackman_window", np.blackman),
                          ("bartlett_window", np.bartlett), ("kaiser_window", lambda n: np.kaiser(n, 12.0))):  # fmt: skip
    make(_name, lambda m, n=_name, **o: getattr(m, n)(8, **o), lambda f=_reference: f(9)[:8], FLOATS)
    make(
        f"{_name} not periodic", lambda m, n=_name, **o: getattr(m, n)(7, False, **o), lambda f=_reference: f(7), FLOATS
    )
    make(f"{_name} of one", lambda m, n=_name, **o: getattr(m, n)(1, **o), lambda: np.ones(1), FLOATS)
    make(f"{_name} of none", lambda m, n=_name, **o: getattr(m, n)(0, **o), lambda: np.ones(0), FLOATS)

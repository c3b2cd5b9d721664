"""Bad calls of windows of signals."""

from __future__ import annotations

from badcalls.table import bad

bad("hann_window of a negative length", lambda m: m.hann_window(-1), "window_length=-1")
bad("hann_window of integers", lambda m: m.hann_window(3, dtype=m.int64), "floating point dtypes, got: int64")
bad("kaiser_window of a fraction", lambda m: m.kaiser_window(2.5), "must be int, not float")

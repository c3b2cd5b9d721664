"""Bad calls of what numbers keep of complex ones."""

from __future__ import annotations

from badcalls.table import bad

bad("imag of real numbers", lambda m: m.imag(m.ones(3)), "non-complex")
bad("sgn of a list", lambda m: m.sgn([1.0]), "must be Tensor, not list")

"""Bad calls of eigenvalues."""

from __future__ import annotations

from badcalls.table import bad

for name in ("eig", "eigvals"):
    bad(f"linalg.{name} of a vector", lambda m, name=name: getattr(m.linalg, name)(m.ones(2)), r"at least 2 .* \[2\]")
    bad(f"linalg.{name} of no squares", lambda m, name=name: getattr(m.linalg, name)(m.ones(2, 3)), "2 by 3")
bad("linalg.eig of nan", lambda m: m.linalg.eig(m.full((2, 2), float("nan"))), "NaN")

"""Bad calls of decompositions."""

from __future__ import annotations

from badcalls.table import bad

for name in ("qr", "svd", "svdvals", "pinv", "matrix_rank"):
    bad(f"linalg.{name} of a vector", lambda m, name=name: getattr(m.linalg, name)(m.ones(2)), r"at least 2 .* \[2\]")
bad("linalg.qr mode", lambda m: m.linalg.qr(m.eye(2), "full"), "unrecognized mode 'full'")
bad("linalg.svd driver", lambda m: m.linalg.svd(m.eye(2), driver="gesvd"), "gesvd")
bad("linalg.eigh UPLO", lambda m: m.linalg.eigh(m.eye(2), "X"), "got X")
bad("linalg.lstsq sizes", lambda m: m.linalg.lstsq(m.eye(2), m.ones(3, 2)), r"\[2, 2\] and \[3, 2\]")
bad("linalg.lstsq driver", lambda m: m.linalg.lstsq(m.eye(2), m.ones(2, 2), driver="fast"), "got 'fast'")

"""Bad calls of the factors of symmetric matrices."""

from __future__ import annotations

from badcalls.table import bad

bad("linalg.ldl_factor of others", lambda m: m.linalg.ldl_factor(m.ones(2, 3)), "2 by 3")
bad("linalg.ldl_factor singular", lambda m: m.linalg.ldl_factor(m.zeros(2, 2)), "ldl_factor")
bad(
    "linalg.ldl_solve sizes",
    lambda m: m.linalg.ldl_solve(*m.linalg.ldl_factor(m.eye(3)), m.ones(2, 1)),
    "3 by 3 .* 2 by 1",
)
bad("linalg.ldl_solve float pivots", lambda m: m.linalg.ldl_solve(m.eye(3), m.ones(3), m.ones(3, 1)), "integers")
bad(
    "linalg.ldl_solve few pivots",
    lambda m: m.linalg.ldl_solve(m.eye(3), m.ones(2, dtype=m.int32), m.ones(3, 1)),
    r"\[2\]",
)
for pivots in ([3, 2], [-9, -9]):
    bad(f"linalg.ldl_solve pivots {pivots}", lambda m, pivots=pivots: m.linalg.ldl_solve(
        m.eye(2), m.tensor(pivots, dtype=m.int32), m.ones(2, 1)), "ldl_factor")  # fmt: skip

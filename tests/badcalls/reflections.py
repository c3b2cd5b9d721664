"""Bad calls of products of Householder reflections."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "linalg.householder_product wide",
    lambda m: m.linalg.householder_product(m.ones(2, 3), m.ones(2)),
    "greater than or equal",
)
bad("linalg.householder_product tau", lambda m: m.linalg.householder_product(m.ones(3, 2), m.ones(3)), "tau.shape")
bad("ormqr tau", lambda m: m.ormqr(m.ones(3, 2), m.ones(3), m.ones(3, 3)), "tau.shape")
bad("ormqr other", lambda m: m.ormqr(m.ones(3, 2), m.ones(2), m.ones(2, 3)), "other.shape")

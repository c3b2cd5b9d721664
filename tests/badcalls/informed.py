"""Bad calls of inverse, solution and Cholesky factor that tell of failures by a number."""

from __future__ import annotations

from badcalls.table import bad

bad("linalg.inv_ex of others", lambda m: m.linalg.inv_ex(m.ones(2, 3)), "2 by 3")
bad("linalg.inv_ex singular", lambda m: m.linalg.inv_ex(m.ones(2, 2), check_errors=True), "diagonal element 2 is zero")
bad("linalg.solve_ex singular", lambda m: m.linalg.solve_ex(m.ones(2, 2), m.ones(2), check_errors=True), "singular")
bad("linalg.solve_ex sizes", lambda m: m.linalg.solve_ex(m.eye(2), m.ones(3, 1)), "Incompatible shapes")
bad(
    "linalg.cholesky_ex",
    lambda m: m.linalg.cholesky_ex(-m.eye(2), check_errors=True),
    "order 1 is not positive-definite",
)

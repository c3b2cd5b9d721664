"""Bad calls of linear systems."""

from __future__ import annotations

from badcalls.table import bad

for name in ("inv", "det", "slogdet", "cholesky", "eigh"):
    bad(f"linalg.{name} of no square", lambda m, name=name: getattr(m.linalg, name)(m.ones(2, 3)), "2 by 3")
    bad(f"linalg.{name} of a vector", lambda m, name=name: getattr(m.linalg, name)(m.ones(2)), r"at least 2 .* \[2\]")
    bad(f"linalg.{name} of integers", lambda m, name=name: getattr(m.linalg, name)(m.tensor([[1]])), "int64")
bad("linalg.inv of singular", lambda m: m.linalg.inv(m.ones(2, 2)), "singular")
bad("linalg.inv of a list", lambda m: m.linalg.inv([[1.0]]), "must be Tensor, not list")
bad("linalg.solve of singular", lambda m: m.linalg.solve(m.ones(2, 2), m.ones(2)), "singular")
bad("linalg.solve sizes", lambda m: m.linalg.solve(m.eye(2), m.ones(3, 2)), r"\[2, 2\] and \[3, 2\]")
bad("linalg.solve batches", lambda m: m.linalg.solve(m.ones(3, 2, 2), m.ones(2, 2, 2)), r"\[3\] and \[2\]")
bad("linalg.solve dtypes", lambda m: m.linalg.solve(m.eye(2), m.ones(2, 2, dtype=m.float64)), "float32 != float64")
bad("linalg.cholesky of negative", lambda m: m.linalg.cholesky(-m.eye(2)), "not positive-definite")
bad(
    "linalg.solve_triangular sizes",
    lambda m: m.linalg.solve_triangular(m.eye(2), m.ones(3, 2), upper=True),
    r"\[3, 2\]",
)
bad("matrix_power of no square", lambda m: m.matrix_power(m.ones(2, 3), 2), r"\[2, 3\]")
bad("matrix_power of singular", lambda m: m.matrix_power(m.ones(2, 2), -1), "singular")
bad("matrix_power by half", lambda m: m.matrix_power(m.ones(2, 2), 0.5), "must be int, not float")
bad("matrix_exp of no square", lambda m: m.matrix_exp(m.ones(2, 3)), "2 by 3")
bad("matrix_exp of integers", lambda m: m.matrix_exp(m.ones(2, 2, dtype=m.int64)), "floating point")
bad("cholesky_solve of a vector", lambda m: m.cholesky_solve(m.ones(2), m.eye(2)), "at least 2 dimensions")
bad("cholesky_solve of another size", lambda m: m.cholesky_solve(m.ones(3, 1), m.eye(2)), r"\[2, 2\], input \[3, 1\]")
bad("cholesky_inverse of no square", lambda m: m.cholesky_inverse(m.ones(2, 3)), "2 by 3")
bad("linalg.vecdot of integers", lambda m: m.linalg.vecdot(m.tensor([1]), m.tensor([1])), "floating point")
bad("linalg.vecdot of other sizes", lambda m: m.linalg.vecdot(m.ones(2, 3), m.ones(4)), "size of tensor|broadcast")
bad("linalg.tensorinv of another product", lambda m: m.linalg.tensorinv(m.ones(4, 6), 1), r"\[4\] and \[6\]")
bad(
    "linalg.tensorinv of no dimensions",
    lambda m: m.linalg.tensorinv(m.ones(4, 4), 0),
    "positive integer for 'ind', but got 0",
)
bad(
    "linalg.tensorsolve of another product",
    lambda m: m.linalg.tensorsolve(m.ones(2, 3, 5), m.ones(2, 3)),
    r"\[2, 3\] and \[5\]",
)

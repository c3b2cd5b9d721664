"""Bad calls of linear algebra."""

from badcalls.table import bad

for name in ("inv", "det", "slogdet", "cholesky", "eigh"):
    bad(f"linalg.{name} of no square", lambda m, name=name: getattr(m.linalg, name)(m.ones(2, 3)), "2 by 3")
    bad(f"linalg.{name} of a vector", lambda m, name=name: getattr(m.linalg, name)(m.ones(2)), r"at least 2 .* \[2\]")
    bad(f"linalg.{name} of integers", lambda m, name=name: getattr(m.linalg, name)(m.tensor([[1]])), "int64")
for name in ("qr", "svd", "svdvals", "pinv", "matrix_rank"):
    bad(f"linalg.{name} of a vector", lambda m, name=name: getattr(m.linalg, name)(m.ones(2)), r"at least 2 .* \[2\]")
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
bad("linalg.qr mode", lambda m: m.linalg.qr(m.eye(2), "full"), "unrecognized mode 'full'")
bad("linalg.svd driver", lambda m: m.linalg.svd(m.eye(2), driver="gesvd"), "gesvd")
bad("linalg.eigh UPLO", lambda m: m.linalg.eigh(m.eye(2), "X"), "got X")
bad("linalg.lstsq sizes", lambda m: m.linalg.lstsq(m.eye(2), m.ones(3, 2)), r"\[2, 2\] and \[3, 2\]")
bad("linalg.lstsq driver", lambda m: m.linalg.lstsq(m.eye(2), m.ones(2, 2), driver="fast"), "got 'fast'")
bad("matrix_power of no square", lambda m: m.matrix_power(m.ones(2, 3), 2), r"\[2, 3\]")
bad("matrix_power of singular", lambda m: m.matrix_power(m.ones(2, 2), -1), "singular")
bad("matrix_power by half", lambda m: m.matrix_power(m.ones(2, 2), 0.5), "must be int, not float")

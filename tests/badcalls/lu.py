"""Bad calls of triangular factors."""

from __future__ import annotations

from badcalls.table import bad

for name in ("lu", "lu_factor", "lu_factor_ex"):
    bad(f"linalg.{name} of a vector", lambda m, name=name: getattr(m.linalg, name)(m.ones(2)), r"\[2\]")
    bad(
        f"linalg.{name} without pivots", lambda m, name=name: getattr(m.linalg, name)(m.eye(2), pivot=False), "pivoting"
    )
bad("linalg.lu_factor singular", lambda m: m.linalg.lu_factor(m.ones(2, 2)), r"U\[2,2\] is zero")
bad(
    "linalg.lu_factor_ex singular",
    lambda m: m.linalg.lu_factor_ex(m.ones(2, 2), check_errors=True),
    r"U\[2,2\] is zero",
)
bad("linalg.lu_solve sizes", lambda m: m.linalg.lu_solve(*m.linalg.lu_factor(m.eye(3)), m.ones(2, 1)), r"3x3 and 2x1")
bad("linalg.lu_solve vector", lambda m: m.linalg.lu_solve(*m.linalg.lu_factor(m.eye(3)), m.ones(3)), "at least 2 dim")
bad("linalg.lu_solve float pivots", lambda m: m.linalg.lu_solve(m.eye(3), m.ones(3), m.ones(3, 1)), "int32")
for pivot in (0, 3, -1, 2**31 - 1):
    bad(f"linalg.lu_solve pivot {pivot}", lambda m, pivot=pivot: m.linalg.lu_solve(
        m.eye(2), m.tensor([pivot, 2], dtype=m.int32), m.ones(2, 1)), "lu_factor")  # fmt: skip
    bad(
        f"lu_unpack pivot {pivot}",
        lambda m, pivot=pivot: m.lu_unpack(m.eye(2), m.tensor([pivot, 2], dtype=m.int32)),
        "between 1",
    )

"""Bad calls of matrix products."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "linear widths",
    lambda m: m.nn.functional.linear(m.ones(2, 3), m.ones(4, 5)),
    r"linear: mat1 and mat2 shapes cannot be multiplied \(2x3 and 5x4\)",
)
bad("dot sizes", lambda m: m.dot(m.ones(2), m.ones(3)), r"\[2\] and src \[3\]")
bad("dot of matrices", lambda m: m.dot(m.ones(2, 2), m.ones(2)), "2D and 1D")
bad("dot dtypes", lambda m: m.dot(m.ones(2), m.ones(2, dtype=m.float64)), "float32 != float64")
bad("dot of bools", lambda m: m.dot(m.ones(2) > 0, m.ones(2) > 0), "not implemented for bool")
bad("mv sizes", lambda m: m.mv(m.ones(2, 2), m.ones(3)), "2x2 and 3")
bad("mv ranks", lambda m: m.mv(m.ones(2, 2), m.ones(2, 1)), "vec to be a vector but got 2D")
bad("outer of matrices", lambda m: m.outer(m.ones(2, 2), m.ones(3)), "self to be a vector but got 2D")
bad("addmm sizes", lambda m: m.addmm(m.ones(3), m.ones(2, 2), m.ones(3, 3)), "2x2 and 3x3")
bad("addmm input", lambda m: m.addmm(m.ones(5), m.ones(2, 2), m.ones(2, 3)), r"\[5\] and \[2, 3\]")
bad("addmm input rank", lambda m: m.addmm(m.ones(1, 2, 3), m.ones(2, 2), m.ones(2, 3)), r"\[1, 2, 3\] .* \[2, 3\]")
bad("addmm ranks", lambda m: m.addmm(m.ones(3), m.ones(2), m.ones(2, 3)), "mat1 to be a matrix but got 1D")
bad("addmm dtypes", lambda m: m.addmm(m.ones(3), m.ones(2, 2), m.ones(2, 3, dtype=m.float64)), "float32 != float64")
bad(
    "addmm input dtype", lambda m: m.addmm(m.ones(3, dtype=m.float64), m.ones(2, 2), m.ones(2, 3)), "float64 != float32"
)
bad(
    "addmm factor", lambda m: m.addmm(m.ones(3), m.ones(2, 2), m.ones(2, 3), beta="1"), "'beta' must be Number, not str"
)
# torch cuts the factor off to an integer without a word
bad("addmm factor of integers", lambda m: m.addmm(m.tensor([1]), m.tensor([[1]]), m.tensor([[1]]), alpha=0.5),
    "alpha must not be a floating point number, got 0.5", RuntimeError)  # fmt: skip
bad("addmm_ result", lambda m: m.ones(3).addmm_(m.ones(2, 2), m.ones(2, 3)), r"\[3\] .* \[2, 3\]")
bad("addmv sizes", lambda m: m.addmv(m.ones(2), m.ones(2, 2), m.ones(3)), "2x2 and 3")
bad("addr input", lambda m: m.addr(m.ones(3), m.ones(2), m.ones(2)), r"\[3\] and \[2, 2\]")
bad("baddbmm batches", lambda m: m.baddbmm(m.ones(3), m.ones(2, 2, 2), m.ones(3, 2, 2)), "got 2 and 3")
bad("addbmm ranks", lambda m: m.addbmm(m.ones(2), m.ones(2, 2), m.ones(3, 2, 2)), "batch1 .* got 2D")

"""Bad calls of what is composed of matrix products and solutions, and of questions about tensors."""

from badcalls.table import bad

bad("matrix_exp of no square", lambda m: m.matrix_exp(m.ones(2, 3)), "2 by 3")
bad("matrix_exp of integers", lambda m: m.matrix_exp(m.ones(2, 2, dtype=m.int64)), "floating point")
bad("cholesky_solve of a vector", lambda m: m.cholesky_solve(m.ones(2), m.eye(2)), "at least 2 dimensions")
bad("cholesky_solve of another size", lambda m: m.cholesky_solve(m.ones(3, 1), m.eye(2)), r"\[2, 2\], input \[3, 1\]")
bad("cholesky_inverse of no square", lambda m: m.cholesky_inverse(m.ones(2, 3)), "2 by 3")
bad("linalg.cond of an unknown norm", lambda m: m.linalg.cond(m.eye(2), 3), "invalid norm type: 3")
bad("linalg.cond of no square", lambda m: m.linalg.cond(m.ones(2, 3), 1), "2 by 3")
bad("linalg.cond of a vector", lambda m: m.linalg.cond(m.ones(2)), "at least 2 dimensions")
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
bad("linalg.diagonal of a vector", lambda m: m.linalg.diagonal(m.ones(3)), "out of range")
bad("H of a vector", lambda m: m.ones(3).H, "matrices .* Got 1-D")
bad("mT of a vector", lambda m: m.ones(3).mT, "Got 1-D")
bad("adjoint of a vector", lambda m: m.adjoint(m.ones(3)), "Got 1-D")
bad("is_same_size of a number", lambda m: m.ones(3).is_same_size(3), "must be Tensor, not int")
bad("apply_ of a parameter", lambda m: m.ones(3, requires_grad=True).apply_(lambda v: v), "requires grad")
bad("apply_ of a number", lambda m: m.ones(3).apply_(3), "not callable")

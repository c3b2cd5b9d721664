"""Bad calls of products over chosen dimensions."""

from __future__ import annotations

from badcalls.table import bad

bad("einsum too few operands", lambda m: m.einsum("ij,jk", m.ones(2, 3)), "fewer operands .* expected 2, got 1")
bad("einsum too many operands", lambda m: m.einsum("ij", m.ones(2, 3), m.ones(3)), "more operands")
bad("einsum nothing", lambda m: m.einsum("ij"), "at least one operand")
bad("einsum rank", lambda m: m.einsum("i", m.ones(2, 3)), r"subscripts in the equation \(1\) .* \(2\) for operand 0")
bad("einsum ellipsis rank", lambda m: m.einsum("i...jk", m.ones(2, 3)), r"\(3\) .* \(2\)")
bad("einsum digit", lambda m: m.einsum("i1", m.ones(2, 3)), "got '1'")
bad("einsum half an ellipsis", lambda m: m.einsum("i..j", m.ones(2, 3)), r"got '\.'")
bad("einsum two ellipses", lambda m: m.einsum("......i", m.ones(2)), r"got '\.'")
bad("einsum two arrows", lambda m: m.einsum("i->i->i", m.ones(2)), "got '-'")
bad("einsum sizes", lambda m: m.einsum("ij,jk", m.ones(2, 3), m.ones(2, 3)), "subscript j has size 2 .* size 3")
bad("einsum diagonal of no square", lambda m: m.einsum("ii", m.ones(2, 3)), "3 != 2")
bad("einsum result twice", lambda m: m.einsum("ij->iij", m.ones(2, 3)), "i appears more than once")
bad("einsum result unknown", lambda m: m.einsum("ij->k", m.ones(2, 3)), "k does not appear")
bad("einsum dtypes", lambda m: m.einsum("ij,jk", m.ones(2, 3), m.ones(3, 2, dtype=m.float64)), "float32 != float64")
bad("einsum list range", lambda m: m.einsum(m.ones(2), [52]), "got 52")
bad("einsum list missing", lambda m: m.einsum(m.ones(2), 0), "got int")
bad("einsum a number", lambda m: m.einsum(3, m.ones(2)), "got int")
bad("einsum lists as operands", lambda m: m.einsum("i,i", [1.0, 2.0]), "expected Tensor, got float")
bad("inner sizes", lambda m: m.inner(m.ones(2, 2), m.ones(3)), r"\[2, 2\] and \[3\]")
bad("tensordot sizes", lambda m: m.tensordot(m.ones(3, 3), m.ones(2, 2), 1), "size 3 in dim 1 and second has size 2")
bad("tensordot too many", lambda m: m.tensordot(m.ones(3), m.ones(2, 2)), "dims=2")
bad("tensordot negative", lambda m: m.tensordot(m.ones(3), m.ones(2, 2), -1), "dims=-1")
bad("tensordot lists", lambda m: m.tensordot(m.ones(3, 3), m.ones(3, 2), ([0], [0, 1])), r"\[0\] and \[0, 1\]")
bad("tensordot twice", lambda m: m.tensordot(m.ones(3, 3), m.ones(3, 3), ([0, 0], [0, 1])), "multiple times")
bad("cross sizes", lambda m: m.linalg.cross(m.ones(2, 2), m.ones(2, 2)), r"length 3, got \[2, 2\]")
bad("cross ranks", lambda m: m.linalg.cross(m.ones(3), m.ones(2, 3)), "got 1 and 2")
bad("trace of a vector", lambda m: m.trace(m.ones(3)), "matrix but got 1D")
bad("multi_dot of one", lambda m: m.linalg.multi_dot([m.ones(3)]), "at least 2 tensors but got 1")
bad("multi_dot sizes", lambda m: m.linalg.multi_dot([m.ones(3, 2), m.ones(3, 2)]), r"\[3, 2\] and \[3, 2\]")
bad(
    "multi_dot ranks",
    lambda m: m.linalg.multi_dot([m.ones(3, 2), m.ones(2), m.ones(2, 2)]),
    "tensor 1 must be 2D but got 1D",
)
bad("bilinear weight", lambda m: m.nn.functional.bilinear(m.ones(2, 3), m.ones(2, 4), m.ones(5, 3, 3)), "3 and 4")
bad(
    "bilinear batches",
    lambda m: m.nn.functional.bilinear(m.ones(2, 3), m.ones(3, 4), m.ones(5, 3, 4)),
    r"\[2, 3\] and \[3, 4\]",
)

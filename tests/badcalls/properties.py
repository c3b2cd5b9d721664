"""Bad calls of changes of shape in place, and of what is filled or read by position."""

from __future__ import annotations

from badcalls.table import bad

bad("sum_to_size of another size", lambda m: m.ones(2, 3).sum_to_size(2), r"\[2\] is not expandable to size \[2, 3\]")
bad("broadcast_shapes of other sizes", lambda m: m.broadcast_shapes((2, 1), (3, 3)), "must match|broadcast")
bad("broadcast_shapes of a negative size", lambda m: m.broadcast_shapes((-1, 2)), "negative length")
bad("broadcast_shapes of a fraction", lambda m: m.broadcast_shapes(2.5), "ints, got 2.5")
bad("fill_diagonal_ of a vector", lambda m: m.zeros(2).fill_diagonal_(5), "larger than 1, got 1")
bad("fill_diagonal_ of unequal sizes", lambda m: m.zeros(2, 2, 3).fill_diagonal_(5), r"equal length, got \[2, 2, 3\]")
bad(
    "fill_diagonal_ of a vector of values",
    lambda m: m.zeros(2, 2).fill_diagonal_(m.ones(2)),
    "must be Number, not Tensor",
)
bad("resize_ of a parameter", lambda m: m.ones(6, requires_grad=True).resize_(2, 2), "cannot resize")
bad("resize_ to a negative size", lambda m: m.ones(6).resize_(-1, 2), "negative|overflow")
bad("resize_as_ of a shape", lambda m: m.ones(6).resize_as_((2, 3)), "must be Tensor, not tuple")
bad("finfo of integers", lambda m: m.finfo(m.int64), "got int64")
bad("iinfo of floats", lambda m: m.iinfo(m.float32), "got float32")
bad("promote_types of a name", lambda m: m.promote_types("float32", m.float32), "got str")
bad("H of a vector", lambda m: m.ones(3).H, "matrices .* Got 1-D")
bad("mT of a vector", lambda m: m.ones(3).mT, "Got 1-D")
bad("adjoint of a vector", lambda m: m.adjoint(m.ones(3)), "Got 1-D")
bad("is_same_size of a number", lambda m: m.ones(3).is_same_size(3), "must be Tensor, not int")
bad("apply_ of a parameter", lambda m: m.ones(3, requires_grad=True).apply_(lambda v: v), "requires grad")
bad("apply_ of a number", lambda m: m.ones(3).apply_(3), "not callable")

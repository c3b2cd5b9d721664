"""Bad calls of integrals and derivatives of samples, membership, and changes of size."""

from badcalls.table import bad

bad("trapezoid of bools", lambda m: m.trapezoid(m.tensor([True, True])), "bool is not supported")
bad("trapezoid of no dimensions", lambda m: m.trapezoid(m.tensor(1.0)), "no dimensions")
bad("trapezoid of other places", lambda m: m.trapezoid(m.ones(2, 3), m.ones(2)), "one `x` value for each sample point")
bad("trapezoid of places and distance", lambda m: m.trapezoid(m.ones(3), m.ones(3), dx=2), "dx")
bad(
    "cumulative_trapezoid of other places",
    lambda m: m.cumulative_trapezoid(m.ones(2, 3), m.ones(2)),
    "for each sample point",
)
bad("gradient of one sample", lambda m: m.gradient(m.ones(1)), r"at least edge_order\+1, got \[1\]")
bad("gradient of a third order", lambda m: m.gradient(m.ones(4), edge_order=3), "edge_order=2, got 3")
bad(
    "gradient of too few distances",
    lambda m: m.gradient(m.ones(3, 3), spacing=[2.0]),
    "list of length 2.* got a list of length 1",
)
bad("gradient of uint8", lambda m: m.gradient(m.ones(3, dtype=m.uint8)), "does not support uint8")
bad("gradient of a dim twice", lambda m: m.gradient(m.ones(3, 3), dim=(0, 0)), "twice")
bad("vander of a matrix", lambda m: m.vander(m.ones(2, 2)), "one-dimensional tensor, got 2")
bad("vander of a negative number", lambda m: m.vander(m.ones(2), -1), "non-negative, got -1")
bad("linalg.vander of one column", lambda m: m.linalg.vander(m.ones(2), N=1), "greater than 1, got 1")
bad("isin of bools", lambda m: m.isin(m.tensor([True]), m.tensor([True])), "Unsupported input type.*bool")
bad("isin of numbers", lambda m: m.isin(2, 2), "must be Tensor, got 2 and 2")
bad("isin of a list", lambda m: m.isin(m.ones(2), [1]), "not list")
bad("unravel_index of floats", lambda m: m.unravel_index(m.ones(2), (2, 3)), "integer dtype, but got .*float32")
bad("unravel_index of a fraction", lambda m: m.unravel_index(m.tensor(2), (2.5, 3)), "only contain ints, but got float")
bad(
    "unravel_index of a negative size",
    lambda m: m.unravel_index(m.tensor(2), (-2, 3)),
    r"negative values, but got \(-2, 3\)",
)
bad("sum_to_size of another size", lambda m: m.ones(2, 3).sum_to_size(2), r"\[2\] is not expandable to size \[2, 3\]")
bad("broadcast_shapes of other sizes", lambda m: m.broadcast_shapes((2, 1), (3, 3)), "must match|broadcast")
bad("broadcast_shapes of a negative size", lambda m: m.broadcast_shapes((-1, 2)), "negative length")
bad("broadcast_shapes of a fraction", lambda m: m.broadcast_shapes(2.5), "ints, got 2.5")
bad("renorm of a vector", lambda m: m.renorm(m.ones(3), 2, 0, 1), "at least 2 dimensions, got 1")
bad("renorm of no norm", lambda m: m.renorm(m.ones(3, 3), 0, 0, 1), "non-positive-norm")
bad("renorm of integers", lambda m: m.renorm(m.ones(3, 3, dtype=m.int64), 2, 0, 1), "floating point")
bad("renorm of a negative norm", lambda m: m.renorm(m.ones(3, 3), 2, 0, -1), ">= 0 but got -1")
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
bad("index_reduce by sum", lambda m: m.ones(3).index_reduce(0, m.tensor([0]), m.ones(1), "sum"), "got sum")
bad(
    "index_reduce of an index out of range",
    lambda m: m.ones(3).index_reduce(0, m.tensor([3]), m.ones(1), "amax"),
    "out of",
)
bad(
    "index_reduce of other dtypes",
    lambda m: m.ones(3).index_reduce(0, m.tensor([0]), m.ones(1, dtype=m.float64), "amax"),
    "float64",
)
bad(
    "index_reduce of a matrix of places",
    lambda m: m.ones(3).index_reduce(0, m.tensor([[0]]), m.ones(1), "amax"),
    "vector",
)

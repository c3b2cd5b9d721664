"""Bad calls of reading and writing elements along a dimension by index."""

from __future__ import annotations

from badcalls.table import bad

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
bad(
    "gather range", lambda m: m.ones(3).gather(0, m.tensor([3])), "index 3 is out of bounds for dimension 0 with size 3"
)
bad("gather negative", lambda m: m.ones(3).gather(0, m.tensor([-1])), "index -1")
bad("gather dtype", lambda m: m.ones(3).gather(0, m.ones(3)), "float32")
bad("gather ranks", lambda m: m.ones(3).gather(0, m.tensor([[0]])), r"\[1, 1\]")
bad("gather shape", lambda m: m.ones(3, 2).gather(0, m.tensor([[0, 0, 0]])), r"\[1, 3\].*\[3, 2\]")
bad("scatter range", lambda m: m.ones(3).scatter(0, m.tensor([3]), 1.0), "index 3")
bad("scatter dtype", lambda m: m.ones(3).scatter(0, m.tensor([1]), m.tensor([1])), "float32 and int64")
bad("scatter short source", lambda m: m.ones(3).scatter(0, m.tensor([1, 2]), m.ones(1)), r"\[2\].*\[1\]")
bad("scatter reduce", lambda m: m.ones(3).scatter(0, m.tensor([1]), m.ones(1), reduce="max"), "max")
bad("scatter_add a number", lambda m: m.ones(3).scatter_add(0, m.tensor([1]), 1.0), "float")
bad("scatter_reduce kind", lambda m: m.ones(3).scatter_reduce(0, m.tensor([1]), m.ones(1), "median"), "median")
bad("index_add range", lambda m: m.ones(3).index_add(0, m.tensor([3]), m.ones(1)), "3")
bad("index_add dtype", lambda m: m.ones(3).index_add(0, m.tensor([1]), m.tensor([1])), "float32.*int64")
bad("index_add shape", lambda m: m.ones(3, 2).index_add(0, m.tensor([1]), m.ones(1, 3)), r"\[1, 2\].*\[1, 3\]")
bad("index_copy length", lambda m: m.ones(3).index_copy(0, m.tensor([1]), m.ones(2)), r"\[1\].*\[2\]")
bad("index_fill tensor", lambda m: m.ones(3).index_fill(0, m.tensor([1]), m.ones(2)), r"1 dimension")
bad("take range", lambda m: m.ones(3).take(m.tensor([3])), "3")
bad("take dtype", lambda m: m.ones(3).take(m.ones(1)), "float32")

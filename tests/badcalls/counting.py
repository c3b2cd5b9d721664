"""Bad calls of counting, membership and covariance."""

from __future__ import annotations

from badcalls.table import bad

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
bad("cov of three dimensions", lambda m: m.cov(m.ones(2, 2, 2)), "two|2")
bad("histc of no interval", lambda m: m.histc(m.ones(3), 0), "bins must be > 0")
bad("bincount of negative numbers", lambda m: m.bincount(m.tensor([-1])), "negative")
bad("bincount of floats", lambda m: m.bincount(m.ones(3)), "float|int")
bad("histogram of no interval", lambda m: m.histogram(m.ones(3), 0), "bins must be > 0")
bad("histogram of a range the wrong way", lambda m: m.histogram(m.ones(3), 3, range=(2.0, 1.0)), "min 2.0 max 1.0")
bad("histogram of nan", lambda m: m.histogram(m.tensor([float("nan")]), 3), "not finite")
bad("histogram of integers", lambda m: m.histogram(m.tensor([1, 2]), 3), "int64")
bad("histogram of one edge", lambda m: m.histogram(m.ones(3), m.ones(1)), "bins must be > 0, but got 0")
bad("histogram of weights", lambda m: m.histogram(m.ones(3), 3, weight=m.ones(2)), r"\[2\]")
bad("histogram of edges of another dtype", lambda m: m.histogram(m.ones(3), m.ones(2, dtype=m.float64)), "float64")
bad("histogramdd of a vector", lambda m: m.histogramdd(m.ones(3), [3]), "at least 2 dimensions, got 1")
bad(
    "histogramdd of another number of bins",
    lambda m: m.histogramdd(m.ones(3, 2), [3, 3, 3]),
    "innermost dimension.*2, got 3",
)
bad("nonzero_static of a negative size", lambda m: m.nonzero_static(m.ones(3), size=-1), "got -1")

"""Bad calls of reductions, scans and sorting."""

from badcalls.table import bad

bad("var of integers", lambda m: m.ones(3, dtype=m.int64).var(), "only support floating point")
bad("var of a dim out of range", lambda m: m.var(m.ones(3), 1), "out of range")
bad("std of a dim twice", lambda m: m.std(m.ones(3, 3), (0, 0)), "appears multiple times")
bad("norm of integers", lambda m: m.norm(m.ones(3, dtype=m.int64)), "floating point")
bad("norm of an unknown name", lambda m: m.norm(m.ones(3), "big"), "fro")
bad("linalg.matrix_norm of a vector", lambda m: m.linalg.matrix_norm(m.ones(3)), "at least 2 dimensions")
bad("linalg.matrix_norm of an unknown order", lambda m: m.linalg.matrix_norm(m.ones(3, 3), 3), "not supported")
bad("linalg.norm of three dimensions", lambda m: m.linalg.norm(m.ones(2, 2, 2), 1), "1D or 2D. Got 3D")
bad("nanmean of integers", lambda m: m.nanmean(m.ones(3, dtype=m.int64)), "floating point")
bad("prod of a dim out of range", lambda m: m.prod(m.ones(3), 2), "out of range")
bad("logsumexp of a dim out of range", lambda m: m.logsumexp(m.ones(3), 2), "out of range")
bad("cumsum of a dim out of range", lambda m: m.cumsum(m.ones(3), 1), "out of range")
bad("cumsum without a dim", lambda m: m.cumsum(m.ones(3)), "dim")
bad("cummax of no tensor", lambda m: m.cummax(3, 0), "must be Tensor, not int")
bad("diff of no dimensions", lambda m: m.diff(m.ones(())), "at least one-dimensional")
bad("diff of a negative order", lambda m: m.diff(m.ones(3), -1), "non-negative")
bad("sort of a dim out of range", lambda m: m.sort(m.ones(3), 1), "out of range")
bad("topk of too many", lambda m: m.topk(m.ones(3), 4), "out of range")
bad("topk of a negative number", lambda m: m.topk(m.ones(3), -1), "out of range")
bad("kthvalue of too many", lambda m: m.kthvalue(m.ones(3), 4), "out of range")
bad("kthvalue of none", lambda m: m.kthvalue(m.ones(3), 0), "out of range")
bad("median of nothing", lambda m: m.median(m.ones(0, 3), 0), "non-zero size")
bad("mode of nothing", lambda m: m.mode(m.ones(0, 3), 0), "non-zero size")
bad("quantile of integers", lambda m: m.quantile(m.ones(3, dtype=m.int64), 0.5), "float or double")
bad("quantile of nothing", lambda m: m.quantile(m.ones(0), 0.5), "non-empty")
bad("quantile of a share above 1", lambda m: m.quantile(m.ones(3), 1.5), r"in the range \[0, 1\] but got 1.5")
bad(
    "quantile of an unknown kind",
    lambda m: m.quantile(m.ones(3), 0.5, interpolation="none"),
    "interpolation must be one",
)
bad("searchsorted of other rows", lambda m: m.searchsorted(m.ones(2, 3), m.ones(3, 3)), "must match")
bad("searchsorted of two sides", lambda m: m.searchsorted(m.ones(3), m.ones(3), right=True, side="left"), "opposites")
bad("searchsorted of a sorter out of range",
    lambda m: m.searchsorted(m.ones(3), m.ones(3), sorter=m.tensor([0, 1, 3])), "out of range")  # fmt: skip
bad("bucketize of two dimensions", lambda m: m.bucketize(m.ones(3), m.ones(2, 2)), "1 dimension")

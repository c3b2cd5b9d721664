"""Bad calls of sorting, selection and quantiles."""

from __future__ import annotations

from badcalls.table import bad

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
bad("argsort of a dim out of range", lambda m: m.argsort(m.ones(3), 1), "out of range")

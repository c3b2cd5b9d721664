"""Bad calls of reductions."""

from __future__ import annotations

from badcalls.table import bad

bad("nanmean of integers", lambda m: m.nanmean(m.ones(3, dtype=m.int64)), "floating point")
bad("prod of a dim out of range", lambda m: m.prod(m.ones(3), 2), "out of range")
bad("sum of a dim out of range", lambda m: m.sum(m.ones(3), 1), "out of range")
bad("sum of a dim twice", lambda m: m.sum(m.ones(3, 3), (1, -1)), "multiple times")
bad("sum of a fraction of a dim", lambda m: m.sum(m.ones(3), 0.5), "float|int")
bad("sum of no tensor", lambda m: m.sum([1.0]), "must be Tensor, not list")
bad("mean of integers", lambda m: m.mean(m.ones(3, dtype=m.int64)), "floating point")
bad("mean of a dim out of range", lambda m: m.mean(m.ones(3), -2), "out of range")
bad("max of nothing", lambda m: m.max(m.ones(0)), "numel|empty|identity|non-zero")
bad("max of a dim of nothing", lambda m: m.max(m.ones(2, 0), 1), "non-zero size|empty|identity")
bad("min of a dim out of range", lambda m: m.min(m.ones(3), 1), "out of range")
bad("amax of nothing", lambda m: m.amax(m.ones(0)), "non-zero size|empty|identity|numel")
bad("amin of a dim twice", lambda m: m.amin(m.ones(3, 3), (0, 0)), "multiple times")
bad("argmax of nothing", lambda m: m.argmax(m.ones(0)), "non-zero size|empty|identity|numel")
bad("argmin of a dim out of range", lambda m: m.argmin(m.ones(3), 2), "out of range")
bad("any of a dim out of range", lambda m: m.any(m.ones(3), 1), "out of range")
bad("all of no tensor", lambda m: m.all(3), "must be Tensor|Tensor")
bad("count_nonzero of a dim out of range", lambda m: m.count_nonzero(m.ones(3), 1), "out of range")
bad("aminmax of nothing", lambda m: m.aminmax(m.ones(0)), "empty|non-zero|identity|numel")
bad("nansum of a dim out of range", lambda m: m.nansum(m.ones(3), 1), "out of range")

"""Bad calls of running sums, products and extremes."""

from __future__ import annotations

from badcalls.table import bad

bad("cumsum of a dim out of range", lambda m: m.cumsum(m.ones(3), 1), "out of range")
bad("cumsum without a dim", lambda m: m.cumsum(m.ones(3)), "dim")
bad("cummax of no tensor", lambda m: m.cummax(3, 0), "must be Tensor, not int")
bad("diff of no dimensions", lambda m: m.diff(m.ones(())), "at least one-dimensional")
bad("diff of a negative order", lambda m: m.diff(m.ones(3), -1), "non-negative")
bad("cumprod of a dim out of range", lambda m: m.cumprod(m.ones(3), 1), "out of range")
bad("logcumsumexp of a dim out of range", lambda m: m.logcumsumexp(m.ones(3), 1), "out of range")
bad("cumsum of bools in bool", lambda m: m.ones(3).cumsum(0, dtype=m.bool), "not implemented for")
bad("cumprod of bools in bool", lambda m: m.ones(3).cumprod(0, dtype=m.bool), "not implemented for")

"""Bad calls of variance, deviation and logsumexp."""

from __future__ import annotations

from badcalls.table import bad

bad("var of integers", lambda m: m.ones(3, dtype=m.int64).var(), "only support floating point")
bad("var of a dim out of range", lambda m: m.var(m.ones(3), 1), "out of range")
bad("std of a dim twice", lambda m: m.std(m.ones(3, 3), (0, 0)), "appears multiple times")
bad("logsumexp of a dim out of range", lambda m: m.logsumexp(m.ones(3), 2), "out of range")
bad("std_mean of integers", lambda m: m.std_mean(m.ones(3, dtype=m.int64)), "floating point")
bad("var_mean of a dim out of range", lambda m: m.var_mean(m.ones(3), 1), "out of range")

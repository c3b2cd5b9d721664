"""Bad calls of splitting."""

from __future__ import annotations

from badcalls.table import bad

bad("narrow past the end", lambda m: m.zeros(5).narrow(0, 3, 4), r"start \(3\) \+ length \(4\) exceeds")
bad("narrow negative length", lambda m: m.zeros(5).narrow(0, 0, -1), "-1")
bad("narrow start", lambda m: m.zeros(5).narrow(0, 6, 0), "6")
bad("narrow from a fraction", lambda m: m.zeros(5).narrow(0, m.tensor(1.5), 2), "0-dim integral Tensor")
bad("narrow dim", lambda m: m.zeros(5).narrow(1, 0, 1), "got 1")
bad("select index", lambda m: m.zeros(5).select(0, 5), "5")
bad("select dim", lambda m: m.zeros(5).select(2, 0), "got 2")
bad("split size", lambda m: m.split(m.ones(5), -1), "-1")
bad("split 0", lambda m: m.split(m.ones(5), 0), "0")
bad("split sizes", lambda m: m.split(m.ones(5), [2, 2]), "5.*4|4.*5|2, 2")
bad("chunk", lambda m: m.chunk(m.ones(5), 0), "0")
bad("unbind a scalar", lambda m: m.unbind(m.tensor(1.0)), "dim")
bad("tensor_split", lambda m: m.tensor_split(m.ones(5), 0), "0")

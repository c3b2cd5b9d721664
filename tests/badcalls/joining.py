"""Bad calls of joining tensors, and of shapes that fit each other."""

from __future__ import annotations

from badcalls.table import bad

bad("cat nothing", lambda m: m.cat([]), "non-empty")
bad("cat a tensor", lambda m: m.cat(m.ones(2)), "Tensor")
bad("cat numbers", lambda m: m.cat([1, 2]), "int")
bad("cat shapes", lambda m: m.cat([m.ones(2, 3), m.ones(2, 4)]), "3.*4|4.*3")
bad("cat ranks", lambda m: m.cat([m.ones(2, 3), m.ones(2)]), "2.*1|1.*2")
bad("cat dim", lambda m: m.cat([m.ones(2), m.ones(2)], 1), "got 1")
bad("cat scalars", lambda m: m.cat([m.tensor(1.0)]), "zero-dimensional|0-d")
bad("stack nothing", lambda m: m.stack([]), "non-empty")
bad("stack shapes", lambda m: m.stack([m.ones(2), m.ones(3)]), r"\[2\].*\[3\]")
bad("stack dim", lambda m: m.stack([m.ones(2)], 2), "got 2")

"""Bad calls of views: other shapes and orders of the same memory."""

from __future__ import annotations

from badcalls.table import bad

bad("reshape size", lambda m: m.ones(6).reshape(4), r"'\[4\]' is invalid for input of size 6")
bad("reshape two unknown", lambda m: m.ones(6).reshape(-1, -1), "one dimension can be inferred")
bad("reshape nothing to unknown", lambda m: m.ones(0).reshape(0, -1), r"\[0, -1\]|ambiguous")
bad("reshape negative", lambda m: m.ones(6).reshape(-2, 3), "-2")
bad("reshape word", lambda m: m.ones(6).reshape("6"), "str")
bad("view of transposed", lambda m: m.ones(2, 3).t().view(6), "Use .reshape")
bad("expand size", lambda m: m.ones(3).expand(2), r"\(2\) must match the existing size \(3\)")
bad("expand ranks", lambda m: m.ones(2, 3).expand(3), r"\(1\) must be greater or equal")
bad("expand leading", lambda m: m.ones(3).expand(-1, 3), "leading")
bad("broadcast_to", lambda m: m.broadcast_to(m.ones(3), (2,)), r"\(2\)")
bad("permute ranks", lambda m: m.ones(2, 3).permute(0), "= 2 is not equal to len.dims. = 1")
bad("permute twice", lambda m: m.ones(2, 3).permute(0, 0), r"\[0, 0\]")
bad("permute range", lambda m: m.ones(2, 3).permute(0, 2), "got 2")
bad("transpose range", lambda m: m.ones(2, 3).transpose(0, 2), "got 2")
bad("t of a cube", lambda m: m.ones(2, 2, 2).t(), "3D")
bad("squeeze range", lambda m: m.ones(2).squeeze(1), "got 1")
bad("squeeze twice", lambda m: m.ones(1, 1).squeeze((0, 0)), "multiple times")
bad("unsqueeze range", lambda m: m.ones(2).unsqueeze(2), "got 2")
bad("flatten backwards", lambda m: m.ones(2, 3).flatten(1, 0), "start_dim cannot come after end_dim")
bad("unsqueeze_ range", lambda m: m.ones(2).unsqueeze_(3), "got 3")
bad("set of expanded", lambda m: m.ones(1).expand(3).__setitem__(slice(None), m.arange(3.0)), "single memory location")

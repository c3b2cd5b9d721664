"""Bad calls of comparison, logic and choice."""

from __future__ import annotations

from badcalls.table import bad

bad("masked_fill dtype", lambda m: m.ones(3).masked_fill(m.ones(3), 0), "float32")
bad("masked_fill shape", lambda m: m.ones(3).masked_fill(m.ones(2) > 0, 0), r"2")
bad("masked_fill_ shape", lambda m: m.ones(3).masked_fill_(m.ones(2, 3) > 0, 0), r"\[2, 3\].*\[3\]")
bad("masked_fill tensor", lambda m: m.ones(3).masked_fill(m.ones(3) > 0, m.ones(2)), "1 dim")

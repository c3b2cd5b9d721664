"""Bad calls of repeating, flipping, rolling and moving dimensions."""

from __future__ import annotations

from badcalls.table import bad

bad("unflatten sizes", lambda m: m.ones(6).unflatten(0, (4, 2)), r"\[4, 2\]")
bad("flip range", lambda m: m.ones(2).flip(1), "got 1")
bad("flip twice", lambda m: m.ones(2).flip(0, 0), "multiple times")
bad("roll dims", lambda m: m.ones(2).roll((1, 2), 0), "2.*1|align")
bad("roll range", lambda m: m.ones(2).roll(1, 1), "got 1")
bad("repeat ranks", lambda m: m.ones(2, 3).repeat(2), r"\[2\] for shape \[2, 3\]")
bad("repeat negative", lambda m: m.ones(2).repeat(-1), "-1")
bad("repeat nothing", lambda m: m.ones(2).repeat(), "repeats")
bad("repeat word", lambda m: m.ones(2).repeat("2"), "str")
bad("tile float", lambda m: m.ones(2).tile(2.5), "float")
bad("movedim numbers", lambda m: m.ones(2, 3).movedim((0, 1), (0,)), "same number|source")
bad("movedim twice", lambda m: m.ones(2, 3).movedim((0, 0), (0, 1)), "repeated")
bad("rot90 dims", lambda m: m.rot90(m.ones(2, 2), 1, (0, 0)), r"0")

"""Bad calls of conversions between dtypes and devices."""

from __future__ import annotations

from badcalls.table import bad

bad("to a word", lambda m: m.ones(2).to("nonsense"), "nonsense")
bad("to a list", lambda m: m.ones(2).to([2.5]), "list")
bad("clone of a number", lambda m: m.clone(3), "Tensor, not int")
bad("detach of a list", lambda m: m.detach([1.0]), "Tensor, not list")
bad("type_as of a dtype", lambda m: m.ones(2).type_as(m.float64), "Tensor")

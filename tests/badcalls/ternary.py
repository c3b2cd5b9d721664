"""Bad calls of pointwise ops of three operands."""

from __future__ import annotations

from badcalls.table import bad

bad("clamp_ without bounds", lambda m: m.clamp_(m.ones(3)), "min")

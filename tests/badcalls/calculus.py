"""Bad calls of integrals and derivatives of samples."""

from __future__ import annotations

from badcalls.table import bad

bad("trapezoid of bools", lambda m: m.trapezoid(m.tensor([True, True])), "bool is not supported")
bad("trapezoid of no dimensions", lambda m: m.trapezoid(m.tensor(1.0)), "no dimensions")
bad("trapezoid of other places", lambda m: m.trapezoid(m.ones(2, 3), m.ones(2)), "one `x` value for each sample point")
bad("trapezoid of places and distance", lambda m: m.trapezoid(m.ones(3), m.ones(3), dx=2), "dx")
bad(
    "cumulative_trapezoid of other places",
    lambda m: m.cumulative_trapezoid(m.ones(2, 3), m.ones(2)),
    "for each sample point",
)
bad("gradient of one sample", lambda m: m.gradient(m.ones(1)), r"at least edge_order\+1, got \[1\]")
bad("gradient of a third order", lambda m: m.gradient(m.ones(4), edge_order=3), "edge_order=2, got 3")
bad(
    "gradient of too few distances",
    lambda m: m.gradient(m.ones(3, 3), spacing=[2.0]),
    "list of length 2.* got a list of length 1",
)
bad("gradient of uint8", lambda m: m.gradient(m.ones(3, dtype=m.uint8)), "does not support uint8")
bad("gradient of a dim twice", lambda m: m.gradient(m.ones(3, 3), dim=(0, 0)), "twice")
bad("vander of a matrix", lambda m: m.vander(m.ones(2, 2)), "one-dimensional tensor, got 2")
bad("vander of a negative number", lambda m: m.vander(m.ones(2), -1), "non-negative, got -1")
bad("linalg.vander of one column", lambda m: m.linalg.vander(m.ones(2), N=1), "greater than 1, got 1")

"""Bad calls of arithmetic: numbers, division, rounding, bits, greatest common divisors, parts of floats."""

from __future__ import annotations

from badcalls.table import bad

bad("gcd of floats", lambda m: m.gcd(m.ones(3), m.ones(3)), "integers only, got float32")
bad("gcd of bools", lambda m: m.gcd(m.tensor([True]), m.tensor([True])), "integers only, got bool")
bad("gcd with a number", lambda m: m.gcd(m.tensor([4]), 2), "must be Tensor, not int")
bad(
    "lcm of shapes that do not broadcast",
    lambda m: m.lcm(m.tensor([4, 2]), m.tensor([1, 2, 3])),
    "size of tensor|broadcast",
)
bad("nextafter of integers", lambda m: m.nextafter(m.tensor([4]), m.tensor([2])), "floats only, got int64")
bad("rsub of bools", lambda m: m.rsub(m.tensor([True]), m.tensor([True])), "bool")
bad("rsub alpha of integers", lambda m: m.rsub(m.tensor([1]), 2, alpha=1.5), "alpha must not be a floating")
bad("exp_ of no tensor", lambda m: m.exp_(3.0), "must be Tensor, not float")
bad("relu_ of no tensor", lambda m: m.relu_(None), "must be Tensor, not NoneType")
bad("sqrt_ of integers", lambda m: m.sqrt_(m.ones(3, dtype=m.int64)), "can't be cast")

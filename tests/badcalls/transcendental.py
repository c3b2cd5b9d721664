"""Bad calls of logarithms, trigonometric, hyperbolic and special functions."""

from __future__ import annotations

from badcalls.table import bad

bad("frexp of integers", lambda m: m.frexp(m.tensor([4])), "floating-point dtypes, got int64")
bad("mvlgamma of no dimensions", lambda m: m.mvlgamma(m.ones(3), 0), "greater than or equal to 1, got 0")
bad("mvlgamma of a fraction", lambda m: m.mvlgamma(m.ones(3), 1.5), "must be int, not float")
bad("special.entr of a number", lambda m: m.special.entr(1.0), "must be Tensor, not float")
bad("special.xlog1py of numbers", lambda m: m.special.xlog1py(1.0, 2.0), "Tensor")

"""Bad calls of higher transcendental functions and orthogonal polynomials."""

from __future__ import annotations

from badcalls.table import bad

bad("special.erfcx of a number", lambda m: m.special.erfcx(1.0), "must be Tensor, not float")
bad("special.ndtri of a list", lambda m: m.special.ndtri([0.5]), "must be Tensor, not list")
bad("special.bessel_j0 of a number", lambda m: m.special.bessel_j0(1.0), "must be Tensor, not float")
bad("special.airy_ai into a number", lambda m: m.special.airy_ai(m.ones(3), out=1.0), "'out' must be Tensor, not float")
bad("special.zeta of numbers", lambda m: m.special.zeta(2.0, 1.0), "expected a Tensor, got float and float")
bad("special.zeta of other shapes", lambda m: m.special.zeta(m.ones(2), m.ones(3)), "broadcast")
bad("special.legendre_polynomial_p of numbers", lambda m: m.special.legendre_polynomial_p(2.0, 3), "expected a Tensor")
bad(
    "special.hermite_polynomial_h of other shapes",
    lambda m: m.special.hermite_polynomial_h(m.ones(2), m.ones(3)),
    "broadcast",
)
bad(
    "special.airy_ai into integers",
    lambda m: m.special.airy_ai(m.ones(3), out=m.ones(3, dtype=m.int64)),
    "can't be cast",
)
bad("igamma of a number", lambda m: m.igamma(2.0, m.ones(3)), "'input' must be Tensor, not float")
bad("igamma up to a number", lambda m: m.igamma(m.ones(3), 2.0), "'other' must be Tensor, not float")
bad(
    "igammac of integers",
    lambda m: m.igammac(m.ones(3, dtype=m.int32), m.ones(3, dtype=m.int32)),
    "not implemented for int32",
)
bad("igamma_ of integers", lambda m: m.ones(3, dtype=m.int32).igamma_(m.ones(3)), "can't be cast")
bad("gradient of zeta's exponent", lambda m: m.special.zeta(m.full((2,), 2.0, requires_grad=True), 1.0).sum().backward(),
    "the derivative for 'zeta' is not implemented")  # fmt: skip
bad("gradient of igamma's exponent", lambda m: m.igamma(m.ones(2, requires_grad=True), m.ones(2)).sum().backward(),
    "the derivative for 'igamma: input' is not implemented")  # fmt: skip
bad("gradient of igammac's exponent", lambda m: m.igammac(m.ones(2, requires_grad=True), m.ones(2)).sum().backward(),
    "the derivative for 'igammac: input' is not implemented")  # fmt: skip
bad(
    "gradient of a Bessel function",
    lambda m: m.special.bessel_y1(m.ones(2, requires_grad=True)).sum().backward(),
    "require",
)

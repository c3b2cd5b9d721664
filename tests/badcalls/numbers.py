"""Bad calls of divisors, parts of floats and special functions."""

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
bad("frexp of integers", lambda m: m.frexp(m.tensor([4])), "floating-point dtypes, got int64")
bad("imag of real numbers", lambda m: m.imag(m.ones(3)), "non-complex")
bad("sgn of a list", lambda m: m.sgn([1.0]), "must be Tensor, not list")
bad("rsub of bools", lambda m: m.rsub(m.tensor([True]), m.tensor([True])), "bool")
bad("rsub alpha of integers", lambda m: m.rsub(m.tensor([1]), 2, alpha=1.5), "alpha must not be a floating")
bad("mvlgamma of no dimensions", lambda m: m.mvlgamma(m.ones(3), 0), "greater than or equal to 1, got 0")
bad("mvlgamma of a fraction", lambda m: m.mvlgamma(m.ones(3), 1.5), "must be int, not float")
bad("special.entr of a number", lambda m: m.special.entr(1.0), "must be Tensor, not float")
bad("special.xlog1py of numbers", lambda m: m.special.xlog1py(1.0, 2.0), "Tensor")

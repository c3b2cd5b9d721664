"""Special functions under torch's names: `mg.special.entr(x)`.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from mocrograd.dtypes import dtype
from mocrograd.ops.arithmetic import round as round
from mocrograd.ops.higher import igamma, igammac
from mocrograd.ops.higher import zeta as zeta
from mocrograd.ops.transcendental import entr as entr
from mocrograd.ops.transcendental import logit as logit
from mocrograd.ops.transcendental import mvlgamma
from mocrograd.ops.transcendental import ndtr as ndtr
from mocrograd.ops.transcendental import polygamma as polygamma
from mocrograd.ops.transcendental import xlog1py as xlog1py
from mocrograd.tensor import Tensor
from mocrograd.types import Ints, Operand

def airy_ai(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return Airy's function Ai."""

def bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the Bessel function of the first kind of order 0."""

def bessel_j1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the Bessel function of the first kind of order 1."""

def bessel_y0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the Bessel function of the second kind of order 0; -inf for 0, nan below."""

def bessel_y1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the Bessel function of the second kind of order 1; -inf for 0, nan below."""

def chebyshev_polynomial_t(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the first kind, T; 0 for negative degrees. The operands broadcast."""

def chebyshev_polynomial_u(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the second kind, U; 0 for negative degrees. The operands broadcast."""

def chebyshev_polynomial_v(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the third kind, V; 0 for negative degrees. The operands broadcast."""

def chebyshev_polynomial_w(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the fourth kind, W; 0 for negative degrees. The operands broadcast."""

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of the logarithm of the gamma function."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the error function."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 - erf(input), without loss in the tail."""

def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^(input^2) erfc(input), without overflow or loss in the tail."""

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of the error function."""

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 2^input."""

def expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 / (1 + e^-input)."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^input - 1, without loss near 0."""

gammainc = igamma
gammaincc = igammac

def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the absolute gamma function."""

def hermite_polynomial_h(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the physicist's Hermite polynomial, H; 0 for negative degrees. The operands broadcast."""

def hermite_polynomial_he(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the probabilist's Hermite polynomial, He; 0 for negative degrees. The operands broadcast."""

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of order 0."""

def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^-|x| times the modified Bessel function of order 0."""

def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of order 1."""

def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^-|x| times the modified Bessel function of order 1."""

def laguerre_polynomial_l(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Laguerre's polynomial, L; nan above a degree of 1e8; 0 for negative degrees. The operands broadcast."""

def legendre_polynomial_p(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Legendre's polynomial, P; nan above a degree of 1e8; 0 for negative degrees. The operands broadcast."""

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return log(1 + input), without loss near 0."""

def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the share of the standard normal distribution below input."""

def log_softmax(input: Tensor, dim: int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of `softmax`, without its overflow."""

def logsumexp(input: Tensor, dim: Ints, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the sum of exponentials over dimensions, without its overflow."""

def modified_bessel_i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 0."""

def modified_bessel_i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 1."""

def modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the second kind of order 0; inf for 0, nan below."""

def modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the second kind of order 1; inf for 0, nan below."""

multigammaln = mvlgamma

def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the number below which a share, input, of the standard normal distribution lies."""

def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of the logarithm of the gamma function."""

def scaled_modified_bessel_k0(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^x times the modified Bessel function of the second kind of order 0."""

def scaled_modified_bessel_k1(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^x times the modified Bessel function of the second kind of order 1."""

def shifted_chebyshev_polynomial_t(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the first kind of 2 x - 1; 0 for negative degrees. The operands broadcast."""

def shifted_chebyshev_polynomial_u(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the second kind of 2 x - 1; 0 for negative degrees. The operands broadcast."""

def shifted_chebyshev_polynomial_v(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the third kind of 2 x - 1; 0 for negative degrees. The operands broadcast."""

def shifted_chebyshev_polynomial_w(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Chebyshev's polynomial of the fourth kind of 2 x - 1; 0 for negative degrees. The operands broadcast."""

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return sin(pi input) / (pi input), 1 at 0."""

def softmax(input: Tensor, dim: int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return e^input, divided by its sum along a dimension."""

def spherical_bessel_j0(x: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the spherical Bessel function of the first kind of order 0, sin(x) / x."""

def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input * log(other), 0 where input is 0 and other is no nan."""

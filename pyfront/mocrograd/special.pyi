"""Special functions under torch's names: `mg.special.entr(x)`.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from mocrograd.dtypes import dtype
from mocrograd.ops.arithmetic import round as round
from mocrograd.ops.transcendental import entr as entr
from mocrograd.ops.transcendental import logit as logit
from mocrograd.ops.transcendental import mvlgamma
from mocrograd.ops.transcendental import ndtr as ndtr
from mocrograd.ops.transcendental import polygamma as polygamma
from mocrograd.ops.transcendental import xlog1py as xlog1py
from mocrograd.tensor import Tensor
from mocrograd.types import Ints, Operand

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of the logarithm of the gamma function."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the error function."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 - erf(input), without loss in the tail."""

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of the error function."""

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 2^input."""

def expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 / (1 + e^-input)."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^input - 1, without loss near 0."""

def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the absolute gamma function."""

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of order 0."""

def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^-|x| times the modified Bessel function of order 0."""

def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of order 1."""

def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^-|x| times the modified Bessel function of order 1."""

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return log(1 + input), without loss near 0."""

def log_softmax(input: Tensor, dim: int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of `softmax`, without its overflow."""

def logsumexp(input: Tensor, dim: Ints, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the sum of exponentials over dimensions, without its overflow."""

multigammaln = mvlgamma

def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of the logarithm of the gamma function."""

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return sin(pi input) / (pi input), 1 at 0."""

def softmax(input: Tensor, dim: int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return e^input, divided by its sum along a dimension."""

def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input * log(other), 0 where input is 0 and other is no nan."""

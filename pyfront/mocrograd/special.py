"""Special functions under torch's names: `mg.special.entr(x)`.

`checked` and `writing` make functions for users of those that operations call among each other.
"""

from mocrograd import ops
from mocrograd.ops import higher, transcendental
from mocrograd.ops._arguments import checked, name_functions
from mocrograd.ops._outputs import writing

__all__ = [
    "airy_ai",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
    "sinc",
    "softmax",
    "spherical_bessel_j0",
    "xlog1py",
    "xlogy",
    "zeta",
]

airy_ai = higher.airy_ai
bessel_j0 = higher.bessel_j0
bessel_j1 = higher.bessel_j1
bessel_y0 = higher.bessel_y0
bessel_y1 = higher.bessel_y1
chebyshev_polynomial_t = higher.chebyshev_polynomial_t
chebyshev_polynomial_u = higher.chebyshev_polynomial_u
chebyshev_polynomial_v = higher.chebyshev_polynomial_v
chebyshev_polynomial_w = higher.chebyshev_polynomial_w
digamma = ops.digamma
entr = checked(transcendental.entr)
erf = ops.erf
erfc = ops.erfc
erfcx = higher.erfcx
erfinv = ops.erfinv
exp2 = ops.exp2
expit = ops.sigmoid
expm1 = ops.expm1
gammainc = ops.igamma
gammaincc = ops.igammac
gammaln = ops.lgamma
hermite_polynomial_h = higher.hermite_polynomial_h
hermite_polynomial_he = higher.hermite_polynomial_he
i0 = ops.i0
i0e = transcendental.i0e
i1 = transcendental.i1
i1e = transcendental.i1e
laguerre_polynomial_l = higher.laguerre_polynomial_l
legendre_polynomial_p = higher.legendre_polynomial_p
log1p = ops.log1p
log_ndtr = higher.log_ndtr
log_softmax = writing(ops.log_softmax)
logit = checked(ops.logit)
logsumexp = writing(ops.logsumexp)
modified_bessel_i0 = higher.modified_bessel_i0
modified_bessel_i1 = higher.modified_bessel_i1
modified_bessel_k0 = higher.modified_bessel_k0
modified_bessel_k1 = higher.modified_bessel_k1
multigammaln = checked(ops.mvlgamma)
ndtr = checked(transcendental.ndtr)
ndtri = higher.ndtri
polygamma = checked(ops.polygamma)
psi = ops.digamma
round = checked(ops.round)
scaled_modified_bessel_k0 = higher.scaled_modified_bessel_k0
scaled_modified_bessel_k1 = higher.scaled_modified_bessel_k1
shifted_chebyshev_polynomial_t = higher.shifted_chebyshev_polynomial_t
shifted_chebyshev_polynomial_u = higher.shifted_chebyshev_polynomial_u
shifted_chebyshev_polynomial_v = higher.shifted_chebyshev_polynomial_v
shifted_chebyshev_polynomial_w = higher.shifted_chebyshev_polynomial_w
sinc = ops.sinc
softmax = writing(ops.softmax)
spherical_bessel_j0 = higher.spherical_bessel_j0
xlog1py = checked(transcendental.xlog1py)
xlogy = ops.xlogy
zeta = checked(higher.zeta)

name_functions(__name__, __all__)

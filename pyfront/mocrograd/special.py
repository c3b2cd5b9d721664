"""Special functions under torch's names: `mg.special.entr(x)`.

`checked` and `writing` make functions for users of those that operations call among each other.
"""

from mocrograd import ops
from mocrograd.ops import transcendental
from mocrograd.ops._arguments import checked, name_functions
from mocrograd.ops._outputs import writing

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]

digamma = ops.digamma
entr = checked(transcendental.entr)
erf = ops.erf
erfc = ops.erfc
erfinv = ops.erfinv
exp2 = ops.exp2
expit = ops.sigmoid
expm1 = ops.expm1
gammaln = ops.lgamma
i0 = ops.i0
i0e = transcendental.i0e
i1 = transcendental.i1
i1e = transcendental.i1e
log1p = ops.log1p
log_softmax = writing(ops.log_softmax)
logit = checked(ops.logit)
logsumexp = writing(ops.logsumexp)
multigammaln = checked(ops.mvlgamma)
ndtr = checked(transcendental.ndtr)
polygamma = checked(ops.polygamma)
psi = ops.digamma
round = checked(ops.round)
sinc = ops.sinc
softmax = writing(ops.softmax)
xlog1py = checked(transcendental.xlog1py)
xlogy = ops.xlogy

name_functions(__name__, __all__)

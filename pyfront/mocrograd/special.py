"""Special functions under torch's names: `mg.special.entr(x)`."""

import sys

from mocrograd.ops._outputs import checked_functions
from mocrograd.ops.arithmetic import round
from mocrograd.ops.arithmetic import sigmoid as expit
from mocrograd.ops.moments import logsumexp
from mocrograd.ops.softmax import log_softmax, softmax
from mocrograd.ops.transcendental import (
    digamma,
    entr,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    i0,
    i0e,
    i1,
    i1e,
    log1p,
    logit,
    ndtr,
    polygamma,
    sinc,
    xlog1py,
    xlogy,
)
from mocrograd.ops.transcendental import digamma as psi
from mocrograd.ops.transcendental import lgamma as gammaln
from mocrograd.ops.transcendental import mvlgamma as multigammaln

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

globals().update(checked_functions(sys.modules[__name__], __all__))

"""Where torch is no measure for values and derivatives at special points, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

VALUE, FIRST, SECOND = "value", "gradient", "second derivative"


class Elsewhere(NamedTuple):
    """Results that are not held against torch's.

    Attributes:
        kinds: Which of values, gradients and second derivatives.
        where: (*operands) -> a mask of a pointwise operation's elements.
        only_nan: Whether only where torch has nan.
        why: The reason.
    """

    kinds: tuple[str, ...]
    where: Callable[..., Any]
    only_nan: bool
    why: str


ELSEWHERE: dict[str, list[Elsewhere]] = {}
"""By the names of rows."""


def anywhere(*operands: Any) -> bool:
    return True


def _extreme(x: Any) -> Any:
    """Return where numbers are denormal, near to that, or near the largest."""
    small, large = (1e-36, 1e38) if x.dtype == np.float32 else (1e-300, 1e300)
    return ((np.abs(x) < small) & (x != 0)) | ((np.abs(x) > large) & np.isfinite(x))


def _extremes(*operands: Any) -> Any:
    return np.any([_extreme(x) for x in operands], axis=0)


def elsewhere(names: str, kinds: str, why: str, where: Callable[..., Any] = anywhere, only_nan: bool = False) -> None:
    """Declare results of rows, whose names stand between commas, that are not held against torch's."""
    chosen = tuple([k for k in (VALUE, FIRST, SECOND) if k[0] in kinds])
    for name in names.split(", "):
        ELSEWHERE.setdefault(name, []).append(Elsewhere(chosen, where, only_nan, why))


elsewhere(
    "hardsigmoid", "gs", "the row runs torch's clamp, whose gradient is 1 at its bounds", lambda x: np.abs(x) == 3
)
elsewhere(
    "softplus",
    "s",
    "torch's second derivative is 0 at the threshold, its first is still the sigmoid's",
    lambda x: x == 20,
)
elsewhere("remainder, remainder by negative, fmod", "v", "torch's quotient overflows", _extremes, True)
elsewhere("copysign", "gs", "torch divides the result by the operand", lambda a, b: ~np.isfinite(a) | (a == 0), True)
elsewhere(
    "clamp tensors",
    "gs",
    "torch gives no bound the gradient where both are inf",
    lambda x, a, b: (a == np.inf) & (b == np.inf),
)
elsewhere("addcdiv value", "g", "torch squares the divisor first", _extremes, True)
elsewhere("addcdiv, addcdiv value", "s", "torch multiplies 0 by inf", lambda x, a, b: (b == 0) | np.isinf(b), True)
elsewhere("nan_to_num", "s", "torch multiplies the logarithm's infinite slope by 0", lambda x: ~(x > 0), True)
elsewhere("huber_loss none", "s", "the slope has a kink where the parabola ends", lambda x, y: np.abs(x - y) == 1.5)
elsewhere("smooth_l1_loss none", "s", "the slope has a kink where the parabola ends", lambda x, y: np.abs(x - y) == 0.5)
elsewhere("frexp", "g", "torch's power of two overflows", _extremes)
elsewhere("sgn", "s", "the row multiplies by its operand", lambda x: ~np.isfinite(x))
elsewhere("i0, i0 far", "s", "torch gives a number for nan", lambda x: x != x)
elsewhere(
    "special.i1, special.i1 far, special.i1e, special.i1e far", "gs", "torch gives a number for nan", lambda x: x != x
)
elsewhere("special.i1, special.i1 far", "g", "torch takes inf from inf", _extremes, True)
elsewhere(
    "special.i1, special.i1 far, special.i1e, special.i1e far",
    "s",
    "torch's differences lose digits",
    lambda x: x == 1e-3,
)
elsewhere("special.xlog1py", "s", "torch multiplies 0 by inf", lambda a, b: (a == 0) & (b == -1), True)
elsewhere("mvlgamma, lgamma", "s", "torch's trigamma is exact to 1e-10, and finite at poles")
elsewhere("digamma far", "gs", "torch's trigamma is exact to 1e-10, and finite at poles")
elsewhere("polygamma 1", "vgs", "torch's trigamma is exact to 1e-10, and finite at poles")
elsewhere("add alpha, sub alpha", "v", "torch multiplies and adds in one step, ours may overflow between", _extremes)
elsewhere("pow, float_power", "s", "torch multiplies 0 by inf", lambda a, b: (a == 0) | (b == 0), True)
elsewhere(
    "x ** 0.5", "s", "torch's derivative of the root is another formula there", lambda x: (x == 0) | (x == -np.inf)
)
elsewhere("x ** 2.5", "s", "torch multiplies 0 by inf", lambda x: x == -np.inf, True)
elsewhere("sinc", "vg", "torch takes the sine of inf", _extremes, True)
elsewhere("sinc", "s", "torch's differences lose digits", lambda x: np.abs(x) <= 1e-3)
elsewhere("logit eps", "s", "torch divides by 0 where the bounds hold", lambda x: (x <= 0) | (x >= 1) | (x != x), True)
elsewhere("atan2", "g", "torch's squares underflow", _extremes)
elsewhere(
    "atan2", "s", "torch's is nan at the origin, where its first one is 0", lambda a, b: (a == 0) & (b == 0), True
)
elsewhere("xlogy", "s", "torch multiplies 0 by inf", lambda a, b: (a == 0) & (b == 0), True)
elsewhere("ldexp", "g", "torch's product overflows before it is scaled", _extremes)
elsewhere("hardswish", "s", "torch takes nan for no number between the bounds", lambda x: x != x)

_ROOTS = "torch's second derivative of the root is nan at 0"
elsewhere(
    "norm p=2, norm p=2 dim, norm p=2.5, norm p=2.5 dim, norm p=-1.5, norm p=-1.5 dim, linalg.vector_norm",
    "s",
    _ROOTS,
    only_nan=True,
)
elsewhere("linalg.matrix_norm fro, linalg.norm, dist, renorm 2, renorm 3.5, normalize eps", "s", _ROOTS, only_nan=True)
elsewhere("cosine_similarity, cosine_similarity dim, cosine_similarity eps", "s", _ROOTS, only_nan=True)
elsewhere("cosine_similarity dim, pairwise_distance 3.0", "s", "what cancels is 1e8 times as large as the result")
elsewhere(
    "batch_norm, group_norm", "gs", "where all elements are equal, 1 over the root of eps multiplies rounding errors"
)
elsewhere(
    "linalg.cond None, linalg.cond -2", "s", "inf for a singular matrix, whose derivatives are nan or inf by rounding"
)
elsewhere("prelu", "s", "torch's second derivative takes the other side at 0 than its first")
elsewhere("linalg.det, det", "s", "torch divides by singular values of 0", only_nan=True)
elsewhere("binary_cross_entropy none, binary_cross_entropy sum", "gs", "torch's least divisor is 1e-12 in float32")
elsewhere("cosine_embedding_loss none, cosine_embedding_loss mean", "gs", "torch's least divisor is 1e-12 in float32")
elsewhere("embedding scale_grad_by_freq", "s", "torch's second derivative forgets the scale")
elsewhere("scatter_reduce without self", "gs", "torch counts the replaced element among those that tie")
elsewhere(
    "topk 1, topk 3, topk 2 smallest, topk 20 smallest, kthvalue keepdim",
    "vg",
    "torch names another one of equal elements",
)
elsewhere("kthvalue, quantile", "g", "torch names another one of equal elements")

NOT_IN_TORCH = {
    "cdist": "not implemented", "pdist": "not implemented", "multi_margin_loss": "not implemented",
    "index_reduce prod": "not with two zeros", "scatter_reduce prod": "not with two zeros",
}  # fmt: skip
"""Second derivatives that torch refuses: how the names of rows begin, and why."""

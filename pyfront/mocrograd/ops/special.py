"""Special functions: Bessel functions, entropy, the normal distribution, the multivariate gamma function."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.ops.arguments import integer
from mocrograd.ops.cast import promoted, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import arange, full
from mocrograd.ops.elementwise import log, masked, mul, sign
from mocrograd.ops.pointwise import deliver, in_place_of, unary
from mocrograd.ops.transcendental import erfc, lgamma, log1p
from mocrograd.tensor import Tensor, method

__all__ = ["i0", "mvlgamma"]

i0: Any = unary("i0", "Return the modified Bessel function of order 0.", "x", lambda g, x, y: g * i1(x))
i1: Any = unary(
    "i1", "Return the modified Bessel function of order 1.", "x", lambda g, x, y: g * (i0(x) - _per(i1(x), x))
)
i0e: Any = unary(
    "i0e", "Return e^-|x| times the modified Bessel function of order 0.", "x",
    lambda g, x, y: g * (i1e(x) - sign(x) * i0e(x)),
)  # fmt: skip
i1e: Any = unary(
    "i1e", "Return e^-|x| times the modified Bessel function of order 1.", "x",
    lambda g, x, y: g * (i0e(x) - sign(x) * i1e(x) - _per(i1e(x), x)),
)  # fmt: skip
for _name in ("i1", "i1_", "i0e", "i0e_", "i1e", "i1e_"):
    delattr(Tensor, _name)  # torch has none


def _per(y: Tensor, x: Tensor) -> Tensor:
    """Return y / x, and its limit 1/2 at 0."""
    zero = x == 0
    return where(zero, 0.5, y / x.masked_fill(zero, 1.0))


def _floats(name: str, input: Any) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    return input if input.dtype.kind == 2 else to_dtype(input, dtypes.get_default_dtype())


def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -input log(input), the share of a probability in the entropy: 0 for 0, -inf for negative ones.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.
    """
    x = _floats("special.entr", input)
    positive = x > 0
    inner = -x * log(x)
    outer = where(x == 0, x.new_full((), 0.0), where(x < 0, x.new_full((), -math.inf), x))
    result = where(positive, inner, outer)
    return result if out is None else deliver("special.entr", out, result)


def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the share of the standard normal distribution below input.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.
    """
    result = erfc(_floats("special.ndtr", input) * -math.sqrt(0.5)) * 0.5
    return result if out is None else deliver("special.ndtr", out, result)


def xlog1py(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
    """Return input * log1p(other), 0 where input is 0 and other is no nan; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        out: Where the result is written.
    """
    a, b, _ = promoted("special.xlog1py", input, other, False)
    like = a if isinstance(a, Tensor) else b
    b = b if isinstance(b, Tensor) else full((), b, dtype=like.dtype, device=like.device)
    nothing = (a == 0) & (b == b)
    result = masked(mul(a, log1p(masked(b, nothing))), nothing)
    return result if out is None else deliver("special.xlog1py", out, result)


@method
def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the multivariate gamma function.

    Args:
        input: A tensor of any shape.
        p: The number of dimensions.
        out: Where the result is written.

    Raises:
        RuntimeError: `p` is below 1.
    """
    p = integer("mvlgamma", "p", p)
    x = _floats("mvlgamma", input)
    if p < 1:
        raise RuntimeError(f"mvlgamma: p has to be greater than or equal to 1, got {p}")
    halves = arange(p, dtype=x.dtype, device=x.device) * -0.5
    result = lgamma(x.unsqueeze(-1) + halves).sum(-1) + p * (p - 1) / 4 * math.log(math.pi)
    return result if out is None else deliver("mvlgamma", out, result)


in_place_of(mvlgamma)

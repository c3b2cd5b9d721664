"""Special functions: Bessel functions, entropy, the normal distribution, the multivariate gamma function."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.ops.arguments import integer
from mocrograd.ops.cast import promoted, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import arange
from mocrograd.ops.elementwise import abs as _abs
from mocrograd.ops.elementwise import as_tensor_like, exp, log, masked, mul, sign
from mocrograd.ops.joining import broadcast_tensors
from mocrograd.ops.outputs import deliver
from mocrograd.ops.pointwise import in_place_of, unary
from mocrograd.ops.transcendental import erfc, lgamma, log1p, xlogy
from mocrograd.tensor import Tensor, method

__all__ = ["i0", "mvlgamma"]

i0: Any = unary("i0", "Return the modified Bessel function of order 0.", "x", lambda g, x, y: g * i1(x))
i1: Any = unary(
    "i1",
    "Return the modified Bessel function of order 1.",
    "x",
    lambda g, x, y: g * (exp(_abs(x)) * (i0e(x) - _per_x(x))),
)
i0e: Any = unary(
    "i0e", "Return e^-|x| times the modified Bessel function of order 0.", "x",
    lambda g, x, y: g * (i1e(x) - sign(x) * i0e(x)),
)  # fmt: skip
i1e: Any = unary(
    "i1e", "Return e^-|x| times the modified Bessel function of order 1.", "x",
    lambda g, x, y: g * (i0e(x) - sign(x) * i1e(x) - _per_x(x)),
)  # fmt: skip
for _name in ("i1", "i1_", "i0e", "i0e_", "i1e", "i1e_"):
    delattr(Tensor, _name)  # torch has none


def _per_x(x: Tensor) -> Tensor:
    """Return i1e(x) / x, and its series near 0, where derivatives of the quotient have no digits left."""
    near = _abs(x) < 0.125
    z = x.masked_fill(~near, 0.0).square()
    series: Any = 1 / 176947200
    for term in (1 / 1474560, 1 / 18432, 1 / 384, 1 / 16, 1 / 2):
        series = series * z + term
    return where(near, series * exp(-_abs(x)), i1e(x) / x.masked_fill(near, 1.0))


def _floats(name: str, input: Any) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    return input if input.dtype.kind == 2 else to_dtype(input, dtypes.get_default_dtype())


class _Entr(Function):
    """y = -x log(x), 0 where x = 0, -inf where it is negative."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute it."""
        ctx.save_for_backward(x)
        return where(x < 0, -math.inf, -xlogy(x, x))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Compute -dx (log(x) + 1): inf at 0, nan for negative ones."""
        (x,) = ctx.saved_tensors
        return grad * (-log(x) - 1)


def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -input log(input), the share of a probability in the entropy: 0 for 0, -inf for negative ones.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.
    """
    result: Tensor = _Entr.run(_floats("special.entr", input))
    return result if out is None else deliver("special.entr", out, result)


def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the share of the standard normal distribution below input.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.
    """
    result = erfc(_floats("special.ndtr", input) * -math.sqrt(0.5)) * 0.5
    return result if out is None else deliver("special.ndtr", out, result)


class _Xlog1py(Function):
    """y = a log(1 + b), 0 where a = 0 unless b is nan."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Compute it."""
        ctx.save_for_backward(a, b)
        return masked(mul(a, log1p(b)), (a == 0) & (b == b))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Compute da = dy log(1 + b), 0 where a = 0 and b <= -1, and db = dy a / (1 + b)."""
        a, b = ctx.saved_tensors
        nothing = (a == 0) & (b <= -1)
        return masked(grad * log1p(masked(b, nothing)), nothing), grad * (a / (b + 1))


def xlog1py(input: Any, other: Any, *, out: Tensor | None = None) -> Tensor:
    """Return input * log1p(other), 0 where input is 0 and other is no nan; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        out: Where the result is written.
    """
    a, b = promoted("special.xlog1py", input, other, False)
    like = a if isinstance(a, Tensor) else b
    b = as_tensor_like(b, like)
    result: Tensor = _Xlog1py.run(*broadcast_tensors(as_tensor_like(a, like), b))
    return result if out is None else deliver("special.xlog1py", out, result)


@method
def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the multivariate gamma function.

    Args:
        input: A tensor of any shape.
        p: The number of dimensions.
        out: Where the result is written.

    Raises:
        RuntimeError: `p` is below 1, or the tensor is bool.
    """
    p = integer("mvlgamma", "p", p)
    if input.dtype.kind == 0:
        raise RuntimeError("mvlgamma: The input tensor may not be a boolean tensor.")
    x = _floats("mvlgamma", input)
    if p < 1:
        raise RuntimeError(f"mvlgamma: p has to be greater than or equal to 1, got {p}")
    halves = arange(p, dtype=x.dtype, device=x.device) * -0.5
    result = lgamma(x.unsqueeze(-1) + halves).sum(-1) + p * (p - 1) / 4 * math.log(math.pi)
    return result if out is None else deliver("mvlgamma", out, result)


in_place_of(mvlgamma)

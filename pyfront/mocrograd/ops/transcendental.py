"""Logarithms, trigonometric, hyperbolic and special functions.

Each line says what its backward saves, and its derivative as operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.autograd.function import called, shows
from mocrograd.ops._arguments import integer, takes_out
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import deliver, in_place_of
from mocrograd.ops._pointwise import binary, unary
from mocrograd.ops.arithmetic import abs as _abs
from mocrograd.ops.arithmetic import as_tensor_like, exp, log, masked, mul, nothing, pow, sign, sqrt
from mocrograd.ops.cast import common_dtype, promoted, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import arange
from mocrograd.ops.joining import broadcast_tensors
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor, method
from mocrograd.types import Operand

__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "deg2rad",
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expm1",
    "float_power",
    "frexp",
    "hypot",
    "i0",
    "ldexp",
    "lgamma",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logit",
    "mvlgamma",
    "polygamma",
    "rad2deg",
    "rsqrt",
    "sin",
    "sinc",
    "sinh",
    "tan",
    "xlogy",
]

_LOG_2, _LOG_10, _ROOT_PI = math.log(2), math.log(10), math.sqrt(math.pi)

exp2 = unary(
    "exp2", "Return 2^input.", "y", lambda g, x, y: g * y * _LOG_2,
    example="exp2([0.0, 3.0, -1.0]) -> [1.0000, 8.0000, 0.5000]",
)  # fmt: skip
expm1 = unary(
    "expm1", "Return e^input - 1, without loss near 0.", "y", lambda g, x, y: g * (y + 1),
    example="expm1([1e-10]) -> [1.0000e-10]",
)  # fmt: skip
log2 = unary(
    "log2", "Return the logarithm to base 2.", "x", lambda g, x, y: g / (x * _LOG_2),
    example="log2([8.0, 0.25]) -> [ 3., -2.]",
)  # fmt: skip
log10 = unary(
    "log10", "Return the logarithm to base 10.", "x", lambda g, x, y: g / (x * _LOG_10),
    example="log10([100.0, 0.001]) -> [ 2., -3.]",
)  # fmt: skip
log1p = unary(
    "log1p", "Return log(1 + input), without loss near 0.", "x", lambda g, x, y: g / (x + 1),
    example="log1p([1e-10]) -> [1.0000e-10]",
)  # fmt: skip
rsqrt = unary(
    "rsqrt", "Return 1 over the square root.", "y", lambda g, x, y: g * y * y * y * -0.5,
    example="rsqrt([4.0, 0.25, 0.0]) -> [0.5000, 2.0000,    inf]",
)  # fmt: skip

sin: Any = unary(
    "sin", "Return the sine of angles in radians.", "x", lambda g, x, y: g * cos(x),
    example="sin([0.0, 1.0, -1.0]) -> [ 0.0000,  0.8415, -0.8415]",
)  # fmt: skip
cos: Any = unary(
    "cos", "Return the cosine of angles in radians.", "x", lambda g, x, y: -g * sin(x),
    example="cos([0.0, 1.0, 3.1416]) -> [ 1.0000,  0.5403, -1.0000]",
)  # fmt: skip
tan = unary(
    "tan", "Return the tangent of angles in radians.", "y", lambda g, x, y: g * (1 + y * y),
    example="tan([0.0, 1.0, -1.0]) -> [ 0.0000,  1.5574, -1.5574]",
)  # fmt: skip
asin = unary(
    "asin", "Return the inverse sine, in radians.", "x", lambda g, x, y: g / sqrt(1 - x * x),
    example="asin([0.0, 1.0, 2.0]) -> [0.0000, 1.5708,    nan]",
)  # fmt: skip
acos = unary(
    "acos", "Return the inverse cosine, in radians.", "x", lambda g, x, y: -g / sqrt(1 - x * x),
    example="acos([1.0, 0.0, -1.0]) -> [0.0000, 1.5708, 3.1416]",
)  # fmt: skip
atan = unary(
    "atan", "Return the inverse tangent, in radians.", "x", lambda g, x, y: g / (x * x + 1),
    example="atan([0.0, 1.0, mg.inf]) -> [0.0000, 0.7854, 1.5708]",
)  # fmt: skip
sinh: Any = unary(
    "sinh", "Return the hyperbolic sine.", "x", lambda g, x, y: g * cosh(x),
    example="sinh([0.0, 1.0, -1.0]) -> [ 0.0000,  1.1752, -1.1752]",
)  # fmt: skip
cosh: Any = unary(
    "cosh", "Return the hyperbolic cosine.", "x", lambda g, x, y: g * sinh(x),
    example="cosh([0.0, 1.0, -1.0]) -> [1.0000, 1.5431, 1.5431]",
)  # fmt: skip


def _acosh_slope(x: Tensor) -> Tensor:
    """Return 1 over the derivative of acosh; of complex numbers the root of a product would be on another sheet."""
    return sqrt(x - 1) * sqrt(x + 1) if x.dtype.is_complex else sqrt(x * x - 1)


asinh = unary(
    "asinh", "Return the inverse hyperbolic sine.", "x", lambda g, x, y: g / sqrt(x * x + 1),
    example="asinh([0.0, 1.0, -1.0]) -> [ 0.0000,  0.8814, -0.8814]",
)  # fmt: skip
acosh = unary(
    "acosh", "Return the inverse hyperbolic cosine.", "x", lambda g, x, y: g / _acosh_slope(x),
    example="acosh([1.0, 2.0, 0.5]) -> [0.0000, 1.3170,    nan]",
)  # fmt: skip
atanh = unary(
    "atanh", "Return the inverse hyperbolic tangent.", "x", lambda g, x, y: g / (1 - x * x),
    example="atanh([0.0, 0.5, 1.0]) -> [0.0000, 0.5493,    inf]",
)  # fmt: skip
sinc: Any = unary(
    "sinc", "Return sin(pi input) / (pi input), 1 at 0.", "x",
    lambda g, x, y: g * _sinc_slope(x),
    example="sinc([0.0, 0.5, 1.0]) -> [1.0000, 0.6366, -0.0000]",
)  # fmt: skip

erf = unary(
    "erf", "Return the error function.", "x", lambda g, x, y: g * exp(-x * x) * (2 / _ROOT_PI),
    example="erf([0.0, 1.0, -1.0]) -> [ 0.0000,  0.8427, -0.8427]",
)  # fmt: skip
erfc = unary(
    "erfc", "Return 1 - erf(input), without loss in the tail.", "x",
    lambda g, x, y: g * exp(-x * x) * (-2 / _ROOT_PI),
    example="erfc([0.0, 1.0, -1.0]) -> [1.0000, 0.1573, 1.8427]",
)  # fmt: skip
erfinv: Any = unary(
    "erfinv", "Return the inverse of the error function.", "x",
    lambda g, x, y: g * exp(erfinv(x) * erfinv(x)) * (_ROOT_PI / 2),
    example="erfinv([0.0, 0.5, 1.0]) -> [0.0000, 0.4769,    inf]",
)  # fmt: skip
lgamma = unary(
    "lgamma", "Return the logarithm of the absolute gamma function.", "x", lambda g, x, y: g * digamma(x),
    example="lgamma([1.0, 4.0, 0.5]) -> [0.0000, 1.7918, 0.5724]",
)  # fmt: skip
digamma: Any = unary(
    "digamma", "Return the derivative of the logarithm of the gamma function.", "x",
    lambda g, x, y: g * _polygamma_1(x),
    example="digamma([1.0, 2.0, 0.0]) -> [-0.5772,  0.4228,    -inf]",
)  # fmt: skip
_polygamma_1: Any = unary(
    "polygamma1", "Return the derivative of digamma.", "x", lambda g, x, y: g * _polygamma_2(x), methods=()
)
_polygamma_2: Any = unary(
    "polygamma2", "Return the second derivative of digamma.", "x", lambda g, x, y: g * _higher(3, x), methods=()
)
_logit: Any = unary(
    "logit", "Return log(input / (1 - input)).", "x",
    lambda g, x, y: (g / (x * (1 - x))).masked_fill((x < 0) | (x > 1), math.nan),
)  # fmt: skip

atan2 = binary(
    "atan2", "Return the angle of the point (other, input), in radians.",
    lambda g, a, b: _d_atan2(g, b, a, b), lambda g, a, b: _d_atan2(-g, a, a, b),
    a_needs="ab", b_needs="ab", integral=False,
    example="atan2([1.0, 1.0], [1.0, -1.0]) -> [0.7854, 2.3562]",
)  # fmt: skip
hypot: Any = binary(
    "hypot", "Return the square root of input^2 + other^2, without overflow on the way.",
    lambda g, a, b: g * (a / hypot(a, b)), lambda g, a, b: g * (b / hypot(a, b)),
    a_needs="ab", b_needs="ab", integral=False,
    example="hypot([3.0, 5.0], [4.0, 12.0]) -> [ 5., 13.]",
)  # fmt: skip
logaddexp = binary(
    "logaddexp", "Return log(e^input + e^other), without overflow on the way.",
    lambda g, a, b: g / (1 + exp(b - a)), lambda g, a, b: g / (1 + exp(a - b)),
    a_needs="ab", b_needs="ab", integral=False, methods=("",),
    example="logaddexp([1000.0], [1000.0]) -> [1000.6932]",
)  # fmt: skip
logaddexp2 = binary(
    "logaddexp2", "Return log2(2^input + 2^other), without overflow on the way.",
    lambda g, a, b: g / (1 + exp2(b - a)), lambda g, a, b: g / (1 + exp2(a - b)),
    a_needs="ab", b_needs="ab", integral=False, methods=("",),
    example="logaddexp2([2000.0], [2000.0]) -> [2001.]",
)  # fmt: skip
xlogy = binary(
    "xlogy", "Return input * log(other), 0 where input is 0 and other is no nan.",
    lambda g, a, b: _d_xlogy(g, a, as_tensor_like(b, g)), lambda g, a, b: g * (a / b),
    a_needs="ab", b_needs="ab", integral=False,
    example="xlogy([0.0, 2.0], [0.0, 3.0]) -> [0.0000, 2.1972]",
)  # fmt: skip


def _d_atan2(g: Tensor, n: Any, a: Any, b: Any) -> Tensor:
    """Return g n / (a^2 + b^2), 0 at the origin, without overflow on the way."""
    origin = (a == 0) & (b == 0)
    h = hypot(a, masked(as_tensor_like(b, g), origin, 1.0))
    return masked(g * (n / h / h), origin)


def _d_xlogy(g: Tensor, a: Any, b: Tensor) -> Tensor:
    """Return g log(b), 0 where a = 0 and b <= 0, whose derivatives are 0 there too."""
    nothing = (a == 0) & (b <= 0)
    return masked(g * log(masked(b, nothing, 1.0)), nothing)


def _sinc_slope(x: Tensor) -> Tensor:
    """Return (cos(pi x) - sinc(x)) / x, and its series near 0, where the difference has no digits left."""
    near = _abs(x) < 0.125
    z = (masked(x, ~near) * math.pi).square()
    series: Any = -1 / 518918400
    for term in (1 / 3991680, -1 / 45360, 1 / 840, -1 / 30, 1 / 3):
        series = series * z + term
    far = masked(x, near, 1.0)
    return where(near, x * series * -(math.pi**2), (cos(far * math.pi) - sinc(far)) / far)


def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the n-th derivative of digamma.

    Args:
        n: Which one, from 0 on.
        input: A tensor of any shape.
        out: Where the result is written.

    Returns:
        A tensor of its shape.

    Raises:
        RuntimeError: n is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.special.polygamma(1, mg.tensor([1.0]))
        tensor([1.6449])
    """
    if integer("polygamma", "n", n) < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, got {n}")
    if n <= 2:
        return (digamma, _polygamma_1, _polygamma_2)[n](input, out=out)
    return _higher(n, input) if out is None else deliver("polygamma", out, _higher(n, input))


hurwitz: list[Callable[..., Tensor]] = []
"""Hurwitz's zeta function, which ops/higher.py makes of operations of this module."""


@computed_wide
def _higher(n: int, input: Any) -> Tensor:
    """Return a derivative of digamma beyond the second: (-1)^(n + 1) n! zeta(n + 1, input)."""
    if isinstance(input, Tensor) and input.dtype.is_complex:
        raise NotImplementedError(f'"polygamma" not implemented for {input.dtype.name}')
    factor = math.exp(math.lgamma(n + 1)) if n <= 170 else math.inf
    found: Tensor = called("Polygamma", hurwitz[0](float(n + 1), input) * (factor if n % 2 else -factor))
    return found


def _polygamma_of(input: Tensor, n: int) -> Tensor:
    return polygamma(n, input)


_polygamma_of.__name__ = "polygamma"
_polygamma_of.__doc__ = polygamma.__doc__
method(_polygamma_of)
in_place_of(_polygamma_of)


def _check_real(name: str, input: Any) -> None:
    """Refuse complex numbers.

    Raises:
        RuntimeError: The elements are complex.
    """
    if isinstance(input, Tensor) and input.dtype.is_complex:
        raise RuntimeError(f"{name} is not supported for complex tensors.")


@method
@shows("Deg2Rad")
def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return degrees as radians.

    Example:
        >>> import mocrograd as mg
        >>> mg.deg2rad(mg.tensor([0.0, 90.0, 180.0]))
        tensor([0.0000, 1.5708, 3.1416])
    """
    _check_real("deg2rad", input)
    return mul(input, math.pi / 180, out=out)


@method
@shows("Rad2Deg")
def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return radians as degrees.

    Example:
        >>> import mocrograd as mg
        >>> mg.rad2deg(mg.tensor([0.0, 3.14159265]))
        tensor([  0., 180.])
    """
    _check_real("rad2deg", input)
    return mul(input, 180 / math.pi, out=out)


@method
def float_power(input: Operand, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input to the power of exponent, both as float64, or complex128 where one is complex; they broadcast.

    Args:
        input: A tensor or a number.
        exponent: A tensor or a number.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.float_power(mg.tensor([2, 4]), -0.5)
        tensor([0.7071, 0.5000], dtype=mocrograd.float64)
    """
    dtype = _power_dtype(input, exponent)
    a, b = (to_dtype(x, dtype) if isinstance(x, Tensor) else x for x in (input, exponent))
    if not (isinstance(a, Tensor) or isinstance(b, Tensor)):
        raise TypeError(f"float_power(): expected a Tensor, got {type(a).__name__} and {type(b).__name__}")
    return pow(a, b, out=out)


def _power_dtype(*operands: Any) -> dtypes.dtype:
    """Return the dtype in which `float_power` computes."""
    of_complex = any(x.dtype.is_complex if isinstance(x, Tensor) else isinstance(x, complex) for x in operands)
    return dtypes.complex128 if of_complex else dtypes.float64


@method
@computed_wide
@shows("Ldexp")
def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return input * 2^other, also where that power alone is beyond the dtype; the operands broadcast.

    Args:
        input: A tensor.
        other: A tensor.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.ldexp(mg.tensor([1.0, 3.0]), mg.tensor([4, -1]))
        tensor([16.0000,  1.5000])
    """
    for name, x in (("input", input), ("other", other)):
        if not isinstance(x, Tensor):
            raise TypeError(f"ldexp(): argument '{name}' must be Tensor, not {type(x).__name__}")
    dtype = common_dtype(input, other)
    if dtype.is_complex:
        return mul(input, pow(2.0, other), out=out)
    dtype = dtype if dtype.kind == 2 else dtypes.get_default_dtype()
    most = 93 if dtype is dtypes.float32 else 700  # a third of the way from the least to the greatest number
    exponent = to_dtype(other, dtype)
    if other.dtype.kind < 2:
        exponent = exponent.clamp(-3 * most, 3 * most)
    part = (exponent.detach() / 3).trunc().clamp(-most, most)
    step = exp2(part)  # exact, as the parts are whole
    return mul(mul(mul(input, step), step), exp2(exponent - part * 2), out=out)


@method
def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return log(input / (1 - input)), the inverse of `sigmoid`.

    Args:
        input: A tensor of any shape.
        eps: Elements are brought between this and 1 minus this first; without it, or where it is negative, those
            outside of [0, 1] give nan.
        out: Where the result is written.

    Returns:
        A tensor of its shape.

    Example:
        >>> import mocrograd as mg
        >>> mg.special.logit(mg.tensor([0.5]))
        tensor([0.])
    """
    if eps is not None and dtypes.scalar_kind(eps) < 0:
        raise TypeError(f"logit(): argument 'eps' must be float, not {type(eps).__name__}")
    if eps is None or not eps >= 0:
        return _logit(input, out=out)
    if eps > 0.5:  # the lower bound counts, which then is the greater one
        return _logit(where(input < eps, eps, input.clamp(max=1 - eps)), out=out)
    return _logit(input.clamp(eps, 1 - eps), out=out)


logit_ = in_place_of(logit)
deg2rad_, rad2deg_, ldexp_ = in_place_of(deg2rad), in_place_of(rad2deg), in_place_of(ldexp)


@method
def float_power_(input: Tensor, exponent: Operand) -> Tensor:
    """Replace the elements, of float64 or complex128, by what `float_power` returns, and return the tensor itself."""
    dtype = _power_dtype(input, exponent)
    if input.dtype is not dtype:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {input.dtype.name} but the operation's result requires "
            f"dtype {dtype.name}"
        )
    return input.pow_(exponent)


arccos, arcsin, arctan, arctan2 = acos, asin, atan, atan2
arccosh, arcsinh, arctanh = acosh, asinh, atanh
for _name in ("acos", "asin", "atan", "atan2", "acosh", "asinh", "atanh"):
    for _form in ("", "_"):
        setattr(Tensor, f"arc{_name[1:]}{_form}", getattr(Tensor, _name + _form))


# -------------------------------------------------------------------------------- parts of floats

_mantissa: Any = unary(
    "frexp_mantissa", "Return the mantissa.", "x", lambda g, x, y: g / exp2(_exponent(x.detach())), methods=()
)
_exponent: Any = unary("frexp_exponent", "Return the exponent, as a float.", "", lambda g, x, y: nothing(g), methods=())


@result_of("frexp")
class Frexp(NamedTuple):
    """The result of `frexp`."""

    mantissa: Tensor
    exponent: Tensor


@method
@takes_out()
def frexp(input: Tensor) -> Frexp:
    """Take numbers apart into input = mantissa 2^exponent, with a magnitude of the mantissa in [1/2, 1).

    Args:
        input: A tensor of floats, any shape.

    Returns:
        (mantissa, exponent): the exponent is int32; of 0, inf and nan the mantissa is the number and the exponent 0.

    Raises:
        RuntimeError: The elements are no floats.

    Example:
        >>> import mocrograd as mg
        >>> mantissa, exponent = mg.frexp(mg.tensor([10.0, 0.25]))
        >>> mantissa, exponent
        (tensor([0.6250, 0.5000]), tensor([ 4, -1], dtype=mocrograd.int32))
    """
    if input.dtype.kind != 2:
        raise RuntimeError(f"frexp() only supports floating-point dtypes, got {input.dtype.name}")
    return Frexp(_mantissa(input), to_dtype(_exponent(input.detach()), dtypes.int32))


# ------------------------------------------------------------------------------ special functions

i0: Any = unary(
    "i0", "Return the modified Bessel function of order 0.", "x", lambda g, x, y: g * i1(x),
    example="i0([0.0, 1.0, -1.0]) -> [1.0000, 1.2661, 1.2661]",
)  # fmt: skip
i1: Any = unary(
    "i1",
    "Return the modified Bessel function of order 1.",
    "x",
    lambda g, x, y: g * (exp(_abs(x)) * (i0e(x) - _per_x(x))),
    methods=(),
    example="special.i1([0.0, 1.0, -1.0]) -> [ 0.0000,  0.5652, -0.5652]",
)  # fmt: skip
i0e: Any = unary(
    "i0e", "Return e^-|x| times the modified Bessel function of order 0.", "x",
    lambda g, x, y: g * (i1e(x) - sign(x) * i0e(x)), methods=(),
    example="special.i0e([0.0, 1.0, 100.0]) -> [1.0000, 0.4658, 0.0399]",
)  # fmt: skip
i1e: Any = unary(
    "i1e", "Return e^-|x| times the modified Bessel function of order 1.", "x",
    lambda g, x, y: g * (i0e(x) - sign(x) * i1e(x) - _per_x(x)), methods=(),
    example="special.i1e([0.0, 1.0, 100.0]) -> [0.0000, 0.2079, 0.0397]",
)  # fmt: skip


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

    torch_name = "SpecialEntr"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute it by operations."""
        ctx.save_for_backward(x)
        return where(x < 0, -math.inf, masked(-xlogy(x, x), x == 0))

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

    Example:
        >>> import mocrograd as mg
        >>> mg.special.entr(mg.tensor([0.5]))
        tensor([0.3466])
    """
    result: Tensor = _Entr.run(_floats("special.entr", input))
    return result if out is None else deliver("special.entr", out, result)


@computed_wide
def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the share of the standard normal distribution below input.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.special.ndtr(mg.tensor([0.0]))
        tensor([0.5000])
    """
    result = erfc(_floats("special.ndtr", input) * -math.sqrt(0.5)) * 0.5
    return result if out is None else deliver("special.ndtr", out, result)


class _Xlog1py(Function):
    """y = a log(1 + b), 0 where a = 0 unless b is nan."""

    torch_name = "SpecialXlog1Py"

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Compute it by operations."""
        ctx.save_for_backward(a, b)
        return masked(mul(a, log1p(b)), (a == 0) & (b == b))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Compute da = dy log(1 + b), 0 where a = 0 and b <= -1, and db = dy a / (1 + b)."""
        a, b = ctx.saved_tensors
        nothing = (a == 0) & (b <= -1)
        return masked(grad * log1p(masked(b, nothing)), nothing), grad * (a / (b + 1))


@computed_wide
def xlog1py(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input * log1p(other), 0 where input is 0 and other is no nan; the operands broadcast.

    Args:
        input: A tensor or a number.
        other: A tensor or a number.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.special.xlog1py(mg.tensor([0.0, 2.0]), mg.tensor([float("inf"), 1.0]))
        tensor([0.0000, 1.3863])
    """
    a, b = promoted("special.xlog1py", input, other, False)
    like = a if isinstance(a, Tensor) else b
    b = as_tensor_like(b, like)
    result: Tensor = _Xlog1py.run(*broadcast_tensors(as_tensor_like(a, like), b))
    return result if out is None else deliver("special.xlog1py", out, result)


@method
@computed_wide
@shows("Mvlgamma")
def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the multivariate gamma function.

    Args:
        input: A tensor of any shape.
        p: The number of dimensions.
        out: Where the result is written.

    Raises:
        RuntimeError: `p` is below 1, or the tensor is bool.

    Example:
        >>> import mocrograd as mg
        >>> mg.mvlgamma(mg.tensor([3.0, 5.0]), p=2)
        tensor([1.5502, 6.2042])
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

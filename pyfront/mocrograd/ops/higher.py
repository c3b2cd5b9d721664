"""Higher transcendental functions and orthogonal polynomials, under the names that `special` and torch know them by.

Those that have no derivative in torch have none here: their results require no gradient. Most kernels compute in
float64, so results of float32 are rounded once; float16 and bfloat16 are computed in float32.
"""

from __future__ import annotations

import math
from typing import Any

from mocrograd.autograd import Function
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import deliver, in_place_of
from mocrograd.ops._pointwise import binary, unary
from mocrograd.ops.arithmetic import as_tensor_like, exp, log, masked, nothing
from mocrograd.ops.cast import promoted
from mocrograd.ops.compare import where
from mocrograd.ops.joining import broadcast_tensors
from mocrograd.ops.transcendental import digamma, hurwitz, i0, i1
from mocrograd.tensor import Tensor, method
from mocrograd.types import Operand

__all__ = ["igamma", "igammac"]

# ------------------------------------------------------------------------- the normal distribution

erfcx: Any = unary(
    "erfcx", "Return e^(input^2) erfc(input), without overflow or loss in the tail.", "x",
    lambda g, x, y: g * _erfcx_slope(x), methods=(),
    example="special.erfcx([0.0, 30.0]) -> [1.0000, 0.0188]",
)  # fmt: skip
log_ndtr: Any = unary(
    "log_ndtr", "Return the logarithm of the share of the standard normal distribution below input.", "x",
    lambda g, x, y: g * _log_ndtr_slope(x), methods=(),
    example="special.log_ndtr([0.0, -10.0]) -> [ -0.6931, -53.2313]",
)  # fmt: skip
ndtri: Any = unary(
    "ndtri", "Return the number below which a share, input, of the standard normal distribution lies.", "y",
    lambda g, x, y: g * exp(y * y * 0.5) * math.sqrt(2 * math.pi), methods=(),
    example="special.ndtri([0.5, 0.975, 1.0]) -> [0.0000, 1.9600,    inf]",
)  # fmt: skip


def _erfcx_slope(x: Tensor) -> Tensor:
    """Return 2 (x erfcx(x) - 1 / sqrt(pi)), and its asymptotic series where the difference has no digits left."""
    scale = 2 / math.sqrt(math.pi)
    far = x > 20
    r = masked(x, ~far, 1.0).square().reciprocal() * 0.5
    series: Any = 10395.0
    for factor in (-945, 105, -15, 3, -1):
        series = series * r + factor
    near = masked(x, far)
    return where(far, series * r * scale, erfcx(near) * near * 2 - scale)


def _log_ndtr_slope(x: Tensor) -> Tensor:
    """Return the density over the share below x; above 0, where the scaled error function overflows, by logarithms."""
    above = x > 0
    high = masked(x, ~above)
    by_logarithms = exp(high.square() * -0.5 - log_ndtr(high)) * math.sqrt(0.5 / math.pi)
    return where(above, by_logarithms, math.sqrt(2 / math.pi) / erfcx(masked(x, above) * -math.sqrt(0.5)))


# ------------------------------------------------------------------- functions without a derivative


def _still(x: Any) -> Any:
    """Return an operand without its history."""
    return x.detach() if isinstance(x, Tensor) and x.requires_grad else x


def _finished(function: Any, name: str, doc: str, args: str, result: str, call: str, shown: str) -> Any:
    """Name a function and write its docstring."""
    function.__doc__ = (
        f"{doc}\n\n    Args:\n{args}        out: Where the result is written.\n\n    Returns:\n        {result}\n\n"
        f"    Example:\n        >>> import mocrograd as mg\n        >>> mg.special.{name}({call})\n        {shown}"
    )
    function.__name__ = function.__qualname__ = name
    function.checks_arguments = True
    return function


def _unary(name: str, doc: str, shown: str, of_x: bool = False, kernel: Any = None) -> Any:
    """Make a function of one tensor.

    Args:
        name: Its name, also in the kernel table.
        doc: What it returns.
        shown: What it is at 2.
        of_x: Whether its argument is called x, not input.
        kernel: The function that computes it, where it has no kernel of its own.
    """
    run = kernel or unary(name, doc, "", lambda g, x, y: nothing(g), methods=())

    def of_input(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        result: Tensor = run(_still(input), out=out)
        return result

    def function(x: Tensor, *, out: Tensor | None = None) -> Tensor:
        result: Tensor = run(_still(x), out=out)
        return result

    args = f"        {'x' if of_x else 'input'}: A tensor of any shape; integers become the default dtype.\n"
    result = "A tensor of its shape, which requires no gradient."
    return _finished(function if of_x else of_input, name, doc, args, result, "mg.tensor([2.0])", f"tensor([{shown}])")


def _bessel(name: str, what: str, shown: str, of_x: bool = False, kernel: Any = None) -> Any:
    return _unary(name, f"Return {what}.", shown, of_x, kernel)


bessel_j0 = _bessel("bessel_j0", "the Bessel function of the first kind of order 0", "0.2239")
bessel_j1 = _bessel("bessel_j1", "the Bessel function of the first kind of order 1", "0.5767")
bessel_y0 = _bessel("bessel_y0", "the Bessel function of the second kind of order 0; -inf for 0, nan below", "0.5104")
bessel_y1 = _bessel("bessel_y1", "the Bessel function of the second kind of order 1; -inf for 0, nan below", "-0.1070")
modified_bessel_i0 = _bessel(
    "modified_bessel_i0", "the modified Bessel function of the first kind of order 0", "2.2796", kernel=i0,
)  # fmt: skip
modified_bessel_i1 = _bessel(
    "modified_bessel_i1", "the modified Bessel function of the first kind of order 1", "1.5906", kernel=i1,
)  # fmt: skip
modified_bessel_k0 = _bessel(
    "modified_bessel_k0", "the modified Bessel function of the second kind of order 0; inf for 0, nan below", "0.1139",
)  # fmt: skip
modified_bessel_k1 = _bessel(
    "modified_bessel_k1", "the modified Bessel function of the second kind of order 1; inf for 0, nan below", "0.1399",
)  # fmt: skip
scaled_modified_bessel_k0 = _bessel(
    "scaled_modified_bessel_k0", "e^x times the modified Bessel function of the second kind of order 0", "0.8416",
    of_x=True,
)  # fmt: skip
scaled_modified_bessel_k1 = _bessel(
    "scaled_modified_bessel_k1", "e^x times the modified Bessel function of the second kind of order 1", "1.0335",
    of_x=True,
)  # fmt: skip
spherical_bessel_j0 = _bessel(
    "spherical_bessel_j0", "the spherical Bessel function of the first kind of order 0, sin(x) / x", "0.4546",
    of_x=True,
)  # fmt: skip
airy_ai = _bessel("airy_ai", "Airy's function Ai", "0.0349", of_x=True)


def _polynomial(name: str, what: str, shown: str) -> Any:
    """Make a function of an argument and a degree.

    Args:
        name: Its name, also in the kernel table.
        what: What it returns.
        shown: What it is at 2, for degree 3.
    """
    doc = f"Return {what}; 0 for negative degrees. The operands broadcast."
    run = binary(name, doc, lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), integral=False, methods=())

    def function(x: Operand, n: Operand, *, out: Tensor | None = None) -> Tensor:
        result: Tensor = run(_still(x), _still(n), out=out)
        return result

    args = (
        "        x: A tensor or a number; integers become the default dtype.\n"
        "        n: The degrees, a tensor or a number, rounded towards 0.\n"
    )
    result = "A tensor of the broadcast shape, which requires no gradient."
    return _finished(function, name, doc, args, result, "mg.tensor([2.0]), 3", f"tensor([{shown}])")


chebyshev_polynomial_t = _polynomial("chebyshev_polynomial_t", "Chebyshev's polynomial of the first kind, T", "26.")
chebyshev_polynomial_u = _polynomial("chebyshev_polynomial_u", "Chebyshev's polynomial of the second kind, U", "56.")
chebyshev_polynomial_v = _polynomial("chebyshev_polynomial_v", "Chebyshev's polynomial of the third kind, V", "41.")
chebyshev_polynomial_w = _polynomial("chebyshev_polynomial_w", "Chebyshev's polynomial of the fourth kind, W", "71.")
shifted_chebyshev_polynomial_t = _polynomial(
    "shifted_chebyshev_polynomial_t", "Chebyshev's polynomial of the first kind of 2 x - 1", "99.",
)  # fmt: skip
shifted_chebyshev_polynomial_u = _polynomial(
    "shifted_chebyshev_polynomial_u", "Chebyshev's polynomial of the second kind of 2 x - 1", "204.",
)  # fmt: skip
shifted_chebyshev_polynomial_v = _polynomial(
    "shifted_chebyshev_polynomial_v", "Chebyshev's polynomial of the third kind of 2 x - 1", "169.",
)  # fmt: skip
shifted_chebyshev_polynomial_w = _polynomial(
    "shifted_chebyshev_polynomial_w", "Chebyshev's polynomial of the fourth kind of 2 x - 1", "239.",
)  # fmt: skip
hermite_polynomial_h = _polynomial("hermite_polynomial_h", "the physicist's Hermite polynomial, H", "40.")
hermite_polynomial_he = _polynomial("hermite_polynomial_he", "the probabilist's Hermite polynomial, He", "2.")
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l", "Laguerre's polynomial, L; nan above a degree of 1e8", "-0.3333",
)  # fmt: skip
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p", "Legendre's polynomial, P; nan above a degree of 1e8", "17.",
)  # fmt: skip

# ------------------------------------------------------------------------ zeta and incomplete gamma


def _kernel(name: str) -> Any:
    """Return the function of a kernel without a gradient."""
    return binary(name, "", lambda g, a, b: nothing(g), lambda g, a, b: nothing(g), integral=False, methods=())


_zeta, _lower, _upper, _density = [_kernel(name) for name in ("zeta", "igamma", "igammac", "gamma_density")]


def _refuse_first(ctx: Any, what: str) -> None:
    """Raise where the pass asks for the gradient of the first operand.

    Raises:
        NotImplementedError: It does.
    """
    if ctx.wanted[0]:
        raise NotImplementedError(f"the derivative for '{what}' is not implemented")


class _Zeta(Function):
    """y = the sum of (b + k)^-a over k from 0 on."""

    torch_name = "SpecialZeta"

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(a, b)
        result: Tensor = _zeta(a, b)
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:
        """Compute db = -dy a zeta(a + 1, b); there is no da."""
        _refuse_first(ctx, "zeta")
        a, b = ctx.saved_tensors
        return None, grad * -a * zeta(a + 1, b)


class _Density(Function):
    """y = b^(a - 1) e^-b / gamma(a), the density of the gamma distribution."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Run the kernel."""
        y: Tensor = _density(a, b)
        ctx.save_for_backward(a, b, y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Compute da = dy y (log(b) - digamma(a)) and db = dy y ((a - 1) / b - 1)."""
        a, b, y = ctx.saved_tensors
        wants_a, wants_b = ctx.wanted
        slope = grad * y
        return slope * (log(b) - digamma(a)) if wants_a else None, slope * ((a - 1) / b - 1) if wants_b else None


class _Igamma(Function):
    """y = P(a, b), the share of the gamma distribution of concentration a and rate 1 below b."""

    torch_name = "Igamma"

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(a, b)
        result: Tensor = _lower(a, b)
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:
        """Compute db = dy b^(a - 1) e^-b / gamma(a); there is no da."""
        _refuse_first(ctx, "igamma: input")
        return None, grad * _Density.run(*ctx.saved_tensors)


class _Igammac(Function):
    """y = Q(a, b) = 1 - P(a, b)."""

    torch_name = "Igammac"

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(a, b)
        result: Tensor = _upper(a, b)
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:
        """Compute db = -dy b^(a - 1) e^-b / gamma(a); there is no da."""
        _refuse_first(ctx, "igammac: input")
        return None, -grad * _Density.run(*ctx.saved_tensors)


@computed_wide
def zeta(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return Hurwitz's zeta function, the sum of (other + k)^-input over k from 0 on (DLMF 25.11).

    Args:
        input: A tensor or a number; inf for 1, nan below.
        other: A tensor or a number, which broadcasts with it; inf for 0 and negative whole numbers, nan for other
            negative ones where input is not whole.
        out: Where the result is written.

    Returns:
        A tensor of the broadcast shape; integers become the default dtype.

    Raises:
        NotImplementedError: In backward, where input requires a gradient.

    Example:
        >>> import mocrograd as mg
        >>> mg.special.zeta(mg.tensor([2.0, 4.0]), 1)
        tensor([1.6449, 1.0823])
    """
    a, b = promoted("special.zeta", input, other, False)
    like = a if isinstance(a, Tensor) else b
    result: Tensor = _Zeta.run(*broadcast_tensors(as_tensor_like(a, like), as_tensor_like(b, like)))
    return result if out is None else deliver("special.zeta", out, result)


hurwitz.append(zeta)


def _incomplete(name: str, kind: type[Function], input: Any, other: Any, out: Any) -> Tensor:
    """Compute an incomplete gamma function of two tensors, of which one at least has floats."""
    for argument, x in (("input", input), ("other", other)):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(x).__name__}")
    if max(input.dtype.kind, other.dtype.kind) < 2:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    result: Tensor = kind.run(*broadcast_tensors(*promoted(name, input, other, False)))
    return result if out is None else deliver(name, out, result)


@method
@computed_wide
def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised lower incomplete gamma function P(input, other) (DLMF 8.2.4); the operands broadcast.

    Args:
        input: A tensor, nan for negative elements.
        other: A tensor, nan for negative elements.
        out: Where the result is written.

    Returns:
        A tensor of the broadcast shape and the promoted dtype.

    Raises:
        NotImplementedError: Neither operand has floats; or in backward, where input requires a gradient.

    Example:
        >>> import mocrograd as mg
        >>> mg.igamma(mg.tensor([4.0]), mg.tensor([3.0, 4.0, 5.0]))
        tensor([0.3528, 0.5665, 0.7350])
    """
    return _incomplete("igamma", _Igamma, input, other, out)


@method
@computed_wide
def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised upper incomplete gamma function Q(input, other) (DLMF 8.2.4); the operands broadcast.

    Args:
        input: A tensor, nan for negative elements.
        other: A tensor, nan for negative elements.
        out: Where the result is written.

    Returns:
        A tensor of the broadcast shape and the promoted dtype.

    Raises:
        NotImplementedError: Neither operand has floats; or in backward, where input requires a gradient.

    Example:
        >>> import mocrograd as mg
        >>> mg.igammac(mg.tensor([4.0]), mg.tensor([3.0, 4.0, 5.0]))
        tensor([0.6472, 0.4335, 0.2650])
    """
    return _incomplete("igammac", _Igammac, input, other, out)


igamma_, igammac_ = in_place_of(igamma), in_place_of(igammac)

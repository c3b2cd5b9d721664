"""Divisors of integers, the parts of floats and their neighbours, and what complex numbers leave of real ones."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from mocrograd import dtypes
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import ones_like
from mocrograd.ops.elementwise import nothing, sign, sub
from mocrograd.ops.outputs import deliver
from mocrograd.ops.pointwise import binary, in_place_of, unary
from mocrograd.ops.transcendental import exp2
from mocrograd.tensor import Tensor, method

__all__ = [
    "angle",
    "conj",
    "conj_physical",
    "frexp",
    "gcd",
    "imag",
    "is_complex",
    "is_conj",
    "is_neg",
    "isreal",
    "lcm",
    "nextafter",
    "real",
    "resolve_conj",
    "resolve_neg",
    "rsub",
    "sgn",
]


def _of_tensors(name: str, kinds: str, function: Any) -> Any:
    """Return a function of two tensors, which must be of integers ("integers") or of floats ("floats")."""
    wanted = 1 if kinds == "integers" else 2

    def checked(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        for place, x in (("input", input), ("other", other)):
            if not isinstance(x, Tensor):
                raise TypeError(f"{name}(): argument '{place}' must be Tensor, not {type(x).__name__}")
        if max(input.dtype.kind, other.dtype.kind) != wanted:
            raise NotImplementedError(
                f'"{name}" is implemented for {kinds} only, got {input.dtype.name} and {other.dtype.name}'
            )
        result: Tensor = function(input, other, out=out)
        return result

    checked.__name__ = checked.__qualname__ = name
    checked.__doc__ = function.__doc__.replace(" or a number", "")
    checked.checks_arguments = True  # type: ignore[attr-defined]
    in_place_of(checked)
    return method(checked)


gcd = _of_tensors(
    "gcd", "integers",
    binary(
        "gcd", "Return the greatest common divisor, of integers.",
        lambda g, a, b: nothing(g), lambda g, a, b: nothing(g),
    ),
)  # fmt: skip
lcm = _of_tensors(
    "lcm", "integers",
    binary(
        "lcm", "Return the least common multiple, of integers.",
        lambda g, a, b: nothing(g), lambda g, a, b: nothing(g),
    ),
)  # fmt: skip
nextafter = _of_tensors(
    "nextafter", "floats",
    binary(
        "nextafter", "Return the number next to input on the way to other, of floats.",
        lambda g, a, b: g, lambda g, a, b: nothing(g), integral=False,
    ),
)  # fmt: skip


@method
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -1, 0 or 1; the same as `sign`, because there are no complex numbers.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.
    """
    result: Tensor = sign(input, out=out)
    return result


Tensor.sgn_ = Tensor.sign_

_mantissa: Any = unary("frexp_mantissa", "Return the mantissa.", "x", lambda g, x, y: g / exp2(_exponent(x.detach())))
_exponent: Any = unary("frexp_exponent", "Return the exponent, as a float.", "", lambda g, x, y: nothing(g))
for _name in ("frexp_mantissa", "frexp_mantissa_", "frexp_exponent", "frexp_exponent_"):
    delattr(Tensor, _name)  # torch has none


class Frexp(NamedTuple):
    """What `frexp` returns."""

    mantissa: Tensor
    exponent: Tensor


@method
def frexp(input: Tensor) -> Frexp:
    """Take numbers apart into input = mantissa 2^exponent, with a magnitude of the mantissa in [1/2, 1).

    Args:
        input: A tensor of floats, any shape.

    Returns:
        (mantissa, exponent): the exponent is int32; of 0, inf and nan the mantissa is the number and the exponent 0.

    Raises:
        RuntimeError: The elements are no floats.
    """
    if input.dtype.kind != 2:
        raise RuntimeError(f"frexp() only supports floating-point dtypes, got {input.dtype.name}")
    return Frexp(_mantissa(input), to_dtype(_exponent(input.detach()), dtypes.int32))


@method
def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of real numbers in the plane: pi where they are negative, else 0; nan stays.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.
    """
    x = input if input.dtype.kind == 2 else to_dtype(input, dtypes.get_default_dtype())
    result = where(x != x, x.detach(), where(x < 0, math.pi, nothing(x)))
    return result if out is None else deliver("angle", out, result)


@method
def rsub(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """Return other - alpha * input.

    Args:
        input: A tensor.
        other: A tensor or a number.
        alpha: A number.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"rsub(): argument 'input' must be Tensor, not {type(input).__name__}")
    return sub(other, input, alpha=alpha)


delattr(Tensor, "rsub")  # a function alone in torch


def _identity(name: str, doc: str) -> Any:
    """Return a function that returns its tensor, because that is real."""

    def function(input: Tensor) -> Tensor:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
        return input

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc}\n\n    Args:\n        input: A tensor, which is real here: it is returned itself."
    function.checks_arguments = True  # type: ignore[attr-defined]
    return function


real = _identity("real", "Return the real part.")
conj = method(_identity("conj", "Return the complex conjugate."))
conj_physical = method(_identity("conj_physical", "Return the complex conjugate, computed."))
resolve_conj = method(_identity("resolve_conj", "Return a tensor whose conjugation is computed."))
resolve_neg = method(_identity("resolve_neg", "Return a tensor whose negation is computed."))
Tensor.conj_physical_ = _identity("conj_physical_", "Replace the elements by their complex conjugates.")


def imag(input: Tensor) -> Tensor:
    """Raise, as torch does for real numbers.

    Args:
        input: A tensor.

    Raises:
        RuntimeError: Always.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"imag(): argument 'input' must be Tensor, not {type(input).__name__}")
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")


Tensor.real = property(real, doc="The real part: the tensor itself.")
Tensor.imag = property(imag, doc="Raises: there are no complex numbers.")


def _never(name: str, doc: str) -> Any:
    """Return a question about complex numbers, whose answer is False."""

    def function(input: Tensor) -> bool:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
        return False

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc}\n\n    Args:\n        input: A tensor.\n\n    Returns:\n        False."
    function.checks_arguments = True  # type: ignore[attr-defined]
    return method(function)


is_complex = _never("is_complex", "Return whether the elements are complex numbers.")
is_conj = _never("is_conj", "Return whether a conjugation is still to be computed.")
is_neg = _never("is_neg", "Return whether a negation is still to be computed.")


@method
def isreal(input: Tensor) -> Tensor:
    """Return whether each element is real: True everywhere."""
    return ones_like(input, dtype=dtypes.bool_, requires_grad=False)

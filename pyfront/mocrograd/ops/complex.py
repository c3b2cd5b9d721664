"""Functions of complex numbers. All tensors are real, so these are simple."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.ops._outputs import deliver
from mocrograd.ops.arithmetic import nothing, sign
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import ones_like
from mocrograd.tensor import Tensor, alias, attribute, method

__all__ = [
    "angle",
    "conj",
    "conj_physical",
    "imag",
    "is_complex",
    "is_conj",
    "is_neg",
    "isreal",
    "real",
    "resolve_conj",
    "resolve_neg",
    "sgn",
]


@method
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -1, 0 or 1; the same as `sign`, because there are no complex numbers.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.
    """
    result: Tensor = sign(input, out=out)
    return result


alias("sgn_", Tensor.sign_)


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
method(_identity("conj_physical_", "Replace the elements by their complex conjugates."))


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


attribute(real)
attribute(imag)


def _never(name: str, doc: str) -> Any:
    """Return a predicate about complex numbers, which is always False."""

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

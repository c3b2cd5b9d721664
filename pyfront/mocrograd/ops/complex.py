"""Functions of complex numbers: their parts, as views where they can be, moduli, angles and conjugates.

A gradient is that of torch's convention: of a real loss L and z = x + iy it is dL/dx + i dL/dy, so that steps against
it descend. `conj` is a view with a mark, which is computed when it is read (ops/_marked.py).
"""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.autograd.function import shows
from mocrograd.backend import call
from mocrograd.ops._marked import CONJUGATED, NEGATED, Conj, Resolved
from mocrograd.ops._outputs import deliver
from mocrograd.ops._parts import AsComplex, AsReal, imaginary_part, real_part
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops.arithmetic import abs as absolute
from mocrograd.ops.arithmetic import nothing, sign
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import ones_like
from mocrograd.ops.joining import stack
from mocrograd.ops.transcendental import cos, sin
from mocrograd.strides import zip_kept
from mocrograd.tensor import Tensor, alias, fresh_with, method

__all__ = [
    "angle",
    "complex",
    "conj",
    "conj_physical",
    "imag",
    "is_complex",
    "is_conj",
    "is_neg",
    "isreal",
    "polar",
    "real",
    "resolve_conj",
    "resolve_neg",
    "sgn",
    "view_as_complex",
    "view_as_real",
]


def _tensor(name: str, input: Any) -> Tensor:
    """Return a tensor as it is.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    return input


# ------------------------------------------------------------------------------------------- parts


def real(input: Tensor) -> Tensor:
    """Return the real parts as a view; a real tensor itself.

    Args:
        input: A tensor of any shape.

    Example:
        >>> import mocrograd as mg
        >>> mg.real(mg.tensor([1 + 2j, 3 - 1j]))
        tensor([1., 3.])
    """
    return real_part(_tensor("real", input))


def imag(input: Tensor) -> Tensor:
    """Return the imaginary parts as a view.

    Args:
        input: A complex tensor of any shape.

    Raises:
        RuntimeError: It is real.

    Example:
        >>> import mocrograd as mg
        >>> z = mg.tensor([1 + 2j])
        >>> z.imag[0] = 5.0
        >>> z
        tensor([1.+5.j])
    """
    if not _tensor("imag", input).dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return imaginary_part(input)


def _replace_real(input: Tensor, value: Any) -> None:
    real(input)[...] = value


def _replace_imag(input: Tensor, value: Any) -> None:
    imag(input)[...] = value


alias("real", property(real, _replace_real))
alias("imag", property(imag, _replace_imag))


def view_as_real(input: Tensor) -> Tensor:
    """Return complex numbers as pairs of real ones in a last dimension of 2, which share memory.

    Args:
        input: A complex tensor of any shape.

    Raises:
        RuntimeError: It is real.

    Example:
        >>> import mocrograd as mg
        >>> mg.view_as_real(mg.tensor([1 + 2j]))
        tensor([[1., 2.]])
    """
    if not _tensor("view_as_real", input).dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if input._marks & CONJUGATED:
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can "
            "view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the "
            "original."
        )
    return AsReal.run(input)


def view_as_complex(input: Tensor) -> Tensor:
    """Return pairs of real numbers as complex ones, which share memory.

    Args:
        input: (..., 2), of float32 or float64.

    Raises:
        RuntimeError: It is of another dtype or shape, or its strides do not allow it.

    Example:
        >>> import mocrograd as mg
        >>> mg.view_as_complex(mg.tensor([[1.0, 2.0], [3.0, -1.0]]))
        tensor([1.+2.j, 3.-1.j])
    """
    x = _tensor("view_as_complex", input)
    if x.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            f"view_as_complex is only supported for float and double tensors, but got a tensor of {x.dtype.name}"
        )
    if not x._shape:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if x._shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if x._strides[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(stride % 2 for stride in x._strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    return AsComplex.run(x)


def _pair(name: str, first: str, a: Any, second: str, b: Any) -> None:
    """Raise where two tensors are not of one dtype that complex numbers have parts of."""
    for which, x in ((first, a), (second, b)):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument '{which}' must be Tensor, not {type(x).__name__}")
    if any(x.dtype not in (dtypes.float32, dtypes.float64) for x in (a, b)):
        raise RuntimeError(
            f"Expected both inputs to be Float or Double tensors but got {a.dtype.name} and {b.dtype.name}"
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(f"Expected object of dtype {a.dtype.name} but got {b.dtype.name} for second argument")


def _of_parts(re: Tensor, im: Tensor) -> Tensor:
    return AsComplex.run(stack((re, im), -1))


@shows("Complex")
def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return complex numbers of real and imaginary parts.

    Args:
        real: The real parts, of float32 or float64.
        imag: The imaginary parts, of the same dtype; the two broadcast.
        out: Where the result is written.

    Raises:
        RuntimeError: The dtypes are others, or differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.complex(mg.tensor([1.0, 2.0]), mg.tensor([0.0, -3.0]))
        tensor([1.+0.j, 2.-3.j])
    """
    _pair("complex", "real", real, "imag", imag)
    re, im = on_one_device("complex", real, imag)
    shape = (re + im.detach()).shape if re._shape != im._shape else re._shape
    result = _of_parts(re.expand(shape), im.expand(shape))
    return result if out is None else deliver("complex", out, result, exact=True)


@shows("Polar")
def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return complex numbers of moduli and angles.

    Args:
        abs: The moduli, of float32 or float64.
        angle: The angles, of the same dtype; the two broadcast.
        out: Where the result is written.

    Raises:
        RuntimeError: The dtypes are others, or differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.polar(mg.tensor([2.0]), mg.tensor([0.0])), mg.polar(mg.tensor([1.0]), mg.tensor([mg.pi])).real
        (tensor([2.+0.j]), tensor([-1.]))
    """
    _pair("polar", "abs", abs, "angle", angle)
    result = _of_parts(abs * cos(angle), abs * sin(angle))
    return result if out is None else deliver("polar", out, result, exact=True)


# ------------------------------------------------------------------------------ moduli and angles


def _real_result(kernel: str, x: Tensor) -> Tensor:
    """Run a kernel whose result is of the dtype of the parts."""
    shape, strides, size, words = zip_kept(x._shape, x._strides)
    out = fresh_with(shape, strides, size, x.dtype.to_real(), x.device)
    if size:
        device = x.device
        call(device.table[f"{kernel}.forward.{x.dtype.name}"], size, out.address, x.address, words, device.context)
    return out


class Modulus(Function):
    """|z|; its gradient points along z, and is 0 at 0."""

    torch_name = "Abs"

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(z)
        return _real_result("modulus", z)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Multiply with the direction."""
        (z,) = ctx.saved_tensors
        return Direction.run(z) * grad


class Direction(Function):
    """z / |z|, 0 at 0."""

    torch_name = "Sgn"

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(z)
        shape, strides, size, words = zip_kept(z._shape, z._strides)
        out = fresh_with(shape, strides, size, z.dtype, z.device)
        if size:
            device = z.device
            call(device.table[f"sgn.forward.{z.dtype.name}"], size, out.address, z.address, words, device.context)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Keep what is across z, divided by |z|."""
        (z,) = ctx.saved_tensors
        direction, size = Direction.run(z), Modulus.run(z)
        across = grad - direction * real_part(conjugated(direction) * grad)
        return (across / size).masked_fill(size == 0, 0.0)


class Angle(Function):
    """The angle of z in the plane."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(z)
        return _real_result("argument", z)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Return i z / |z|^2 times the gradient, 0 at 0."""
        (z,) = ctx.saved_tensors
        return (z * grad / conjugated(z) / z * 1j).masked_fill(z == 0, 0.0)


def _modulus(input: Tensor, out: Tensor | None = None) -> Tensor:
    """Return |z|, which does not take the place of z.

    Raises:
        RuntimeError: It should.
    """
    if out is input:
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    result: Tensor = Modulus.run(input)
    return result if out is None else deliver("abs", out, result)


absolute.node.of_complex = staticmethod(_modulus)


@method
@shows("Sgn")
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return z / |z|, 0 at 0; of real numbers -1, 0 or 1, as `sign` does.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.sgn(mg.tensor([3 + 4j, 0j]))
        tensor([0.6000+0.8000j, 0.0000+0.0000j])
        >>> mg.sgn(mg.tensor([-2.0, 0.0]))
        tensor([-1.,  0.])
    """
    if isinstance(input, Tensor) and input.dtype.is_complex:
        direction: Tensor = Direction.run(input)
        return direction if out is None else deliver("sgn", out, direction)
    result: Tensor = sign(input, out=out)
    return result


@method
def sgn_(input: Tensor) -> Tensor:
    """Replace the elements by what `sgn` returns, and return the tensor itself."""
    return input.copy_(sgn(input)) if input.dtype.is_complex else input.sign_()


@method
@shows("Angle")
def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of numbers in the plane; of real ones pi where they are negative, else 0; nan stays.

    Args:
        input: A tensor of any shape.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.angle(mg.tensor([1 + 1j, -1 + 0j]))
        tensor([0.7854, 3.1416])
        >>> mg.angle(mg.tensor([2.0, -2.0]))
        tensor([0.0000, 3.1416])
    """
    if input.dtype.is_complex:
        result: Tensor = Angle.run(input)
    else:
        x = input if input.dtype.kind == 2 else to_dtype(input, dtypes.get_default_dtype())
        result = where(x != x, x.detach(), where(x < 0, math.pi, nothing(x)))
    return result if out is None else deliver("angle", out, result)


# -------------------------------------------------------------------------------------- conjugates


@method
def conj(input: Tensor) -> Tensor:
    """Return the complex conjugates as a view, which is marked: they are computed where they are read.

    What is written into the view changes `input` to the conjugate of it.

    Args:
        input: A tensor; a real one is returned itself.

    Example:
        >>> import mocrograd as mg
        >>> z = mg.tensor([1 + 2j])
        >>> z.conj(), z.conj().is_conj(), z.conj().data_ptr() == z.data_ptr()
        (tensor([1.-2.j]), True, True)
    """
    if not _tensor("conj", input).dtype.is_complex:
        return input
    made: Tensor = conjugated(input) if input._sparse else Conj.run(input)
    return made


@method
def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the complex conjugates, computed.

    Args:
        input: A tensor; a real one is returned itself.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.conj_physical(mg.tensor([1 + 2j]))
        tensor([1.-2.j])
    """
    result = conjugated(_tensor("conj_physical", input))
    return result if out is None else deliver("conj_physical", out, result)


@method
def conj_physical_(input: Tensor) -> Tensor:
    """Replace the elements by their complex conjugates, and return the tensor itself."""
    return input.copy_(conjugated(input)) if input.dtype.is_complex else input


@method
def resolve_conj(input: Tensor) -> Tensor:
    """Return the tensor itself, of a conjugate view a copy that holds the conjugates.

    Args:
        input: A tensor.

    Example:
        >>> import mocrograd as mg
        >>> z = mg.tensor([1 + 2j]).conj()
        >>> z.is_conj(), z.resolve_conj().is_conj(), z.resolve_conj().numpy()
        (True, False, array([1.-2.j], dtype=complex64))
    """
    return Resolved.run(input) if _tensor("resolve_conj", input)._marks & CONJUGATED else input


@method
def resolve_neg(input: Tensor) -> Tensor:
    """Return the tensor itself, of a negative view a copy that holds the negatives.

    Args:
        input: A tensor.

    Example:
        >>> import mocrograd as mg
        >>> y = mg.tensor([1 + 2j]).conj().imag
        >>> y.is_neg(), y.resolve_neg().numpy()
        (True, array([-2.], dtype=float32))
    """
    return Resolved.run(input) if _tensor("resolve_neg", input)._marks & NEGATED else input


@method
def is_conj(input: Tensor) -> bool:
    """Return whether the elements are the conjugates of what the memory holds: `conj()` made such a view.

    Args:
        input: A tensor.

    Example:
        >>> import mocrograd as mg
        >>> z = mg.tensor([1 + 2j])
        >>> z.is_conj(), z.conj().is_conj(), z.conj().T.is_conj(), z.conj().conj().is_conj(), (z.conj() * 2).is_conj()
        (False, True, True, False, False)
    """
    return bool(_tensor("is_conj", input)._marks & CONJUGATED)


@method
def is_neg(input: Tensor) -> bool:
    """Return whether the elements are the negatives of what the memory holds: the imaginary parts of a conjugate view.

    Args:
        input: A tensor.

    Example:
        >>> import mocrograd as mg
        >>> z = mg.tensor([1 + 2j])
        >>> z.conj().imag.is_neg(), z.conj().real.is_neg(), z.imag.is_neg()
        (True, False, False)
    """
    return bool(_tensor("is_neg", input)._marks & NEGATED)


@method
def is_complex(input: Tensor) -> bool:
    """Return whether the elements are complex numbers.

    Args:
        input: A tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.is_complex(mg.tensor([1j])), mg.is_complex(mg.ones(2))
        (True, False)
    """
    return _tensor("is_complex", input).dtype.is_complex


@method
def isreal(input: Tensor) -> Tensor:
    """Return whether each element is real: has an imaginary part of 0, where there is one.

    Example:
        >>> import mocrograd as mg
        >>> mg.isreal(mg.tensor([1 + 0j, 1 + 1j]))
        tensor([ True, False])
    """
    if input.dtype.is_complex:
        return imaginary_part(input.detach()) == 0
    return ones_like(input, dtype=dtypes.bool_, requires_grad=False)

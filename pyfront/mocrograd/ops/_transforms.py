"""Fast Fourier transforms along one or several dimensions; `mg.fft` gives them out.

Each is linear, so the gradient is a transform too, the other way round, by torch's convention of complex gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.backend import call, current_kernels
from mocrograd.layout import normalize_dim
from mocrograd.ops._arguments import integer
from mocrograd.ops._fourier import Plan, plan
from mocrograd.ops._fourier_gpu import transform
from mocrograd.ops._parts import AsComplex, AsReal
from mocrograd.ops._reduction import as_tensor
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.joining import cat
from mocrograd.ops.padding import pad
from mocrograd.ops.rearrange import movedim
from mocrograd.tensor import Tensor, fresh
from mocrograd.types import Ints

_FEW = 16
"""Of fewer rows than these, workers share each where it is long; of more, each worker has its own."""
_NORMS = ("backward", "ortho", "forward")


def _rows(name: str, y: Tensor, x: Tensor, n: int, scale: float, inverse: bool) -> Tensor:
    """Run a kernel over rows, which are in the last dimension; complex numbers are pairs of real ones."""
    if y._size:
        dtype, device = x.dtype.to_real(), x.device
        made = plan(n, name != "fft", dtype, device)
        rows = y._size // y._shape[-1]
        if device.handle and current_kernels() != "original":
            transform(name, y, x, n, scale, inverse, made)
        elif made.wide and rows < _FEW and not device.handle:
            _wide_rows(name, y, x, n, scale, inverse, made)
        else:
            call(
                device.table[f"{name}.forward.{dtype.name}"], y._size, y.address, x.address, made.numbers.address,
                made.table.address, rows, n, made.lanes, scale, inverse, device.context,
            )  # fmt: skip
    return y


def _wide_rows(name: str, y: Tensor, x: Tensor, n: int, scale: float, inverse: bool, made: Plan) -> None:
    """Transform few long rows by kernels whose workers share a row; real ones by half as many complex numbers."""
    device, dtype, work = x.device, x.dtype.to_real(), y._size
    table, context, end = device.table, device.context, f".forward.{dtype.name}"
    rows, h = work // y._shape[-1], n // 2 if name != "fft" else n
    x_pitch, y_pitch, given = h, h + 1 if name == "rfft" else h, inverse
    if name == "irfft":
        out = fresh((rows, h), rows * h, dtype.to_complex(), device)
        call(table["fft_fold" + end], work, out.address, x.address, made.table.address, rows, h, inverse, context)
        x, inverse = out, True
    elif name == "rfft":
        scale, inverse = scale / 2, False
    call(
        table["fft_columns" + end], work, y.address, x.address, made.numbers.address, made.table.address, rows,
        y_pitch, x_pitch, inverse, context,
    )  # fmt: skip
    call(
        table["fft_rows" + end], work, y.address, made.numbers.address, made.table.address, rows, y_pitch, scale,
        inverse, context,
    )  # fmt: skip
    if name == "rfft":
        inverse = given
        call(table["fft_unfold" + end], work, y.address, made.table.address, rows, h, inverse, context)


class Complex(Function):
    """y[k] = scale * sum of x[j] e^(-2 pi i j k / n), of an inverse transform with e^(2 pi i j k / n)."""

    torch_name = "FftC2C"

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float, inverse: bool) -> Tensor:
        """Run the kernel over rows."""
        ctx.kept = scale, inverse
        return _rows("fft", fresh(x._shape, x._size, x.dtype, x.device), x, x._shape[-1], scale, inverse)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Transform the gradient the other way."""
        scale, inverse = ctx.kept
        return Complex.run(grad.contiguous(), scale, not inverse), None, None


class FromReal(Function):
    """The first n // 2 + 1 numbers of the transform of real ones; the others are their conjugates."""

    torch_name = "FftR2C"

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float, inverse: bool) -> Tensor:
        """Run the kernel over rows."""
        n = x._shape[-1]
        ctx.kept = n, scale, inverse
        shape = (*x._shape[:-1], n // 2 + 1)
        return _rows("rfft", fresh(shape, math.prod(shape), x.dtype.to_complex(), x.device), x, n, scale, inverse)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Transform back; a number that stands for two counts once, so it is halved."""
        n, scale, inverse = ctx.kept
        return ToReal.run(_weighted(grad, n, 0.5), n, scale, not inverse), None, None


class ToReal(Function):
    """The real numbers whose transform begins with the given ones; imaginary parts that none can have do not count."""

    torch_name = "FftC2R"

    @staticmethod
    def forward(ctx: Any, x: Tensor, n: int, scale: float, inverse: bool) -> Tensor:
        """Run the kernel over rows."""
        ctx.kept = n, scale, inverse
        shape = (*x._shape[:-1], n)
        return _rows("irfft", fresh(shape, math.prod(shape), x.dtype.to_real(), x.device), x, n, scale, inverse)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        """Transform the gradient; a number that stands for two gets both of their gradients."""
        n, scale, inverse = ctx.kept
        return _weighted(FromReal.run(grad.contiguous(), scale, not inverse), n, 2.0), None, None, None


def _weighted(z: Tensor, n: int, factor: float) -> Tensor:
    """Return half a spectrum, where those of its numbers that stand for two are multiplied."""
    twice = (n - 1) // 2
    parts = [z[..., :1], z[..., 1 : 1 + twice] * factor, z[..., 1 + twice :]]
    return cat(parts, -1)


# --------------------------------------------------------------------------------- one dimension


def _operand(name: str, input: Any, real: bool) -> Tensor:
    """Return the operand as float32, float64 or complex numbers of these.

    Raises:
        TypeError: It is no tensor.
        RuntimeError: It has another floating dtype, or is complex where it must be real.
    """
    x = as_tensor(name, input)
    dtype = x.dtype
    if dtype.kind < 2:
        dtype = dtypes.get_default_dtype()
        x = to_dtype(x, dtype)
    if dtype.to_real() not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(f"{name}: Unsupported dtype {dtype.name}, expected float32, float64 or complex numbers")
    if real and dtype.is_complex:
        raise RuntimeError(f"{name} expects a real input tensor, but got {dtype.name}")
    return x if real or dtype.is_complex else to_dtype(x, dtype.to_complex())


def _scale(name: str, n: int, norm: str | None, inverse: bool) -> float:
    norm = "backward" if norm is None else norm
    if not isinstance(norm, str):
        raise TypeError(f"{name}(): argument 'norm' must be str, not {type(norm).__name__}")
    if norm not in _NORMS:
        raise RuntimeError(f'{name}: Invalid normalization mode: "{norm}", expected one of {", ".join(_NORMS)}')
    if norm == "ortho":
        return 1 / math.sqrt(n)
    return 1 / n if (norm == "forward") is not inverse else 1.0


def _positive(name: str, n: int) -> int:
    if n < 1:
        raise RuntimeError(f"{name}: Invalid number of data points ({n}) specified")
    return n


def _resized(x: Tensor, n: int) -> Tensor:
    """Return rows of another length: cut, or with zeros behind."""
    size = x._shape[-1]
    if n > size and x.dtype.is_complex:
        return AsComplex.run(pad(AsReal.run(x.contiguous()), (0, 0, 0, n - size)).contiguous())
    if n > size:
        x = pad(x, (0, n - size))
    return (x[..., :n] if n < size else x).contiguous()


def _along(name: str, x: Tensor, n: int, dim: int, norm: str | None, kind: type[Function], inverse: bool) -> Tensor:
    """Transform along a dimension; an inverse transform has the other sign and the other factor."""
    scale = _scale(name, n, norm, inverse)
    last = dim == len(x._shape) - 1
    rows = _resized(x if last else movedim(x, dim, -1), n // 2 + 1 if kind is ToReal else n)
    out: Tensor = kind.run(rows, n, scale, inverse) if kind is ToReal else kind.run(rows, scale, inverse)
    return out if last else movedim(out, -1, dim)


def _single(name: str, input: Any, n: Any, dim: int, norm: str | None, kind: type[Function], inverse: bool) -> Tensor:
    """Transform along one dimension, after a look at the arguments."""
    x = _operand(name, input, kind is FromReal)
    dim = normalize_dim(dim, len(x._shape))
    own = 2 * (x._shape[dim] - 1) if kind is ToReal else x._shape[dim]
    length = _positive(name, own if n is None else integer(name, "n", n))
    return _along(name, x, length, dim, norm, kind, inverse)


def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Return the discrete Fourier transform: y[k] = sum of x[j] e^(-2 pi i j k / n).

    Args:
        input: A real or complex tensor.
        n: The length: longer rows are cut, shorter ones get zeros; that of the dimension by default.
        dim: The dimension.
        norm: "backward" (no factor), "ortho" (1 / sqrt(n)) or "forward" (1 / n).

    Raises:
        RuntimeError: The length is less than 1, or there is no such factor.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.fft(mg.tensor([1.0, 0.0, 0.0, 0.0]))
        tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
        >>> wave = mg.cos(mg.arange(8) * (2 * mg.pi * 2 / 8))  # twice around
        >>> mg.fft.fft(wave).abs().round()
        tensor([0., 0., 4., 0., 0., 0., 4., 0.])
    """
    return _single("fft", input, n, dim, norm, Complex, False)


def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Return the inverse of `fft`: x[j] = 1 / n sum of y[k] e^(2 pi i j k / n).

    Args:
        input: A real or complex tensor.
        n: As in `fft`.
        dim: The dimension.
        norm: "backward" (1 / n), "ortho" (1 / sqrt(n)) or "forward" (no factor).

    Raises:
        RuntimeError: The length is less than 1, or there is no such factor.

    Example:
        >>> import mocrograd as mg
        >>> spectrum = mg.fft.fft(mg.tensor([1.0, 2.0, 3.0]))
        >>> mg.fft.ifft(spectrum).real
        tensor([1., 2., 3.])
    """
    return _single("ifft", input, n, dim, norm, Complex, True)


def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Return the first n // 2 + 1 numbers of the `fft` of real ones; the others are their conjugates.

    Args:
        input: A real tensor.
        n: As in `fft`.
        dim: The dimension.
        norm: As in `fft`.

    Raises:
        RuntimeError: The tensor is complex, the length is less than 1, or there is no such factor.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.rfft(mg.tensor([1.0, 2.0, 3.0, 4.0]))
        tensor([10.+0.j, -2.+2.j, -2.+0.j])
    """
    return _single("rfft", input, n, dim, norm, FromReal, False)


def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Return the inverse of `rfft`: real numbers.

    Args:
        input: Half a spectrum.
        n: The length of the result; 2 (size - 1) by default.
        dim: The dimension.
        norm: As in `ifft`.

    Raises:
        RuntimeError: The length is less than 1, or there is no such factor.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.irfft(mg.fft.rfft(mg.tensor([1.0, 2.0, 3.0, 4.0])), n=4)
        tensor([1., 2., 3., 4.])
    """
    return _single("irfft", input, n, dim, norm, ToReal, True)


def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Return the real spectrum of a signal of which the second half is the conjugate of the first.

    Args:
        input: The first half of the signal.
        n: The length of the result; 2 (size - 1) by default.
        dim: The dimension.
        norm: As in `fft`.

    Raises:
        RuntimeError: The length is less than 1, or there is no such factor.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.hfft(mg.tensor([1.0, 2.0, 0.0]), n=4)
        tensor([ 5.,  1., -3.,  1.])
    """
    return _single("hfft", input, n, dim, norm, ToReal, False)


def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Return the inverse of `hfft`: the first half of the signal.

    Args:
        input: A real spectrum.
        n: As in `fft`.
        dim: The dimension.
        norm: As in `ifft`.

    Raises:
        RuntimeError: The tensor is complex, the length is less than 1, or there is no such factor.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.ihfft(mg.fft.hfft(mg.tensor([1.0, 2.0, 0.0]), n=4)).real
        tensor([1., 2., 0.])
    """
    return _single("ihfft", input, n, dim, norm, FromReal, True)


# ----------------------------------------------------------------------------- several dimensions


def _dims(name: str, x: Tensor, s: Ints | None, dim: Ints | None, half: bool) -> tuple[list[int], list[int]]:
    """Return the dimensions, and the lengths along them; the last length of half a spectrum is that of the whole."""
    lengths = None if s is None else [integer(name, "s", n) for n in (s if isinstance(s, Sequence) else [s])]
    if dim is None:
        count = x.ndim if lengths is None else len(lengths)
        if count > x.ndim:
            raise RuntimeError(f"{name}: Got shape with {count} values but input tensor only has {x.ndim} dimensions.")
        dims = list(range(x.ndim - count, x.ndim))
    else:
        dims = [normalize_dim(d, x.ndim) for d in (dim if isinstance(dim, Sequence) else [dim])]
        if len({*dims}) < len(dims):
            raise RuntimeError(f"{name}: FFT dims must be unique, got {[*dims]}")
        if lengths is not None and len(lengths) != len(dims):
            raise RuntimeError(
                f"{name}: When given, dim and shape arguments must have the same length, got {len(dims)} and "
                f"{len(lengths)}"
            )
    whole = [x._shape[d] for d in dims]
    if half and whole:
        whole[-1] = 2 * (whole[-1] - 1)
    found = whole if lengths is None else [w if n == -1 else n for n, w in zip(lengths, whole)]
    return dims, [_positive(name, n) for n in found]


def _several(
    name: str, input: Any, s: Ints | None, dim: Ints | None, norm: str | None, kind: type[Function], inverse: bool
) -> Tensor:
    """Transform along dimensions: the last one by `kind`, which is first where it takes real numbers."""
    x = _operand(name, input, kind is FromReal)
    dims, lengths = _dims(name, x, s, dim, kind is ToReal)
    if not dims:
        if kind is not Complex:
            raise RuntimeError(f"{name} must transform at least one axis")
        return x.clone()
    turns: list[tuple[int, int, type[Function]]] = [(d, n, Complex) for d, n in zip(dims[:-1], lengths[:-1])]
    turns.insert(0 if kind is FromReal else len(turns), (dims[-1], lengths[-1], kind))
    for d, n, each in turns:
        x = _along(name, x, n, d, norm, each, inverse)
    return x


_DOC = """Return {what} along several dimensions.

    Args:
        input: {input}
        s: The lengths, of which -1 is the dimension's own; all of them by default.
        dim: The dimensions, {dims}.
        norm: As in `{like}`.

    Raises:
        RuntimeError: A length is less than 1, dimensions repeat, or there is no such factor.

    Example:
        >>> import mocrograd as mg
        >>> mg.fft.{name}(mg.ones(4, {given})).shape
        mocrograd.Size([4, {returned}])
    """
_WHAT = {
    "fft": ("the discrete Fourier transform", Complex, False, "A real or complex tensor."),
    "ifft": ("the inverse of `fftn`", Complex, True, "A real or complex tensor."),
    "rfft": ("the transform of real numbers, half of it along the last dimension,", FromReal, False, "A real tensor."),
    "irfft": ("the inverse of `rfftn`", ToReal, True, "Half a spectrum."),
    "hfft": ("the real spectrum of half a signal", ToReal, False, "The first half of a signal."),
    "ihfft": ("the inverse of `hfftn`", FromReal, True, "A real spectrum."),
}


_LENGTHS = {"fft": (4, 4), "ifft": (4, 4), "rfft": (4, 3), "irfft": (3, 4), "hfft": (3, 4), "ihfft": (4, 3)}
"""How many numbers along the last dimension an example gives, and how many come back."""


def _plane(one: str) -> Callable[..., Tensor]:
    what, kind, inverse, operand = _WHAT[one]
    name = f"{one}2"

    def transform(input: Tensor, s: Ints | None = None, dim: Ints = (-2, -1), norm: str | None = None) -> Tensor:
        return _several(name, input, s, dim, norm, kind, inverse)

    return _told(transform, name, what, operand, "the last two by default", one)


def _volume(one: str) -> Callable[..., Tensor]:
    what, kind, inverse, operand = _WHAT[one]
    name = f"{one}n"

    def transform(input: Tensor, s: Ints | None = None, dim: Ints | None = None, norm: str | None = None) -> Tensor:
        return _several(name, input, s, dim, norm, kind, inverse)

    return _told(transform, name, what, operand, "all, or the last of as many as there are lengths", one)


def _told(function: Any, name: str, what: str, operand: str, dims: str, like: str) -> Callable[..., Tensor]:
    function.__name__ = function.__qualname__ = name
    given, returned = _LENGTHS[like]
    function.__doc__ = _DOC.format(
        what=what, input=operand, dims=dims, like=like, name=name, given=given, returned=returned
    )
    return function


fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = map(_plane, _WHAT)
fftn, ifftn, rfftn, irfftn, hfftn, ihfftn = map(_volume, _WHAT)

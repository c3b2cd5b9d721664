"""Dtypes and devices: conversion, copies, and the dtype and device that two operands get."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import called
from mocrograd.backend import call, recording
from mocrograd.errors import NoKernel
from mocrograd.layout import (
    Shape,
    check_format,
    contiguous_format,
    contiguous_strides,
    format_order,
    is_in_format,
    preserve_format,
)  # fmt: skip
from mocrograd.ops._memory import fill, strides_like
from mocrograd.ops._parts import real_part
from mocrograd.strides import format_strides, kept_strides, memory_words, suggested_format, zip_kept
from mocrograd.tensor import Tensor, fresh, fresh_with, method
from mocrograd.types import Device, Dtype, Format

__all__ = ["clone", "contiguous", "detach", "to"]


class Cast(Function):
    """y = x in another dtype, in the order that it has in memory, without gaps; between equal dtypes a copy.

    It keeps the input's dtype.
    """

    torch_name = "ToCopy"

    @staticmethod
    def forward(ctx: Any, x: Tensor, dtype: dtypes.dtype) -> Tensor:
        """Convert to the dtype."""
        ctx.kept = x.dtype
        if x.dtype is not dtype:
            x = castable(x, dtype)
        device = x.device
        shape, strides, size, words = zip_kept(x._shape, x._strides)
        out = fresh_with(shape, strides, size, dtype, device)
        if size:
            kernel = device.table[f"cast.{x.dtype.name}.{dtype.name}"]
            call(kernel, size, out.address, x.address, words, device.context)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Convert the gradient back; that of a real number is real."""
        return to_dtype(grad if ctx.kept.is_complex else real_part(grad), ctx.kept), None


class Rearranged(Function):
    """y = x, in an order of its own in memory."""

    torch_name = "Clone"

    @staticmethod
    def forward(ctx: Any, x: Tensor, wanted: Any) -> Tensor:
        """Copy to a format, or to the strides that are given."""
        return rearranged(x, wanted if type(wanted) is tuple else format_strides(x._shape, wanted))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Pass the gradient on."""
        return grad, None


def rearranged(x: Tensor, strides: Shape) -> Tensor:
    """Return an unrecorded copy with other strides, which leave no gaps."""
    out = fresh_with(x._shape, strides, x._size, x.dtype, x.device)
    if x._size:
        kernel = x.device.table[f"cast.{x.dtype.name}.{x.dtype.name}"]
        call(kernel, x._size, out.address, x.address, memory_words(x._shape, strides, x._strides), x.device.context)
    return out


@method
def _with_strides(input: Tensor, strides: Shape) -> Tensor:
    """Return an unrecorded copy with the strides that a leaf's gradient gets; the engine calls it."""
    return rearranged(input, strides)


def in_format_of(out: Tensor, *images: Tensor) -> Tensor:
    """Return a new result in the format that one of the images that it was made of shows; its graph stays."""
    for x in images:
        wanted = None if x._dense or x._sparse or mode.vmap is not None else suggested_format(x._shape, x._strides)
        if wanted is not None and len(out._shape) == len(x._shape):
            return lying(out, format_strides(out._shape, wanted))
    return out


def lying(out: Tensor, strides: Shape) -> Tensor:
    """Return a new result with strides that leave no gaps; its graph is that of the result."""
    if out._strides == strides:
        return out
    moved = rearranged(out, strides)
    moved.grad_fn, moved._edge, moved.requires_grad = out.grad_fn, out._edge, out.requires_grad
    return moved


def in_rows(out: Tensor) -> Tensor:
    """Return a new result row-major, as `lying` does."""
    return out if out._dense or out._sparse or mode.vmap is not None else lying(out, contiguous_strides(out._shape))


def in_order_like(out: Tensor, x: Tensor) -> Tensor:
    """Return a new result in the order that a tensor of its shape has in memory, as `lying` does."""
    if (out._dense and x._dense) or out._sparse or mode.vmap is not None:
        return out
    return lying(out, kept_strides(x._shape, x._strides))


def castable(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """Return a tensor, or a copy in a wider dtype, of which there is a kernel that casts to a dtype; unrecorded.

    Narrow elements are cast by way of the dtype that they are computed in, and real ones to complex ones by way of that
    of the parts.

    Raises:
        NoKernel: The elements are complex, and the dtype is not.
    """
    if x.dtype is not dtype:
        if x.dtype.is_complex and not dtype.is_complex:
            raise NoKernel(
                f"expected real numbers, got {x.dtype.name}, which cannot become {dtype.name} without a loss: abs(), "
                ".real, .imag and view_as_real() make real numbers"
            )
        for wide in (x.dtype.wide, dtype.to_real() if dtype.is_complex and not x.dtype.is_complex else dtype.wide):
            if wide is not None and wide is not dtype and wide is not x.dtype:
                x = Cast.forward(Cast(), x, wide)
    return x


class ToDevice(Function):
    """y = x on another device, in the order that x has in memory, without gaps; it keeps the input's device."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, device: backend.device, non_blocking: bool = False) -> Tensor:
        """Copy to the device."""
        strides = strides_like(x, None)
        x = x if x._strides == strides else rearranged(x, strides)
        ctx.kept = x.device
        out = fresh_with(x._shape, strides, x._size, x.dtype, device)
        if x._size:
            backend.copy_bytes(out.address, device, x.address, x.device, x.nbytes, not non_blocking)
            if non_blocking and x.device is backend.cpu and device.handle:
                device.keep(x.storage, x.nbytes)
            if device.handle or x.device.handle:
                recording.copied(out, x)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Copy the gradient back."""
        return ToDevice.run(grad, ctx.kept), None, None


def to_dtype(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """Return x in a dtype: itself where it is of that dtype already. Integers and bools have no gradient."""
    if x.dtype is dtype:
        return x
    return Cast.run(x if dtype.kind >= 2 or not x.requires_grad else x.detach(), dtype)


def converted(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """Return x in a dtype that a user has asked for, which may lose the imaginary parts.

    Warns:
        UserWarning: It does.
    """
    if x.dtype.is_complex and not dtype.is_complex:
        if dtype is dtypes.bool_:
            return x != 0
        warnings.warn("Casting complex values to real discards the imaginary part", stacklevel=3)
        x = real_part(x)
    return to_dtype(x, dtype)


def detach(input: Tensor) -> Tensor:
    """Return a tensor that shares the memory and has no history.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.tensor([2.0], requires_grad=True)
        >>> y = w * 3
        >>> y.detach().requires_grad
        False
    """
    return input.detach()


@method
def clone(input: Tensor, *, memory_format: Format = None) -> Tensor:
    """Return a copy, in the order that the tensor has in memory or in that of a format.

    Example:
        >>> import mocrograd as mg
        >>> mg.clone(mg.ones(2))
        tensor([1., 1.])
    """
    check_format("clone", memory_format)
    if memory_format is not None and memory_format is not preserve_format:
        return ordered(input, memory_format)
    return called("Clone", Cast.run(input, input.dtype))


def ordered(input: Tensor, wanted: Any) -> Tensor:
    """Return a copy in the order of a format, of samples under `vmap` in that of a sample.

    Raises:
        RuntimeError: The format is one for another number of dimensions.
    """
    order = format_order(wanted, input.ndim)
    if order is not None and mode.vmap is not None:
        return Rearranged.run(input.permute(order[0]), contiguous_format).permute(order[1])
    return Rearranged.run(input, wanted)


@method
def contiguous(input: Tensor, memory_format: Format = None) -> Tensor:
    """Return the tensor itself where it is row-major, or in the order of a format, and such a copy otherwise.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(2, 3).T
        >>> x.is_contiguous(), mg.ops.contiguous(x).is_contiguous()
        (False, True)
    """
    if memory_format is None and input._dense:
        return input
    check_format("contiguous", memory_format)
    order = format_order(memory_format, input.ndim)
    if order is not None:
        done = is_in_format(input._shape, input._strides, memory_format)
        return input if done else ordered(input, memory_format)
    return input if input._dense or input.is_contiguous() else Rearranged.run(input, contiguous_format)


@method
def to(
    input: Tensor,
    *args: Any,
    dtype: Dtype = None,
    device: Device = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Format = None,
) -> Tensor:
    """Return the tensor in a dtype and on a device: itself where nothing changes, unless `copy`.

    Args:
        input: A tensor.
        *args: A dtype, a device, both (device first, None for either), or a tensor to be like; then `non_blocking` and
            `copy`.
        dtype: The dtype.
        device: The device or its name.
        non_blocking: Whether a copy to a GPU need not be done when this returns; the elements must not change until the
            GPU is waited for.
        copy: Whether to copy also where nothing changes.
        memory_format: The order of the elements in memory; a copy has that of the tensor by default.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([1.7, -1.7])
        >>> x.to(mg.int64)
        tensor([ 1, -1])
        >>> x.to(mg.float32) is x
        True
    """
    check_format("to", memory_format)
    flags = []
    for arg in args:
        if isinstance(arg, dtypes.dtype):
            dtype = arg
        elif isinstance(arg, bool):
            flags.append(arg)
        elif arg is None and not isinstance(args[0], dtypes.dtype | Tensor):
            continue  # the device or its dtype is left as it is
        elif isinstance(arg, Tensor):
            dtype, device = arg.dtype, arg.device
        elif isinstance(arg, (str, int, backend.device)):
            device = arg
        else:
            raise TypeError(f"to(): expected a dtype, a device or a Tensor, got {type(arg).__name__}")
    if flags:
        non_blocking, copy = flags[0], flags[1] if len(flags) > 1 else copy
    out = input if dtype is None else converted(input, dtype)
    if device is not None and (target := backend.open_device(device)) is not out.device:
        out = ToDevice.run(out, target, non_blocking)
    if copy and out is input:
        return clone(out, memory_format=memory_format)
    if memory_format is None or memory_format is preserve_format or input._sparse:
        return out
    if mode.vmap is not None:
        return contiguous(out, memory_format)
    shown = suggested_format(out._shape, out._strides) or contiguous_format
    return out if shown is memory_format else clone(out, memory_format=memory_format)


def _shorthand(name: str, dtype: dtypes.dtype) -> None:
    def function(input: Tensor, memory_format: Format = None) -> Tensor:
        if memory_format is not None and memory_format is not preserve_format:
            return to(input, dtype, memory_format=memory_format)
        return converted(input, dtype)

    function.__name__ = function.__qualname__ = name
    lines = [f"Return the tensor in {dtype.name}.", ""]
    if dtype is dtypes.complex32:
        lines += ["Raises:", "    TypeError: There are no such tensors yet."]
    else:
        lines += [
            "Example:",
            "    >>> import mocrograd as mg",
            f"    >>> mg.tensor([0, 1]).{name}().dtype",
            f"    {dtype}",
        ]
    function.__doc__ = "\n    ".join([*lines, ""])
    method(function)


for _name, _dtype in (
    ("float", dtypes.float32),
    ("double", dtypes.float64),
    ("long", dtypes.int64),
    ("int", dtypes.int32),
    ("byte", dtypes.uint8),
    ("bool", dtypes.bool_),
    ("half", dtypes.float16),
    ("bfloat16", dtypes.bfloat16),
    ("short", dtypes.int16),
    ("char", dtypes.int8),
    ("chalf", dtypes.complex32),
    ("cfloat", dtypes.complex64),
    ("cdouble", dtypes.complex128),
):
    _shorthand(_name, _dtype)


@method
def type_as(input: Tensor, other: Tensor) -> Tensor:
    """Return the tensor in the dtype of another one.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([1.7]).type_as(mg.tensor([1]))
        tensor([1])
    """
    return converted(input, other.dtype)


@method
def cpu(input: Tensor, memory_format: Format = None) -> Tensor:
    """Return the tensor in host memory, where asked for in a format.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2).cpu().device
        device(type='cpu')
    """
    return to(input, device="cpu", memory_format=memory_format)


@method
def cuda(input: Tensor, device: Device = None, non_blocking: bool = False, memory_format: Format = None) -> Tensor:
    """Return the tensor on a GPU.

    Args:
        input: A tensor.
        device: The GPU, its name or its number; the first one by default.
        non_blocking: As in `to`.
        memory_format: Has no effect.
    """
    check_format("cuda", memory_format)
    target = "gpu" if device is None else f"gpu:{device}" if isinstance(device, int) else device
    return to(input, device=target, non_blocking=non_blocking)


def common_dtype(*operands: Any) -> dtypes.dtype:
    """Return the dtype of a result of tensors and numbers.

    Tensors with dimensions decide; those without, and then numbers, only where they are of a higher kind (bool,
    integer, floating).
    """
    found: dtypes.dtype | None = None
    single: dtypes.dtype | None = None
    for x in operands:
        if isinstance(x, Tensor):
            if x._shape:
                found = x.dtype if found is None else dtypes.promote(found, x.dtype)
            else:
                single = x.dtype if single is None else dtypes.promote(single, x.dtype)
    if single is not None:
        found = single if found is None else dtypes.combine(found, single)
    assert found is not None, "one of the operands is a tensor"
    for x in operands:
        if not isinstance(x, Tensor):
            found = dtypes.promote_scalar(found, dtypes.scalar_kind(x))
    return found


def on_one_device(name: str, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return both on one device: a host tensor without dimensions follows the other one.

    Raises:
        RuntimeError: They are on different devices.
    """
    if a.device is b.device:
        return a, b
    if not b._shape and not b.device.handle:
        return a, to(b, device=a.device)
    if not a._shape and not a.device.handle:
        return to(a, device=b.device), b
    raise RuntimeError(
        f"{name}: Expected all tensors to be on the same device, but found at least two devices, "
        f"{a.device} and {b.device}!"
    )


def promoted(name: str, a: Any, b: Any, integral: bool) -> tuple[Any, Any]:
    """Return two operands as a kernel takes them: equal dtypes, or one tensor and one Python number.

    A number beside integers wraps around in their dtype, except for `where`, which refuses it.

    Args:
        name: The operation, for messages.
        a: A tensor or a number.
        b: A tensor or a number.
        integral: Whether there are integer kernels; without them integers become float32.

    Returns:
        The operands.

    Raises:
        TypeError: An operand is neither, or both are numbers.
        RuntimeError: The devices differ.
    """
    a, b = operand(name, a), operand(name, b)
    if name == "sub" and 0 in [x.dtype.kind if isinstance(x, Tensor) else dtypes.scalar_kind(x) for x in (a, b)]:
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~` or `logical_not()` operator instead."
        )
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        a, b = on_one_device(name, a, b)
        if a.dtype is b.dtype:
            common = a.dtype
        elif bool(a._shape) == bool(b._shape):
            common = dtypes.promote(a.dtype, b.dtype)
        else:  # within a kind, a tensor without dimensions does not decide
            common = dtypes.combine(a.dtype, b.dtype) if a._shape else dtypes.combine(b.dtype, a.dtype)
    elif isinstance(a, Tensor):
        common = dtypes.promote_scalar(a.dtype, dtypes.scalar_kind(b))
    elif isinstance(b, Tensor):
        common = dtypes.promote_scalar(b.dtype, dtypes.scalar_kind(a))
    else:
        raise TypeError(f"{name}(): expected a Tensor, got {type(a).__name__} and {type(b).__name__}")
    if common.kind < 2 and not integral:
        wide = dtypes.get_default_dtype()
        a, b = [to_dtype(x, wide) if isinstance(x, Tensor) else dtypes.number(x, wide) for x in (a, b)]
        return a, b
    as_number = dtypes.number if name == "where" else dtypes.wrapped
    device = (a if isinstance(a, Tensor) else b).device
    return _as(a, common, as_number, device), _as(b, common, as_number, device)


def operand(name: str, x: Any) -> Any:
    """Return an operand as a tensor or a number of Python's; it may be an array or a number of NumPy's.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(x, Tensor) or type(x) in (int, float, bool, complex):
        return x
    if isinstance(x, (np.bool_, np.number)):
        return x.item()
    if isinstance(x, np.ndarray):
        from mocrograd.ops.creation import from_numpy

        x = dtypes.representable(x)
        shared = x.flags.writeable and all(stride >= 0 for stride in x.strides)
        return from_numpy(x if shared else x.copy())
    raise TypeError(f"{name}(): expected Tensor or Number, got {type(x).__name__}")


def _as(x: Any, dtype: dtypes.dtype, as_number: Any, device: Any) -> Any:
    """Return an operand in a dtype: a tensor, or a real number; a complex number becomes a tensor of no dimensions."""
    if isinstance(x, Tensor):
        return to_dtype(x, dtype)
    number = as_number(x, dtype)
    if type(number) is not complex:
        return number
    if number.imag == 0:
        return number.real
    value = fresh((), 1, dtype, device)
    fill(value, number)
    return value

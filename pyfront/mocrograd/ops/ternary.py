"""Pointwise operations of three operands: their maker, and clamp, lerp, addcmul, addcdiv and nan_to_num."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, ClassVar

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import call, cpu, into
from mocrograd.layout import broadcast_shapes
from mocrograd.ops._inplace import check_writable
from mocrograd.ops._outputs import compute_into, deliver, in_place_of
from mocrograd.ops._parts import AsComplex, AsReal
from mocrograd.ops._pointwise import out_words
from mocrograd.ops._reduction import sum_to
from mocrograd.ops.arithmetic import maximum, minimum
from mocrograd.ops.cast import common_dtype, on_one_device, to_dtype
from mocrograd.strides import zip_kept
from mocrograd.tensor import Tensor, alias, fresh, fresh_with, method
from mocrograd.types import Operand

__all__ = ["addcdiv", "addcmul", "clamp", "clamp_max", "clamp_min", "clip", "lerp", "nan_to_num"]

Gradients = Callable[..., tuple[Any, Any, Any]]


class Ternary(Function):
    """The node of a kernel with three operands, of which the second and third may be numbers, and a number.

    It keeps the number, the operands' shapes, and what stands for the second and third one where they were not saved.

    Attributes:
        op: Its name in the kernel table.
        forwards: The names of its forward kernels, by dtype.
        integral: Whether there are kernels of integers.
        gradients: (grad, x, a, b, value) -> the gradients of x, a and b, in operations.
        reads: The operands that each of the three gradients is computed of.
        forms: Torch's numbers of the operation with numbers, and with tensors in their place.
    """

    op: ClassVar[str]
    forwards: ClassVar[dict[dtypes.dtype, str]]
    integral: ClassVar[bool] = True
    gradients: ClassVar[Gradients]
    reads: ClassVar[tuple[str, str, str]] = ("xab", "xab", "xab")
    forms: ClassVar[tuple[int, int]] = (0, 0)

    def __init_subclass__(cls) -> None:
        cls.forwards = dtypes.KernelNames(f"{cls.op}.forward.{{}}", 1)

    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Any, b: Any, value: Any, out: Tensor | None = None) -> Tensor:
        """Run the forward kernel."""
        layouts, addresses, numbers = _operands(x, a, b)
        shape, strides, size, words = zip_kept(*layouts)
        if out is None:
            out = fresh_with(shape, strides, size, x.dtype, x.device)
        else:
            words = out_words(out, *layouts)
        if size:
            kernel = x.device.table[ctx.forwards[x.dtype]]
            call(kernel, size, out.address, *addresses, *numbers, value, words, x.device.context)
        if ctx.edges:
            shapes = layouts[0], layouts[2], layouts[4]
            read = "".join([names for names, edge in zip(ctx.reads, ctx.edges) if edge is not None])
            of_a, of_b = isinstance(a, Tensor), isinstance(b, Tensor)
            ctx.kept = value, shapes, 1.0 if of_a else a, 1.0 if of_b else b
            ctx.torch_number = ctx.forms[of_b or (of_a and ctx.op == "clamp")]
            ctx.save_for_backward(
                x if "x" in read else None, a if of_a and "a" in read else None, b if of_b and "b" in read else None
            )
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        """Run the fused kernel, or operations where they are recorded."""
        x, a, b = ctx.saved_tensors
        value, shapes, other_a, other_b = ctx.kept
        x = grad if x is None else x  # what was not kept is not read, or goes into a gradient that nobody wants
        a = other_a if a is None else a
        b = other_b if b is None else b
        wanted = ctx.wanted[:3]
        found = ctx.gradients(grad, x, a, b, value) if mode.grad else ctx.fused(grad, x, a, b, value, wanted)
        sums = [sum_to(g, s) if w else None for g, s, w in zip(found, shapes, wanted)]
        return (*sums, None, None)

    @classmethod
    def general(cls, x: Tensor, a: Any, b: Any, value: Any) -> Tensor:
        """Compute the operation in new memory."""
        out: Tensor = cls.run(x, a, b, value)
        return out

    @classmethod
    def fused(cls, grad: Tensor, x: Tensor, a: Any, b: Any, value: Any, wanted: Any) -> list[Tensor | None]:
        """Run the fused kernel."""
        layouts, addresses, numbers = _operands(x, a, b)
        shape, strides, size, words = zip_kept(*layouts, grad._shape, grad._strides)
        ndim = words[0]
        words = (*words[: 1 + ndim], *words[1 + 2 * ndim :])  # the outputs lie as the kernel goes
        results = [fresh_with(shape, strides, size, grad.dtype, grad.device) if w else None for w in wanted]
        if size:
            outs = [0 if r is None else r.address for r in results]
            kernel = grad.device.table[f"{cls.op}.backward.{grad.dtype.name}"]
            call(kernel, size, *outs, *addresses, grad.address, *numbers, value, words, grad.device.context)
        return results


def _operands(x: Tensor, a: Any, b: Any) -> tuple[list[Any], list[int], list[Any]]:
    """Return shapes and strides, addresses, and the numbers of the second and third operand."""
    layouts: list[Any] = [x._shape, x._strides]
    addresses = [x.address]
    numbers: list[Any] = []
    for n in (a, b):
        tensor = isinstance(n, Tensor)
        layouts += (n._shape, n._strides) if tensor else ((), ())
        addresses.append(n.address if tensor else 0)
        numbers.append(0 if tensor else n)
    return layouts, addresses, numbers


def _run(
    name: str, node: type[Ternary], operands: tuple[Tensor, Any, Any], value: Any, dtype: dtypes.dtype, out: Any
) -> Tensor:
    """Run a node on operands of one dtype."""
    x = to_dtype(operands[0], dtype)
    a, b = [n if type(n) is float and dtype.kind == 2 else _aligned(name, x, n, dtype) for n in operands[1:]]
    return node.general(x, a, b, value) if out is None else compute_into(node, out, (x, a, b, value))


def _tracked(*tensors: Tensor) -> bool:
    return any(x.requires_grad for x in tensors)


def _in_place(function: Callable[..., Tensor], direct: Callable[..., Tensor | None]) -> None:
    """Make the in-place method of an operation, which writes to the tensor itself where nothing is recorded.

    Args:
        function: The operation.
        direct: (target, input, ...) -> the target, which one call of Mojo has written; None where the general way must.
    """
    general = in_place_of(function)

    @functools.wraps(general)
    def in_place(input: Tensor, *args: Any, **options: Any) -> Tensor:
        try:
            if direct(input, input, *args, **options) is not None:
                return input
        except TypeError:  # other arguments than it takes, to which the function objects
            pass
        check_writable(general.__name__, input)
        tensors = [x for x in (input, *args, *options.values()) if isinstance(x, Tensor)]
        alike = "out" not in options and broadcast_shapes(*[x._shape for x in tensors]) == input._shape
        if (mode.grad and _tracked(*tensors)) or not alike:
            return general(input, *args, **options)
        return function(input, *args, **options, out=input)

    method(in_place)


def _aligned(name: str, x: Tensor, n: Any, dtype: dtypes.dtype) -> Any:
    """Return an operand as a kernel takes it."""
    if isinstance(n, Tensor):
        return to_dtype(on_one_device(name, x, n)[1], dtype)
    return dtypes.number(n, dtype)


def _tensor(name: str, argument: str, x: Any) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(x).__name__}")
    return x


def _room_for(x: Any, *others: Any) -> Tensor | None:
    """Return memory for a result that a direct call may write: operands are floats, contiguous and of one shape.

    None where they are not, or something is recorded.
    """
    if not isinstance(x, Tensor) or not x._dense or x.dtype.kind != 2 or x.device is not cpu:
        return None
    if mode.grad and x.requires_grad:
        return None
    for n in others:
        if isinstance(n, Tensor) and not (n._dense and n._shape == x._shape):
            return None
    return fresh(x._shape, x._size, x.dtype, x.device)


# ------------------------------------------------------------------------------------------ clamp


def _clamp_gradients(g: Tensor, x: Tensor, a: Any, b: Any, value: float) -> tuple[Any, Any, Any]:
    low, high = x.new_ones(()) * a, x.new_ones(()) * b
    below, above = (x < a) & ((low < high) | (high == math.inf)), (x > b) | (high < low)
    return g.masked_fill(~((x >= a) & (x <= b)), 0.0), g.masked_fill(~below, 0.0), g.masked_fill(~above, 0.0)


class Clamp(Ternary):
    """y = min(max(x, a), b)."""

    op, gradients, forms = "clamp", staticmethod(_clamp_gradients), (1, 0)


def _clamp_into(out: Tensor, input: Any, min: Any = None, max: Any = None) -> Tensor | None:
    if min is None and max is None:
        return None
    done: Tensor | None = into(
        Clamp.forwards, out, input, -math.inf if min is None else min, math.inf if max is None else max, 0
    )
    return done


@method
def clamp(
    input: Tensor, min: Operand | None = None, max: Operand | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return input, but `min` where it is less and `max` where it is more (that is, min(max(input, min), max)).

    Args:
        input: A tensor.
        min: A number, a tensor that broadcasts, or None.
        max: A number, a tensor that broadcasts, or None.
        out: Where the result is written.

    Raises:
        RuntimeError: Neither bound is given, or they do not broadcast.
        NotImplementedError: The tensor is of bools, and there is another bound than one tensor.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.clamp(x, 1.5, 2.5)
        tensor([2.5000, 1.5000, 2.0000])
    """
    if out is not None and _clamp_into(out, input, min, max) is not None:
        return out
    x = _tensor("clamp", "input", input)
    if out is None and x._dense and not (mode.grad and x.requires_grad) and x.device is cpu:
        made = fresh(x._shape, x._size, x.dtype, x.device)
        if _clamp_into(made, x, min, max) is not None:
            return made
    bounds = [n for n in (min, max) if n is not None]
    if not bounds:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    dtype = x.dtype
    if dtype.kind != 2 or not all(type(n) in (int, float) for n in bounds):
        for n in bounds:
            if not isinstance(n, Tensor) and dtypes.scalar_kind(n) < 0:
                raise TypeError(f"clamp(): argument must be Number or Tensor, not {type(n).__name__}")
        dtype = common_dtype(x, *bounds)
    if dtype.kind == 0:
        if not isinstance(bounds[0], Tensor) or len(bounds) > 1:
            raise NotImplementedError('"clamp" not implemented for bool')
        bounded: Tensor = (minimum if min is None else maximum)(x, bounds[0], out=out)
        return bounded
    low, high = (-math.inf, math.inf) if dtype.kind == 2 else dtype.limits
    return _run("clamp", Clamp, (x, low if min is None else min, high if max is None else max), 0, dtype, out)


def _one_sided(name: str, out: Tensor, bound: Operand) -> Tensor:
    """Name the node of what was clamped on one side."""
    if out.grad_fn is not None:
        out.grad_fn.torch_name, out.grad_fn.torch_number = name, int(isinstance(bound, Tensor))
    return out


@method
def clamp_min(input: Tensor, min: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input, but `min` where it is less; see `clamp`.

    Example:
        >>> import mocrograd as mg
        >>> mg.clamp_min(mg.tensor([-1.0, 5.0]), 0.0)
        tensor([0., 5.])
    """
    return _one_sided("ClampMin", clamp(input, min, out=out), min)


@method
def clamp_max(input: Tensor, max: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input, but `max` where it is more; see `clamp`.

    Example:
        >>> import mocrograd as mg
        >>> mg.clamp_max(mg.tensor([-1.0, 5.0]), 2.0)
        tensor([-1.,  2.])
    """
    return _one_sided("ClampMax", clamp(input, None, max, out=out), max)


clip = clamp
alias("clip", clamp)

# ------------------------------------------------------------------- parts of activations and losses


class Hardtanh(Ternary):
    """y = min(max(x, a), b), whose gradient is 0 at the bounds."""

    op, reads = "hardtanh", ("x", "", "")
    gradients = staticmethod(lambda g, x, a, b, v: (g.masked_fill(~((x > a) & (x < b)), 0.0), None, None))


class HardtanhInPlace(Hardtanh):
    """Keeps the output, which lies between the bounds where the input does: the input is overwritten."""

    torch_name = "Hardtanh"

    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Any, b: Any, value: Any, out: Tensor | None = None) -> Tensor:
        """Run the forward kernel."""
        y = Ternary.forward(ctx, x, a, b, value, out)
        if ctx.edges:
            ctx.save_for_backward(y, None, None)
        return y


def _huber_gradients(g: Tensor, x: Tensor, a: Tensor, b: float, value: float) -> tuple[Any, Any, Any]:
    dx: Any = g * (x - a).clamp(-b, b) / value
    return dx, -dx, None


class Huber(Ternary):
    """y = d^2 / (2 v) up to |d| = b, where d = x - a, and a line beyond."""

    op, reads = "huber", ("xa", "xa", "")
    gradients = staticmethod(_huber_gradients)


# ------------------------------------------------------------------------------------- the others


class Lerp(Ternary):
    """y = x + b (a - x)."""

    op, reads, forms = "lerp", ("b", "b", "xa"), (0, 1)
    gradients = staticmethod(lambda g, x, a, b, v: (g * (1 - b), g * b, g * (a - x)))


class Addcmul(Ternary):
    """y = x + v a b."""

    op, reads = "addcmul", ("", "b", "a")
    gradients = staticmethod(lambda g, x, a, b, v: (g, g * (b * v), g * (a * v)))


class Addcdiv(Ternary):
    """y = x + v a / b."""

    op, reads = "addcdiv", ("", "b", "ab")
    gradients = staticmethod(lambda g, x, a, b, v: (g, g * (v / b), -g * (v / b) * (a / b)))


class NanToNum(Ternary):
    """y = v where x is nan, a where it is inf, b where it is -inf, else x."""

    op, gradients = "nan_to_num", staticmethod(lambda g, x, a, b, v: (g.masked_fill(~(x - x == 0), 0.0), None, None))


def _lerp_into(out: Tensor, input: Any, end: Any, weight: Any) -> Tensor | None:
    done: Tensor | None = into(Lerp.forwards, out, input, end, weight, 0) if isinstance(end, Tensor) else None
    return done


@method
def lerp(input: Tensor, end: Tensor, weight: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input + weight * (end - input), computed from the nearer end; the operands broadcast.

    Args:
        input: Where weight 0 leads.
        end: Where weight 1 leads, of the same dtype.
        weight: A number, or a tensor of the same dtype.
        out: Where the result is written.

    Raises:
        RuntimeError: The dtypes differ, or are not floating.

    Example:
        >>> import mocrograd as mg
        >>> mg.lerp(mg.zeros(2), mg.ones(2), 0.25)
        tensor([0.2500, 0.2500])
    """
    made = out if out is not None else _room_for(input, end, weight)
    if made is not None and _lerp_into(made, input, end, weight) is not None:
        return made
    x, end = _tensor("lerp", "input", input), _tensor("lerp", "end", end)
    for name, n in (("end", end), ("weight", weight)):
        if isinstance(n, Tensor) and n.dtype is not x.dtype:
            raise RuntimeError(f"lerp(): expected dtype {x.dtype.name} for `{name}` but got dtype {n.dtype.name}")
        if not isinstance(n, Tensor) and dtypes.scalar_kind(n) < 0:
            raise TypeError(f"lerp(): argument '{name}' must be Number or Tensor, not {type(n).__name__}")
    if x.dtype.kind < 2:
        raise NotImplementedError(f'"lerp" not implemented for {x.dtype.name}')
    return _run("lerp", Lerp, (x, end, weight), 0, x.dtype, out)


@method
def addcmul(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Operand = 1, out: Tensor | None = None
) -> Tensor:
    """Return input + value * tensor1 * tensor2; the operands broadcast.

    Args:
        input: A tensor.
        tensor1: A tensor.
        tensor2: A tensor.
        value: A number, of which integers take the whole part.
        out: Where the result is written.

    Raises:
        RuntimeError: The value is a float and the tensors are of integers.

    Example:
        >>> import mocrograd as mg
        >>> mg.addcmul(mg.ones(1), mg.tensor([2.0]), mg.tensor([3.0]), value=0.5)
        tensor([4.])
    """
    return _addc("addcmul", Addcmul, (input, tensor1, tensor2), value, out)


@method
def addcdiv(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Operand = 1, out: Tensor | None = None
) -> Tensor:
    """Return input + value * tensor1 / tensor2; the operands broadcast.

    Args:
        input: A tensor.
        tensor1: A tensor.
        tensor2: A tensor.
        value: A number.
        out: Where the result is written.

    Raises:
        RuntimeError: Integers would be divided.

    Example:
        >>> import mocrograd as mg
        >>> mg.addcdiv(mg.ones(1), mg.tensor([2.0]), mg.tensor([4.0]))
        tensor([1.5000])
    """
    if all(isinstance(t, Tensor) and t.dtype.kind < 2 for t in (tensor1, tensor2)):
        raise RuntimeError("Integer division with addcdiv is not supported; convert the tensors to floats first.")
    return _addc("addcdiv", Addcdiv, (input, tensor1, tensor2), value, out)


def _addc_into(node: type[Ternary], out: Any, input: Any, tensor1: Any, tensor2: Any, value: Any) -> Tensor | None:
    if not (isinstance(tensor1, Tensor) and isinstance(tensor2, Tensor)):
        return None
    done: Tensor | None = into(node.forwards, out, input, tensor1, tensor2, value)
    return done


def _addcmul_into(out: Any, input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor | None:
    return _addc_into(Addcmul, out, input, tensor1, tensor2, value)


def _addcdiv_into(out: Any, input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor | None:
    return _addc_into(Addcdiv, out, input, tensor1, tensor2, value)


def _addc(name: str, node: type[Ternary], operands: tuple[Tensor, Tensor, Tensor], value: Any, out: Any) -> Tensor:
    made: Tensor | None = out if out is not None else _room_for(*operands)
    if made is not None and _addc_into(node, made, *operands, value) is not None:
        return made
    for argument, x in zip(("input", "tensor1", "tensor2"), operands):
        _tensor(name, argument, x)
    if dtypes.scalar_kind(value) < 0:
        raise TypeError(f"{name}(): argument 'value' must be Number, not {type(value).__name__}")
    dtype = common_dtype(*operands)
    if dtype.kind == 0:
        raise NotImplementedError(f'"{name}" not implemented for bool')
    if dtype.kind == 1 and dtypes.scalar_kind(value) == 2:
        low, high = dtype.limits
        if not low <= value <= high:
            raise RuntimeError(
                f"{name}(): value cannot be converted to type {dtype.name} without overflow, got {value}"
            )
        value = int(value)
    number = float(value) if dtype.kind == 2 else dtypes.number(value, dtype)
    return _run(name, node, operands, number, dtype, out)


@method
def nan_to_num(
    input: Tensor,
    nan: float | None = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Return input with numbers for nan and for infinities: by default 0 and the extremes of the dtype.

    Args:
        input: A tensor; integers are copied.
        nan: What nan becomes.
        posinf: What inf becomes.
        neginf: What -inf becomes.
        out: Where the result is written.

    Example:
        >>> import mocrograd as mg
        >>> mg.nan_to_num(mg.tensor([float("nan"), 1.0]))
        tensor([0., 1.])
    """
    x = _tensor("nan_to_num", "input", input)
    if x.dtype.is_complex:
        parts = nan_to_num(AsReal.run(x), nan, posinf, neginf)
        numbers: Tensor = AsComplex.run(parts)
        return numbers if out is None else deliver("nan_to_num", out, numbers)
    if x.dtype.kind < 2:
        return x.clone() if out is None else deliver("nan_to_num", out, x)
    most = 3.4028234663852886e38 if x.dtype is dtypes.float32 else 1.7976931348623157e308
    high, low = most if posinf is None else posinf, -most if neginf is None else neginf
    return _run("nan_to_num", NanToNum, (x, high, low), 0.0 if nan is None else float(nan), x.dtype, out)


_in_place(clamp, _clamp_into)
_in_place(clamp_min, lambda out, input, min: _clamp_into(out, input, min))
_in_place(clamp_max, lambda out, input, max: _clamp_into(out, input, None, max))
_in_place(lerp, _lerp_into)
_in_place(addcmul, _addcmul_into)
_in_place(addcdiv, _addcdiv_into)
_in_place(nan_to_num, lambda *args, **options: None)
alias("clip_", Tensor.clamp_)

"""Changes in place: what they check, how they are recorded, and filling and copying."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, attach, mode
from mocrograd.backend import call, copy_into, fill_with, part_of
from mocrograd.layout import expand_strides
from mocrograd.ops._marked import write
from mocrograd.ops._memory import FILLS, end_of, fill, root_of
from mocrograd.ops._reduction import sum_to
from mocrograd.ops._regions import rebase, replay
from mocrograd.ops.cast import Cast, ToDevice, castable, converted, to_dtype
from mocrograd.strides import memory_words
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Operand


def check_writable(name: str, input: Tensor) -> None:
    """Refuse to write where two elements share memory, and where the graph forbids it.

    Raises:
        RuntimeError: The tensor is expanded, or a leaf that requires a gradient, or a view of one.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}: expected a Tensor, got {type(input).__name__}")
    for size, stride in zip(input._shape, input._strides):
        if stride == 0 and size > 1:
            raise RuntimeError(
                f"{name}: unsupported operation: more than one element of the written-to tensor refers to a "
                "single memory location. Please clone() the tensor before performing the operation."
            )
    check_graph(name, input)


def check_graph(name: str, input: Tensor) -> None:
    """Refuse to write where the graph forbids it.

    Raises:
        RuntimeError: The tensor is a leaf that requires a gradient, or a view of one.
    """
    if mode.grad and input.requires_grad:
        if input.grad_fn is None:
            raise RuntimeError(f"{name}: a leaf Variable that requires grad is being used in an in-place operation.")
        base = input._base
        if base is not None and base.requires_grad and base.grad_fn is None:
            raise RuntimeError(
                f"{name}: a view of a leaf Variable that requires grad is being used in an in-place operation."
            )
        check_view(name, input)


def check_view(name: str, input: Tensor) -> None:
    """Refuse to record a change of a view whose base does not know of it.

    Raises:
        RuntimeError: The tensor was made without recording, or is one of several views that one function made.
    """
    if not input._is_view:
        return
    if input._base is None or input._base._is_view:
        raise RuntimeError(
            f"{name}: A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given "
            "that this use case is ambiguous and error-prone, it is forbidden."
        )
    if input._one_of_several:
        raise RuntimeError(
            f"{name}: Output of {input.grad_fn} is a view and is being modified inplace. This view is the output of a "
            "function that returns multiple views. Such functions do not allow the output views to be modified "
            "inplace. You should replace the inplace operation by an out-of-place one."
        )


def mutate(
    name: str,
    input: Tensor,
    function: type[Function],
    operands: tuple[Any, ...] = (),
    rest: tuple[Any, ...] = (),
    aligned: bool = False,
) -> Tensor:
    """Run a function whose output is `input` itself, and record it.

    Args:
        name: The operation, for messages.
        input: The tensor to change.
        function: Takes the input as it was, the operands, the input as its output, and the rest.
        operands: Tensors and others that it reads: copies where they lie in the memory that is written.
        rest: More of them, which have no gradients.
        aligned: Whether an element depends on nothing but those at its index, so that the view that is written may be
            read as well.
    """
    if mode.vmap is not None:
        changed = mode.vmap.mutate(mutate, name, input, function, operands, rest, aligned)
        if changed is not None:
            return input
    check_writable(name, input)
    if input._marks:
        return _mutate_marked(name, input, function, operands, rest)
    stamp = input._shared_stamp()
    version = stamp[0]
    try:
        _write(name, input, function, operands, rest, aligned)
    except BaseException:
        stamp[0] = version  # what raises does so before it writes
        raise
    return input


def _mutate_marked(
    name: str, input: Tensor, function: type[Function], operands: tuple[Any, ...], rest: tuple[Any, ...]
) -> Tensor:
    """Change a conjugate or negative view: its elements are computed apart, and then written."""
    if function is Copy:
        (source,) = operands
        expand_to(source, input)
        write(input, to_dtype(source, input.dtype))
    else:
        new = mutate(name, input.clone(), function, operands, rest)
        write(input, new)
    return input


def _write(
    name: str, input: Tensor, function: type[Function], operands: tuple[Any, ...], rest: tuple[Any, ...], aligned: bool
) -> None:
    reads = (*operands, *rest)
    if not mode.grad or not (input.requires_grad or any(getattr(x, "requires_grad", False) for x in operands)):
        if reads:
            reads = tuple([_apart(input, x, aligned) for x in reads])
        input._changed()
        count = len(operands)
        function.run(input, *reads[:count], input, *reads[count:])
        return
    check_view(name, input)
    reads = tuple([x if x is input else _apart(input, x, False) for x in reads])
    old = input.detach().clone()  # backward may need what the change overwrites
    old.requires_grad, old.grad_fn, old._edge = input.requires_grad, input.grad_fn, input._edge
    reads = tuple([old if x is input else x for x in reads])
    input._changed()
    input.requires_grad = False  # as an argument the output is no input
    input.grad_fn = input._edge = None
    try:
        function.run(old, *reads[: len(operands)], input, *reads[len(operands) :])
    finally:
        recorded = input.requires_grad
        if not recorded:
            input.requires_grad, input.grad_fn, input._edge = old.requires_grad, old.grad_fn, old._edge
    if recorded:
        retell(input)


def before(input: Tensor, *operands: Any) -> tuple[Any, ...]:
    """Return a tensor that is about to change, and what its new values are computed of, for backward to keep.

    Copies stand for the tensor and for those that share its memory or the count of its changes.
    """
    every = (input, *operands)
    if mode.vmap is not None:
        return tuple([x.clone() if isinstance(x, Tensor) else x for x in every])
    if not mode.grad or not any(getattr(x, "requires_grad", False) for x in every):
        return every
    old = input.clone()
    stamp = input._shared_stamp()
    copies = [x.clone() if isinstance(x, Tensor) and x._stamp is stamp else _apart(input, x, False) for x in operands]
    return (old, *[old if x is input else copy for x, copy in zip(operands, copies)])


def copy_to_write(input: Tensor, *others: Any) -> Tensor:
    """Return a copy of a tensor that others will be written into: one for each sample where they differ by sample."""
    if mode.vmap is not None and (copy := mode.vmap.copy(input, others)) is not None:
        return copy
    return input.clone()


def _apart(input: Tensor, x: Any, aligned: bool) -> Any:
    """Return an operand, or a copy where it lies in the memory of a tensor that is about to be written.

    Args:
        input: The tensor.
        x: The operand.
        aligned: Whether it stays where it is the same view.
    """
    if not isinstance(x, Tensor) or not shares_memory(input, x) or (aligned and same_view(input, x)):
        return x
    return x.clone()


def retell(input: Tensor) -> None:
    """Tell the tensors that share memory with a changed one about its new history: its base and their views."""
    if input._is_view and root_of(input) is not input:
        rebase(input)
    elif input._stamp is not None and len(input._stamp) > 1:
        replay(input)


def zeros_for(grad: Tensor) -> Tensor:
    """Return the gradient of values that had no effect."""
    zeros = fresh(grad._shape, grad._size, grad.dtype, grad.device)
    fill(zeros, 0)
    return zeros


class Overwritten(Function):
    """The node of a tensor that was overwritten by constants: its old values have no effect."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Return a zero gradient: no element of x had an effect."""
        return zeros_for(grad)


def forget(input: Tensor) -> None:
    """Note that a tensor was overwritten by constants."""
    if mode.grad and input.requires_grad:
        node = Overwritten()
        node.edges = (input._edge,)
        attach(node, input)
        retell(input)


class Copy(Function):
    """The values of a target are replaced by those of a source, which broadcasts."""

    source: Any

    @staticmethod
    def forward(ctx: Any, old: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Copy the source to the target."""
        expand_to(source, target)
        ctx.source = source._shape, source.dtype, source.device
        if target._size:
            if source.device is not target.device:
                source = ToDevice.run(Cast.run(source, target.dtype), target.device)
            source = castable(source, target.dtype)
            strides = expand_to(source, target)
            device = target.device
            kernel = device.table[f"cast.{source.dtype.name}.{target.dtype.name}"]
            words = memory_words(target._shape, target._strides, strides)
            call(kernel, target._size, target.address, source.address, words, device.context)
        return target

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        """Pass the gradient to the source; the old values had no effect."""
        of_old, of_source = ctx.wanted[:2]
        shape, dtype, device = ctx.source
        back: Tensor | None = to_dtype(sum_to(grad, shape), dtype) if of_source else None
        if back is not None and back.device is not device:
            back = ToDevice.run(back, device)
        return zeros_for(grad) if of_old else None, back, None

    def name(self) -> str:
        """Return torch's name of such nodes, which has no number."""
        return "torch::autograd::CopyBackwards"


def expand_to(source: Tensor, target: Tensor) -> tuple[int, ...]:
    """Return the strides with which a source fills a target's shape.

    Raises:
        RuntimeError: It does not broadcast to it.
    """
    offset = len(target._shape) - len(source._shape)
    fits = offset >= 0 and all(s in (1, t) for s, t in zip(source._shape, target._shape[offset:]))
    if not fits:
        raise RuntimeError(
            f"The expanded size of the tensor {list(target._shape)} must match the existing size "
            f"{list(source._shape)}: shape mismatch"
        )
    return expand_strides(source._shape, source._strides, target._shape)


def shares_memory(a: Tensor, b: Tensor) -> bool:
    """Return whether the memory ranges of two tensors overlap, whoever owns them."""
    return a._bare_address < end_of(b) and b._bare_address < end_of(a)


def same_view(a: Tensor, b: Tensor) -> bool:
    """Return whether two tensors have the same elements, one by one."""
    alike = a._strides == b._strides and a._shape == b._shape and a.dtype is b.dtype
    return alike and a._bare_address == b._bare_address and a._marks == b._marks


def overlap(a: Tensor, b: Tensor) -> bool:
    """Return whether two tensors share memory without being the same view."""
    return shares_memory(a, b) and not same_view(a, b)


_NUMBERS = {int, float}
_LARGEST = 1e38
"""Numbers below it are finite in every dtype of floats that `fill_part` writes."""
_CASTS = {source: dtypes.KernelNames(f"cast.{source.name}.{{}}") for source in dtypes.ALL}
"""The names of the kernels that copy, by the dtypes of the source and of the target."""


@method
def copy_(input: Tensor, other: Tensor, non_blocking: bool = False) -> Tensor:
    """Replace the elements by those of `other`, which broadcasts and may have another dtype or device.

    Args:
        input: The tensor that changes.
        other: The tensor that it gets the elements of, or a number for all.
        non_blocking: Whether the copy need not be done when this returns, which changes nothing that can be seen.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.zeros(2, 2)
        >>> x.copy_(mg.tensor([1, 2]))  # broadcast, in x's dtype
        tensor([[1., 2.],
                [1., 2.]])
    """
    casts = _CASTS.get(other.dtype) if isinstance(other, Tensor) else None
    if casts is not None and copy_into(casts, input, other) is not None:
        return input
    if not isinstance(other, Tensor):
        if dtypes.scalar_kind(other) < 0:
            raise TypeError(f"copy_(): argument 'other' must be Tensor, not {type(other).__name__}")
        check_writable("copy_", input)
        return fill_(input, other)
    if other.dtype.is_complex is not input.dtype.is_complex:
        other = converted(other, input.dtype)
    return mutate("copy_", input, Copy, (other,), aligned=True)


def fill_part(spec: Any, input: Tensor, index: Any, value: Any) -> bool:
    """Set a part without gaps to a number, where nothing but the memory has to change.

    Args:
        spec: What the direct call of square brackets needs.
        input: The tensor.
        index: What is in the brackets.
        value: The number; anything else is left to the general way.

    Returns:
        Whether that was done.
    """
    if type(value) not in _NUMBERS or not input._dense or input.requires_grad or mode.vmap is not None:
        return False
    kind = 0 if input.dtype.wide is not None else input.dtype.kind
    if not (kind == 2 or (kind == 1 and type(value) is int)) or not -_LARGEST < value < _LARGEST:
        return False
    part = part_of(spec, input, index)
    return part is not None and fill_with(FILLS, part, value) is not None


@method
def fill_(input: Tensor, value: Operand) -> Tensor:
    """Set all elements to one value.

    Example:
        >>> import mocrograd as mg
        >>> mg.zeros(2).fill_(3)
        tensor([3., 3.])
    """
    if fill_with(FILLS, input, value) is not None:
        return input
    if isinstance(value, Tensor):
        if value._shape:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {len(value._shape)} dimensions."
            )
        return input.copy_(converted(value, input.dtype))
    if dtypes.scalar_kind(value) < 0:
        raise TypeError(f"fill_(): argument 'value' must be Number, not {type(value).__name__}")
    check_graph("fill_", input)  # where elements share memory, they have one value anyway
    input._changed()
    fill(input, value)
    forget(input)
    return input


@method
def zero_(input: Tensor) -> Tensor:
    """Set all elements to 0.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2).zero_()
        tensor([0., 0.])
    """
    return fill_(input, 0)

"""Changes in place: what they check, how they are recorded, and filling and copying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.layout import expand_strides, walk
from mocrograd.ops.cast import Cast, ToDevice, to_dtype
from mocrograd.ops.reduce import sum_to
from mocrograd.ops.regions import fill, rebase, replay
from mocrograd.tensor import Tensor, method


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


def mutate(name: str, input: Tensor, function: type[Function], arguments: Callable[[Tensor], Any]) -> Tensor:
    """Run a function whose output is `input` itself, and record it.

    Args:
        name: The operation, for messages.
        input: The tensor to change.
        function: Takes `arguments(old)`, where `old` is the input before the change.
        arguments: Makes the function's arguments; the tensor itself is the output among them.
    """
    check_writable(name, input)
    if not mode.grad:
        input._changed()
        function.run(*arguments(input))
        return input
    old = input
    recorded = input.requires_grad or any(getattr(arg, "requires_grad", False) for arg in arguments(input))
    if recorded:
        check_view(name, input)
    input._changed()
    if recorded:
        old = input.detach().clone()  # backward may need what the change overwrites
        old.requires_grad, old.grad_fn, old._edge = input.requires_grad, input.grad_fn, input._edge
    args = arguments(old)
    input.requires_grad = False  # as an argument the output is no input
    input.grad_fn = input._edge = None
    try:
        function.run(*args)
    finally:
        if old is not input and not input.requires_grad:
            input.requires_grad, input.grad_fn, input._edge = old.requires_grad, old.grad_fn, old._edge
            recorded = False
    if recorded:
        retell(input)
    return input


def retell(input: Tensor) -> None:
    """Tell those that share the memory of a tensor about its new history: its base and their views."""
    if input._is_view and input._base is not None:
        rebase(input)
    elif input._stamp is not None and len(input._stamp) > 1:
        replay(input)


def forget(input: Tensor) -> None:
    """Cut a tensor that was overwritten by constants off its history."""
    if mode.grad and input.requires_grad:
        input.grad_fn, input._edge, input.requires_grad = None, None, False
        retell(input)


class Copy(Function):
    """The values of a target are replaced by those of a source, which broadcasts."""

    shape: Any

    @staticmethod
    def forward(ctx: Any, old: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Copy."""
        if source._size or target._size:
            strides = expand_to(source, target)
            if source.device is not target.device:
                source = ToDevice.run(Cast.run(source, target.dtype), target.device)
                strides = expand_to(source, target)
            device = target.device
            kernel = device.table[f"cast.{source.dtype.name}.{target.dtype.name}"]
            words = walk(target._shape, target._strides, strides)
            if target._size:
                call(kernel, target._size, target.address, source.address, words, device.context)
        ctx.shape = source._shape
        return target

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor, None]:
        """Send the gradient to the source."""
        return None, sum_to(grad, ctx.shape), None


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


def overlap(a: Tensor, b: Tensor) -> bool:
    """Return whether two tensors may share memory without being the same view."""
    return a._shared_stamp() is b._shared_stamp() and (a.address, a._strides) != (b.address, b._strides)


@method
def copy_(input: Tensor, src: Tensor) -> Tensor:
    """Replace the elements by those of `src`, which broadcasts and may have another dtype or device."""
    if not isinstance(src, Tensor):
        raise TypeError(f"copy_(): argument 'src' must be Tensor, not {type(src).__name__}")
    if overlap(input, src):
        src = src.clone()
    return mutate("copy_", input, Copy, lambda old: (old, src, input))


@method
def fill_(input: Tensor, value: Any) -> Tensor:
    """Set all elements to one value."""
    if isinstance(value, Tensor):
        if value._shape:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {len(value._shape)} dimensions."
            )
        return input.copy_(to_dtype(value, input.dtype))
    if dtypes.scalar_kind(value) < 0:
        raise TypeError(f"fill_(): argument 'value' must be Number, not {type(value).__name__}")
    check_writable("fill_", input)
    input._changed()
    fill(input, value)
    forget(input)
    return input


@method
def zero_(input: Tensor) -> Tensor:
    """Set all elements to 0."""
    return fill_(input, 0)

"""Tensors that `vmap` maps over: a value with a dimension of samples in front, which operations do not see.

A `Level` (level.py) is one running `vmap`. Where an operation gets a `BatchedTensor` it asks the level, which takes the
values, has the operation's rule (func/rules) do the same for all samples at once, and wraps the result. Rules call
operations on values, whose graph is the ordinary one: so gradients need nothing of their own. While a rule runs, the
level outside of its own is the current one, whose tensors the values may be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from mocrograd import backend
from mocrograd.errors import NoBatchingRule
from mocrograd.layout import Shape, contiguous_strides, is_contiguous
from mocrograd.overriding import disabled_torch_function
from mocrograd.tensor import Tensor

_NO_DEVICE = None  # what the field says: direct calls then leave a tensor to the general way, which asks the level
_blank = object.__new__
_set_memory = backend.set_memory
_NO_ADDRESS = 1  # no kernel takes it


def _of_value(name: str) -> Any:
    """Make a property that is the value's, and cannot be set."""
    return property(attrgetter("_value." + name), doc=f"The value's `{name}`.")


class BatchedTensor(Tensor):
    """A tensor of each sample: its shape is that of one."""

    __torch_function__ = staticmethod(disabled_torch_function)

    _value: Tensor
    _level: Any

    device = _of_value("device")
    requires_grad = _of_value("requires_grad")
    grad_fn = _of_value("grad_fn")
    _edge = _of_value("_edge")
    grad = _of_value("grad")
    _version = _of_value("_version")

    @property
    def address(self) -> int:  # type: ignore[override]
        """Raise: there is no one sample whose memory this is.

        Raises:
            NoBatchingRule: Always.
        """
        if self._level.ended:
            raise RuntimeError("a batched tensor was used outside of the function that vmap mapped")
        raise NoBatchingRule(
            "vmap: an operation without a batching rule reads the memory of a batched tensor", self._level
        )

    @property
    def _marks(self) -> int:  # type: ignore[override]
        """The marks of the value."""
        return self._value._marks

    @property
    def _stamp(self) -> Any:  # type: ignore[override]
        raise NoBatchingRule("vmap: an operation without a batching rule makes a view of a batched tensor", self._level)

    def _shared_stamp(self) -> list[int]:
        return self._value._shared_stamp()

    def _changed(self) -> None:
        self._value._changed()

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Return whether the elements of one sample lie row-major without gaps."""
        return is_contiguous(self._shape, self._strides)

    def detach(self) -> Tensor:
        """Return a tensor that shares the memory and takes no part in the graph."""
        return batched(self._value.detach(), self._level)

    data: Any = property(detach, doc="The values without the graph, sharing the memory.")

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Refuse: inside `vmap` functions are differentiated by `func.grad` and the like.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "You are attempting to call Tensor.requires_grad_() inside of a function being transformed by vmap. This "
            "is unsupported, please attempt to use the transforms of func, e.g. `grad` or `vjp`."
        )

    def backward(self, *args: Any, **options: Any) -> None:
        """Refuse: inside `vmap` functions are differentiated by `func.grad` and the like.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use functorch.grad or "
            "functorch.vjp instead or call backward() outside of functorch transforms."
        )

    def item(self) -> Any:
        """Refuse: there is one number for each sample.

        Raises:
            NoBatchingRule: Always; it is a RuntimeError.
        """
        raise NoBatchingRule(
            "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a "
            "Tensor, please try to rewrite what you're doing with other operations.",
            self._level,
        )

    def __bool__(self) -> bool:
        """Refuse: samples may differ."""
        raise NoBatchingRule(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't "
            "support that yet.",
            self._level,
        )

    def numpy(self, *, force: bool = False) -> Any:
        """Refuse: Python sees no samples."""
        raise NoBatchingRule(
            "vmap: Python cannot read the values of a batched tensor, nor can an operation whose result has a shape "
            "that depends on values, such as an index by a mask",
            self._level,
        )

    def tolist(self) -> Any:
        """Refuse: Python sees no samples."""
        return self.numpy()

    def resize_(self, *args: Any, **options: Any) -> Tensor:
        """Refuse: samples keep their place.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("vmap: resize_() and resize_as_() of a batched tensor are not supported")

    resize_as_ = resize_

    def fill_(self, value: Any) -> Tensor:
        """Set all elements to one value, which may differ between samples."""
        if isinstance(value, Tensor):
            return super().fill_(value)
        self._level.outside(self._value.fill_, value)
        return self

    def __repr__(self, **options: Any) -> str:
        """Return what torch writes."""
        text = "\n".join("    " + line for line in repr(self._value).splitlines())
        return f"BatchedTensor(lvl={self._level.number}, bdim=0, value=\n{text}\n)"

    __hash__ = object.__hash__


def batched(value: Tensor, level: Any) -> BatchedTensor:
    """Return the samples of a value, which lie along its first dimension."""
    new: BatchedTensor = _blank(BatchedTensor)
    show(new, value, level)
    return new


def show(x: BatchedTensor, value: Tensor, level: Any) -> None:
    """Make a batched tensor that of a value."""
    count = level.size
    shape = value._shape[1:]
    size = value._size // count if count else math.prod(shape)
    _set_memory(x, None, shape, value._strides[1:], value.dtype, _NO_DEVICE, _NO_ADDRESS, size, False)
    x._value, x._level = value, level


def innermost(tensors: Sequence[Any]) -> Any:
    """Return the innermost level that one of some tensors belongs to, None where none is batched."""
    found = None
    for x in tensors:
        if type(x) is BatchedTensor and (found is None or x._level.number > found.number):
            found = x._level
    return found


def dense(x: Tensor) -> Tensor:
    """Return a value contiguous."""
    return x if x._dense else x.contiguous()


def raw_view(x: Tensor, shape: Shape, strides: Shape, size: int) -> Tensor:
    """Return a view of a tensor, of which changes in place need not know."""
    x._shared_stamp()
    view: Tensor = backend.new_view(x, shape, strides, 0, size)
    return view


def shaped(new: Tensor, shape: Shape) -> Tensor:
    """Give a new contiguous tensor another shape: as a view it could not be changed in place."""
    backend.set_memory(
        new, new.storage, shape, contiguous_strides(shape), new.dtype, new.device, new.address, new._size, True
    )
    return new


def bare(x: Tensor) -> Tensor:
    """Return the tensor that has the memory, with all dimensions of samples."""
    while type(x) is BatchedTensor:
        x = x._value
    return x


class Job:
    """What a rule gets.

    Attributes:
        kind: The class of the Function, or the name of what is none.
        call: Computes the operation.
        level: The `vmap`.
        size: The number of samples.
        args: The operation's arguments, of which batched tensors are values.
        mapped: Which of them are.
    """

    __slots__ = ("args", "call", "kind", "level", "mapped", "size")

    def __init__(self, kind: Any, call: Callable[..., Any], level: Any, args: list[Any], mapped: list[bool]) -> None:
        self.kind, self.call, self.level, self.size = kind, call, level, level.size
        self.args, self.mapped = args, mapped

    def whole(self, i: int) -> Any:
        """Return a tensor argument with the dimension of samples, or None."""
        x = self.args[i]
        return x if self.mapped[i] or not isinstance(x, Tensor) else x.expand(self.size, *x._shape)

    def rank(self, i: int) -> int:
        """Return the number of dimensions of an argument's samples, 0 for a number."""
        x = self.args[i]
        return len(x._shape) - self.mapped[i] if isinstance(x, Tensor) else 0

    def aligned(self, i: int, rank: int, behind: int = 0) -> Any:
        """Return an argument that broadcasts with others whose samples have `rank` dimensions.

        Args:
            i: Which one.
            rank: The number of dimensions.
            behind: Dimensions that do not count.
        """
        x = self.args[i]
        if not self.mapped[i] or (lead := rank + behind - len(x._shape) + 1) <= 0:
            return x
        return x.reshape(x._shape[0], *(1,) * lead, *x._shape[1:])


def lifted_to(x: Tensor, level: Any, value: bool = False) -> Tensor:
    """Return a tensor that is batched at a level and at all outside of it.

    Args:
        x: The tensor.
        level: The level.
        value: Whether to return the value at that level instead, batched only outside of it.
    """
    if level is None:
        return x
    own = type(x) is BatchedTensor and x._level is level
    inner: Tensor = x._value if own else x  # type: ignore[attr-defined]
    if not value:
        inner = level.outside(lifted_to, inner if own else x, level.outer)
    if not own and (type(inner) is BatchedTensor or inner.requires_grad):
        inner = level.outside(lambda: inner.expand(level.size, *inner._shape))
    elif not own:
        inner = raw_view(inner, (level.size, *inner._shape), (0, *inner._strides), level.size * inner._size)
    return inner if value else batched(inner, level)

"""The arguments of a recorded run, which lie in other memory while it lasts."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from mocrograd import backend
from mocrograd.compiler.tree import bytes_of, copy_layout, extent, in_memory, tensors_of
from mocrograd.compiler.watch import flat
from mocrograd.ops._inplace import retell
from mocrograd.ops._memory import root_of
from mocrograd.ops._regions import rebase
from mocrograd.tensor import Tensor


class Moved:
    """An argument in memory of its own, until it comes back.

    A function gets its very arguments, so what it does to them besides changing elements, and where it keeps them, is
    as in any other run. Only their memory is another one, so that an address belongs to one memory block.

    Attributes:
        tensor: The argument.
        home: A tensor over its memory, with its layout.
        away: A copy of that tensor, in whose memory the argument lies meanwhile. The argument is a view of it where it
            is a view of another tensor.
    """

    def __init__(self, tensor: Tensor) -> None:
        """Move a tensor."""
        self.tensor = tensor
        self.home, self.away = in_memory(tensor, tensor.storage, tensor.address), copy_layout(tensor)
        self._base = None if root_of(tensor) is tensor else tensor._base
        self._grad_fn = tensor.grad_fn
        self._stamp = tensor._shared_stamp()
        self._stamp_away: list[Any] = [self._stamp[0]]
        tensor._stamp = self.away._stamp = self._stamp_away
        if self._base is not None:
            tensor._base = self.away
            self._stamp_away.append(weakref.ref(tensor))
        _shift(tensor, self.home, self.away)
        self._layout, self._objects = _state(tensor)

    def holds(self, tensor: Tensor) -> bool:
        """Return whether a tensor lies in the memory where the argument is meanwhile."""
        return tensor.storage is self.away.storage

    def is_another(self) -> bool:
        """Return whether something about the argument has changed besides its elements: its layout or its gradient."""
        layout, objects = _state(self.tensor)
        same = len(objects) == len(self._objects) and all(map(lambda a, b: a is b, objects, self._objects))
        return layout != self._layout or not same

    def come_back(self) -> None:
        """Return to the memory from before, with the elements that it has now, and tell other tensors there of it."""
        home, away, tensor = self.home, self.away, self.tensor
        if bytes_of(away) != bytes_of(home):
            backend.copy_bytes(home.address, home.device, away.address, away.device, extent(home))
        changes, *references = self._stamp_away
        self._stamp[0] = max(self._stamp[0], changes)
        for reference in references:
            view = reference()
            if view is not None and view is not tensor:
                self.bring(view)
                self._stamp.append(reference)
        self.bring(tensor)
        if self._base is not None and away.grad_fn is not None:
            home.requires_grad, home.grad_fn, home._edge = away.requires_grad, away.grad_fn, away._edge
            home._base = self._base
            rebase(home)
        elif self._base is None and tensor.grad_fn is not self._grad_fn:
            retell(tensor)

    def bring(self, tensor: Tensor) -> None:
        """Bring the argument, or a view of it, back to the memory from before."""
        if self.holds(tensor):
            _shift(tensor, self.away, self.home)
        if tensor._stamp is self._stamp_away:
            tensor._stamp = self._stamp
        if tensor._base is self.away:
            tensor._base = self._base


def _shift(tensor: Tensor, source: Tensor, target: Tensor) -> None:
    """Move a tensor from the memory of one tensor to that of another one, as far behind its beginning."""
    address = target.address + tensor._marked_address - source.address  # marks stay
    backend.set_memory(
        tensor, target.storage, tensor._shape, tensor._strides, tensor.dtype, tensor.device, address, tensor._size,
        tensor._dense,
    )  # fmt: skip


def _state(tensor: Tensor) -> tuple[tuple[Any, ...], list[Any]]:
    """Return what a function may change of an argument besides its elements: its layout, and objects."""
    layout = (
        tensor._shape,
        tensor._strides,
        tensor._marked_address,
        tensor.dtype,
        tensor.requires_grad,
        tensor._retains_grad,
    )
    hooks = tensor._grad_hooks or ()
    return layout, [tensor.storage, tensor._base, tensor.grad, tensor.grad_fn, *hooks, *flat(vars(tensor).items())]


def come_back(moved: Sequence[Moved], result: Any) -> bool:
    """Bring arguments, and the views of them in a result, back to where they were.

    Returns:
        Whether a run has changed more of an argument than its elements.
    """
    changed = [one.is_another() for one in moved]
    for one in moved:
        one.come_back()
        for tensor in tensors_of(result):
            one.bring(tensor)
    return any(changed)

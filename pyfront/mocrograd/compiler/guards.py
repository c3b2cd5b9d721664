"""What a function depends on besides its arguments, and whether it has changed.

While everything that the function can reach (reachable.py) is as it was when the plan was recorded, the function would
compute the same again.
"""

from __future__ import annotations

import array
import itertools
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mocrograd import backend
from mocrograd.compiler.reachable import Reachable
from mocrograd.compiler.watch import Watch
from mocrograd.tensor import Tensor

_GRAD, _REQUIRES_GRAD, _HOOKS = 1, 2, 4


class Surroundings:
    """What a function depends on besides its arguments.

    Attributes:
        tensors: The tensors found, by identity, with a name for explanations.
        watched: The same tensors.
        states: For each of them, as words, its address, its flags (whether it has a gradient, requires one, has hooks),
            and the identities of its dtype, shape and strides.
        streams: Generators of random numbers that the function can reach, which the recorded run must not move.
        obstacle: What cannot be watched, "" where there is nothing.
        contents: What the watched containers hold, a new tuple where they hold equal numbers that are other objects.
    """

    def __init__(self, function: Any, objects: Sequence[Any] = ()) -> None:
        reachable = Reachable()
        reachable.visit(function, "")
        for number, value in enumerate(objects):
            reachable.visit(value, f"argument object {number}")
        self._reachable = reachable
        self.tensors, self.streams, self.obstacle = reachable.tensors, reachable.streams, reachable.obstacle
        self._grads: list[tuple[Tensor, Callable[[], Tensor | None]]] = []
        self.watched = tuple([tensor for tensor, _ in self.tensors.values()])
        self._layouts = [(t.dtype, t._shape, t._strides) for t in self.watched]  # keeps their identities
        self.states = array.array("q", [word for t in self.watched for word in _state(t)]).tobytes()
        self._take_over()

    def _take_over(self) -> None:
        """Expect the present state from now on."""
        watches = self._reachable.watches
        for watch in watches:
            watch.contents = watch.look()
        self._kinds = bytes([watch.kind for watch in watches])
        self._containers = tuple([watch.container for watch in watches])
        self.contents = tuple([watch.contents for watch in watches])

    def reaches(self, value: Any) -> bool:
        """Return whether the function reaches a value, which it may return as itself."""
        return self._reachable.reaches(value)

    @property
    def words(self) -> Iterator[tuple[int, ...]]:
        """The words of each tensor's state."""
        words = array.array("q", self.states)
        size = backend.PLAN_STATE
        return (tuple(words[i : i + size]) for i in range(0, len(words), size))

    @property
    def watches(self) -> list[Watch]:
        """The watched containers."""
        return self._reachable.watches

    @property
    def is_quick(self) -> bool:
        """Whether one look at identities tells whether it holds: there are no copies, no gradients from before."""
        return not self._reachable.copies and not self._grads

    def holds(self) -> bool:
        """Return whether nothing has changed: usually everything is the very object it was, which is quick to see."""
        if backend.unchanged(self._kinds, self._containers, self.contents):
            copies = self._reachable.copies
            return not copies or all(copy.difference() is None for copy in copies)
        if self.changed() is not None:
            return False
        self._take_over()  # equal numbers that are other objects
        return True

    def changed(self) -> str | None:
        """Return the name of something that has changed, or None."""
        watches, copies = self._reachable.watches, self._reachable.copies
        names = itertools.chain((w.difference() for w in watches), (c.difference() for c in copies))
        return next((name for name in names if name is not None), None)

    def moved(self) -> str | None:
        """Return what is different about a tensor: its memory, its layout, or one of its flags."""
        words = array.array("q", self.states)
        for i, (tensor, layout) in enumerate(zip(self.watched, self._layouts)):
            name = self.tensors[id(tensor)][1]
            address, flags = words[backend.PLAN_STATE * i : backend.PLAN_STATE * i + 2]
            differs = flags ^ _state(tensor)[1]
            if tensor.address != address:
                return f"the memory of {name}"
            if (tensor.dtype, tensor._shape, tensor._strides) != layout:
                return f"the layout of {name}"
            for flag, what in ((_GRAD, "grad"), (_REQUIRES_GRAD, "requires_grad"), (_HOOKS, "hooks")):
                if differs & flag:
                    return f"{name}.{what}"
        return None if self.has_grads() else "the gradient that a parameter holds"

    def has_grads(self) -> bool:
        """Return whether every gradient that must be the same tensor as before still is."""
        return not self._grads or all(leaf.grad is not None and leaf.grad is grad() for leaf, grad in self._grads)

    def require_grad(self, leaf: Tensor) -> None:
        """Watch also which tensor the gradient of a leaf is.

        Nothing here keeps it alive: a backward pass that is compiled by itself writes its gradients to the same memory
        again as long as nobody else holds them.
        """
        assert leaf.grad is not None
        self._grads.append((leaf, weakref.ref(leaf.grad)))


def _state(tensor: Tensor) -> tuple[int, ...]:
    """Return the words that mojo_kernels/python/plan.mojo compares."""
    flags = _GRAD * (tensor.grad is not None) + _REQUIRES_GRAD * tensor.requires_grad
    flags += _HOOKS * (tensor._grad_hooks is not None)
    return tensor.address, flags, id(tensor.dtype), id(tensor._shape), id(tensor._strides)

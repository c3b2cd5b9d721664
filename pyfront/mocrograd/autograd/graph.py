"""The graph that operations record: its nodes, and hooks on what they save."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any, NamedTuple

from mocrograd import backend
from mocrograd.autograd.function import Function, packers

Node = Function
_disabled: list[str] = []


class GradientEdge(NamedTuple):
    """A place in the graph where a gradient arrives: a node, and which of its outputs; the tensor itself for a leaf."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """Return where the gradient of a tensor arrives.

    Raises:
        RuntimeError: It requires none.
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*(tensor._edge or (tensor, 0)))


def increment_version(tensor: Any) -> None:
    """Note that a tensor, or each of several, was changed in place by other means than operations."""
    for one in (tensor,) if isinstance(tensor, backend.TensorBase) else tensor:
        one._changed()


class saved_tensors_hooks:
    """Pack what operations save for backward inside a `with`, in this thread.

    Args:
        pack_hook: Called with each tensor that is saved; returns any object.
        unpack_hook: Called with that object when backward needs the tensor; returns one of its shape and values.

    Raises:
        RuntimeError: At the `with`: `disable_saved_tensors_hooks` forbids it.
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if _disabled:
            raise RuntimeError(_disabled[-1])
        packers.append((get_ident(), self.pack_hook, self.unpack_hook))

    def __exit__(self, *exception: object) -> None:
        for position in reversed(range(len(packers))):
            if packers[position][1] is self.pack_hook:
                del packers[position]
                return


class save_on_cpu(saved_tensors_hooks):
    """Keep what operations save for backward in the memory of the host, inside a `with`.

    Args:
        pin_memory: Accepted.
        device_type: Accepted.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: (tensor.device, tensor.cpu()), lambda packed: packed[1].to(packed[0]))


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Forbid `saved_tensors_hooks` inside a `with`.

    Args:
        error_message: What they raise as RuntimeError.

    Raises:
        RuntimeError: Some are set already.
    """
    if packers:
        raise RuntimeError(error_message)
    _disabled.append(error_message)
    try:
        yield
    finally:
        _disabled.pop()

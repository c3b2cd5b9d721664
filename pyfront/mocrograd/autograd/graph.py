"""The graph that operations record: its nodes, and hooks on what they save."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import get_ident
from typing import Any, NamedTuple

from mocrograd import backend
from mocrograd.autograd import engine
from mocrograd.autograd.function import LEAF, Function, packers
from mocrograd.autograd.leaves import node_of
from mocrograd.backend import recording

Node = Function
_disabled: list[str] = []


class GradientEdge(NamedTuple):
    """A place in the graph where a gradient arrives: a node, and which of its outputs.

    `autograd.grad` and `backward` take it in place of a tensor.
    """

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
    return GradientEdge(*tensor._edge) if tensor._edge else GradientEdge(node_of(tensor), 0)


class _Handle:
    """Takes away several hooks."""

    def __init__(self, handles: list[Any]) -> None:
        self._handles = handles

    def remove(self) -> None:
        """Remove the hooks."""
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> _Handle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def register_multi_grad_hook(tensors: Any, fn: Callable[..., None], *, mode: str = "all") -> _Handle:
    """Call a function once in each backward, when the gradients of several tensors are known.

    Args:
        tensors: The tensors.
        fn: With mode "all" it gets a list of all gradients, None for those that this backward does not compute; with
            "any" the first gradient.
        mode: "all" or "any".

    Returns:
        A handle whose `remove()` takes the hook away again.

    Raises:
        ValueError: There is no such mode.
        RuntimeError: A tensor requires no gradient.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = list(tensors)
    waiting: dict[str, Any] = {"pass": None}

    def hook(position: int, grad: Any) -> None:
        now = engine.under_way[0]
        if waiting["pass"] is not now:
            reached = _reached(tensors[position], now) if mode == "all" else {(None, 0)}
            expected = {i for i, t in enumerate(tensors) if mode == "any" or engine.edge_of(t) in reached}
            waiting.update({"pass": now, "rest": expected, "grads": [None] * len(tensors)})
            if mode == "any":
                fn(grad)
        waiting["grads"][position] = grad
        waiting["rest"].discard(position)
        if mode == "all" and not waiting["rest"]:
            found, waiting["grads"] = waiting["grads"], []
            fn(found)

    return _Handle([t.register_hook(partial(hook, i)) for i, t in enumerate(tensors)])


def _reached(tensor: Any, now: Any) -> set[tuple[Any, int]]:
    """Return where gradients will still arrive in a pass that has come to a tensor, and that they arrived there."""
    reached: set[tuple[Any, int]] = {engine.edge_of(tensor), *[(leaf, LEAF) for leaf in now.leaves]}
    rest = [tensor.grad_fn, *now.pending]
    seen: set[Any] = {None}
    while rest:
        node = rest.pop()
        if node not in seen:
            seen.add(node)
            reached |= {(node, number) for number in range(node._outputs)}
            edges = [edge for edge in node.edges if edge is not None]
            reached.update(edges)
            rest += [target for target, number in edges if number != LEAF]
    return reached


engine.of_edges[GradientEdge] = lambda edge: (edge.node.variable, LEAF) if edge.node.number == LEAF else edge[:2]


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
        recording.switches["hooks on saved tensors"] = len(packers)

    def __exit__(self, *exception: object) -> None:
        for position in reversed(range(len(packers))):
            if packers[position][1] is self.pack_hook:
                del packers[position]
                break
        recording.switches["hooks on saved tensors"] = len(packers)


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

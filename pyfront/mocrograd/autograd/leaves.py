"""The nodes at the ends of the graph, which leaves stand for in the passes themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from mocrograd.autograd.function import LEAF, Function, HookHandle

_nodes: WeakValueDictionary[int, AccumulateGrad] = WeakValueDictionary()


class AccumulateGrad(Function):
    """Stands for a leaf where programs follow the graph: what arrives here is added to the leaf's `grad`.

    Args:
        variable: The leaf.
    """

    number = LEAF

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        """Return the node's name, as torch writes it."""
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        """Return "<AccumulateGrad>"."""
        return "<AccumulateGrad>"

    def register_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call `hook((), (grad,))` when a backward has added to the leaf's `grad`."""
        handle: HookHandle = self.variable.register_post_accumulate_grad_hook(lambda leaf: hook((), (leaf.grad,)))
        return handle

    def register_prehook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call `hook((grad,))` before the gradient is added; a tuple that it returns takes the gradient's place."""
        handle: HookHandle = self.variable.register_hook(lambda grad: (hook((grad,)) or (None,))[0])
        return handle


def node_of(leaf: Any) -> AccumulateGrad:
    """Return the node of a leaf, the same one as long as somebody holds it.

    Args:
        leaf: The leaf.
    """
    found = _nodes.get(id(leaf))
    if found is None or found.variable is not leaf:
        found = _nodes[id(leaf)] = AccumulateGrad(leaf)
    return found


def next_functions(node: Function) -> tuple[tuple[Function | None, int], ...]:
    """Return the nodes that a node's gradients go to, each with the number of its output.

    Args:
        node: The node.
    """
    edges = [edge or (None, 0) for edge in node.edges]
    return tuple([(node_of(target), 0) if number == LEAF else (target, number) for target, number in edges])


Function.next_functions = property(next_functions)

"""Nodes of graphs, of which there are none here, and what walks through arguments that hold some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd.torch._refused import Absent

Argument = Any


class Node(Absent):
    """A call in a graph; there are none."""

    _instead = "Python functions are not traced into graphs; mocrograd.compile records them"


def map_aggregate(a: Any, fn: Callable[[Any], Any]) -> Any:
    """Return tuples, lists, dicts and slices of an argument with `fn` of what they hold."""
    if isinstance(a, tuple):
        parts = [map_aggregate(x, fn) for x in a]
        return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
    if isinstance(a, list):
        return [map_aggregate(x, fn) for x in a]
    if isinstance(a, dict):
        return {key: map_aggregate(x, fn) for key, x in a.items()}
    if isinstance(a, slice):
        return slice(*[map_aggregate(x, fn) for x in (a.start, a.stop, a.step)])
    return fn(a)


def map_arg(a: Any, fn: Callable[[Node], Any]) -> Any:
    """Return an argument with `fn` of the nodes in it."""
    return map_aggregate(a, lambda x: fn(x) if isinstance(x, Node) else x)

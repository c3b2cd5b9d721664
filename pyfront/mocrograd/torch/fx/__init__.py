"""`torch.fx`: names for imports and `isinstance`; Python functions are not traced into graphs here.

`mocrograd.compile` records what a function computes, `mocrograd.export` and `mocrograd.onnx` write it down.
"""

from __future__ import annotations

from typing import Any, TypeVar

from mocrograd.nn import Module
from mocrograd.torch._refused import Absent, refused
from mocrograd.torch.fx.node import Argument as Argument
from mocrograd.torch.fx.node import Node as Node
from mocrograd.torch.fx.node import map_aggregate as map_aggregate
from mocrograd.torch.fx.node import map_arg as map_arg

_T = TypeVar("_T")
_INSTEAD = "Python functions are not traced into graphs; mocrograd.compile records them, mocrograd.onnx writes them"

symbolic_trace = refused("torch.fx.symbolic_trace", _INSTEAD)
replace_pattern = refused("torch.fx.replace_pattern", _INSTEAD)


class Graph(Absent):
    """A graph of nodes; there are none."""

    _instead = _INSTEAD


class GraphModule(Module):
    """A module that runs a graph; there are none."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError(f"torch.fx.GraphModule is not available: {_INSTEAD}")


class Proxy(Absent):
    """What stands for a tensor while a function is traced; there are none."""

    _instead = _INSTEAD


class Tracer(Absent):
    """What traces functions; there are none."""

    _instead = _INSTEAD


class Interpreter(Absent):
    """What runs a graph node by node; there are none."""

    _instead = _INSTEAD


class Transformer(Interpreter):
    """What makes a new graph of one; there are none."""


def wrap(fn_or_name: _T) -> _T:
    """Return a function, or its name, as it is: nothing is traced through it.

    Raises:
        RuntimeError: It is neither.
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    return fn_or_name

"""`torch._dynamo`: what programs say to torch's compiler of bytecode, which is not there.

`torch.compile` is `mocrograd.compile`. It records calls of kernels while Python runs, so a mark on a function or on a
tensor has nothing to change.
"""

from __future__ import annotations

from typing import Any

from mocrograd.torch._dynamo import config as config
from mocrograd.torch._dynamo import eval_frame as eval_frame
from mocrograd.torch._dynamo import exc as exc
from mocrograd.torch._dynamo.eval_frame import OptimizedModule as OptimizedModule
from mocrograd.torch._refused import refused
from mocrograd.torch.compiler import allow_in_graph as allow_in_graph
from mocrograd.torch.compiler import assume_constant_result as assume_constant_result
from mocrograd.torch.compiler import disable as disable
from mocrograd.torch.compiler import is_compiling as is_compiling
from mocrograd.torch.compiler import list_backends as list_backends
from mocrograd.torch.compiler import reset as reset

disallow_in_graph = forbid_in_graph = substitute_in_graph = allow_in_graph
export = refused("torch._dynamo.export", "mocrograd.export and mocrograd.onnx write down what a function computes")


def graph_break(msg: str = "") -> None:
    """Do nothing: no bytecode is compiled."""


def mark_dynamic(t: Any, index: Any, **options: Any) -> None:
    """Do nothing: a compiled function has a plan for each shape.

    Args:
        t: A tensor.
        index: A dimension or several.
        options: Accepted.
    """


maybe_mark_dynamic = mark_unbacked = mark_dynamic


def mark_static(t: Any, index: Any = None) -> None:
    """Do nothing: a compiled function has a plan for each shape.

    Args:
        t: A tensor.
        index: A dimension or several.
    """


def mark_static_address(t: Any, guard: bool = True) -> None:
    """Do nothing: plans find out what stays in its place.

    Args:
        t: A tensor.
        guard: Accepted.
    """


def run(fn: Any = None) -> Any:
    """Return a function as it is."""
    return fn

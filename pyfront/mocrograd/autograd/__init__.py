"""Reverse-mode differentiation: the graph that operations record, and the backward pass through it.

A differentiable operation is a `Function`: `forward` directly above `backward`. Applying it records one node (an
instance of the function) whose edges lead to the nodes of its inputs. Nodes are numbered as they are made, so
descending numbers are a topological order, and the backward pass is a loop. A node frees what it saved as soon as it is
used, unless the graph is retained.

This module knows tensors only by their attributes (`requires_grad`, `grad_fn`, `grad`, `detach`, ...), so that
tensor.py can import it.
"""

import typing as _typing
from importlib import import_module as _import_module

from mocrograd.autograd import graph as graph
from mocrograd.autograd.anomaly import detect_anomaly as detect_anomaly
from mocrograd.autograd.anomaly import is_anomaly_enabled as is_anomaly_enabled
from mocrograd.autograd.anomaly import set_detect_anomaly as set_detect_anomaly
from mocrograd.autograd.engine import PostAccumulateHook as PostAccumulateHook
from mocrograd.autograd.engine import backward as backward
from mocrograd.autograd.engine import grad as grad
from mocrograd.autograd.function import LEAF as LEAF
from mocrograd.autograd.function import Function as Function
from mocrograd.autograd.function import HookHandle as HookHandle
from mocrograd.autograd.function import attach as attach
from mocrograd.autograd.function import clock as clock
from mocrograd.autograd.gradcheck import gradcheck as gradcheck
from mocrograd.autograd.gradcheck import gradgradcheck as gradgradcheck
from mocrograd.autograd.modes import enable_grad as enable_grad
from mocrograd.autograd.modes import inference_mode as inference_mode
from mocrograd.autograd.modes import is_grad_enabled as is_grad_enabled
from mocrograd.autograd.modes import mode as mode
from mocrograd.autograd.modes import no_grad as no_grad
from mocrograd.autograd.modes import set_grad_enabled as set_grad_enabled
from mocrograd.autograd.variable import Variable as Variable

_PROFILER = {"_profiler_enabled": "running", "_disable_profiler": "stop"}


def __getattr__(name: str) -> _typing.Any:
    """Import forward mode, and the older profiler of torch's programs, at their first use."""
    if name in ("forward_ad", "profiler"):
        return _import_module(f"mocrograd.autograd.{name}")
    if name in _PROFILER:
        return getattr(_import_module("mocrograd.autograd.profiler"), _PROFILER[name])
    raise AttributeError(f"module 'mocrograd.autograd' has no attribute {name!r}")

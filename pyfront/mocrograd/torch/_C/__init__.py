"""Names of torch's compiled part that packages touch."""

from __future__ import annotations

from typing import Any

from mocrograd.ops.random import Generator as Generator
from mocrograd.overriding import disabled_torch_function, state
from mocrograd.tensor import Tensor
from mocrograd.torch._C import _nn as _nn
from mocrograd.torch._C.archive import PyTorchFileReader as PyTorchFileReader
from mocrograd.torch._refused import Absent

_TensorMeta = type(Tensor)
TensorBase = Tensor
_disabled_torch_function_impl = disabled_torch_function


class Graph(Absent):
    """A graph of TorchScript; there are none."""


class Value(Absent):
    """A value in a graph of TorchScript; there are none."""


class Node(Absent):
    """A node in a graph of TorchScript; there are none."""


class ScriptModule(Absent):
    """A module of TorchScript; there are none."""


def _log_api_usage_once(event: str) -> None:
    """Do nothing: uses are not counted."""


def _get_privateuse1_backend_name() -> str:
    return "privateuseone"


def _cuda_isInBadFork() -> bool:
    return False


def _cuda_clearCublasWorkspaces() -> None:
    pass


class DisableTorchFunctionSubclass:
    """Keeps classes of arguments from overriding functions, as a context; modes see calls."""

    def __enter__(self) -> None:
        self._before = state.off, state.modes_off
        state.off = True

    def __exit__(self, *exception: object) -> None:
        state.off, state.modes_off = self._before


class DisableTorchFunction(DisableTorchFunctionSubclass):
    """Keeps classes of arguments and modes from overriding functions, as a context."""

    def __enter__(self) -> None:
        super().__enter__()
        state.modes_off = True


def _is_torch_function_enabled() -> bool:
    return not state.off


def _is_torch_function_mode_enabled() -> bool:
    return not state.modes_off


def _jit_set_profiling_executor(enabled: bool) -> bool:
    """Do nothing: functions run as Python. So do the other switches of TorchScript."""
    return False


def _accept(*values: Any) -> bool:
    return False


_jit_set_profiling_mode = _jit_set_texpr_fuser_enabled = _jit_set_nvfuser_enabled = _accept
_jit_override_can_fuse_on_cpu = _jit_override_can_fuse_on_gpu = _jit_can_fuse_on_cpu = _jit_can_fuse_on_gpu = _accept

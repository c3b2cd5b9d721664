"""Names of torch's compiled part that packages touch."""

from __future__ import annotations

from typing import Any

from mocrograd.ops.random import Generator as Generator
from mocrograd.tensor import Tensor
from mocrograd.torch._C import _nn as _nn
from mocrograd.torch._C.archive import PyTorchFileReader as PyTorchFileReader
from mocrograd.torch._refused import Absent

_TensorMeta = type(Tensor)
TensorBase = Tensor


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


def _is_torch_function_enabled() -> bool:
    return True


def _jit_set_profiling_executor(enabled: bool) -> bool:
    """Do nothing: functions run as Python. So do the other switches of TorchScript."""
    return False


def _accept(*values: Any) -> bool:
    return False


_jit_set_profiling_mode = _jit_set_texpr_fuser_enabled = _jit_set_nvfuser_enabled = _accept
_jit_override_can_fuse_on_cpu = _jit_override_can_fuse_on_gpu = _jit_can_fuse_on_cpu = _jit_can_fuse_on_gpu = _accept

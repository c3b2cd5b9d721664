"""Processes that compute together. There is no engine for them yet: this process is alone.

`is_available` says so, and programs that ask it run in one process. The classes are here for imports and `isinstance`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Any, NoReturn

from mocrograd.distributed import constants as constants

GradBucket = Any


class ReduceOp(Enum):
    """How values of several processes become one."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
    PREMUL_SUM = 8


reduce_op = ReduceOp


class Backend(str):
    """The name of what carries data between processes."""

    UNDEFINED = "undefined"
    GLOO = "gloo"
    NCCL = "nccl"
    UCC = "ucc"
    MPI = "mpi"
    XCCL = "xccl"
    backend_list = (UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI)
    default_device_backend_map = {"cpu": GLOO, "cuda": NCCL}  # noqa: RUF012

    def __new__(cls, name: str) -> Backend:
        """Return the name in small letters."""
        if not isinstance(name, str):
            raise ValueError("Backend constructor parameter must be string-ish")
        return super().__new__(cls, name.lower())


class ProcessGroup:
    """Processes that compute together; there are none."""


class Work:
    """An exchange between processes that may still be under way; there are none."""


class Store:
    """Where processes leave notes for each other; there are none."""


class TCPStore(Store):
    """A store at an address; there are none."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _no_engine("TCPStore")


class FileStore(Store):
    """A store in a file; there are none."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _no_engine("FileStore")


class HashStore(Store):
    """A store in memory; there are none."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _no_engine("HashStore")


class GroupMember:
    """What stands for the group of all processes, and for none."""

    WORLD: ProcessGroup | None = None
    NON_GROUP_MEMBER = -100


group = GroupMember


class DistError(RuntimeError):
    """Something went wrong between processes."""


DistBackendError = DistNetworkError = DistStoreError = DistError


def _no_engine(name: str) -> NoReturn:
    raise RuntimeError(
        f"torch.distributed.{name}: there is no engine for several processes yet (is_available() is False); "
        "run the program in one process, without a launcher"
    )


def is_available() -> bool:
    """Return False: there is no engine for several processes yet."""
    return False


def is_initialized() -> bool:
    """Return False: this process is alone."""
    return False


def is_nccl_available() -> bool:
    """Return False."""
    return False


is_gloo_available = is_mpi_available = is_ucc_available = is_xccl_available = is_nccl_available


def is_backend_available(backend: str) -> bool:
    """Return False."""
    return False


def is_torchelastic_launched() -> bool:
    """Return whether torch's launcher has started this process."""
    return os.environ.get("TORCHELASTIC_RUN_ID") is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    **options: Any,
) -> None:
    """Raise RuntimeError: there is no engine for several processes yet."""
    _no_engine("init_process_group")


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """Raise AssertionError as torch does where there is no group."""
    raise AssertionError("Process group cannot be None")


def _of_a_group(name: str) -> Callable[..., Any]:
    """Return a function that needs a group, and raises as torch does where there is none."""

    def function(*args: Any, **options: Any) -> NoReturn:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Raise ValueError: there is no group of processes."
    return function


get_rank = _of_a_group("get_rank")
get_world_size = _of_a_group("get_world_size")
get_backend = _of_a_group("get_backend")
get_process_group_ranks = _of_a_group("get_process_group_ranks")
get_global_rank = _of_a_group("get_global_rank")
get_group_rank = _of_a_group("get_group_rank")
new_group = _of_a_group("new_group")
new_subgroups = _of_a_group("new_subgroups")
barrier = _of_a_group("barrier")
monitored_barrier = _of_a_group("monitored_barrier")
broadcast = _of_a_group("broadcast")
broadcast_object_list = _of_a_group("broadcast_object_list")
all_reduce = _of_a_group("all_reduce")
reduce = _of_a_group("reduce")
all_gather = _of_a_group("all_gather")
all_gather_into_tensor = _of_a_group("all_gather_into_tensor")
all_gather_object = _of_a_group("all_gather_object")
gather = _of_a_group("gather")
gather_object = _of_a_group("gather_object")
scatter = _of_a_group("scatter")
scatter_object_list = _of_a_group("scatter_object_list")
reduce_scatter = _of_a_group("reduce_scatter")
reduce_scatter_tensor = _of_a_group("reduce_scatter_tensor")
all_to_all = _of_a_group("all_to_all")
all_to_all_single = _of_a_group("all_to_all_single")
send = _of_a_group("send")
recv = _of_a_group("recv")
isend = _of_a_group("isend")
irecv = _of_a_group("irecv")


def __getattr__(name: str) -> Any:
    """Import the module of meshes at its first use."""
    if name in ("DeviceMesh", "init_device_mesh"):
        from mocrograd.distributed import device_mesh

        return getattr(device_mesh, name)
    raise AttributeError(f"module 'torch.distributed' has no attribute {name!r}")

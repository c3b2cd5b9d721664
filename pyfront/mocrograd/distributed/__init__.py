"""Processes that compute together over MPI, with torch's names.

- `mpi.py`: mpi4py, and what the launcher said. `world.py`, `groups.py`: groups, and waiting for their members.
- `collectives.py`, `objects.py`, `messages.py`: the exchanges; `calls.py` has what they share, `work.py` the thread.
- `cards.py`, `nccl.py`: the exchanges of tensors on GPUs, by NCCL.
- `ending.py`: how a program ends where one of its processes does. `launch.py`: starting one.

Everything can be imported and asked without MPI, and in a group of one all exchanges do nothing.

The examples below are those of a program of two processes, `mocrograd launch -n 2 FILE`, that begins with

    import mocrograd as mg
    from mocrograd import distributed as dist

    dist.init_process_group("mpi")

and print the same in both.
"""

from __future__ import annotations

import os
from typing import Any, NoReturn

from mocrograd import backend
from mocrograd.distributed import constants as constants
from mocrograd.distributed import nccl
from mocrograd.distributed.collectives import all_gather as all_gather
from mocrograd.distributed.collectives import all_gather_into_tensor as all_gather_into_tensor
from mocrograd.distributed.collectives import all_reduce as all_reduce
from mocrograd.distributed.collectives import all_to_all as all_to_all
from mocrograd.distributed.collectives import all_to_all_single as all_to_all_single
from mocrograd.distributed.collectives import barrier as barrier
from mocrograd.distributed.collectives import broadcast as broadcast
from mocrograd.distributed.collectives import gather as gather
from mocrograd.distributed.collectives import monitored_barrier as monitored_barrier
from mocrograd.distributed.collectives import reduce as reduce
from mocrograd.distributed.collectives import reduce_scatter as reduce_scatter
from mocrograd.distributed.collectives import reduce_scatter_tensor as reduce_scatter_tensor
from mocrograd.distributed.collectives import scatter as scatter
from mocrograd.distributed.groups import ProcessGroup as ProcessGroup
from mocrograd.distributed.messages import P2POp as P2POp
from mocrograd.distributed.messages import batch_isend_irecv as batch_isend_irecv
from mocrograd.distributed.messages import irecv as irecv
from mocrograd.distributed.messages import isend as isend
from mocrograd.distributed.messages import recv as recv
from mocrograd.distributed.messages import recv_object_list as recv_object_list
from mocrograd.distributed.messages import send as send
from mocrograd.distributed.messages import send_object_list as send_object_list
from mocrograd.distributed.objects import all_gather_object as all_gather_object
from mocrograd.distributed.objects import broadcast_object_list as broadcast_object_list
from mocrograd.distributed.objects import gather_object as gather_object
from mocrograd.distributed.objects import scatter_object_list as scatter_object_list
from mocrograd.distributed.reductions import ReduceOp as ReduceOp
from mocrograd.distributed.reductions import reduce_op as reduce_op
from mocrograd.distributed.work import Work as Work
from mocrograd.distributed.world import GroupMember as GroupMember
from mocrograd.distributed.world import destroy_process_group as destroy_process_group
from mocrograd.distributed.world import get_backend as get_backend
from mocrograd.distributed.world import get_global_rank as get_global_rank
from mocrograd.distributed.world import get_group_rank as get_group_rank
from mocrograd.distributed.world import get_local_rank as get_local_rank
from mocrograd.distributed.world import get_node_local_rank as get_node_local_rank
from mocrograd.distributed.world import get_process_group_ranks as get_process_group_ranks
from mocrograd.distributed.world import get_rank as get_rank
from mocrograd.distributed.world import get_world_size as get_world_size
from mocrograd.distributed.world import group as group
from mocrograd.distributed.world import init_process_group as init_process_group
from mocrograd.distributed.world import is_available as is_available
from mocrograd.distributed.world import is_initialized as is_initialized
from mocrograd.distributed.world import new_group as new_group
from mocrograd.distributed.world import new_subgroups as new_subgroups
from mocrograd.distributed.world import new_subgroups_by_enumeration as new_subgroups_by_enumeration

GradBucket = Any


class Backend(str):
    """The name of what carries data between processes.

    Example:
        >>> dist.Backend("MPI"), dist.Backend.NCCL
        ('mpi', 'nccl')
    """

    UNDEFINED = "undefined"
    GLOO = "gloo"
    NCCL = "nccl"
    UCC = "ucc"
    MPI = "mpi"
    XCCL = "xccl"
    backend_list = (UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI)
    default_device_backend_map = {"cpu": MPI, "gpu": NCCL, "cuda": NCCL}  # noqa: RUF012

    def __new__(cls, name: str) -> Backend:
        """Return the name in small letters."""
        if not isinstance(name, str):
            raise ValueError("Backend constructor parameter must be string-ish")
        return super().__new__(cls, name.lower())


class Store:
    """Where processes leave notes for each other; there are none."""


class TCPStore(Store):
    """A store at an address; there are none."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _no_store("TCPStore")


class FileStore(Store):
    """A store in a file; there are none."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _no_store("FileStore")


class HashStore(Store):
    """A store in memory; there are none."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _no_store("HashStore")


class DistError(RuntimeError):
    """Something went wrong between processes.

    Example:
        >>> issubclass(dist.DistBackendError, RuntimeError)
        True
    """


DistBackendError = DistNetworkError = DistStoreError = DistError


def _no_store(name: str) -> NoReturn:
    raise RuntimeError(
        f"torch.distributed.{name}: MPI starts the processes and tells them of each other, so there are no stores; "
        "use broadcast_object_list or all_gather_object"
    )


def is_nccl_available() -> bool:
    """Return whether there are a GPU and NCCL."""
    return backend.device_count() > 0 and nccl.is_installed()


def is_gloo_available() -> bool:
    """Return False: MPI carries the data of the CPU.

    Example:
        >>> dist.is_gloo_available()
        False
    """
    return False


is_ucc_available = is_xccl_available = is_gloo_available


def is_mpi_available() -> bool:
    """Return whether mpi4py is installed.

    Example:
        >>> dist.is_mpi_available()
        True
    """
    return is_available()


def is_backend_available(backend: str) -> bool:
    """Return whether a name is that of MPI, and mpi4py is installed, or of NCCL, and there are it and a GPU.

    Example:
        >>> dist.is_backend_available("mpi"), dist.is_backend_available("gloo")
        (True, False)
    """
    return is_available() and (backend.lower() == "mpi" or (backend.lower() == "nccl" and is_nccl_available()))


def get_default_backend_for_device(device: Any) -> str:
    """Return the name of what carries the data of a device: "mpi" for the CPU, "nccl" for GPUs.

    Args:
        device: A device, or its name.

    Raises:
        ValueError: Nothing carries the data of that device.

    Example:
        >>> dist.get_default_backend_for_device("cpu"), dist.get_default_backend_for_device("cuda")
        ('mpi', 'nccl')
    """
    kind = str(device).partition(":")[0]
    if kind not in Backend.default_device_backend_map:
        raise ValueError(f"Default backend not registered for device : {kind}")
    return Backend.default_device_backend_map[kind]


def is_torchelastic_launched() -> bool:
    """Return whether torch's launcher has started this process.

    Example:
        >>> dist.is_torchelastic_launched()
        False
    """
    return os.environ.get("TORCHELASTIC_RUN_ID") is not None


def __getattr__(name: str) -> Any:
    """Import the module of meshes at its first use."""
    if name in ("DeviceMesh", "init_device_mesh"):
        from mocrograd.distributed import device_mesh

        return getattr(device_mesh, name)
    raise AttributeError(f"module 'torch.distributed' has no attribute {name!r}")

"""The group of all processes: joining it, leaving it, and groups of some of its members."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from mocrograd import backend
from mocrograd.backend.setting import available_cores
from mocrograd.distributed import ending, mpi, work
from mocrograd.distributed.groups import ProcessGroup


class GroupMember:
    """What stands for the group of all processes, and for none.

    Example:
        >>> dist.get_world_size(dist.GroupMember.WORLD)
        2
    """

    WORLD: ProcessGroup | None = None
    NON_GROUP_MEMBER = -100


group = GroupMember
_groups: list[ProcessGroup] = []


def is_available() -> bool:
    """Return whether several processes can compute together: whether mpi4py is installed.

    Example:
        >>> dist.is_available()
        True
    """
    return mpi.is_installed()


def is_initialized() -> bool:
    """Return whether this process has joined the group of all.

    Example:
        >>> dist.is_initialized()
        True
    """
    return GroupMember.WORLD is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Join the group of all processes, which MPI has started.

    A process that no launcher started is a group of one, for which all exchanges do nothing; it needs no MPI.

    Args:
        backend: "mpi"; other names mean it too. Whatever the name, NCCL carries the data of tensors on GPUs.
        init_method: Accepted.
        timeout: How long processes wait for each other; 30 minutes by default.
        world_size: How many processes there must be.
        rank: The number that this one must have.
        store: Accepted.
        group_name: Accepted.
        pg_options: Accepted.
        device_id: Accepted.

    Raises:
        ImportError: There are several processes, and mpi4py or an MPI library is missing.
        ValueError: This process has joined already, or `world_size` or `rank` is not what MPI says.
        RuntimeError: MPI knows other processes than the launcher started.
    """
    if GroupMember.WORLD is not None:
        raise ValueError("trying to initialize the default process group twice!")
    if timeout is not None and not isinstance(timeout, timedelta):
        raise TypeError(f"Expected timeout argument to be of type datetime.timedelta, got {timeout!r}")
    if mpi.launched() or mpi.launched_size() > 1 or world_size > 1:
        MPI = mpi.load()
        mpi.check_size(MPI.COMM_WORLD.size)
        size, own = MPI.COMM_WORLD.size, MPI.COMM_WORLD.rank
    else:
        size, own = 1, 0
    if world_size not in (-1, size) or rank not in (-1, own):
        raise ValueError(
            f"init_process_group: MPI has started {size} processes, and this is rank {own}; got world_size="
            f"{world_size}, rank={rank}. Start with `mocrograd launch -n {max(world_size, 1)}`"
        )
    if size > 1 and backend is not None and str(backend).lower() not in _names():
        warnings.warn(f"init_process_group: MPI carries the data, not {backend!r}", stacklevel=2)
    comm = MPI.COMM_WORLD.Dup() if size > 1 else None
    GroupMember.WORLD = ProcessGroup(comm, range(size), timeout, group_name or "world")
    _groups.append(GroupMember.WORLD)
    if size > 1:
        os.environ.setdefault("RANK", str(own))
        ending.register(_leave)
        _check_versions(comm)
        _share_cores(comm)


def _names() -> tuple[str, ...]:
    """Return the names of what carries data here."""
    return ("mpi", "nccl", "cpu:mpi,cuda:nccl") if backend.device_count() else ("mpi",)


def _check_versions(comm: Any) -> None:
    """Compare what processes run, which machines may have in several versions.

    Raises:
        RuntimeError: They differ.
    """
    version = getattr(sys.modules["mocrograd"], "__version__", "?")
    found: dict[str, list[str]] = {}
    for rank, (host, what) in enumerate(comm.allgather((socket.gethostname(), f"mocrograd {version}"))):
        found.setdefault(what, []).append(f"{rank} on {host}")
    if len(found) > 1:
        told = "; ".join(f"{what}: rank {', '.join(ranks)}" for what, ranks in found.items())
        raise RuntimeError(f"init_process_group: processes run different versions: {told}")


def _share_cores(comm: Any) -> None:
    """Choose the number of threads by the cores that this process may use, and who else may use them."""
    if not hasattr(os, "sched_getaffinity"):
        return
    here = socket.gethostname(), frozenset(os.sched_getaffinity(0))
    sharing = sum(host == here[0] and bool(cores & here[1]) for host, cores in comm.allgather(here))
    backend.share_cores(max(1, min(available_cores(), len(here[1]) // sharing)))


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """Leave a group, the one of all processes by default; whoever still waits for this process there is told.

    Raises:
        AssertionError: There is none, as in torch.
    """
    if GroupMember.WORLD is None:
        raise AssertionError("Process group cannot be None")
    if group in (None, GroupMember.WORLD):
        for one in _groups:
            _close_cards(one)
        _leave()
        _groups.clear()
        GroupMember.WORLD = None
    elif isinstance(group, ProcessGroup) and group in _groups:
        _groups.remove(group)
        _close_cards(group)
        group.say_farewell()


def _close_cards(group: ProcessGroup) -> None:
    if group.cards is not None:
        group.cards.close()


def _leave() -> None:
    work.stop()
    for one in _groups:
        if one.cards is not None:
            one.cards.abort()
        one.say_farewell()


def world() -> ProcessGroup:
    """Return the group of all processes.

    Raises:
        ValueError: This process has joined none.
    """
    if GroupMember.WORLD is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return GroupMember.WORLD


def resolve(group: Any) -> ProcessGroup | None:
    """Return a group, that of all processes for None; None where this process is not in it.

    Raises:
        TypeError: It is no group.
    """
    default = world()
    if group is None:
        return default
    if isinstance(group, ProcessGroup):
        return group
    if group == GroupMember.NON_GROUP_MEMBER:
        return None
    raise TypeError(f"expected a ProcessGroup, got {group!r}")


def get_rank(group: Any = None) -> int:
    """Return the number of this process in a group, -1 where it is not in it.

    Example:
        >>> dist.get_rank() in (0, 1)
        True
    """
    found = resolve(group)
    return -1 if found is None else found.rank()


def get_world_size(group: Any = None) -> int:
    """Return how many processes are in a group, -1 where this one is not.

    Example:
        >>> dist.get_world_size()
        2
    """
    found = resolve(group)
    return -1 if found is None else found.size()


def get_local_rank() -> int:
    """Return the number of this process among those on its machine.

    Example:
        >>> 0 <= dist.get_local_rank() < dist.get_world_size()
        True
    """
    return mpi.local_rank()


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """Return the number of this process among those on its machine.

    Example:
        >>> dist.get_node_local_rank() == dist.get_local_rank()
        True
    """
    return mpi.local_rank()


def get_backend(group: Any = None) -> str:
    """Return "mpi".

    Raises:
        ValueError: There is no group, or this process is not in it.

    Example:
        >>> dist.get_backend()
        'mpi'
    """
    if resolve(group) is None:
        raise ValueError("Invalid process group specified")
    return "mpi"


def get_process_group_ranks(group: Any = None) -> list[int]:
    """Return the ranks of the members of a group among all processes.

    Example:
        >>> second = dist.new_group([1])
        >>> dist.get_process_group_ranks(second) if dist.get_rank() == 1 else [1]
        [1]
    """
    found = resolve(group)
    return [] if found is None else list(found.ranks)


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """Return the rank among all processes of a member of a group.

    Raises:
        ValueError: There is no such member.

    Example:
        >>> second = dist.new_group([1])
        >>> dist.get_global_rank(second, 0) if dist.get_rank() == 1 else 1
        1
    """
    if not 0 <= group_rank < group.size():
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return group.ranks[group_rank]


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """Return the number in a group of a rank among all processes.

    Raises:
        ValueError: It is not in the group.

    Example:
        >>> second = dist.new_group([1])
        >>> dist.get_group_rank(second, 1) if dist.get_rank() == 1 else 0
        0
    """
    return group.number(global_rank)


def new_group(
    ranks: Iterable[int] | None = None,
    timeout: timedelta | None = None,
    backend: str | None = None,
    pg_options: Any = None,
    use_local_synchronization: bool = False,
    group_desc: str | None = None,
    device_id: Any = None,
) -> Any:
    """Make a group of some of the processes; all processes must call it, also those that are not in it.

    Args:
        ranks: The members; all by default.
        timeout: How long they wait for each other; that of the group of all by default.
        backend: Accepted.
        pg_options: Accepted.
        use_local_synchronization: Accepted.
        group_desc: A name.
        device_id: Accepted.

    Returns:
        The group, or `GroupMember.NON_GROUP_MEMBER` where this process is not in it.

    Raises:
        ValueError: A rank comes twice, or there is none such.
        RuntimeError: Processes name other ranks.

    Example:
        >>> swapped = dist.new_group([1, 0])
        >>> dist.get_world_size(swapped)
        2
    """
    everyone = world()
    members = sorted(range(everyone.size()) if ranks is None else ranks)
    if len(set(members)) != len(members):
        raise ValueError(f"new_group: a rank comes twice in {members}")
    if not members or not all(0 <= rank < everyone.size() for rank in members):
        raise ValueError(f"new_group: expected ranks from 0 to {everyone.size() - 1}, got {members}")
    own = everyone.rank()
    comm = None
    if everyone.comm is not None:
        everyone.agree("new_group", *members)
        comm = everyone.comm.Split(0 if own in members else 1, own)
    if own not in members:
        return GroupMember.NON_GROUP_MEMBER
    limit = timeout or timedelta(seconds=everyone.timeout)
    made = ProcessGroup(comm if len(members) > 1 else None, members, limit, group_desc or f"group {len(_groups)}")
    _groups.append(made)
    return made


def new_subgroups_by_enumeration(
    ranks_per_subgroup_list: Iterable[Iterable[int]], timeout: timedelta | None = None, backend: str | None = None,
    pg_options: Any = None, group_desc: str | None = None,
) -> tuple[Any, list[Any]]:  # fmt: skip
    """Make groups that have no member in common.

    Args:
        ranks_per_subgroup_list: The members of each.
        timeout: How long they wait for each other.
        backend: Accepted.
        pg_options: Accepted.
        group_desc: A name.

    Returns:
        The group of this process, None where it is in none; and all, as `new_group` returns them.

    Raises:
        ValueError: A rank is in two of them, or there is none such.

    Example:
        >>> mine, groups = dist.new_subgroups_by_enumeration([[0], [1]])
        >>> mine.size(), len(groups)
        (1, 2)
    """
    lists = [list(ranks) for ranks in ranks_per_subgroup_list]
    flat = [rank for ranks in lists for rank in ranks]
    if len(set(flat)) != len(flat):
        raise ValueError(f"a rank is in two groups: {lists}")
    made = [new_group(ranks, timeout, group_desc=group_desc) for ranks in lists]
    return next((one for one in made if isinstance(one, ProcessGroup)), None), made


def new_subgroups(
    group_size: int | None = None, group: Any = None, timeout: timedelta | None = None, backend: str | None = None,
    pg_options: Any = None, group_desc: str | None = None,
) -> tuple[Any, list[Any]]:  # fmt: skip
    """Cut all processes into groups of one size, of ranks that follow each other.

    Args:
        group_size: How many members each has.
        group: Must be None or the group of all.
        timeout: How long they wait for each other.
        backend: Accepted.
        pg_options: Accepted.
        group_desc: A name.

    Returns:
        The group of this process, and all, as `new_group` returns them.

    Raises:
        ValueError: The size does not divide the number of processes.

    Example:
        >>> mine, groups = dist.new_subgroups(group_size=1)
        >>> mine.size(), len(groups)
        (1, 2)
    """
    size = get_world_size()
    each = group_size or size
    if each < 1 or size % each:
        raise ValueError(f"The world size ({size}) must be divisible by the group size ({each})")
    return new_subgroups_by_enumeration(
        [range(first, first + each) for first in range(0, size, each)], timeout, group_desc=group_desc
    )

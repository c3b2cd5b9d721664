"""Exchanges of Python objects, as pickle writes them: only with processes that you trust."""

from __future__ import annotations

from typing import Any

from mocrograd.distributed.calls import Agree, exchange, member, peer


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Collect an object of each process in all of them.

    Args:
        object_list: A list with a position for each rank, which it fills.
        obj: What this process gives.
        group: The processes; all by default.

    Raises:
        ValueError: The list has another length.

    Example:
        >>> found = [None, None]
        >>> dist.all_gather_object(found, {"rank": dist.get_rank()})
        >>> found
        [{'rank': 0}, {'rank': 1}]
    """
    found = member("all_gather_object", group)
    if found is None:
        return
    _check_length("all_gather_object", object_list, found.size())

    def operate(comm: Any, agree: Agree) -> None:
        object_list[:] = comm.allgather(obj)

    exchange(found, ("all_gather_object",), operate, [], False, lambda: object_list.__setitem__(0, obj))


def _check_length(name: str, objects: Any, count: int) -> None:
    if not isinstance(objects, list):
        raise TypeError(f"{name}: expected a list, got {type(objects).__name__}")
    if len(objects) != count:
        raise ValueError(f"{name}: expected a list of {count}, one position for each rank, got {len(objects)}")


def gather_object(
    obj: Any, object_gather_list: list[Any] | None = None, dst: int | None = None, group: Any = None,
    group_dst: int | None = None,
) -> None:  # fmt: skip
    """Collect an object of each process in one of them.

    Args:
        obj: What this process gives.
        object_gather_list: A list with a position for each rank, in the process that collects.
        dst: The rank that collects.
        group: The processes; all by default.
        group_dst: Instead of `dst`, the number in the group.

    Raises:
        ValueError: The list is missing where it collects, given elsewhere, or of another length.

    Example:
        >>> found = [None, None] if dist.get_rank() == 0 else None
        >>> dist.gather_object(f"process {dist.get_rank()}", found, dst=0)
        >>> found is None or found == ["process 0", "process 1"]
        True
    """
    found = member("gather_object", group)
    if found is None:
        return
    root = peer(found, dst, group_dst, "dst")
    collects = found.rank() == root
    if collects:
        _check_length("gather_object", object_gather_list or [], found.size())
    elif object_gather_list:
        raise ValueError("Argument object_gather_list should only be specified on destination rank.")
    targets = object_gather_list if object_gather_list is not None else []

    def operate(comm: Any, agree: Agree) -> None:
        gathered = comm.gather(obj, root)
        if collects:
            targets[:] = gathered

    exchange(found, ("gather_object", f"dst={root}"), operate, [], False, lambda: targets.__setitem__(0, obj))


def broadcast_object_list(
    object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None, group_src: int | None = None
) -> None:
    """Send a list of objects from one process to the others.

    Args:
        object_list: The objects; in the others a list of that length, whose elements are replaced.
        src: The rank that sends.
        group: The processes; all by default.
        device: Accepted.
        group_src: Instead of `src`, the number in the group.

    Raises:
        RuntimeError: Lists have different lengths.

    Example:
        >>> found = ["run-17"] if dist.get_rank() == 0 else [None]
        >>> dist.broadcast_object_list(found, src=0)
        >>> found
        ['run-17']
    """
    found = member("broadcast_object_list", group)
    if found is None:
        return
    root = peer(found, src, group_src, "src")

    def operate(comm: Any, agree: Agree) -> None:
        object_list[:] = comm.bcast(object_list, root)

    call = ("broadcast_object_list", f"{len(object_list)} objects", f"src={root}")
    exchange(found, call, operate, [], False)


def scatter_object_list(
    scatter_object_output_list: list[Any], scatter_object_input_list: list[Any] | None = None,
    src: int | None = None, group: Any = None, group_src: int | None = None,
) -> None:  # fmt: skip
    """Send each process an object from one process.

    Args:
        scatter_object_output_list: A list whose first element becomes the object.
        scatter_object_input_list: An object for each rank, in the process that sends.
        src: The rank that sends.
        group: The processes; all by default.
        group_src: Instead of `src`, the number in the group.

    Raises:
        ValueError: The list to send is missing, or of another length.

    Example:
        >>> mine = [None]
        >>> dist.scatter_object_list(mine, ["first", "second"] if dist.get_rank() == 0 else None, src=0)
        >>> mine[0] == ("first", "second")[dist.get_rank()]
        True
    """
    found = member("scatter_object_list", group)
    if found is None:
        return
    if not scatter_object_output_list:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    root = peer(found, src, group_src, "src")
    sends = found.rank() == root
    if sends:
        _check_length("scatter_object_list", scatter_object_input_list or [], found.size())
    given = scatter_object_input_list if sends else None

    def operate(comm: Any, agree: Agree) -> None:
        scatter_object_output_list[0] = comm.scatter(given, root)

    def alone() -> None:
        scatter_object_output_list[0] = (given or [None])[0]

    exchange(found, ("scatter_object_list", f"src={root}"), operate, [], False, alone)

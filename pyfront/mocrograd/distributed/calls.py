"""What all exchanges have in common: they agree on the call, then move data, now or in a thread."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mocrograd import backend
from mocrograd.distributed import cards, mpi, world
from mocrograd.distributed.groups import MOVES, ProcessGroup
from mocrograd.distributed.memory import as_bytes
from mocrograd.distributed.work import Work, start
from mocrograd.tensor import Tensor

Agree = Callable[..., None]
Operation = Callable[[Any, Agree], None]
OnCards = Callable[[cards.Communicator], Any]


def member(name: str, group: Any) -> ProcessGroup | None:
    """Return the group of a call; None, with a warning as torch's, where this process is not in it."""
    found = world.resolve(group)
    if found is None:
        warnings.warn(
            f"Running {name} on global rank {world.get_rank()} which does not belong to the group", stacklevel=3
        )
    return found


def peer(group: ProcessGroup, rank: int | None, group_rank: int | None, name: str, default: int | None = 0) -> int:
    """Return the number in a group of the one who sends or receives.

    Args:
        group: The group.
        rank: Its rank among all processes.
        group_rank: Its number in the group.
        name: The argument, for messages.
        default: Its number where neither is given.

    Raises:
        ValueError: Both are given, or none where one must be, or there is no such member.
    """
    if rank is not None and group_rank is not None:
        raise ValueError(f"Can't specify both {name} and group_{name}")
    if rank is not None:
        return group.number(rank)
    found = default if group_rank is None else group_rank
    if found is None or not 0 <= found < group.size():
        raise ValueError(f"expected {name}, a rank of {group}, got {found}")
    return found


def exchange(
    group: ProcessGroup, call: Sequence[Any], operate: Operation, written: Iterable[Tensor], async_op: bool,
    alone: Callable[[], Any] | None = None, result: Any = None, *, on_cards: OnCards | None = None,
    device: backend.device = backend.cpu,
) -> Work | None:  # fmt: skip
    """Make a call together with the other members of a group.

    Args:
        group: The group.
        call: The function's name and what must be equal in all processes.
        operate: Moves the data: called with the communicator and with what compares further facts.
        written: The tensors that it fills.
        async_op: Whether it is done by the thread, while this process goes on.
        alone: What to do in a group of one.
        result: What the `Work` gives; the tensors by default.
        on_cards: Moves the data of tensors on GPUs: called with what gives NCCL work.
        device: Where the tensors are.

    Returns:
        The `Work` where `async_op` is set.

    Raises:
        RuntimeError: Members make different calls, one has left or does not come, or MPI fails.
    """
    name = str(call[0])
    tensors = list(written)
    for tensor in tensors:
        tensor._changed()
    filled = tensors if result is None else result
    work = Work(group, name, filled)
    if device.handle and on_cards is not None and group.size() > 1:
        work = cards.exchange(group, call, on_cards, device, filled)
        if not async_op:
            work.wait()
    elif group.size() == 1:
        if alone is not None:
            alone()
        work.finish()
    elif not async_op:
        _run(call, operate, group.comm, group.agree)
    else:
        start(work, lambda: _run(call, operate, group.later, group.agree_in_thread))
    return work if async_op else None


def _run(call: Sequence[Any], operate: Operation, comm: Any, agree: Agree) -> None:
    MPI = mpi.load()
    try:
        agree(*call)
        operate(comm, agree)
    except MPI.Exception as fault:
        raise RuntimeError(f"{call[0]}: MPI failed: {fault}") from fault


def move(comm: Any, sends: Iterable[tuple[int, Tensor]], receives: Iterable[tuple[int, Tensor]]) -> None:
    """Send and receive tensors, each with one other member; what goes to oneself is copied.

    Args:
        comm: The communicator.
        sends: Where to, and what.
        receives: Where from, and what is filled.
    """
    MPI = mpi.load()
    requests = [comm.Irecv(as_bytes(tensor), source, MOVES) for source, tensor in receives]
    requests += [comm.Isend(as_bytes(tensor), target, MOVES) for target, tensor in sends]
    MPI.Request.Waitall(requests)


def overlap(first: Tensor, second: Tensor) -> bool:
    """Return whether two tensors without gaps have memory in common."""
    return first.address < second.address + second.nbytes and second.address < first.address + first.nbytes

"""Messages from one process to another: tensors, and lists of objects; those of GPUs by way of the host."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mocrograd.distributed import mpi
from mocrograd.distributed.calls import member, peer
from mocrograd.distributed.groups import ProcessGroup
from mocrograd.distributed.memory import as_bytes, check, told
from mocrograd.distributed.work import Message, Work
from mocrograd.ops import empty_like
from mocrograd.ops.creation import from_numpy
from mocrograd.tensor import Tensor


def isend(
    tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
) -> Work | None:
    """Send a tensor to another process, and go on; the tensor must stay as it is until the `Work` is done.

    Args:
        tensor: The tensor.
        dst: The rank that it goes to.
        group: The processes; all by default.
        tag: What the receiver asks for.
        group_dst: Instead of `dst`, the number in the group.

    Returns:
        The `Work`.

    Raises:
        ValueError: The receiver is this process, or not in the group.

    Example:
        >>> other = 1 - dist.get_rank()
        >>> work, x = dist.isend(mg.tensor([5.0]), dst=other), mg.zeros(1)
        >>> sender = dist.recv(x, src=other)
        >>> work.wait()
        True
        >>> x
        tensor([5.])
    """
    check("send", "tensor", tensor)
    found = member("send", group)
    if found is None:
        return None
    target = peer(found, dst, group_dst, "dst", None)
    _not_oneself(found, target, "destination")
    held = tensor.detach().to("cpu")
    request = found.points.Isend(as_bytes(held), target, tag)
    return Message(found, f"send({told(tensor)}, dst={found.ranks[target]})", request, target, tensor, held, False)


def irecv(
    tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
) -> Work | None:
    """Receive a tensor from another process, and go on; the tensor has the values once the `Work` is done.

    Args:
        tensor: What it fills, with as many bytes as are sent.
        src: The rank that sends; any by default.
        group: The processes; all by default.
        tag: What the sender has said.
        group_src: Instead of `src`, the number in the group.

    Returns:
        The `Work`.

    Raises:
        ValueError: The sender is this process, or not in the group.

    Example:
        >>> other, x = 1 - dist.get_rank(), mg.zeros(1)
        >>> work = dist.irecv(x, src=other)
        >>> dist.send(mg.tensor([5.0]), dst=other)
        >>> work.wait()
        True
        >>> x
        tensor([5.])
    """
    found = member("recv", group)
    return None if found is None else _receive(found, tensor, src, tag, group_src)


def _receive(group: ProcessGroup, tensor: Tensor, src: int | None, tag: int, group_src: int | None) -> Message:
    check("recv", "tensor", tensor)
    anybody = src is None and group_src is None
    source = None if anybody else peer(group, src, group_src, "src", None)
    if source is not None:
        _not_oneself(group, source, "source")
    elif group.size() == 1:
        raise ValueError("Invalid source rank: there is no other process")
    MPI = mpi.load()
    tensor._changed()
    held = empty_like(tensor.detach(), device="cpu") if tensor.device.handle else tensor
    request = group.points.Irecv(as_bytes(held), MPI.ANY_SOURCE if source is None else source, tag)
    who = "any rank" if source is None else f"rank {group.ranks[source]}"
    return Message(group, f"recv({told(tensor)}) from {who}", request, source, tensor, held, True)


def _not_oneself(group: ProcessGroup, rank: int, what: str) -> None:
    if rank == group.rank():
        raise ValueError(f"Invalid {what} rank: {what} rank should not be the same as the rank of the current process.")


def send(tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None) -> None:
    """Send a tensor to another process, and wait until it may change again.

    Args:
        tensor: The tensor.
        dst: The rank that it goes to.
        group: The processes; all by default.
        tag: What the receiver asks for.
        group_dst: Instead of `dst`, the number in the group.

    Raises:
        ValueError: The receiver is this process, or not in the group.
        RuntimeError: It has left, or does not receive.

    Example:
        >>> x = mg.tensor([5.0])
        >>> if dist.get_rank() == 0:
        ...     dist.send(x, dst=1)
        ... else:
        ...     sender = dist.recv(x, src=0)
    """
    work = isend(tensor, dst, group, tag, group_dst)
    if work is not None:
        work.wait()


def recv(tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None) -> int:
    """Receive a tensor from another process.

    Args:
        tensor: What it fills, with as many bytes as are sent.
        src: The rank that sends; any by default.
        group: The processes; all by default.
        tag: What the sender has said.
        group_src: Instead of `src`, the number in the group.

    Returns:
        The rank of the sender; -1 where this process is not in the group.

    Raises:
        ValueError: The sender is this process, or not in the group.
        RuntimeError: It has left, or does not send, or sends more or fewer bytes.

    Example:
        >>> x = mg.zeros(2)
        >>> if dist.get_rank() == 0:
        ...     dist.send(mg.tensor([1.0, 2.0]), dst=1)
        ... else:
        ...     sender = dist.recv(x)  # from whichever process sends first; its rank, here 0
    """
    found = member("recv", group)
    if found is None:
        return -1
    work = _receive(found, tensor, src, tag, group_src)
    work.wait()
    return found.ranks[work.sender]


class P2POp:
    """A message for `batch_isend_irecv`.

    Args:
        op: `isend` or `irecv`.
        tensor: What is sent, or filled.
        peer: The rank of the other process.
        group: The processes; all by default.
        tag: What the receiver asks for.
        group_peer: Instead of `peer`, the number in the group.

    Raises:
        RuntimeError: `op` is another function.

    Example:
        >>> other, x = 1 - dist.get_rank(), mg.zeros(1)
        >>> messages = [dist.P2POp(dist.isend, mg.ones(1), other), dist.P2POp(dist.irecv, x, other)]
        >>> for work in dist.batch_isend_irecv(messages):
        ...     finished = work.wait()
        >>> x
        tensor([1.])
    """

    def __init__(
        self, op: Callable[..., Any], tensor: Tensor, peer: int | None = None, group: Any = None, tag: int = 0,
        group_peer: int | None = None,
    ) -> None:  # fmt: skip
        if op not in (isend, irecv):
            raise RuntimeError("Invalid ``op``. Expected ``op`` to be of type isend or irecv")
        self.op, self.tensor, self.peer, self.group, self.tag, self.group_peer = (
            op,
            tensor,
            peer,
            group,
            tag,
            group_peer,
        )


def batch_isend_irecv(p2p_op_list: Sequence[P2POp]) -> list[Any]:
    """Send and receive several tensors at once.

    Args:
        p2p_op_list: The messages.

    Returns:
        A `Work` for each.

    Raises:
        ValueError: The list is empty, or has something else in it.

    Example:
        >>> other, x = 1 - dist.get_rank(), mg.zeros(1)
        >>> messages = [dist.P2POp(dist.isend, mg.ones(1), other), dist.P2POp(dist.irecv, x, other)]
        >>> for work in dist.batch_isend_irecv(messages):
        ...     finished = work.wait()
        >>> x
        tensor([1.])
    """
    if not p2p_op_list or not all(isinstance(one, P2POp) for one in p2p_op_list):
        raise ValueError("batch_isend_irecv: expected a list of P2POp")
    return [one.op(one.tensor, one.peer, one.group, one.tag, one.group_peer) for one in p2p_op_list]


def send_object_list(
    object_list: list[Any], dst: int | None = None, group: Any = None, device: Any = None, group_dst: int | None = None
) -> None:
    """Send a list of objects, as pickle writes them, to another process.

    Args:
        object_list: The objects.
        dst: The rank that it goes to.
        group: The processes; all by default.
        device: Accepted.
        group_dst: Instead of `dst`, the number in the group.

    Example:
        >>> objects = ["weights", {"epoch": 3}] if dist.get_rank() == 0 else [None, None]
        >>> if dist.get_rank() == 0:
        ...     dist.send_object_list(objects, dst=1)
        ... else:
        ...     sender = dist.recv_object_list(objects, src=0)
        >>> objects
        ['weights', {'epoch': 3}]
    """
    data = np.frombuffer(pickle.dumps(object_list), np.uint8).copy()
    send(from_numpy(np.array([data.size])), dst, group, 0, group_dst)
    send(from_numpy(data), dst, group, 0, group_dst)


def recv_object_list(
    object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None, group_src: int | None = None
) -> int:
    """Receive a list of objects from another process.

    Args:
        object_list: A list, whose elements are replaced.
        src: The rank that sends; any by default.
        group: The processes; all by default.
        device: Accepted.
        group_src: Instead of `src`, the number in the group.

    Returns:
        The rank of the sender; -1 where this process is not in the group.

    Raises:
        ValueError: The sender's list has another length.

    Example:
        >>> objects = ["weights"] if dist.get_rank() == 0 else [None]
        >>> if dist.get_rank() == 0:
        ...     dist.send_object_list(objects, dst=1)
        ... else:
        ...     sender = dist.recv_object_list(objects, src=0)
        >>> objects
        ['weights']
    """
    size = from_numpy(np.zeros(1, np.int64))
    sender = recv(size, src, group, 0, group_src)
    if sender < 0:
        return sender
    data = from_numpy(np.zeros(int(size.item()), np.uint8))
    recv(data, sender, group)
    found = pickle.loads(data.numpy().tobytes())
    if len(found) != len(object_list):
        raise ValueError(f"recv_object_list: {len(found)} objects came for a list of {len(object_list)}")
    object_list[:] = found
    return sender

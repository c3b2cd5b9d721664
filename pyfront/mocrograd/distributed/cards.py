"""Exchanges of tensors on GPUs, one rank a card: MPI's processes agree on a call, NCCL moves the data.

Kernels of the library and NCCL use different streams. So the device's queue is waited for before NCCL begins, and
NCCL's stream before a call returns, or in `Work.wait`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from mocrograd.backend import device
from mocrograd.distributed import mpi, nccl
from mocrograd.distributed.groups import ProcessGroup, text_of
from mocrograd.distributed.work import Work
from mocrograd.tensor import Tensor

_NOT_READY = 600  # CUDA_ERROR_NOT_READY
_APART = 1  # CU_STREAM_NON_BLOCKING: the stream does not wait for the default one


class Card:
    """A GPU as CUDA's driver knows it, with a stream for exchanges.

    Args:
        index: Its number.

    Raises:
        NotImplementedError: There is no driver of NVIDIA.
        RuntimeError: The driver fails.

    Attributes:
        uuid: What distinguishes it from all other cards.
        stream: The stream.
    """

    def __init__(self, index: int) -> None:
        try:
            self._driver = ctypes.CDLL("libcuda.so.1")
        except OSError as fault:
            raise NotImplementedError(f"GPU tensors are exchanged between NVIDIA's cards alone: {fault}") from fault
        number, uuid = ctypes.c_int(), (ctypes.c_ubyte * 16)()
        self._context, self.stream, self._before = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self._call("cuInit", 0)
        self._call("cuDeviceGet", ctypes.byref(number), index)
        self._call("cuDeviceGetUuid_v2", uuid, number)
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(self._context), number)
        self.uuid = bytes(uuid).hex()
        with self:
            self._call("cuStreamCreate", ctypes.byref(self.stream), _APART)

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._driver, name)(*arguments)
        if status:
            raise RuntimeError(f"the driver's {name} failed with code {status}")

    def __enter__(self) -> None:
        """Make this card the current one of the thread, as NCCL wants it."""
        self._call("cuCtxGetCurrent", ctypes.byref(self._before))
        self._call("cuCtxSetCurrent", self._context)

    def __exit__(self, *exception: object) -> None:
        self._call("cuCtxSetCurrent", self._before)

    def is_idle(self) -> bool:
        """Return whether the stream has done all it was given.

        Raises:
            RuntimeError: The device has failed.
        """
        status = self._driver.cuStreamQuery(self.stream)
        if status not in (0, _NOT_READY):
            raise RuntimeError(f"the GPU failed during an exchange, with the driver's code {status}")
        return status == 0

    def synchronize(self) -> None:
        """Wait until the stream has done all it was given."""
        self._call("cuStreamSynchronize", self.stream)

    def close(self) -> None:
        """Give the stream back."""
        self._call("cuStreamDestroy_v2", self.stream)


class Communicator:
    """What NCCL knows of a group: it is made in the first exchange of a GPU tensor.

    Args:
        group: The processes.
        device: The GPU of this one.
    """

    def __init__(self, group: ProcessGroup, device: device) -> None:
        self.group, self.device = group, device
        self._card: Any = None
        self._library: Any = None
        self._handle = ctypes.c_void_p()
        self._what = ""
        self._failed = False
        self._kept: list[Any] = []  # what NCCL may still read or write

    def start(self, what: str, operate: Callable[[Communicator], Any]) -> None:
        """Give NCCL an exchange on which all members have agreed.

        Args:
            what: What this process does, for messages.
            operate: Calls the methods below.

        Raises:
            ImportError: NCCL is missing.
            RuntimeError: It fails, or has failed in this group before.
        """
        if self._failed:
            raise RuntimeError(f"{what}: an exchange of GPU tensors has failed in this group before")
        self._what = what
        if not self._handle:
            self._join()
        self.device.synchronize()
        if self._card.is_idle():
            self._kept.clear()
        self._kept.append(operate)
        try:
            with self._card:
                operate(self)
        except RuntimeError:
            self.abort()
            raise

    def _join(self) -> None:
        """Meet the other members; what is missing at one of them is told to all."""
        fault: Exception | None = None
        try:
            self._library, self._card = nccl.load(), Card(self.device.index or 0)
        except (ImportError, NotImplementedError, RuntimeError) as found:
            fault = found
        comm, ranks = self.group.comm, self.group.ranks
        every = comm.allgather((getattr(self._card, "uuid", ""), str(fault or "")))
        if fault is not None:
            raise fault
        for rank, (_, text) in zip(ranks, every):
            if text:
                raise RuntimeError(f"{self._what}: rank {rank} cannot exchange GPU tensors: {text}")
        _check_cards(self._what, ranks, [uuid for uuid, _ in every])
        identity = nccl.UniqueId()
        if self.group.rank() == 0:
            self._call("ncclGetUniqueId", ctypes.byref(identity))
        identity = nccl.UniqueId.from_buffer_copy(comm.bcast(bytes(identity)))
        with self._card:
            self._call("ncclCommInitRank", ctypes.byref(self._handle), len(ranks), identity, self.group.rank())

    def _call(self, name: str, *arguments: Any) -> None:
        self._library.call(self._what, name, *arguments)

    def _give(self, name: str, *arguments: Any) -> None:
        self._call(name, *arguments, self._handle, self._card.stream)

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Have calls wait for each other's data, not for each other."""
        self._call("ncclGroupStart")
        try:
            yield
        finally:
            self._call("ncclGroupEnd")

    def all_reduce(self, tensor: Tensor, how: tuple[int, int, int]) -> None:
        """Reduce in place; `how` is `nccl.reduction`'s."""
        kind, op, parts = how
        self._give("ncclAllReduce", tensor.address, tensor.address, tensor.numel() * parts, kind, op)

    def reduce(self, tensors: Iterable[tuple[int, Tensor, Tensor]], how: tuple[int, int, int]) -> None:
        """Reduce to some members: (member, what is given, what is filled there)."""
        kind, op, parts = how
        with self._together():
            for root, given, target in tensors:
                self._give("ncclReduce", given.address, target.address, given.numel() * parts, kind, op, root)

    def broadcast(self, tensor: Tensor, root: int) -> None:
        """Copy the tensor of one member to the others."""
        self._give("ncclBroadcast", tensor.address, tensor.address, tensor.nbytes, nccl.BYTE, root)

    def all_gather(self, output: Tensor, given: Tensor) -> None:
        """Collect a tensor of each."""
        self._give("ncclAllGather", given.address, output.address, given.nbytes, nccl.BYTE)

    def reduce_scatter(self, output: Tensor, given: Tensor, how: tuple[int, int, int]) -> None:
        """Reduce, and give each its part."""
        kind, op, parts = how
        self._give("ncclReduceScatter", given.address, output.address, output.numel() * parts, kind, op)

    def move(self, sends: Iterable[tuple[int, Tensor]], receives: Iterable[tuple[int, Tensor]]) -> None:
        """Send tensors to members, this one too, and receive some."""
        self.move_bytes([(r, t.address, t.nbytes) for r, t in sends], [(r, t.address, t.nbytes) for r, t in receives])

    def move_bytes(self, sends: Sequence[tuple[int, int, int]], receives: Sequence[tuple[int, int, int]]) -> None:
        """Send and receive (member, address, bytes)."""
        with self._together():
            for name, parts in (("ncclSend", sends), ("ncclRecv", receives)):
                for other, address, nbytes in parts:
                    if nbytes:
                        self._give(name, address, nbytes, nccl.BYTE, other)

    def is_done(self) -> bool:
        """Return whether NCCL has done all it was given.

        Raises:
            RuntimeError: It has failed, here or at another member.
        """
        if self._failed:
            raise RuntimeError(f"{self._what}: an exchange of GPU tensors has failed in this group")
        status = ctypes.c_int()
        try:
            self._call("ncclCommGetAsyncError", self._handle, ctypes.byref(status))
            if status.value not in (0, nccl.IN_PROGRESS):
                raise self._library.fault(self._what, "an exchange", status.value)
            if not self._card.is_idle():
                return False
        except RuntimeError:
            self.abort()
            raise
        self._kept.clear()
        return True

    def abort(self) -> None:
        """End what is under way, without the other members."""
        self._failed = True
        if self._handle:
            with suppress(RuntimeError), self._card:
                self._call("ncclCommAbort", self._handle)
            self._handle = ctypes.c_void_p()

    def close(self) -> None:
        """Leave, together with the other members."""
        if self._handle:
            with self._card:
                self._card.synchronize()
                self._call("ncclCommDestroy", self._handle)
                self._card.close()
            self._handle = ctypes.c_void_p()
        self._failed = True


def _check_cards(what: str, ranks: Sequence[int], uuids: Sequence[str]) -> None:
    """Check that no two processes use one card, which NCCL refuses in words of its own."""
    users: dict[str, list[int]] = {}
    for rank, uuid in zip(ranks, uuids):
        users.setdefault(uuid, []).append(rank)
    for some in users.values():
        if len(some) > 1:
            raise RuntimeError(
                f"{what}: ranks {', '.join(map(str, some))} have their tensors on one GPU, and NCCL wants a card for "
                'each; choose it by cuda.set_device(int(os.environ["LOCAL_RANK"]))'
            )


class CardWork(Work):
    """An exchange between GPUs that may still be under way."""

    def __init__(self, group: ProcessGroup, what: str, result: Any, communicator: Communicator) -> None:
        super().__init__(group, what, result)
        self._communicator = communicator

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Wait until it is done; where the others do not come, what is under way ends."""
        try:
            return super().wait(timeout)
        except RuntimeError:
            self._communicator.abort()
            raise

    def _ready(self) -> bool:
        return self._done.is_set() or self._step()

    def _step(self) -> bool:
        try:
            done = self._communicator.is_done()
        except RuntimeError as fault:
            self.finish(fault)
            return True
        if done:
            self.finish()
        return done


def exchange(
    group: ProcessGroup, call: Sequence[Any], operate: Callable[[Communicator], Any], target: device, result: Any
) -> Work:
    """Begin an exchange of GPU tensors together with the other members of a group.

    Args:
        group: The group.
        call: The function's name and what must be equal in all processes.
        operate: Moves the data, by a communicator.
        target: The GPU of the tensors.
        result: What the `Work` gives.

    Returns:
        The `Work`.

    Raises:
        ImportError: NCCL is missing.
        RuntimeError: Members make different calls, one has left or does not come, the group used another GPU before,
            or NCCL fails.
    """
    name, MPI = text_of(call), mpi.load()
    communicator = group.cards = group.cards or Communicator(group, target)
    if communicator.device is not target:
        raise RuntimeError(f"{name}: the group exchanged tensors on {communicator.device} before, got some on {target}")
    try:
        group.agree(*call)
        communicator.start(name, operate)
    except MPI.Exception as fault:
        raise RuntimeError(f"{name}: MPI failed: {fault}") from fault
    return CardWork(group, name, result, communicator)

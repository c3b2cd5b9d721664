"""Exchanges under way: `Work`, and the thread that does them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from queue import SimpleQueue
from typing import Any

from mocrograd.backend import copy_bytes, cpu
from mocrograd.distributed import mpi
from mocrograd.distributed.groups import ProcessGroup

_SWITCH = 0.0005  # how soon, in seconds, the thread may take its turn while Python code computes


class Work:
    """An exchange between processes that may still be under way.

    Args:
        group: The processes.
        what: What they do, for messages.
        result: The tensors that it fills.

    Example:
        >>> x = mg.ones(2)
        >>> work = dist.all_reduce(x, async_op=True)
        >>> work.wait()
        True
        >>> x
        tensor([2., 2.])
    """

    def __init__(self, group: ProcessGroup | None, what: str, result: Any = None) -> None:
        self._group, self._what, self._result = group, what, result
        self._done = threading.Event()
        self._fault: BaseException | None = None

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Wait until it is done.

        Args:
            timeout: How long; the timeout of the group by default.

        Returns:
            True.

        Raises:
            RuntimeError: It failed, another process has left or makes another call, or the time is over.
        """
        if not self._ready():
            assert self._group is not None
            before = self._group.timeout
            try:
                self._group.timeout = before if timeout is None else timeout.total_seconds()
                self._group.wait_until(self._step, self._what, self._source())
            finally:
                self._group.timeout = before
        if self._fault is not None:
            raise self._fault
        return True

    def _ready(self) -> bool:
        return self._done.is_set()

    def _step(self) -> bool:
        return self._done.wait(0.05)

    def _source(self) -> int | None:
        return None

    def is_completed(self) -> bool:
        """Return whether it is done."""
        return self._ready()

    def is_success(self) -> bool:
        """Return whether it is done and has not failed."""
        return self._ready() and self._fault is None

    def exception(self) -> BaseException | None:
        """Return what went wrong."""
        return self._fault

    def result(self) -> Any:
        """Return the tensors that it fills, once it is done."""
        self.wait()
        return self._result if isinstance(self._result, list) else [self._result]

    def finish(self, fault: BaseException | None = None) -> None:
        """Note that it is done.

        Args:
            fault: What went wrong.
        """
        self._fault = fault
        self._done.set()


_under_way: set[Message] = set()
_MANY = 64


class Message(Work):
    """A message that is sent or received.

    Args:
        group: The processes.
        what: What they do, for messages.
        request: MPI's request.
        peer: The other process's number in the group, None for any.
        tensor: What is sent or filled.
        held: The same on the host; it is kept until then, also where nobody keeps the `Work`.
        comes: Whether it is filled.

    Attributes:
        sender: The number in the group of the one who sent it, once it is there.
    """

    def __init__(
        self, group: ProcessGroup, what: str, request: Any, peer: int | None, tensor: Any, held: Any, comes: bool
    ) -> None:
        super().__init__(group, what, tensor)
        self._request, self._peer, self._held, self._comes = request, peer, held, comes
        self._status = mpi.load().Status()
        self.sender = -1
        if len(_under_way) > _MANY:
            for message in tuple(_under_way):
                message._step()
        _under_way.add(self)

    def _ready(self) -> bool:
        return self._done.is_set() or self._step()

    def _step(self) -> bool:
        MPI = mpi.load()
        try:
            if not self._request.Test(self._status):
                return False
        except MPI.Exception as fault:
            self.finish(RuntimeError(f"{self._what}: {fault}"))
            return True
        self.sender = self._status.Get_source()
        expected = self._result.nbytes
        came = self._status.Get_count(MPI.BYTE) if self._comes else expected
        if self._comes and came == expected and self._held is not self._result:
            copy_bytes(self._result.address, self._result.device, self._held.address, cpu, came)
        self.finish(RuntimeError(f"{self._what}: {came} bytes came, not {expected}") if came != expected else None)
        return True

    def finish(self, fault: BaseException | None = None) -> None:
        """Note that it is done."""
        _under_way.discard(self)
        super().finish(fault)

    def _source(self) -> int | None:
        return self._peer


class _Thread:
    """Does exchanges in the order in which they come, beside the computation."""

    def __init__(self) -> None:
        self.tasks: SimpleQueue[tuple[Work, Callable[[], None]] | None] = SimpleQueue()
        self.thread = threading.Thread(target=self._run, name="mocrograd.distributed", daemon=True)
        self.before = sys.getswitchinterval()
        sys.setswitchinterval(min(self.before, _SWITCH))
        self.thread.start()

    def _run(self) -> None:
        while (task := self.tasks.get()) is not None:
            work, run = task
            try:
                run()
            except BaseException as fault:
                work.finish(fault)
            else:
                work.finish()


_threads: list[_Thread] = []


def start(work: Work, run: Callable[[], None]) -> Work:
    """Run a function behind those that were started before, and finish a `Work` then."""
    if not _threads:
        _threads.append(_Thread())
    _threads[0].tasks.put((work, run))
    return work


def stop() -> None:
    """End the thread, once it has done what was started."""
    while _threads:
        thread = _threads.pop()
        thread.tasks.put(None)
        thread.thread.join(timeout=1)
        sys.setswitchinterval(thread.before)

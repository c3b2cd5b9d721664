"""Groups of processes, and waiting for them: who is missing, who has left, and what they call."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from zlib import crc32

import numpy as np

from mocrograd.distributed import mpi
from mocrograd.distributed.constants import default_pg_timeout

MOVES, FAREWELL, LATE = 1, 2, 3
"""Tags of messages between the members of a group: of lists of tensors, by who leaves, by who has waited too long."""

_ALL_HEAR = 64  # the greatest group in which all members hear of one that leaves; in others its successor does
_GRACE = 1.5  # how long a call that the one who left took part in may still be under way, in seconds
_SPINS = 200  # how often to ask for an answer without giving the processor away

_codes: dict[tuple[Any, ...], int] = {}


class ProcessGroup:
    """Processes that compute together.

    Attributes:
        ranks: The ranks that its members have among all processes, in the order of the group.
        timeout: How many seconds its members wait for each other.

    Example:
        >>> dist.group.WORLD.size()
        2
    """

    def __init__(self, comm: Any, ranks: Sequence[int], timeout: timedelta | None, name: str) -> None:
        self.ranks = list(ranks)
        self.timeout = (timeout or default_pg_timeout).total_seconds()
        self.group_name = name
        self.comm = comm  # what is called in turn, by the main thread
        self.later: Any = None  # what a thread calls
        self.points: Any = None  # single messages
        self.cards: Any = None  # what NCCL knows of the group
        self.memory: Any = None  # what its processes on one machine share
        self._own = 0
        if comm is not None:
            self.later, self.points = comm.Dup(), comm.Dup()
            self._own = comm.rank
        self._left: list[Any] = []

    def rank(self) -> int:
        """Return the number of this process in the group."""
        return self._own

    def size(self) -> int:
        """Return how many processes there are."""
        return len(self.ranks)

    def name(self) -> str:
        """Return the name of what carries data."""
        return "mpi"

    def number(self, rank: int) -> int:
        """Return the number in the group of a rank among all processes.

        Raises:
            ValueError: It is not in the group.
        """
        if rank not in self.ranks:
            raise ValueError(f"Global rank {rank} is not part of group {self}")
        return self.ranks.index(rank)

    def __repr__(self) -> str:
        """Return "<ProcessGroup of ranks 0, 1>"."""
        return f"<ProcessGroup of ranks {', '.join(map(str, self.ranks))}>"

    def agree(self, *call: Any, during: str = "") -> None:
        """Wait until all members make a call.

        Args:
            call: The name of the function and its arguments, which must be the same for all members.
            during: What this process does, for messages; the call by default.

        Raises:
            RuntimeError: A member makes another call, has left, or does not come.
        """
        self.end(self.begin(*call), during)

    def begin(self, *call: Any) -> tuple[Any, ...]:
        """Make a call, and go on until `end` is called with what this returns; members begin calls in one order."""
        words = mpi.load().INT64_T
        code = _code(call)
        mine, found = np.array([code, -code]), np.zeros(2, np.int64)
        return self.comm.Iallreduce([mine, words], [found, words], mpi.load().MAX), mine, found, call

    def end(self, agreement: tuple[Any, ...], during: str = "") -> None:
        """Wait until all members have made a call that has begun; see `agree`."""
        request, _, found, call = agreement
        self.wait(request, during or text_of(call))
        if found[0] != -found[1]:
            raise_difference(self.ranks, self.comm.allgather(text_of(call)))

    def agree_in_thread(self, *call: Any) -> None:
        """Compare calls as `agree`, without looking for who is missing: `Work.wait` does that."""
        MPI = mpi.load()
        code = _code(call)
        mine, found = np.array([code, -code]), np.zeros(2, np.int64)
        self.later.Allreduce([mine, MPI.INT64_T], [found, MPI.INT64_T], MPI.MAX)
        if found[0] != -found[1]:
            raise_difference(self.ranks, self.later.allgather(text_of(call)))

    def wait(self, request: Any, what: str, source: int | None = None) -> None:
        """Wait for a request of MPI.

        Args:
            request: The request.
            what: What this process does, for messages.
            source: The member that it waits for; all by default.

        Raises:
            RuntimeError: A member has left or does not come.
        """
        for _ in range(_SPINS):
            if request.Test():
                return
        self.wait_until(request.Test, what, source)

    def wait_until(self, done: Callable[[], Any], what: str, source: int | None = None, pause: float = 0) -> None:
        """Call a function until it returns a true value, and look around from time to time; see `wait`."""
        start = looked = time.monotonic()
        noticed: tuple[int, float] | None = None
        while not done():
            now = time.monotonic()
            waited = now - start
            if waited > pause:
                time.sleep(min(waited / 20, 0.001))
            if now - looked < 0.05:
                continue
            looked = now
            if noticed is None and (left := self.who_left(source)) is not None:
                noticed = left, now
            if noticed is not None and now - noticed[1] > _GRACE:
                gone = self.ranks[noticed[0]]
                raise RuntimeError(f"{what} on {self._here()}: rank {gone} has ended its program, so it will not come")
            if waited > self.timeout:
                self._report_missing(what, source)

    def who_left(self, source: int | None = None) -> int | None:
        """Return a member that has said farewell, or None."""
        MPI = mpi.load()
        status = MPI.Status()
        found = self.comm.Iprobe(MPI.ANY_SOURCE if source is None else source, FAREWELL, status)
        return status.Get_source() if found else None

    def say_farewell(self) -> None:
        """Tell the other members that this process will not call anything any more."""
        if self.comm is None or self._left:
            return
        own, size = self.rank(), self.size()
        others = [r for r in range(size) if r != own] if size <= _ALL_HEAR else [(own + 1) % size]
        self._left = [self.comm.Isend(b"", other, FAREWELL) for other in others]

    def _report_missing(self, what: str, source: int | None) -> None:
        """Raise after too long a wait, with the ranks that did not come either."""
        own, size = self.rank(), self.size()
        others = [r for r in range(size) if r != own]
        self._left += [self.comm.Isend(b"", other, LATE) for other in others]
        waiting, end = {own}, time.monotonic() + 2
        while time.monotonic() < end and len(waiting) < size:
            waiting |= {r for r in others if self.comm.Iprobe(r, LATE)}
            time.sleep(0.02)
        missing = [self.ranks[r] for r in range(size) if r not in waiting] if source is None else [self.ranks[source]]
        who = f"rank{'s' * (len(missing) > 1)} {', '.join(map(str, missing))}" if missing else "some rank"
        raise RuntimeError(f"{what} on {self._here()}: {who} did not come within {self.timeout:g} s (timeout)")

    def _here(self) -> str:
        return f"rank {self.ranks[self.rank()]} ({socket.gethostname()}, process {os.getpid()})"


def raise_difference(ranks: Sequence[int], texts: Sequence[str]) -> None:
    """Raise RuntimeError with what each rank calls: those that call the same together."""
    calls: dict[str, list[int]] = {}
    for rank, text in zip(ranks, texts):
        calls.setdefault(text, []).append(rank)
    told = "; ".join(f"rank{'s' * (len(who) > 1)} {', '.join(map(str, who))}: {what}" for what, who in calls.items())
    raise RuntimeError(f"processes make different calls: {told}")


def _code(call: tuple[Any, ...]) -> int:
    code = _codes.get(call)
    if code is None:
        if len(_codes) > 10000:
            _codes.clear()
        code = _codes[call] = crc32(text_of(call).encode())
    return code


def text_of(call: Sequence[Any]) -> str:
    """Return a call as a program writes it."""
    name, *arguments = call
    return f"{name}({', '.join(map(str, arguments))})"

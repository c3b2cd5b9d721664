"""Loader workers: processes that make the batches, which the loader gives out in order.

Each worker has one connection to the loader's process: it receives indices of samples and sends parcels. A thread of
the worker receives, so the two sides never wait for each other to read. Only the loader's process holds the other end
of the connection, also after a fork: when it closes it, or dies, the worker ends.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from multiprocessing.connection import Connection, wait
from typing import Any

from mocrograd.utils.data.fetch import Fetch
from mocrograd.utils.data.iterators import LoaderIterator
from mocrograd.utils.data.parcels import Parcel
from mocrograd.utils.data.worker import serve

_PATIENCE = 5.0
"""Seconds that a worker gets to finish its batch when nobody wants it any more."""


class _Words(str):
    """A message that a KeyError shows as it is."""

    __slots__ = ()
    __repr__ = str.__str__


def _raise(worker: int, kind: type[Exception], name: str, text: str) -> None:
    message = _Words(f"Caught {name} in DataLoader worker process {worker}.\nOriginal {text}")
    try:
        error = RuntimeError(message) if issubclass(kind, StopIteration) else kind(message)
    except Exception:  # it takes other arguments
        error = RuntimeError(message)
    try:
        raise error
    finally:
        del error  # its traceback holds this frame, and so the iterator, whose workers end with it


_crews: weakref.WeakSet[_Crew] = weakref.WeakSet()


def _close_in_child() -> None:
    for crew in list(_crews):
        for channel in crew.channels:
            channel.close()


os.register_at_fork(after_in_child=_close_in_child)


class _Crew:
    """The worker processes and the connections to them."""

    def __init__(self, context: Any, count: int, *work: Any) -> None:
        self.channels: list[Any] = []
        self.processes: list[Any] = []
        self._owner = os.getpid()
        _crews.add(self)
        try:
            for number in range(count):
                ours, theirs = context.Pipe()
                self.channels.append(ours)
                process = context.Process(target=serve, args=(theirs, number, *work), daemon=True)
                process.start()
                theirs.close()
                self.processes.append(process)
        except BaseException:
            self.close()
            raise

    def give(self, worker: int, task: tuple[int, int, bytes]) -> None:
        """Send a task. That a worker has died is found when its answer is waited for."""
        try:
            with suppress(OSError):
                self.channels[worker].send(task)
        except BaseException:
            self.close()  # the worker would wait for the rest of the task
            raise

    def receive(self, workers: set[int], timeout: float) -> tuple[int, Any, Parcel]:
        """Wait for a parcel of one of several workers; return the worker, the label and the parcel."""
        ends = {self.channels[worker]: worker for worker in workers}
        ready = wait([*ends, *(self.processes[worker].sentinel for worker in workers)], timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        try:
            for end in ready:
                if isinstance(end, Connection):
                    return (ends[end], *Parcel.receive(end))
        except (EOFError, OSError):
            pass
        except BaseException:
            self.close()  # the rest of the parcel would be taken for the next one
            raise
        raise self._lost(workers)

    def _lost(self, workers: set[int]) -> RuntimeError:
        processes = {self.processes[worker].sentinel: self.processes[worker] for worker in workers}
        dead = [processes[end] for end in wait(list(processes), _PATIENCE) if isinstance(end, int)]
        for process in dead:
            process.join(_PATIENCE)
        codes = {process.pid: process.exitcode for process in dead}
        self.close()
        pids, values = (", ".join(map(str, words)) for words in (codes, codes.values()))
        return RuntimeError(
            f"DataLoader worker (pid(s) {pids}) exited unexpectedly, with exit code {values} "
            "(a negative one is the signal that ended it)"
        )

    def close(self) -> None:
        """End the processes: their batch may be finished, within limits."""
        if os.getpid() != self._owner:
            return
        for channel in self.channels:
            channel.close()
        for end in (None, "terminate", "kill"):
            left = [process for process in self.processes if process.exitcode is None]
            if end is not None:
                for process in left:
                    getattr(process, end)()
            until = time.monotonic() + _PATIENCE
            for process in left:
                process.join(max(until - time.monotonic(), 0))
        self.processes.clear()


class WorkerIterator(LoaderIterator):
    """The batches of an epoch, made by worker processes.

    Args:
        loader: The DataLoader.
        fetch: Makes a batch.
        indices: What each batch of the first epoch is made of.
        base_seed: The seed of the first worker; the next ones have the next ones.
    """

    def __init__(self, loader: Any, fetch: Fetch, indices: Any, base_seed: int) -> None:
        if loader.prefetch_factor <= 0:
            raise AssertionError(f"prefetch_factor should be positive, got {loader.prefetch_factor}")
        self._count: int = loader.num_workers
        self._options = (loader.prefetch_factor, loader.timeout, loader.in_order, loader.persistent_workers)
        context = loader.multiprocessing_context or multiprocessing.get_context()
        self._epoch = 0
        self._crew = _Crew(context, self._count, fetch, loader.worker_init_fn, self._count, base_seed)
        # At the end of the interpreter multiprocessing ends what is left.
        weakref.finalize(self, self._crew.close).atexit = False
        self.restart(indices)

    @property
    def alive(self) -> bool:
        """Whether the workers can begin another epoch."""
        return bool(self._crew.processes)

    def restart(self, indices: Any) -> None:
        """Begin an epoch; what is left of the one before is dropped.

        Args:
            indices: What each batch is made of.
        """
        self._epoch += 1
        self._indices: Iterator[Any] = iter(indices)
        self._given = 0
        self._owners: dict[int, int] = {}  # who makes each batch that is not given out yet, in order
        self._active = list(range(self._count))
        self._turns = cycle(range(self._count))
        self._give()

    def _give(self) -> None:
        """Give out tasks until each worker has enough."""
        prefetch, _, in_order, _ = self._options
        while len(self._owners) < prefetch * len(self._active):
            try:
                index = next(self._indices)
            except StopIteration:
                return
            if in_order:
                worker = next(turn for turn in self._turns if turn in self._active)
            else:
                worker = min(self._active, key=list(self._owners.values()).count)
            self._crew.give(worker, (self._epoch, self._given, pickle.dumps(index)))
            self._owners[self._given] = worker
            self._given += 1

    def _shutdown_workers(self) -> None:
        """End the workers, under torch's name."""
        self._crew.close()

    def __next__(self) -> Any:
        """Return the next batch."""
        _, timeout, in_order, persistent = self._options
        while self._owners:
            # A worker answers in order, so what is due is the next that its maker sends.
            waited = {next(iter(self._owners.values()))} if in_order else set(self._owners.values())
            try:
                worker, (epoch, ticket, status), parcel = self._crew.receive(waited, timeout)
            finally:
                if not self.alive:
                    self._owners.clear()
            if epoch != self._epoch:
                continue
            if status == "end":
                self._active.remove(worker)
                self._owners = {ticket: owner for ticket, owner in self._owners.items() if owner != worker}
                self._give()
                continue
            del self._owners[ticket]
            self._give()
            if status == "fault":
                _raise(worker, *parcel.unpack())
            return parcel.unpack()
        if not persistent:
            self._crew.close()
        raise StopIteration

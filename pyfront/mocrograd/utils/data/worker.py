"""The process of a loader worker: it takes tasks from its connection and sends batches back."""

from __future__ import annotations

import gc
import pickle
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

import numpy as np

from mocrograd.backend import set_num_threads
from mocrograd.ops import manual_seed
from mocrograd.utils.data.fetch import Fetch
from mocrograd.utils.data.parcels import Parcel


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker process knows of itself."""

    id: int
    """The worker's number, from 0."""
    num_workers: int
    """How many workers there are."""
    seed: int
    """The seed of the worker's random numbers."""
    dataset: Any
    """The worker's copy of the dataset."""


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Return what the worker process that calls is; None where the caller is no worker of a loader.

    Example:
        >>> from mocrograd.utils.data import get_worker_info
        >>> print(get_worker_info())
        None
    """
    return _info


class _Tasks:
    """What is to be done, in order; None is the end."""

    def __init__(self, channel: Connection[Any, Any]) -> None:
        self.newest = 0
        self._queue: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=self._listen, args=(channel,), daemon=True).start()
        self.take = self._queue.get

    def _listen(self, channel: Connection[Any, Any]) -> None:
        try:
            while True:
                task = channel.recv()
                self.newest = task[0]
                self._queue.put(task)
        except (EOFError, OSError):
            self._queue.put(None)


def _fault() -> Parcel:
    """Pack the exception that is being handled: its type and its traceback."""
    kind, text = type(sys.exc_info()[1]), traceback.format_exc()
    try:
        return Parcel.pack((kind, kind.__name__, text))
    except Exception:  # a class within a function has no name to pickle it by
        return Parcel.pack((RuntimeError, kind.__name__, text))


def serve(
    channel: Connection[Any, Any],
    number: int,
    fetch: Fetch,
    init: Callable[[int], Any] | None,
    count: int,
    base_seed: int,
) -> None:
    """Make batches until the other end of the channel is closed: what a worker process runs.

    Args:
        channel: The connection to the loader's process.
        number: The worker's number, from 0.
        fetch: Makes a batch.
        init: Called with the number before the first batch.
        count: How many workers there are.
        base_seed: The seed of the first worker.
    """
    global _info
    gc.freeze()  # what another process has left is not to be freed here, and looking at it would copy its memory
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what it means is up to the loader's process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    set_num_threads(1)
    seed = base_seed + number
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(np.random.SeedSequence([number, base_seed]).generate_state(4))
    _info = WorkerInfo(number, count, seed, fetch.dataset)
    tasks = _Tasks(channel)
    broken = None
    try:
        if init is not None:
            init(number)
    except Exception:
        broken = _fault()
    at, ended = 0, False
    while (task := tasks.take()) is not None:
        epoch, ticket, index = task
        if epoch != tasks.newest or (ended and epoch == at):
            continue
        status, parcel = "fault", broken
        if parcel is None:
            try:
                if epoch != at:
                    fetch.restart()
                    at, ended = epoch, False
                status, parcel = "batch", Parcel.pack(fetch(pickle.loads(index)))
            except Exception as error:
                ended = fetch.ends and isinstance(error, StopIteration)
                status, parcel = ("end", Parcel.pack(None)) if ended else ("fault", _fault())
        try:
            parcel.send(channel, (epoch, ticket, status))
        except (BrokenPipeError, ConnectionResetError):
            return

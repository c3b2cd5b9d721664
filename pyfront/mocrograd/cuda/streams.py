"""Streams and events: a GPU does everything in the order in which it is told to, so there is one stream."""

from __future__ import annotations

import time
from typing import Any

from mocrograd import accelerator


class Stream:
    """The stream of a GPU.

    Args:
        device: A GPU; by default the one that "cuda" means.
        priority: Accepted.

    Raises:
        RuntimeError: There is no such GPU.
    """

    def __init__(self, device: Any = None, priority: int = 0, **options: Any) -> None:
        self.device = accelerator.gpu(device)

    def synchronize(self) -> None:
        """Wait until the GPU has done all it was given."""
        self.device.synchronize()

    def query(self) -> bool:
        """Wait until the GPU has done all it was given, and return True."""
        self.device.synchronize()
        return True

    def wait_stream(self, stream: Stream) -> None:
        """Do nothing: what a GPU is told later runs later."""

    def wait_event(self, event: Event) -> None:
        """Do nothing: what a GPU is told later runs later."""

    def record_event(self, event: Event | None = None) -> Event:
        """Record an event, a new one by default, and return it."""
        event = event or Event()
        event.record(self)
        return event


class Event:
    """A moment in the work of a GPU; recording it waits until the work before it is done.

    Args:
        enable_timing: Accepted: time is measured in any case.
        blocking: Accepted.
        interprocess: Accepted.

    Raises:
        RuntimeError: There is no GPU.
    """

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> None:
        accelerator.gpu(None)
        self._seconds: float | None = None

    def record(self, stream: Stream | None = None) -> None:
        """Wait until the GPU has done all it was given, and note the time."""
        (stream or Stream()).synchronize()
        self._seconds = time.perf_counter()

    def elapsed_time(self, end_event: Event) -> float:
        """Return the milliseconds from this event to another one.

        Raises:
            ValueError: One of them was not recorded.
        """
        if self._seconds is None or end_event._seconds is None:
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        return 1e3 * (end_event._seconds - self._seconds)

    def query(self) -> bool:
        """Return True: recording has waited."""
        return True

    def wait(self, stream: Stream | None = None) -> None:
        """Do nothing: recording has waited."""

    def synchronize(self) -> None:
        """Do nothing: recording has waited."""


class StreamContext:
    """Do nothing as a context: there is one stream.

    Args:
        stream: The stream, or None.
    """

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        pass


def stream(stream: Stream | None) -> StreamContext:
    """Return a context that does nothing: there is one stream."""
    return StreamContext(stream)


def current_stream(device: Any = None) -> Stream:
    """Return the stream of a GPU.

    Raises:
        RuntimeError: There is no such GPU.
    """
    return Stream(device)


default_stream = current_stream


def set_stream(stream: Stream) -> None:
    """Do nothing: there is one stream."""

"""`torch.cpu`: the CPU under the names of a device's module."""

from __future__ import annotations

from typing import Any

from mocrograd.cuda.streams import StreamContext as StreamContext
from mocrograd.torch.cpu import amp as amp


class Stream:
    """The stream of the CPU: calls have ended when they return."""

    def __init__(self, priority: int = -1) -> None:
        """Take a priority, which has no effect."""

    def synchronize(self) -> None:
        """Do nothing."""

    def wait_stream(self, stream: Stream) -> None:
        """Do nothing."""


def is_available() -> bool:
    """Return True."""
    return True


is_initialized = is_available


def device_count() -> int:
    """Return 1."""
    return 1


def current_device() -> str:
    """Return "cpu"."""
    return "cpu"


def set_device(device: Any) -> None:
    """Do nothing: there is one CPU."""


def synchronize(device: Any = None) -> None:
    """Do nothing: calls have ended when they return."""


def current_stream(device: Any = None) -> Stream:
    """Return the stream of the CPU."""
    return Stream()


def stream(stream: Any) -> StreamContext:
    """Return a context that does nothing."""
    return StreamContext(stream)

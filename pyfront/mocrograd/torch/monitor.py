"""`torch.monitor`: events that programs write to handlers of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Event:
    """Something that happened."""

    name: str
    timestamp: datetime
    data: dict[str, Any] = field(default_factory=dict)


class EventHandlerHandle:
    """A registered handler."""

    def __init__(self, handler: Callable[[Event], None]) -> None:
        self.handler = handler


_handlers: list[EventHandlerHandle] = []


def register_event_handler(handler: Callable[[Event], None]) -> EventHandlerHandle:
    """Call a handler with each event from now on; return what `unregister_event_handler` takes."""
    _handlers.append(EventHandlerHandle(handler))
    return _handlers[-1]


def unregister_event_handler(handle: EventHandlerHandle) -> None:
    """Call a handler no more."""
    _handlers.remove(handle)


def log_event(event: Event) -> None:
    """Give an event to all handlers."""
    for handle in tuple(_handlers):
        handle.handler(event)

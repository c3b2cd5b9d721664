"""Errors of processes that a launcher started."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_F = TypeVar("_F", bound=Callable[..., object])


class ChildFailedError(Exception):
    """A process that a launcher started has failed."""


def record(fn: _F, error_handler: object = None) -> _F:
    """Return a program's main function as it is: its errors are seen by who runs it."""
    return fn

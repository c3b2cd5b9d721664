"""A row of the table of bad calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BadCall:
    """A call that must raise.

    Attributes:
        name: The test's id, unique: the op's name first.
        call: (module) -> never; the module is mocrograd or torch.
        words: A regular expression that our message contains: what was expected and what came.
        kind: The exception's type where it cannot be torch's, because torch accepts the call or crashes; the row says why
            beside it. Where torch raises AssertionError for a bad argument, so do we: programs that catch one type catch
            the other too.
    """

    name: str
    call: Callable[[Any], Any]
    words: str
    kind: type[Exception] | None = None


ROWS: list[BadCall] = []


def bad(name: str, call: Callable[[Any], Any], words: str, kind: type[Exception] | None = None) -> None:
    """Add a row."""
    ROWS.append(BadCall(name, call, words, kind))

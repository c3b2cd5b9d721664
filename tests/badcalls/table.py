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


def layer(
    name: str, what: str, words: str, args: tuple[Any, ...], x: Callable[[Any], Any] | None = None, options: Any = None
) -> None:
    """Add a row that makes a layer and, where there is input, calls it.

    Args:
        name: The class.
        what: What is wrong.
        words: What our message contains.
        args: The constructor's arguments.
        x: Makes the input, or a tuple of inputs.
        options: The constructor's options.
    """

    def call(m: Any) -> Any:
        made = getattr(m.nn, name)(*args, **(options or {}))
        if x is None:
            return made
        given = x(m)
        return made(*given) if isinstance(given, tuple) else made(given)

    bad(f"nn.{name} of {what}", call, words)

"""What eager code reports to a recording: what cannot be replayed, and words that change from run to run.

A compiled function is recorded by running it once while the kernel calls are logged (package compiler). Reading a value
on the host and building a tensor from Python data happen outside of kernels, so the code that does it reports it here.
While nothing is recorded, that costs a look at `active`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import get_ident
from typing import Any, Protocol

Values = Callable[[], Sequence[float]]
"""Gives words of a call anew for each run: integers and floats."""


class Recorder(Protocol):
    """What a recording wants to know from eager code."""

    thread: int
    """The thread that is recorded."""

    def give_up(self, reason: str) -> None:
        """Note why this run cannot be replayed."""

    def varies(self, word: int, count: int, values: Values, table: object) -> None:
        """Note that words of the next call come from `values` at each run."""

    def data(self, tensor: object) -> None:
        """Note a tensor whose values Python wrote."""

    def copied(self, target: object, source: object) -> None:
        """Note that a tensor's elements were copied to another device."""

    def requires(self, flag: Any, parts: Any, error: Callable[[Any], Exception]) -> None:
        """Note that each run shall raise the error of `parts` where a tensor of one bool is false."""

    def differentiated(self, tensors: Sequence[Any]) -> None:
        """Note that the graphs of tensors were differentiated and released."""


active: Recorder | None = None
"""The recording in progress, of which there is at most one in a process."""
kept: list[object] | None = None
"""While a profile runs: memory that calls point to from outside of their words, which it looks at in the end."""
switches: dict[str, int] = {"validate_args": 1, "hooks of all modules": 0, "hooks on saved tensors": 0}
"""State of the whole library that functions depend on, and that no look at what they reach would find. Whoever keeps
such state writes it here too: compiled functions compare it."""


def cannot_replay(reason: str) -> None:
    """Report that what happens now cannot be replayed.

    Args:
        reason: What happens, as the subject and verb of a sentence: "item() reads a value on the host".
    """
    if active is not None and active.thread == get_ident():
        active.give_up(reason)


@contextmanager
def unheard() -> Iterator[None]:
    """Let what the body does, such as the text of an error that ends the run, go unreported."""
    global active
    heard, active = active, None
    try:
        yield
    finally:
        active = heard


def varies(word: int, count: int, values: Values, table: object = None) -> None:
    """Report that words of the next kernel call depend on more than its tensors.

    Args:
        word: The first of these words.
        count: Their number.
        values: Gives them at each replay, and moves on what they are taken from (a random stream, a count of steps).
        table: The memory that an operand marked `t` points to, which must outlive the recording.
    """
    if kept is not None:
        kept.append(table)
    if active is not None and active.thread == get_ident():
        active.varies(word, count, values, table)


def data(tensor: object) -> None:
    """Report that Python, not a kernel, wrote the values of a tensor, which are the same at each replay."""
    if active is not None and active.thread == get_ident():
        active.data(tensor)


def copied(target: object, source: object) -> None:
    """Report that the elements of a tensor were copied to another device."""
    if active is not None and active.thread == get_ident():
        active.copied(target, source)


def differentiated(tensors: Any) -> None:
    """Report that the graphs of one or several tensors were differentiated and released."""
    if active is not None and active.thread == get_ident():
        active.differentiated(tensors if isinstance(tensors, (list, tuple)) else [tensors])

"""The generated program of a plan: compiled in the background, tried against the replay, used where it is faster."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from mocrograd.compiler.generate import background
from mocrograd.compiler.generate.library import library_of
from mocrograd.compiler.generate.program import GeneratedText
from mocrograd.compiler.trace import Call

TRIALS = 32
"""How often each of the two programs runs before one is chosen."""
_FIRST = 2
"""Runs of each that do not count: they bring code into the caches."""
_said: set[str] = set()
"""The reasons that a warning has given in this process."""


class Generation:
    """What becomes of a plan's generated program.

    Args:
        calls: The plan's calls.

    Attributes:
        state: "waiting" (it is compiled), "ready", "tried" (the two take turns), "used", "slower", or "failed".
        reason: Why it failed.
        entries: The compiled functions.
        medians: Nanoseconds of the replay and of the generated program.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self.state = "waiting"
        self.reason = ""
        self.entries: dict[str, int] = {}
        self.medians = 0.0, 0.0
        self.written: GeneratedText | None = None
        self._calls = calls
        self._done = threading.Event()
        self._times: tuple[list[int], list[int]] = [], []

    def start(self, done: Callable[[], None]) -> None:
        """Have it compiled, and `done` called in the background then."""
        background.background.submit(lambda: self._make(done))

    def wait(self, timeout: float | None) -> bool:
        """Wait until it is compiled or has failed; return whether it is compiled."""
        return self._done.wait(timeout) and self.state != "failed"

    def text(self) -> GeneratedText:
        """Return what the calls become."""
        if self.written is None:
            self.written = GeneratedText(self._calls)
        return self.written

    def _make(self, done: Callable[[], None]) -> None:
        """Write and compile the program, in the background."""
        try:
            written = self.text()
            if written.text is None:
                raise NotImplementedError("no code is generated for any of its calls")
            self.entries = library_of(written.module, written.text, background.background.run)
            self.state = "ready"
        except Exception as error:  # whatever is wrong, the replay goes on
            self.reason = f"{type(error).__name__}: {error}"
            self.state = "failed"
        finally:
            done()
            self._done.set()

    def warn(self) -> None:
        """Say once in a process why there is no generated program."""
        if self.reason not in _said:
            _said.add(self.reason)
            warnings.warn(f"compile(generate=True): the plan is replayed: {self.reason}", RuntimeWarning, stacklevel=4)

    def turn(self, replay: Callable[[], Any], generated: Callable[[], Any]) -> None:
        """Run one of the two programs and note its time; choose one after enough turns."""
        times = min(self._times, key=len)
        run = replay if times is self._times[0] else generated
        start = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - start)
        if len(self._times[1]) == TRIALS + _FIRST:
            before, now = (median(some[_FIRST:]) for some in self._times)
            self.medians = before, now
            self.state = "used" if now < before else "slower"

"""Tells how far a build is and how long it will take."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

TIMES = Path(__file__).with_name("build_times.json")
"""Seconds of one core for each extension while the others compile too: the forecast of a first build."""


def given_seconds(name: str) -> float:
    """Returns the seconds that an extension takes by the table; those of the middle one for a name it does not have."""
    times: dict[str, float] = json.loads(TIMES.read_text(encoding="utf-8"))
    return times.get(name, sorted(times.values())[len(times) // 2])


def shown(seconds: float) -> str:
    """Returns a time as people say it: 45 s, 7 min."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


class Progress:
    """Counts what is done of several jobs that run side by side, and corrects the forecast by the times they took."""

    def __init__(self, expected: dict[str, float], workers: int):
        """Begins to count.

        Args:
            expected: The seconds that each job is expected to take.
            workers: How many jobs run at a time.
        """
        self.expected = expected
        self.workers = min(workers, max(1, len(expected)))
        self.begun = time.monotonic()
        self.done: dict[str, float] = {}
        self.lock = threading.Lock()

    def total(self) -> float:
        """Returns the seconds that all jobs will have taken in the end, and at least what the longest one takes."""
        counted = sum(self.expected[name] for name in self.done)
        slower = sum(self.done.values()) / counted if counted else 1.0
        return slower * max(sum(self.expected.values()) / self.workers, *self.expected.values())

    def finish(self, name: str, seconds: float) -> str:
        """Counts a job that took so long; returns "3 of 28, about 90 s to go"."""
        with self.lock:
            self.done[name] = seconds
            count, jobs = len(self.done), len(self.expected)
            if count == jobs:
                return f"{count} of {jobs}"
            left = max(1.0, self.total() - (time.monotonic() - self.begun))
            return f"{count} of {jobs}, about {shown(left)} to go"

"""The thread that compiles generated programs, one after the other, while plans are replayed."""

from __future__ import annotations

import atexit
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class _Background:
    """The jobs that wait, the thread that does them, and the compiler that runs."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._child: subprocess.Popen[str] | None = None
        self._ends = False

    def submit(self, job: Callable[[], None]) -> None:
        """Have a job done, which raises nothing."""
        self._jobs.put(job)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="mocrograd-generate", daemon=True)
                self._thread.start()

    def run(self, command: list[str], cwd: Path, environment: dict[str, str]) -> tuple[int, str]:
        """Run a command, which ends with this process at the latest.

        Raises:
            SystemExit: The process ends.
        """
        with self._lock:
            if self._ends:
                raise SystemExit
            self._child = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # Ctrl-C is for the program, which may catch it and go on
            )
        said, _ = self._child.communicate()
        with self._lock:
            status, self._child = self._child.returncode, None
            if self._ends:
                raise SystemExit
        return status, said

    def end(self) -> None:
        """Kill the compiler, and wait until its files are gone."""
        with self._lock:
            self._ends = True
            if self._child is not None:
                with suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGKILL)
            thread = self._thread
        if thread is not None:
            self._jobs.put(_nothing)  # wakes it where it waits
            thread.join(5)

    def _work(self) -> None:
        while not self._ends:
            with suppress(SystemExit):
                self._jobs.get()()


def _nothing() -> None:
    """Do nothing."""


background = _Background()
atexit.register(lambda: background.end())


def _start_anew() -> None:
    """Forget the parent's thread and compiler, which no forked child has."""
    global background
    background = _Background()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)

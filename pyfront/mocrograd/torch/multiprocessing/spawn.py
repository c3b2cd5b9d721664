"""Processes that run one function, each with its number, and an error of one of them as an error here."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


class ProcessException(Exception):
    """A process failed.

    Attributes:
        error_index: Which one.
        error_pid: Its identifier.
    """

    def __init__(self, msg: str, error_index: int, error_pid: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.error_pid)


class ProcessRaisedException(ProcessException):
    """The function raised in a process."""


class ProcessExitedException(ProcessException):
    """A process ended by a signal, or with a code.

    Attributes:
        exit_code: The code, the negative number of a signal.
        signal_name: The signal's name.
    """

    def __init__(
        self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.error_pid, self.exit_code, self.signal_name)


def _wrap(fn: Callable[..., Any], i: int, args: tuple[Any, ...], error_file: str) -> None:
    """Run the function in a process, and leave its error's text in a file."""
    try:
        fn(i, *args)
    except KeyboardInterrupt:
        pass
    except Exception:
        Path(error_file).write_text(traceback.format_exc())
        sys.exit(1)


class ProcessContext:
    """Processes that were started together.

    Attributes:
        processes: They.
        error_files: Where each one leaves the text of its error.
    """

    def __init__(self, processes: Sequence[Any], error_files: Sequence[str], folder: Any = None) -> None:
        self.processes, self.error_files = list(processes), list(error_files)
        self._folder = folder  # which goes with this object
        self.sentinels = {process.sentinel: index for index, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """Return their identifiers."""
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until one of them fails, or some end; return whether all have ended.

        Args:
            timeout: The most seconds to wait.
            grace_period: How long the others have to end after one has failed, before they are stopped.

        Raises:
            ProcessRaisedException: The function raised.
            ProcessExitedException: A process ended otherwise.
        """
        if not self.sentinels:
            return True
        for sentinel in multiprocessing.connection.wait(list(self.sentinels), timeout):
            index = self.sentinels.pop(sentinel)
            self.processes[index].join()
            if self.processes[index].exitcode:
                self._stop(grace_period)
                raise self._error(index)
        return not self.sentinels

    def _stop(self, grace_period: float | None) -> None:
        for seconds, end in ((grace_period or 0, "terminate"), (grace_period or 30, "kill")):
            for process in self.processes:
                process.join(seconds)
                if process.is_alive():
                    getattr(process, end)()
        for process in self.processes:
            process.join()

    def _error(self, index: int) -> ProcessException:
        process, file = self.processes[index], Path(self.error_files[index])
        if file.exists():
            text = f"\n\n-- Process {index} terminated with the following error:\n{file.read_text()}"
            return ProcessRaisedException(text, index, process.pid)
        code = process.exitcode
        name = signal.Signals(-code).name if code < 0 else None
        how = f"signal {name}" if name else f"exit code {code}"
        return ProcessExitedException(f"process {index} terminated with {how}", index, process.pid, code, name)


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Call `fn(i, *args)` in `nprocs` processes.

    Args:
        fn: A function of a module, which processes import.
        args: Its further arguments.
        nprocs: How many there are.
        join: Whether to wait for all.
        daemon: Whether they end with this process.
        start_method: "spawn", "fork" or "forkserver".

    Returns:
        None, or what waits for them where `join` is False.

    Raises:
        ProcessRaisedException: The function raised in a process.
        ProcessExitedException: A process ended otherwise.
    """
    context = multiprocessing.get_context(start_method)
    folder = TemporaryDirectory(prefix="mocrograd-errors-", ignore_cleanup_errors=True)
    files = [str(Path(folder.name) / f"{i}.txt") for i in range(nprocs)]
    started = []
    for i in range(nprocs):
        process = context.Process(target=_wrap, args=(fn, i, args, files[i]), daemon=daemon)  # type: ignore[attr-defined]
        process.start()
        started.append(process)
    running = ProcessContext(started, files, folder)
    if not join:
        return running
    while not running.join():
        pass
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Call `fn(i, *args)` in `nprocs` new processes of Python; see `start_processes`."""
    return start_processes(fn, args, nprocs, join, daemon, start_method)

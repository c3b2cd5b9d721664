"""Timer: how long a statement takes."""

from __future__ import annotations

import statistics
import textwrap
import timeit
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from typing import Any, NoReturn

from mocrograd import backend
from mocrograd.utils.benchmark.measurement import Measurement, TaskSpec, set_torch_threads

_LARGEST = 2**31 - 1


class Language(Enum):
    """What a statement is written in."""

    PYTHON = 0
    CPP = 1


def timer() -> float:
    """Return the seconds of a clock, once a GPU has done what it was told to."""
    if backend.device_count():
        import_module("mocrograd.cuda").synchronize()
    return timeit.default_timer()


class Timer:
    """Measures how long a statement takes.

    Args:
        stmt: The statement.
        setup: What runs once before.
        global_setup: Must be empty.
        timer: Returns the seconds of a clock.
        globals: The names that the statement knows, besides `torch`.
        label: What all of a table is about.
        sub_label: The name of its row.
        description: The name of its column.
        env: Where it runs; rows of different ones are told apart.
        num_threads: With how many threads it runs.
        language: Must be Python.

    Raises:
        ValueError: The statement is no text, or the language is unknown or C++.
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Language | str = Language.PYTHON,
    ) -> None:
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if language in (Language.CPP, "cpp", "c++"):
            raise ValueError("Timer: statements in C++ would be compiled against torch; only Python's are timed")
        if language not in (Language.PYTHON, "py", "python"):
            raise ValueError(f"Invalid language `{language}`.")
        if global_setup:
            raise ValueError(f"global_setup is C++ only, got `{global_setup}`; what it does may stand in `setup`")
        stmt, setup = (textwrap.dedent(text).removeprefix("\n").rstrip() for text in (stmt, setup))
        names = {"torch": import_module("mocrograd"), **(globals or {})}
        self._timer = timeit.Timer(stmt, setup, timer, names)
        self._task_spec = TaskSpec(stmt, setup, "", label, sub_label, description, env, num_threads)

    def _seconds(self, number: int) -> float:
        return max(self._timer.timeit(number), 1e-9)

    def timeit(self, number: int = 1000000) -> Measurement:
        """Return one time of `number` runs, after a hundredth of them to warm up."""
        with set_torch_threads(self._task_spec.num_threads):
            self._seconds(max(number // 100, 2))
            return Measurement(number, [self._seconds(number)], self._task_spec)

    def repeat(self, repeat: int = -1, number: int = -1) -> NoReturn:
        """Refuse: `blocked_autorange` is there instead.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback: Callable[[int, float], None] | None = None) -> NoReturn:
        """Refuse: `blocked_autorange` is there instead.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def blocked_autorange(
        self, callback: Callable[[int, float], None] | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """Measure blocks of runs, each so long that reading the clock does not count.

        Args:
            callback: Called with the runs and the seconds of each block.
            min_run_time: The seconds of all blocks, at least.

        Returns:
            A time for each block.
        """
        return self._blocks(self._block_size(min_run_time), min_run_time, None, callback, lambda found: True)

    def adaptive_autorange(
        self,
        threshold: float = 0.1,
        *,
        min_run_time: float = 0.01,
        max_run_time: float = 10.0,
        callback: Callable[[int, float], None] | None = None,
    ) -> Measurement:
        """Measure blocks of runs until the quartiles of the times are close.

        Args:
            threshold: Their distance at the end, as a share of the median.
            min_run_time: The seconds of all blocks, at least.
            max_run_time: The seconds of all blocks, about at most.
            callback: Called with the runs and the seconds of each block.

        Returns:
            A time for each block.
        """

        def close(found: Measurement) -> bool:
            return len(found.raw_times) > 3 and found.meets_confidence(threshold)

        return self._blocks(self._block_size(0.05), min_run_time, max_run_time, callback, close)

    def _block_size(self, seconds: float) -> int:
        """Return how many runs make reading the clock a ten thousandth, or take as long as all may."""
        with set_torch_threads(self._task_spec.num_threads):
            idle = statistics.median(self._seconds(0) for _ in range(5))
            number = 1
            while True:
                taken = self._seconds(number)
                if taken > seconds or (taken >= seconds / 1000 and idle <= 1e-4 * taken) or number * 10 > _LARGEST:
                    return number
                number *= 10

    def _blocks(
        self,
        number: int,
        least: float,
        most: float | None,
        callback: Callable[[int, float], None] | None,
        enough: Callable[[Measurement], bool],
    ) -> Measurement:
        found = Measurement(number, [], self._task_spec)
        total = 0.0
        with set_torch_threads(self._task_spec.num_threads):
            while total < least or not enough(found):
                found.raw_times.append(self._seconds(number))
                total += found.raw_times[-1]
                if callback is not None:
                    callback(number, found.raw_times[-1])
                if most is not None and total > most:
                    break
        return found

    def collect_callgrind(self, number: int = 100, **options: Any) -> NoReturn:
        """Refuse: instructions are not counted.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("collect_callgrind() is not available: run the program under valgrind or perf stat")

"""What was timed, and the times."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from mocrograd import backend

_UNITS = {"ns": ("nanosecond", 1e-9), "us": ("microsecond", 1e-6), "ms": ("millisecond", 1e-3), "s": ("second", 1)}
_NORMAL_90 = 1.645  # standard deviations around the mean that hold 90 % of a normal distribution
_LEAST_INTERVAL = 25e-9
_MOST_FIGURES = 4
_SPREADS = (
    (0.25, "This suggests significant environmental influence."), (0.1, "This could indicate system fluctuation."),
)  # fmt: skip
"""How wide the middle half of the times may be, as a share of the median, and what to say of wider ones."""


@dataclass(frozen=True, repr=True)
class TaskSpec:
    """What a timer runs, and what tables call it.

    Attributes:
        stmt: The statement.
        setup: What runs before.
        global_setup: Accepted; of C++ alone.
        label: What all of a table is about.
        sub_label: The name of its row.
        description: The name of its column.
        env: Where it ran.
        num_threads: With how many threads.
    """

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or the statement, with the row's name."""
        row = f"({self.sub_label})" if self.sub_label and self.label is None else self.sub_label or ""
        if self.label is not None:
            return f"{self.label}: {row}" if row else self.label
        if "\n" not in self.stmt:
            return f"{self.stmt}: {self.sub_label}" if row else self.stmt
        return f"stmt:{' ' + row if row else ''}\n{textwrap.indent(self.stmt, '  ')}"

    def setup_str(self) -> str:
        """Return the setup as text, empty where nothing runs."""
        if self.setup in ("", "pass"):
            return ""
        return f"setup:\n{textwrap.indent(self.setup, '  ')}" if "\n" in self.setup else f"setup: {self.setup}"

    def summarize(self) -> str:
        """Return title, description and setup as lines."""
        parts = [part for part in (self.title, self.description or "", self.setup_str()) if part]
        return "\n".join(part + "\n" if "\n" in part else part for part in parts)


@dataclass(repr=False)
class Measurement:
    """The times of a statement; what its task says are attributes too.

    Args:
        number_per_run: How often it ran for each time.
        raw_times: The times, in seconds.
        task_spec: What ran.
        metadata: What the user keeps with it.
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in _TASK:
            return getattr(self.task_spec, name)
        raise AttributeError(f"'Measurement' object has no attribute {name!r}")

    @property
    def times(self) -> list[float]:
        """The seconds of one run, of each time."""
        return [time / self.number_per_run for time in self.raw_times]

    def _quantile(self, share: float) -> float:
        return float(np.quantile(self.times, share)) if self.raw_times else -1.0

    @property
    def median(self) -> float:
        """The median of the times."""
        return self._quantile(0.5)

    @property
    def mean(self) -> float:
        """The mean of the times."""
        return float(np.mean(self.times)) if self.raw_times else -1.0

    @property
    def iqr(self) -> float:
        """The distance between the quartiles of the times."""
        return self._quantile(0.75) - self._quantile(0.25)

    @property
    def significant_figures(self) -> int:
        """How many figures of the median to show, from one to four, by the spread of the middle half."""
        count = len(self.raw_times)
        middle = sorted(self.times)[count // 4 : math.ceil(3 * count / 4)]
        interval = max(_NORMAL_90 * float(np.std(middle)) / math.sqrt(len(middle)), _LEAST_INTERVAL)
        return min(max(math.floor(math.log10(self.median / interval)), 1), _MOST_FIGURES)

    @property
    def has_warnings(self) -> bool:
        """Whether the times spread so far that the median says little."""
        return bool(self._warnings())

    def meets_confidence(self, threshold: float = _SPREADS[1][0]) -> bool:
        """Return whether the middle half is narrower than a share of the median."""
        return self.iqr / self.median < threshold

    def _warnings(self) -> list[str]:
        said = next((said for threshold, said in _SPREADS if not self.meets_confidence(threshold)), None)
        if said is None or not self.raw_times:
            return []
        share = self.iqr / self.median * 100
        return [f"  WARNING: Interquartile range is {share:.1f}% of the median measurement.", f"           {said}"]

    @property
    def title(self) -> str:
        """The task's title."""
        return self.task_spec.title

    @property
    def as_row_name(self) -> str:
        """The name of the row in a table."""
        return self.task_spec.sub_label or self.task_spec.stmt or "[Unknown]"

    def __repr__(self) -> str:
        """Return the task, the median, the quartiles and the number of runs as lines."""
        unit, scale = select_unit(self.median)
        count, threads, runs = len(self.raw_times), self.task_spec.num_threads, self.number_per_run
        lines = [object.__repr__(self), self.task_spec.summarize()]
        lines.append(f"  {'Median: ' if count > 1 else ''}{self.median / scale:.2f} {unit}")
        if count >= 4:
            low, high = self._quantile(0.25) / scale, self._quantile(0.75) / scale
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {unit} ({low:.2f} to {high:.2f})")
        each = f"{runs} runs per measurement," if count > 1 else f"{runs} runs ,"
        lines.append(f"  {count} measurement{'s' * (count > 1)}, {each} {threads} thread{'s' * (threads > 1)}")
        return "\n".join([*lines, *self._warnings()])

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """Return one measurement of each task, with the times of single runs of all.

        Args:
            measurements: The measurements.
        """
        times: dict[TaskSpec, list[float]] = {}
        for measurement in measurements:
            times.setdefault(measurement.task_spec, []).extend(measurement.times)
        return [Measurement(1, found, task) for task, found in times.items()]


_TASK = {field.name for field in fields(TaskSpec)}


def select_unit(t: float) -> tuple[str, float]:
    """Return the unit that suits a time, and its seconds.

    Args:
        t: The time, in seconds.
    """
    thousands = math.floor(math.log10(t) / 3) if t > 0 else 0
    unit = {-3: "ns", -2: "us", -1: "ms"}.get(thousands, "s")
    return unit, _UNITS[unit][1]


def unit_to_english(u: str) -> str:
    """Return the word for a unit.

    Args:
        u: "ns", "us", "ms" or "s".
    """
    return _UNITS[u][0]


def trim_sigfig(x: float, n: int) -> float:
    """Return a number rounded to `n` significant figures."""
    scale = 10.0 ** (math.ceil(math.log10(abs(x))) - n)
    return round(x / scale) * scale


def ordered_unique(elements: Iterable[Any]) -> list[Any]:
    """Return the different elements in the order in which they came first."""
    return list(dict.fromkeys(elements))


@contextmanager
def set_torch_threads(n: int) -> Iterator[None]:
    """Compute with `n` threads inside a `with`."""
    before = backend.get_num_threads()
    backend.set_num_threads(n)
    try:
        yield
    finally:
        backend.set_num_threads(before)

"""torch.profiler: kernels and named regions of a program, over the library's own profiler.

What is measured is calls of kernels, so an operation that is composed of others shows as those. Stacks, shapes and
memory of single operations are not recorded; `mocrograd.profile` has tables with bytes and rates besides.
"""

from __future__ import annotations

import functools
import gzip
import json
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any

import mocrograd.profiler as kernels

__all__ = [
    "ProfilerAction",
    "ProfilerActivity",
    "kineto_available",
    "profile",
    "record_function",
    "schedule",
    "supported_activities",
    "tensorboard_trace_handler",
]


class ProfilerActivity(Enum):
    """What a profile can listen to; kernels on the CPU are timed, of a GPU their launches."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(Enum):
    """What a profile does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


_RECORDS = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
_running: profile | None = None


def kineto_available() -> bool:
    """Return False: there is no Kineto."""
    return False


def supported_activities() -> set[ProfilerActivity]:
    """Return what a profile can listen to on this machine."""
    return {ProfilerActivity.CPU}


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """Return a function that says what to do in a step: cycles of waiting, warming up and recording.

    Args:
        wait: Steps of a cycle in which nothing is done.
        warmup: Steps that come next, which are not recorded either.
        active: Steps that are recorded.
        repeat: The number of cycles; 0 for no end.
        skip_first: Steps before the first cycle.
        skip_first_wait: Whether, if not 0, the first cycle does not wait.

    Raises:
        AssertionError: A number is negative, or no step is active.
    """
    if min(wait, warmup, repeat, skip_first, skip_first_wait) < 0 or active <= 0:
        raise AssertionError(
            "Invalid profiler schedule arguments. Arguments wait, warmup, repeat, skip_first and skip_first_wait must "
            "be >= 0 and active > 0."
        )
    if warmup == 0:
        warnings.warn("Profiler won't be using warmup, this can skew profiler results", stacklevel=2)

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError(f"Step must be non-negative. Got {step}.")
        if step < skip_first:
            return ProfilerAction.NONE
        step += (wait if skip_first_wait else 0) - skip_first
        length = wait + warmup + active
        if repeat and step >= repeat * length:
            return ProfilerAction.NONE
        at = step % length
        if at < wait:
            return ProfilerAction.NONE
        if at < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if at < length - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[profile], None]:
    """Return a function for `on_trace_ready` that writes each trace into a folder, where TensorBoard looks for it.

    Args:
        dir_name: The folder; it is made when a trace is written.
        worker_name: The start of the files' names; the machine's name and the process's number by default.
        use_gzip: Whether files are compressed.
    """

    def write(profiled: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        ending = ".gz" if use_gzip else ""
        profiled.export_chrome_trace(os.path.join(dir_name, f"{worker}.{time.time_ns()}.pt.trace.json{ending}"))

    return write


class FunctionEvent:
    """A call of a kernel, or a named region; times are in microseconds."""

    def __init__(self, name: str, start: float, seconds: float, inside: float, flops: float = 0.0) -> None:
        self.name = self.key = name
        self.start, self.flops, self.count = start * 1e6, flops, 1
        self.cpu_time = self.cpu_time_total = seconds * 1e6
        self.self_cpu_time_total = self.cpu_time_total - inside * 1e6


class FunctionEventAvg:
    """The calls of one name, added up; times are in microseconds.

    Attributes:
        key: The name.
        count: The number of calls.
        cpu_time_total: How long they took.
        self_cpu_time_total: How long they took without the kernels within.
        flops: Arithmetic operations.
    """

    def __init__(self, key: str) -> None:
        self.key, self.count = key, 0
        self.cpu_time_total = self.self_cpu_time_total = self.flops = 0.0

    def add(self, event: FunctionEvent) -> None:
        """Count a call."""
        self.count += 1
        self.cpu_time_total += event.cpu_time_total
        self.self_cpu_time_total += event.self_cpu_time_total
        self.flops += event.flops

    @property
    def cpu_time(self) -> float:
        """How long a call took on average."""
        return self.cpu_time_total / self.count if self.count else 0.0


class EventList(list[Any]):
    """Events, or sums of them."""

    @property
    def self_cpu_time_total(self) -> float:
        """How long all of them took, without what is within others."""
        return float(sum(event.self_cpu_time_total for event in self))

    def key_averages(self, *args: Any, **kwargs: Any) -> EventList:
        """Return the events of each name added up."""
        found: dict[str, FunctionEventAvg] = {}
        for event in self:
            found.setdefault(event.key, FunctionEventAvg(event.key)).add(event)
        return EventList(found.values())

    def export_chrome_trace(self, path: str | Path) -> None:
        """Write single events as a trace that Perfetto and Chrome open, compressed where the path ends in .gz."""
        found = [
            {"name": e.name, "ph": "X", "pid": 0, "tid": 0, "ts": e.start, "dur": e.cpu_time_total, "args": {}}
            for e in self
        ]
        _write_trace(path, {"traceEvents": found})

    def total_average(self) -> FunctionEventAvg:
        """Return all of them added up."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.add(event)
        return total

    def table(
        self, sort_by: str | None = None, row_limit: int = 100, max_name_column_width: int = 55, **others: Any
    ) -> str:
        """Return a table of them.

        Args:
            sort_by: The attribute whose largest values come first.
            row_limit: The most rows; -1 for all.
            max_name_column_width: The most characters of a name.
            **others: Further options of torch, of which there is nothing here to choose.

        Raises:
            AttributeError: There is no such attribute.
        """
        rows = sorted(self, key=lambda event: -getattr(event, sort_by)) if sort_by else list(self)
        rows = rows[:row_limit] if row_limit >= 0 else rows
        total = max(self.self_cpu_time_total, 1e-9)
        width = max([len(row.key[:max_name_column_width]) for row in rows] or [4])
        heads = "Self CPU %      Self CPU     CPU total  CPU time avg    # of Calls"
        line = "-" * (width + 2 + len(heads))
        lines = [line, f"{'Name':>{width}}  {heads}", line]
        for row in rows:
            lines.append(
                f"{row.key[:max_name_column_width]:>{width}}  {100 * row.self_cpu_time_total / total:9.2f}%"
                f"  {row.self_cpu_time_total:10.3f}us  {row.cpu_time_total:10.3f}us  {row.cpu_time:10.3f}us"
                f"  {row.count:12}"
            )
        return "\n".join([*lines, line, f"Self CPU time total: {self.self_cpu_time_total:.3f}us", ""])

    def __str__(self) -> str:
        """Return the table."""
        return self.table()


class profile:
    """Measures the kernels and named regions that run within a `with`, or in the steps that a schedule names.

    Args:
        activities: What to listen to; by default what this machine has.
        schedule: A function from the number of a step to what is done in it; by default all is recorded.
        on_trace_ready: What is called with this profile when a recording has ended.
        record_shapes: Shapes are not recorded.
        profile_memory: The trace has the memory in use in any case.
        with_stack: Stacks are not recorded.
        with_flops: Operations are counted in any case.
        with_modules: Modules are not recorded.
        experimental_config: No effect.
        execution_trace_observer: No effect.
        acc_events: Whether the events of earlier recordings are kept.
        use_cuda: No effect.
        custom_trace_id_callback: No effect.

    Raises:
        AssertionError: `activities` has nothing that a profile can listen to.
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        execution_trace_observer: Any = None,
        acc_events: bool = False,
        use_cuda: bool | None = None,
        custom_trace_id_callback: Any = None,
    ) -> None:
        self.activities = set(supported_activities() if activities is None else activities)
        if not any(isinstance(activity, ProfilerActivity) for activity in self.activities):
            raise AssertionError("No valid profiler activities found")
        self.schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self.on_trace_ready, self.acc_events = on_trace_ready, acc_events
        self.record_shapes, self.profile_memory, self.with_stack = record_shapes, profile_memory, with_stack
        self.with_flops, self.with_modules = with_flops, with_modules
        self.step_num, self.current_action = 0, self.schedule(0)
        self._kernels: kernels.profile | None = None
        self._regions: list[tuple[str, float, float]] = []
        self._events = EventList()
        self._metadata: dict[str, Any] = {}

    def __enter__(self) -> profile:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Begin with the action of the current step.

        Raises:
            RuntimeError: Another profile is running.
        """
        if self.current_action in _RECORDS:
            self.start_trace()

    def stop(self) -> None:
        """End a recording that is running, and call `on_trace_ready`."""
        if self._listens:
            self._end()

    def step(self) -> None:
        """Say that the next step of the program begins."""
        before = self.current_action
        self.step_num += 1
        self.current_action = self.schedule(self.step_num)
        goes_on = self.current_action in _RECORDS
        if self._listens and (before is ProfilerAction.RECORD_AND_SAVE or not goes_on):
            self._end()
        if goes_on and not self._listens:
            self.start_trace()

    @property
    def _listens(self) -> bool:
        return _running is self

    def start_trace(self) -> None:
        """Begin to record.

        Raises:
            RuntimeError: Another profile is running.
        """
        global _running
        self._kernels = kernels.profile()
        self._kernels.__enter__()
        self._regions = []
        _running = self

    def stop_trace(self) -> None:
        """Stop to record."""
        global _running
        if self._kernels is None or not self._listens:
            return
        _running = None
        self._kernels.__exit__(None, None, None)
        found = [FunctionEvent(e.name, e.start, e.seconds, 0.0, e.flops) for e in self._kernels.events]
        for name, start, seconds in self._regions:
            inside = sum(e.seconds for e in self._kernels.events if start <= e.start < start + seconds)
            found.append(FunctionEvent(name, start, seconds, inside))
        found.sort(key=lambda event: event.start)
        self._events = EventList([*self._events, *found] if self.acc_events else found)

    def _end(self) -> None:
        self.stop_trace()
        if self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def _note(self, name: str, begun: float) -> None:
        """Note a region that has ended."""
        assert self._kernels is not None
        self._regions.append((name, begun - self._kernels._start, time.perf_counter() - begun))

    def events(self) -> EventList:
        """Return the calls and regions of the last recording, in the order in which they began."""
        return self._events

    def key_averages(self, *args: Any, **kwargs: Any) -> EventList:
        """Return the calls and regions of each name added up."""
        return self._events.key_averages()

    def add_metadata(self, key: str, value: str) -> None:
        """Add text to the trace."""
        self._metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """Add a value, given as JSON, to the trace."""
        self._metadata[key] = json.loads(value)

    def export_chrome_trace(self, path: str | Path) -> None:
        """Write the last recording as a trace that Perfetto and Chrome open, compressed where the path ends in .gz.

        Raises:
            AssertionError: Nothing has been recorded.
        """
        if self._kernels is None:
            raise AssertionError("Profiler must be initialized before exporting chrome trace")
        regions = [
            {"name": name, "cat": "user_annotation", "ph": "X", "pid": 0, "tid": 0, "ts": at * 1e6, "dur": took * 1e6}
            for name, at, took in self._regions
        ]
        content = {"traceEvents": [*self._kernels.trace(), *regions], "displayTimeUnit": "ns", **self._metadata}
        _write_trace(path, content)


def _write_trace(path: str | Path, content: dict[str, Any]) -> None:
    data = json.dumps(content).encode()
    Path(path).write_bytes(gzip.compress(data) if str(path).endswith(".gz") else data)


class record_function:
    """Names the part of a program within a `with`, or a function that it decorates, in a profile that is running.

    Args:
        name: The name.
        args: Text that torch keeps beside it.
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args

    def __enter__(self) -> record_function:
        """Begin the region."""
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        """End it."""
        if _running is not None:
            _running._note(self.name, self._begun)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose calls are regions."""

        @functools.wraps(function)
        def named(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return named

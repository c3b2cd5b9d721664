"""The profiler: which kernels ran, how long, how many bytes and operations, and how near to the machine's limits.

    with mg.profile() as p:
        step(x, y)
    print(p.table())
    p.export_chrome_trace("trace.json")  # for ui.perfetto.dev or chrome://tracing

Calls are timed where Mojo makes them, in eager code and in compiled steps alike. While no profile runs, a call pays one
look at a word. On a GPU only the launch is timed, because a kernel runs on after its launch.
"""

from __future__ import annotations

import functools
import json
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import NamedTuple

from mocrograd import backend, ops
from mocrograd.backend import recording
from mocrograd.serialization.files import replacement

SORT_KEYS = ("time", "calls", "bytes", "flops", "name")


class Roof(NamedTuple):
    """What this machine can do on the threads in use: operations and bytes per second."""

    flops: float
    bytes: float


@dataclass
class Event:
    """A kernel call.

    Attributes:
        name: The kernel, "op.direction.dtype", or "chain" and the ops that were fused.
        start: When it started, in seconds since the profile began.
        seconds: How long it took.
        thread: The system's number of the thread that called.
        flops: Arithmetic operations, as people count them.
        bytes: Bytes read and written, each operand once.

    Example:
        >>> import mocrograd as mg
        >>> with mg.profiler.profile() as profile:
        ...     y = mg.ones(4).exp()
        >>> [event.name for event in profile.events if "exp" in event.name]
        ['exp.forward.float32']
    """

    name: str
    start: float
    seconds: float
    thread: int
    flops: float
    bytes: float


@dataclass
class Row:
    """The calls of one kernel, or of one op, added up; the attributes are those of `Event`.

    Example:
        >>> import mocrograd as mg
        >>> with mg.profiler.profile() as profile:
        ...     y = mg.ones(4).exp().exp()
        >>> [row.calls for row in profile.rows() if "exp" in row.name]
        [2]
    """

    name: str
    calls: int = 0
    seconds: float = 0.0
    flops: float = 0.0
    bytes: float = 0.0

    def add(self, event: Event) -> None:
        """Count a call."""
        self.calls += 1
        self.seconds += event.seconds
        self.flops += event.flops
        self.bytes += event.bytes

    def share_of_roof(self, roof: Roof) -> float:
        """Return which part of the machine's limit was reached: of its arithmetic or its memory, the nearer one."""
        if self.seconds == 0:
            return 0.0
        return max(self.flops / self.seconds / roof.flops, self.bytes / self.seconds / roof.bytes)


class profile:
    """Measures the kernels that run in the body of a `with`, in all threads.

    Attributes:
        events: The calls in the order in which they ended.
        seconds: How long the body took.

    Example:
        >>> import mocrograd as mg
        >>> with mg.profile() as p:
        ...     y = (mg.ones(100, 100) @ mg.ones(100, 100)).relu()
        >>> [row.name for row in p.rows(by="op", sort_by="name")]
        ['fill', 'matmul.forward', 'relu.forward']
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.seconds = 0.0
        self._memory: list[tuple[float, int]] = []

    def __enter__(self) -> profile:
        """Start to measure.

        Raises:
            RuntimeError: Another profile is running.
        """
        if recording.kept is not None:
            raise RuntimeError("a profile is running already")
        recording.kept = []
        self._position = backend.tape_start()
        self._start = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and work out what the calls cost."""
        self.seconds = time.perf_counter() - self._start
        log = backend.tape_stop(self._position)
        try:
            self._decode(log)
        finally:
            recording.kept = None

    def _decode(self, log: bytes) -> None:
        names = _names()
        begin = int(self._start * 1e9)
        held = 0
        now = 0.0
        sizes: dict[int, int] = {}
        for kind, thread, event in _entries(log):
            if kind == backend.TAPE_CALL:
                name = names.get(event[2], "unknown")
                label, flops, nbytes = _cost(name, event[4:])
                now = (event[1] - begin) / 1e9
                seconds = (event[1] - event[0]) / 1e9
                self.events.append(Event(label, (event[0] - begin) / 1e9, seconds, thread, flops, nbytes))
                continue
            if kind == backend.TAPE_TAKE:
                sizes[event[0]] = event[2]
                held += event[2]
            else:
                held -= sizes.pop(event[0], 0)
            self._memory.append((now, held))

    def rows(self, by: str = "kernel", sort_by: str = "time") -> list[Row]:
        """Return the calls added up.

        Args:
            by: "kernel", or "op" (all dtypes together).
            sort_by: "time", "calls", "bytes", "flops" (largest first) or "name".

        Raises:
            ValueError: `by` or `sort_by` is something else.
        """
        if by not in ("kernel", "op"):
            raise ValueError(f"rows(): by must be 'kernel' or 'op', got {by!r}")
        if sort_by not in SORT_KEYS:
            raise ValueError(f"rows(): sort_by must be one of {', '.join(SORT_KEYS)}, got {sort_by!r}")
        found: dict[str, Row] = {}
        for event in self.events:
            name = event.name if by == "kernel" else _op(event.name)
            found.setdefault(name, Row(name)).add(event)
        rows = sorted(found.values(), key=lambda row: row.name)
        if sort_by != "name":
            attribute = "seconds" if sort_by == "time" else sort_by
            rows.sort(key=lambda row: -getattr(row, attribute))
        return rows

    def table(self, by: str = "kernel", sort_by: str = "time", row_limit: int = 100) -> str:
        """Return the calls as a table: time, share of the time, bytes, rates, and share of the machine's limit.

        Args:
            by: As in `rows`.
            sort_by: As in `rows`.
            row_limit: The most rows.
        """
        limit = roof()
        rows = self.rows(by, sort_by)
        inside = sum(row.seconds for row in rows)
        width = min(max([len(row.name) for row in rows] or [6]), 60)
        heads = f"{'calls':>7} {'us':>11} {'us/call':>9} {'%':>5} {'MB':>9} {'GFLOP/s':>8} {'GB/s':>7} {'roof':>5}"
        lines = [f"{by:{width}} {heads}"]
        for row in rows[:row_limit]:
            seconds = max(row.seconds, 1e-9)
            lines.append(
                f"{row.name[:width]:{width}} {row.calls:7} {row.seconds * 1e6:11.1f} "
                f"{row.seconds / row.calls * 1e6:9.2f} {100 * row.seconds / max(inside, 1e-12):5.1f} "
                f"{row.bytes / 1e6:9.2f} {row.flops / seconds / 1e9:8.1f} {row.bytes / seconds / 1e9:7.1f} "
                f"{100 * row.share_of_roof(limit):4.0f}%"
            )
        lines.append(
            f"{len(self.events)} calls took {inside * 1e6:,.1f} us of {self.seconds * 1e6:,.1f} us; roof: "
            f"{limit.flops / 1e9:.0f} GFLOP/s, {limit.bytes / 1e9:.0f} GB/s on {backend.get_num_threads()} threads"
        )
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Show the table."""
        return self.table()

    def export_chrome_trace(self, path: str | Path) -> None:
        """Write the calls, and the memory in use, as a trace that Perfetto and Chrome open.

        Args:
            path: The file, JSON.
        """
        content = json.dumps({"traceEvents": list(self.trace()), "displayTimeUnit": "ns"})
        with replacement(path) as file:
            file.write(content.encode())

    def trace(self) -> Iterator[dict[str, object]]:
        """Iterate over the entries of such a file."""
        for event in self.events:
            yield {
                "name": event.name, "cat": _op(event.name), "ph": "X", "pid": 0, "tid": event.thread,
                "ts": event.start * 1e6, "dur": event.seconds * 1e6,
                "args": {"flops": event.flops, "bytes": event.bytes},
            }  # fmt: skip
        for seconds, held in self._memory:
            yield {"name": "memory", "ph": "C", "pid": 0, "ts": seconds * 1e6, "args": {"bytes": max(held, 0)}}


class Operations:
    """Counts the arithmetic operations of the kernels that run between `start` and `stop`, which may nest.

    Example:
        >>> import mocrograd as mg
        >>> counter = mg.profiler.Operations()
        >>> with counter:
        ...     position = counter.start()
        ...     y = mg.ones(8, 8) @ mg.ones(8, 8)
        ...     print(counter.stop(position) >= 2 * 8**3)
        True
    """

    def __enter__(self) -> Operations:
        """Begin to listen."""
        self._keeps = recording.kept is None
        if self._keeps:
            recording.kept = []
        self._names = _names()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        if self._keeps:
            recording.kept = None

    def start(self) -> int:
        """Begin to count, and return what `stop` takes."""
        return backend.tape_start()

    def stop(self, position: int) -> float:
        """Return how many operations ran since a start."""
        return sum(flops for _, flops in self.calls(position))

    def calls(self, position: int) -> list[tuple[str, float]]:
        """Stop as `stop`, and return each call's kernel and its operations."""
        calls = [event for kind, _, event in _entries(backend.tape_stop(position)) if kind == backend.TAPE_CALL]
        return [_cost(self._names.get(event[2], "unknown"), event[4:])[:2] for event in calls]


def _entries(log: bytes) -> Iterator[tuple[int, int, array[int]]]:
    """Iterate over a tape's events: kind, thread and words."""
    words = array("q")
    words.frombytes(log)
    at = 0
    while at < len(words):
        kind, length, thread = words[at : at + 3]
        yield kind, thread, words[at + 3 : at + length]
        at += length


def _op(name: str) -> str:
    """Return a kernel's name without its dtype."""
    return name if name.startswith("chain") else name.rpartition(".")[0]


def _names() -> dict[int, str]:
    forms = [backend.FORMS[form] for form in ("original", "tiled", "gpu")]
    names = {address: name for form in forms for name, address in reversed(form.items())}  # own names, not shared ones
    return names | {backend.CHAIN: "chain"}


def _cost(name: str, words: array[int]) -> tuple[str, float, float]:
    """Return the label of a call, its operations and its bytes."""
    if name in backend.FORMS["cost"]:
        cost = backend.describe(name, words)
        return name, cost.flops, cost.bytes
    if name != "chain":
        return name, 0.0, 0.0
    parts = {address: part for part, address in backend.FORMS["part"].items()}
    steps, flops, at = [], 0.0, len(backend.CHAIN_HEAD.letters)
    for _ in range(words[backend.CHAIN_HEAD.at("steps")]):
        step = {name: words[at + index] for name, index in backend.CHAIN_STEP.names.items()}
        part, count = parts[step["part"]], step["words"]
        at += len(backend.CHAIN_STEP.letters) + len(backend.CHAIN_TILE.letters) * step["tiles"]
        flops += backend.describe(part, words[at : at + count]).flops
        steps.append(part.rpartition(".")[0].removesuffix(".forward"))
        at += count
    return "chain: " + ", ".join(steps), flops, float(words[backend.CHAIN_HEAD.at("bytes")])


def roof() -> Roof:
    """Measure what this machine can do on the threads in use: a matrix product and a large sum, in some 30 ms, once."""
    return _measured_roof(backend.get_num_threads())


@functools.lru_cache(maxsize=8)
def _measured_roof(threads: int) -> Roof:
    n = 512
    a, large = ops.ones(n, n), ops.ones(1 << 23)

    def seconds(function: object, times: int) -> float:
        taken = []
        for _ in range(times):
            start = time.perf_counter()
            function()  # type: ignore[operator]
            taken.append(time.perf_counter() - start)
        return median(taken)

    return Roof(2 * n**3 / seconds(lambda: a @ a, 9), large.nbytes / seconds(lambda: large.sum(), 9))

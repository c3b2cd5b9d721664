"""What the benchmarks of the kernel families share: each case is checked, then all contenders take turns on it.

Contenders are the implementations of mocrograd and each library that is installed, all with as many threads as the
process may use. They take turns (A B C A B C ...). Each turn begins with a pause, in which the threads of the one
before go to sleep, and some calls that are not timed. A turn in which the system took a core away is repeated:
OpenMP's threads wait for each other in every call, so a single foreign process makes torch and NumPy a hundred times
slower. The C library is told to keep its memory: otherwise NumPy and torch would take fresh memory for large results,
and the time in which the system clears pages would be measured. A floor is the time that the arithmetic or the memory
traffic of a case, each operand once, takes at the machine's measured peak.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import report

HUGE = 100_000_000_000
KEEP = f"glibc.malloc.mmap_threshold={HUGE}:glibc.malloc.trim_threshold={HUGE}:glibc.malloc.top_pad=268435456"
BUDGET = 4e-3
"""Seconds that a turn of one contender takes at least."""
PAUSE = 0.05
"""Seconds of rest before a turn: OpenBLAS's threads wait by spinning for 2^26 cycles, and hold the next one's core."""
WARM = 0.01
"""Seconds of calls before a turn is timed, in which a contender's own threads come back to their cores."""
HASTE = 0.02
"""What part of these times a single round takes: it checks that a script runs, and measures nothing."""
REPEATS = 5
"""How often a disturbed turn is repeated at most; then it counts."""
SLOW = 1e9
"""Operations from which `original`, a scalar loop, would take too long to wait for."""

Run = Callable[[], Any]
Surroundings = Callable[[], contextlib.AbstractContextManager[Any]]


class Case(NamedTuple):
    """One operation on one size.

    Attributes:
        group: The operation.
        size: Elements.
        bytes: The least traffic of a call.
        flops: Operations of a call; 0 where only bytes are moved.
        make: Given a module, mocrograd, numpy or torch, makes what one contender calls, with data of its own;
            None where that module takes no part.
        fault: Given the result of a contender's first call, says what is wrong with it, or "".
        label: The case in words; group and size where left out.
        plain: Operations of `original` where it does more.
    """

    group: str
    size: int
    bytes: int
    flops: int
    make: Callable[[Any], Run | None]
    fault: Callable[[Any], str]
    label: str = ""
    plain: int = 0


class Turn(NamedTuple):
    """What a contender calls, and the surroundings that it is called in, made anew for each turn."""

    surroundings: Surroundings
    run: Run


def close_to(expected: Any, tolerance: float) -> Callable[[Any], str]:
    """Return a check that a result is an array within a tolerance, absolute and relative, of float64 values."""
    import numpy as np

    def fault(result: Any) -> str:
        got = np.asarray(result, dtype=np.float64)
        if got.shape != np.shape(expected):
            return f"has shape {got.shape}, not {np.shape(expected)}"
        right = np.allclose(got, expected, tolerance, tolerance, equal_nan=True)
        return "" if right else f"is off by up to {np.nanmax(np.abs(got - expected))}"

    return fault


def tensor(m: Any, array: Any) -> Any:
    """Return a copy of a NumPy array as an array or tensor of the module."""
    import numpy as np

    return array.copy() if m is np else m.from_numpy(array.copy())


def gradient_of(x: Any, run: Callable[[], Any], upstream: Any = None) -> Run:
    """Return what computes a result and returns its gradient in x, given the gradient in the result."""

    def both() -> Any:
        x.grad = None
        run().backward(upstream)
        return x.grad

    return both


def turns_of(case: Case, threads: int) -> dict[str, Turn]:
    """Return the turn of each contender, after checking what its first call returns."""
    import mocrograd as mg
    import numpy as np

    many = max(2, threads)
    settings = (*(["original"] if max(case.flops, case.plain) <= SLOW else []), "fixed:1", f"fixed:{many}", "dynamic")
    entered: list[tuple[str, Surroundings, Run | None]]
    entered = [(name.replace(":", " "), partial(mg.kernels, name), case.make(mg)) for name in settings]
    entered.append(("numpy", contextlib.nullcontext, case.make(np)))
    torch = torch_module(threads)
    if torch:
        entered.append(("torch", contextlib.nullcontext, case.make(torch)))
    turns = {name: Turn(surroundings, run) for name, surroundings, run in entered if run}
    for name, turn in turns.items():
        with turn.surroundings():
            fault = case.fault(turn.run())
        if fault:
            raise SystemExit(f"{case.group} of {case.size} elements by {name} {fault}")
    return turns


def seconds_of(turns: dict[str, Turn], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of a call in each of its turns for each contender."""
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    part = 1 if rounds > 1 else HASTE
    for _ in range(rounds):
        for name, turn in turns.items():
            for _ in range(REPEATS if rounds > 1 else 1):
                taken, passed = switches(), _seconds_of_turn(turn, part)
                if switches() == taken:
                    break
            seconds[name].append(passed)
    return seconds


def switches() -> int:
    """Return how often the system has taken a core from a thread of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _seconds_of_turn(turn: Turn, part: float) -> float:
    """Return the seconds of a call, after a pause and some calls that are not timed."""
    time.sleep(PAUSE * part)
    with turn.surroundings():
        start, calls = time.perf_counter(), 0
        while not calls or time.perf_counter() - start < WARM * part:
            turn.run()
            calls += 1
        calls = max(1, int(calls * BUDGET * part / (time.perf_counter() - start)))
        start = time.perf_counter()
        for _ in range(calls):
            turn.run()
        return (time.perf_counter() - start) / calls


def medians(turns: dict[str, Turn], rounds: int) -> dict[str, float]:
    """Return the median seconds of a call for each contender."""
    return {name: median(times) for name, times in seconds_of(turns, rounds).items()}


def measure_roofs(quick: bool = False) -> report.Roofs:
    """Return the best that kernels of mocrograd do: products of several sizes, and reading."""
    import mocrograd as mg

    sizes = (256,) if quick else (512, 1024, 2048)
    squares = {n: mg.randn(n, n) for n in sizes}
    vector = mg.ones(1 << 20 if quick else 1 << 27)
    speeds = {}
    for name, setting in (("all", "dynamic"), ("one", "fixed:1")):
        products = {str(n): Turn(partial(mg.kernels, setting), square_of(x)) for n, x in squares.items()}
        read = Turn(partial(mg.kernels, setting), vector.sum)
        times = seconds_of(products | {"read": read}, 1 if quick else 5)
        seconds = {turn: min(some) for turn, some in times.items()}
        gflops = max(2e-9 * n**3 / seconds[str(n)] for n in sizes)
        speeds[name] = gflops, 4e-9 * vector.numel() / seconds["read"]
    (gflops, gbytes), (gflops_one, gbytes_one) = speeds["all"], speeds["one"]
    # what one thread did, all can do: nothing else may have been in its way
    gflops, gbytes = max(gflops, gflops_one), max(gbytes, gbytes_one)
    return report.Roofs(mg.get_num_threads(), gflops, gflops_one, gbytes, gbytes_one, report.last_cache())


def square_of(x: Any) -> Callable[[], Any]:
    """Return a function that multiplies a matrix by itself."""
    return lambda: x @ x


def keep_memory() -> None:
    """Start this program anew with a C library that keeps its memory, where that is glibc."""
    if sys.platform == "linux" and os.environ.get("GLIBC_TUNABLES") != KEEP:
        os.environ["GLIBC_TUNABLES"] = KEEP
        os.execv(sys.executable, [sys.executable, *sys.argv])


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser of the options that all benchmarks have."""
    options = argparse.ArgumentParser(description=doc)
    options.add_argument("--rounds", type=int, default=7, help="turns of each contender")
    options.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="default results")
    options.add_argument("--quick", action="store_true", help="small sizes and one round: a check of the script")
    return options


def present(*names: str) -> bool:
    """Tell whether mocrograd has all these attributes ("nn.LSTM"); of a missing one, say that it has no rows."""
    import mocrograd as mg

    for name in names:
        found: Any = mg
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is None:
            print(f"mocrograd has no {name} yet: no rows for it", file=sys.stderr)
            return False
    return True


def main(name: str, doc: str | None, cases: Callable[[bool], Iterator[Case]], unit: str = "GB/s") -> None:
    """Measure a family's cases and write its files.

    Args:
        name: The family, stem of the files.
        doc: What the script measures; its first line is the title.
        cases: Yields the cases, given whether only small sizes are wanted.
        unit: What the chart shows: "GB/s" or "GFLOP/s".
    """
    arguments = parser(doc)
    arguments.add_argument("--groups", nargs="+", metavar="GROUP", help="only the groups whose names begin so")
    options = arguments.parse_args()
    keep_memory()
    roofs = measure_roofs(options.quick)
    rows = []
    for case in cases(options.quick):
        if options.groups and not case.group.startswith(tuple(options.groups)):
            continue
        times = medians(turns_of(case, roofs.threads), 1 if options.quick else options.rounds)
        label, floor = case.label or f"{case.group} {case.size}", roofs.floor(case.flops, case.bytes)
        rows += [
            report.Row(case.group, case.size, label, contender, seconds, floor, case.flops, case.bytes)
            for contender, seconds in times.items()
        ]
    title = (doc or name).splitlines()[0].rstrip(".")
    report.write(name, title, rows, roofs, options.results, ("dynamic",), unit)


@cache
def torch_module(threads: int) -> Any:
    """Return torch with so many threads, or None where it is not installed."""
    try:
        import torch
    except ImportError:
        print("torch is not installed: no rows for it", file=sys.stderr)
        return None
    torch.set_num_threads(threads)
    return torch

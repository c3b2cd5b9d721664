"""What the benchmarks of memory-bound operations share: check, interleave, compare with torch and with the floor.

Results are checked first. Contenders take turns (A B C A B C ...); medians are printed. The floor is the least traffic
of a case, each operand once, over the bandwidth with which two threads read 512 MiB. torch takes fresh memory for large
results, whose pages the system must clear; `torch_kept` is torch whose C library keeps its memory. That takes another
environment, so the script starts itself a second time, and ratios are always within one process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

THREADS = 2
HUGE = 100_000_000_000
KEEP = f"glibc.malloc.mmap_threshold={HUGE}:glibc.malloc.trim_threshold={HUGE}:glibc.malloc.top_pad=268435456"
BUDGET = 4e-3
"""Seconds that a turn of one contender takes at least."""
PAUSE = 0.02
"""Seconds of rest before a turn: threads that wait by spinning, as torch's do, otherwise hold the next one's core."""
WARM = 0.01
"""Seconds of calls before a turn is timed, in which a contender's own threads come back to their cores."""


class Case(NamedTuple):
    """One operation on one shape."""

    name: str
    bytes: int  # the least traffic
    tolerance: float  # absolute and relative
    run: Callable[[Any], Any]  # of the module mocrograd or torch, whose tensors it has closed over
    numpy: Callable[[], Any]
    expected: Callable[[], Any]  # in float64


Cases = Callable[[dict[str, Any]], Iterator[Case]]


def _check(name: str, result: Any, expected: Any, tolerance: float) -> None:
    import numpy as np

    got = np.asarray(result, dtype=np.float64)
    if not np.allclose(got, expected, tolerance, tolerance):
        raise SystemExit(f"{name}: off by up to {np.abs(got - expected).max()}")


def _medians(functions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the median microseconds of a call for each contender."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    calls = {}
    for name, function in functions.items():
        start = time.perf_counter()
        function()
        calls[name] = max(1, int(BUDGET / (time.perf_counter() - start)))
    for _ in range(rounds):
        for name, function in functions.items():
            time.sleep(PAUSE)
            start = time.perf_counter()
            while time.perf_counter() - start < WARM:
                function()
            start = time.perf_counter()
            for _ in range(calls[name]):
                function()
            times[name].append((time.perf_counter() - start) / calls[name])
    return {name: 1e6 * median(t) for name, t in times.items()}


def _bandwidth(mg: Any) -> float:
    """Return the bytes per microsecond that two threads read from memory."""
    x = mg.ones(1 << 27)
    return 4 * x.numel() / _medians({"read": x.sum}, 5)["read"]


def _measure(cases: Cases, rounds: int, torch_name: str) -> list[dict[str, Any]]:
    import mocrograd as mg

    modules = {"mocrograd": mg}
    try:
        import torch
    except ImportError:
        print("torch is not installed: no column for it")
    else:
        torch.set_num_threads(THREADS)
        modules["torch"] = torch
    mg.set_num_threads(THREADS)
    bandwidth = _bandwidth(mg)
    rows = []
    for case in cases(modules):
        functions: dict[str, Callable[[], Any]] = {"numpy": case.numpy}
        for name, module in modules.items():
            functions[torch_name if name == "torch" else name] = partial(case.run, module)
        expected = case.expected()
        for name, function in functions.items():
            _check(f"{case.name} of {name}", function(), expected, case.tolerance)
        rows.append({"case": case.name, "floor": case.bytes / bandwidth, **_medians(functions, rounds)})
    return rows


def _print(rows: list[dict[str, Any]], torch_name: str) -> None:
    print(f"{'microseconds':28}{'floor':>10}{'mocrograd':>11}{'numpy':>11}{torch_name:>12}{'ratio':>8}")
    for row in rows:
        ours, theirs = row["mocrograd"], row.get(torch_name)
        last = f"{theirs:12.2f}{ours / theirs:8.2f}" if theirs else ""
        print(f"{row['case']:28}{row['floor']:10.2f}{ours:11.2f}{row['numpy']:11.2f}{last}")


def main(doc: str | None, cases: Cases) -> None:
    """Measure all cases in this process, then in one whose C library keeps its memory."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file, too")
    options = parser.parse_args()
    kept = os.environ.get("GLIBC_TUNABLES") == KEEP
    torch_name = "torch_kept" if kept else "torch"
    rows = _measure(cases, options.rounds, torch_name)
    _print(rows, torch_name)
    results = {torch_name: rows}
    if not kept and sys.platform == "linux":
        print("the same in a process whose C library keeps its memory:", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "kept.json"
            command = [sys.executable, sys.argv[0], "--rounds", str(options.rounds), "--json", str(file)]
            subprocess.run(command, env={**os.environ, "GLIBC_TUNABLES": KEEP}, check=True)
            results |= json.loads(file.read_text())
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))

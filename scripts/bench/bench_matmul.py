"""Time matrix products against NumPy and torch.

Each contender runs in a process of its own and turns (A B C A B C ...) are taken after a pause, because threads that
spin after a call of one library slow down the next one's. Each product is checked
against float64 first. The table has the floor (arithmetic at the peak or bytes at the bandwidth, whichever is more),
median times, and the ratio of mocrograd's time to the others'. Two threads each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

THREADS = 2
CONTENDERS = ("mocrograd", "numpy", "torch")
WARM_SECONDS = 0.06
TURN_SECONDS = 0.02
PAUSE_SECONDS = 0.05
"""Before a turn: OpenBLAS's threads spin that long after a call and would keep a core from the next contender."""


class Case(NamedTuple):
    """A product: the batch, the sizes, how each operand lies ("n" rows, "t" columns contiguous, "s" strided)."""

    group: str
    m: int
    n: int
    k: int
    layout: str = "nn"
    batch: int = 1
    dtype: str = "float32"

    @property
    def label(self) -> str:
        """Return the case in words."""
        batch = f"{self.batch} x " if self.batch > 1 else ""
        return f"{batch}{self.m} x {self.n} x {self.k} {self.layout} {self.dtype}"

    def floor(self, peak: float, bandwidth: float) -> float:
        """Return the least microseconds at `peak` float32 GFLOP/s and `bandwidth` GB/s."""
        size = 4 if self.dtype == "float32" else 8
        flops = 2 * self.batch * self.m * self.n * self.k * size / 4
        read = self.batch * (self.m * self.k + self.k * self.n + self.m * self.n) * size
        # operands below a megabyte come from a cache
        return max(flops / peak, read / bandwidth if read > 1 << 20 else 0) / 1e3


def cases() -> Iterator[Case]:
    """Yield what is measured."""
    for n in (16, 31, 32, 33, 64, 65, 96, 128, 256, 257, 512, 1024, 2048):
        yield Case("square", n, n, n)
    for layout in ("nt", "tn", "tt", "sn", "ns"):
        yield Case("layout", 256, 256, 256, layout)
    for m in (1, 2, 4, 8, 16):
        for layout in ("nn", "nt"):
            yield Case("skinny", m, 4096, 4096, layout)
    for layout in ("nn", "tn", "ns"):
        yield Case("skinny", 4096, 1, 4096, layout)
    for m, n, k in ((32, 64, 64), (32, 32, 64), (32, 10, 32), (100, 16, 2), (100, 16, 16), (100, 1, 16)):
        yield Case("network", m, n, k, "nt")
        yield Case("network", m, k, n, "nn")
        yield Case("network", n, k, m, "tn")
    for size, batch in ((16, 64), (64, 32), (128, 8)):
        yield Case("batch", size, size, size, "nn", batch)
    for n in (64, 256, 1024):
        yield Case("float64", n, n, n, "nn", 1, "float64")


def operand(rng: Any, case: Case, rows: int, columns: int, layout: str) -> Any:
    """Return a NumPy array that lies in memory as the layout says."""
    import numpy as np

    shape = (case.batch,) if case.batch > 1 else ()
    if layout == "t":
        return np.swapaxes(rng.standard_normal((*shape, columns, rows)).astype(case.dtype), -1, -2)
    if layout == "s":
        return rng.standard_normal((*shape, rows, 8 * columns)).astype(case.dtype)[..., ::8]
    return rng.standard_normal((*shape, rows, columns)).astype(case.dtype)


def converter(name: str) -> Callable[[Any], Any]:
    """Return the function that makes a contender's tensor of a NumPy array, after setting its threads."""
    if name == "mocrograd":
        import mocrograd as mg

        mg.set_num_threads(THREADS)
        return mg.from_numpy
    if name == "torch":
        import torch

        torch.set_num_threads(THREADS)
        return torch.from_numpy
    return lambda array: array


def contend(name: str) -> None:
    """Answer each line of standard input: the number of a case, to prepare and check it; "go", to take a turn."""
    import numpy as np

    convert = converter(name)
    listed = list(cases())
    print("ready", flush=True)
    x: Any = None
    y: Any = None
    for line in sys.stdin:
        if line.strip() != "go":
            case = listed[int(line)]
            rng = np.random.default_rng(0)
            a = operand(rng, case, case.m, case.k, case.layout[0])
            b = operand(rng, case, case.k, case.n, case.layout[1])
            x, y = convert(a), convert(b)
            # a few rows of the product of all: enough to find a fault, and cheap in float64
            rows = slice(0, None, max(1, case.m // 16))
            error = np.abs(np.asarray(x @ y)[..., rows, :] - a[..., rows, :].astype(np.float64) @ b).max()
            tolerance = (1e-5 if case.dtype == "float32" else 1e-13) * case.k
            print("ok" if error <= tolerance else f"{case.label} is off by {error}", flush=True)
            continue
        start = time.perf_counter()
        calls = 0
        while time.perf_counter() - start < WARM_SECONDS or not calls:
            _ = x @ y
            calls += 1
        calls = max(1, int(calls * TURN_SECONDS / (time.perf_counter() - start)))
        start = time.perf_counter()
        for _ in range(calls):
            _ = x @ y
        print((time.perf_counter() - start) / calls, flush=True)


class Contender:
    """A library in a process of its own."""

    def __init__(self, name: str) -> None:
        """Start the process."""
        environment = {**os.environ, "OMP_NUM_THREADS": str(THREADS), "OPENBLAS_NUM_THREADS": str(THREADS)}
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--contend", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip
        self.installed = self._read() == "ready"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, line: str) -> str:
        """Send a line and return the answer."""
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)
        return self._read()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measure(contenders: dict[str, Contender], number: int, rounds: int) -> dict[str, float]:
    """Return the median microseconds of a case for each contender; SystemExit where a result is wrong."""
    for name, contender in contenders.items():
        answer = contender.ask(str(number))
        if answer != "ok":
            raise SystemExit(f"{name}: {answer}")
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            time.sleep(PAUSE_SECONDS)
            seconds[name].append(float(contender.ask("go")))
    return {name: median(times) * 1e6 for name, times in seconds.items()}


def main() -> None:
    """Check and time all cases, print a table, and write a file of results where one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--groups", nargs="*", help="square, layout, skinny, network, batch, float64; all if left out")
    parser.add_argument("--peak", type=float, default=544, help="float32 GFLOP/s of all threads")
    parser.add_argument("--bandwidth", type=float, default=57, help="GB/s that memory is read at")
    parser.add_argument("--json", type=Path, help="where results go")
    parser.add_argument("--contend", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contend:
        contend(options.contend)
        return
    started = {name: Contender(name) for name in CONTENDERS}
    contenders = {name: contender for name, contender in started.items() if contender.installed}
    others = [name for name in contenders if name != "mocrograd"]
    print(f"{'product':34} {'floor us':>9} {'GFLOP/s':>8}", *(f"{name:>10}" for name in contenders),
          *(f"{'/ ' + name:>8}" for name in others))  # fmt: skip
    results = []
    for number, case in enumerate(cases()):
        if options.groups and case.group not in options.groups:
            continue
        times = measure(contenders, number, options.rounds)
        ours = times["mocrograd"]
        floor = case.floor(options.peak, options.bandwidth)
        speed = 2e-3 * case.batch * case.m * case.n * case.k / ours
        print(f"{case.label:34} {floor:9.2f} {speed:8.1f}", *(f"{times[name]:10.2f}" for name in contenders),
              *(f"{ours / times[name]:8.2f}" for name in others), flush=True)  # fmt: skip
        results.append({**case._asdict(), "floor_us": floor, "us": times})
    for contender in contenders.values():
        contender.close()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()

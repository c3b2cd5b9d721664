"""Measure on this machine the costs by which `dynamic` chooses workers, and print them for MOCROGRAD_COSTS.

    export MOCROGRAD_COSTS=$(scripts/run python scripts/fit_costs.py)

Run it on a quiet machine. On a virtual machine whose cores share a cache at some times and not at others, `far_join`
can only be measured where the run meets both states; otherwise the default stays, and a note on stderr says so.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import mocrograd as mg
from mocrograd import backend
from mocrograd.backend.costs import Costs
from mocrograd.tensor import Tensor

SMALL = 16_384
"""Elements of the sum in place whose time with one worker and with two tells the cost of joining."""
CACHED = 1 << 16
"""Elements of a sum in place that stays in a core's caches: there it is decided whether a worker joins."""
LARGE = 1 << 26
"""Elements of a sum in place that does not."""
BYTES = 12
"""Bytes that a sum in place moves per element: two reads and a write."""
PRODUCT = 256
"""Rows and columns of the matrix product that tells the speed of arithmetic."""


def nanoseconds(function: Callable[[], object], times: int, pause: float = 0.0) -> float:
    """Return the median time of a call, each after a pause in seconds."""
    function()
    taken = []
    for _ in range(times):
        if pause:
            time.sleep(pause)
        start = time.perf_counter_ns()
        function()
        taken.append(time.perf_counter_ns() - start)
    return median(taken)


def with_workers(workers: int, function: Callable[[], object], times: int, pause: float = 0.0) -> float:
    """Return the median time of a call on some workers."""
    with mg.kernels("fixed", workers):
        return nanoseconds(function, times, pause)


def adder(elements: int) -> Callable[[], Tensor]:
    """Return a function that adds in place."""
    x, y = mg.ones(elements), mg.zeros(elements)
    return lambda: x.add_(y)


def trip() -> float:
    """Return the median round trip to a worker, which is woken where it sleeps; 0 where it does not answer."""
    found = [trip for _ in range(2000) if (trip := backend.trip_to_worker())]
    return median(found) if found else 0.0


def join(adds: dict[int, Callable[[], Tensor]]) -> float:
    """Return what two workers take beyond half of what one takes, Python's share aside."""
    one, twice = (with_workers(1, adds[n], 400) for n in (SMALL, 2 * SMALL))
    two = with_workers(2, adds[SMALL], 400)
    return max(two - one + (twice - one) / 2, 0.0)


def last_cache() -> float:
    """Return the size of the last cache in bytes, as the system has it, or the default."""
    sizes = [p.read_text().strip() for p in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"))]
    units = {"K": 1 << 10, "M": 1 << 20}
    return max([float(s[:-1]) * units[s[-1]] for s in sizes if s[-1:] in units], default=Costs().cache)


def fit(seconds: float) -> Costs:
    """Return the costs of this machine; those of far workers from rounds over some seconds."""
    default = Costs()
    a = mg.randn(PRODUCT, PRODUCT)
    words = [0, 0, 0, 0, PRODUCT, PRODUCT, PRODUCT, PRODUCT, 1, PRODUCT, 1, 0, 0, 0, 0, 0]
    stated = backend.describe("matmul.forward.float32", words).arithmetic
    adds = {n: adder(n) for n in (SMALL, 2 * SMALL, CACHED)}
    costs = default._replace(
        work=with_workers(1, lambda: a @ a, 200) / stated,
        cached=with_workers(1, adds[CACHED], 100) / (CACHED * BYTES),
        cache=last_cache(),
    )
    large = adder(LARGE)
    costs = costs._replace(memory=with_workers(1, large, 5) / (LARGE * BYTES))
    threads = mg.get_num_threads()
    if threads == 1:
        return costs
    costs = costs._replace(memory_all=with_workers(threads, large, 5) / (LARGE * BYTES))
    asleep = with_workers(2, adds[SMALL], 50, pause=0.002) - with_workers(1, adds[SMALL], 50, pause=0.002)
    rounds = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        rounds.append((trip(), join(adds)))
    rounds = [r for r in rounds if r[0]]
    least = min(r[0] for r in rounds)
    near = [r for r in rounds if r[0] < 2 * least]
    far = [r for r in rounds if r[0] >= 2 * least]
    costs = costs._replace(join=median(r[1] for r in near), wake=max(asleep, 0.0), far_trip=2.0 * least)
    if len(far) < 3:
        print(f"no worker was far in {len(rounds)} rounds: far_join is the default", file=sys.stderr)
        return costs
    return costs._replace(far_join=median(r[1] for r in far))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="how long to wait for far workers")
    print(fit(parser.parse_args().seconds))


if __name__ == "__main__":
    main()

"""Time what a second worker costs: our team of threads against max's `parallelize`, awake and asleep.

The call is a sum in place of two shares. Its time on two workers, less half of its time on one, is what forking and
joining takes; asleep means after a pause of 2 ms. The results are checked first. Teams take turns.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median

import mocrograd as mg
from mocrograd import backend
from report import headline

TEAMS = ("own", "max")
ELEMENTS = 16_384
CALLS = 200
PAUSE = 0.002


def check() -> None:
    """Compare the results of the teams with those of one worker, to the bit."""
    x = mg.randn(200, 300)
    with mg.kernels("fixed", 1):
        expected = (x @ x.t()).exp()
    for team in TEAMS:
        backend.set_costs(backend.get_costs(), team)
        with mg.kernels("fixed", 2):
            assert ((x @ x.t()).exp() == expected).all().item(), f"{team}: other results than one worker"


def turn(workers: int, pause: float, calls: int, x: mg.Tensor, y: mg.Tensor) -> list[int]:
    """Return the nanoseconds of calls on some workers, each after a pause."""
    taken = []
    with mg.kernels("fixed", workers):
        for _ in range(calls):
            if pause:
                time.sleep(pause)
            start = time.perf_counter_ns()
            x.add_(y)
            taken.append(time.perf_counter_ns() - start)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file, too")
    options = parser.parse_args()
    mg.set_num_threads(2)
    print(headline(2))
    check()
    x, y = mg.ones(ELEMENTS), mg.zeros(ELEMENTS)
    x2, y2 = mg.ones(2 * ELEMENTS), mg.zeros(2 * ELEMENTS)
    spinning: dict[str, list[int]] = {name: [] for name in ("one", "twice", *TEAMS)}
    asleep: dict[str, list[int]] = {name: [] for name in ("one", *TEAMS)}
    for _ in range(options.rounds):
        spinning["one"] += turn(1, 0, CALLS, x, y)
        spinning["twice"] += turn(1, 0, CALLS, x2, y2)
        asleep["one"] += turn(1, PAUSE, 10, x, y)
        for team in TEAMS:
            backend.set_costs(backend.get_costs(), team)
            turn(2, 0, 10, x, y)
            spinning[team] += turn(2, 0, CALLS, x, y)
            asleep[team] += turn(2, PAUSE, 10, x, y)
    half = (median(spinning["twice"]) - median(spinning["one"])) / 2
    results = {}
    for team in TEAMS:
        late = sorted(asleep[team])
        results[team] = {
            "spinning_us": (median(spinning[team]) - median(spinning["one"]) + half) / 1e3,
            "asleep_us": (median(asleep[team]) - median(asleep["one"]) + half) / 1e3,
            "asleep_p90_us": (late[len(late) * 9 // 10] - median(asleep["one"]) + half) / 1e3,
        }
        numbers = "   ".join(f"{name} {value:7.2f}" for name, value in results[team].items())
        print(f"{team:4} fork and join: {numbers}")
    print(f"round trip to a worker awake: {max(backend.trip_to_worker() for _ in range(1000))} ns")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()

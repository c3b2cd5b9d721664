"""Time the eager training step of the example networks against NumPy by hand and torch, in one process.

A step is zero_grad, forward, loss, backward, SGD and reading the loss back, batch 32, two threads each.
Contenders take turns (A B C A B C ...); medians and ratios to torch (to NumPy where torch is missing) are
printed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from statistics import median
from typing import Any

THREADS = 2
# Steps per turn: a turn takes some tens of milliseconds at least.
STEPS = {"normal": 280, "longer": 20, "bigger": 2}


def measure(network: str, builders: dict[str, Any], rounds: int) -> dict[str, dict[str, float]]:
    """Return median and least microseconds of a step for each contender."""
    from mocrograd.train import benchmark

    batches = benchmark.digits_batches(56 * benchmark.BATCH)
    batches = (batches * 5)[: STEPS[network]]
    arrays = benchmark.initial_arrays(network)
    contenders = {name: build(network, arrays, batches, 0.0) for name, build in builders.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for contender in contenders.values():
        contender.epoch()
    for _ in range(rounds):
        for name, contender in contenders.items():
            time.sleep(benchmark.PAUSE)
            start = time.perf_counter()
            contender.epoch()
            seconds[name].append(time.perf_counter() - start)
    scale = 1e6 / STEPS[network]
    return {name: {"median_us": scale * median(s), "least_us": scale * min(s)} for name, s in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=list(STEPS), default=list(STEPS))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file, too")
    options = parser.parse_args()
    # BLAS libraries read this once, when NumPy is imported: hence the imports below.
    os.environ.update(OPENBLAS_NUM_THREADS=str(THREADS), MKL_NUM_THREADS=str(THREADS))
    import mocrograd
    from mocrograd.train import benchmark
    from peers import peers

    mocrograd.set_num_threads(THREADS)
    builders = {"mocrograd": benchmark.IMPLEMENTATIONS["dynamic"], **peers(THREADS)}
    base = "torch" if "torch" in builders else "numpy"
    results = {}
    for network in options.networks:
        results[network] = measure(network, builders, options.rounds)
        for name, times in results[network].items():
            times[f"ratio_to_{base}"] = times["median_us"] / results[network][base]["median_us"]
            median_us, least_us, ratio = times.values()
            print(
                f"{network:8} {name:10} median {median_us:9.1f} us   least {least_us:9.1f} us   {ratio:5.2f} x {base}"
            )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
